"""DenseOptimizer: the common base of the optimizers here; each update is in its own file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any, ClassVar, TypeAlias

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.optim.precision import HALF, in_single_precision

Closure: TypeAlias = Callable[[], Any]


@dataclass(frozen=True)
class Range:
    """The values that a hyper-parameter may take: a description and a predicate."""

    words: str
    contains: Callable[[float], bool]
    takes_tensor: bool = False

    def check(self, name: str, value: Any) -> None:
        """Raise a ValueError that names the value and the allowed range."""
        number = value
        if self.takes_tensor and isinstance(value, Tensor):
            if value.numel() != 1:
                raise ValueError(
                    f"{name} must be one number {self.words}, or a tensor of one element, "
                    f"got a tensor of shape {tuple(value.shape)}"
                )
            number = value.item()
        if not isinstance(number, Real) or isinstance(number, bool) or not isfinite(number):
            raise ValueError(f"{name} must be a finite number {self.words}, got {value!r}")
        if not self.contains(float(number)):
            raise ValueError(f"{name} must be {self.words}, got {value!r}")


POSITIVE = Range("> 0", lambda value: value > 0)
RATE = Range(">= 0", lambda value: value >= 0, takes_tensor=True)
"""A learning rate; it may be a tensor, into which a schedule writes."""
NON_NEGATIVE = Range(">= 0", lambda value: value >= 0)
FINITE = Range("of any sign", lambda _: True)
UNIT_CLOSED = Range("in [0, 1]", lambda value: 0 <= value <= 1)
UNIT_HALF_OPEN = Range("in [0, 1)", lambda value: 0 <= value < 1)
UNIT_OPEN = Range("in (0, 1)", lambda value: 0 < value < 1)


@dataclass(frozen=True)
class Each:
    """One or more numbers, all in the same range."""

    range: Range


Member: TypeAlias = tuple[dict[str, Any], Tensor, Tensor]
"""State, parameter and gradient of one of a group's parameters."""

Ranges: TypeAlias = Mapping[str, Range | tuple[Range, ...] | Each]


