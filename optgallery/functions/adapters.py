"""Functions of another form as formulas of x and y: of one vector, of single points, of weights.

Each is a frozen dataclass, so that it equals its unpickled copy. ``given`` is the function that the
user wrote.
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
    """A function of one tensor whose last dimension holds x and y."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Stack the coordinates and call the function."""
        return self.given(torch.stack(broadcast(x, y), -1))


@dataclass(frozen=True)
class UnderDefault:
    """A function that works under another default dtype of torch than float32.

    As one that makes float64 constants, in a script that began with ``set_default_dtype``.
    """

    given: Given
    default: torch.dtype

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Call the function under its default."""
        before = torch.get_default_dtype()
        torch.set_default_dtype(self.default)
        try:
            return self.given(x, y)
        finally:
            torch.set_default_dtype(before)


@dataclass(frozen=True)
class OfRows:
    """A function of a matrix, each row a point: what a network for batches takes."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Write the points as rows and call the function."""
        points = torch.stack(broadcast(x, y), -1)
        return self.given(points.reshape(-1, 2))


@dataclass(frozen=True)
class OfList:
    """A function of x and y that takes lists of points alone, and a single one as a list of one."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Write the points as lists and call the function."""
        xs, ys = (c.reshape(-1) for c in broadcast(x, y))
        return self.given(xs, ys)


@dataclass(frozen=True)
class OfWeights:
    """A module without arguments, as a function of the two numbers that it trains."""

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
    """A formula whose values have a dimension too many: of shape (1,) for a point."""

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Evaluate the formula and give its values the shape of the points."""
        return self.given(x, y).reshape(broadcast(x, y)[0].shape)


@dataclass(frozen=True)
class Differentiating:
    """A formula that takes derivatives of single values with :func:`torch.autograd.grad`.

    Of many points the derivative of the sum of their values is taken: since each value depends on
    its own point alone, that is the derivative of each.
    """

    given: Given

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Evaluate the formula."""
        with _OfSums():
            return self.given(x, y)


class _OfSums(TorchFunctionMode):
    """Lets `torch.autograd.grad` differentiate the sum of values, where it is given several."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Weigh each value with 1."""
        kwargs = dict(kwargs or {})
        if func is torch.autograd.grad and len(args) < 3 and kwargs.get("grad_outputs") is None:
            outputs = args[0] if args else kwargs["outputs"]
            several = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
            kwargs["grad_outputs"] = [torch.ones_like(output) for output in several]
        return func(*args, **kwargs)


@dataclass(frozen=True)
class Pointwise:
    """A formula that takes single points alone; of many, it is called for each.

    These are vectorized by :func:`torch.vmap` where the function allows that. It does not if it
    branches on values: then the points are taken one after the other.
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
        except Exception:  # whatever is wrong with the function itself is raised again below
            # a graph for each of many points would fill the memory
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
    """Return the function that a user wrote, of a formula that was made from it."""
    while isinstance(formula, _ADAPTERS):
        formula = formula.given
    return formula


def trained(module: torch.nn.Module) -> list[tuple[str, torch.nn.Parameter]]:
    """Return the parameters of a module that are trained, by name."""
    return [(name, p) for name, p in module.named_parameters() if p.requires_grad]


def count_trained(module: torch.nn.Module) -> int:
    """Count the numbers that a module trains."""
    return sum(prod(parameter.shape) for _, parameter in trained(module))
