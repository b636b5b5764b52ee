"""Any test function turned, stretched or moved, with its minima, domain and start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, isfinite, radians, sin
from typing import Any, TypeAlias

from torch import Tensor

from optgallery.arguments import format_number, latex_number
from optgallery.functions.base import (
    Domain,
    Formula,
    GradientNoise,
    Point,
    TestFunction,
    Wrapping,
)
from optgallery.functions.conversion import as_test_function
from optgallery.functions.latex import composed

Linear: TypeAlias = tuple[Point, Point]
"""The rows of a matrix that maps gradients."""


@dataclass(frozen=True)  # like Log, each equals its unpickled copy
class Rotated:
    """A formula turned counter-clockwise about a centre by the angle of a cosine and a sine."""

    formula: Formula
    cosine: float
    sine: float
    centre: Point

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Turn the point back and evaluate the formula there."""
        a, b = self.centre
        u, v = x - a, y - b
        return self.formula(
            a + (self.cosine * u + self.sine * v), b + (self.cosine * v - self.sine * u)
        )

    def image(self, point: Point) -> Point:
        """Return where a point of the formula's own plane has been turned to."""
        a, b = self.centre
        u, v = point[0] - a, point[1] - b
        return a + (self.cosine * u - self.sine * v), b + (self.cosine * v + self.sine * u)

    def of_gradient(self) -> Linear:
        """Return the map from gradients of the formula to those of the turned one."""
        return (self.cosine, -self.sine), (self.sine, self.cosine)


@dataclass(frozen=True)
class Scaled:
    """A formula stretched along its axes, its values multiplied."""

    formula: Formula
    x: float
    y: float
    value: float

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Shrink the point back, evaluate the formula there and multiply."""
        return self.value * self.formula(x / self.x, y / self.y)

    def of_gradient(self) -> Linear:
        """Return the map from gradients of the formula to those of the stretched one."""
        return (self.value / self.x, 0.0), (0.0, self.value / self.y)


@dataclass(frozen=True)
class Shifted:
    """A formula moved as it is."""

    formula: Formula
    dx: float
    dy: float

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Move the point back and evaluate the formula there."""
        return self.formula(x - self.dx, y - self.dy)


@dataclass(frozen=True)
class MappedNoise:
    """The noise of a function's gradient, mapped as the gradient itself is.

    Of a function that is turned, stretched or multiplied, the gradient is the original's times a
    matrix; so is then its noise.
    """

    noise: GradientNoise
    rows: Linear

    def __call__(self, evaluation: int) -> Point:
        """Return what is added to the two partial derivatives at this evaluation."""
        dx, dy = self.noise(evaluation)
        (a, b), (c, d) = self.rows
        return a * dx + b * dy, c * dx + d * dy


def rotated(test_fn: Any, degrees: float) -> TestFunction:
    r"""Turn a function about the middle of its domain, counter-clockwise.

    The value at a point is that of the function at the point turned back,
    :math:`f(m + R^\top (p - m))` with the rotation :math:`R` and the middle :math:`m`. A method
    that treats each coordinate by itself, like Adam, takes another path; one that follows the
    gradient, like SGD, takes the same path, turned.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes.
    degrees : float
        The angle. Quarter turns are exact.

    Returns
    -------
    TestFunction
        A variant with minima, start and check values turned likewise; its domain is the least
        rectangle around the turned one. Where the function has lower values outside its own domain,
        corners of the new one may reach them: the least value is then unknown.

    Raises
    ------
    ValueError
        If the angle is not finite.

    Examples
    --------
    >>> turned = rotated("booth", 90)
    >>> turned.minima, turned(-3, 1)
    (((-3.0, 1.0),), 0.0)
    """
    f = as_test_function(test_fn, dtype=None)
    degrees = _finite(degrees, "degrees")
    xmin, xmax, ymin, ymax = f.domain
    turn = Rotated(f.formula, *_cosine_sine(degrees), ((xmin + xmax) / 2, (ymin + ymax) / 2))
    corners = [turn.image((x, y)) for x in (xmin, xmax) for y in (ymin, ymax)]
    xs, ys = zip(*corners, strict=True)
    u, v = (_minus(letter, c) for letter, c in zip("xy", turn.centre, strict=True))
    words, angle = format_number(degrees), rf"{latex_number(degrees)}^\circ"
    angle = angle if degrees >= 0 else f"({angle})"
    a, b = (f"{latex_number(c)} + " if c else "" for c in turn.centre)
    made = _variant(
        f,
        Wrapping("rotated", f, (("degrees", degrees),)),
        formula=turn,
        rows=turn.of_gradient(),
        image=turn.image,
        domain=Domain(min(xs), max(xs), min(ys), max(ys)),
        name=f"rotated_{f.name}_{words}",
        title=f"{f.title} rotated by {words}°",
        u=rf"{a}{u} \cos {angle} + {v} \sin {angle}",
        v=rf"{b}{v} \cos {angle} - {u} \sin {angle}",
        description=f"{f.title} turned by {words} degrees: the same for a method that follows the "
        "gradient, another for one that scales each coordinate by itself.",
        tags=("rotated", *f.tags),
    )
    if f.lower_outside and degrees % 90:
        return replace(made, minima=(), minimum=None, lower_outside=False)
    return made


