"""Taking the steps of one run, and the record of where it goes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from math import inf, isfinite, isnan, nan
from struct import Struct
from typing import Any

import torch
from torch.optim import Optimizer

from optgallery.functions import FUNCTIONS
from optgallery.functions.base import Point
from optgallery.functions.overflow import value_beyond_range
from optgallery.runs.objective import Objective, Seen
from optgallery.runs.schedule import Rates
from optgallery.runs.stepping import Modes

_BITS = Struct("2d")
_UNDEFINED: Seen = (nan, (nan, nan))

# what numbers alone can make a formula or an update raise
_NUMERICAL = (ArithmeticError, torch.linalg.LinAlgError)  # type: ignore[attr-defined]


@dataclass
class History:
    """What has been recorded so far, and where and why the run ended early, if it did."""

    points: list[Point] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    gradients: list[Point] = field(default_factory=list)
    evaluations: list[int] = field(default_factory=list)
    lrs: list[float] = field(default_factory=list)
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
    take_step: Callable[[], object],
    steps: int,
    history: History,
    *,
    counters: Collection[str] | None = None,
    rates: Rates | None = None,
) -> None:
    """Take the steps and record every iterate until the end, or until one is not finite.

    Whatever the optimizer raises passes through; the history then ends before that step. A formula
    that raises a ValueError, as outside the domain of a distribution, ends the run there. Where it
    is known what in the optimizer's state only counts, steps are not taken that would change
    nothing more, but recorded as if they were. Learning rates, if given, follow their
    schedule after every update but the last, and are recorded.
    """
    modes = Modes(optimizer)
    settled = objective.fn.gradient_noise is None and rates is None
    rest = Rest(optimizer, counters if settled else None)
    for step in range(steps + 1):
        if step:
            modes.switch("eval")
        point, spent = objective.point(), objective.evaluations
        if not all(map(isfinite, point)):
            history.stop(step, fault(point))
            break
        try:
            seen = _look(objective, modes, point, last=step == steps)
        except (ValueError, *_NUMERICAL) as error:
            if error is not objective.raised:
                raise
            history.record(point, _UNDEFINED, spent)
            history.stop(step, raised_by_function(objective.raised))
            break
        if not history.record(point, seen, spent) or step == steps:
            break
        if rest.reached(history):
            history.stay(steps)
            break
        if rates is not None:
            history.lrs.append(rates.after(step, seen[0]))
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


def _look(objective: Objective, modes: Modes, point: Point, *, last: bool) -> Seen:
    """Return value and gradient at an iterate; if a step follows, leave the gradient for it."""
    seen = None
    if not last:
        modes.switch("train")  # an averaging optimizer then stands elsewhere
        here, seen = objective.point(), objective.evaluate()
        seen = seen if here == point else None
    value, gradient = seen or objective.at(point)
    fn = objective.fn
    if isnan(value) and FUNCTIONS.peek(fn.name) != fn:  # the entries themselves see to that
        value = value_beyond_range(fn.formula, point, objective.params[0].dtype)
    return value, gradient


def raised_by_function(error: BaseException | None) -> str:
    """Say what a formula raised, in the one line that a caption can carry."""
    text = str(error).strip().partition("\n")[0]
    return f"the function raised {type(error).__name__}: {text}".removesuffix(": ")


def fault(point: Point, seen: Seen | None = None) -> str:
    """Say why a run cannot go on from a point; an empty string if it can."""
    if culprits := [c for c in point if not isfinite(c)]:
        return f"a coordinate became {_in_words(culprits[0])}"
    if seen is None:
        return ""
    value, gradient = seen
    if not isfinite(value):
        return f"the value became {_in_words(value)}"
    if not all(map(isfinite, gradient)):
        return f"the gradient is undefined at ({point[0]:g}, {point[1]:g})"
    return ""


def _in_words(number: float) -> str:
    """Say NaN and infinity in words that a caption can carry."""
    return {inf: "infinite", -inf: "minus infinite"}.get(number, "not a number")
