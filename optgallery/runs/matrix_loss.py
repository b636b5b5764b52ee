"""MatrixLoss: the loss of a matrix problem, over everything or over mini-batches."""

from typing import Any

import torch
from torch import Tensor

from optgallery.problems.base import MatrixProblem
from optgallery.runs.objective import Loss, Numbers, ValueAndGradient


class MatrixLoss(Loss):
    """The loss of a matrix problem.

    With mini-batches, the optimizer receives the gradient of the batch that has the number of the
    evaluation, but value and gradient over everything are recorded.

    Parameters
    ----------
    problem : MatrixProblem
    params : list of tensors
        The matrices.
    **settings
        As `Loss` takes them.
    """

    def __init__(self, problem: MatrixProblem, params: list[Tensor], **settings: Any) -> None:
        super().__init__(params, **settings)
        self.problem = problem

    @property
    def deterministic(self) -> bool:
        """Whether there are no mini-batches."""
        return not self.problem.stochastic

    def evaluate(self) -> ValueAndGradient:
        """Evaluate as `Loss` does, but return value and gradient over everything."""
        evaluated = super().evaluate()
        return evaluated if self.deterministic else self.at(self.point())

    def at(self, point: Numbers) -> ValueAndGradient:
        """Evaluate over everything, without counting and without changing the parameters."""
        numbers = torch.tensor(point, dtype=self.params[0].dtype)
        parts = torch.split(numbers, [p.numel() for p in self.params])
        copies = [
            part.reshape(p.shape).requires_grad_()
            for part, p in zip(parts, self.params, strict=True)
        ]
        with torch.enable_grad():
            value = self._loss(copies, None)
            grads = torch.autograd.grad(value, copies)
        return value.item(), tuple(torch.cat([g.reshape(-1) for g in grads]).tolist())

    def _value(self) -> Tensor:
        return self._loss(self.params, None if self.deterministic else self.evaluations)

    def _loss(self, params: list[Tensor], batch: int | None) -> Tensor:
        try:
            return self.problem.loss(*params, batch=batch)
        except Exception as error:
            self.raised = error
            raise
