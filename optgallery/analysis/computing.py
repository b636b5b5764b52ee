"""Requests for many runs, found in the store or divided into tasks for several processes."""

import os
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from optgallery.analysis import engine
from optgallery.analysis.engine import ITERATE_SIZE, Setting, take
from optgallery.analysis.outcomes import Arrays, Course, Reduce, packed, unpacked
from optgallery.analysis.problems import Problem
from optgallery.cache.fingerprint import UnidentifiableError, digest, sources
from optgallery.cache.store import Store, StoreError, as_store
from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.parallel.distribution import (
    cluster_address,
    map_once,
    parallel_is_faster,
    progress,
)
from optgallery.parallel.processes import ProcessExit
from optgallery.runs.batched import FEWEST_MAPPED, gains_from_batching, shares_evaluations
from optgallery.runs.record import Record
from optgallery.runs.single_run import SingleRun
from optgallery.sweeps.trajectory_cache import key as key_of_run

_FORMAT = 1  # to be increased when the meaning of stored arrays changes, or if they were wrong
_MAX_TASK = 4.0  # seconds that a task may take: an interrupt loses unfinished tasks
# seconds for a step: the evaluation of a function for a batch, and the cost of each run
_FUNCTION = 1.5e-4
_ELEMENTWISE, _LAYERWISE, _OBJECT, _SINGLE = 1e-6, 5e-5, 3e-4, 5e-4
_GROUP = 2e-5  # for each setting of an elementwise optimizer
_MAPPED = 2e-3  # for each setting of an optimizer that is mapped over its runs

_MEMORY_SHARE = 0.5  # of the available memory that may be used


class Request(NamedTuple):
    """Runs that are stored together: one optimizer on one function, from some starts."""

    spec: OptimizerSpec
    problems: tuple[Problem, ...]
    settings: tuple[Setting, ...]
    budget: int

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.problems) * len(self.settings)


class Task(NamedTuple):
    """Requests with the same optimizer and settings that one process computes."""

    requests: tuple[Request, ...]
    numbers: tuple[int, ...]

    @property
    def runs(self) -> int:
        """The number of runs."""
        return sum(request.runs for request in self.requests)


