"""How the ``step`` of an optimizer is called: with which arguments, and in which mode."""

import inspect
from collections.abc import Callable
from inspect import Parameter
from types import MethodType
from typing import Any, Literal, NamedTuple

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import _global_optimizer_post_hooks, _global_optimizer_pre_hooks


class StepCall(NamedTuple):
    """The arguments in a call of ``step``.

    Attributes
    ----------
    closure : bool
        Whether it gets a closure.
    loss : bool
        Whether it gets the value at the point before the step.
    """

    closure: bool = False
    loss: bool = False

    def __str__(self) -> str:
        return f"step({', '.join(name for name in self._fields if getattr(self, name))})"


class _Signature(NamedTuple):
    """The parameters of ``step``, and which of them takes the closure and which the loss."""

    parameters: list[Parameter]
    closure: Parameter | None
    loss: Parameter | None

    @classmethod
    def of(cls, step: Callable[..., Any]) -> "_Signature":
        try:
            parameters = list(inspect.signature(step).parameters.values())
        except (TypeError, ValueError):  # compiled code may have no signature
            parameters = [Parameter("closure", Parameter.POSITIONAL_ONLY)]
        if getattr(step, "_wrapped_by_lr_sched", False):
            del parameters[:1]  # self: torch's schedulers replace the method by a function
        named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        loss = next((p for p in named if "loss" in p.name), None)
        closure = next((p for p in named if p.name == "closure"), None)
        if closure is None:  # it has another name, or ``step`` passes its arguments on
            first = parameters[:1]
            closure = next((p for p in first if p is not loss and _is_required(p)), None)
            rest = next((p for p in first if p.kind is p.VAR_POSITIONAL), None)
            closure = closure or rest
        return cls(parameters, closure, loss)


def step_calls(optimizer: Optimizer, *, needs_closure: bool = False) -> list[StepCall]:
    """Return the possible calls of ``step``, that of a plain loop first.

    The plain loop passes a closure or the loss only if ``step`` requires them. The other calls are
    alternatives if the first one raises an exception before it has changed the parameters.

    Parameters
    ----------
    optimizer : Optimizer
    needs_closure : bool
        Whether to pass a closure whenever ``step`` accepts one.
    """
    signature = _Signature.of(optimizer.step)
    accepted = StepCall(signature.closure is not None, signature.loss is not None)
    required = StepCall(
        accepted.closure and (needs_closure or _is_required(signature.closure)),
        accepted.loss and _is_required(signature.loss),
    )
    calls = [
        required,
        StepCall(accepted.closure, required.loss),
        StepCall(required.closure, accepted.loss),
        accepted,
    ]
    return list(dict.fromkeys(calls))


def bind_step(
    optimizer: Optimizer,
    call: StepCall,
    closure: Callable[..., Tensor],
    loss: Callable[[], Tensor],
) -> Callable[[], object]:
    """Return a function without arguments that takes a step.

    Parameters
    ----------
    optimizer : Optimizer
    call : StepCall
    closure : callable
        The closure of the optimizer.
    loss : callable
        Called before each step; it returns the loss for the optimizer.
    """
    signature = _Signature.of(optimizer.step)
    wanted = (
        (signature.closure if call.closure else None, lambda: closure),
        (signature.loss if call.loss else None, loss),
    )
    given = {p.name: value for p, value in wanted if p is not None}
    positional: list[Callable[[], Any]] = []
    for p in signature.parameters:
        if p.name not in given or p.kind is p.KEYWORD_ONLY:
            break
        positional.append(given.pop(p.name))
    step: Callable[..., object] = optimizer.step
    if not (positional or given):
        return step

    def take_step() -> object:
        arguments = [value() for value in positional]
        return step(*arguments, **{name: value() for name, value in given.items()})

    return take_step


def step_without_hooks(optimizer: Optimizer) -> Callable[[], object]:
    """Return ``step`` without what torch adds to it for hooks and profilers, if there are no hooks.

    That takes a tenth of the time of a step from ten thousand starts.
    """
    step: Any = optimizer.step
    method = getattr(step, "__func__", None)
    original = getattr(method, "__wrapped__", None) if getattr(method, "hooked", False) else None
    hooks = (
        optimizer._optimizer_step_pre_hooks,
        optimizer._optimizer_step_post_hooks,
        _global_optimizer_pre_hooks,
        _global_optimizer_post_hooks,
    )
    found: Callable[[], object] = step
    return found if original is None or any(hooks) else MethodType(original, optimizer)


def _is_required(parameter: Parameter | None) -> bool:
    return (
        parameter is not None
        and parameter.default is Parameter.empty
        and parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    )


class Modes:
    """The modes of an averaging optimizer: "train" for steps, "eval" to show the average.

    An optimizer has no modes if it has no methods ``train`` and ``eval``, or if switching raises an
    AttributeError, as in a wrapper of an optimizer without modes.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        self.exist = any(_is_switch(getattr(optimizer, mode, None)) for mode in ("train", "eval"))

    def switch(self, mode: Literal["train", "eval"]) -> None:
        """Switch to a mode, if the optimizer has modes."""
        switch: Any = getattr(self._optimizer, mode, None) if self.exist else None
        if not _is_switch(switch):
            return
        try:
            switch()
        except (AttributeError, NotImplementedError):
            self.exist = False


def switch_mode(optimizer: Optimizer, mode: Literal["train", "eval"]) -> None:
    """Switch an optimizer to a mode, if it has modes."""
    Modes(optimizer).switch(mode)


def _is_switch(method: Any) -> bool:
    """Whether a method switches modes, which means that it needs no arguments."""
    if not callable(method):
        return False
    try:
        inspect.signature(method).bind()
    except TypeError:
        return False
    except ValueError:  # compiled code may have no signature
        pass
    return True
