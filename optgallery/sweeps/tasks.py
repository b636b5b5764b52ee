"""Divide the runs of a sweep into tasks, and compute them over processes or a cluster."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from itertools import groupby, product
from math import nan
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.parallel.distribution import map_once
from optgallery.parallel.processes import ProcessExit
from optgallery.problems.base import MatrixProblem
from optgallery.runs.additions import NOTHING, Additions
from optgallery.runs.batched import gains_from_batching, is_entry, run_grid
from optgallery.runs.matrix_run import run_from_own_start
from optgallery.runs.matrix_trajectory import MatrixTrajectory
from optgallery.runs.run import attempt
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.across import HParam, with_hparam
from optgallery.sweeps.trajectory_cache import Result

_MAX_ITERATES = 400_000  # of a task, about twenty megabytes
_MAX_SECONDS = 3.0  # of a task, since an interrupt loses unfinished tasks
# seconds per step: for evaluating a function in a batch, for an elementwise optimizer on all
# functions, and for another optimizer on each function
_FUNCTION, _ELEMENTWISE, _LAYERWISE, _OTHERS = 1.2e-4, 6e-4, 4.5e-4, 1.1e-3
_MAX_CRASHES = 12  # if the first runs of an optimizer all end their process, the others are skipped

CellName: TypeAlias = tuple[Any, ...]
"""Names of an optimizer and of a function, a learning rate, and perhaps a further value.

In place of the learning rate stands the value of an optimizer's own axis."""


class Run(NamedTuple):
    """The optimizer, function and learning rate of one run, and perhaps a hyper-parameter.

    Of an optimizer with an axis of its own, ``setting`` is a value of it, not a learning rate.
    """

    spec: OptimizerSpec
    fn: TestFunction | MatrixProblem
    setting: float | None
    hparam: HParam | None = None

    @property
    def cell(self) -> CellName:
        """What identifies the run in a sweep."""
        names = self.spec.name, self.fn.name, self.setting
        return names if self.hparam is None else (*names, self.hparam[1])


