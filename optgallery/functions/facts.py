"""Facts about a test function that an optimizer may need: its minimum, the curvature there."""

from collections.abc import Callable
from functools import partial
from math import dist, isfinite

import torch
from torch import Tensor

from optgallery.functions.base import Point, TestFunction
from optgallery.functions.isolation import isolated

_OFFSET = 1e-6  # of the domain's sides; short enough for the third derivatives of the entries
_CHANGE = 0.02  # the largest relative change of the Hessian over an offset
_NEGLIGIBLE = 1e-10  # of the larger eigenvalue; rounding makes a zero one about 1e-16 of it


class UnknownFactError(ValueError):
    """A test function does not declare what a fact follows from, or does not have it."""


def fact(name: str, fn: TestFunction, start: Point) -> float:
    """Return a fact about a function.

    Parameters
    ----------
    name : {"minimum", "smallest_curvature", "largest_curvature"}
        The declared global minimum; or the smallest or the largest eigenvalue of the Hessian at the
        declared minimum point nearest to the start.
    fn : TestFunction
    start : (float, float)
        Where a run begins.

    Returns
    -------
    float

    Raises
    ------
    UnknownFactError
        If the function does not declare it, or has no positive definite, continuous Hessian there.
    ValueError
        If no fact has this name.

    Examples
    --------
    >>> from optgallery import FUNCTIONS
    >>> booth = FUNCTIONS["booth"]
    >>> [round(fact(name, booth, booth.start), 9) for name in sorted(FACTS)]
    [18.0, 0.0, 2.0]
    """
    if name not in FACTS:
        raise ValueError(f"no fact is called {name!r}; there are {', '.join(sorted(FACTS))}")
    return FACTS[name](fn, start)


def _minimum(fn: TestFunction, start: Point) -> float:  # noqa: ARG001  (as the other facts)
    if fn.minimum is None or not isfinite(fn.minimum):
        raise UnknownFactError(f"{fn.title} declares no minimum")
    return float(fn.minimum)


def _curvature(which: int, fn: TestFunction, start: Point) -> float:
    """Return the smallest (0) or largest (-1) eigenvalue of the Hessian at the nearest minimum."""
    if not fn.minima:
        raise UnknownFactError(f"{fn.title} declares no point at which it has its minimum")
    x, y = nearest = min(fn.minima, key=partial(dist, start))
    where = f"at its minimum ({x:.6g}, {y:.6g})"
    with isolated(0):
        hessian = _continuous_hessian(fn, nearest)
        if hessian is None:
            raise UnknownFactError(f"{fn.title} has no continuous Hessian {where}")
        eigenvalues: list[float] = torch.linalg.eigvalsh(hessian).tolist()
    if eigenvalues[0] <= _NEGLIGIBLE * abs(eigenvalues[-1]):
        found = " and ".join(f"{value:.3g}" for value in eigenvalues)
        raise UnknownFactError(
            f"the Hessian of {fn.title} {where} is not positive definite: its eigenvalues are "
            f"{found}"
        )
    return eigenvalues[which]


def _hessian(fn: TestFunction, point: Point) -> Tensor:
    """Return the Hessian by differentiating twice; zero where the gradient is constant."""
    p = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        x, y = p.unbind()
        (gradient,) = torch.autograd.grad(fn.formula(x, y), p, create_graph=True)
        if not gradient.requires_grad:
            return torch.zeros(2, 2, dtype=torch.float64)
        rows = [
            torch.autograd.grad(component, p, retain_graph=True, materialize_grads=True)[0]
            for component in gradient
        ]
    hessian = torch.stack(rows)
    return (hessian + hessian.T) / 2


def _continuous_hessian(fn: TestFunction, point: Point) -> Tensor | None:
    """Return the Hessian at a point; None if it is not nearly the same on all sides of it.

    At the tip of a cone it is not. Where the formula takes the root of 0, autograd has no
    derivative although the function may have one; the Hessian is then the mean of those beside the
    point.
    """
    x, y = point
    xmin, xmax, ymin, ymax = fn.domain
    dx, dy = _OFFSET * (xmax - xmin), _OFFSET * (ymax - ymin)
    sides = [(x + dx, y), (x - dx, y), (x, y + dy), (x, y - dy)]
    beside = torch.stack([_hessian(fn, side) for side in sides])
    mean = beside.mean(0)
    allowed = _CHANGE * mean.abs().max()
    if not (beside - mean).abs().max() <= allowed:
        return None
    hessian = _hessian(fn, point)
    return hessian if (hessian - mean).abs().max() <= allowed else mean


FACTS: dict[str, Callable[[TestFunction, Point], float]] = {
    "minimum": _minimum,
    "smallest_curvature": partial(_curvature, 0),
    "largest_curvature": partial(_curvature, -1),
}
"""What can be handed over, by name."""
