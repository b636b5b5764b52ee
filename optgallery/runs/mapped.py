"""One optimizer, mapped over runs by ``torch.vmap``: its own ``step`` updates all at once."""

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.overrides import TorchFunctionMode

from optgallery.optim.per_run import mapping

Tree: TypeAlias = Any
"""Dicts and lists whose leaves are positions in a list of tensors, or anything else as it is."""


class MappedOptimizer:
    """An optimizer of one parameter whose ``step`` is mapped over many such parameters.

    ``step`` is the class's own. It sees the parameter, the gradient and the state of one run, while
    each operation is done for all runs. What is not a tensor, such as a setting or a count of
    steps, is the same for all of them, and so are random draws.

    Parameters
    ----------
    optimizer : Optimizer
        Built over one parameter; the numbers in its group apply to all runs.
    points : tensor of shape (n, ...)
        The parameters, a row for each run; they are copied.
    """

    def __init__(self, optimizer: Optimizer, points: Tensor) -> None:
        self._optimizer = optimizer
        (self._group,) = optimizer.param_groups
        self.points = points.clone()
        self._tensors: list[Tensor] = []
        self._form: Tree = {}, {k: _Leaf(v) for k, v in self._group.items() if k != "params"}

    def keep(self, rows: Tensor) -> None:
        """Go on with some of the runs, given by their positions."""
        self.points = self.points[rows]
        self._tensors = [tensor[rows] for tensor in self._tensors]

    def step(self, gradients: Tensor) -> None:
        """Take one step of every run.

        Parameters
        ----------
        gradients : tensor of the shape of the points

        Raises
        ------
        RuntimeError
            If ``step`` branches on a number that differs between runs, or does anything else that
            ``torch.vmap`` refuses.
        """
        with mapping(), _WithRules():
            self.points, tensors = torch.vmap(self._step_of_one, randomness="same")(
                self.points, gradients, self._tensors
            )
        # what was made from numbers alone comes back as one element of memory for all runs
        self._tensors = [tensor.contiguous() for tensor in tensors]

    def _step_of_one(
        self, point: Tensor, gradient: Tensor, tensors: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        state, group = (_filled(form, tensors) for form in self._form)
        point.grad = gradient
        self._group.clear()
        self._group.update(group, params=[point])
        self._optimizer.state.clear()
        if state:
            self._optimizer.state[point] = state
        with torch.no_grad():
            self._optimizer.step()
        found: list[Tensor] = []
        rest = {k: v for k, v in self._group.items() if k != "params"}
        self._form = _emptied(dict(self._optimizer.state[point]), found), _emptied(rest, found)
        return point, found


class _Leaf:
    """A value that is the same for all runs."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _emptied(tree: Any, tensors: list[Tensor]) -> Tree:
    """Move the tensors out of dicts and lists, and leave their positions."""
    if isinstance(tree, Tensor):
        tensors.append(tree)
        return len(tensors) - 1
    if isinstance(tree, dict):
        return {key: _emptied(member, tensors) for key, member in tree.items()}
    if isinstance(tree, list):
        return [_emptied(member, tensors) for member in tree]
    return _Leaf(tree)


def _filled(form: Tree, tensors: list[Tensor]) -> Any:
    """Put tensors into their positions."""
    if isinstance(form, _Leaf):
        return form.value
    if isinstance(form, dict):
        return {key: _filled(member, tensors) for key, member in form.items()}
    if isinstance(form, list):
        return [_filled(member, tensors) for member in form]
    return tensors[form]


class _WithRules(TorchFunctionMode):
    """Replaces operations for which ``torch.vmap`` has no rule, or one that rounds differently."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        rule = _RULES.get(func, func)
        return rule(*args, **(kwargs or {}))


def _lerp_(self: Tensor, end: Tensor, weight: float) -> Tensor:
    return self.copy_(torch.lerp(self, end, weight))


def _addmm(added: Tensor, a: Tensor, b: Tensor, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor:
    """Multiply and add in half precision with one rounding at the end, as for a single matrix."""
    if added.dtype not in (torch.float16, torch.bfloat16):
        return torch.addmm(added, a, b, beta=beta, alpha=alpha)
    product = a.float() @ b.float()
    return (beta * added.float() + alpha * product).to(added.dtype)


_RULES: dict[Callable[..., Any], Callable[..., Any]] = {
    Tensor.lerp_: _lerp_,
    torch.addmm: _addmm,
}
