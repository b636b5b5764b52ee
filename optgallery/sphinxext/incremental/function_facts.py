"""The facts about a test function that its page prints, and its downloads too."""

from textwrap import fill

from optgallery.functions import TestFunction

DIRECTIVE = "function-card"
"""Name of the directive."""

_WIDTH = 96  # of a line in a script's docstring or comment


def facts(fn: TestFunction) -> list[tuple[str, str]]:
    """Return the facts that a function's card lists, as pairs of a name and a text.

    Examples
    --------
    >>> from optgallery import FUNCTIONS
    >>> for name, text in facts(FUNCTIONS["beale"])[:3]:
    ...     print(f"{name}: {text}")
    Minimum value: 0 at (3, 0.5)
    Drawn: x from -4.5 to 4.5, y from -4.5 to 4.5
    Start: (0.5, -1.75)
    """
    found = []
    if fn.minima:
        points = ", ".join(f"({x:.7g}, {y:.7g})" for x, y in fn.minima)
        found.append(("Minimum value", f"{fn.minimum:.7g} at {points}"))
    elif fn.minimum is not None:
        found.append(("Infimum", f"{fn.minimum:.7g}, which is attained nowhere"))
    xmin, xmax, ymin, ymax = fn.domain
    found += [
        ("Drawn", f"x from {xmin:.6g} to {xmax:.6g}, y from {ymin:.6g} to {ymax:.6g}"),
        ("Start", f"({fn.start[0]:g}, {fn.start[1]:g})"),
        ("Colours", f"on a {'logarithmic' if fn.scale == 'log' else 'linear'} scale"),
        ("Source", fn.source),
    ]
    return found


def formula_and_list(fn: TestFunction) -> str:
    """Return a function's formula and a list of its facts, in reST that needs no Sphinx."""
    formula = _wrapped(f"f(x, y) = {fn.latex}", "   ", "   ")
    items = [_wrapped(f"{name}: {text}", "- ", "  ") for name, text in facts(fn)]
    return "\n".join([".. math::", "", formula, "", *items])


def _wrapped(text: str, first: str, rest: str) -> str:
    return fill(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
