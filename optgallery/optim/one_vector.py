"""VectorOptimizer: the base of methods for which all parameters are one vector."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from optgallery.optim.base import DenseOptimizer
from optgallery.optim.precision import in_single_precision


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

    @staticmethod
    def _flat(tensors: Sequence[Tensor]) -> Tensor:
        """Join tensors to one vector, in float32 or higher precision."""
        return torch.cat([in_single_precision(each.detach()).reshape(-1) for each in tensors])

    def _gradient(self, members: Sequence[Tensor]) -> Tensor:
        """Return the gradients of the members as one vector."""
        return self._flat([p.grad for p in members if p.grad is not None])

    @staticmethod
    def _parts(members: Sequence[Tensor], x: Tensor) -> list[Tensor]:
        """Split a vector into tensors of the members' shapes."""
        pieces = torch.split(x, [p.numel() for p in members])
        return [piece.view_as(p) for p, piece in zip(members, pieces, strict=True)]

    def _write(self, members: Sequence[Tensor], x: Tensor) -> None:
        """Set the members to the parts of a vector, rounded to their precision."""
        for p, part in zip(members, self._parts(members, x), strict=True):
            p.copy_(part)
