"""Work spread over the processes of this machine, or over a Dask cluster, as it gets done."""

import os
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, NamedTuple, NoReturn, TypeVar

from tqdm import tqdm

from optgallery.provenance import digest, package_digest, sources

Result = TypeVar("Result")

VARIABLE = "OPTGALLERY_SCHEDULER"
"""The environment variable that names the scheduler of a Dask cluster."""

PROGRESS = "OPTGALLERY_PROGRESS"
"""The environment variable that has progress written into logs, too."""

quiet = False
"""Whether no progress is shown: for whoever shows what a script prints, and nothing besides."""

_ATTEMPTS = 3  # pools of processes, one of which the system may have killed for its memory
_PATIENCE = 20  # seconds for a scheduler to answer, and for its first worker to be there
_COPY, _START = 0.1, 5.0  # seconds until a copy of this process works, or a new one
_REFUSED = 3  # seconds for which a scheduler that was only just started may refuse connections

_loaded = package_digest()  # as it was when this process began, whatever was edited since
_one_at_a_time = threading.Lock()  # torch's generator and Python's warnings belong to all threads


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why, and what would help."""


class _Progress(tqdm):  # type: ignore[type-arg]
    """A bar without the thread that watches it: a process with threads cannot be copied."""

    monitor_interval = 0


def spread(
    function: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
) -> Iterator[tuple[int, Result]]:
    """Call a function for each task, and yield results as they are there, in any order.

    A worker that dies takes nothing with it but the task that it was at, which another one does
    again.

    Parameters
    ----------
    function : callable
        Of a module, so that another process can import it.
    tasks : sequence of tuples
        The arguments of each call; those that take longest should come first.
    jobs : int, optional
        Processes of this machine; as many as it has processors if not given. 1: none but this one.
    scheduler : str, optional
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
    """
    if not tasks:
        return  # a cluster that has nothing to do need not be there
    if scheduler:
        yield from _over_cluster(function, tasks, scheduler)
    # within a worker joblib would start threads, which torch's generator does not bear
    elif jobs == 1 or len(tasks) == 1 or parent_process() is not None:
        for index, task in enumerate(tasks):
            yield index, function(*task)
    else:
        yield from _over_processes(function, tasks, jobs)


def are_worth_it(seconds: float) -> bool:
    """Whether work that one process does in about so many seconds is sooner done by several."""
    return seconds > 2 * _START or (seconds > 2 * _COPY and _has_one_thread())


def scheduler_address() -> str | None:
    """Return what `OPTGALLERY_SCHEDULER` names, or None."""
    return os.environ.get(VARIABLE, "").strip() or None


def progress(what: str, unit: str, total: int) -> "tqdm[NoReturn]":
    """Show how much of some work is left: on a terminal as it goes, in a log now and then.

    A log has it only where `OPTGALLERY_PROGRESS` is set.
    """
    watched = sys.stderr.isatty()
    return _Progress(
        desc=what,
        unit=f" {unit}",
        total=total,
        disable=quiet or not total or not (watched or os.environ.get(PROGRESS)),
        mininterval=0.1 if watched else 15,
    )


def _over_processes(
    function: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], jobs: int | None
) -> Iterator[tuple[int, Result]]:
    from joblib import cpu_count

    waiting = dict(enumerate(tasks))
    pool = _over_forks if _has_one_thread() else _over_new_processes
    for attempt in range(1, _ATTEMPTS + 1):
        results = pool(function, dict(waiting), jobs or cpu_count())
        try:
            for index, result in results:
                del waiting[index]
                yield index, result
            return
        except BrokenProcessPool:
            if attempt == _ATTEMPTS:
                raise
        finally:
            with warnings.catch_warnings():
                # who stops asking, as after an error, needs no advice to ask for less
                warnings.simplefilter("ignore", UserWarning)
                results.close()


def _has_one_thread() -> bool:
    """Whether a copy of this process can go on: of other threads it would have the locks only."""
    for _ in range(10):
        if threading.active_count() > 1:
            return False
        try:
            if len(os.listdir("/proc/self/task")) == 1:
                return True
        except OSError:  # not on Linux
            return False
        time.sleep(0.005)  # one that has come to its end takes a moment to be gone
    return False


def _over_forks(
    function: Callable[..., Result], tasks: Mapping[int, tuple[Any, ...]], jobs: int
) -> Generator[tuple[int, Result], None, None]:
    """Use copies of this process, which need not load anything."""
    executor = ProcessPoolExecutor(
        min(jobs, len(tasks)), get_context("fork"), _inherit, (function, tasks)
    )
    try:
        # none of them is kept here, since each holds its result
        for done in as_completed({executor.submit(_call_inherited, index) for index in tasks}):
            yield done.result()
    finally:
        executor.shutdown(cancel_futures=True)


_inherited: tuple[Callable[..., Any], Mapping[int, tuple[Any, ...]]]


def _inherit(function: Callable[..., Any], tasks: Mapping[int, tuple[Any, ...]]) -> None:
    global _inherited  # noqa: PLW0603
    _inherited = function, tasks
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that it is a copy of was killed; it would wait for ever."""
    if parent := parent_process():
        wait([parent.sentinel])
        os._exit(1)


def _call_inherited(index: int) -> tuple[int, Any]:
    function, tasks = _inherited
    return index, function(*tasks[index])


def _over_new_processes(
    function: Callable[..., Result], tasks: Mapping[int, tuple[Any, ...]], jobs: int
) -> Generator[tuple[int, Result], None, None]:
    """Use processes that joblib starts, and keeps for a while."""
    from joblib import Parallel, delayed

    pool = Parallel(
        n_jobs=jobs,
        batch_size=1,
        pre_dispatch="2*n_jobs",
        return_as="generator_unordered",
        inner_max_num_threads=1,
    )
    results: Generator[tuple[int, Result], None, None] = pool(
        delayed(_numbered)(function, index, task) for index, task in tasks.items()
    )
    return results


def _numbered(
    function: Callable[..., Result], index: int, task: tuple[Any, ...]
) -> tuple[int, Result]:
    return index, function(*task)


def _over_cluster(
    function: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], address: str
) -> Iterator[tuple[int, Result]]:
    try:
        from distributed import CancelledError, as_completed
    except ImportError as error:
        raise ClusterError(
            f"the scheduler {address} needs Dask: install it with `pip install optgallery[cluster]`"
        ) from error
    with _client(address) as client:
        _refuse_strangers(client, address)
        expected = _installation()
        futures = {
            client.submit(_on_worker, expected, function, task, pure=False, retries=0): index
            for index, task in enumerate(tasks)
        }
        done: Any = as_completed(  # type: ignore[no-untyped-call]
            list(futures), loop=client.loop
        )
        for future in done:
            index = futures.pop(future)
            try:
                result = future.result()
            except CancelledError as error:
                raise ClusterError(
                    f"the scheduler {address} is gone; what was done is kept: start it again, and "
                    "what you were doing"
                ) from error
            yield index, result
            future.release()


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
    return _Installation(_loaded, digest(sources("optgallery.animation", "optgallery.sweep")))


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
    expected: _Installation, function: Callable[..., Result], task: tuple[Any, ...]
) -> Result:
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
        return function(*task)
