"""How a run ended: a class for each kind of outcome, with its words, symbol and CSS class.

To add a kind, add a class to `OUTCOMES`: sweeps, captions, legends, matrices and the explorer use
its attributes.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import floor, isfinite, log10, nan
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Status = Literal["completed", "diverged", "failed"]
Kind = Literal["solved", "unsolved", "climbed", "diverged", "failed"]

Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]


class Ends(NamedTuple):
    """What determines the kinds of many runs; each field is an array of shape (n,)."""

    failed: Flags
    diverged: Flags
    solved: Flags
    first: Reals
    """The function's value at the start."""
    last: Reals
    """Its value at the last iterate."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Outcome(ABC):
    """How a run ended; ``str(outcome)`` describes it in words.

    Attributes
    ----------
    kind : {"solved", "unsolved", "climbed", "diverged", "failed"}
        "climbed" if the run was completed, never solved the function, and ended above its start.
    cost : int or None
        Gradient evaluations until the function was solved; None if it was not.
    step : int or None
        The step at which the run stopped, if it was not completed; None if that is unknown because
        its process ended.
    reason : str
        Why it stopped; for a run that never moved, what makes it move, if that is known.
    steps : int
        The requested number of steps.
    first, last : float
        The function's value at the start and at the last iterate.
    minimum : float or None
        The function's global minimum; None if it is unknown.
    never_moved : bool
        Whether all iterates equal the start although it is not a stationary point.
    rounded : bool
        Whether the optimizer rounded float64 parameters to float32.
    symbol : str
        The symbol before the outcome in tables; may be empty.
    css_class : str
        The class that gives the outcome its colour on the gallery's pages.
    """

    cost: int | None = None
    step: int | None = None
    reason: str = ""
    steps: int = 0
    first: float = nan
    last: float = nan
    minimum: float | None = None
    never_moved: bool = False
    rounded: bool = False

    kind: ClassVar[Kind]
    symbol: ClassVar[str]
    css_class: ClassVar[str]
    meaning: ClassVar[str]
    """The explanation of the mark in a legend."""
    short_sample: ClassVar[str]
    """A short mark as an example for a legend."""
    short_meaning: ClassVar[str]
    """Its explanation."""

    @classmethod
    @abstractmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return which runs are of this kind, unless an earlier kind of `OUTCOMES` applies."""

    @property
    def mark(self) -> str:
        """The outcome in a table's cell: ``"✓ 212"``, or the symbol and the last value."""
        return f"{self.symbol} {self.last:.3g}"

    @property
    def share(self) -> float | None:
        """How much of the way from the start's value to the minimum's the run has covered.

        It is 0 at the start, 1 at the minimum, and negative above the start. None if the minimum is
        unknown or infinite, or if the run begins there, or if the last value is not finite.
        """
        if self.minimum is None or not isfinite(self.minimum) or not isfinite(self.last):
            return None
        height = self.first - self.minimum
        return (self.first - self.last) / height if height > 0 and isfinite(height) else None

    @property
    def short(self) -> str:
        """The outcome in some eight characters, for tables of many runs."""
        return self.symbol

    @property
    def shade(self) -> int:
        """How strong the colour of such a table's cell is, in percent."""
        return 100

    @abstractmethod
    def _words(self) -> str: ...

    def __str__(self) -> str:
        rounded = "; the optimizer rounds every point to float32" if self.rounded else ""
        return self._words() + rounded

    def __repr__(self) -> str:
        return f"<Outcome: {self}>"

    @property
    def ending(self) -> str:
        """The end of a run that was not completed, as ``"diverged at step 4"``; else empty."""
        return ""

    @classmethod
    def legend(cls) -> tuple[str, str, str]:
        """Return the CSS class, the mark in a legend, and its meaning."""
        return cls.css_class, cls._legend_mark(), cls.meaning

    @classmethod
    def _legend_mark(cls) -> str:
        return cls.symbol

    @classmethod
    def short_legend(cls) -> tuple[str, str, str]:
        """Return the CSS class, a short mark as an example, and its meaning."""
        return cls.css_class, cls.short_sample, cls.short_meaning


class Stopped(Outcome):
    """The run was not completed."""

    @property
    def mark(self) -> str:
        """The symbol and the step at which the run stopped."""
        return f"{self.symbol} ended" if self.step is None else f"{self.symbol} step {self.step}"

    @property
    def short(self) -> str:
        """The symbol and the number of the step."""
        return self.symbol if self.step is None else f"{self.symbol} {self.step}"

    @property
    def ending(self) -> str:
        """The kind and the step, without the reason."""
        return self.kind if self.step is None else f"{self.kind} at step {self.step}"

    def _words(self) -> str:
        return f"{self.ending}: {self.reason}"


class Failed(Stopped):
    """The optimizer raised an exception, or its process ended."""

    kind = "failed"
    symbol = "!"
    css_class = "og-failed"
    meaning = "raised an exception"
    short_sample = "! 7"
    short_meaning = "raised an exception at step 7"

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return which runs failed."""
        return ends.failed


class Diverged(Stopped):
    """A number became infinite or NaN, or the gradient was undefined at an iterate."""

    kind = "diverged"
    symbol = "✗"
    css_class = "og-diverged"
    meaning = "diverged"
    short_sample = "✗ 4"
    short_meaning = "diverged at step 4"

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return which runs diverged."""
        return ends.diverged


