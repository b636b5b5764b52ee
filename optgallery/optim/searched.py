"""SearchedOptimizer: the base of methods whose step length meets the strong Wolfe conditions."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from optgallery.optim.base import Closure
from optgallery.optim.one_vector import Evaluated, VectorOptimizer
from optgallery.optim.wolfe import StrongWolfe, Trial, first_length


class SearchedOptimizer(VectorOptimizer):
    """An optimizer that searches along a direction, with the hyper-parameters ``c1`` and ``c2``."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add the parameter group.

        Raises
        ------
        TypeError
            If the group is not a dict.
        ValueError
            If a hyper-parameter is out of range, ``c1`` is not below ``c2``, so that there may be
            no length that meets both conditions, or there is a group already.
        """
        super().add_param_group(param_group)
        group = self.param_groups[0]
        if not group["c1"] < group["c2"]:
            self.param_groups.pop()
            raise ValueError(
                f"c1 must be less than c2, got c1={group['c1']!r} and c2={group['c2']!r}"
            )

    def _search(
        self,
        members: Sequence[Tensor],
        closure: Closure,
        here: Evaluated | tuple[float, Tensor],
        p: Tensor,
        *,
        previous: float,
        accepts: Callable[[Trial], bool] = lambda _: True,
    ) -> Trial | None:
        """Go along a direction to a length that meets the conditions.

        Parameters
        ----------
        members : sequence of tensors
        closure : callable
        here : Evaluated
            Value and gradient at the point.
        p : tensor
            The direction, along which the value falls.
        previous : float
            The value one step before, from which the first length follows.
        accepts : callable
            A further condition for the end of the step.

        Returns
        -------
        Trial or None
            Where the point is now; None if there is no such length, and the point is where it was.
        """
        (group,) = self.param_groups
        x = self._flat(members)
        f, g = here
        slope = float(torch.dot(g, p))
        if not slope < 0:
            return None

        def evaluate(length: float) -> Trial:
            value, gradient = self._evaluate_at(members, x + length * p, closure)
            return Trial(length, value, float(torch.dot(gradient, p)), gradient)

        start = Trial(0.0, f, slope, g)
        search = StrongWolfe(evaluate, start, group["c1"], group["c2"], accepts)
        found = search.search(first_length(f, slope, previous))
        self._write(members, x if found is None else x + found.length * p)
        return found