class DenseOptimizer(Optimizer):
    """An optimizer of dense, real parameters whose hyper-parameters are checked in every group.

    A subclass defines ``ranges`` and ``step``. The latter begins with ``_evaluate`` and iterates
    over ``_updates``, or over ``_group_updates`` if a group's parameters form one vector.

    Half-precision parameters are updated in float32, which is also the dtype of their state, and
    rounded after each step.
    """

    ranges: ClassVar[Ranges]
    """The range of each hyper-parameter; for a tuple, the range of each member."""

    keeps_master_copy: ClassVar[bool] = False
    """Whether the first steps are too short for half precision, but must accumulate.

    Half-precision parameters then have a float32 master copy, the state's ``parameter``.
    """

    listed: ClassVar[frozenset[str]] = frozenset()
    """Names of the entries of a parameter's state that are lists."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; settings that it lacks take the optimizer's defaults.

        Raises
        ------
        TypeError
            If the group is not a dict.
        ValueError
            If a hyper-parameter is out of range.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, got {param_group!r}")
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
        """Call the closure, if there is one, and check all gradients before any is used.

        Returns
        -------
        object
            The return value of the closure, usually the loss; None without a closure.

        Raises
        ------
        TypeError
            If a parameter is complex or a gradient is sparse.
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

    def _updates(self) -> Iterator[tuple[dict[str, Any], dict[str, Any], Tensor, Tensor]]:
        """Yield group, state, parameter and gradient for every parameter that has a gradient.

        A half-precision parameter is yielded as a float32 copy, which is rounded into the parameter
        when the iteration continues.
        """
        for group, p, grad in self._gradients():
            theta = self._working_copy(p)
            yield group, self.state[p], theta, in_single_precision(grad)
            if theta is not p:
                p.copy_(theta)

    def _group_updates(self) -> Iterator[tuple[dict[str, Any], list[Member]]]:
        """Yield every group that has gradients, with state, parameter and gradient of each member.

        Half-precision parameters are copies as in ``_updates``.
        """
        for group in self.param_groups:
            ps = [p for p in group["params"] if p.grad is not None]
            if not ps:
                continue
            members = [
                (self.state[p], self._working_copy(p), in_single_precision(p.grad)) for p in ps
            ]
            yield group, members
            for p, (_, theta, _) in zip(ps, members, strict=True):
                if theta is not p:
                    p.copy_(theta)

    def _working_copy(self, p: Tensor) -> Tensor:
        """Return the tensor that an update modifies: the parameter, or its float32 copy."""
        if p.dtype not in HALF or not self.keeps_master_copy:
            return in_single_precision(p)
        copy: Tensor | None = self.state[p].get("parameter")
        if copy is None:
            copy = self.state[p]["parameter"] = p.float()
        else:  # values written to the parameter since the last step take precedence
            copy.copy_(torch.where(copy.to(p.dtype) == p, copy, p.float()))
        return copy

    def state_dict(self) -> dict[str, Any]:
        """Return torch's state dict, with everything else needed to resume from it."""
        handle = self.register_state_dict_post_hook(
            lambda _, state_dict: self._pack(state_dict), prepend=True
        )
        try:
            return super().state_dict()
        finally:
            handle.remove()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state; a state that cannot be loaded changes nothing.

        Raises
        ------
        ValueError
            If the state does not fit the optimizer.
        """
        received: dict[str, Any] = {}

        def before(_: Optimizer, state_dict: dict[str, Any]) -> dict[str, Any]:
            received.update(self._unpack(state_dict))
            return received

        # run as the last pre-hook and the first post-hook, as if this were part of torch's loading
        handles = [
            self.register_load_state_dict_pre_hook(before),
            self.register_load_state_dict_post_hook(
                lambda _: self._after_loading(received), prepend=True
            ),
        ]
        try:
            super().load_state_dict(state_dict)
        finally:
            for handle in handles:
                handle.remove()

    def _pack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        """Add to torch's state dict everything else that is needed to resume.

        Lists become dicts keyed by index, since flattened checkpoints can hold no lists.
        """
        state = {
            name: {
                key: dict(enumerate(value)) if isinstance(value, list) else value
                for key, value in values.items()
            }
            for name, values in state_dict["state"].items()
        }
        return {**state_dict, "state": state}

    def _unpack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        """Return the state dict for torch to load, or raise a ValueError before anything changes.

        Indices that a checkpoint has turned into strings become numbers again, and dicts become
        lists where the class has lists.
        """
        state = {
            name: {
                key: self._from_indices(key, value) if isinstance(value, dict) else value
                for key, value in values.items()
            }
            for name, values in state_dict["state"].items()
        }
        return {**state_dict, "state": state}

    def _from_indices(self, name: str, members: dict[Any, Any]) -> Any:
        by_index = {int(i): members[i] for i in sorted(members, key=int)}
        return list(by_index.values()) if name in self.listed else by_index

    def _after_loading(self, state_dict: dict[str, Any]) -> None:
        """Restore in float32 the state that torch has rounded to a parameter's half precision."""
        names = [name for group in state_dict["param_groups"] for name in group["params"]]
        params = [p for group in self.param_groups for p in group["params"]]
        for name, p in zip(names, params, strict=True):
            if p.dtype in HALF and name in state_dict["state"]:
                self.state[p] = _on_device(state_dict["state"][name], p.device)


def _on_device(state: Any, device: torch.device) -> Any:
    """Copy a parameter's state to a device, in float32 or higher precision."""
    if isinstance(state, Tensor):
        return in_single_precision(state.to(device, copy=True))
    if isinstance(state, dict):
        return {name: _on_device(value, device) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(_on_device(value, device) for value in state)
    return state
