"""How a run ended: each kind of ending, with its words, its symbol and its CSS class.

A new kind is a new class in `OUTCOMES`: sweeps, captions, legends, matrices and the explorer take
from it what they show.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import nan
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Status = Literal["completed", "diverged", "failed"]
Kind = Literal["solved", "unsolved", "climbed", "diverged", "failed"]

Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]


class Ends(NamedTuple):
    """What decides the kinds of many runs: an array of shape (n,) each."""

    failed: Flags
    diverged: Flags
    solved: Flags
    first: Reals
    """The function's value at the start."""
    last: Reals
    """Its value at the last iterate."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Outcome(ABC):
    """How a run ended; ``str(outcome)`` says it in words.

    Attributes
    ----------
    kind : {"solved", "unsolved", "climbed", "diverged", "failed"}
        "climbed" if the run was completed, never solved the function, and ended above its start.
    cost : int or None
        Gradient evaluations until the function was solved; None if it was not.
    step : int or None
        The step at which the run stopped, if it was not completed. None also if the process ended
        that ran it, of which no more is known.
    reason : str
        Why it stopped; of a run that never moved, what makes it move, if that is known.
    steps : int
        The number of steps that was asked for.
    first, last : float
        The function's value at the start and at the last iterate.
    never_moved : bool
        Whether every step led back to the start, which is no stationary point.
    rounded : bool
        Whether the optimizer rounded to float32 what it was given in float64.
    symbol : str
        Stands before the outcome in tables; may be empty.
    css_class : str
        Colours the outcome on the gallery's pages.
    """

    cost: int | None = None
    step: int | None = None
    reason: str = ""
    steps: int = 0
    first: float = nan
    last: float = nan
    never_moved: bool = False
    rounded: bool = False

    kind: ClassVar[Kind]
    symbol: ClassVar[str]
    css_class: ClassVar[str]
    meaning: ClassVar[str]
    """What a legend says of the mark."""

    @classmethod
    @abstractmethod
    def holds(cls, ends: Ends) -> Flags:
        """Say which runs are of this kind, unless an earlier one of `OUTCOMES` holds."""

    @property
    def mark(self) -> str:
        """The outcome in a table's cell: ``"✓ 212"``, or the symbol and the last value."""
        return f"{self.symbol} {self.last:.3g}"

    @abstractmethod
    def _words(self) -> str: ...

    def __str__(self) -> str:
        rounded = "; the optimizer rounds every point to float32" if self.rounded else ""
        return self._words() + rounded

    def __repr__(self) -> str:
        return f"<Outcome: {self}>"

    @property
    def ending(self) -> str:
        """How a run ended that was not completed: ``"diverged at step 4"``; empty otherwise."""
        return ""

    @classmethod
    def legend(cls) -> tuple[str, str, str]:
        """Return the CSS class, the mark as a legend shows it, and what it means."""
        return cls.css_class, cls._legend_mark(), cls.meaning

    @classmethod
    def _legend_mark(cls) -> str:
        return cls.symbol


class Stopped(Outcome):
    """The run was not completed."""

    @property
    def mark(self) -> str:
        """The step at which it stopped."""
        return f"{self.symbol} ended" if self.step is None else f"{self.symbol} step {self.step}"

    @property
    def ending(self) -> str:
        """How it ended, without the reason."""
        return self.kind if self.step is None else f"{self.kind} at step {self.step}"

    def _words(self) -> str:
        return f"{self.ending}: {self.reason}"


class Failed(Stopped):
    """The optimizer raised an exception, or its process ended."""

    kind = "failed"
    symbol = "!"
    css_class = "og-failed"
    meaning = "raised an exception"

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Say which runs failed."""
        return ends.failed


class Diverged(Stopped):
    """The run left the finite numbers, or came to a point where the gradient is undefined."""

    kind = "diverged"
    symbol = "✗"
    css_class = "og-diverged"
    meaning = "diverged"

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Say which runs diverged."""
        return ends.diverged


class Solved(Outcome):
    """The convergence test of Moré and Wild held at some iterate."""

    kind = "solved"
    symbol = "✓"
    css_class = "og-solved"
    meaning = (
        "came within a thousandth of the way to the global minimum, after n gradient evaluations"
    )

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Say which runs solved the function."""
        return ends.solved

    @property
    def mark(self) -> str:
        """Its cost."""
        return f"{self.symbol} {self.cost}"

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

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Say which runs ended above their start."""
        return ends.last > ends.first

    def _words(self) -> str:
        return f"climbed from {self.first:.3g} to {self.last:.3g} in {self.steps} steps"


class Unsolved(Outcome):
    """The run was completed, and did not solve the function."""

    kind = "unsolved"
    symbol = "f"
    css_class = "og-unsolved"
    meaning = "did not, and ended at f"

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Hold for every run: it is the last kind."""
        return np.ones(len(ends.last), bool)

    def _words(self) -> str:
        if self.never_moved:
            way = f"; {self.reason}" if self.reason else ""
            return f"never moved from its start in {self.steps} steps, f = {self.last:.3g}{way}"
        return f"not solved in {self.steps} steps, f from {self.first:.3g} to {self.last:.3g}"


OUTCOMES: tuple[type[Outcome], ...] = (Failed, Diverged, Solved, Climbed, Unsolved)
"""Every kind of ending, in the order in which they are decided: the first that holds is it."""

_IN_READING_ORDER = (Solved, Unsolved, Climbed, Diverged, Failed)

KINDS: tuple[Kind, ...] = tuple(outcome.kind for outcome in _IN_READING_ORDER)
"""Every kind, in the order in which they are read."""

LEGEND = [outcome.legend() for outcome in _IN_READING_ORDER]
"""CSS class, mark and meaning of every kind, in the same order."""


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
        What was recorded of its end.
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
