"""Record the iterates of many runs step by step, and how each run ended."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from optgallery.runs.loop import stop_reason
from optgallery.runs.record import Record

Failure: TypeAlias = tuple[int, str]
"""The step that could not be taken, and why."""


class Recorder:
    """Records a batch of runs in arrays whose first axis is the step, and the second the run."""

    def __init__(self, steps: int, runs: int, *, counters: int) -> None:
        # for each step, all x contiguous in memory, then all y, as they are computed
        self.points, self.gradients = (
            torch.from_numpy(np.empty((steps + 1, 2, runs))).transpose(1, 2) for _ in range(2)
        )
        self.values = torch.from_numpy(np.empty((steps + 1, runs)))
        self.evaluations = np.zeros((steps + 1, counters), np.int64)

    def record_points(self, step: int, z: Tensor) -> Tensor:
        """Record points of shape (settings, rows, 2), and return the recorded copy."""
        return self.points[step].view(z.shape).copy_(z)

    def record_values(self, step: int, values: Tensor, gradients: Tensor) -> None:
        """Record values and gradients at the points of this step."""
        self.values[step].view(values.shape).copy_(values)
        self.gradients[step].view(gradients.shape).copy_(gradients)

    def finite(self, steps: Any, runs: Any = slice(None)) -> Tensor:
        """Return which records of the given steps and runs are finite."""
        points, gradients = self.points[steps, runs], self.gradients[steps, runs]
        finite = torch.isfinite(points).all(-1) & torch.isfinite(gradients).all(-1)
        return finite & torch.isfinite(self.values[steps, runs])

    def record(self, failures: Mapping[int, Failure]) -> Record:
        """Return the record, in which each run ends at the same step as alone, with the reason."""
        steps, runs = len(self.values) - 1, self.values.shape[1]
        lengths, stopped_at = np.full(runs, steps + 1), np.full(runs, -1)
        reasons = np.full(runs, "", object)
        points, values, gradients = (
            a.numpy().swapaxes(0, 1) for a in (self.points, self.values, self.gradients)
        )
        # not finite if any record is not, or if the sum overflows; these are checked exactly below
        total = (self.points.sum(0) + self.gradients.sum(0)).sum(-1) + self.values.sum(0)
        suspects = torch.isfinite(total).logical_not_().nonzero()[:, 0].numpy()
        finite = self.finite(slice(None), suspects).numpy()
        ended = ~finite.all(0)
        suspects, stops = suspects[ended], finite.argmin(0)[ended]
        reasons[suspects] = list(
            map(
                stop_reason,
                points[suspects, stops].tolist(),
                zip(
                    values[suspects, stops].tolist(),
                    gradients[suspects, stops].tolist(),
                    strict=True,
                ),
            )
        )
        stopped_at[suspects] = stops
        lengths[suspects] = stops + np.isfinite(points[suspects, stops]).all(1)
        for i, (stop, reason) in failures.items():
            stopped_at[i] = lengths[i] = stop
            reasons[i] = reason
        evaluations = np.broadcast_to(self.evaluations.T, values.shape)
        if lengths.min() <= steps:
            over = torch.arange(steps + 1)[:, None] >= torch.from_numpy(lengths)
            self.values.masked_fill_(over, torch.nan)
            self.points.masked_fill_(over[..., None], torch.nan)
            self.gradients.masked_fill_(over[..., None], torch.nan)
            last = np.take_along_axis(evaluations, lengths[:, None] - 1, axis=1)
            evaluations = np.minimum(evaluations.T, last.T).T
        return Record(points, values, gradients, evaluations, lengths, stopped_at, reasons)
