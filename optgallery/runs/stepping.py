"""How an optimizer is asked for a step: with what arguments, and in which mode."""

import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any, Literal, NamedTuple

from torch import Tensor
from torch.optim import Optimizer


class Request(NamedTuple):
    """What ``step()`` is given.

    Attributes
    ----------
    closure : bool
    loss : bool
        The value at the point that the step begins from.
    """

    closure: bool = False
    loss: bool = False

    def __str__(self) -> str:
        return f"step({', '.join(name for name in self._fields if getattr(self, name))})"


class _Signature(NamedTuple):
    """The parameters of ``step`` by what they take; None where there is none of the kind."""

    parameters: list[Parameter]
    closure: Parameter | None
    loss: Parameter | None

    @classmethod
    def of(cls, step: Callable[..., Any]) -> "_Signature":
        try:
            parameters = list(inspect.signature(step).parameters.values())
        except (TypeError, ValueError):  # of compiled code
            parameters = [Parameter("closure", Parameter.POSITIONAL_ONLY)]
        if getattr(step, "_wrapped_by_lr_sched", False):
            del parameters[
                :1
            ]  # self: a scheduler of torch has put a function in the method's place
        named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        loss = next((p for p in named if "loss" in p.name), None)
        closure = next((p for p in named if p.name == "closure"), None)
        if closure is None:  # by another name, or passed on to another step
            first = parameters[:1]
            closure = next((p for p in first if p is not loss and _demanded(p)), None)
            rest = next((p for p in first if p.kind is p.VAR_POSITIONAL), None)
            closure = closure or rest
        return cls(parameters, closure, loss)


def requests(optimizer: Optimizer, *, needs_closure: bool = False) -> list[Request]:
    """Return the ways to ask for a step, the one of a plain loop first.

    That is with a closure or the loss where ``step`` demands them, else without. The others come
    into question where that raises an exception before anything has moved.

    Parameters
    ----------
    optimizer : Optimizer
    needs_closure : bool
        Whether a closure is to be given in any case where one is taken.
    """
    signature = _Signature.of(optimizer.step)
    takes = Request(signature.closure is not None, signature.loss is not None)
    demands = Request(
        takes.closure and (needs_closure or _demanded(signature.closure)),
        takes.loss and _demanded(signature.loss),
    )
    ways = [
        demands,
        Request(takes.closure, demands.loss),
        Request(demands.closure, takes.loss),
        takes,
    ]
    return list(dict.fromkeys(ways))


def asking(
    optimizer: Optimizer,
    request: Request,
    closure: Callable[..., Tensor],
    loss: Callable[[], Tensor],
) -> Callable[[], object]:
    """Return what takes a step.

    Parameters
    ----------
    optimizer : Optimizer
    request : Request
    closure : callable
        What the optimizer gets as its closure.
    loss : callable
        Called before each step for the loss that the optimizer gets.
    """
    signature = _Signature.of(optimizer.step)
    wanted = (
        (signature.closure if request.closure else None, lambda: closure),
        (signature.loss if request.loss else None, loss),
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


def _demanded(parameter: Parameter | None) -> bool:
    return (
        parameter is not None
        and parameter.default is Parameter.empty
        and parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    )


class Modes:
    """The modes of an averaging optimizer: "train" where it steps, "eval" where it stands.

    An optimizer has none if it has no method ``eval``, or if switching raises an AttributeError, as
    where it passes the call on to an optimizer that has no modes.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        self.there = any(_is_switch(getattr(optimizer, mode, None)) for mode in ("train", "eval"))

    def switch(self, mode: Literal["train", "eval"]) -> None:
        """Switch to a mode, if there are any."""
        switch: Any = getattr(self._optimizer, mode, None) if self.there else None
        if not _is_switch(switch):
            return
        try:
            switch()
        except (AttributeError, NotImplementedError):
            self.there = False


def switch_mode(optimizer: Optimizer, mode: Literal["train", "eval"]) -> None:
    """Switch an optimizer to a mode, if it has any."""
    Modes(optimizer).switch(mode)


def _is_switch(method: Any) -> bool:
    """Whether this can be called without arguments, as a switch between modes is."""
    if not callable(method):
        return False
    try:
        inspect.signature(method).bind()
    except TypeError:
        return False
    except ValueError:  # compiled code
        pass
    return True
