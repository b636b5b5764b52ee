"""Comparison: outcomes of optimizers on many problems, and their statistics."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis import profiles
from optgallery.analysis.engine import single, steps_for
from optgallery.analysis.outcomes import Outcomes
from optgallery.analysis.problems import Problem, height
from optgallery.analysis.profiles import LogRatio, Profile, interval, resamples
from optgallery.analysis.tables import Table
from optgallery.arguments import check_whole
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.registry import UnknownNameError
from optgallery.runs.code import run_code
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.outcome import KINDS
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.tables import as_csv, row_titles

if TYPE_CHECKING:
    import pandas as pd

Rate: TypeAlias = float | Literal["best", "each"] | Mapping[str, float]
"""The learning rate to use: one for all, each optimizer's best, or each problem's best."""

Array = NDArray[np.float64]
Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Outcomes of optimizers at several learning rates on a set of problems.

    A run that diverges or fails counts as having reached no target. Costs are gradient evaluations.
    Confidence intervals come from a bootstrap over the problems.

    Attributes
    ----------
    optimizers : tuple of OptimizerSpec
    lrs : tuple of float
        An optimizer without a learning rate has the same outcomes at all of them: those of its
        single run on each problem.
    problems : tuple of Problem
        Each a shifted function and a start.
    budget : int
        Gradient evaluations of every run.
    outcomes : Outcomes
        Arrays of shape (optimizers, lrs, problems).

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare(["sgd", "adamw"], ["booth", "beale"], [0.01, 0.1, 1.0], starts=2)
    >>> c.solved()["AdamW", "lr 1"]
    3.0
    >>> print(c.code("adamw", "booth/1", 0.1))
    import optgallery as og
    <BLANKLINE>
    trajectory = og.run("adamw", og.functions.shifted("booth", dx=7.4, dy=-4.6), steps=200, \
start=(2.498, -13.203), lr=0.1)
    og.animate(trajectory).show()
    """

    optimizers: tuple[OptimizerSpec | ExternalOptimizer, ...]
    lrs: tuple[float, ...]
    problems: tuple[Problem, ...]
    budget: int
    outcomes: Outcomes

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the optimizers in tables and figures."""
        return tuple(row_titles((spec.name, spec.title) for spec in self.optimizers).values())

    def has_rate(self, optimizer: str) -> bool:
        """Whether an optimizer, by its name, has a learning rate.

        One without has a single run on each problem, at its default settings, whose outcome stands
        at every rate.
        """
        return self._has_rate(self.optimizers[self._row(optimizer)])

    @staticmethod
    def _has_rate(spec: OptimizerSpec | ExternalOptimizer) -> bool:
        return isinstance(spec, ExternalOptimizer) or spec.own_axis is None

    @property
    def functions(self) -> tuple[TestFunction, ...]:
        """The functions, as they were before they were shifted."""
        return tuple(dict.fromkeys(problem.of for problem in self.problems))

    def select(
        self,
        *,
        optimizers: Sequence[str] | None = None,
        functions: Sequence[str] | None = None,
        lrs: Sequence[float] | None = None,
        starts: Sequence[int] | None = None,
    ) -> "Comparison":
        """Return the part of the comparison with some optimizers, functions, rates or starts.

        Parameters
        ----------
        optimizers, functions : sequence of str, optional
            Names.
        lrs : sequence of float, optional
        starts : sequence of int, optional
            Numbers of starts; 0 is a function's own.

        Raises
        ------
        ValueError
            If a name or a rate is not in the comparison.
        """
        specs = [s.name for s in self.optimizers]
        rows = _chosen("optimizers", specs, optimizers)
        rates = _chosen("learning rates", list(self.lrs), lrs)
        fns = [fn.name for fn in self.functions]
        wanted = {fns[i] for i in _chosen("functions", fns, functions)}
        known = sorted({problem.number for problem in self.problems})
        numbers = {known[i] for i in _chosen("starts", known, starts)}
        columns = [
            i
            for i, problem in enumerate(self.problems)
            if problem.of.name in wanted and problem.number in numbers
        ]
        return replace(
            self,
            optimizers=tuple(self.optimizers[i] for i in rows),
            lrs=tuple(self.lrs[i] for i in rates),
            problems=tuple(self.problems[i] for i in columns),
            outcomes=self.outcomes[np.ix_(rows, rates, columns)],
        )

    def ended(self, kind: str) -> Table:
        """Count the problems on which each optimizer ended in one way, at each rate.

        Parameters
        ----------
        kind : {"solved", "unsolved", "climbed", "diverged", "failed"}
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
        if kind in ("solved", "unsolved"):
            self._check_minima(f"ended({kind!r})")
        counts = self.outcomes.is_kind(kind).sum(-1).astype(float)
        columns = tuple(f"lr {lr:g}" for lr in self.lrs)
        return Table(
            kind,
            self.names,
            columns,
            counts,
            lrs=self.lrs,
            of=len(self.problems),
            constant=tuple(not self._has_rate(spec) for spec in self.optimizers),
        )

    def solved(self) -> Table:
        """Count the problems that each optimizer solved at each rate."""
        return self.ended("solved")

    def best_rates(self) -> dict[str, float | None]:
        """Return the rate at which each optimizer solved most problems, by its name.

        If several rates are tied, it is the middle one. It is None for an optimizer that has no
        learning rate.
        """
        solved = self.solved().values
        return {
            spec.name: self.lrs[_middle(np.flatnonzero(row == row.max()), self.lrs)]
            if self._has_rate(spec)
            else None
            for spec, row in zip(self.optimizers, solved, strict=True)
        }

    def costs(self, rate: Rate = "best") -> Array:
        """Return the cost at which each optimizer solved each problem.

        Parameters
        ----------
        rate : float, {"best", "each"} or mapping
            One rate for all optimizers; ``"best"``, for each optimizer the rate at which it solves
            most problems; ``"each"``, for each problem the fastest rate; or rates by the names of
            optimizers.

        Returns
        -------
        array of shape (optimizers, problems)
            Gradient evaluations; infinite if a problem was not solved.
        """
        self._check_minima("a cost")
        return self._at(rate, self._costs())

    def hits(self, rate: Rate = "best") -> Array:
        """Return the cost at which each optimizer reached each of `TARGETS`.

        Parameters
        ----------
        rate
            As for `costs`; ``"each"`` takes the best rate of each (problem, target) pair.

        Returns
        -------
        array of shape (optimizers, problems, 51)
            Gradient evaluations; infinite if a target was not reached.
        """
        self._check_minima("a target")
        self._check_heights()
        hits = np.where(self.outcomes.hits < 0, inf, self.outcomes.hits)
        hits[self._stopped()] = inf
        return self._at(rate, hits)

    def data_profile(self, rate: Rate = "best", *, seed: int = 0) -> Profile:
        """Return the share of problems that each optimizer has solved within a cost.

        Parameters
        ----------
        rate
            As for `costs`.
        seed : int
            Seed of the bootstrap.
        """
        return profiles.data_profile(self.costs(rate), self.names, self.budget, seed=seed)

    def performance_profile(
        self, reference: str | None = None, rate: Rate = "best", *, seed: int = 0
    ) -> Profile:
        """Return the share of problems on which each optimizer is within a factor of the fastest.

        Parameters
        ----------
        reference : str, optional
            The name of an optimizer whose cost is the unit, instead of the lowest cost of any. A
            curve then does not depend on which other optimizers are compared.
        rate, seed
            As for `data_profile`.
        """
        place = None if reference is None else self._row(reference)
        return profiles.performance_profile(
            self.costs(rate), self.names, reference=place, seed=seed
        )

    def ecdf(self, rate: Rate = "best", *, seed: int = 0) -> Profile:
        """Return the share of (problem, target) pairs that each optimizer reached within a cost.

        Parameters
        ----------
        rate, seed
            As for `data_profile`.
        """
        return profiles.ecdf(self.hits(rate), self.names, self.budget, seed=seed)

    def log_ratio(self, a: str, b: str, rate: Rate = "best") -> LogRatio:
        """Compare two optimizers problem by problem.

        Parameters
        ----------
        a, b : str
            Their names.
        rate
            As for `costs`.
        """
        costs, rows = self.costs(rate), [self._row(a), self._row(b)]
        if rows[0] == rows[1]:
            raise ValueError(f"log_ratio() compares two optimizers, got {a!r} twice")
        names = (self.names[rows[0]], self.names[rows[1]])
        titles = [problem.title for problem in self.problems]
        return profiles.log_ratio(costs[rows[0]], costs[rows[1]], names, titles)

    def remaining(self) -> Array:
        """Return the share of the way to the minimum that remained at the end of each run.

        Returns
        -------
        array of shape (optimizers, lrs, problems)
            The gap to the minimum at the end divided by that at the start, at most 1: 0 at the
            minimum, 1 for a run without progress.
        """
        self._check_minima("what remains")
        minima = np.array([problem.minimum for problem in self.problems], float)
        first = self.outcomes.first - minima
        gap = np.where(self._stopped() | ~self.outcomes.inside, inf, self.outcomes.last - minima)
        with np.errstate(invalid="ignore"):
            share = np.clip(gap, 0.0, first) / first
        return np.where(first > 0, share, 0.0)

    def sensitivity(self, *, seed: int = 0) -> Table:
        """Return how strongly each optimizer depends on its learning rate.

        Returns
        -------
        Table
            With the columns ``rate``, the best one; ``solved``, the share of problems solved at it;
            ``width``, the number of decades of rates at which a problem is solved, the median over
            the problems that the optimizer solves at all; ``sensitivity``, the mean of `remaining`
            over the rates minus its lowest value, 0 if all rates do as well as the best; and
            ``shortfall``, the mean of `remaining` itself, 0 if every rate works and 1 if none does.
            An optimizer without a learning rate has NaN as ``rate`` and ``width``. The columns
            ``solved``, ``sensitivity`` and ``shortfall`` are means over the problems,
            with confidence intervals.

        See Also
        --------
        optgallery.sensitivity : One optimizer on one function, at many rates.
        """
        remaining, weights = self.remaining(), rate_widths(self.lrs)
        per_rate = weights / weights.sum()
        shortfall = np.einsum("r,orp->op", per_rate, remaining)
        sensitivity = shortfall - remaining.min(1)
        solved = np.isfinite(self._costs())
        decades = np.einsum("r,orp->op", weights, solved)
        at_best = np.isfinite(self.costs("best")).astype(float)
        best = self.best_rates()
        drawn = resamples(len(self.problems), seed)
        values, low, high = (np.full((len(self.optimizers), 5), np.nan) for _ in range(3))
        for i, spec in enumerate(self.optimizers):
            rate = best[spec.name]
            if rate is not None:
                values[i, 0] = rate
                own = decades[i][solved[i].any(0)]
                values[i, 2] = np.median(own) if len(own) else 0.0
            for j, each in ((1, at_best[i]), (3, sensitivity[i]), (4, shortfall[i])):
                values[i, j] = each.mean()
                low[i, j], high[i, j] = interval(drawn @ each)
        columns = ("rate", "solved", "width", "sensitivity", "shortfall")
        return Table("by learning rate", self.names, columns, values, low, high)

    def expected_best(self, k: int | Sequence[int], *, seed: int = 0) -> Table:
        """Return the expected result of the best of k randomly chosen learning rates.

        Parameters
        ----------
        k : int or sequence of int
            Number of trials: 1 means an optimizer that is not tuned.
        seed : int
            Seed of the bootstrap.

        Returns
        -------
        Table
            The expected lowest `remaining`, averaged over the problems; a column for each k.
        """
        trials = [k] if isinstance(k, (int, np.integer)) else list(k)
        trials = [check_whole("k", each, 1) for each in trials]
        if not trials:
            raise ValueError("k must be one or more whole numbers >= 1, got none")
        remaining = np.moveaxis(self.remaining(), 1, -1)
        drawn = resamples(len(self.problems), seed)
        found = [profiles.expected_best(remaining, each) for each in trials]
        limits = [interval(drawn @ each.T) for each in found]
        return Table(
            "expected best",
            self.names,
            tuple(f"k = {each}" for each in trials),
            np.stack([each.mean(1) for each in found], axis=1),
            np.stack([low for low, _ in limits], axis=1),
            np.stack([high for _, high in limits], axis=1),
        )

    def average_running_time(self, rate: Rate = "best") -> Table:
        """Return COCO's average running time on each function, with its starts as the trials.

        Parameters
        ----------
        rate
            As for `costs`, but not ``"each"``.

        Returns
        -------
        Table
            Expected gradient evaluations until a function is solved, if a run that fails is
            followed by one from another start; infinite if no run solves it.
        """
        if isinstance(rate, str) and rate == "each":
            raise ValueError('trials on a function have one rate, "best" or a number, got "each"')
        costs, spent = self.costs(rate), self._at(rate, self.outcomes.spent.astype(float))
        columns = [
            [i for i, problem in enumerate(self.problems) if problem.of == fn]
            for fn in self.functions
        ]
        values = [profiles.average_running_time(costs[:, own], spent[:, own]) for own in columns]
        titles = tuple(fn.title for fn in self.functions)
        return Table("average running time", self.names, titles, np.stack(values, axis=1))

    def censored(self) -> tuple[float, tuple[str, ...]]:
        """Return how often the best rate is the lowest or the highest one.

        Returns
        -------
        share : float
            Of all pairs of an optimizer and a problem that is solved at some rate, the share whose
            fastest rate, or the middle one if several are tied, is the lowest or the highest.
        insensitive : tuple of str
            The optimizers that were left out because they hardly depend on the rate: the median
            problem that they solve at all is solved over at least nine tenths of the range of
            rates.
        """
        self._check_minima("censored()")
        costs, widths = self._costs(), rate_widths(self.lrs)
        ends, pairs, insensitive = 0, 0, []
        for spec, name, own in zip(self.optimizers, self.names, costs, strict=True):
            if not self._has_rate(spec):
                continue
            solved = np.isfinite(own)
            decades = widths @ solved[:, solved.any(0)]
            if len(decades) and np.median(decades) >= 0.9 * widths.sum():
                insensitive.append(name)
                continue
            for each in own.T[np.isfinite(own).any(0)]:
                pairs += 1
                best = _middle(np.flatnonzero(each == each.min()), self.lrs)
                ends += self.lrs[best] in (min(self.lrs), max(self.lrs))
        return (ends / pairs if pairs else 0.0), tuple(insensitive)

    def problem(self, name: str) -> Problem:
        """Return a problem by its name, such as ``"beale/2"``; ``"beale"`` means its own start."""
        for problem in self.problems:
            if name in (problem.name, problem.of.name):
                return problem
        raise UnknownNameError(
            f"{name!r} is not a problem of this comparison; it has functions "
            f"{', '.join(fn.name for fn in self.functions)}, and starts as in "
            f"{self.problems[0].name!r}"
        )

    def run(self, optimizer: str, problem: str, lr: float | None = None) -> Trajectory:
        """Repeat one run of the comparison, and return its trajectory.

        Parameters
        ----------
        optimizer, problem : str
            Names, such as ``"adamw"`` and ``"beale/2"``.
        lr : float, optional
            One of the rates; not needed for an optimizer that has none.
        """
        spec = self._runnable(optimizer)
        return single(spec, self.problem(problem), self._setting(spec, lr), self.budget)

    def code(self, optimizer: str, problem: str, lr: float | None = None) -> str:
        """Return the lines that repeat one run of the comparison bit for bit.

        If a step may cost several evaluations, the code takes the largest number of steps that the
        budget may allow, and the outcome counts only the steps within the budget.

        Parameters
        ----------
        optimizer, problem, lr
            As for `run`.
        """
        spec, chosen = self._runnable(optimizer), self.problem(problem)
        hparams = self._setting(spec, lr)
        steps = steps_for(spec, self.budget)
        start = {"start": chosen.start} if chosen.start != chosen.fn.start else {}
        arguments = {"steps": steps, **start}
        return run_code(spec, chosen.fn, arguments=arguments, hparams=hparams)

    def _setting(self, spec: OptimizerSpec, lr: float | None) -> dict[str, Any]:
        """Return a rate as hyper-parameters: none for an optimizer without a learning rate."""
        if not self._has_rate(spec):
            return {}
        return spec.at_rate(self.lrs[self._rate(lr)])

    def _runnable(self, optimizer: str) -> OptimizerSpec:
        """Return an optimizer by its name, unless its paths were computed elsewhere."""
        spec = self.optimizers[self._row(optimizer)]
        if isinstance(spec, ExternalOptimizer):
            raise ValueError(f"{spec.title} cannot be run here: its paths were computed elsewhere")
        return spec

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the row of each run: its cell, its outcome, its costs and values."""
        o = self.outcomes
        for (i, j, k), kind in np.ndenumerate(o.kind):
            has_rate = self._has_rate(self.optimizers[i])
            if j and not has_rate:
                continue  # it is the same run
            problem = self.problems[k]
            known = problem.minimum is not None
            yield {
                "optimizer": self.optimizers[i].name,
                "function": problem.of.name,
                "start": problem.number,
                "lr": self.lrs[j] if has_rate else None,
                "x": problem.start[0],
                "y": problem.start[1],
                "outcome": KINDS[kind],
                "evaluations": int(o.cost[i, j, k]) if KINDS[kind] == "solved" else None,
                "spent": int(o.spent[i, j, k]),
                "targets": int((o.hits[i, j, k] >= 0).sum()) if known else None,
                "first": float(o.first[i, j, k]),
                "last": float(o.last[i, j, k]),
                "best": float(o.best[i, j, k]),
                "minimum": problem.minimum,
            }

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a table with a row for each run, as a pandas DataFrame.

        The columns are ``optimizer``, ``function``, ``start`` (its number) and ``lr``, which
        identify the run (``lr`` is missing for an optimizer without a learning rate); ``x`` and
        ``y``, the start; ``outcome``; ``evaluations`` until it solved the problem (missing if it
        did not), and the total number ``spent``; ``targets``, how many of the 51 it reached; its
        ``first``, ``last`` and ``best`` value; and the function's ``minimum``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError(
                "to_dataframe() needs pandas: install it with `pip install optgallery[pandas]`, "
                "or use to_csv()"
            ) from None
        table = pd.DataFrame(list(self.rows()))
        kinds = {"lr": "float64", "evaluations": "Int64", "targets": "Int64", "minimum": "float64"}
        return table.astype(kinds)

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the same table as CSV, and optionally write it to a file.

        Parameters
        ----------
        path : path, optional
            The file to write, if any.
        """
        text = as_csv(self.rows())
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def __repr__(self) -> str:
        starts = len(self.problems) / len(self.functions)
        return (
            f"<Comparison: {len(self.optimizers)} optimizers x {len(self.lrs)} learning rates x "
            f"{len(self.problems)} problems ({len(self.functions)} functions, {starts:g} starts "
            f"each), {self.budget} evaluations>"
        )

    def __str__(self) -> str:
        """Return a table of what each optimizer solves, at which rate, and its sensitivity."""
        return str(self._summary())

    def _repr_html_(self) -> str:
        return self._summary()._repr_html_()

    def _summary(self) -> Table:
        title = f"{len(self.problems)} problems"
        if not self._without_minimum():
            return replace(self.sensitivity(), title=title)
        columns = ("climbed", "diverged", "failed")
        counts = np.stack([self.ended(kind).values.min(1) for kind in columns], axis=1)
        return Table(
            f"{title}, at the best rate", self.names, columns, counts, of=len(self.problems)
        )

    def _costs(self) -> Array:
        costs: Array = np.where(self.outcomes.is_kind("solved"), self.outcomes.cost, inf)
        return costs

    def _stopped(self) -> NDArray[np.bool_]:
        return self.outcomes.is_kind("diverged", "failed")

    def _at(self, rate: Rate, values: Array) -> Array:
        """Select one rate of each optimizer in values of shape (optimizers, lrs, problems, ...)."""
        if isinstance(rate, str):
            if rate == "each":
                fastest: Array = values.min(1)
                return fastest
            if rate != "best":
                raise ValueError(
                    f'rate must be a number, "best", "each" or a mapping, got {rate!r}'
                )
            rates: Mapping[str, float | None] = self.best_rates()
        elif isinstance(rate, Mapping):
            rates = rate
        else:
            rates = dict.fromkeys((spec.name for spec in self.optimizers), rate)
        with_rate = [spec.name for spec in self.optimizers if self._has_rate(spec)]
        if missing := [name for name in with_rate if name not in rates]:
            raise ValueError(f"rate lacks {', '.join(missing)}")
        places = [
            self._rate(rates[spec.name]) if self._has_rate(spec) else 0 for spec in self.optimizers
        ]
        found: Array = values[np.arange(len(places)), places]
        return found

    def _rate(self, lr: Any) -> int:
        if lr not in self.lrs:
            raise ValueError(
                f"rate must be one of {', '.join(map('{:g}'.format, self.lrs))}, got {lr!r}"
            )
        return self.lrs.index(lr)

    def _row(self, optimizer: str) -> int:
        names = [spec.name for spec in self.optimizers]
        for known in (names, list(self.names)):
            if optimizer in known:
                return known.index(optimizer)
        raise UnknownNameError(f"{optimizer!r} is not compared; there are {', '.join(names)}")

    def _without_minimum(self) -> list[str]:
        return [fn.name for fn in self.functions if Problem(fn, fn.start, fn).minimum is None]

    def _check_minima(self, what: str) -> None:
        if names := self._without_minimum():
            raise ValueError(
                f"{what} needs the minimum of every function, and that of {', '.join(names)} is "
                "not known: give it, as TestFunction(minimum=...), or leave them out with "
                "select(functions=[...]); ended('diverged'), ended('climbed') and to_csv() do "
                "without"
            )

    def _check_heights(self) -> None:
        if flat := [fn.name for fn in self.functions if not height(fn) > 0]:
            raise ValueError(
                f"targets are shares of a function's height, and {', '.join(flat)} has none: half "
                "of its domain does not lie above its minimum; leave it out with select()"
            )


