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
from optgallery.runs.additions import NOTHING, Additions
from optgallery.runs.batched import gains_from_batching, is_entry, run_grid
from optgallery.runs.run import attempt
from optgallery.runs.single_run import SingleRun
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.across import HParam, with_hparam
from optgallery.sweeps.trajectory_cache import Result

_MOST = 400_000  # maximum number of iterates in a task, about twenty megabytes
_LONGEST = 3.0  # maximum seconds of a task: an interrupt loses unfinished tasks
# seconds per step: for evaluating a function in a batch, for an elementwise optimizer on all
# functions, and for another optimizer on each function
_FUNCTION, _ELEMENTWISE, _LAYERWISE, _OTHERS = 1.2e-4, 6e-4, 4.5e-4, 1.1e-3
_TRIED = 12  # if this many runs of an optimizer all end their process, its others are not tried


CellName: TypeAlias = tuple[Any, ...]
"""Names of an optimizer and of a function, a learning rate, and perhaps a further value."""


class Run(NamedTuple):
    """The optimizer, function and learning rate of one run, and perhaps a hyper-parameter."""

    spec: OptimizerSpec
    fn: TestFunction
    lr: float
    hparam: HParam | None = None

    @property
    def cell(self) -> CellName:
        """What identifies it among the runs of a sweep."""
        names = self.spec.name, self.fn.name, self.lr
        return names if self.hparam is None else (*names, self.hparam[1])


