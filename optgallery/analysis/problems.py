"""The problems of a comparison: functions moved away from the origin, and starts on each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count, islice
from math import floor, isfinite, log10
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.arguments import check_whole
from optgallery.functions import TestFunction, shifted
from optgallery.functions.coordinates import Point, as_point
from optgallery.functions.isolation import isolated

Array = NDArray[np.float64]

STARTS = 4
"""The default number of starts on each function: its own, and three of the sequence."""

_GRID = 101  # points along each side of the grid for the height
_DIGITS = 3  # of a height, so that it is the same on every machine
_CLEARANCE = 0.05  # of the domain's side: the smallest distance of a minimum from either axis
_LOWEST = 0.01  # of the height: the lowest value of a start
_MAX_TRIED = 1000  # points of the sequence

# shares of the domain's sides by which a function may be shifted, in order of preference
_OFFSETS = ((0.37, -0.23), (-0.23, 0.37), (0.29, 0.43), (-0.41, -0.31), (0.17, -0.47), (0.53, 0.13))

# the additive sequence of Roberts (2018): powers of the inverse of the plastic number
_STEP_X, _STEP_Y = 0.7548776662466927, 0.5698402909980532


@dataclass(frozen=True)
class Problem:
    """A function and a start.

    Attributes
    ----------
    fn : TestFunction
        The function to run, shifted if the comparison shifts.
    start : (float, float)
        The start of every run.
    of : TestFunction
        The function before the shift.
    number : int
        The number of the start on the function; 0 is the function's own.
    """

    fn: TestFunction
    start: Point
    of: TestFunction
    number: int = 0

    @property
    def name(self) -> str:
        """The name of the function, and the number of the start: ``"beale/2"``."""
        return f"{self.of.name}/{self.number}"

    @property
    def title(self) -> str:
        """The title in tables and figures: ``"Beale, start 2"``."""
        return f"{self.of.title}, start {self.number}"

    @property
    def minimum(self) -> float | None:
        """The function's minimum, if it is known and finite."""
        least = self.fn.minimum
        return None if least is None or not isfinite(least) else least

    @cached_property
    def first_gap(self) -> float:
        """The value at the start minus the minimum; NaN if that is not known."""
        least = self.minimum
        return float("nan") if least is None else float(self.fn(*self.start)) - least


class Slope(NamedTuple):
    """The value and the gradient at a point."""

    value: float
    gradient: Point

    @property
    def defined(self) -> bool:
        """Whether an optimizer can start here: all is finite and the gradient is not zero."""
        return all(map(isfinite, (self.value, *self.gradient))) and any(self.gradient)


def problems(
    functions: Sequence[TestFunction], starts: Any = STARTS, *, shift: bool = True
) -> tuple[Problem, ...]:
    """Return the problems of a comparison, function by function.

    Parameters
    ----------
    functions : sequence of TestFunction
    starts : int, array of shape (n, 2), or mapping from names of functions to such arrays
        The number of starts on each function, its own first; or the starts, in the coordinates of
        the function before the shift.
    shift : bool
        Whether to shift the functions so that no minimum lies at the origin or on an axis.

    Raises
    ------
    ValueError
        If there are too few or repeated starts, if one lies outside its domain, or if the function
        or its gradient is undefined there.

    Examples
    --------
    >>> from optgallery import FUNCTIONS
    >>> for problem in problems([FUNCTIONS["sphere"]], 3):
    ...     print(problem.name, problem.start, problem.fn.minima)
    sphere/0 (-6.3, 6.2) ((-2.3, 3.7),)
    sphere/1 (-4.751, -0.602) ((-2.3, 3.7),)
    sphere/2 (-7.202, 5.097) ((-2.3, 3.7),)
    """
    found = []
    for fn in functions:
        moved = away_from_origin(fn) if shift else fn
        dx, dy = moved.start[0] - fn.start[0], moved.start[1] - fn.start[1]
        for number, (x, y) in enumerate(_starts(fn, starts)):
            start = (_short(x + dx, fn.domain[:2]), _short(y + dy, fn.domain[2:]))
            found.append(Problem(moved, start if shift else (x, y), fn, number))
    return tuple(found)


def away_from_origin(fn: TestFunction) -> TestFunction:
    """Shift a function so that none of its minima lies near the origin or near an axis.

    Steps proportional to the parameter's norm and decay towards the origin have an advantage if the
    minimum lies there, as in a third of the published functions. A function is shifted by shares of
    its domain's sides: by the first pair of a fixed list for which each coordinate of each known
    minimum and of the function's own start is at least a twentieth of the side away from 0. If
    there is no such pair, the one with the largest distance is used.
    """
    xmin, xmax, ymin, ymax = fn.domain
    sides = np.array([xmax - xmin, ymax - ymin])
    minima = fn.minima or (((xmin + xmax) / 2, (ymin + ymax) / 2),)
    points = np.array([*minima, fn.start])

    def clearance(offset: Point) -> float:
        return float((np.abs(points + _distance(offset, sides)) / sides).min())

    chosen = next((o for o in _OFFSETS if clearance(o) >= _CLEARANCE), None)
    return shifted(fn, *_distance(chosen or max(_OFFSETS, key=clearance), sides))


def functions_of(problems: Sequence[Problem]) -> list[TestFunction]:
    """Return the different functions of problems, compared as objects."""
    fns = [problem.fn for problem in problems]
    if fns.count(fns[0]) == len(fns):  # of one object, that is fast
        return fns[:1]
    return list({id(fn): fn for fn in fns}.values())


