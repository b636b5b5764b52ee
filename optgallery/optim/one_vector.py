"""VectorOptimizer: the base of methods for which all parameters are one vector."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from optgallery.optim.base import Closure, DenseOptimizer
from optgallery.optim.precision import in_single_precision


class Evaluated(NamedTuple):
    """The function's value and gradient at a point, a vector."""

    value: float
    gradient: Tensor


class VectorOptimizer(DenseOptimizer):
    """An optimizer whose step is one step of one vector, which contains all parameters.

    Methods of textbooks are written for a vector: they have one step length, one Hessian, one line
    search. There is one parameter group, and parameters without a gradient are no part of the
    vector.
    """

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add the parameter group.

        Raises
        ------
        TypeError
            If the group is not a dict.
        ValueError
            If a hyper-parameter is out of range, or there is a group already.
        """
        if self.param_groups:
            raise ValueError(
                f"{type(self).__name__} takes one step for all parameters, so it does not support "
                "parameter groups: give all parameters the same settings"
            )
        super().add_param_group(param_group)

    def _members(self) -> list[Tensor]:
        """Return the parameters that have a gradient."""
        return [p for _, p, _ in self._gradients()]

    def _evaluated(self, loss: Any, members: Sequence[Tensor]) -> Evaluated:
        """Return the value that a closure has returned, with the gradients that it has set.

        Raises
        ------
        ValueError
            If the closure has not returned the loss.
        """
        if loss is None:
            raise ValueError(
                f"{type(self).__name__} needs the value: the closure must return the loss"
            )
        return Evaluated(float(loss), self._gradient(members))

    def _evaluate_at(self, members: Sequence[Tensor], x: Tensor, closure: Closure) -> Evaluated:
        """Set the members to a vector, and evaluate there."""
        self._write(members, x)
        with torch.enable_grad():
            loss = closure()
        return self._evaluated(loss, members)

    @staticmethod
    def _flat(tensors: Sequence[Tensor]) -> Tensor:
        """Join tensors to one vector, in float32 or higher precision."""
        return torch.cat([in_single_precision(each.detach()).reshape(-1) for each in tensors])

    def _gradient(self, members: Sequence[Tensor]) -> Tensor:
        """Return the gradients of the members as one vector."""
        return self._flat([torch.zeros_like(p) if p.grad is None else p.grad for p in members])

    def _hessian(self, members: Sequence[Tensor]) -> Tensor:
        """Return the Hessian with respect to the members, row by row from their gradients' graph.

        A gradient that does not depend on the parameters has derivative 0. If no gradient does, a
        warning is issued, since ``create_graph`` may have been forgotten.
        """
        grads = [p.grad for p in members if p.grad is not None]
        n = sum(p.numel() for p in members)
        if not any(grad.requires_grad for grad in grads):
            if any(bool(grad.any()) for grad in grads):
                warnings.warn(
                    f"no gradient depends on the parameters, so {type(self).__name__} takes their "
                    "curvature as 0; unless the loss is linear, call backward(create_graph=True)",
                    stacklevel=5,  # the caller of step, above two frames of decorators
                )
            return self._flat(members).new_zeros(n, n)
        rows = []
        with torch.enable_grad():
            elements = [element for grad in grads for element in grad.reshape(-1)]
        for element in elements:
            if element.requires_grad:
                row = torch.autograd.grad(
                    element, members, retain_graph=True, materialize_grads=True
                )
                rows.append(self._flat(row))
            else:
                rows.append(self._flat(members).new_zeros(n))
        H = torch.stack(rows)
        return (H + H.T) / 2

    @staticmethod
    def _parts(members: Sequence[Tensor], x: Tensor) -> list[Tensor]:
        """Split a vector into tensors of the members' shapes."""
        pieces = torch.split(x, [p.numel() for p in members])
        return [piece.view_as(p) for p, piece in zip(members, pieces, strict=True)]

    def _write(self, members: Sequence[Tensor], x: Tensor) -> None:
        """Set the members to the parts of a vector, rounded to their precision."""
        for p, part in zip(members, self._parts(members, x), strict=True):
            p.copy_(part)
