"""Divide the runs of a sweep into tasks, and compute them over processes or a cluster."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
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
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.trajectory_cache import Result

_MOST = 400_000  # maximum number of iterates in a task, about twenty megabytes
_LONGEST = 3.0  # maximum seconds of a task: an interrupt loses unfinished tasks
# seconds per step: for evaluating a function in a batch, for an elementwise optimizer on all
# functions, and for another optimizer on each function
_FUNCTION, _ELEMENTWISE, _LAYERWISE, _OTHERS = 1.2e-4, 6e-4, 4.5e-4, 1.1e-3
_TRIED = 12  # if this many runs of an optimizer all end their process, its others are not tried


CellName: TypeAlias = tuple[str, str, float]
"""Names of an optimizer and of a function, and a learning rate."""


class Run(NamedTuple):
    """The optimizer, function and learning rate of one run."""

    spec: OptimizerSpec
    fn: TestFunction
    lr: float

    @property
    def cell(self) -> CellName:
        """The key of its trajectory in the sweep."""
        return self.spec.name, self.fn.name, self.lr


class Task(NamedTuple):
    """Runs that one process computes: every optimizer on every function at every rate."""

    specs: tuple[OptimizerSpec, ...]
    fns: tuple[TestFunction, ...]
    lrs: tuple[float, ...]

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order of their results."""
        return [Run(*run) for run in product(*self)]


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
        In the order optimizer, function, rate.
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
    if not additions and all(gains_from_batching(spec) for spec in task.specs):
        with suppress(Exception):  # an error of a function is raised again by each of its runs
            together = run_grid(*task, steps=steps)
    for run in task.runs:
        found = together.pop(run.cell, None)
        alone = partial(attempt, *run[:2], steps=steps, lr=run.lr, additions=additions)
        yield Result(found or alone())


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
    return Task((run.spec,), (run.fn,), (run.lr,))


def _without_points(
    run: Run, steps: int, reason: str, additions: Additions = NOTHING
) -> Trajectory:
    """Return a failed trajectory with only its start; its recorded points are lost."""
    hparams = run.spec.at_rate(run.lr)
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
        In the order optimizer, function, rate.
    steps : int
        Number of steps of every run.
    batched : bool
        Whether runs may share a batch.
    """
    alone: list[Task] = []
    sharing: dict[tuple[str, tuple[float, ...]], tuple[TestFunction, list[OptimizerSpec]]] = {}
    for _, pair in groupby(runs, key=lambda run: run.cell[:2]):
        (spec, fn, _), *_ = same = list(pair)
        lrs = tuple(run.lr for run in same)
        if batched and gains_from_batching(spec) and is_entry(fn):
            sharing.setdefault((fn.name, lrs), (fn, []))[1].append(spec)
        else:
            alone.append(Task((spec,), (fn,), lrs))
    blocks: dict[tuple[tuple[str, ...], tuple[float, ...]], Task] = {}
    for (_, lrs), (fn, specs) in sharing.items():
        names = tuple(spec.name for spec in specs)
        known = blocks.get((names, lrs), Task(tuple(specs), (), lrs))
        blocks[names, lrs] = known._replace(fns=(*known.fns, fn))
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
        for part in _halved(Task(tuple(specs), fns, block.lrs), steps)
    ]


def _halved(block: Task, steps: int) -> list[Task]:
    """Halve a block until each part is within the limits of time and memory."""
    specs, fns, _ = block
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
