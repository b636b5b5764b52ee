"""Work spread over the processes of this machine, or over a Dask cluster, as it gets done."""

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
"""The environment variable that has progress written into logs, too."""

_silent: list[None] = []  # an item for each `without_progress` that has not ended

ATTEMPTS = 3
"""How often a task is tried whose process ended: the system may have killed it for its memory."""

_PATIENCE = 20  # seconds for a scheduler to answer, and for its first worker to be there
_COPY, _START = 0.1, 5.0  # seconds until a copy of this process works, or a new one
_REFUSED = 3  # seconds for which a scheduler that was only just started may refuse connections

_loaded = package_digest()  # as it was when this process began, whatever was edited since
_one_at_a_time = threading.Lock()  # torch's generator and Python's warnings belong to all threads


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why, and what would help."""


class ProcessEndedError(RuntimeError):
    """A task ends each process that does it; the message says how."""


class _Progress(tqdm):  # type: ignore[type-arg]
    """A bar without the thread that watches it: a process with threads cannot be copied."""

    monitor_interval = 0


def map_unordered(
    function: Callable[..., Result],
    tasks: Sequence[Task],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
) -> Generator[tuple[int, Result], None, None]:
    """Call a function for each task, and yield results as they are there, in any order.

    A worker that dies takes nothing with it but the task that it was at, which another one does
    again. Processes of this machine are killed where the generator is closed before its end, as by
    Ctrl-C: close it where the results are used, with `contextlib.closing`.

    Parameters
    ----------
    function : callable
        Of a module, so that another process can import it.
    tasks : sequence of tuples
        The arguments of each call; those that take longest should come first.
    jobs : int, optional
        Processes of this machine; as many as it has processors if not given. 1: none but this one.
    cluster : str, optional
        Address of a Dask scheduler, ``"tcp://host:8786"``: then its workers do all of it. Nothing
        but tasks and results passes between them and this process, no file.

    Yields
    ------
    index : int
        Which task it was.
    result : object
        What the function returned.

    Raises
    ------
    ClusterError
        If the scheduler, or its workers, are not there or not of this version.
    ProcessEndedError
        If every process ends that does one of the tasks; all others are done before.
    """
    left = list(range(len(tasks)))
    for attempt in range(ATTEMPTS):
        ended: dict[int, ProcessExit] = {}
        attempted = [tasks[index] for index in left]
        dealt = map_once(function, attempted, jobs=jobs, cluster=cluster, isolate=attempt > 0)
        with closing(dealt) as results:
            for number, result in results:
                if isinstance(result, ProcessExit):
                    ended[left[number]] = result
                else:
                    yield left[number], result
        if not ended:
            return
        left = sorted(ended)
    name = getattr(function, "__name__", repr(function))
    raise ProcessEndedError(
        f"{ended[left[0]].reason}, in each of {ATTEMPTS} attempts to do task {left[0]} of {name}()"
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
        Never in this process, even if there is one task or ``jobs=1``; on a cluster one after the
        other, so that it is certain which task ended a worker.

    Yields
    ------
    index : int
        Which task it was.
    result : object or ProcessExit
        A result of the function, or how the process ended that was at the task: there is nothing
        more from that task.
    """
    if not tasks:
        return  # a cluster that has nothing to do need not be there
    alone = jobs == 1 or len(tasks) == 1
    if cluster:
        yield from _over_cluster(function, tasks, cluster, at_once=1 if isolate else len(tasks))
    # torch's generator does not bear the threads that another pool may have started here
    elif parent_process() is not None or (alone and not isolate):
        for index, task in enumerate(tasks):
            for result in results_of(function(*task)):
                yield index, result
    else:
        from joblib import cpu_count

        with closing(map_over_processes(function, tasks, jobs or cpu_count())) as results:
            yield from results


def parallel_is_faster(seconds: float) -> bool:
    """Whether work that one process does in about so many seconds is sooner done by several."""
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
    """Show how much of some work is left: on a terminal as it goes, in a log now and then.

    A log has it only where `OPTGALLERY_PROGRESS` is set.
    """
    watched = sys.stderr.isatty()
    return _Progress(
        desc=what,
        unit=f" {unit}",
        total=total,
        disable=bool(_silent) or not total or not (watched or os.environ.get(PROGRESS)),
        mininterval=0.1 if watched else 15,
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
        _refuse_strangers(client, address)
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
                    f"the scheduler {address} is gone; what was done is kept: start it again, and "
                    "what you were doing"
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
    """Connect to a scheduler that answers and has workers."""
    from distributed import Client

    try:
        _knock(address)
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=_PATIENCE, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}: start one with `dask scheduler`, and workers "
            f"with `dask worker {address}`; {error}"
        ) from error
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError as error:
        client.close()
        raise ClusterError(
            f"the scheduler {address} has no workers: start some with `dask worker {address}`"
        ) from error
    return client


def _knock(address: str) -> None:
    """Find out soon that nobody listens at an address; Dask would go on trying."""
    from distributed.comm.addressing import get_address_host_port, parse_address

    if parse_address(address)[0] not in {"tcp", "tls"}:
        return
    deadline = time.monotonic() + _REFUSED
    while True:
        try:
            socket.create_connection(get_address_host_port(address), _PATIENCE).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


class _Installation(NamedTuple):
    """What has to be the same on two machines for them to compute the same bits."""

    package: str
    surroundings: str

    def difference(self, other: "_Installation") -> str:
        """Say what is not the same."""
        if self.package != other.package:
            return "another version of optgallery"
        return "other versions of Python or of the libraries, or another kind of processor"


def _installation() -> _Installation:
    return _Installation(_loaded, digest(sources(PACKAGE)))


def _refuse_strangers(client: Any, address: str) -> None:
    """Name the workers on which the same task would not give the same bits."""
    expected = _installation()
    answers = client.run(_installation, on_error="return")
    strangers = {
        worker: expected.difference(answer)
        if isinstance(answer, _Installation)
        else f"no optgallery that answers ({answer})"
        for worker, answer in answers.items()
        if answer != expected
    }
    if strangers:
        said = "; ".join(f"{worker} has {difference}" for worker, difference in strangers.items())
        raise ClusterError(
            f"not all workers of {address} are fit to be used: {said}. Install the same versions "
            "everywhere, or stop those workers"
        )


def _on_worker(
    expected: _Installation, function: Callable[..., Result], task: Task
) -> list[Result]:
    """Do a task on a worker, which may have come after the others were looked at."""
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
