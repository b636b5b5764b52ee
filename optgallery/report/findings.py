"""Everything that the page says of some optimizers, computed once."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from optgallery.analysis.comparing import RATES, compare
from optgallery.analysis.comparison import Comparison
from optgallery.analysis.sensitivity import MANY_RATES, Sensitivity, sensitivity
from optgallery.analysis.state_size import state_per_parameter
from optgallery.cache.store import Store
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.parallel.distribution import progress
from optgallery.report.capabilities import (
    Remark,
    UnrunnableError,
    failure_words,
    remarks,
    runnable,
)
from optgallery.report.coincidences import Coincidence, coincidences
from optgallery.report.endings import best_ending, holds_at_end
from optgallery.report.invariances import Invariance, invariances
from optgallery.report.step_time import StepTime, step_times
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.sweep import LEARNING_RATES, Sweep, sweep

FUNCTION_NAMES = (
    *("rotated_quadratic", "rosenbrock", "beale", "himmelblau"),
    *("saddle", "gramacy_lee", "ackley", "abs_ravine"),
)
"""The functions of a report: a narrow bowl, two valleys, several minima, a saddle, a plateau,
ripples, and kinks."""

_SENSITIVE = 3  # functions on which many rates are tried
_STABLE = 0.01  # at which invariances are measured if no rate solves anything


@dataclass(frozen=True)
class Plan:
    """What a report is about.

    Attributes
    ----------
    optimizers : tuple of OptimizerSpec
    baselines : tuple of OptimizerSpec
        Entries of the gallery beside which they are shown.
    functions : tuple of TestFunction
    lrs : tuple of float
    steps : int
    jobs : int or None
        Number of processes, as for `sweep`.
    store : Store or None
        Where results are kept.
    starts : int
        The starts on each function in the comparison.
    rates : tuple of float
        The learning rates of the comparison.
    many_rates : tuple of float
        The learning rates at which the end of a run is drawn.
    """

    optimizers: tuple[OptimizerSpec, ...]
    baselines: tuple[OptimizerSpec, ...]
    functions: tuple[TestFunction, ...]
    lrs: tuple[float, ...] = LEARNING_RATES
    steps: int = 200
    jobs: int | None = None
    store: Store | None = None
    starts: int = 3
    rates: tuple[float, ...] = RATES
    many_rates: tuple[float, ...] = MANY_RATES[::2]


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found of one optimizer.

    Attributes
    ----------
    optimizer : OptimizerSpec
        With the capabilities that it turned out to need.
    runs : Sweep
        Of this optimizer alone; at a single rate if it takes none.
    remarks : tuple of Remark
    coincidences : tuple of Coincidence
    invariances : tuple of Invariance
    measured_at : float
        The learning rate at which they were measured.
    times : tuple of StepTime
        Empty if no step could be taken over a layer.
    state : float or None
        Numbers stored for each parameter; None if the state grows with each step.
    not_measured : mapping from str to str
        What could not be measured, and why.
    failure : str
        Why the first of the failed runs failed, with file, line and step; empty if none did.
    """

    optimizer: OptimizerSpec
    runs: Sweep
    remarks: tuple[Remark, ...]
    coincidences: tuple[Coincidence, ...]
    invariances: tuple[Invariance, ...]
    measured_at: float
    times: tuple[StepTime, ...]
    state: float | None
    not_measured: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def settings(self) -> tuple[float | None, ...]:
        """The learning rates, or the values of its own axis."""
        return self.optimizer.values(self.runs.lrs)

    def best(self, fn: TestFunction) -> Trajectory:
        """Return the run on a function that has the best end."""
        return best_run(self.runs, self.optimizer, fn)

    @property
    def solved(self) -> tuple[TestFunction, ...]:
        """The functions whose minimum it reaches at one of the rates, if only in passing."""
        name = self.optimizer.name
        return tuple(
            fn
            for fn in self.runs.functions
            if any(
                self.runs[name, fn.name, setting].outcome.kind == "solved"
                for setting in self.settings
            )
        )

    @property
    def left(self) -> tuple[TestFunction, ...]:
        """The functions whose minimum it reaches, but leaves again at every such rate."""
        return tuple(fn for fn in self.solved if not holds_at_end(self.best(fn)))

    @property
    def failures(self) -> tuple[Trajectory, ...]:
        """The runs in which it raised an exception."""
        return tuple(run for run in self.runs.values() if run.status == "failed")

    @property
    def unstable_from(self) -> Trajectory | None:
        """The first run that diverged or climbed, at the lowest rate at which one did."""
        for setting in sorted(self.settings, key=lambda each: each or 0.0):
            for fn in self.runs.functions:
                run = self.runs[self.optimizer.name, fn.name, setting]
                if run.outcome.kind in ("diverged", "climbed"):
                    return run
        return None


def best_run(runs: Sweep, optimizer: OptimizerSpec, fn: TestFunction) -> Trajectory:
    """Return the run of an optimizer on a function that has the best end, as `best_ending`."""
    settings = sorted(optimizer.values(runs.lrs), key=lambda each: each or 0.0)
    return best_ending(runs[optimizer.name, fn.name, setting] for setting in settings)


