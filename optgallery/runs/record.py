"""Record: many runs in arrays whose first axis is the run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Record:
    """Points, values, gradients and evaluations of runs of equal length, and how each ended.

    After the end of a diverged run, ``points``, ``values`` and ``gradients`` are NaN, and
    ``evaluations`` is constant.

    Attributes
    ----------
    points : array of shape (n, steps + 1, 2)
        Of shape (n, 0, 2) if they were left out.
    values : array of shape (n, steps + 1)
    gradients : array of shape (n, steps + 1, 2)
        Of shape (n, 0, 2) if they were left out.
    evaluations : array of shape (n, steps + 1)
    lengths : array of shape (n,)
        Number of recorded iterates of each run.
    stopped_at : array of shape (n,)
        The step at which a run diverged; -1 if it did not.
    reasons : array of shape (n,)
        Why a run diverged; an empty string if it did not.
    lrs : array of shape (n, steps) or None
        The learning rates of the updates, NaN after the end of a run; None if none were recorded.
    """

    points: Array
    values: Array
    gradients: Array
    evaluations: NDArray[np.int64]
    lengths: NDArray[np.int64]
    stopped_at: NDArray[np.int64]
    reasons: NDArray[np.object_]
    lrs: Array | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            if (array := getattr(self, item.name)) is not None:
                array.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # NumPy unpickles every array writeable

    @classmethod
    def gather(cls, runs: Sequence[Any]) -> Self:
        """Collect trajectories that were computed one by one."""
        rows = runs[0].steps + 1
        names = ("points", "values", "gradients", "evaluations")
        arrays: dict[str, Any] = {}
        for name in names:
            first = getattr(runs[0], name)
            arrays[name] = np.empty((len(runs), rows, *first.shape[1:]), first.dtype)
            for i, run in enumerate(runs):
                arrays[name][i, : len(run)] = getattr(run, name)
                arrays[name][i, len(run) :] = (
                    np.nan if name != "evaluations" else run.evaluations[-1]
                )
        return cls(
            **arrays,
            lengths=np.array([len(run) for run in runs]),
            stopped_at=np.array([-1 if r.stopped_at is None else r.stopped_at for r in runs]),
            reasons=np.array([run.reason for run in runs], object),
            lrs=cls._gathered_lrs(runs),
        )

    @staticmethod
    def _gathered_lrs(runs: Sequence[Any]) -> Array | None:
        if all(run.recorded_lrs is None for run in runs):
            return None
        lrs = np.full((len(runs), runs[0].steps), np.nan)
        for row, run in zip(lrs, runs, strict=True):
            row[: len(run) - 1] = run.lrs
        return lrs

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self.run, range(len(self)))

    def take(self, index: Any) -> Self:
        """Return the runs that a slice, a mask or an array of positions selects."""
        arrays: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        chosen = {k: None if array is None else array[index] for k, array in arrays.items()}
        return type(self)(**chosen)  # type: ignore[arg-type]  # only `lrs` may be None

    def run(self, i: int) -> dict[str, Any]:
        """Return the recorded fields of the `Trajectory` of run ``i``, with copied arrays."""
        end, stopped_at = self.lengths[i], int(self.stopped_at[i])
        return {
            "points": self.points[i, :end].copy(),
            "values": self.values[i, :end].copy(),
            "gradients": self.gradients[i, :end].copy(),
            "evaluations": self.evaluations[i, :end].copy(),
            "status": "completed" if stopped_at < 0 else "diverged",
            "stopped_at": None if stopped_at < 0 else stopped_at,
            "reason": self.reasons[i],
            "recorded_lrs": None if self.lrs is None else self.lrs[i, : end - 1].copy(),
        }


def solved_at(
    values: Array, minimum: float | None, tau: float, counted: NDArray[np.bool_] | None = None
) -> NDArray[np.intp]:
    r"""Return where the convergence test of Moré and Wild first holds in each row of values.

    The test is :math:`f(x_0) - f(x_k) \ge (1 - \tau)\,(f(x_0) - f^*)`.

    Parameters
    ----------
    values : array of shape (n, k)
        The function at the iterates of each run.
    minimum : float or None
        The function's global minimum, if it is known.
    tau : float
        Tolerance, between 0 and 1.
    counted : bool array of shape (n, k), optional
        Which iterates count; all if not given.

    Returns
    -------
    array of shape (n,)
        Positions in the row; -1 where the test never holds.
    """
    if not 0 < tau < 1:
        raise ValueError(f"tau must lie between 0 and 1, got {tau}")
    start = values[:, 0]
    if minimum is None:
        return np.full(len(values), -1)
    with np.errstate(invalid="ignore", over="ignore"):
        height = start - minimum
        held = start[:, None] - values >= ((1 - tau) * height)[:, None]
        if isfinite(minimum):  # a run may begin at the minimum, up to rounding
            held[:, 0] |= height <= np.finfo(np.float64).eps * max(1.0, abs(minimum))
    if counted is not None:
        held &= counted
    return np.where(held.any(1) & np.isfinite(start), held.argmax(1), -1)
