"""Take the steps of one run and record its iterates."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from math import inf, isfinite, isnan, nan
from struct import Struct
from typing import Any

import torch
from torch.optim import Optimizer

from optgallery.runs.objective import Loss, Numbers, ValueAndGradient
from optgallery.runs.schedule import Rates
from optgallery.runs.stepping import Modes

# exceptions that depend only on the numbers in a formula or an update
_NUMERICAL = (ArithmeticError, torch.linalg.LinAlgError)  # type: ignore[attr-defined]


@dataclass
class History:
    """The record of a run so far; if the run ended early, also where and why."""

    points: list[Numbers] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    gradients: list[Numbers] = field(default_factory=list)
    evaluations: list[int] = field(default_factory=list)
    lrs: list[float] = field(default_factory=list)
    stopped_at: int | None = None
    reason: str = ""

    def record(self, point: Numbers, evaluated: ValueAndGradient, evaluations: int) -> bool:
        """Append an iterate, and return whether the run can continue from there."""
        value, gradient = evaluated
        self.points.append(point)
        self.values.append(value)
        self.gradients.append(gradient)
        self.evaluations.append(evaluations)
        if reason := stop_reason(point, evaluated):
            self.stop(len(self.points) - 1, reason)
        return self.stopped_at is None

    def repeat_last(self, steps: int) -> None:
        """Repeat the last iterate, at the cost of the last step, up to this number of steps."""
        more = steps + 1 - len(self.points)
        self.points += self.points[-1:] * more
        self.values += self.values[-1:] * more
        self.gradients += self.gradients[-1:] * more
        spent, cost = self.evaluations[-1], self.evaluations[-1] - self.evaluations[-2]
        self.evaluations += [spent + cost * (i + 1) for i in range(more)]

    def stop(self, step: int, reason: str) -> None:
        """Record that the run ended at this step."""
        self.stopped_at, self.reason = step, reason


class FixedPointDetector:
    """Detects that the steps of an optimizer change nothing, and that no later step will.

    Parameters
    ----------
    optimizer : Optimizer
    counters : collection of str or None
        Names of the counters in its state. None if unknown; then nothing is detected.
    """

    def __init__(self, optimizer: Optimizer, counters: Collection[str] | None) -> None:
        self._optimizer, self._counters = optimizer, counters
        self._state: object = None

    def reached(self, history: History) -> bool:
        """Return, after an iterate has been recorded, whether all later ones will equal it.

        They will if two consecutive steps did not move the point, took the same number of
        evaluations, and left the optimizer's state unchanged except for its counters: the third
        step then has the same input as the second.
        """
        if self._counters is None or len(history.points) < 3:
            return False
        last = history.points[-3:]
        pack = Struct(f"{len(last[0])}d").pack
        bits = [pack(*point) for point in last]
        before, self._state = self._state, None
        if bits[1] != bits[2]:
            return False
        self._state = self._snapshot(self._optimizer.state_dict()["state"])
        first, second, third = history.evaluations[-3:]
        return bits[0] == bits[1] and before == self._state and second - first == third - second

    def _snapshot(self, state: Any) -> object:
        """Copy a state, without its counters, to a value that can be compared."""
        if isinstance(state, torch.Tensor):
            return state.detach().numpy().tobytes()
        if isinstance(state, dict):
            counters = self._counters or ()
            return {k: self._snapshot(v) for k, v in state.items() if k not in counters}
        if isinstance(state, (list, tuple)):
            return [self._snapshot(member) for member in state]
        return state


def descend(
    optimizer: Optimizer,
    objective: Loss,
    take_step: Callable[[], object],
    steps: int,
    history: History,
    *,
    counters: Collection[str] | None = None,
    rates: Rates | None = None,
) -> None:
    """Take the steps, and record every iterate until the last step or until one is not finite.

    Exceptions of the optimizer are passed on; the history then ends before that step. If the
    formula raises a ValueError, as outside the support of a distribution, the run ends there. If
    the counters in the optimizer's state are known, steps that would change nothing else are
    skipped, and recorded as if they had been taken. Learning rates, if given, are recorded, and
    follow their schedule after every update except the last.
    """
    modes = Modes(optimizer)
    deterministic = objective.deterministic and rates is None
    fixed_point = FixedPointDetector(optimizer, counters if deterministic else None)
    for step in range(steps + 1):
        if step:
            modes.switch("eval")
        point, spent = objective.point(), objective.evaluations
        if not all(map(isfinite, point)):
            history.stop(step, stop_reason(point))
            break
        try:
            evaluated = _evaluate_iterate(objective, modes, point, last=step == steps)
        except (ValueError, *_NUMERICAL) as error:
            if error is not objective.raised:
                raise
            history.record(point, (nan, (nan,) * len(point)), spent)
            history.stop(step, raised_by_function(objective.raised))
            break
        if not history.record(point, evaluated, spent) or step == steps:
            break
        if fixed_point.reached(history):
            history.repeat_last(steps)
            break
        if rates is not None:
            history.lrs.append(rates.after(step, evaluated[0]))
        try:
            take_step()
        except (ValueError, *_NUMERICAL) as error:
            if error is objective.raised:
                history.stop(step + 1, raised_by_function(objective.raised))
            elif isinstance(error, ValueError) and not isinstance(error, _NUMERICAL):
                raise
            else:
                history.stop(step + 1, f"the update failed: {error}")
            break


def _evaluate_iterate(
    objective: Loss, modes: Modes, point: Numbers, *, last: bool
) -> ValueAndGradient:
    """Return value and gradient at an iterate; if a step follows, also set ``grad`` for it."""
    evaluated = None
    if not last:
        modes.switch("train")  # this changes the parameters of an averaging optimizer
        here, evaluated = objective.point(), objective.evaluate()
        evaluated = evaluated if here == point else None
    value, gradient = evaluated or objective.at(point)
    return objective.value_where_undefined(point) if isnan(value) else value, gradient


def raised_by_function(error: BaseException | None) -> str:
    """Describe an exception of a formula in one line, for captions."""
    text = str(error).strip().partition("\n")[0]
    return f"the function raised {type(error).__name__}: {text}".removesuffix(": ")


def stop_reason(point: Numbers, evaluated: ValueAndGradient | None = None) -> str:
    """Return why a run cannot continue from a point; an empty string if it can."""
    if not_finite := [c for c in point if not isfinite(c)]:
        return f"a coordinate became {_in_words(not_finite[0])}"
    if evaluated is None:
        return ""
    value, gradient = evaluated
    if not isfinite(value):
        return f"the value became {_in_words(value)}"
    if not all(map(isfinite, gradient)):
        where = f" at ({point[0]:g}, {point[1]:g})" if len(point) == 2 else ""
        return f"the gradient is undefined{where}"
    return ""


def _in_words(number: float) -> str:
    """Describe NaN and infinity in words, for captions."""
    return {inf: "infinite", -inf: "minus infinite"}.get(number, "not a number")
