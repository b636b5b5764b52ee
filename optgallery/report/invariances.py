"""Measure how an optimizer's path changes with the units, the origin and the axes of a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, inf, radians, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optgallery.functions import FUNCTIONS, TestFunction, rotated, scaled, shifted
from optgallery.optim import OptimizerSpec
from optgallery.runs.run import attempt

Array = NDArray[np.float64]

FUNCTION_NAMES = ("rotated_quadratic", "beale", "himmelblau")
"""The functions whose variants are tried; the domain of each is centred at the origin."""

STEPS = 30
"""The steps that are compared."""

FACTOR = 64.0
"""By which values or coordinates are multiplied: a power of 2, so that products are exact."""

DEGREES = 30.0
SHIFT = (3.0, -2.0)

SAME, NEARLY = 1e-9, 1e-3
"""Up to which two paths are the same up to rounding, or nearly so."""


@dataclass(frozen=True)
class Invariance:
    """How the path changes if a function is changed in one way.

    Attributes
    ----------
    change : str
        What was changed, in words.
    distance : float
        The largest distance between the expected path and the one taken, as a share of the distance
        travelled; infinite if a run was not completed.
    factor : float
        The learning rate was multiplied by it; 1 if the path is that at the same rate.
    wrapper : str
        The code of the changed function, in which ``FUNCTION`` stands for its name.
    """

    change: str
    distance: float
    factor: float
    wrapper: str

    @property
    def holds(self) -> bool:
        """Whether the path is the expected one up to rounding, at this rate."""
        return self.distance <= SAME

    @property
    def kind(self) -> str:
        """``"same"``, ``"nearly"`` or ``"another"``."""
        if self.holds:
            return "same"
        return "nearly" if self.distance <= NEARLY else "another"

    @property
    def words(self) -> str:
        """What was found, in words."""
        rate = ""
        if self.factor > 1:
            rate = f" if the learning rate is multiplied by {self.factor:g}"
        elif self.factor < 1:
            rate = f" if the learning rate is divided by {1 / self.factor:g}"
        if self.kind == "same":
            return f"the same path{rate}"
        if self.kind == "nearly":
            return f"nearly the same path{rate}: {_share(self.distance)} apart"
        if self.distance == inf:
            return "not compared: a run diverged or failed"
        return f"another path: {_share(self.distance)} apart"


def invariances(spec: OptimizerSpec, lr: float) -> tuple[Invariance, ...]:
    """Run an optimizer on changed functions, and compare its paths with the expected ones.

    Parameters
    ----------
    spec : OptimizerSpec
    lr : float
        A learning rate at which it is stable.

    Returns
    -------
    tuple of Invariance
        For values times 64, both coordinates times 64, a rotation by 30 degrees and a shift. Of the
        learning rates that might be equivalent, the one with the closest path; the same rate if
        none is.

    Examples
    --------
    >>> import optgallery as og
    >>> for found in invariances(og.OPTIMIZERS["sgd"], 0.001):
    ...     print(f"{found.change}: {found.words}")
    values times 64: the same path if the learning rate is divided by 64
    coordinates times 64: the same path if the learning rate is multiplied by 4096
    turned by 30°: the same path
    shifted by (3, -2): the same path
    """
    return tuple(_closest(spec, lr, change) for change in _changes())


class _Change(NamedTuple):
    """A change of a function, and what it does to the path of an optimizer that is invariant."""

    words: str
    wrapper: str
    changed: Callable[[TestFunction], TestFunction]
    image: Callable[[Array], Array]
    factors: tuple[float, ...] = (1.0,)
    """By which the learning rate may have to be multiplied."""


def _changes() -> tuple[_Change, ...]:
    angle, (dx, dy) = radians(DEGREES), SHIFT
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    factor = f"{FACTOR:g}"
    return (
        _Change(
            f"values times {factor}",
            f"og.functions.scaled(FUNCTION, value={factor})",
            lambda fn: scaled(fn, value=FACTOR),
            lambda points: points,
            (1.0, 1 / FACTOR),
        ),
        _Change(
            f"coordinates times {factor}",
            f"og.functions.scaled(FUNCTION, x={factor}, y={factor})",
            lambda fn: scaled(fn, x=FACTOR, y=FACTOR),
            lambda points: FACTOR * points,
            (1.0, FACTOR, FACTOR**2),
        ),
        _Change(
            f"turned by {DEGREES:g}°",
            f"og.functions.rotated(FUNCTION, {DEGREES:g})",
            lambda fn: rotated(fn, DEGREES),
            lambda points: points @ turn.T,
        ),
        _Change(
            f"shifted by ({dx:g}, {dy:g})",
            f"og.functions.shifted(FUNCTION, dx={dx:g}, dy={dy:g})",
            lambda fn: shifted(fn, dx, dy),
            lambda points: points + np.array(SHIFT),
        ),
    )


def _closest(spec: OptimizerSpec, lr: float, change: _Change) -> Invariance:
    """Try learning rates on the changed functions, and return the one with the closest path."""
    fns = [FUNCTIONS[name] for name in FUNCTION_NAMES]
    expected = [path if path is None else change.image(path) for path in _paths(spec, fns, lr)]
    variants = [change.changed(fn) for fn in fns]
    tried = []
    for factor in change.factors if spec.own_axis is None else change.factors[:1]:
        taken = _paths(spec, variants, lr * factor)
        apart = [_distance(a, b) for a, b in zip(expected, taken, strict=True) if a is not None]
        tried.append(Invariance(change.words, max(apart, default=inf), factor, change.wrapper))
    best = min(tried, key=lambda each: each.distance)
    return best if best.kind != "another" else tried[0]


def _paths(spec: OptimizerSpec, fns: Sequence[TestFunction], lr: float) -> list[Array | None]:
    """Return the points on each function; None where the run was not completed."""
    runs = [attempt(spec, fn, steps=STEPS, lr=lr) for fn in fns]
    return [run.points if run.status == "completed" else None for run in runs]


def _distance(expected: Array, taken: Array | None) -> float:
    if taken is None:
        return inf
    travelled = np.abs(expected - expected[0]).max()
    apart = np.abs(expected - taken).max()
    return float(apart / travelled) if travelled else (inf if apart else 0.0)


def _share(distance: float) -> str:
    """Return a share of the distance travelled as a percentage."""
    percent = 100 * distance
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.1g} %"
