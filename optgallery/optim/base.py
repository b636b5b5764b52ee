"""DenseOptimizer: what the optimizers written here share; each update stands in its own file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any, ClassVar, TypeAlias

import torch
from torch import Tensor
from torch.optim import Optimizer

Closure: TypeAlias = Callable[[], Any]


@dataclass(frozen=True)
class Range:
    """The values that a hyper-parameter may take, in words and as a test."""

    words: str
    contains: Callable[[float], bool]

    def check(self, name: str, value: Any) -> None:
        """Raise a ValueError that names what was given and what would do."""
        if not isinstance(value, Real) or isinstance(value, bool) or not isfinite(value):
            raise ValueError(f"{name} must be a finite number {self.words}, got {value!r}")
        if not self.contains(float(value)):
            raise ValueError(f"{name} must be {self.words}, got {value!r}")


POSITIVE = Range("> 0", lambda value: value > 0)
NON_NEGATIVE = Range(">= 0", lambda value: value >= 0)
UNIT_CLOSED = Range("in [0, 1]", lambda value: 0 <= value <= 1)
UNIT_HALF_OPEN = Range("in [0, 1)", lambda value: 0 <= value < 1)
UNIT_OPEN = Range("in (0, 1)", lambda value: 0 < value < 1)


@dataclass(frozen=True)
class Each:
    """One or more numbers, as many as one likes, all in the same range."""

    range: Range


Ranges: TypeAlias = Mapping[str, Range | tuple[Range, ...] | Each]


class DenseOptimizer(Optimizer):
    """An optimizer of dense, real parameters whose hyper-parameters are checked in every group.

    A subclass states its ``ranges`` and writes ``step``, which begins with ``_evaluate`` and goes
    through ``_gradients``.
    """

    ranges: ClassVar[Ranges]
    """What each hyper-parameter may be; for several numbers, what each of them may be."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; what it does not set is the optimizer's default.

        Raises
        ------
        ValueError
            If a hyper-parameter lies outside its range.
        """
        group = {**self.defaults, **param_group}
        for name, allowed in self.ranges.items():
            if isinstance(allowed, Range):
                allowed.check(name, group[name])
                continue
            members = group[name]
            several = isinstance(members, (tuple, list)) and len(members) > 0
            if isinstance(allowed, Each):
                if not several:
                    raise ValueError(f"{name} must be one or more numbers, got {members!r}")
                member_ranges = (allowed.range,) * len(members)
            else:
                if not several or len(members) != len(allowed):
                    raise ValueError(f"{name} must be {len(allowed)} numbers, got {members!r}")
                member_ranges = allowed
            for i, (member, member_range) in enumerate(zip(members, member_ranges, strict=True)):
                member_range.check(f"{name}[{i}]", member)
        super().add_param_group(param_group)

    def _evaluate(self, closure: Closure | None) -> Any:
        """Call the closure, if there is one, and look at every gradient before any is used.

        Returns
        -------
        object
            What the closure returned, usually the loss; None without a closure.

        Raises
        ------
        TypeError
            If a parameter is complex or a gradient sparse.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for _, p, grad in self._gradients():
            if p.is_complex():
                raise TypeError(
                    f"{type(self).__name__} takes real parameters, got {p.dtype}; "
                    "optimize real and imaginary part as two real parameters"
                )
            if grad.layout != torch.strided:
                raise TypeError(
                    f"{type(self).__name__} takes dense gradients, got {grad.layout}; "
                    "construct the embedding with sparse=False"
                )
        return loss

    def _gradients(self) -> Iterator[tuple[dict[str, Any], Tensor, Tensor]]:
        """Yield group, parameter and gradient for every parameter that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    yield group, p, p.grad
