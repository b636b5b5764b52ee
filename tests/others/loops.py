"""The plain training loop that every optimizer is compared with, and how a class is put into it."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn

from optgallery.functions import TestFunction
from optgallery.functions.isolation import isolated

STEPS = 30
LR = 0.01


@dataclass(frozen=True, kw_only=True)
class Loop:
    """How one class is used: what it asks for beyond ``cls(params, lr=0.01)`` and ``step()``.

    Parameters
    ----------
    hparams : mapping
        Arguments of the constructor. A learning rate of 0.01 is given besides if it takes ``lr``.
    lr : float or None
        Another learning rate; None where the class is to use its own.
    build : callable, optional
        Builds the optimizer, where that takes more than a call of the class:
        ``build(cls, params, lr)``.
    given : {"tensors", "pairs", "module"}
        What the constructor is given: tensors, pairs of names and tensors, or a module.
    start : (float, float), optional
        Where to start, if not where the function says.
    shape : tuple of int
        Shape of the one parameter.
    params : {"vector", "scalars"}
        One parameter with both coordinates, or one for each.
    group : mapping
        Entries of the parameter's group, such as ``use_muon``.
    step : {"", "closure", "value", "loss"}
        What ``step`` is given: a closure that differentiates, one that only evaluates because the
        optimizer itself differentiates, or the loss. Not said, it is given nothing, or a closure
        that differentiates where it demands one.
    create_graph : bool
        Gradients keep their graph.
    dtype : torch.dtype
        The precision that the class works in.
    searches : bool
        Each step is a search of its own, which takes long: few are taken to see how a run ends.
    spec : mapping
        What is to be said in an `OptimizerSpec` because it cannot be found out.
    left_out : str
        Why no loop is written: it is a base class, or needs a GPU.
    cause : str
        Why every loop ends in an exception, by the package's own fault.
    """

    hparams: Mapping[str, Any] = field(default_factory=dict)
    lr: float | None = LR
    build: Callable[..., Any] | None = None
    given: Literal["tensors", "pairs", "module"] = "tensors"
    start: tuple[float, float] | None = None
    shape: tuple[int, ...] = (2,)
    params: Literal["vector", "scalars"] = "vector"
    group: Mapping[str, Any] = field(default_factory=dict)
    step: Literal["", "closure", "value", "loss"] = ""
    create_graph: bool = False
    dtype: torch.dtype = torch.float64
    searches: bool = False
    spec: Mapping[str, Any] = field(default_factory=dict)
    left_out: str = ""
    cause: str = ""

    def constructor(self, cls: type) -> Callable[..., Any]:
        """Return what builds the optimizer from parameters and hyper-parameters."""
        if self.build is None:
            return cls
        build = self.build

        def built(params: Any, lr: float = LR) -> Any:
            return build(cls, params, lr)

        return built

    def takes_lr(self, cls: type) -> bool:
        """Whether the class, or what builds it, takes a learning rate as ``lr``."""
        return "lr" in inspect.signature(self.constructor(cls)).parameters or "lr" in self.hparams

    def arguments(self, cls: type) -> dict[str, Any]:
        """Return the hyper-parameters, the learning rate among them."""
        given = {"lr": self.lr} if self.lr is not None and self.takes_lr(cls) else {}
        return {**given, **self.hparams}

    def at_rate(self, lr: float) -> Self:
        """Return the loop at another learning rate, for a class that takes one."""
        hparams = {**self.hparams, "lr": lr} if "lr" in self.hparams else self.hparams
        return replace(self, lr=None if self.lr is None else lr, hparams=hparams)


@dataclass
class Path:
    """The points of a run, the start first, and what ended it early, if anything did."""

    points: list[tuple[float, ...]] = field(default_factory=list)
    error: str = ""


def plain_loop(cls: type, loop: Loop, fn: TestFunction, steps: int = STEPS) -> Path:
    """Take the steps as a training script would, and return every point."""
    with isolated(seed=0):
        start = torch.tensor(loop.start or fn.start, dtype=loop.dtype)
        parts = start.split(1) if loop.params == "scalars" else [start.reshape(loop.shape)]
        params = [nn.Parameter(part.clone()) for part in parts]
        optimizer = build(cls, loop, params)
        given = loop.step or ("closure" if demands_closure(optimizer.step) else "")

        def value() -> Tensor:
            return fn.formula(*(coordinate for p in params for coordinate in p.reshape(-1)))

        def closure(backward: bool = True) -> Tensor:
            with torch.enable_grad():
                loss = value()
                if backward and given != "value":
                    optimizer.zero_grad()
                    loss.backward(create_graph=loop.create_graph)
            return loss

        path = Path([point_of(params)])
        for _ in range(steps):
            switch(optimizer, "train")
            optimizer.zero_grad()
            if given != "value":
                loss = value()
                loss.backward(create_graph=loop.create_graph)
            try:
                match given:
                    case "":
                        optimizer.step()
                    case "loss":
                        optimizer.step(loss)
                    case _:
                        optimizer.step(closure)
            except (ArithmeticError, torch.linalg.LinAlgError) as error:
                path.error = f"the update failed: {error}"
                break
            switch(optimizer, "eval")
            if not all(map(isfinite, point_of(params))):
                break
            path.points.append(point_of(params))
            if is_undefined(fn, params):
                break
        return path


def build(cls: type, loop: Loop, params: list[nn.Parameter]) -> Any:
    """Build the optimizer over the parameters."""
    arguments = loop.arguments(cls)
    constructor = loop.constructor(cls)
    if "seed" in inspect.signature(constructor).parameters:
        arguments.setdefault("seed", 0)
    match loop.given:
        case "pairs":
            return constructor([("point", p) for p in params], **arguments)
        case "module":
            module = nn.Module()
            (module.point,) = params
            return constructor(module, **arguments)
    return constructor([{"params": params, **loop.group}] if loop.group else params, **arguments)


def demands_closure(step: Callable[..., Any]) -> bool:
    """Whether ``step`` cannot be called without an argument."""
    try:
        inspect.signature(step).bind()
    except TypeError:
        return True
    return False


def switch(optimizer: Any, mode: Literal["train", "eval"]) -> None:
    """Switch an averaging optimizer, if it is one, between its two points."""
    with suppress(AttributeError, NotImplementedError):
        getattr(optimizer, mode)()


def point_of(params: Iterable[Tensor]) -> tuple[float, ...]:
    return tuple(coordinate for p in params for coordinate in p.detach().reshape(-1).tolist())


def is_undefined(fn: TestFunction, params: list[nn.Parameter]) -> bool:
    """Whether the value or the gradient at a point is not finite, which ends a run."""
    z = torch.tensor(point_of(params), dtype=params[0].dtype, requires_grad=True)
    value = fn.formula(*z)
    (gradient,) = torch.autograd.grad(value, z)
    return not (value.isfinite() and gradient.isfinite().all())
