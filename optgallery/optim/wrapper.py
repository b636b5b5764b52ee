"""Wrapper: the base of optimizers that take the steps of another one and change them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import DenseOptimizer, Range

_INNER = "optimizer."
"""The prefix of the inner optimizer's entries in the wrapper's state."""


class Wrapper(DenseOptimizer):
    """An optimizer around an inner one, with which it shares its parameter groups.

    A subclass defines ``settings``, ``ranges`` of them, ``step``, and a constructor that hands on
    its first two arguments. The settings are attributes of the wrapper, not of the groups, since
    some inner optimizers have a setting of the same name there.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself.
    optimizer : type
        The class of the inner optimizer.
    inner : mapping
        Its hyper-parameters.
    settings : mapping
        The wrapper's own.

    Attributes
    ----------
    optimizer : Optimizer
        The inner optimizer.
    """

    settings: ClassVar[tuple[str, ...]] = ()
    """Names of the wrapper's own settings, which are saved with its state."""

    has_inner_modes: ClassVar[bool] = True
    """Whether it has the methods ``train`` and ``eval`` if the inner optimizer has them."""

    def __init__(
        self,
        params: ParamsT | Optimizer,
        optimizer: type[Optimizer],
        inner: Mapping[str, Any],
        **settings: Any,
    ) -> None:
        for name, allowed in self.ranges.items():
            if isinstance(allowed, Range):
                allowed.check(name, settings[name])
        vars(self).update(settings)
        self.optimizer: Optimizer = _inner_optimizer(params, optimizer, inner)
        super().__init__(self.optimizer.param_groups, self.optimizer.defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group to both optimizers; the inner one checks its settings."""
        if not any(param_group is group for group in self.optimizer.param_groups):
            self.optimizer.add_param_group(param_group)
            param_group = self.optimizer.param_groups[-1]
        Optimizer.add_param_group(self, param_group)

    def __getattr__(self, name: str) -> Any:
        """Return the inner optimizer's ``train`` and ``eval``, if it has these modes."""
        if name in ("train", "eval") and self.has_inner_modes and "optimizer" in vars(self):
            return getattr(self.optimizer, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @contextmanager
    def _replaced_gradients(self, change: Callable[[Tensor, Tensor], Tensor]) -> Iterator[None]:
        """Replace the gradient of each parameter within a ``with`` block.

        Parameters
        ----------
        change : callable
            Takes a parameter and its gradient, and returns what the inner optimizer receives.
        """
        given = [(p, g) for _, p, g in self._gradients()]
        try:
            for p, g in given:
                p.grad = change(p, g)
            yield
        finally:
            for p, g in given:
                p.grad = g

    def _copy_inner_state(self) -> None:
        """Copy the inner optimizer's state into this one's, under prefixed names.

        Checkpoints of distributed training save only what is in the state of a parameter.
        """
        for group in self.param_groups:
            for p in group["params"]:
                if inner := self.optimizer.state.get(p):
                    named = {f"{_INNER}{name}": value for name, value in inner.items()}
                    self.state[p].update(named)

    def _pack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        inner = self.optimizer.state_dict()
        state = {name: _own(values) for name, values in state_dict["state"].items()}
        for name, values in inner["state"].items():
            if isinstance(values, dict):
                named = {f"{_INNER}{key}": value for key, value in values.items()}
                state[name] = {**state.get(name, {}), **named}
            else:  # state that belongs to no parameter
                state[name] = values
        own = {f"{self._prefix()}{name}": getattr(self, name) for name in self.settings}
        packed = {
            "state": state,
            "param_groups": [{**group, **own} for group in inner["param_groups"]],
        }
        if more := {name: inner[name] for name in inner.keys() - packed.keys()}:
            packed["optimizer"] = more
        return packed

    def _unpack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        groups = [dict(group) for group in state_dict["param_groups"]]
        settings = {name: getattr(self, name) for name in self.settings}
        for group in groups:
            saved = {name: group.pop(f"{self._prefix()}{name}", None) for name in settings}
            settings |= {name: value for name, value in saved.items() if value is not None}
        own, inner = {}, {}
        for name, values in state_dict["state"].items():
            if not isinstance(values, dict):
                inner[name] = values
                continue
            if kept := _own(values):
                own[name] = kept
            if kept := {key: value for key, value in values.items() if key not in kept}:
                inner[name] = {key.removeprefix(_INNER): value for key, value in kept.items()}
        self.optimizer.load_state_dict(
            {"state": inner, "param_groups": groups, **state_dict.get("optimizer", {})}
        )
        # earlier versions of Lookahead stored k and alpha next to the groups
        settings = {name: state_dict.get(name, value) for name, value in settings.items()}
        return super()._unpack({"state": own, "param_groups": groups, "settings": settings})

    def _after_loading(self, state_dict: dict[str, Any]) -> None:
        super()._after_loading(state_dict)
        self.param_groups = list(self.optimizer.param_groups)
        vars(self).update(state_dict["settings"])
        self._copy_inner_state()

    def __getstate__(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("optimizer", *self.settings)}
        return {**super().__getstate__(), **own}

    @classmethod
    def _prefix(cls) -> str:
        return f"{cls.__name__.lower()}_"


@contextmanager
def without_decay(optimizer: Optimizer, *, when: bool = True) -> Iterator[None]:
    """Take the weight decay out of the parameter groups within a ``with`` block.

    Parameters
    ----------
    optimizer : Optimizer
    when : bool
        Whether to do so at all.
    """
    groups = optimizer.param_groups if when else []
    factors = [group.get("weight_decay") for group in groups]
    for group in groups:
        if "weight_decay" in group:
            group["weight_decay"] = 0.0
    try:
        yield
    finally:
        for group, factor in zip(groups, factors, strict=True):
            if "weight_decay" in group:
                group["weight_decay"] = factor


def innermost(optimizer: Optimizer) -> Optimizer:
    """Return the optimizer inside all wrappers."""
    while isinstance(optimizer, Wrapper):
        optimizer = optimizer.optimizer
    return optimizer


def _inner_optimizer(
    params: ParamsT | Optimizer, optimizer: type[Optimizer], inner: Mapping[str, Any]
) -> Optimizer:
    if isinstance(params, Optimizer):
        if inner:
            raise TypeError(
                f"{type(params).__name__} is constructed already, with its own settings; "
                f"got {', '.join(inner)} as well"
            )
        return params
    if not (isinstance(optimizer, type) and issubclass(optimizer, Optimizer)):
        raise TypeError(
            "optimizer must be a torch.optim.Optimizer class, whose settings follow, "
            f"got {optimizer!r}"
        )
    construct: Any = optimizer  # each class has its own signature
    made: Optimizer = construct(params, **inner)
    return made


def _own(state: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a parameter's state that is not the inner optimizer's."""
    return {name: value for name, value in state.items() if not name.startswith(_INNER)}
