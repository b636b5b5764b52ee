"""Taking the steps: the closure that an optimizer is given, and the record of where it goes."""

import inspect
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from math import inf, isfinite
from struct import Struct
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.functions import TestFunction
from optgallery.functions.base import Point

_BITS = Struct("2d")

Seen: TypeAlias = tuple[float, Point]
"""Value and gradient at a point."""


class Objective:
    """The closure that an optimizer is given: it evaluates, differentiates and counts.

    Each step begins with :meth:`evaluate`, so that ``grad`` is there as in any training loop. The
    first call of the closure usually asks for the same point again, and then costs nothing. A line
    search that has come to rest asks for the same few points in every step: each counts, but is
    computed once.

    Where the function has gradient noise, the optimizer is given the noisy gradient, and what is
    recorded is the function's own.
    """

    def __init__(self, fn: TestFunction, params: list[Tensor], create_graph: bool) -> None:
        self.fn = fn
        self.params = params
        self.create_graph = create_graph
        self.evaluations = 0
        self._ready: tuple[Point, Tensor, tuple[Tensor, ...]] | None = None
        self._known: dict[bytes, tuple[Tensor, tuple[Tensor, ...]]] = {}

    def point(self) -> Point:
        """Return where the parameters stand."""
        x, y = _flat(self.params).tolist()
        return x, y

    def evaluate(self) -> Seen:
        """Evaluate where the parameters stand and leave the gradient in their ``grad``."""
        value, grads = self._differentiate()
        self._ready = self.point(), value, grads
        dx, dy = _flat(grads).tolist()
        return value.item(), (dx, dy)

    def __call__(self) -> Tensor:
        """Do the same for an optimizer, which asks for the value alone."""
        ready, self._ready = self._ready, None
        point = self.point()
        if ready is not None and ready[0] == point:
            _, value, grads = ready
            self._hand_over(grads)
            return value
        if self.create_graph or self.fn.gradient_noise is not None:
            return self._differentiate()[0]
        bits = _BITS.pack(*point)  # of which -0.0 has others than 0.0
        if bits in self._known:
            self.evaluations += 1
            value, grads = self._known[bits]
            # an optimizer may write over its gradient
            self._hand_over(tuple(grad.clone() for grad in grads))
            return value
        value, grads = self._differentiate()
        self._known[bits] = value, tuple(grad.clone() for grad in grads)
        return value

    def at(self, point: Point) -> Seen:
        """Evaluate at a point without counting, and leave the parameters as they are."""
        with torch.enable_grad():
            p = torch.tensor(point, dtype=self.params[0].dtype, requires_grad=True)
            value = self.fn.formula(*p)
            dx, dy = torch.autograd.grad(value, p)[0].tolist()
        return value.item(), (dx, dy)

    def _differentiate(self) -> tuple[Tensor, tuple[Tensor, ...]]:
        self.evaluations += 1
        with torch.enable_grad():
            value = self.fn.formula(*torch.cat([p.reshape(-1) for p in self.params]))
            # not backward(create_graph=True), which would leave reference cycles behind
            grads = torch.autograd.grad(value, self.params, create_graph=self.create_graph)
        self._hand_over(grads)
        return value.detach(), grads

    def _hand_over(self, grads: tuple[Tensor, ...]) -> None:
        noise = self.fn.gradient_noise
        if noise is not None:
            # by the evaluation's number: handed over twice, one evaluation has one noise
            flat = grads[0].new_tensor(noise(self.evaluations))
            parts = torch.split(flat, [grad.numel() for grad in grads])
            grads = tuple(g + part.view_as(g) for g, part in zip(grads, parts, strict=True))
        for p, grad in zip(self.params, grads, strict=True):
            p.grad = grad


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
        if reason := fault(point, seen):
            self.stop(len(self.points) - 1, reason)
        return self.stopped_at is None

    def stay(self, steps: int) -> None:
        """Repeat the last iterate, each at the price of the last, until this many steps."""
        more = steps + 1 - len(self.points)
        self.points += self.points[-1:] * more
        self.values += self.values[-1:] * more
        self.gradients += self.gradients[-1:] * more
        spent, price = self.evaluations[-1], self.evaluations[-1] - self.evaluations[-2]
        self.evaluations += [spent + price * (i + 1) for i in range(more)]

    def stop(self, step: int, reason: str) -> None:
        """Note that the run ended at this step."""
        self.stopped_at, self.reason = step, reason