def compute(
    requests: Sequence[Request],
    reduce: Reduce,
    *,
    what: str,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> list[Arrays]:
    """Return the arrays of every request, with the runs of each setting in turn on the first axis.

    Each result is stored as soon as it is computed, under a key that covers everything that could
    change its numbers, so that an interrupted computation can be continued. Requests with runs that
    raised an exception are not stored, since the machine may be the cause.

    Parameters
    ----------
    requests : sequence of Request
    reduce : callable
        Returns the arrays to keep of some runs; a module-level function.
    what : str
        Description in the progress bar.
    jobs : int, optional
        Number of processes, as for `sweep`.
    store : Store or path, optional
        Where results are kept, as for `sweep`.
    cluster : str, optional
        Address of a Dask scheduler, as for `sweep`.

    Warns
    -----
    RuntimeWarning
        If runs failed, or the store cannot be written.
    """
    longest = max((request.budget for request in requests), default=0)
    check_memory(
        float(longest) * ITERATE_SIZE,
        f"the {longest:,} iterates of one run",
        lambda share: f"take budget <= {int(share * longest):,}",
    )
    results_store = as_store(store)
    maker = Keys(reduce)
    keys = [maker.key(request) for request in requests]
    found: dict[int, Arrays] = {}
    for number, key in enumerate(keys):
        content = None if key is None else results_store.get(key)
        if content is not None:
            found[number] = unpacked(content)
    missing = [(number, r) for number, r in enumerate(requests) if number not in found]
    tasks = _divided(missing)
    if jobs is None and not parallel_is_faster(sum(_seconds(task) for task in tasks)):
        jobs = 1
    failures: list[str] = []
    writable = True
    results = _results(tasks, reduce, jobs=jobs, cluster=cluster or cluster_address())
    with (
        progress(what, "runs", sum(request.runs for _, request in missing)) as bar,
        closing(results),
    ):
        for number, arrays, messages in results:
            found[number] = arrays
            failures += messages
            key = keys[number]
            if key is not None and not messages and writable:
                try:
                    results_store.put(key, packed(arrays))
                except StoreError as error:
                    writable = False
                    warnings.warn(f"results are not kept: {error}", RuntimeWarning, stacklevel=3)
            bar.update(requests[number].runs)
    if failures:
        shown = "; ".join(failures[:5]) + ("; ..." if len(failures) > 5 else "")
        runs = sum(request.runs for request in requests)
        warnings.warn(
            f"{len(failures)} of {runs} runs failed: {shown}", RuntimeWarning, stacklevel=3
        )
    return [found[number] for number in range(len(requests))]


def run_task(task: Task, reduce: Reduce) -> Generator[tuple[int, Arrays, list[str]], None, None]:
    """Compute a task, and yield the number, the arrays and the failures of each request."""
    first = task.requests[0]
    problems = [problem for request in task.requests for problem in request.problems]
    arrays, failures = take(first.spec, problems, first.settings, first.budget, reduce)
    rows = np.arange(len(first.settings) * len(problems)).reshape(len(first.settings), -1)
    begin = 0
    for number, request in zip(task.numbers, task.requests, strict=True):
        own = rows[:, begin : begin + len(request.problems)].ravel()
        begin += len(request.problems)
        messages = [failures[i] for i in own.tolist() if i in failures]
        yield number, {name: array[own] for name, array in arrays.items()}, messages


def check_memory(size: float, what: str, most: Callable[[float], str]) -> None:
    """Raise a ValueError if arrays need more than half of the available memory.

    Parameters
    ----------
    size : float
        Size of the arrays in bytes.
    what : str
        The subject of the error message: ``"1,000,000 runs"``.
    most : callable
        Returns advice on what would fit, given the share of the bytes that is available.
    """
    free = _MEMORY_SHARE * available_memory()
    if size > free:
        need, may = (f"{each / 2**30:.3g} GiB" for each in (size, free))
        raise ValueError(
            f"{what} need {need} of memory, of which {may} may be used; {most(free / size)}"
        )


def available_memory() -> float:
    """Return the available memory in bytes; 4 GiB if the system does not report it."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * int(line.split()[1])
    with suppress(AttributeError, OSError, ValueError):
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")) / 2
    return 4.0 * 2**30


def _results(
    tasks: Sequence[Task], reduce: Reduce, *, jobs: int | None, cluster: str | None
) -> Generator[tuple[int, Arrays, list[str]], None, None]:
    """Yield results as they arrive; repeat tasks whose process ended by request, then by run."""
    lost: list[tuple[Task, str]] = []
    isolate = cluster is None and jobs is not None and jobs > 1
    yield from _attempted(tasks, reduce, lost, jobs=jobs, cluster=cluster, isolate=isolate)
    requests = [
        Task((request,), (number,))
        for task, _ in lost
        for number, request in zip(task.numbers, task.requests, strict=True)
    ]
    lost.clear()
    yield from _attempted(requests, reduce, lost, jobs=jobs, cluster=cluster, isolate=True)
    for task, _ in lost:
        yield _run_by_run(task, reduce, jobs=jobs, cluster=cluster)


def _attempted(
    tasks: Sequence[Task],
    reduce: Reduce,
    lost: list[tuple[Task, str]],
    *,
    jobs: int | None,
    cluster: str | None,
    isolate: bool,
) -> Generator[tuple[int, Arrays, list[str]], None, None]:
    """Yield the results of tasks, and append the rest of tasks whose process ended to ``lost``."""
    left = [dict(zip(task.numbers, task.requests, strict=True)) for task in tasks]
    arguments = [(task, reduce) for task in tasks]
    function: Callable[..., Any] = run_task  # each item that it yields is a result
    with closing(
        map_once(function, arguments, jobs=jobs, cluster=cluster, isolate=isolate)
    ) as results:
        for index, result in results:
            if isinstance(result, ProcessExit):
                rest = Task(tuple(left[index].values()), tuple(left[index]))
                lost.append((rest, result.reason))
            else:
                del left[index][result[0]]
                yield result


def _run_by_run(
    task: Task, reduce: Reduce, *, jobs: int | None, cluster: str | None
) -> tuple[int, Arrays, list[str]]:
    """Compute each run of a request in its own process; a run that ends its process has failed."""
    (request,), (number,) = task.requests, task.numbers
    singles = [
        Task((request._replace(problems=(p,), settings=(s,)),), (i,))
        for i, (s, p) in enumerate((s, p) for s in request.settings for p in request.problems)
    ]
    lost: list[tuple[Task, str]] = []
    parts: dict[int, Arrays] = {}
    failures: list[str] = []
    for i, arrays, messages in _attempted(
        singles, reduce, lost, jobs=jobs, cluster=cluster, isolate=True
    ):
        parts[i] = arrays
        failures += messages
    for alone, reason in lost:
        ((only,), (i,)) = alone
        ((problem,), (setting,)) = only.problems, only.settings
        run = SingleRun(only.spec, problem.fn, problem.start, 1, hparams=dict(setting))
        failed = run.failed(RuntimeError(reason))
        failures.append(f"{failed.title}: {reason}")
        parts[i] = reduce(Course(Record.gather([failed]), [problem], only.budget, np.array([True])))
    names = parts[0]
    return (
        number,
        {name: np.concatenate([parts[i][name] for i in range(len(singles))]) for name in names},
        failures,
    )


class Keys:
    """The keys of requests, from fingerprints that are computed once for all of them.

    Parameters
    ----------
    reduce : callable
        What `compute` keeps of the runs.
    """

    def __init__(self, reduce: Reduce) -> None:
        self._code = sources(engine.__name__, reduce.__module__), reduce.__name__
        # by id, together with the object, so that no other object can get the same id
        self._optimizers: dict[int, tuple[object, str | None]] = {}
        self._formulas: dict[int, tuple[object, str | None]] = {}
        self._spec, self._fn = OPTIMIZERS.peek("sgd"), FUNCTIONS.peek("sphere")

    def key(self, request: Request) -> str | None:
        """Return a key that covers everything that a request depends on; None if that is unknown.

        The keys of two other runs cover it: that of the optimizer on the sphere, and that of SGD on
        the function.
        """
        spec, problems, settings, budget = request
        fn = problems[0].fn
        assert self._spec is not None
        assert self._fn is not None
        if id(spec) not in self._optimizers:
            self._optimizers[id(spec)] = spec, key_of_run(spec, self._fn, 1.0, 1)
        if id(fn) not in self._formulas:
            self._formulas[id(fn)] = fn, key_of_run(self._spec, fn, 1.0, 1)
        optimizer, formula = self._optimizers[id(spec)][1], self._formulas[id(fn)][1]
        if optimizer is None or formula is None:
            return None
        try:
            return digest(
                *(_FORMAT, *self._code, optimizer, formula, budget, list(settings)),
                np.array([problem.start for problem in problems]),
                (spec.evaluations_per_step, spec.elementwise, spec.layerwise),
                *(fn.minimum, fn.minima, fn.lower_outside, tuple(fn.domain)),
            )
        except UnidentifiableError:
            return None


def _divided(missing: Sequence[tuple[int, Request]]) -> list[Task]:
    """Divide requests into tasks, the longest first."""
    groups: dict[tuple[str, int, bool], list[tuple[int, Request]]] = {}
    for number, request in missing:
        shared = shares_evaluations(request.problems[0].fn)
        groups.setdefault((request.spec.name, id(request.settings), shared), []).append(
            (number, request)
        )
    tasks = [part for same in groups.values() for part in _halved(_task(same))]
    return sorted(tasks, key=_seconds, reverse=True)


def _task(numbered: Sequence[tuple[int, Request]]) -> Task:
    return Task(tuple(r for _, r in numbered), tuple(n for n, _ in numbered))


def _halved(task: Task) -> list[Task]:
    if len(task.requests) == 1 or _seconds(task) <= _MAX_TASK:
        return [task]
    numbered = list(zip(task.numbers, task.requests, strict=True))
    return [part for i in range(2) for part in _halved(_task(numbered[i::2]))]


def _seconds(task: Task) -> float:
    """Estimate how long a task takes on one processor."""
    request = task.requests[0]
    spec, steps = request.spec, engine.steps_for(request.spec, request.budget)
    if not (gains_from_batching(spec) and shares_evaluations(request.problems[0].fn)):
        return _SINGLE * task.runs * request.budget
    per_step = _FUNCTION * len(task.requests)
    settings = len(request.settings)
    if spec.mappable and task.runs >= FEWEST_MAPPED * settings:
        per_step += _ELEMENTWISE * task.runs + _MAPPED * settings
    elif spec.elementwise:
        per_step += _ELEMENTWISE * task.runs + _GROUP * settings
    else:
        per_step += (_LAYERWISE if spec.layerwise else _OBJECT) * task.runs
    return steps * per_step
