"""Find the entries of the gallery that take the same path as an optimizer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.runs.batched import run_grid
from optgallery.runs.run import attempt
from optgallery.runs.trajectory import Trajectory

FUNCTION_NAMES = ("beale", "himmelblau", "rosenbrock", "saddle")
"""The functions on which paths are compared."""

RATES = (0.01, 0.1)
"""The learning rates at which they are compared."""

STEPS = 60
"""The steps that are compared."""

TOLERANCE = 1e-12
"""Up to which two paths are the same, as a share of the distance travelled."""

_SHORT = 12  # steps after which most entries are told apart
_NEAR = 1e-6


@dataclass(frozen=True)
class Coincidence:
    """An entry of the gallery whose path is the same, or nearly.

    Attributes
    ----------
    name, title : str
        Of the entry.
    distance : float
        The largest distance between the two paths, as a share of the distance travelled.
    exact : bool
        Whether the paths are the same bit for bit.
    """

    name: str
    title: str
    distance: float
    exact: bool

    @property
    def same(self) -> bool:
        """Whether the paths are the same up to rounding."""
        return self.exact or self.distance <= TOLERANCE

    @property
    def words(self) -> str:
        """How close the paths are."""
        if self.exact:
            return "bit for bit"
        return f"to {self.distance:.0e} of the distance travelled"


def coincidences(spec: OptimizerSpec) -> tuple[Coincidence, ...]:
    """Compare an optimizer's paths with those of all entries of the gallery.

    Each entry has the settings of the gallery, and the optimizer those that it was given. An
    optimizer that takes no learning rate coincides with none.

    Parameters
    ----------
    spec : OptimizerSpec

    Returns
    -------
    tuple of Coincidence
        The closest first. The entry itself is left out.

    Examples
    --------
    >>> import torch
    >>> import optgallery as og
    >>> amsgrad = og.OptimizerSpec(
    ...     name="mine", title="Mine", cls=torch.optim.Adam, defaults={"amsgrad": True}
    ... )
    >>> [(each.title, each.words) for each in coincidences(amsgrad)]
    [('AMSGrad', 'bit for bit')]
    """
    if spec.own_axis is not None:
        return ()
    others = [other for other in OPTIMIZERS.values() if other != spec]
    first = ([FUNCTIONS[FUNCTION_NAMES[0]]], RATES[:1], _SHORT)
    own = _paths(spec, *first)
    near = [other for other in others if _distance(own, _paths(other, *first)) < _NEAR]
    if not near:
        return ()
    cells = ([FUNCTIONS[name] for name in FUNCTION_NAMES], RATES, STEPS)
    own = _paths(spec, *cells)
    found = []
    for other in near:
        paths = _paths(other, *cells)
        if (distance := _distance(own, paths)) < _NEAR:
            exact = all(np.array_equal(a.points, b.points) for a, b in zip(own, paths, strict=True))
            found.append(Coincidence(other.name, other.title, distance, exact))
    return tuple(sorted(found, key=lambda each: (not each.exact, each.distance)))


def _paths(
    spec: OptimizerSpec, fns: Sequence[TestFunction], lrs: Sequence[float], steps: int
) -> list[Trajectory]:
    """Run an optimizer on every function at every rate; in a batch if it is an entry."""
    batched = run_grid([spec], fns, lrs, steps=steps) if OPTIMIZERS.get(spec.name) == spec else {}
    return [
        batched.get((spec.name, fn.name, lr)) or attempt(spec, fn, steps=steps, lr=lr)
        for fn in fns
        for lr in lrs
    ]


def _distance(ours: Sequence[Trajectory], theirs: Sequence[Trajectory]) -> float:
    """Return the largest distance of two sets of paths, relative to the distance travelled."""
    return max(_of_paths(a, b) for a, b in zip(ours, theirs, strict=True))


def _of_paths(a: Trajectory, b: Trajectory) -> float:
    if len(a) != len(b) or "failed" in (a.status, b.status):
        return float("inf")
    travelled = np.abs(b.points - b.points[0]).max()
    apart = np.abs(a.points - b.points).max()
    return float(apart / travelled) if travelled else (float("inf") if apart else 0.0)