def rate_widths(lrs: Sequence[float]) -> Array:
    """Return the width in decades of the interval around each rate, halfway to its neighbours.

    The intervals of the first and the last rate are symmetric. Equally spaced rates have equal
    widths, so that a mean weighted by them is a mean over log-uniform rates.

    Examples
    --------
    >>> rate_widths([0.01, 0.1, 1.0]).round(12).tolist(), rate_widths([0.1]).tolist()
    ([1.0, 1.0, 1.0], [1.0])
    """
    order = np.argsort(lrs)
    exponents = np.log10(np.asarray(lrs, float))[order]
    widths = np.ones(len(exponents))
    if len(exponents) > 1:
        steps = np.diff(exponents)
        widths = (np.append(steps[0], steps) + np.append(steps, steps[-1])) / 2
    found = np.empty_like(widths)
    found[order] = widths
    return found


def _chosen(what: str, known: list[Value], asked: Sequence[Value] | None) -> list[int]:
    if asked is None:
        return list(range(len(known)))
    single = isinstance(asked, (str, int, float))
    asked = [asked] if single else list(asked)  # type: ignore[list-item]
    unknown = [each for each in asked if each not in known]
    if unknown or not asked:
        raise ValueError(f"{what} must be some of {known}, got {unknown or asked}")
    return [known.index(each) for each in asked]


def _middle(places: NDArray[np.intp], lrs: Sequence[float]) -> int:
    """Return the position of the median rate, the lower one of two."""
    ordered = sorted(places.tolist(), key=lambda i: lrs[i])
    return int(ordered[(len(ordered) - 1) // 2])
