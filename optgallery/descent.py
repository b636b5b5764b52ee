"""Taking the steps: the closure that an optimizer is given, and the record of where it goes."""

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.functions import TestFunction
from optgallery.functions.base import Point


class Undefined(Exception):
    """Raised out of a closure when the value or the gradient at the iterate is not finite."""


Seen: TypeAlias = tuple[float, Point]
"""Value and gradient at a point."""


class Objective:
    """The closure that an optimizer is given: it evaluates, differentiates and counts.

    Its first call after :meth:`expect` usually stands at the iterate itself; what it finds there is
    kept in ``seen``, so that recording a run costs no evaluations of its own.
    """

    def __init__(self, fn: TestFunction, params: list[Tensor], create_graph: bool) -> None:
        self.fn = fn
        self.params = params
        self.create_graph = create_graph
        self.evaluations = 0
        self.seen: Seen | None = None
        self._iterate: Point | None = None

    def point(self) -> Point:
        """Return where the parameters stand."""
        x, y = torch.cat([p.detach().reshape(-1) for p in self.params]).tolist()
        return x, y

    def expect(self, iterate: Point) -> None:
        """Announce the iterate that the next step starts from."""
        self.seen, self._iterate = None, iterate

    def __call__(self) -> Any:
        """Evaluate where the parameters stand and leave the gradient in their ``grad``."""
        self.evaluations += 1
        with torch.enable_grad():
            x, y = torch.cat([p.reshape(-1) for p in self.params])
            value = self._value(x, y)
            # not backward(create_graph=True), which would leave reference cycles behind
            grads = torch.autograd.grad(value, self.params, create_graph=self.create_graph)
        for p, grad in zip(self.params, grads, strict=True):
            p.grad = grad
        if self._iterate is not None and self.point() == self._iterate:
            dx, dy = torch.cat([grad.detach().reshape(-1) for grad in grads]).tolist()
            self.seen = value.item(), (dx, dy)
            if not _finite(self.seen):
                raise Undefined
        self._iterate = None
        return value.detach()

    def at(self, point: Point) -> Seen:
        """Evaluate at a point without counting, and leave the parameters as they are."""
        with torch.enable_grad():
            p = torch.tensor(point, dtype=self.params[0].dtype, requires_grad=True)
            value = self._value(*p)
            dx, dy = torch.autograd.grad(value, p)[0].tolist()
        return value.item(), (dx, dy)

    def _value(self, x: Tensor, y: Tensor) -> Tensor:
        value = self.fn.formula(x, y)
        if not value.requires_grad:
            raise ValueError(
                f"{self.fn.name}(x, y) cannot be differentiated: its value must come from x and y "
                "by torch functions, without detach(), item() or numpy"
            )
        return value


@dataclass
class History:
    """What has been recorded so far, and where and why the run ended early, if it did."""

    points: list[Point] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    gradients: list[Point] = field(default_factory=list)
    evaluations: list[int] = field(default_factory=list)
    stopped_at: int | None = None
    reason: str = ""

    def record(self, point: Point, seen: Seen, evaluations: int) -> bool:
        """Append an iterate and say whether the run can go on from there."""
        value, gradient = seen
        self.points.append(point)
        self.values.append(value)
        self.gradients.append(gradient)
        self.evaluations.append(evaluations)
        if not isfinite(value):
            self.stop(len(self.points) - 1, f"the value became {_spell(value)}")
        elif not _finite(seen):
            where = f"({point[0]:g}, {point[1]:g})"
            self.stop(len(self.points) - 1, f"the gradient is undefined at {where}")
        return self.stopped_at is None

    def stop(self, step: int, reason: str) -> None:
        """Note that the run ended at this step."""
        self.stopped_at, self.reason = step, reason


def descend(optimizer: Optimizer, objective: Objective, steps: int) -> History:
    """Take the steps and record every iterate until the end, or until one is not finite."""
    history = History()
    for step in range(steps + 1):
        if step:
            _mode(optimizer, "eval")
        point, spent = objective.point(), objective.evaluations
        if not all(map(isfinite, point)):
            culprit = next(c for c in point if not isfinite(c))
            history.stop(step, f"a coordinate became {_spell(culprit)}")
            break
        objective.expect(point)
        failure = _step(optimizer, objective) if step < steps else None
        if not history.record(point, objective.seen or objective.at(point), spent):
            break
        if failure is not None:
            history.stop(step + 1, f"the update failed: {failure}")
            break
    return history


def _step(optimizer: Optimizer, objective: Objective) -> Exception | None:
    """Take a step, or return the error with which it left the numbers that can be computed with."""
    _mode(optimizer, "train")
    try:
        optimizer.step(objective)
    except Undefined:
        pass  # the record says it, and ends the run
    except (ArithmeticError, torch.linalg.LinAlgError) as error:  # type: ignore[attr-defined]
        return error
    except RuntimeError as error:
        if objective.create_graph or "does not require grad" not in str(error):
            raise
        name = type(optimizer).__name__
        raise ValueError(
            f"{name} differentiates the gradient once more; run "
            f"OptimizerSpec(name={name.lower()!r}, title={name!r}, cls={name}, create_graph=True)"
        ) from error
    return None


def _mode(optimizer: Optimizer, mode: Literal["train", "eval"]) -> None:
    """Switch an averaging optimizer between the point it steps from and the point it returns."""
    switch = getattr(optimizer, mode, None)
    if callable(switch):
        switch()


def _finite(seen: Seen) -> bool:
    value, gradient = seen
    return isfinite(value) and all(map(isfinite, gradient))


def _spell(number: float) -> str:
    """Say NaN and infinity in words that a caption can carry."""
    return {inf: "infinite", -inf: "minus infinite"}.get(number, "not a number")
