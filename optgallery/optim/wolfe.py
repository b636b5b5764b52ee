"""A line search for the strong Wolfe conditions: algorithms 3.5 and 3.6 of Nocedal and Wright."""

from collections.abc import Callable
from math import isfinite, sqrt
from typing import NamedTuple

from torch import Tensor

_EXPANSIONS = 20
_REDUCTIONS = 20
_MARGIN_CUBIC, _MARGIN_QUADRATIC = 0.2, 0.1  # of the interval; a trial keeps off its ends


class Trial(NamedTuple):
    """A step length along a direction: the value there, the slope along it, and the gradient."""

    length: float
    value: float
    slope: float
    gradient: Tensor


class StrongWolfe(NamedTuple):
    r"""The conditions that a step length :math:`t` has to meet, and the search for one.

    With :math:`\phi(t)` the function at :math:`t` along the direction,

    .. math::
        \phi(t) &\le \phi(0) + c_1\, t\, \phi'(0) \\
        |\phi'(t)| &\le c_2\, |\phi'(0)|

    Attributes
    ----------
    evaluate : callable
        Returns the trial of a length.
    start : Trial
        That of length 0; its slope is negative.
    c1, c2 : float
    accepts : callable
        A further condition, which a method may have.
    """

    evaluate: Callable[[float], Trial]
    start: Trial
    c1: float
    c2: float
    accepts: Callable[[Trial], bool] = lambda _: True

    def search(self, first: float) -> Trial | None:
        """Return a trial that meets all conditions, beginning with a length.

        Lengths are doubled until a valid one must lie below (algorithm 3.5).

        Returns
        -------
        Trial or None
            If rounding prevents the others, a trial that meets the first condition; None if there
            is none.
        """
        before, trial = self.start, self.evaluate(first)
        for _ in range(_EXPANSIONS):
            if self._too_high(trial) or (before.length > 0 and trial.value >= before.value):
                return self._zoom(before, trial)
            if self._is_valid(trial):
                return trial
            if trial.slope >= 0:
                return self._zoom(trial, before)
            before, trial = trial, self.evaluate(2 * trial.length)
        return None if self._too_high(trial) else trial

    def _zoom(self, low: Trial, high: Trial) -> Trial | None:
        """Return a valid trial between two, of which ``low`` has the lower value (algorithm 3.6).

        The next length is where a cubic through what is known has its minimum, or a parabola, or
        the middle if these are too close to an end.
        """
        replaced: Trial | None = None
        for _ in range(_REDUCTIONS):
            trial = self.evaluate(_between(low, high, replaced))
            if self._too_high(trial) or trial.value >= low.value:
                replaced, high = high, trial
                continue
            if self._is_valid(trial):
                return trial
            if trial.slope * (high.length - low.length) >= 0:
                replaced, high = high, low
            else:
                replaced = low
            low = trial
        return low if low.length > 0 else None

    def _too_high(self, trial: Trial) -> bool:
        bound = self.start.value + self.c1 * trial.length * self.start.slope
        return not trial.value <= bound  # also true of NaN

    def _is_valid(self, trial: Trial) -> bool:
        return abs(trial.slope) <= -self.c2 * self.start.slope and self.accepts(trial)


def first_length(value: float, slope: float, previous: float) -> float:
    """Return the length to try first: where a parabola that falls as much as before has its bottom.

    Not longer than 1, the length of a quasi-Newton step (Nocedal and Wright, equation 3.60).

    Parameters
    ----------
    value, slope : float
        At length 0.
    previous : float
        The value one step before.
    """
    length = 1.01 * 2 * (value - previous) / slope if slope else 1.0
    return min(1.0, length) if isfinite(length) and length > 0 else 1.0


def _between(low: Trial, high: Trial, other: Trial | None) -> float:
    """Return the next length between two trials, away from both."""
    width = abs(high.length - low.length)
    if other is not None and _is_inside(
        length := _bottom_of_cubic(low, high, other), low, high, _MARGIN_CUBIC * width
    ):
        return length
    length = _bottom_of_parabola(low, high)
    if _is_inside(length, low, high, _MARGIN_QUADRATIC * width):
        return length
    return low.length + 0.5 * (high.length - low.length)


def _is_inside(length: float, low: Trial, high: Trial, margin: float) -> bool:
    lower, upper = sorted((low.length, high.length))
    return lower + margin <= length <= upper - margin


def _bottom_of_parabola(low: Trial, high: Trial) -> float:
    """Return where a parabola has its minimum: value and slope at one end, value at the other."""
    d = high.length - low.length
    curvature = (high.value - low.value - low.slope * d) / (d * d)
    return low.length - low.slope / (2 * curvature) if curvature > 0 else float("nan")


def _bottom_of_cubic(low: Trial, high: Trial, other: Trial) -> float:
    """Return where a cubic has its minimum: value and slope at one end, two more values.

    With :math:`q(d) = (f(d) - f(0) - f'(0) d) / d^2 = b + a d` from both, the cubic is
    :math:`f(0) + f'(0) d + b d^2 + a d^3`.
    """
    d, e = high.length - low.length, other.length - low.length
    if d == 0 or e in (0, d):
        return float("nan")
    q_d = (high.value - low.value - low.slope * d) / (d * d)
    q_e = (other.value - low.value - low.slope * e) / (e * e)
    a = (q_d - q_e) / (d - e)
    b = q_d - a * d
    discriminant = b * b - 3 * a * low.slope
    if a == 0 or not discriminant >= 0:
        return float("nan")
    return low.length + (-b + sqrt(discriminant)) / (3 * a)
