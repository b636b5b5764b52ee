"""Run one optimizer on a matrix problem."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from optgallery.functions import TestFunction
from optgallery.optim.spec import OptimizerSpec
from optgallery.problems.base import Array, MatrixProblem
from optgallery.runs.additions import NOTHING, Additions
from optgallery.runs.handed import handed_over
from optgallery.runs.matrix_loss import MatrixLoss
from optgallery.runs.matrix_trajectory import MatrixTrajectory, split
from optgallery.runs.objective import Numbers
from optgallery.runs.outcome import Status
from optgallery.runs.single_run import AnyRun, SingleRun


@dataclass(eq=False)
class MatrixRun(AnyRun[MatrixProblem, tuple[Array, ...], MatrixTrajectory]):
    """One run of an optimizer on a matrix problem, with one parameter for each matrix."""

    def _start(self) -> Numbers:
        return tuple(torch.cat([p.detach().reshape(-1) for p in self._parameters()]).tolist())

    def _handed_over(self) -> dict[str, float]:
        return handed_over(self.spec, self.fn, self.origin, self.hparams)

    def _parameters(self) -> list[nn.Parameter]:
        return [nn.Parameter(torch.tensor(matrix, dtype=self.dtype)) for matrix in self.origin]

    def _objective(self, *, differentiates_value: bool) -> MatrixLoss:
        return MatrixLoss(
            self.fn,
            [*self._parameters()],
            create_graph=self.spec.create_graph,
            differentiates_value=differentiates_value,
            clip=self.additions.grad_clip,
        )

    def _trajectory(self, status: Status) -> MatrixTrajectory:
        return MatrixTrajectory(
            problem=self.fn,
            parameters=split(np.array(self.history.points), self.fn.shapes),
            gradients=split(np.array(self.history.gradients), self.fn.shapes),
            **self._fields(status),
        )

    def _variants(self, *, differentiated: bool) -> Iterator[Self]:
        """Yield trial runs that differ in closure or precision."""
        spec = self.spec
        if differentiated and not spec.create_graph:
            yield self._trial(spec=replace(spec, create_graph=True))
        if not spec.needs_closure:
            yield self._trial(spec=replace(spec, needs_closure=True))
        if self.dtype is torch.float64:
            yield self._trial(dtype=torch.float32)


def run_from_own_start(
    spec: OptimizerSpec,
    fn: TestFunction | MatrixProblem,
    steps: int,
    *,
    hparams: dict[str, Any],
    additions: Additions = NOTHING,
) -> SingleRun | MatrixRun:
    """Return the run on a function or a problem from its own start, before its first step."""
    if isinstance(fn, MatrixProblem):
        return MatrixRun(spec, fn, fn.start, steps, hparams=hparams, additions=additions)
    return SingleRun(spec, fn, fn.start, steps, hparams=hparams, additions=additions)


def as_start(problem: MatrixProblem, start: Any) -> tuple[Array, ...]:
    """Return the argument ``start`` of `run` as one array for each parameter.

    Parameters
    ----------
    problem : MatrixProblem
    start : array or sequence of arrays, optional
        The problem's own start if not given; the matrix itself, if there is one parameter.

    Raises
    ------
    ValueError
        If shapes do not fit, or a number is not finite.
    """
    if start is None:
        return problem.start
    shapes = problem.shapes
    wanted = " and ".join(map(str, shapes))
    try:
        arrays = [np.array(part, dtype=float) for part in start]
    except (TypeError, ValueError):
        arrays = []
    if len(shapes) == 1 and np.shape(arrays) == shapes[0]:
        arrays = [np.array(arrays)]
    found = [array.shape for array in arrays]
    if found != [*shapes]:
        given = " and ".join(map(str, found)) or repr(start)
        raise ValueError(
            f"start must be {'a matrix' if len(shapes) == 1 else 'matrices'} of shape {wanted} for "
            f"{problem.title}, got {given}"
        )
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(f"start must be finite, got {start!r}")
    return tuple(arrays)