@dataclass(frozen=True, eq=False)
class Report:
    """All that the page shows.

    Attributes
    ----------
    plan : Plan
    findings : tuple of Findings
        One for each optimizer that runs.
    baselines : Sweep or None
        The runs of the baselines; None without any.
    comparison : Comparison or None
        Of all of them; None if the minimum of no function is known.
    sensitivities : mapping from str to tuple of Sensitivity
        By the name of a function, those of each optimizer and baseline.
    unrunnable : mapping from str to str
        The titles of the optimizers that take no step, and why.
    """

    plan: Plan
    findings: tuple[Findings, ...]
    baselines: Sweep | None
    comparison: Comparison | None
    sensitivities: Mapping[str, tuple[Sensitivity, ...]]
    unrunnable: Mapping[str, str]


def collect(plan: Plan, tell: Callable[[str], None] | None = None) -> Report:
    """Run everything that a report shows.

    Parameters
    ----------
    plan : Plan
    tell : callable, optional
        Receives a line before each part of the work.

    Returns
    -------
    Report
        Without the optimizers that take no step; `Report.unrunnable` says why.
    """
    tell = tell or _tell_nothing
    specs: list[OptimizerSpec] = []
    needs: dict[str, list[Remark]] = {}
    unrunnable: dict[str, str] = {}
    for spec in plan.optimizers:
        try:
            adapted, needs[spec.name] = runnable(spec)
            specs.append(adapted)
        except UnrunnableError as error:
            unrunnable[spec.title] = str(error)
    if not specs:
        return Report(plan, (), None, None, {}, unrunnable)
    settings = {"jobs": plan.jobs, "store": plan.store}
    with warnings.catch_warnings():
        # the page shows failed runs, and what a class warns of
        warnings.simplefilter("ignore")
        settings_of_all = sum(len(s.values(plan.lrs)) for s in (*specs, *plan.baselines))
        paths = settings_of_all * len(plan.functions)
        tell(f"running {paths} paths")
        sweeps = _sweeps(plan, specs)
        comparable = [fn for fn in plan.functions if _has_height(fn)]
        everyone = [*specs, *plan.baselines]
        comparison = None
        if comparable:
            tell(
                f"comparing at {len(plan.rates)} learning rates, and trying many on a few functions"
            )
            comparison = compare(everyone, comparable, plan.rates, starts=plan.starts, **settings)  # type: ignore[arg-type]
        sensitivities = {
            fn.name: tuple(
                sensitivity(spec, fn, plan.many_rates, **settings)  # type: ignore[arg-type]
                for spec in everyone
                if spec.own_axis is None
            )
            for fn in comparable[:_SENSITIVE]
        }
    tell("measuring what the path depends on, and the time of a step")
    with progress("measuring", "optimizers", len(specs)) as bar:
        found = []
        for spec in specs:
            rate = _typical(comparison, spec)
            found.append(_measure(spec, sweeps[spec.name], needs[spec.name], rate))
            bar.update()
    baselines: Sweep | None = None
    if plan.baselines:
        lrs = _rates(plan, plan.baselines)
        baselines = sweep(plan.baselines, plan.functions, lrs, steps=plan.steps, **settings)  # type: ignore[call-overload]
    return Report(plan, tuple(found), baselines, comparison, sensitivities, unrunnable)


def _tell_nothing(what: str) -> None:
    pass


def _sweeps(plan: Plan, specs: Sequence[OptimizerSpec]) -> dict[str, Sweep]:
    """Run each optimizer on every function at every rate, or value of its own axis."""
    return {
        spec.name: sweep(
            spec,
            plan.functions,
            _rates(plan, [spec]),
            steps=plan.steps,
            jobs=plan.jobs,
            store=plan.store,
        )
        for spec in specs
    }


def _rates(plan: Plan, specs: Sequence[OptimizerSpec]) -> tuple[float, ...]:
    """Return the rates of a sweep, which refuses others than the usual ones if none has a rate."""
    return plan.lrs if any(spec.own_axis is None for spec in specs) else LEARNING_RATES


def _has_height(fn: TestFunction) -> bool:
    return fn.minimum is not None and bool(np.isfinite(fn.minimum))


def _typical(comparison: Comparison | None, spec: OptimizerSpec) -> float:
    """Return the rate at which invariances are measured: a tenth of the typical one, if any.

    A small rate keeps the path away from chaos, where rounding errors grow.
    """
    if comparison is None:
        return _STABLE
    rate = comparison.best_rates()[spec.name]
    return rate / 10 if rate is not None and rate < inf else _STABLE


def _measure(spec: OptimizerSpec, runs: Sweep, needs: Sequence[Remark], rate: float) -> Findings:
    """Measure one optimizer; what it refuses is reported, not raised."""
    not_measured: dict[str, str] = {}
    times: tuple[StepTime, ...] = ()
    state: float | None = None
    try:
        times = step_times(spec)
    except Exception as error:  # an optimizer may refuse a layer in any way
        not_measured["The time of a step"] = _words(error)
    try:
        state = state_per_parameter(spec, spec.at_rate(1e-4))
    except Exception as error:
        not_measured["The size of its state"] = _words(error)
    failed = [each for each in runs.values() if each.status == "failed"]
    return Findings(
        spec,
        runs,
        (*needs, *remarks(spec)),
        coincidences(spec),
        invariances(spec, rate),
        rate,
        times,
        state,
        not_measured,
        failure_words(spec, failed[0]) if failed else "",
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".removesuffix(": ")
