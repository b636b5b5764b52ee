"""The plain training loop that every optimizer is compared with, and how a class is put into it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

import torch
from torch import Tensor, nn

from optgallery.functions import TestFunction
from optgallery.isolation import isolated

STEPS = 30
LR = 0.01


@dataclass(frozen=True, kw_only=True)
class Loop:
    """How one class is used: what its documentation asks for beyond ``cls(params, lr=0.01)``.

    Parameters
    ----------
    hparams : mapping
        Arguments of the constructor. A learning rate of 0.01 is given besides if it takes ``lr``.
    lr : float or None
        Another rate; None where the class is to use its own.
    build : callable, optional
        Builds the optimizer from the parameters in the class's place: ``build(cls, params, lr)``.
    given : {"tensors", "pairs", "module"}
        What the constructor is given: the tensors, (name, tensor) pairs, or a module.
    shape : tuple of int
        Shape of the one parameter.
    group : mapping
        Entries of the parameter's group, such as ``use_muon``.
    step : {"alone", "closure", "value", "loss"}
        How ``step`` is called: without arguments, with a closure that differentiates, with one that
        only evaluates because the optimizer itself differentiates, or with the loss. Not given, it
        is "closure" where ``step`` demands one.
    create_graph : bool
        Gradients keep their graph.
    dtype : torch.dtype
        The precision that the class works in.
    cause : str
        Why no loop can be written. Then there is nothing to compare.
    """

    hparams: Mapping[str, Any] = field(default_factory=dict)
    lr: float | None = LR
    build: Callable[..., Any] | None = None
    given: Literal["tensors", "pairs", "module"] = "tensors"
    shape: tuple[int, ...] = (2,)
    group: Mapping[str, Any] = field(default_factory=dict)
    step: Literal["", "alone", "closure", "value", "loss"] = ""
    create_graph: bool = False
    dtype: torch.dtype = torch.float64
    cause: str = ""

    def arguments(self, cls: type) -> dict[str, Any]:
        """Return the constructor's keyword arguments, the learning rate among them."""
        known = inspect.signature(self.build or cls).parameters
        rate = {"lr": self.lr} if "lr" in known and self.lr is not None else {}
        return {**rate, **self.hparams}


@dataclass
class Path:
    """The points of a loop, the start first, and what ended it early, if anything did."""

    points: list[tuple[float, float]] = field(default_factory=list)
    error: str = ""


class Holder(nn.Module):
    """A module whose one parameter is the point."""

    def __init__(self, point: Tensor) -> None:
        super().__init__()
        self.point = nn.Parameter(point)

    def forward(self) -> Tensor:
        return self.point


def plain_loop(cls: type, loop: Loop, fn: TestFunction, steps: int = STEPS) -> Path:
    """Take the steps as a training script would, and return every point."""
    with isolated(seed=0):
        path = Path()
        z = torch.tensor(fn.start, dtype=loop.dtype).reshape(loop.shape).requires_grad_()
        if loop.given == "module":
            module = Holder(z.detach())
            z = module.point
        given = {"tensors": [z], "pairs": [("point", z)], "module": None}[loop.given]
        if loop.group:
            given = [{"params": given, **loop.group}]
        arguments = loop.arguments(cls)
        if "seed" in inspect.signature(loop.build or cls).parameters:
            arguments.setdefault("seed", 0)
        make = cls if loop.build is None else loop.build
        optimizer = make(module if loop.given == "module" else given, **arguments)
        required = [p for p in inspect.signature(optimizer.step).parameters.values() if demanded(p)]
        kind = loop.step or ("closure" if required else "alone")

        def value() -> Tensor:
            return fn.formula(*z.reshape(-1))

        def closure(backward: bool = True) -> Tensor:
            with torch.enable_grad():
                if backward:
                    optimizer.zero_grad()
                loss = value()
                if backward:
                    loss.backward(create_graph=loop.create_graph)
                return loss

        def evaluate(*_: Any, **__: Any) -> Tensor:
            return value()

        path.points.append(tuple(z.detach().reshape(-1).tolist()))
        for _ in range(steps):
            switch(optimizer, "train")
            optimizer.zero_grad()
            if kind == "value":
                optimizer.step(evaluate)
            else:
                loss = value()
                loss.backward(create_graph=loop.create_graph)
                match kind:
                    case "alone":
                        optimizer.step()
                    case "loss":
                        optimizer.step(loss)
                    case "closure":
                        optimizer.step(closure)
            switch(optimizer, "eval")
            path.points.append(tuple(z.detach().reshape(-1).tolist()))
            if not all(map(isfinite, path.points[-1])):
                break
        return path


def demanded(parameter: inspect.Parameter) -> bool:
    """Whether a call must give this parameter."""
    return parameter.default is parameter.empty and parameter.kind in (
        parameter.POSITIONAL_ONLY,
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    )


def switch(optimizer: Any, mode: Literal["train", "eval"]) -> None:
    """Switch an averaging optimizer, if it is one, between its two points."""
    try:
        getattr(optimizer, mode)()
    except AttributeError:
        pass
