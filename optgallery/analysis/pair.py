"""Two optimizers of a comparison: who solves more, who is faster, and on which functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.comparison import Comparison, rate_widths
from optgallery.analysis.engine import single
from optgallery.analysis.problems import Problem
from optgallery.analysis.profiles import LogRatio, interval, resamples
from optgallery.analysis.robustness import passed, robustness
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.trajectory import Trajectory

Array = NDArray[np.float64]
Two = tuple[float, float]
Group = Literal["only a", "only b", "a faster", "b faster", "equal", "neither"]

GROUPS: tuple[Group, ...] = ("only a", "only b", "a faster", "b faster", "equal", "neither")
"""How two optimizers compare on a function."""

SHORTEST = 10
"""The fewest evaluations in which the faster one of a race solves its problem."""

_HALF = 0.5  # of a function's starts: from as many it must be solved to count as solved
_FACTORS = (4, 2)  # that divide the problems which both solve


class OnFunction(NamedTuple):
    """How two optimizers compare on one function, each at its typical rate.

    Attributes
    ----------
    fn : TestFunction
    group : str
        One of `GROUPS`. An optimizer solves a function if it solves it from half of its starts or
        more.
    solved : (int, int)
        From how many starts each solves it.
    factor : float
        How many times the evaluations of the faster one the other needs, the geometric mean over
        the starts from which both solve it; 1 if there is no such start, NaN unless both solve the
        function.
    """

    fn: TestFunction
    group: Group
    solved: tuple[int, int]
    factor: float


class Race(NamedTuple):
    """A problem that both optimizers solve, one of them much faster.

    Attributes
    ----------
    problem : Problem
    winner : int
        0 or 1: the position of the faster one.
    costs : (int, int)
        The evaluations after which each has solved the problem.
    runs : tuple of Trajectory
        The run of each, up to the evaluation at which the slower one has solved the problem.
    """

    problem: Problem
    winner: int
    costs: tuple[int, int]
    runs: tuple[Trajectory, Trajectory]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two optimizers of a comparison.

    Numbers are pairs, of the first optimizer and of the second. The *typical rate* of an optimizer
    is the one at which it solves most problems; other numbers are at these two rates unless they
    say otherwise.

    Parameters
    ----------
    comparison : Comparison
        The outcomes of two optimizers.

    Raises
    ------
    ValueError
        If it has not two optimizers, if one of them cannot be run here, or if the minimum of a
        function is not known.

    Examples
    --------
    >>> import optgallery as og
    >>> pair = Pair(og.compare(["adam", "sgd"], ["booth", "beale"], [0.03, 0.3], starts=2))
    >>> pair.rates, pair.solved, pair.evaluations
    ((0.3, 0.03), (1.0, 0.75), (30.0, 55.0))
    """

    comparison: Comparison

    def __post_init__(self) -> None:
        c = self.comparison
        if len(c.optimizers) != 2:
            raise ValueError(f"a pair has two optimizers, got {', '.join(c.names)}")
        if elsewhere := [s.title for s in c.optimizers if isinstance(s, ExternalOptimizer)]:
            raise ValueError(
                f"{elsewhere[0]} cannot be run here: its paths were computed elsewhere"
            )
        c.solved()  # raises if a minimum is not known

    @property
    def specs(self) -> tuple[OptimizerSpec, OptimizerSpec]:
        """The two optimizers."""
        a, b = (s for s in self.comparison.optimizers if isinstance(s, OptimizerSpec))
        return a, b

    @property
    def names(self) -> tuple[str, str]:
        """Their names in tables and figures."""
        a, b = self.comparison.names
        return a, b

    @cached_property
    def rates(self) -> tuple[float | None, float | None]:
        """The typical rates; None for an optimizer without a learning rate."""
        best = self.comparison.best_rates()
        return best[self.specs[0].name], best[self.specs[1].name]

    @cached_property
    def costs(self) -> Array:
        """Evaluations until each problem was solved, infinite if not; of shape (2, problems)."""
        return self.comparison.costs()

    @cached_property
    def solved(self) -> Two:
        """The shares of problems solved."""
        return _two(np.isfinite(self.costs).mean(1))

    @cached_property
    def solved_each(self) -> Two:
        """The shares of problems solved if each problem has the rate that is best for it."""
        return _two(np.isfinite(self.comparison.costs("each")).mean(1))

    @cached_property
    def robust(self) -> Two:
        """The shares of problems solved at a rate drawn at random."""
        return _two(robustness(self.comparison))

    @cached_property
    def widths(self) -> Two:
        """How many decades of rates solve a problem, in the median of those solved at all."""
        table = self.comparison.sensitivity()
        return _two(table.values[:, table.columns.index("width")])

    @cached_property
    def diverged(self) -> Two:
        """The shares of problems on which each diverged."""
        return self._at_typical(self.comparison.ended("diverged").share)

    @cached_property
    def left(self) -> Two:
        """The shares of problems that each solved on its way, and had left again at the end."""
        return self._at_typical(self._passed.mean(-1))

    @cached_property
    def solved_difference(self) -> Two:
        """A 95 % interval of the difference of `solved`, of the first minus the second.

        It comes from a bootstrap over the functions, since the starts on a function are alike.
        """
        return self._interval(np.isfinite(self.costs).astype(float))

    @cached_property
    def robust_difference(self) -> Two:
        """The interval of the difference of `robust`."""
        weights = rate_widths(self.comparison.lrs)
        solved = self.comparison.outcomes.is_kind("solved")
        return self._interval(np.einsum("r,orp->op", weights / weights.sum(), solved))

    @cached_property
    def both(self) -> int:
        """The number of problems that both solved."""
        return int(np.isfinite(self.costs).all(0).sum())

    @cached_property
    def evaluations(self) -> Two:
        """The median evaluations on the problems that both solved; NaN if there are none."""
        shared = self.costs[:, np.isfinite(self.costs).all(0)]
        return _two(np.median(shared, axis=1)) if shared.size else (np.nan, np.nan)

    @cached_property
    def speed_difference(self) -> Two:
        """The interval of the mean log ratio of their costs, on the problems that both solved."""
        logs = np.log2(np.where(np.isfinite(self.costs).all(0), self.costs, np.nan))
        return self._interval(logs)

    @cached_property
    def ratio(self) -> LogRatio:
        """The factors between them, problem by problem."""
        a, b = self.specs
        return self.comparison.log_ratio(a.name, b.name)

    @cached_property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Count the problems by who solves them, and by which factor.

        Returns
        -------
        tuple of (str, int)
            What it is in words, and how many; together all problems.
        """
        values, (a, b) = self.ratio.values, self.names
        high, low = _FACTORS
        edges = np.log2([low, high])
        finite = np.isfinite(values)
        rows: list[tuple[str, int]] = []
        for name, side in ((a, -values), (b, values)):
            own = [
                (f"only {name}", int((np.isinf(side) & (side > 0)).sum())),
                (f"{name}, {high} times as fast or more", int((side[finite] >= edges[1]).sum())),
                (
                    f"{name}, {low} to {high} times as fast",
                    int(((side[finite] >= edges[0]) & (side[finite] < edges[1])).sum()),
                ),
                (
                    f"{name}, less than {low} times as fast",
                    int(((side[finite] > 0) & (side[finite] < edges[0])).sum()),
                ),
            ]
            rows += own if name == a else [("both equally fast", self.ratio.wins[2]), *own[::-1]]
        return (*rows, ("neither", self.ratio.neither))

    @cached_property
    def functions(self) -> tuple[OnFunction, ...]:
        """How they compare on each function, in the order of the comparison."""
        return tuple(self._on_functions())

    def group(self, group: Group) -> list[OnFunction]:
        """Return the functions of a group, the clearest ones first."""
        own = [each for each in self.functions if each.group == group]
        if group.startswith("only"):
            return sorted(own, key=lambda each: -abs(each.solved[0] - each.solved[1]))
        return sorted(own, key=lambda each: -each.factor) if "faster" in group else own

    def race(self, winner: int) -> Race | None:
        """Return the problem that shows best how one of the two is faster.

        Of the problems that both solve, and that the winner solves in `SHORTEST` evaluations or
        more and does not leave again, it is the one on which it is faster by the largest factor.

        Parameters
        ----------
        winner : {0, 1}
            The position of the winner.

        Returns
        -------
        Race or None
            None if there is no such problem.
        """
        costs, own = self.costs, self.costs[winner]
        row = self._place(self.rates[winner])
        fit = np.isfinite(costs).all(0) & (own >= SHORTEST) & (own < costs[1 - winner])
        fit &= ~self._passed[winner, row]
        if not fit.any():
            return None
        factors = np.where(fit, costs[1 - winner] / np.where(fit, own, 1), 0)
        place = int(factors.argmax())
        problem, budget = self.comparison.problems[place], int(costs[1 - winner, place])
        first, second = (
            single(spec, problem, {} if lr is None else spec.at_rate(lr), budget)
            for spec, lr in zip(self.specs, self.rates, strict=True)
        )
        return Race(problem, winner, (int(costs[0, place]), int(costs[1, place])), (first, second))

    @cached_property
    def _passed(self) -> NDArray[np.bool_]:
        return passed(self.comparison)

    def _on_functions(self) -> Iterator[OnFunction]:
        for fn in self.comparison.functions:
            own = self.costs[:, self._columns(fn)]
            solved = np.isfinite(own)
            counts = (int(solved[0].sum()), int(solved[1].sum()))
            a, b = (bool(share >= _HALF) for share in solved.mean(1))
            if not (a and b):
                group: Group = "only a" if a else "only b" if b else "neither"
                yield OnFunction(fn, group, counts, np.nan)
                continue
            # none is shared if they solve it from other starts
            shared = np.log2(own[:, solved.all(0)])
            ratio = float((shared[0] - shared[1]).mean()) if shared.size else 0.0
            group = "a faster" if ratio < 0 else "b faster" if ratio > 0 else "equal"
            yield OnFunction(fn, group, counts, 2 ** abs(ratio))

    def _place(self, lr: float | None) -> int:
        """Return the position of a rate; without one, all have the same outcomes."""
        return 0 if lr is None else self.comparison.lrs.index(lr)

    def _at_typical(self, shares: Array) -> Two:
        rows = [self._place(lr) for lr in self.rates]
        return float(shares[0, rows[0]]), float(shares[1, rows[1]])

    def _interval(self, values: Array) -> Two:
        """Return the interval of a difference of means, from values of shape (2, problems).

        Problems without a value, NaN, do not count.
        """
        functions, each = self.comparison.functions, values[0] - values[1]
        known = np.isfinite(each)
        sums = [np.where(known, each, 0.0)[self._columns(fn)].sum() for fn in functions]
        counts = [known[self._columns(fn)].sum() for fn in functions]
        drawn = resamples(len(functions), 0)
        weights = drawn @ np.array(counts, float)
        some = weights > 0
        if not some.any():
            return -np.inf, np.inf
        low, high = interval((drawn @ np.array(sums))[some] / weights[some])
        return float(low), float(high)

    def _columns(self, fn: TestFunction) -> list[int]:
        return [k for k, problem in enumerate(self.comparison.problems) if problem.of == fn]


def _two(values: Array) -> Two:
    return float(values[0]), float(values[1])
