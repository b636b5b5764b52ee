r"""LaTeX of functions that are made from others: ``g(u, v), \quad u = x - 1, \quad g(x, y) = ...``.

The definitions follow the expression, after ``\quad``; what a definition calls x and y are its own.
"""

import re
from collections.abc import Iterator

_QUAD = r", \quad "
_NAMED = (("g", "u", "v"), ("h", "p", "q"), ("k", "s", "t"))


def composed(latex: str, u: str, v: str, factor: str = "") -> str:
    r"""Return the LaTeX of a function at another point, times a factor.

    Parameters
    ----------
    latex : str
        Of the function, as a formula of x and y; empty if it is not known, and so is then the
        result.
    u, v : str
        The point, as formulas of x and y.
    factor : str
        Before the function.

    Examples
    --------
    >>> composed("x^2", "(x - 1)", "y")
    'g(u, v), \\quad u = (x - 1), \\quad v = y, \\quad g(x, y) = x^2'
    """
    if not latex:
        return ""
    g, s, t = _unused(latex)
    times = rf"{factor}\," if factor else ""
    return _QUAD.join((f"{times}{g}({s}, {t})", f"{s} = {u}", f"{t} = {v}", f"{g}(x, y) = {latex}"))


def enclosed(before: str, latex: str, after: str) -> str:
    r"""Put words around the expression, and leave the definitions behind it.

    Examples
    --------
    >>> enclosed("2 (", r"a x, \quad a = 3", ")")
    '2 (a x), \\quad a = 3'
    """
    expression, quad, definitions = latex.partition(_QUAD)
    return f"{before}{expression}{after}{quad}{definitions}" if latex else ""


def _unused(latex: str) -> tuple[str, str, str]:
    """Return letters for a function and a point that do not stand in a formula."""
    text = re.sub(r"\\[a-zA-Z]+", " ", latex)  # commands are no letters
    return next(
        triple for triple in _triples() if not any(_stands_in(letter, text) for letter in triple)
    )


def _triples() -> Iterator[tuple[str, str, str]]:
    yield from _NAMED
    number = len(_NAMED)
    while True:
        number += 1
        g, u, v = (f"{letter}_{{{number}}}" for letter in "guv")
        yield g, u, v


def _stands_in(letter: str, text: str) -> bool:
    if len(letter) > 1:
        return letter in text
    return re.search(rf"{letter}(?!_\{{\d)", text) is not None