def height(fn: TestFunction) -> float:
    """Return the height of a function in its domain: the median of its values above its minimum.

    The median is taken over the finite values on a grid of 101 x 101 points, and rounded to three
    digits, so that targets are the same on every machine.

    Returns
    -------
    float
        NaN if the minimum is not known, or the median is not above it.

    Examples
    --------
    >>> from optgallery import FUNCTIONS
    >>> height(FUNCTIONS["beale"]), height(FUNCTIONS["easom"])
    (401.0, 1.0)
    """
    if fn.minimum is None or not isfinite(fn.minimum):
        return float("nan")
    try:
        return _height(fn)
    except TypeError:  # the formula is not hashable
        return _height.__wrapped__(fn)


@lru_cache(maxsize=512)
def _height(fn: TestFunction) -> float:
    assert fn.minimum is not None
    values = fn.grid(_GRID)[2]
    values = values[np.isfinite(values)]
    above = float(np.median(values)) - fn.minimum if values.size else 0.0
    return float(f"{above:.{_DIGITS}g}") if above > 0 else float("nan")


def slope(fn: TestFunction, point: Point) -> Slope:
    """Return value and gradient of a function at a point; NaN if it raises an exception."""
    nan = float("nan")
    with isolated(0), torch.enable_grad():
        p = torch.tensor(point, dtype=fn.dtype, requires_grad=True)
        try:
            value = fn.formula(*p)
            (gradient,) = torch.autograd.grad(value, p)
        except (ValueError, ArithmeticError, RuntimeError):
            return Slope(nan, (nan, nan))
    dx, dy = gradient.tolist()
    return Slope(value.item(), (dx, dy))


def sequence(fn: TestFunction) -> Iterator[Point]:
    """Yield the points of a fixed, infinite low-discrepancy sequence in a domain.

    This is the additive sequence of Roberts: multiples of the inverses of the plastic number and of
    its square, modulo 1, beginning at (1/2, 1/2). Points are rounded to four digits, so that they
    are the same on every machine and short to write.
    """
    xmin, xmax, ymin, ymax = fn.domain
    for k in count(1):
        u, v = (0.5 + k * _STEP_X) % 1, (0.5 + k * _STEP_Y) % 1
        yield (
            _rounded(xmin + u * (xmax - xmin), (xmin, xmax)),
            _rounded(ymin + v * (ymax - ymin), (ymin, ymax)),
        )


def _starts(fn: TestFunction, asked: Any) -> list[Point]:
    """Return the starts on a function, in its own coordinates."""
    if isinstance(asked, Mapping):
        if fn.name not in asked:
            raise ValueError(f"starts lack {fn.name}; they are given for {', '.join(asked)}")
        asked = asked[fn.name]
    if isinstance(asked, (int, np.integer)) and not isinstance(asked, bool):
        return _spread(fn, check_whole("starts", asked, 1))
    rows = asked.tolist() if isinstance(asked, (np.ndarray, torch.Tensor)) else asked
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise ValueError(
            f"starts must be a whole number >= 1 or an array of shape (n, 2), got {asked!r}"
        )
    points = [as_point(row, f"start {i}") for i, row in enumerate(rows)]
    for i, point in enumerate(points):
        if point in points[:i]:
            raise ValueError(f"starts must be distinct, got {point} more than once")
        check_start(fn, point)
    return points


def check_start(fn: TestFunction, point: Point) -> None:
    """Raise a ValueError if a start is outside the domain, or the function is undefined there."""
    if not fn.domain.contains(np.array(point)):
        raise ValueError(
            f"starts must lie in the domain of {fn.title}, {tuple(fn.domain)}, got {point}"
        )
    here = slope(fn, point)
    if not here.defined:
        what = "zero" if isfinite(here.value) and not any(here.gradient) else "undefined"
        what = f"the gradient is {what}" if isfinite(here.value) else "the function is undefined"
        raise ValueError(f"no run can start on {fn.title} at {point}: {what} there")


def _spread(fn: TestFunction, n: int) -> list[Point]:
    """Return a function's own start, and points of the sequence at which a run can start."""
    low = _LOWEST * height(fn)

    def is_valid(point: Point) -> bool:
        here = slope(fn, point)
        return here.defined and not here.value - (fn.minimum or 0.0) < low and point != fn.start

    others = islice(filter(is_valid, islice(sequence(fn), _MAX_TRIED)), n - 1)
    found = [fn.start, *others]
    if len(found) < n:
        raise ValueError(
            f"of the first {_MAX_TRIED} points of the sequence only {len(found) - 1} can be starts "
            f"on {fn.title}; ask for at most {len(found)} starts, got {n}"
        )
    return found


def _distance(offset: Point, sides: Array) -> Point:
    """Convert shares of the sides to distances with three digits."""
    dx, dy = (float(f"{share * side:.3g}") for share, side in zip(offset, sides, strict=True))
    return dx, dy


def _rounded(coordinate: float, ends: Sequence[float]) -> float:
    """Round a coordinate to about a ten-thousandth of its side."""
    return round(coordinate, 4 - floor(log10(ends[1] - ends[0])))


def _short(coordinate: float, ends: Sequence[float]) -> float:
    """Remove rounding errors of an addition, beyond the tenth digit."""
    return round(coordinate, 10 - floor(log10(ends[1] - ends[0])))
