"""Tasks distributed over local processes or a Dask cluster, with results as they complete."""

import os
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from multiprocessing import parent_process
from typing import Any, NamedTuple, NoReturn, TypeVar

from tqdm import tqdm

from optgallery.cache.fingerprint import digest, package_digest, sources
from optgallery.cache.source_graph import PACKAGE
from optgallery.parallel.processes import ProcessExit, has_one_thread, map_over_processes
from optgallery.parallel.worker import Task, results_of

Result = TypeVar("Result")

VARIABLE = "OPTGALLERY_CLUSTER"
"""The environment variable that holds the address of a Dask cluster."""

_OLD_VARIABLE = "OPTGALLERY_SCHEDULER"

PROGRESS = "OPTGALLERY_PROGRESS"
"""The environment variable that turns on progress output in logs, too."""

_silent: list[None] = []  # an item for each `without_progress` that has not ended

ATTEMPTS = 3
"""Attempts at a task whose process ended: the system may have killed it for lack of memory."""

_TIMEOUT = 20  # seconds for a scheduler to answer, and for its first worker to connect
_COPY, _START = 0.1, 5.0  # seconds to start a copy of this process, or a new process
_RETRY = 3  # seconds during which a scheduler that is starting may refuse connections

_loaded = package_digest()  # as of the start of this process, unaffected by later edits
# all threads share torch's generator and Python's warning filters
_one_at_a_time = threading.Lock()


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why, and what to do."""


class ProcessEndedError(RuntimeError):
    """A task ends every process that runs it; the message says how."""


class _Progress(tqdm):  # type: ignore[type-arg]
    """A progress bar without tqdm's monitor thread: a process with threads cannot be forked."""

    monitor_interval = 0


def map_unordered(
    function: Callable[..., Result],
    tasks: Sequence[Task],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
) -> Generator[tuple[int, Result], None, None]:
    """Call a function for each task, and yield the results as they complete, in any order.

    If a worker dies, only its current task is lost, and another worker repeats it. Local processes
    are killed when the generator is closed early, for instance by Ctrl-C: wrap it in
    `contextlib.closing` where the results are used.

    Parameters
    ----------
    function : callable
        A module-level function, so that another process can import it.
    tasks : sequence of tuples
        The arguments of each call; the longest tasks should come first.
    jobs : int, optional
        Number of local processes; the number of processors if not given. With 1, the tasks run in
        this process.
    cluster : str, optional
        Address of a Dask scheduler, ``"tcp://host:8786"``, whose workers then run all tasks.
        Workers exchange only tasks and results with this process, no files.

    Yields
    ------
    index : int
        The task's position in ``tasks``.
    result : object
        What the function returned.

    Raises
    ------
    ClusterError
        If there is no scheduler, no worker, or a worker of another version.
    ProcessEndedError
        If one of the tasks ended every process that ran it; all other tasks are completed first.
    """
    remaining = list(range(len(tasks)))
    for attempt in range(ATTEMPTS):
        ended: dict[int, ProcessExit] = {}
        attempted = [tasks[index] for index in remaining]
        attempts = map_once(function, attempted, jobs=jobs, cluster=cluster, isolate=attempt > 0)
        with closing(attempts) as results:
            for number, result in results:
                if isinstance(result, ProcessExit):
                    ended[remaining[number]] = result
                else:
                    yield remaining[number], result
        if not ended:
            return
        remaining = sorted(ended)
    name = getattr(function, "__name__", repr(function))
    raise ProcessEndedError(
        f"{ended[remaining[0]].reason}, in each of {ATTEMPTS} attempts to run task {remaining[0]} "
        f"of {name}()"
    )


def map_once(
    function: Callable[..., Result],
    tasks: Sequence[Task],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    isolate: bool = False,
) -> Generator[tuple[int, Result | ProcessExit], None, None]:
    """Call a function once for each task; a process that ends is the result of its task.

    Parameters
    ----------
    function, tasks, jobs, cluster
        As for `map_unordered`. Each value that a generator function yields is one result.
    isolate : bool
        Never run a task in this process, even if there is one task or ``jobs=1``; on a cluster, run
        one task at a time, so that it is certain which one ended a worker.

    Yields
    ------
    index : int
        Which task it was.
    result : object or ProcessExit
        A result of the function, or how the process that ran the task ended; a `ProcessExit` is the
        last result of its task.
    """
    if not tasks:
        return  # no cluster is needed without tasks
    alone = jobs == 1 or len(tasks) == 1
    if cluster:
        yield from _over_cluster(function, tasks, cluster, at_once=1 if isolate else len(tasks))
    # other pools may use threads in a child process, and torch's generator is not thread-safe
    elif parent_process() is not None or (alone and not isolate):
        for index, task in enumerate(tasks):
            for result in results_of(function(*task)):
                yield index, result
    else:
        from joblib import cpu_count

        with closing(map_over_processes(function, tasks, jobs or cpu_count())) as results:
            yield from results


def parallel_is_faster(seconds: float) -> bool:
    """Whether several processes finish sooner than one that needs about this many seconds."""
    return seconds > 2 * _START or (seconds > 2 * _COPY and has_one_thread())