class Rest:
    """Notices when an optimizer has come to rest: its steps change nothing, and never will again.

    Parameters
    ----------
    optimizer : Optimizer
    counters : collection of str or None
        What in its state only counts. None if that is not known; then nothing is noticed.
    """

    def __init__(self, optimizer: Optimizer, counters: Collection[str] | None) -> None:
        self._optimizer, self._counters = optimizer, counters
        self._state: object = None

    def reached(self, history: History) -> bool:
        """Say, when an iterate has been recorded, whether all later ones will be the same.

        They will if two steps in a row moved nothing, asked for equally many evaluations, and left
        all the optimizer's state but its counters as it was: what decided about the second step
        decides about the third.
        """
        if self._counters is None or len(history.points) < 3:
            return False
        bits = [_BITS.pack(*point) for point in history.points[-3:]]
        before, self._state = self._state, None
        if bits[1] != bits[2]:
            return False
        self._state = self._frozen(self._optimizer.state_dict()["state"])
        first, second, third = history.evaluations[-3:]
        return bits[0] == bits[1] and before == self._state and second - first == third - second

    def _frozen(self, state: Any) -> object:
        """Copy a state into what can be compared, without its counters."""
        if isinstance(state, torch.Tensor):
            return state.detach().numpy().tobytes()
        if isinstance(state, dict):
            counters = self._counters or ()
            return {k: self._frozen(v) for k, v in state.items() if k not in counters}
        if isinstance(state, (list, tuple)):
            return [self._frozen(member) for member in state]
        return state


def descend(
    optimizer: Optimizer,
    objective: Objective,
    steps: int,
    history: History,
    counters: Collection[str] | None = None,
) -> None:
    """Take the steps and record every iterate until the end, or until one is not finite.

    Whatever the optimizer raises passes through; the history then ends before that step. Where it
    is known what in the optimizer's state only counts, steps are not taken that would change
    nothing more, but recorded as if they were.
    """
    take_step = with_closure(optimizer, objective)
    rest = Rest(optimizer, None if objective.fn.gradient_noise else counters)
    for step in range(steps + 1):
        if step:
            switch_mode(optimizer, "eval")
        point, spent = objective.point(), objective.evaluations
        if not all(map(isfinite, point)):
            history.stop(step, fault(point))
            break
        seen = None
        if step < steps:
            switch_mode(optimizer, "train")  # an averaging optimizer then stands elsewhere
            here, seen = objective.point(), objective.evaluate()
            seen = seen if here == point else None
        if not history.record(point, seen or objective.at(point), spent) or step == steps:
            break
        if rest.reached(history):
            history.stay(steps)
            break
        try:
            take_step()
        except (ArithmeticError, torch.linalg.LinAlgError) as error:  # type: ignore[attr-defined]
            history.stop(step + 1, f"the update failed: {error}")
            break


def with_closure(optimizer: Optimizer, closure: Callable[[], Tensor]) -> Callable[[], object]:
    """Return what takes a step: with the closure, or without it where ``step`` takes none."""
    takes_closure = bool(inspect.signature(optimizer.step).parameters)
    return partial(optimizer.step, closure) if takes_closure else optimizer.step


def switch_mode(optimizer: Optimizer, mode: Literal["train", "eval"]) -> None:
    """Switch an averaging optimizer between the point it steps from and the point it returns."""
    switch = getattr(optimizer, mode, None)
    if callable(switch):
        switch()


def _flat(tensors: Iterable[Tensor]) -> Tensor:
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors])


def fault(point: Point, seen: Seen | None = None) -> str:
    """Say why a run cannot go on from a point; an empty string if it can."""
    if culprits := [c for c in point if not isfinite(c)]:
        return f"a coordinate became {_spell(culprits[0])}"
    if seen is None:
        return ""
    value, gradient = seen
    if not isfinite(value):
        return f"the value became {_spell(value)}"
    if not all(map(isfinite, gradient)):
        return f"the gradient is undefined at ({point[0]:g}, {point[1]:g})"
    return ""


def _spell(number: float) -> str:
    """Say NaN and infinity in words that a caption can carry."""
    return {inf: "infinite", -inf: "minus infinite"}.get(number, "not a number")
