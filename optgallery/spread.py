"""Work spread over the processes of this machine, or over a Dask cluster, as it gets done."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, TypeVar

from tqdm import tqdm

from optgallery.provenance import package_digest

Result = TypeVar("Result")

VARIABLE = "OPTGALLERY_SCHEDULER"
"""The environment variable that names the scheduler of a Dask cluster."""

PROGRESS = "OPTGALLERY_PROGRESS"
"""The environment variable that has progress written into logs, too."""

_ATTEMPTS = 3  # pools of processes, one of which the system may have killed for its memory
_PATIENCE = 20  # seconds for a scheduler to answer, and for its first worker to be there

_one_at_a_time = threading.Lock()  # torch's generator and Python's warnings belong to all threads


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why, and what would help."""


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
    if scheduler:
        yield from _over_cluster(function, tasks, scheduler)
    elif jobs == 1 or len(tasks) == 1:
        for index, task in enumerate(tasks):
            yield index, function(*task)
    else:
        yield from _over_processes(function, tasks, jobs or -1)


def scheduler_address() -> str | None:
    """Return what `OPTGALLERY_SCHEDULER` names, or None."""
    return os.environ.get(VARIABLE, "").strip() or None


def progress(what: str, unit: str, total: int) -> "tqdm[NoReturn]":
    """Show how much of some work is left: on a terminal as it goes, in a log now and then.

    A log has it only where `OPTGALLERY_PROGRESS` is set.
    """
    watched = sys.stderr.isatty()
    return tqdm(
        desc=what,
        unit=f" {unit}",
        total=total,
        disable=not total or not (watched or os.environ.get(PROGRESS)),
        mininterval=0.1 if watched else 15,
    )


def _over_processes(
    function: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], jobs: int
) -> Iterator[tuple[int, Result]]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    waiting = dict(enumerate(tasks))
    for attempt in range(1, _ATTEMPTS + 1):
        pool = Parallel(
            n_jobs=jobs,
            batch_size=1,
            pre_dispatch="2*n_jobs",
            return_as="generator_unordered",
            inner_max_num_threads=1,
        )
        calls = (delayed(_numbered)(function, i, task) for i, task in list(waiting.items()))
        try:
            for index, result in pool(calls):
                del waiting[index]
                yield index, result
            return
        except TerminatedWorkerError:
            if attempt == _ATTEMPTS:
                raise


def _numbered(
    function: Callable[..., Result], index: int, task: tuple[Any, ...]
) -> tuple[int, Result]:
    return index, function(*task)


def _over_cluster(
    function: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], address: str
) -> Iterator[tuple[int, Result]]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ClusterError(
            f"the scheduler {address} needs Dask: install it with `pip install optgallery[cluster]`"
        ) from error
    try:
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=_PATIENCE, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}: start one with `dask scheduler`, and workers "
            f"with `dask worker {address}`; {error}"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise ClusterError(
                f"the scheduler {address} has no workers: start some with `dask worker {address}`"
            ) from error
        expected = package_digest()
        futures = {
            client.submit(_on_worker, expected, function, task, pure=False, retries=0): index
            for index, task in enumerate(tasks)
        }
        done: Any = as_completed(list(futures))  # type: ignore[no-untyped-call]
        for future in done:
            index = futures.pop(future)
            yield index, future.result()
            future.release()


def _on_worker(expected: str, function: Callable[..., Result], task: tuple[Any, ...]) -> Result:
    """Do a task on a worker, whose package has to be the one that asks."""
    import torch

    if package_digest() != expected:
        raise ClusterError(
            "a Dask worker has another version of optgallery: install the same one everywhere"
        )
    with _one_at_a_time:
        torch.set_num_threads(1)
        return function(*task)