class Task(NamedTuple):
    """Runs that one process computes: every optimizer on every function at every rate.

    The settings are learning rates, or of a single optimizer the values of its own axis.
    """

    specs: tuple[OptimizerSpec, ...]
    fns: tuple[TestFunction | MatrixProblem, ...]
    settings: tuple[float | None, ...]
    hparam: HParam | None = None

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order of their results."""
        runs = product(self.specs, self.fns, self.settings)
        return [Run(spec, fn, setting, self.hparam) for spec, fn, setting in runs]


def compute(
    runs: Iterable[Run],
    steps: int,
    additions: Additions = NOTHING,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
) -> Generator[tuple[Run, Result], None, None]:
    """Compute runs over processes or a cluster, and yield each result as soon as it arrives.

    If a process ends, the unfinished runs of its task are repeated one by one: only a run that ends
    its process again is "failed". If that process was killed, the run is tried once more while no
    other is running, since the system may have killed it for lack of memory.

    Parameters
    ----------
    runs : iterable of Run
        In the order optimizer, function, hyper-parameter, rate.
    steps : int
        Number of steps of every run.
    additions : Additions
        What every run adds to the plain loop.
    jobs : int, optional
        Number of processes; one for each processor if not given. With 1, runs are computed in this
        process, which an optimizer can then end.
    cluster : str, optional
        Address of a Dask scheduler.
    """
    compute_tasks = partial(_compute_tasks, steps=steps, additions=additions, cluster=cluster)
    crashed: list[Run] = []
    isolate = cluster is None and jobs is not None and jobs > 1
    tasks = divide(runs, steps, batched=not additions)
    for run, result in compute_tasks(tasks, jobs=jobs, isolate=isolate):
        if isinstance(result, ProcessExit):
            crashed.append(run)
        else:
            yield run, result
    if crashed:  # a first step loads modules for a second or two; forked processes inherit them
        attempt(OPTIMIZERS["sgd"], FUNCTIONS["sphere"], steps=1, lr=0.1)
    for last_attempt in (False, True):
        killed: list[Run] = []
        compute_isolated = partial(compute_tasks, jobs=1 if last_attempt else jobs, isolate=True)
        for run, result in _compute_one_by_one(crashed, compute_isolated):
            if not isinstance(result, ProcessExit):
                yield run, result
            elif result.killed and not last_attempt:
                killed.append(run)
            else:
                yield run, Result(_failed_at_start(run, steps, result.reason, additions))
        crashed = killed


def run_task(task: Task, steps: int, additions: Additions = NOTHING) -> Iterator[Result]:
    """Compute a task, in one batch if all optimizers gain from it, and yield the results."""
    batched: dict[CellName, Trajectory] = {}
    functions = all(isinstance(fn, TestFunction) for fn in task.fns)
    if (
        functions
        and not additions
        and _is_batched(task.hparam)
        and all(map(_gains_from_batching, task.specs))
    ):
        with suppress(Exception):  # single runs raise a function's exception again
            batched = _run_together(task, steps)
    for run in task.runs:
        computed = batched.pop(run.cell, None)
        yield Result(computed or _run_alone(run, steps, additions))


def _run_together(task: Task, steps: int) -> dict[CellName, Trajectory]:
    """Compute a task in one batch; runs that have to be computed one by one are missing."""
    fns = [fn for fn in task.fns if isinstance(fn, TestFunction)]
    rates = [setting for setting in task.settings if setting is not None]
    if task.hparam is None:
        return {**run_grid(task.specs, fns, rates, steps=steps)}
    # an optimizer is built with the same settings, whether as defaults of its entry or beside them
    name, value = task.hparam
    varied = [replace(spec, defaults={**spec.defaults, name: value}) for spec in task.specs]
    found = run_grid(varied, fns, rates, steps=steps)
    return {
        run.cell: replace(
            found[run.cell[:3]],
            optimizer=run.spec,
            hparams=with_hparam(run.spec, run.setting, run.hparam),
        )
        for run in task.runs
        if run.cell[:3] in found
    }


def _run_alone(run: Run, steps: int, additions: Additions) -> Trajectory | MatrixTrajectory:
    """Compute one run; if the optimizer raises an exception, it is "failed"."""
    hparams = with_hparam(run.spec, run.setting, run.hparam)
    single = run_from_own_start(run.spec, run.fn, steps, hparams=hparams, additions=additions)
    try:
        return single.take_steps()
    except Exception as error:  # any exception of an optimizer is a result of its run
        return single.failed(error)


def _gains_from_batching(spec: OptimizerSpec) -> bool:
    """Whether runs at several rates are faster in a batch; along other axes there is none."""
    return spec.own_axis is None and gains_from_batching(spec)


def _is_batched(hparam: HParam | None) -> bool:
    """Whether runs with a hyper-parameter may share a batch: not with a switch, such as nesterov.

    A switch may select another computation, which no test compares with single runs.
    """
    return hparam is None or not isinstance(hparam[1], bool)


def _compute_tasks(
    tasks: Sequence[Task],
    *,
    steps: int,
    additions: Additions,
    jobs: int | None,
    cluster: str | None,
    isolate: bool,
) -> Iterator[tuple[Run, Result | ProcessExit]]:
    """Yield the result of each run, or how the process that computed its task ended."""
    pending = [deque(task.runs) for task in tasks]
    arguments = [(task, steps, additions) for task in tasks]
    function: Callable[..., Any] = run_task  # a generator, whose items are the results
    with closing(
        map_once(function, arguments, jobs=jobs, cluster=cluster, isolate=isolate)
    ) as results:
        for index, result in results:
            if isinstance(result, ProcessExit):
                for run in pending[index]:
                    yield run, result
            else:
                yield pending[index].popleft(), result


def _compute_one_by_one(
    runs: Sequence[Run],
    compute_tasks: Callable[[Sequence[Task]], Iterator[tuple[Run, Result | ProcessExit]]],
) -> Iterator[tuple[Run, Result | ProcessExit]]:
    """Compute each run as a task; skip an optimizer whose first runs all ended their process."""
    count: Counter[str] = Counter()
    first: list[Run] = []
    others: list[Run] = []
    for run in runs:
        count[run.spec.name] += 1
        (first if count[run.spec.name] <= _MAX_CRASHES else others).append(run)
    exits: dict[str, ProcessExit] = {}
    survived: set[str] = set()
    for run, result in compute_tasks([_single(run) for run in first]):
        if isinstance(result, ProcessExit) and not result.killed:
            exits[run.spec.name] = result
        else:
            survived.add(run.spec.name)
        yield run, result
    yield from compute_tasks([_single(run) for run in others if run.spec.name in survived])
    for run in others:
        if run.spec.name not in survived:
            reason = exits[run.spec.name].reason
            reason += f", in {_MAX_CRASHES} of {_MAX_CRASHES} other runs"
            yield run, ProcessExit(f"not tried: {reason}")


def _single(run: Run) -> Task:
    return Task((run.spec,), (run.fn,), (run.setting,), run.hparam)


def _failed_at_start(
    run: Run, steps: int, reason: str, additions: Additions = NOTHING
) -> Trajectory | MatrixTrajectory:
    """Return a failed trajectory with only its start; its recorded points are lost."""
    hparams = with_hparam(run.spec, run.setting, run.hparam)
    common: dict[str, Any] = {
        "optimizer": run.spec,
        "hparams": hparams,
        "lr": hparams.get("lr"),
        "values": np.array([nan]),  # not evaluated, since that might end this process, too
        "evaluations": np.zeros(1, np.int64),
        "steps": steps,
        "status": "failed",
        "reason": reason,
        **additions.fields(),
    }
    if isinstance(run.fn, MatrixProblem):
        start = tuple(matrix[None].copy() for matrix in run.fn.start)
        undefined = tuple(np.full_like(matrix, nan) for matrix in start)
        return MatrixTrajectory(problem=run.fn, parameters=start, gradients=undefined, **common)
    return Trajectory(
        test_fn=run.fn,
        points=np.array([run.fn.start], float),
        gradients=np.full((1, 2), nan),
        **common,
    )


def divide(runs: Iterable[Run], steps: int, *, batched: bool = True) -> list[Task]:
    """Divide runs into tasks of a few seconds.

    Runs that cannot be batched come first, since their durations are the least predictable. Two or
    more functions give at least two tasks, so that two processes have work.

    Parameters
    ----------
    runs : iterable of Run
        In the order optimizer, function, hyper-parameter, rate.
    steps : int
        Number of steps of every run.
    batched : bool
        Whether runs may share a batch.
    """
    unbatched: list[Task] = []
    shared: dict[
        tuple[str, tuple[float | None, ...], HParam | None],
        tuple[TestFunction | MatrixProblem, list[OptimizerSpec]],
    ] = {}
    for _, row in groupby(runs, key=lambda run: (*run.cell[:2], run.hparam)):
        at_all_rates = list(row)
        spec, fn, _, hparam = at_all_rates[0]
        settings = tuple(run.setting for run in at_all_rates)
        entry = isinstance(fn, TestFunction) and is_entry(fn)
        if entry and batched and _gains_from_batching(spec) and _is_batched(hparam):
            shared.setdefault((fn.name, settings, hparam), (fn, []))[1].append(spec)
        else:
            unbatched.append(Task((spec,), (fn,), settings, hparam))
    blocks: dict[tuple[tuple[str, ...], tuple[float | None, ...], HParam | None], Task] = {}
    for (_, settings, hparam), (fn, specs) in shared.items():
        names = tuple(spec.name for spec in specs)
        block = blocks.get((names, settings, hparam), Task(tuple(specs), (), settings, hparam))
        blocks[names, settings, hparam] = block._replace(fns=(*block.fns, fn))
    return unbatched + [part for block in blocks.values() for part in _deal(block, steps)]


def _deal(block: Task, steps: int) -> list[Task]:
    """Split a block into tasks, at least two if it has two functions."""
    kinds: dict[tuple[bool, bool], list[OptimizerSpec]] = {}
    for spec in block.specs:  # only elementwise optimizers get faster with more functions
        kinds.setdefault((spec.elementwise, spec.layerwise), []).append(spec)
    return [
        part
        for specs in kinds.values()
        for i in range(2)
        if (fns := block.fns[i::2])
        for part in _halved(block._replace(specs=tuple(specs), fns=fns), steps)
    ]


def _halved(block: Task, steps: int) -> list[Task]:
    """Halve a block until each part is within the limits of time and memory."""
    specs, fns = block.specs, block.fns
    small = _seconds(block, steps) <= _MAX_SECONDS and len(block.runs) * steps <= _MAX_ITERATES
    if small or len(specs) == len(fns) == 1:
        return [block]
    # both halves repeat either the evaluation of all functions or the steps of all elementwise
    # optimizers: choose the cheaper repetition
    evaluation, steps_cost = len(fns) * _FUNCTION, _ELEMENTWISE * sum(s.elementwise for s in specs)
    if len(specs) > 1 and (len(fns) == 1 or evaluation <= steps_cost):
        parts = [block._replace(specs=specs[i::2]) for i in range(2)]
    else:
        parts = [block._replace(fns=fns[i::2]) for i in range(2)]
    return [half for part in parts for half in _halved(part, steps)]


def _seconds(block: Task, steps: int) -> float:
    """Estimate how long a task takes on one processor."""
    functions = len(block.fns)
    per_step = functions * _FUNCTION
    for spec in block.specs:
        per_function = _LAYERWISE if spec.layerwise else _OTHERS
        per_step += _ELEMENTWISE if spec.elementwise else per_function * functions
    return steps * per_step
