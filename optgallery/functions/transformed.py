"""Test functions rotated, scaled or shifted, together with their minima, domain and start."""

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
    """A formula rotated counter-clockwise about a centre, by an angle given as cosine and sine."""

    formula: Formula
    cosine: float
    sine: float
    centre: Point

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Rotate the point back and evaluate the formula there."""
        a, b = self.centre
        u, v = x - a, y - b
        return self.formula(
            a + (self.cosine * u + self.sine * v), b + (self.cosine * v - self.sine * u)
        )

    def image(self, point: Point) -> Point:
        """Return the image of a point under the rotation."""
        a, b = self.centre
        u, v = point[0] - a, point[1] - b
        return a + (self.cosine * u - self.sine * v), b + (self.cosine * v + self.sine * u)

    def of_gradient(self) -> Linear:
        """Return the matrix that maps gradients of the formula to those of the rotated one."""
        return (self.cosine, -self.sine), (self.sine, self.cosine)


@dataclass(frozen=True)
class Scaled:
    """A formula scaled along the axes, with its values multiplied by a factor."""

    formula: Formula
    x: float
    y: float
    value: float

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Divide the coordinates, evaluate the formula there and multiply the value."""
        return self.value * self.formula(x / self.x, y / self.y)

    def of_gradient(self) -> Linear:
        """Return the matrix that maps gradients of the formula to those of the scaled one."""
        return (self.value / self.x, 0.0), (0.0, self.value / self.y)


@dataclass(frozen=True)
class Shifted:
    """A formula shifted along the axes."""

    formula: Formula
    dx: float
    dy: float

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Shift the point back and evaluate the formula there."""
        return self.formula(x - self.dx, y - self.dy)


@dataclass(frozen=True)
class MappedNoise:
    """Gradient noise, transformed like the gradient itself.

    The gradient of a rotated or scaled function is the original's gradient times a matrix, and so
    is its noise.
    """

    noise: GradientNoise
    rows: Linear

    def __call__(self, evaluation: int) -> Point:
        """Return the noise added to the two partial derivatives at this evaluation."""
        dx, dy = self.noise(evaluation)
        (a, b), (c, d) = self.rows
        return a * dx + b * dy, c * dx + d * dy


def rotated(test_fn: Any, degrees: float) -> TestFunction:
    r"""Rotate a function counter-clockwise about the centre of its domain.

    The value at a point :math:`p` is :math:`f(m + R^\top (p - m))` with the rotation :math:`R` and
    the centre :math:`m`. A per-coordinate method such as Adam takes a different path; a
    rotation-invariant one such as SGD takes the same path, rotated.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes.
    degrees : float
        The angle in degrees. Multiples of 90 are exact.

    Returns
    -------
    TestFunction
        A variant with rotated minima, start and check values; its domain is the bounding rectangle
        of the rotated domain. If the function has lower values outside its own domain, the corners
        of the new one may include them: the minimum is then None.

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
        description=f"{f.title} rotated by {words} degrees: the same for a rotation-invariant "
        "method, different for one that scales each coordinate by itself.",
        tags=("rotated", *f.tags),
    )
    if f.lower_outside and degrees % 90:
        return replace(made, minima=(), minimum=None, lower_outside=False)
    return made


def scaled(test_fn: Any, *, x: float = 1.0, y: float = 1.0, value: float = 1.0) -> TestFunction:
    r"""Scale a function along its axes, about the origin, and multiply its values.

    The value at a point is :math:`c\,f(x / a, y / b)`: the same function in other units. Scaled
    along one axis only, a round bowl becomes an ill-conditioned one.

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
        A variant with domain, start, minima and check values scaled accordingly.

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
        description=f"{f.title} in other units: scaled by ({wa}, {wb}), its values times {wc}, "
        "which calls for another learning rate in every method that depends on units.",
        tags=("scaled", *f.tags),
    )


def shifted(test_fn: Any, dx: float, dy: float) -> TestFunction:
    r"""Shift a function: its value at a point is :math:`f(x - d_x, y - d_y)`.

    Only a method that depends on the origin, for instance through weight decay, takes a different
    path.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes.
    dx, dy : float
        Distances along the axes.

    Returns
    -------
    TestFunction
        A variant with domain, start, minima and check values shifted accordingly.

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
    offset = f"({format_number(dx)}, {format_number(dy)})"
    xmin, xmax, ymin, ymax = f.domain
    return _variant(
        f,
        Wrapping("shifted", f, (("dx", dx), ("dy", dy))),
        formula=Shifted(f.formula, dx, dy),
        image=lambda point: (point[0] + dx, point[1] + dy),
        domain=Domain(xmin + dx, xmax + dx, ymin + dy, ymax + dy),
        name=f"shifted_{f.name}_{format_number(dx)}_{format_number(dy)}",
        title=f"{f.title} shifted by {offset}",
        u=_minus("x", dx),
        v=_minus("y", dy),
        description=f"{f.title} shifted by {offset}: only a method that depends on the origin, "
        "as weight decay does, takes a different path.",
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
    """Return a variant of ``f`` with its points mapped by ``image``, its values times ``value``.

    Its gradients, and so their noise, are those of ``f`` times the matrix of these ``rows``, if
    given.
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
    return float(number) + 0.0  # turn -0.0 into 0.0, so that both have one name


def _positive(number: float, what: str) -> float:
    if isinstance(number, bool) or not (isfinite(number) and number > 0):
        raise ValueError(f"{what} must be a positive finite number, got {number!r}")
    return float(number)
