"""sensitivity(): the end of a run as a function of its learning rate."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.comparison import rate_widths
from optgallery.analysis.computing import Request, compute
from optgallery.analysis.engine import single, steps_for
from optgallery.analysis.outcomes import Outcomes, outcomes_of
from optgallery.analysis.problems import Problem, check_start
from optgallery.analysis.profiles import text_table
from optgallery.arguments import check_whole
from optgallery.cache.store import Store
from optgallery.functions.coordinates import Point, as_point
from optgallery.optim import OptimizerSpec
from optgallery.runs.code import run_code
from optgallery.runs.outcome import KINDS
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.sweep import check_has_rate, plan

Array = NDArray[np.float64]

MANY_RATES = tuple(float(f"{10 ** (k / 8):.3g}") for k in range(-40, 25))
"""The learning rates of `sensitivity`: eight in each decade from 1e-5 to 1000."""

_NEIGHBOURHOOD = 10**0.1  # a tenth of a decade
_UNSTABLE = ("climbed", "diverged", "failed")


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The ends of the runs of one optimizer on one function, by learning rate.

    Attributes
    ----------
    optimizer : OptimizerSpec
    problem : Problem
        The function and the start.
    lrs : tuple of float
        In ascending order.
    budget : int
        Gradient evaluations of every run.
    outcomes : Outcomes
        Arrays of shape (n,), one item for each rate.
    """

    optimizer: OptimizerSpec
    problem: Problem
    lrs: tuple[float, ...]
    budget: int
    outcomes: Outcomes

    @property
    def title(self) -> str:
        """Optimizer and function."""
        return f"{self.optimizer.title} on {self.problem.fn.title}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """How each run ended."""
        return tuple(KINDS[kind] for kind in self.outcomes.kind.tolist())

    @property
    def ceiling(self) -> float:
        """The value at the start minus the minimum."""
        return float(self.outcomes.first[0]) - self._minimum()

    @property
    def gaps(self) -> Array:
        """The value at the end of each run minus the minimum; infinite if it diverged."""
        least = self._minimum()
        counts = self.outcomes.inside & ~self.outcomes.is_kind("diverged", "failed")
        return np.where(counts, np.maximum(self.outcomes.last - least, 0.0), inf)

    @property
    def remaining(self) -> Array:
        """The gaps as shares of the ceiling, at most 1."""
        found: Array = np.minimum(self.gaps, self.ceiling) / self.ceiling
        return found

    @property
    def sensitivity(self) -> float:
        """The mean of `remaining` over the rates minus its lowest value: 0 if all rates are equal.

        It is therefore also 0 if no rate makes progress; see `shortfall`.
        """
        return self.shortfall - float(self.remaining.min())

    @property
    def shortfall(self) -> float:
        """The mean of `remaining` over the rates: 0 if every rate works, 1 if none does."""
        widths = rate_widths(self.lrs)
        return float((self.remaining * widths).sum() / widths.sum())

    @property
    def width(self) -> float:
        """The number of decades of rates at which the function is solved."""
        self._minimum()
        return float(rate_widths(self.lrs)[self.outcomes.is_kind("solved")].sum())

    @property
    def width_at_best(self) -> float:
        """The number of decades of rates with a gap within a tenth of a decade of the best.

        Gaps below the rounding error of the function's values are raised to it.
        """
        rounding = np.finfo(np.float64).eps * max(1.0, abs(self._minimum()))
        gaps = np.maximum(self.gaps, rounding)
        near = gaps <= gaps.min() * _NEIGHBOURHOOD
        return float(rate_widths(self.lrs)[near & np.isfinite(gaps)].sum())

    @property
    def best(self) -> float:
        """The rate whose run ends lowest; the middle one of several."""
        lowest = np.flatnonzero(self.gaps == self.gaps.min())
        return self.lrs[int(lowest[(len(lowest) - 1) // 2])]

    @property
    def edge(self) -> tuple[float, float]:
        """The edge of divergence: the last rate before the first one that diverged or climbed.

        Returns
        -------
        stable, unstable : float
            The edge is between them. ``unstable`` is infinite if no rate is unstable, and
            ``stable`` is 0 if the first one is.
        """
        unstable = np.flatnonzero(self.outcomes.is_kind(*_UNSTABLE))
        if not len(unstable):
            return self.lrs[-1], inf
        first = int(unstable[0])
        return (self.lrs[first - 1] if first else 0.0), self.lrs[first]

    def run(self, lr: float) -> Trajectory:
        """Repeat the run at one of the rates, and return its trajectory."""
        setting = self.optimizer.at_rate(self._known(lr))
        return single(self.optimizer, self.problem, setting, self.budget)

    def code(self, lr: float) -> str:
        """Return the lines that repeat the run at one of the rates."""
        fn, start = self.problem.fn, self.problem.start
        steps = steps_for(self.optimizer, self.budget)
        arguments = {"steps": steps, **({"start": start} if start != fn.start else {})}
        hparams = self.optimizer.at_rate(self._known(lr))
        return run_code(self.optimizer, fn, arguments=arguments, hparams=hparams)

    def __repr__(self) -> str:
        return f"<Sensitivity: {self.title}, {len(self.lrs)} rates>"

    def __str__(self) -> str:
        stable, unstable = self.edge
        middle = sqrt(stable * unstable) if stable > 0 and unstable < inf else unstable
        rows = {"edge of divergence": [f"{middle:.3g}"]}
        if self.problem.minimum is not None:
            rows = {
                "best rate": [f"{self.best:.3g}"],
                "width in decades": [f"{self.width:.3g}"],
                "sensitivity": [f"{self.sensitivity:.3g}"],
                "shortfall": [f"{self.shortfall:.3g}"],
                **rows,
            }
        return text_table(self.title, [f"{len(self.lrs)} rates"], rows)

    def _minimum(self) -> float:
        if self.problem.minimum is None:
            raise ValueError(
                f"a gap needs the minimum of {self.problem.fn.title}, which is not known: give it, "
                "as TestFunction(minimum=...); outcomes, kinds and edge do not need it"
            )
        return self.problem.minimum

    def _known(self, lr: float) -> float:
        if lr not in self.lrs:
            near = min(self.lrs, key=lambda rate: abs(rate - lr))
            raise ValueError(f"lr must be one of the rates, got {lr!r}; the nearest is {near:g}")
        return lr


def sensitivity(
    optimizer: Any,
    test_fn: Any = "beale",
    lrs: Sequence[float] = MANY_RATES,
    *,
    start: Point | None = None,
    budget: int = 200,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> Sensitivity:
    r"""Run an optimizer on a function at many learning rates, and measure its sensitivity.

    The sensitivity is that of Wortsman et al.: the mean over log-uniform rates of
    :math:`\min(f_\text{end}, f(x_0))` minus the lowest of these, divided by :math:`f(x_0) - f^*`.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable
        As for `run`.
    test_fn : str, TestFunction or (callable, domain)
        As for `run`.
    lrs : sequence of float
        Learning rates; eight in each decade from 1e-5 to 1000 if not given.
    start : (float, float), optional
        The start; the function's own if not given.
    budget : int
        Gradient evaluations of every run.
    jobs : int, optional
        Number of processes, as for `sweep`.
    store : Store or path, optional
        Where results are kept, as for `sweep`.
    cluster : str, optional
        Address of a Dask scheduler, as for `sweep`.

    Returns
    -------
    Sensitivity

    Raises
    ------
    TypeError, ValueError
        As for `compare`.

    References
    ----------
    Wortsman et al. (2023), Small-scale proxies for large-scale Transformer training instabilities,
    arXiv:2309.14322, section 2.

    Examples
    --------
    >>> import optgallery as og
    >>> found = og.sensitivity("sgd", "sphere")
    >>> found.edge
    (1.0, 1.33)
    >>> print(found)
    SGD on Sphere       65 rates
    best rate              0.562
    width in decades           2
    sensitivity             0.62
    shortfall               0.62
    edge of divergence      1.15
    """
    asked = plan([optimizer], [test_fn], lrs, steps=1)
    (spec,), (fn,), rates = asked.optimizers, asked.functions, tuple(sorted(asked.lrs))
    check_has_rate("sensitivity", spec)
    budget = check_whole("budget", budget, 1)
    origin = fn.start if start is None else as_point(start, "start")
    check_start(fn, origin)
    problem = Problem(fn, origin, fn)
    request = Request(spec, (problem,), tuple(spec.at_rate(lr) for lr in rates), budget)
    found = compute(
        [request], outcomes_of, what="trying rates", jobs=jobs, store=store, cluster=cluster
    )
    return Sensitivity(spec, problem, rates, budget, Outcomes.of(found, (len(rates),)))
