"""Record the iterates of many runs step by step, and how each run ended."""

from collections.abc import Collection, Mapping
from math import isfinite
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from optgallery.runs.loop import stop_reason
from optgallery.runs.record import Record

Failure: TypeAlias = tuple[int, str]
"""The step that could not be taken, and why."""


class Recorder:
    """Records a batch of runs in arrays whose first axis is the step, and the second the run.

    Parameters
    ----------
    steps : int
    runs : int
    counters : int
        Number of evaluation counters: one for all runs, or one for each run.
    left_out : collection of {"points", "gradients"}
        What is not recorded, so that less is written into memory.
    """

    def __init__(
        self, steps: int, runs: int, *, counters: int, left_out: Collection[str] = ()
    ) -> None:
        # for each step, all x contiguous in memory, then all y, as they are computed
        self.points, self.gradients = (
            torch.from_numpy(np.empty((0 if name in left_out else steps + 1, 2, runs))).mT
            for name in ("points", "gradients")
        )
        self._has_points = "points" not in left_out
        self._has_gradients = "gradients" not in left_out
        self._values = np.empty((steps + 1, runs))
        self.values = torch.from_numpy(self._values)
        self.evaluations = np.zeros((steps + 1, counters), np.int64)
        self._lengths, self._stopped_at = np.full(runs, steps + 1), np.full(runs, -1)
        self._reasons = np.full(runs, "", object)
        self._complete = not left_out

    def record_points(self, step: int, z: Tensor, *, copy: bool = True) -> Tensor:
        """Record points of shape (settings, rows, 2), and return the recorded copy.

        If points are left out, nothing is recorded; unless a copy is wanted, the same memory is
        returned.
        """
        self._here = z
        if self._has_points:
            self._here = self.points[step].view(z.shape).copy_(z)
        elif copy:
            self._here = z.clone()
        return self._here

    def record_values(
        self, step: int, values: Tensor, gradients: Tensor, *, finite: bool = False
    ) -> None:
        """Record values and gradients at the points of this step.

        Parameters
        ----------
        step : int
        values, gradients : tensors of shapes (settings, rows) and (settings, rows, 2)
        finite : bool
            Whether they are known to be finite, and the points too.
        """
        self._values[step] = values.numpy().reshape(-1)
        if self._has_gradients:
            self.gradients[step].view(gradients.shape).copy_(gradients)
        if self._complete or finite:
            return  # `record` finds the ends in a complete record
        # finite only if all numbers are; where squares overflow, each number is checked
        if all(isfinite(_square(each)) for each in (self._here, values, gradients)):
            return
        here, slopes = self._here.reshape(-1, 2), gradients.reshape(-1, 2)
        goes_on = all_finite(here, self.values[step], slopes).numpy()
        runs = np.flatnonzero(~goes_on & (self._stopped_at < 0))
        seen = (each[runs] for each in (here, self.values[step], slopes))
        self._end(runs, np.full(len(runs), step), *seen)

    def record(self, failures: Mapping[int, Failure]) -> Record:
        """Return the record, in which each run ends at the same step as alone, with the reason."""
        steps = len(self.values) - 1
        if self._complete:
            self._find_ends()
        lengths, stopped_at, reasons = self._lengths, self._stopped_at, self._reasons
        for i, (stop, reason) in failures.items():
            stopped_at[i] = lengths[i] = stop
            reasons[i] = reason
        points, values, gradients = (
            a.numpy().swapaxes(0, 1) for a in (self.points, self.values, self.gradients)
        )
        evaluations = np.broadcast_to(self.evaluations.T, values.shape)
        if lengths.min() <= steps:
            over = torch.arange(steps + 1)[:, None] >= torch.from_numpy(lengths)
            self.values.masked_fill_(over, torch.nan)
            for kept in filter(len, (self.points, self.gradients)):
                kept.masked_fill_(over[..., None], torch.nan)
            last = np.take_along_axis(evaluations, lengths[:, None] - 1, axis=1)
            evaluations = np.minimum(evaluations.T, last.T).T
        return Record(points, values, gradients, evaluations, lengths, stopped_at, reasons)

    def _find_ends(self) -> None:
        """Find the first step of each run at which something is not finite."""
        # a sum of finite numbers may overflow, but no sum with an infinite one or NaN is finite
        total = (self.points.sum(0) + self.gradients.sum(0)).sum(-1) + self.values.sum(0)
        suspects = torch.isfinite(total).logical_not_().nonzero()[:, 0].numpy()
        arrays = self.points, self.values, self.gradients
        finite = all_finite(*(array[:, suspects] for array in arrays)).numpy()
        ended = ~finite.all(0)
        runs, stops = suspects[ended], finite.argmin(0)[ended]
        self._end(runs, stops, *(array[stops, runs] for array in arrays))

    def _end(
        self,
        runs: NDArray[np.intp],
        stops: NDArray[np.intp],
        points: Tensor,
        values: Tensor,
        gradients: Tensor,
    ) -> None:
        """Note where runs ended, and why, by what was seen there."""
        seen = zip(values.tolist(), gradients.tolist(), strict=True)
        self._reasons[runs] = list(map(stop_reason, points.tolist(), seen))
        self._stopped_at[runs] = stops
        self._lengths[runs] = stops + torch.isfinite(points).all(1).numpy()


def _square(T: Tensor) -> float:
    """Return the sum of squares, which takes less time than a sum."""
    flat = T.reshape(-1) if T.is_contiguous() else T.mT.reshape(-1)
    return torch.dot(flat, flat).item()


def all_finite(points: Tensor, values: Tensor, gradients: Tensor) -> Tensor:
    """Say where points (..., 2), values (...) and gradients (..., 2) are all finite."""
    finite = torch.isfinite(points).all(-1) & torch.isfinite(gradients).all(-1)
    return finite & torch.isfinite(values)