def cluster_address() -> str | None:
    """Return the address that `OPTGALLERY_CLUSTER` holds, or None."""
    if address := os.environ.get(VARIABLE, "").strip():
        return address
    if address := os.environ.get(_OLD_VARIABLE, "").strip():
        message = f"the environment variable {_OLD_VARIABLE} is deprecated, use {VARIABLE}"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return address
    return None


@contextmanager
def without_progress() -> Iterator[None]:
    """Show no progress within a ``with`` block."""
    _silent.append(None)
    try:
        yield
    finally:
        _silent.pop()


def progress(what: str, unit: str, total: int) -> "tqdm[NoReturn]":
    """Show a progress bar: continuously on a terminal, now and then in a log.

    In a log it is shown only if `OPTGALLERY_PROGRESS` is set.
    """
    interactive = sys.stderr.isatty()
    return _Progress(
        desc=what,
        unit=f" {unit}",
        total=total,
        disable=bool(_silent) or not total or not (interactive or os.environ.get(PROGRESS)),
        mininterval=0.1 if interactive else 15,
    )


def _over_cluster(
    function: Callable[..., Result], tasks: Sequence[Task], address: str, at_once: int
) -> Generator[tuple[int, Result | ProcessExit], None, None]:
    try:
        from distributed import CancelledError, KilledWorker, as_completed
    except ImportError as error:
        raise ClusterError(
            f"the scheduler {address} needs Dask: install it with `pip install optgallery[cluster]`"
        ) from error
    with _client(address) as client:
        _check_workers(client, address)
        expected = _installation()
        waiting = iter(enumerate(tasks))

        def submit(number: int) -> dict[Any, int]:
            return {
                client.submit(_on_worker, expected, function, task, pure=False, retries=0): index
                for index, task in islice(waiting, number)
            }

        futures = submit(at_once)
        done: Any = as_completed(  # type: ignore[no-untyped-call]
            list(futures), loop=client.loop
        )
        for future in done:
            index = futures.pop(future)
            try:
                for result in future.result():
                    yield index, result
            except CancelledError as error:
                raise ClusterError(
                    f"the scheduler {address} is gone; finished results are kept: start it again, "
                    "and repeat the call"
                ) from error
            except KilledWorker as error:
                last = getattr(error.last_worker, "address", error.last_worker)
                yield (
                    index,
                    ProcessExit(f"the process ended: every worker that tried it, last {last}"),
                )
            future.release()
            futures |= (following := submit(1))
            done.update(following)


def _client(address: str) -> Any:
    """Connect to a scheduler, and wait until it has a worker."""
    from distributed import Client

    try:
        _check_port(address)
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=_TIMEOUT, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}: start one with `dask scheduler`, and workers "
            f"with `dask worker {address}`; {error}"
        ) from error
    try:
        client.wait_for_workers(1, timeout=_TIMEOUT)
    except TimeoutError as error:
        client.close()
        raise ClusterError(
            f"the scheduler {address} has no workers: start some with `dask worker {address}`"
        ) from error
    return client


def _check_port(address: str) -> None:
    """Raise an OSError soon if nothing listens at an address; Dask would keep trying."""
    from distributed.comm.addressing import get_address_host_port, parse_address

    if parse_address(address)[0] not in {"tcp", "tls"}:
        return
    deadline = time.monotonic() + _RETRY
    while True:
        try:
            socket.create_connection(get_address_host_port(address), _TIMEOUT).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


class _Installation(NamedTuple):
    """What must be equal on two machines for results to be bit for bit identical."""

    package: str
    environment: str

    def difference(self, other: "_Installation") -> str:
        """Describe the first difference."""
        if self.package != other.package:
            return "another version of optgallery"
        return "other versions of Python or of the libraries, or another kind of processor"


def _installation() -> _Installation:
    return _Installation(_loaded, digest(sources(PACKAGE)))


def _check_workers(client: Any, address: str) -> None:
    """Raise a ClusterError that names workers whose results would not be bit for bit identical."""
    expected = _installation()
    answers = client.run(_installation, on_error="return")
    mismatched = {
        worker: expected.difference(answer)
        if isinstance(answer, _Installation)
        else f"no optgallery that answers ({answer})"
        for worker, answer in answers.items()
        if answer != expected
    }
    if mismatched:
        found = "; ".join(f"{worker} has {difference}" for worker, difference in mismatched.items())
        raise ClusterError(
            f"not all workers of {address} can be used: {found}. Install the same versions "
            "everywhere, or stop those workers"
        )


def _on_worker(
    expected: _Installation, function: Callable[..., Result], task: Task
) -> list[Result]:
    """Run a task on a worker, which may have joined after the others were checked."""
    import torch

    if (found := _installation()) != expected:
        from distributed import get_worker

        address = get_worker().address
        raise ClusterError(
            f"the worker {address} has {expected.difference(found)}; install the same everywhere"
        )
    with _one_at_a_time:
        torch.set_num_threads(1)
        return list(results_of(function(*task)))