class Task(NamedTuple):
    """Runs that one process computes: every optimizer on every function at every rate."""

    specs: tuple[OptimizerSpec, ...]
    fns: tuple[TestFunction, ...]
    lrs: tuple[float, ...]
    hparam: HParam | None = None

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order of their results."""
        runs = product(self.specs, self.fns, self.lrs)
        return [Run(spec, fn, lr, self.hparam) for spec, fn, lr in runs]


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
    taken = partial(_taken, steps=steps, additions=additions, cluster=cluster)
    lost: list[Run] = []
    isolate = cluster is None and jobs is not None and jobs > 1
    for run, result in taken(
        divide(runs, steps, batched=not additions), jobs=jobs, isolate=isolate
    ):
        if isinstance(result, ProcessExit):
            lost.append(run)
        else:
            yield run, result
    if lost:  # a first step loads modules for a second or two; forked processes inherit them
        attempt(OPTIMIZERS["sgd"], FUNCTIONS["sphere"], steps=1, lr=0.1)
    for last in (False, True):
        again: list[Run] = []
        singly = partial(taken, jobs=1 if last else jobs, isolate=True)
        for run, result in _one_by_one(lost, singly):
            if not isinstance(result, ProcessExit):
                yield run, result
            elif result.killed and not last:
                again.append(run)
            else:
                yield run, Result(_without_points(run, steps, result.reason, additions))
        lost = again


def run_task(task: Task, steps: int, additions: Additions = NOTHING) -> Iterator[Result]:
    """Compute a task, in one batch if all optimizers gain from it, and yield the results."""
    together: dict[CellName, Trajectory] = {}
    if not additions and _is_batched(task.hparam) and all(map(gains_from_batching, task.specs)):
        with suppress(Exception):  # an error of a function is raised again by each of its runs
            together = _together(task, steps)
    for run in task.runs:
        found = together.pop(run.cell, None)
        yield Result(found or _single(run, steps, additions))


def _together(task: Task, steps: int) -> dict[CellName, Trajectory]:
    """Compute a task in one batch; runs that have to be taken one by one are missing."""
    if task.hparam is None:
        return {**run_grid(task.specs, task.fns, task.lrs, steps=steps)}
    # an optimizer is built with the same settings, whether as defaults of its entry or beside them
    name, value = task.hparam
    varied = [replace(spec, defaults={**spec.defaults, name: value}) for spec in task.specs]
    found = run_grid(varied, task.fns, task.lrs, steps=steps)
    return {
        run.cell: replace(
            found[run.cell[:3]],
            optimizer=run.spec,
            hparams=with_hparam(run.spec, run.lr, run.hparam),
        )
        for run in task.runs
        if run.cell[:3] in found
    }


def _single(run: Run, steps: int, additions: Additions) -> Trajectory:
    """Take one run; where the optimizer raises an exception, return how far it came."""
    hparams = with_hparam(run.spec, run.lr, run.hparam)
    single = SingleRun(run.spec, run.fn, run.fn.start, steps, hparams=hparams, additions=additions)
    try:
        return single.take()
    except Exception as error:  # whatever an optimizer raises is a result of its run
        return single.failed(error)


def _is_batched(hparam: HParam | None) -> bool:
    """Whether runs with a hyper-parameter may share a batch: not with a switch, such as nesterov.

    A switch may choose another way to compute, which no test has compared with single runs.
    """
    return hparam is None or not isinstance(hparam[1], bool)


def _taken(
    tasks: Sequence[Task],
    *,
    steps: int,
    additions: Additions,
    jobs: int | None,
    cluster: str | None,
    isolate: bool,
) -> Iterator[tuple[Run, Result | ProcessExit]]:
    """Yield the result of each run, or how the process that computed its task ended."""
    waiting = [deque(task.runs) for task in tasks]
    arguments = [(task, steps, additions) for task in tasks]
    function: Callable[..., Any] = run_task  # each item that it yields is a result
    with closing(
        map_once(function, arguments, jobs=jobs, cluster=cluster, isolate=isolate)
    ) as results:
        for index, result in results:
            if isinstance(result, ProcessExit):
                for run in waiting[index]:
                    yield run, result
            else:
                yield waiting[index].popleft(), result


def _one_by_one(
    runs: Sequence[Run],
    taken: Callable[[Sequence[Task]], Iterator[tuple[Run, Result | ProcessExit]]],
) -> Iterator[tuple[Run, Result | ProcessExit]]:
    """Compute each run as a task; skip an optimizer whose first runs all ended their process."""
    seen: Counter[str] = Counter()
    first: list[Run] = []
    others: list[Run] = []
    for run in runs:
        seen[run.spec.name] += 1
        (first if seen[run.spec.name] <= _TRIED else others).append(run)
    ends: dict[str, ProcessExit] = {}
    spared: set[str] = set()
    for run, result in taken([_alone(run) for run in first]):
        if isinstance(result, ProcessExit) and not result.killed:
            ends[run.spec.name] = result
        else:
            spared.add(run.spec.name)
        yield run, result
    yield from taken([_alone(run) for run in others if run.spec.name in spared])
    for run in others:
        if run.spec.name not in spared:
            reason = f"{ends[run.spec.name].reason}, in {_TRIED} of {_TRIED} other runs"
            yield run, ProcessExit(f"not tried: {reason}")


def _alone(run: Run) -> Task:
    return Task((run.spec,), (run.fn,), (run.lr,), run.hparam)


def _without_points(
    run: Run, steps: int, reason: str, additions: Additions = NOTHING
) -> Trajectory:
    """Return a failed trajectory with only its start; its recorded points are lost."""
    hparams = with_hparam(run.spec, run.lr, run.hparam)
    return Trajectory(
        optimizer=run.spec,
        test_fn=run.fn,
        hparams=hparams,
        lr=hparams.get("lr"),
        points=np.array([run.fn.start], float),
        values=np.array([nan]),  # evaluating the function might end this process, too
        gradients=np.full((1, 2), nan),
        evaluations=np.zeros(1, np.int64),
        steps=steps,
        status="failed",
        reason=reason,
        **additions.fields(),
    )


def divide(runs: Iterable[Run], steps: int, *, batched: bool = True) -> list[Task]:
    """Divide runs into tasks of a few seconds.

    Runs that cannot be batched come first, since their durations are the least predictable. If
    there are two functions, there are at least two tasks, to employ two processes.

    Parameters
    ----------
    runs : iterable of Run
        In the order optimizer, function, hyper-parameter, rate.
    steps : int
        Number of steps of every run.
    batched : bool
        Whether runs may share a batch.
    """
    alone: list[Task] = []
    sharing: dict[
        tuple[str, tuple[float, ...], HParam | None], tuple[TestFunction, list[OptimizerSpec]]
    ] = {}
    for _, row in groupby(runs, key=lambda run: (*run.cell[:2], run.hparam)):
        same = list(row)
        spec, fn, _, hparam = same[0]
        lrs = tuple(run.lr for run in same)
        if batched and gains_from_batching(spec) and is_entry(fn) and _is_batched(hparam):
            sharing.setdefault((fn.name, lrs, hparam), (fn, []))[1].append(spec)
        else:
            alone.append(Task((spec,), (fn,), lrs, hparam))
    blocks: dict[tuple[tuple[str, ...], tuple[float, ...], HParam | None], Task] = {}
    for (_, lrs, hparam), (fn, specs) in sharing.items():
        names = tuple(spec.name for spec in specs)
        known = blocks.get((names, lrs, hparam), Task(tuple(specs), (), lrs, hparam))
        blocks[names, lrs, hparam] = known._replace(fns=(*known.fns, fn))
    return alone + [part for block in blocks.values() for part in _deal(block, steps)]


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
    short = _seconds(block, steps) <= _LONGEST and len(block.runs) * steps <= _MOST
    if short or len(specs) == len(fns) == 1:
        return [block]
    # both halves repeat evaluating all functions, or stepping all elementwise optimizers: choose
    # the cheaper
    evaluating, stepping = len(fns) * _FUNCTION, _ELEMENTWISE * sum(s.elementwise for s in specs)
    if len(specs) > 1 and (len(fns) == 1 or evaluating <= stepping):
        parts = [block._replace(specs=specs[i::2]) for i in range(2)]
    else:
        parts = [block._replace(fns=fns[i::2]) for i in range(2)]
    return [half for part in parts for half in _halved(part, steps)]


def _seconds(block: Task, steps: int) -> float:
    """Estimate how long a task takes on one processor."""
    functions = len(block.fns)
    a_step = functions * _FUNCTION
    for spec in block.specs:
        each = _LAYERWISE if spec.layerwise else _OTHERS
        a_step += _ELEMENTWISE if spec.elementwise else each * functions
    return steps * a_step
