r"""LaTeX of composed functions: ``g(u, v), \quad u = x - 1, \quad g(x, y) = ...``.

Definitions follow the expression, after ``\quad``; their x and y are bound variables.
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
        LaTeX of the function in x and y; if it is unknown and empty, so is the result.
    u, v : str
        LaTeX of the point's coordinates in x and y.
    factor : str
        LaTeX of a factor before the function.

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
    r"""Put text before and after the expression, and keep the definitions at the end.

    Examples
    --------
    >>> enclosed("2 (", r"a x, \quad a = 3", ")")
    '2 (a x), \\quad a = 3'
    """
    expression, quad, definitions = latex.partition(_QUAD)
    return f"{before}{expression}{after}{quad}{definitions}" if latex else ""


def _unused(latex: str) -> tuple[str, str, str]:
    """Return letters for a function and a point that do not occur in a formula."""
    text = re.sub(r"\\[a-zA-Z]+", " ", latex)  # commands are not letters
    return next(
        triple for triple in _triples() if not any(_occurs_in(letter, text) for letter in triple)
    )


def _triples() -> Iterator[tuple[str, str, str]]:
    yield from _NAMED
    number = len(_NAMED)
    while True:
        number += 1
        g, u, v = (f"{letter}_{{{number}}}" for letter in "guv")
        yield g, u, v


def _occurs_in(letter: str, text: str) -> bool:
    if len(letter) > 1:
        return letter in text
    return re.search(rf"{letter}(?!_\{{\d)", text) is not None
