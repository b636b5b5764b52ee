"""Any test function turned, stretched or moved, with its minima, domain and start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, isfinite, radians, sin
from typing import Any

from torch import Tensor

from optgallery.functions.base import (
    Domain,
    Formula,
    Point,
    TestFunction,
    Wrapping,
)
from optgallery.functions.conversion import as_test_function


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


@dataclass(frozen=True)
class Shifted:
    """A formula moved as it is."""

    formula: Formula
    dx: float
    dy: float

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Move the point back and evaluate the formula there."""
        return self.formula(x - self.dx, y - self.dy)


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
    angle = rf"{degrees:.6g}^\circ"
    a, b = (f"{c:.6g} + " if c else "" for c in turn.centre)
    made = _variant(
        f,
        Wrapping("rotated", f, (("degrees", degrees),)),
        formula=turn,
        image=turn.image,
        domain=Domain(min(xs), max(xs), min(ys), max(ys)),
        name=f"rotated_{f.name}_{degrees:.6g}",
        title=f"{f.title} rotated by {degrees:.6g}°",
        u=rf"{a}{u} \cos {angle} + {v} \sin {angle}",
        v=rf"{b}{v} \cos {angle} - {u} \sin {angle}",
        description=f"{f.title} turned by {degrees:.6g} degrees: the same for whoever follows "
        "the gradient, another for whoever takes the coordinates one by one.",
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
    factors = f"{a:.6g}, {b:.6g}"
    given = {"x": a, "y": b, "value": c}
    xmin, xmax, ymin, ymax = f.domain
    return _variant(
        f,
        Wrapping("scaled", f, tuple((k, q) for k, q in given.items() if q != 1)),
        formula=Scaled(f.formula, a, b, c),
        image=lambda point: (a * point[0], b * point[1]),
        domain=Domain(a * xmin, a * xmax, b * ymin, b * ymax),
        name=f"scaled_{f.name}_{a:.6g}_{b:.6g}_{c:.6g}",
        title=f"{f.title} scaled by ({factors})" + (f", values by {c:.6g}" if c != 1 else ""),
        u=rf"\frac{{x}}{{{a:.6g}}}",
        v=rf"\frac{{y}}{{{b:.6g}}}",
        value=c,
        description=f"{f.title} in other units: stretched by ({factors}), its values times "
        f"{c:.6g}, which asks for another learning rate of whoever is not free of units.",
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
    way = f"({dx:.6g}, {dy:.6g})"
    xmin, xmax, ymin, ymax = f.domain
    return _variant(
        f,
        Wrapping("shifted", f, (("dx", dx), ("dy", dy))),
        formula=Shifted(f.formula, dx, dy),
        image=lambda point: (point[0] + dx, point[1] + dy),
        domain=Domain(xmin + dx, xmax + dx, ymin + dy, ymax + dy),
        name=f"shifted_{f.name}_{dx:.6g}_{dy:.6g}",
        title=f"{f.title} shifted by {way}",
        u=_minus("x", dx),
        v=_minus("y", dy),
        description=f"{f.title} moved by {way}: only a method that is drawn to the origin, "
        "as by weight decay, takes another path.",
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
    **changes: Any,
) -> TestFunction:
    """Return a variant whose points are images of those of ``f``, its values ``value`` times."""
    factor = f"{value:.6g}\\," if value != 1 else ""
    g, s, t = ("h", "p", "q") if "g(u, v)" in f.latex else ("g", "u", "v")
    latex = rf"{factor}{g}({s}, {t}), \quad {s} = {u}, \quad {t} = {v}, \quad {g}(x, y) = {f.latex}"
    return replace(
        f,
        start=image(f.start),
        minima=tuple(map(image, f.minima)),
        minimum=None if f.minimum is None else value * f.minimum,
        checks=tuple((*image((x, y)), value * z) for x, y, z in f.checks),
        latex=latex if f.latex else "",
        variant_of=f.variant_of or f.name,
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
    return f"({letter} {'-' if number > 0 else '+'} {abs(number):.6g})"


def _finite(number: float, what: str) -> float:
    if isinstance(number, bool) or not isfinite(number):
        raise ValueError(f"{what} must be a finite number, got {number!r}")
    return float(number)


def _positive(number: float, what: str) -> float:
    if isinstance(number, bool) or not (isfinite(number) and number > 0):
        raise ValueError(f"{what} must be a positive finite number, got {number!r}")
    return float(number)
