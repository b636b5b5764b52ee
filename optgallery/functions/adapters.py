"""Adapters that turn other callables, such as functions of a vector, into formulas of x and y.

Each is a frozen dataclass, so that it equals its unpickled copy. ``given`` is the user's function.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.func import functional_call
from torch.overrides import TorchFunctionMode

from optgallery.functions.coordinates import broadcast
from optgallery.functions.evaluation import value_of

Given: TypeAlias = Callable[..., Tensor]


@dataclass(frozen=True)
class OfVector:
    """A function of one tensor whose last dimension contains x and y."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Stack the coordinates and call the function."""
        return self.given(torch.stack(broadcast(x, y), -1))


@dataclass(frozen=True)
class UnderDefault:
    """A function that works only under a default dtype of torch other than float32.

    For example one that creates float64 constants in a script that calls ``set_default_dtype``.
    """

    given: Given
    default: torch.dtype

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Call the function under that default dtype."""
        before = torch.get_default_dtype()
        torch.set_default_dtype(self.default)
        try:
            return self.given(x, y)
        finally:
            torch.set_default_dtype(before)


@dataclass(frozen=True)
class OfRows:
    """A function of a matrix whose rows are points, as a network takes a batch."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Stack the points as rows and call the function."""
        points = torch.stack(broadcast(x, y), -1)
        return self.given(points.reshape(-1, 2))


@dataclass(frozen=True)
class OfList:
    """A function of x and y that takes one-dimensional tensors only."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Flatten the coordinates and call the function."""
        xs, ys = (c.reshape(-1) for c in broadcast(x, y))
        return self.given(xs, ys)


@dataclass(frozen=True)
class OfWeights:
    """A module whose ``forward`` takes no arguments, as a function of its two trained numbers."""

    given: torch.nn.Module

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Call the module with x and y in place of its weights."""
        weights, numbers = {}, torch.stack([x, y])
        for name, parameter in trained(self.given):
            part, numbers = numbers[: parameter.numel()], numbers[parameter.numel() :]
            weights[name] = part.reshape(parameter.shape)
        value: Tensor = functional_call(self.given, weights, ())
        return value


@dataclass(frozen=True)
class Reshaped:
    """A formula whose values have an extra dimension: shape (1,) for a point."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Evaluate the formula and give its values the shape of the points."""
        return self.given(x, y).reshape(broadcast(x, y)[0].shape)


@dataclass(frozen=True)
class Differentiating:
    """A formula that differentiates scalar values with :func:`torch.autograd.grad`.

    For many points, the sum of their values is differentiated: since each value depends on its own
    point only, this gives the derivative at each point.
    """

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Evaluate the formula."""
        with _OfSums():
            return self.given(x, y)


class _OfSums(TorchFunctionMode):
    """Makes `torch.autograd.grad` differentiate the sum of its outputs if there are several."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Set ``grad_outputs`` to ones."""
        kwargs = dict(kwargs or {})
        if func is torch.autograd.grad and len(args) < 3 and kwargs.get("grad_outputs") is None:
            outputs = args[0] if args else kwargs["outputs"]
            several = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
            kwargs["grad_outputs"] = [torch.ones_like(output) for output in several]
        return func(*args, **kwargs)


@dataclass(frozen=True)
class Pointwise:
    """A formula that takes single points only; it is called once for each of many points.

    The calls are vectorized by :func:`torch.vmap` if the function allows that. A function that
    branches on values does not: then it is called for one point after the other.
    """

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Evaluate the formula at each point."""
        x, y = broadcast(x, y)
        if not x.ndim:
            return self._value(x, y)
        xs, ys = x.reshape(-1), y.reshape(-1)
        try:
            values: Tensor = torch.vmap(self._value, randomness="different")(xs, ys)
        except Exception:  # an error of the function itself is raised again below
            # graphs for many points would need too much memory
            value = self._value if torch.is_grad_enabled() else partial(value_of, self._value)
            each = zip(xs.unbind(), ys.unbind(), strict=True)
            values = torch.stack([value(a, b) for a, b in each])
        return values.reshape(x.shape)

    def _value(self, x: Tensor, y: Tensor) -> Tensor:
        value = self.given(x, y)
        return value.reshape(()) if value.ndim else value


_ADAPTERS = (
    OfVector,
    OfRows,
    OfList,
    OfWeights,
    Reshaped,
    Differentiating,
    Pointwise,
    UnderDefault,
)


def user_function(formula: Any) -> Any:
    """Return the user's function from which adapters have made a formula."""
    while isinstance(formula, _ADAPTERS):
        formula = formula.given
    return formula


def trained(module: torch.nn.Module) -> list[tuple[str, torch.nn.Parameter]]:
    """Return the parameters of a module that are trained, by name."""
    return [(name, p) for name, p in module.named_parameters() if p.requires_grad]


def count_trained(module: torch.nn.Module) -> int:
    """Count the numbers that a module trains."""
    return sum(prod(parameter.shape) for _, parameter in trained(module))
