"""How a run ended: a class for each kind of outcome, with its words, symbol and CSS class.

To add a kind, add a class to `OUTCOMES`: sweeps, captions, legends, matrices and the explorer use
its attributes.
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
    never_moved: bool = False
    rounded: bool = False

    kind: ClassVar[Kind]
    symbol: ClassVar[str]
    css_class: ClassVar[str]
    meaning: ClassVar[str]
    """The explanation of the mark in a legend."""

    @classmethod
    @abstractmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return which runs are of this kind, unless an earlier kind of `OUTCOMES` applies."""

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
        """The end of a run that was not completed, as ``"diverged at step 4"``; else empty."""
        return ""

    @classmethod
    def legend(cls) -> tuple[str, str, str]:
        """Return the CSS class, the mark in a legend, and its meaning."""
        return cls.css_class, cls._legend_mark(), cls.meaning

    @classmethod
    def _legend_mark(cls) -> str:
        return cls.symbol


class Stopped(Outcome):
    """The run was not completed."""

    @property
    def mark(self) -> str:
        """The symbol and the step at which the run stopped."""
        return f"{self.symbol} ended" if self.step is None else f"{self.symbol} step {self.step}"

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

    @classmethod
    def holds(cls, ends: Ends) -> Flags:
        """Return which runs solved the function."""
        return ends.solved

    @property
    def mark(self) -> str:
        """The symbol and the cost."""
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