def scaled(test_fn: Any, *, x: float = 1.0, y: float = 1.0, value: float = 1.0) -> TestFunction:
    r"""Stretch a function along its axes, away from the origin, and multiply its values.

    The value at a point is :math:`c\,f(x / a, y / b)`: the same function in other units. Stretched
    along one axis alone, a round bowl becomes an ill-conditioned one.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes.
    x, y : float
        Factors :math:`a` and :math:`b` along the axes, positive.
    value : float
        Factor :math:`c` of the values, positive.

    Returns
    -------
    TestFunction
        A variant with domain, start, minima and check values stretched likewise.

    Raises
    ------
    ValueError
        If a factor is not positive and finite.

    Examples
    --------
    >>> narrow = scaled("sphere", y=0.1, value=4)
    >>> narrow.domain, narrow(1, 1)
    (Domain(xmin=-5.0, xmax=5.0, ymin=-0.5, ymax=0.5), 404.0)
    """
    f = as_test_function(test_fn, dtype=None)
    a, b, c = _positive(x, "x"), _positive(y, "y"), _positive(value, "value")
    wa, wb, wc = map(format_number, (a, b, c))
    given = {"x": a, "y": b, "value": c}
    xmin, xmax, ymin, ymax = f.domain
    stretched = Scaled(f.formula, a, b, c)
    return _variant(
        f,
        Wrapping("scaled", f, tuple((k, q) for k, q in given.items() if q != 1)),
        formula=stretched,
        rows=stretched.of_gradient(),
        image=lambda point: (a * point[0], b * point[1]),
        domain=Domain(a * xmin, a * xmax, b * ymin, b * ymax),
        name=f"scaled_{f.name}_{wa}_{wb}_{wc}",
        title=f"{f.title} scaled by ({wa}, {wb})" + (f", values by {wc}" if c != 1 else ""),
        u=rf"\frac{{x}}{{{latex_number(a)}}}",
        v=rf"\frac{{y}}{{{latex_number(b)}}}",
        value=c,
        description=f"{f.title} in other units: stretched by ({wa}, {wb}), its values times {wc}, "
        "which asks for another learning rate of every method that depends on units.",
        tags=("scaled", *f.tags),
    )


def shifted(test_fn: Any, dx: float, dy: float) -> TestFunction:
    r"""Move a function: its value at a point is :math:`f(x - d_x, y - d_y)`.

    Only a method that knows the origin, for instance by weight decay, can tell the difference.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes.
    dx, dy : float
        How far along the axes.

    Returns
    -------
    TestFunction
        A variant with domain, start, minima and check values moved likewise.

    Raises
    ------
    ValueError
        If a distance is not finite.

    Examples
    --------
    >>> moved = shifted("sphere", 3, -1)
    >>> moved.minima, moved(3, 0)
    (((3.0, -1.0),), 1.0)
    """
    f = as_test_function(test_fn, dtype=None)
    dx, dy = _finite(dx, "dx"), _finite(dy, "dy")
    way = f"({format_number(dx)}, {format_number(dy)})"
    xmin, xmax, ymin, ymax = f.domain
    return _variant(
        f,
        Wrapping("shifted", f, (("dx", dx), ("dy", dy))),
        formula=Shifted(f.formula, dx, dy),
        image=lambda point: (point[0] + dx, point[1] + dy),
        domain=Domain(xmin + dx, xmax + dx, ymin + dy, ymax + dy),
        name=f"shifted_{f.name}_{format_number(dx)}_{format_number(dy)}",
        title=f"{f.title} shifted by {way}",
        u=_minus("x", dx),
        v=_minus("y", dy),
        description=f"{f.title} moved by {way}: only a method that knows the origin, as weight "
        "decay does, takes another path.",
        tags=("shifted", *f.tags),
    )


def _variant(
    f: TestFunction,
    made: Wrapping,
    *,
    image: Callable[[Point], Point],
    u: str,
    v: str,
    value: float = 1.0,
    rows: Linear | None = None,
    **changes: Any,
) -> TestFunction:
    """Return a variant whose points are images of those of ``f``, its values ``value`` times.

    Its gradients are those of ``f`` times the matrix with these ``rows``, if there are any, and so
    is its noise.
    """
    noise = f.gradient_noise
    if noise is not None and rows not in (None, ((1.0, 0.0), (0.0, 1.0))):
        noise = MappedNoise(noise, rows)
    return replace(
        f,
        start=image(f.start),
        minima=tuple(map(image, f.minima)),
        minimum=None if f.minimum is None else value * f.minimum,
        checks=tuple((*image((x, y)), value * z) for x, y, z in f.checks),
        latex=composed(f.latex, u, v, latex_number(value) if value != 1 else ""),
        variant_of=f.variant_of or f.name,
        gradient_noise=noise,
        made=made,
        **changes,
    )


def _cosine_sine(degrees: float) -> tuple[float, float]:
    if degrees % 90 == 0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(degrees // 90) % 4]
    return cos(radians(degrees)), sin(radians(degrees))


def _minus(letter: str, number: float) -> str:
    if not number:
        return letter
    return f"({letter} {'-' if number > 0 else '+'} {latex_number(abs(number))})"


def _finite(number: float, what: str) -> float:
    if isinstance(number, bool) or not isfinite(number):
        raise ValueError(f"{what} must be a finite number, got {number!r}")
    return float(number) + 0.0  # -0.0 is 0.0, and has its name


def _positive(number: float, what: str) -> float:
    if isinstance(number, bool) or not (isfinite(number) and number > 0):
        raise ValueError(f"{what} must be a positive finite number, got {number!r}")
    return float(number)
