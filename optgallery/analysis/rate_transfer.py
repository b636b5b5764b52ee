"""rate_transfer(): by what power a learning rate moves when a function is given in other units."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.computing import Request, compute
from optgallery.analysis.outcomes import Arrays, Course, reads
from optgallery.analysis.problems import Problem, check_start
from optgallery.analysis.profiles import text_table
from optgallery.arguments import check_whole
from optgallery.cache.store import Store
from optgallery.functions import TestFunction, rotated, scaled
from optgallery.functions.transformed import Rotated
from optgallery.optim import OptimizerSpec
from optgallery.sweeps.sweep import check_has_rate, plan

Array = NDArray[np.float64]

SAME = 1e-3
"""The largest distance, as a share of its size, at which a path counts as the same."""

_COARSE = tuple(k / 2 for k in range(-2, 6))  # exponents that are tried first
_FINE = tuple(k / 10 for k in range(-4, 5) if k)  # added to the best of these, unless it is exact
_DIGITS = 12  # of a learning rate


class Transfer(NamedTuple):
    """How a learning rate moves under a change of units.

    Attributes
    ----------
    exponent : float
        The power of the factor by which the rate has to be multiplied; NaN if the run fails.
    distance : float
        How far the path with that rate is from the original one in the same units: the root mean
        square over the iterates, as a share of that of the path from its start.
    """

    exponent: float
    distance: float

    @property
    def same(self) -> bool:
        """Whether the path is the same, except for rounding."""
        return self.distance <= SAME


@dataclass(frozen=True, eq=False)
class RateTransfer:
    """How an optimizer's learning rate moves when a function is scaled, or the plane rotated.

    Attributes
    ----------
    optimizer : OptimizerSpec
    test_fn : TestFunction
    lr : float
        The learning rate on the function itself.
    factor : float
        The factor of the values, or of the coordinates.
    budget : int
        Gradient evaluations of every run.
    values : Transfer
        When the function's values are multiplied by the factor.
    coordinates : Transfer
        When its coordinates are.
    rotation : float
        When it is rotated by 30 degrees: how far the path, rotated back, is from the original one
        with the same rate.
    """

    optimizer: OptimizerSpec
    test_fn: TestFunction
    lr: float
    factor: float
    budget: int
    values: Transfer
    coordinates: Transfer
    rotation: float

    @property
    def title(self) -> str:
        """Optimizer, function and learning rate."""
        return f"{self.optimizer.title} on {self.test_fn.title}, lr {self.lr:g}"

    @property
    def invariant(self) -> bool:
        """Whether a rotation leaves the path the same, except for rounding."""
        return self.rotation <= SAME

    def __repr__(self) -> str:
        return (
            f"<RateTransfer: {self.title}, values ^ {self.values.exponent:g}, "
            f"coordinates ^ {self.coordinates.exponent:g}>"
        )

    def __str__(self) -> str:
        rows = {
            "values": [f"{self.values.exponent:g}", f"{self.values.distance:.2g}"],
            "coordinates": [f"{self.coordinates.exponent:g}", f"{self.coordinates.distance:.2g}"],
            "rotation": ["", f"{self.rotation:.2g}"],
        }
        return text_table(self.title, ["exponent", "distance"], rows)


def rate_transfer(
    optimizer: Any,
    test_fn: Any = "beale",
    lr: float = 0.01,
    *,
    factor: float = 4.0,
    budget: int = 30,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> RateTransfer:
    r"""Measure by what power a learning rate has to move when a function is given in other units.

    For gradient descent on :math:`c\,f` the rate :math:`\eta / c` gives the path that :math:`\eta`
    gives on :math:`f`: the exponent is -1. On :math:`f(x / s)` it is :math:`s^2 \eta`: 2. A method
    that divides by the size of its gradients, such as Adam, has 0 and 1. Here both exponents are
    those with which the path is nearest to the original one, to a tenth.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable
        As for `run`.
    test_fn : str, TestFunction or (callable, domain)
        As for `run`.
    lr : float
        The learning rate on the function itself.
    factor : float
        Positive, and not 1.
    budget : int
        Gradient evaluations of every run.
    jobs : int, optional
        Number of processes, as for `sweep`.
    store : Store or path, optional
        Where results are kept, as for `sweep`.
    cluster : str, optional
        Address of a Dask scheduler, as for `sweep`.

    Returns
    -------
    RateTransfer

    Raises
    ------
    TypeError, ValueError
        As for `run`; or if the factor is invalid, or the run on the function itself does not move.

    Examples
    --------
    >>> import optgallery as og
    >>> found = og.rate_transfer("sgd")
    >>> found
    <RateTransfer: SGD on Beale, lr 0.01, values ^ -1, coordinates ^ 2>
    >>> found.values.same, found.invariant
    (True, True)
    """
    asked = plan([optimizer], [test_fn], [lr], steps=1)
    (spec,), (fn,) = asked.optimizers, asked.functions
    check_has_rate("rate_transfer", spec)
    budget = check_whole("budget", budget, 1)
    known = isinstance(factor, (int, float)) and not isinstance(factor, bool)
    if not (known and 0 < factor < inf and factor != 1):
        raise ValueError(f"factor must be a positive number other than 1, got {factor!r}")
    check_start(fn, fn.start)

    def paths(variant: TestFunction, lrs: Sequence[float]) -> Array:
        settings = tuple(spec.at_rate(each) for each in lrs)
        request = Request(spec, (Problem(variant, variant.start, variant),), settings, budget)
        (found,) = compute(
            [request], path, what="moving rates", jobs=jobs, store=store, cluster=cluster
        )
        return found["points"]

    def transfer(variant: TestFunction, unit: float) -> Transfer:
        exponents, tried = _COARSE, Transfer(np.nan, inf)
        for finer in (False, True):
            if finer:
                if tried.distance <= SAME or not np.isfinite(tried.distance):
                    break
                exponents = tuple(round(tried.exponent + each, 2) for each in _FINE)
            lrs = [float(f"{lr * factor**each:.{_DIGITS}g}") for each in exponents]
            distances = [_distance(one / unit, original) for one in paths(variant, lrs)]
            best = int(np.argmin(distances))
            tried = min(tried, Transfer(exponents[best], distances[best]), key=lambda t: t.distance)
        return tried

    (original,) = paths(fn, [lr])
    if not np.ptp(original[np.isfinite(original).all(1)], axis=0).any():
        raise ValueError(
            f"{spec.title} does not move on {fn.title} with lr {lr:g} in {budget} evaluations: "
            "take a larger rate or budget"
        )
    turned = rotated(fn, 30)
    (there,) = paths(turned, [lr])
    assert isinstance(turned.formula, Rotated)
    centre, rows = np.array(turned.formula.centre), np.array(turned.formula.of_gradient())
    return RateTransfer(
        optimizer=spec,
        test_fn=fn,
        lr=lr,
        factor=float(factor),
        budget=budget,
        values=transfer(scaled(fn, value=factor), 1.0),
        coordinates=transfer(scaled(fn, x=factor, y=factor), factor),
        rotation=_distance(centre + (there - centre) @ rows, original),
    )


@reads("points")
def path(course: Course) -> Arrays:
    """Reduce runs to their iterates within the budget, with NaN after the last one of each."""
    record, last = course.record, course.last()
    points = np.full((len(last), course.budget + 1, 2), np.nan)
    n = min(course.budget + 1, record.points.shape[1])
    points[:, :n] = record.points[:, :n]
    points[np.arange(course.budget + 1) > last[:, None]] = np.nan
    points[course.failed] = np.nan
    return {"points": points}


def _distance(points: Array, original: Array) -> float:
    """Return how far a path is from the original one, as a share of the size of the latter."""
    counts = np.isfinite(original).all(1)
    if not np.array_equal(np.isfinite(points).all(1), counts):
        return inf
    size = np.abs(original[counts] - original[0]).max()  # the squares of large ones overflow
    apart = (points[counts] - original[counts]) / size
    moved = (original[counts] - original[0]) / size
    with np.errstate(over="ignore"):
        return float(np.sqrt((apart**2).sum() / (moved**2).sum()))