class Solved(Outcome):
    """The convergence test of Moré and Wild held at some iterate."""

    kind = "solved"
    symbol = "✓"
    css_class = "og-solved"
    meaning = (
        "came within a thousandth of the way to the global minimum, after n gradient evaluations"
    )
    short_sample = "✓ 98"
    short_meaning = (
        "solved: came within a thousandth of the way to the global minimum, after 98 gradient "
        "evaluations"
    )

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return which runs solved the function."""
        return ends.solved

    @property
    def mark(self) -> str:
        """The symbol and the cost."""
        return f"{self.symbol} {self.cost}"

    @property
    def short(self) -> str:
        """The symbol and the cost."""
        return self.mark

    @property
    def shade(self) -> int:
        """100 for a cost of a fortieth of the steps, 36 for as many evaluations as steps."""
        relative = max(self.cost or 0, 1) / max(self.steps, 1)
        return min(100, max(30, round(36 - 40 * log10(relative))))

    @classmethod
    def _legend_mark(cls) -> str:
        return f"{cls.symbol} n"

    def _words(self) -> str:
        return f"solved after {self.cost} gradient evaluation{'s' if self.cost != 1 else ''}"


class Climbed(Outcome):
    """The run was completed and ended above its start."""

    kind = "climbed"
    symbol = "↗"
    css_class = "og-climbed"
    meaning = "ended above its start"
    short_sample = "↗"
    short_meaning = "ended above its start"

    @property
    def shade(self) -> int:
        """Half, because a run that diverged is worse."""
        return 50

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return which runs ended above their start."""
        return ends.last > ends.first

    def _words(self) -> str:
        return f"climbed from {self.first:.3g} to {self.last:.3g} in {self.steps} steps"


class Unsolved(Outcome):
    """The run was completed, and did not solve the function."""

    kind = "unsolved"
    symbol = "f"
    css_class = "og-unsolved"
    meaning = "did not, and ended at f"
    short_sample = "83%"
    short_meaning = "did not, and ended 83% of the way down from its start to the minimum"

    @property
    def short(self) -> str:
        """The share of the way, rounded down; the last value if the minimum is unknown.

        A run may end below the minimum, where the function is lower outside of its domain.
        """
        if self.share is None:
            return f"{self.last:.2g}"
        return ">100%" if self.share > 1 else f"{floor(100 * self.share)}%"

    @property
    def shade(self) -> int:
        """The share of the way in percent; 0 beyond the minimum."""
        return floor(100 * self.share) if self.share is not None and self.share <= 1 else 0

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return true for every run, since this is the last kind."""
        return np.ones(len(ends.last), bool)

    def _words(self) -> str:
        if self.never_moved:
            way = f"; {self.reason}" if self.reason else ""
            return f"never moved from its start in {self.steps} steps, f = {self.last:.3g}{way}"
        return f"not solved in {self.steps} steps, f from {self.first:.3g} to {self.last:.3g}"


OUTCOMES: tuple[type[Outcome], ...] = (Failed, Diverged, Solved, Climbed, Unsolved)
"""Every kind of outcome, in order of precedence: the first one that holds applies."""

_BEST_FIRST = (Solved, Unsolved, Climbed, Diverged, Failed)

KINDS: tuple[Kind, ...] = tuple(outcome.kind for outcome in _BEST_FIRST)
"""Every kind, from best to worst."""

LEGEND = [outcome.legend() for outcome in _BEST_FIRST]
"""CSS class, mark and meaning of every kind, in the same order."""

SHORT_LEGEND = [outcome.short_legend() for outcome in _BEST_FIRST]
"""CSS class, short mark and meaning of every kind, in the same order."""


def kinds(ends: Ends) -> NDArray[np.object_]:
    """Return the kind of each run, an array of shape (n,)."""
    found: NDArray[np.object_] = np.array(KINDS, object)[positions(ends)]
    return found


def positions(ends: Ends) -> NDArray[np.int8]:
    """Return the position in `KINDS` of the kind of each run, an array of shape (n,)."""
    numbers = np.array([KINDS.index(outcome.kind) for outcome in OUTCOMES], np.int8)
    held = np.stack([outcome.holds(ends) for outcome in OUTCOMES])
    found: NDArray[np.int8] = numbers[held.argmax(0)]
    return found


def outcome_of(
    status: Status, *, cost: int | None, first: float, last: float, **rest: Any
) -> Outcome:
    """Return the outcome of one run.

    Parameters
    ----------
    status : {"completed", "diverged", "failed"}
        The recorded status.
    cost : int or None
        Gradient evaluations until the function was solved.
    first, last : float
        The function's value at the start and at the last iterate.
    **rest
        The other attributes of `Outcome`.
    """
    ends = Ends(
        failed=np.array([status == "failed"]),
        diverged=np.array([status == "diverged"]),
        solved=np.array([cost is not None]),
        first=np.array([first]),
        last=np.array([last]),
    )
    outcome = next(outcome for outcome in OUTCOMES if outcome.holds(ends)[0])
    cost = cost if issubclass(outcome, Solved) else None
    return outcome(cost=cost, first=first, last=last, **rest)
