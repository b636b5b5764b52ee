"""What is common to the records of all runs, whether of a point or of matrices."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optgallery.optim.hyperparameters import Rate, format_value
from optgallery.optim.spec import OptimizerSpec
from optgallery.runs.clipping import GradClip
from optgallery.runs.deprecated import CallableFlag, warn_of_old_name
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.outcome import Kind, Outcome, Status, outcome_of
from optgallery.runs.record import solved_at
from optgallery.runs.schedule import UNNAMED

_TAU = 1e-3  # default tolerance of the convergence test


class WithMinimum(Protocol):
    """What was minimised, by what an outcome and a title say of it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def minimum(self) -> float | None:
        """Its global minimum; None if it is unknown."""


class RecordedRun(ABC):
    """The record of a run: its settings in words, its cost, its outcome.

    Subclasses are dataclasses that have the attributes below, and what was recorded at each step.
    """

    optimizer: OptimizerSpec | ExternalOptimizer
    hparams: Mapping[str, Any]
    lr: Rate
    values: NDArray[np.float64]
    evaluations: NDArray[np.int64]
    steps: int
    status: Status
    stopped_at: int | None
    reason: str
    rounded: bool
    schedule_title: str
    grad_clip: GradClip | None
    prepare: Callable[[Any], object] | None
    recorded_lrs: NDArray[np.float64] | None

    @property
    @abstractmethod
    def minimised(self) -> WithMinimum:
        """The function or the problem."""

    @property
    @abstractmethod
    def never_moved(self) -> bool:
        """Whether all iterates equal the start although it is not a stationary point."""

    @abstractmethod
    def _describe_point(self, row: int) -> str: ...

    @abstractmethod
    def code(self) -> str:
        """Return Python code that repeats this run bit for bit and shows its animation."""

    def _counted(self) -> NDArray[np.bool_] | None:
        """Return which iterates may count as solving it; None for all."""
        return None

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.summary}>"

    def _repr_html_(self) -> str:
        """Return the outcome, the first and the last iterate, and the code, for notebooks."""
        facts = {
            "outcome": str(self.outcome),
            "start": self._describe_point(0),
            "end": self._describe_point(-1),
            "gradient evaluations": str(self.evaluations[-1]),
        }
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{escape(fact)}</td></tr>'
            for name, fact in facts.items()
        )
        return (
            f"<table><caption>{escape(self.title)}</caption><tbody>{rows}</tbody></table>"
            f"<pre>{escape(self.code())}</pre>"
        )

    @property
    def lrs(self) -> NDArray[np.float64]:
        """The learning rate of each update: ``lrs[k - 1]`` is that of the step to ``points[k]``.

        With a schedule or with ``prepare``, it is the rate of the first parameter group before the
        update. Otherwise it is ``lr`` for all updates, even if the class changes its rate
        internally; NaN if ``lr`` is not one number.
        """
        if self.recorded_lrs is not None:
            return self.recorded_lrs
        rates = np.full(len(self) - 1, self.lr if isinstance(self.lr, float) else np.nan)
        rates.flags.writeable = False
        return rates

    @property
    def solved(self) -> bool:
        """Whether the run was completed and solved the function; see `evaluations_to_solve`."""
        message = "Trajectory.solved is a bool; evaluations_to_solve() returns the cost"
        flag = self.outcome.kind == "solved"
        return CallableFlag(flag, self.evaluations_to_solve, message)  # type: ignore[return-value]

    def evaluations_to_solve(self, tau: float = _TAU) -> int | None:
        r"""Gradient evaluations until the convergence test of Moré and Wild held first.

        The test is :math:`f(x_0) - f(x_k) \ge (1 - \tau)\,(f(x_0) - f^*)`. If the function has
        lower values outside its domain, only iterates inside the domain count.

        Parameters
        ----------
        tau : float
            Tolerance, between 0 and 1.

        Returns
        -------
        int or None
            None if it never held, or if the function's global minimum is not known.

        References
        ----------
        Moré and Wild (2009), Benchmarking derivative-free optimization algorithms, SIAM Journal on
        Optimization 20(1), equation 2.2, doi:10.1137/080724083.
        """
        return self._cost if tau == _TAU else self._cost_within(tau)

    @cached_property
    def _cost(self) -> int | None:
        return self._cost_within(_TAU)

    def _cost_within(self, tau: float) -> int | None:
        counted = self._counted()
        row = None if counted is None else counted[None]
        at = int(solved_at(self.values[None], self.minimised.minimum, tau, row)[0])
        return None if at < 0 else int(self.evaluations[at])

    @property
    def optimizer_title(self) -> str:
        """The optimizer's title; that of a wrapper includes its inner optimizer."""
        return self.optimizer.title_with(self.hparams)

    @property
    def settings(self) -> list[str]:
        """The settings in words: ``["lr 0.1", "betas (0.9, 0.95)", "clip norm 1"]``."""
        inner = "optimizer" if self.optimizer_title != self.optimizer.title else ""
        own = self.optimizer.own_axis if isinstance(self.optimizer, OptimizerSpec) else None
        has_rate = self.lr is not None and (own is None or "lr" in self.hparams)
        rate = [f"lr {format_value(self.lr)}"] if has_rate else []
        titles = {own.parameter: own.title} if own else {}
        others = {k: v for k, v in self.hparams.items() if k not in ("lr", inner)}
        words = [f"{titles.get(k, k)} {format_value(value)}" for k, value in others.items()]
        return rate + words + self.additions

    @property
    def additions(self) -> list[str]:
        """The additions to the plain loop in words: a schedule, clipping, ``prepare``."""
        words = [self.schedule_title] if self.schedule_title else []
        if words == [UNNAMED] and self.recorded_lrs is not None and len(self.recorded_lrs):
            words = [f"scheduled to {self.recorded_lrs[-1]:.3g} by a function"]
        if self.grad_clip is not None:
            words.append(str(self.grad_clip))
        if self.prepare is not None:
            named = getattr(self.prepare, "__name__", "") != "<lambda>"
            words.append(f"prepared by {format_value(self.prepare) if named else 'a function'}")
        return words

    @property
    def title(self) -> str:
        """Optimizer, function and settings in words: ``"AdamW on Beale, lr 0.1"``."""
        return ", ".join([f"{self.optimizer_title} on {self.minimised.title}", *self.settings])

    @cached_property
    def outcome(self) -> Outcome:
        """How the run ended: kind, cost, step and reason; ``str()`` describes it in words."""
        return outcome_of(
            self.status,
            cost=self.evaluations_to_solve(),
            step=self.stopped_at,
            reason=self.reason,
            steps=self.steps,
            first=float(self.values[0]),
            last=float(self.values[-1]),
            minimum=self.minimised.minimum,
            never_moved=self.never_moved,
            rounded=self.rounded,
        )

    @property
    def verdict(self) -> Kind:
        """Deprecated: the kind of the outcome."""
        warn_of_old_name("Trajectory.verdict", "Trajectory.outcome.kind")
        return self.outcome.kind

    @property
    def summary(self) -> str:
        """Title and outcome in one sentence."""
        return f"{self.title}: {self.outcome}"
