"""A pool of local worker processes; if one dies, only its current task is affected."""

import atexit
import os
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing import Pipe, get_context, resource_tracker
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from optgallery.cache.source_graph import is_library
from optgallery.parallel.worker import Task, serve

Result = TypeVar("Result")

_STOP_TIMEOUT = 1  # seconds for an idle process to end by itself
_MAX_MESSAGES = 20  # read from one process before the others are served
_MAX_FAILED_STARTS = 3  # processes in a row that end before they take a task
_ONE_THREAD = {
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR")},
    "VECLIB_MAXIMUM_THREADS": "1",  # on macOS
}
_SIGNAL_HINTS = {"SIGKILL": ", as the system does when memory runs out"}


class ProcessExit(NamedTuple):
    """How the process that ran a task ended, in place of the task's result.

    Attributes
    ----------
    reason : str
        How it ended: ``"the process ended: exit code 9"``.
    killed : bool
        Whether it was killed by SIGKILL, so that another attempt may succeed.
    """

    reason: str
    killed: bool = False


def map_over_processes(
    function: Callable[..., Result], tasks: Sequence[Task], jobs: int
) -> Generator[tuple[int, Result | ProcessExit], None, None]:
    """Call a function for each task in other processes, and yield results as they arrive.

    If this process has one thread, the workers are forked from it, so that they need not import
    anything. Otherwise new processes are started, and kept for some minutes. Workers ignore Ctrl-C:
    when this generator is closed early, by an exception or by ``close``, they are killed at once.

    Parameters
    ----------
    function : callable
        If it is a generator function, each value that it yields is a result, sent at once.
    tasks : sequence of tuples
        The arguments of each call.
    jobs : int
        Number of worker processes.

    Yields
    ------
    index : int
        The task's position in ``tasks``.
    result : object or ProcessExit
        A result, or how the process that ran the task ended.

    Raises
    ------
    RuntimeError
        If several processes in a row end before they take a task.
    Exception
        Whatever the function raised, with the traceback in the worker as the cause.
    """
    pool = _Pool(function, tasks, jobs)
    try:
        yield from pool.results()
    except KeyboardInterrupt:
        with _interrupts_deferred():
            _kill({*pool.workers, *_kept})
        raise
    finally:
        with _interrupts_deferred():
            _release(pool.workers)


def has_one_thread() -> bool:
    """Whether this process can be forked safely: a fork keeps locks held by threads it lacks."""
    for _ in range(10):
        if threading.active_count() > 1:
            return False
        try:
            if len(os.listdir("/proc/self/task")) == 1:
                return True
        except OSError:  # not on Linux
            return False
        time.sleep(0.005)  # a thread that has ended takes a moment to disappear
    return False


class _RemoteError(Exception):
    """The traceback in a worker process, shown above that of its exception."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class _Pool:
    """A queue of tasks, and the worker processes that run them."""

    def __init__(self, function: Callable[..., Any], tasks: Sequence[Task], jobs: int) -> None:
        self.function, self.tasks, self.jobs = function, tasks, jobs
        self.waiting = deque(range(len(tasks)))
        self.workers: set[_Worker] = set()
        self.failed_starts = 0
        self.copies = has_one_thread()

    def results(self) -> Iterator[tuple[int, Any]]:
        """Yield pairs of task index and result (or `ProcessExit`) until no task is left."""
        while self.waiting or self._count_busy():
            while len(self.workers) < min(self.jobs, self._count_busy() + len(self.waiting)):
                self._add_worker()
            for worker in self._wait_for_workers():
                yield from self._read_messages(worker)
                if worker in self.workers and worker.is_free and self.waiting:
                    worker.give(self.waiting.popleft(), self.function, self.tasks)

    def _count_busy(self) -> int:
        return sum(worker.task is not None for worker in self.workers)

    def _add_worker(self) -> None:
        inherited = (self.function, self.tasks) if self.copies and has_one_thread() else None
        with _interrupts_deferred():  # every process that is started must be known to this pool
            self.workers.add((None if inherited else _kept_worker()) or _Worker(inherited))

    def _wait_for_workers(self) -> list["_Worker"]:
        """Wait for workers that are free, have sent a message or have ended, and return them."""
        if self.waiting and (free := [worker for worker in self.workers if worker.is_free]):
            return free
        by_handle: dict[Any, _Worker] = {}
        for worker in self.workers:
            by_handle[worker.connection] = by_handle[worker.process.sentinel] = worker
        return list({by_handle[handle] for handle in wait(list(by_handle))})

    def _read_messages(self, worker: "_Worker") -> Iterator[tuple[int, Any]]:
        for kind, value in worker.messages():
            match kind:
                case "ready" | "done":
                    worker.free()
                case "started":
                    worker.started, self.failed_starts = True, 0
                case "result":
                    yield worker.numbered(value)
                case "raised":
                    error, text = value
                    raise error from _RemoteError(text)
                case "ended":
                    self.workers.discard(worker)
                    if worker.started:
                        yield worker.numbered(_process_exit(value))
                    else:
                        self._replace(worker, _process_exit(value))

    def _replace(self, worker: "_Worker", ended: ProcessExit) -> None:
        """Put the task of a process that never started it back into the queue."""
        if worker.task is not None:
            self.waiting.appendleft(worker.task)
        self.failed_starts += 1
        if self.failed_starts > _MAX_FAILED_STARTS:
            raise RuntimeError(
                f"{ended.reason} before it took a task, {self.failed_starts} times in a row; "
                "jobs=1 needs no other process"
            )


class _Worker:
    """A worker process, and the parent's ends of its pipes."""

    def __init__(self, inherited: tuple[Callable[..., Any], Sequence[Task]] | None) -> None:
        self.is_copy = inherited is not None
        self.task: int | None = None
        self.started = False  # whether the process has taken the task
        self.is_free = False
        self.loaded = None if self.is_copy else _Loaded.now()
        self.owner = os.getpid()
        self.connection, theirs = Pipe()
        # this pipe closes when this process ends, for whatever reason, and the worker notices it
        parent_pipe, self._held = Pipe(duplex=False)
        if not self.is_copy:
            _start_resource_trackers()
        with _interrupts_deferred():  # a new process inherits the blocked SIGINT
            if self.is_copy:
                ours = (self.connection, self._held)
                arguments = (theirs, parent_pipe, inherited, ours)
                self.process: Any = get_context("fork").Process(target=serve, args=arguments)
            else:
                from joblib.externals.loky.backend.process import LokyProcess

                self.process = LokyProcess(
                    target=serve, args=(theirs, parent_pipe), env=_ONE_THREAD
                )
            self.process.start()
            _alive.add(self)
        theirs.close()
        parent_pipe.close()

    def give(self, index: int, function: Callable[..., Any], tasks: Sequence[Task]) -> None:
        """Send a task; a forked process needs its index only, since it has all tasks."""
        message: Any = index if self.is_copy else _pickle_task((function, tasks[index]))
        self.task, self.started, self.is_free = index, False, False
        with suppress(OSError):  # the end of the process is noticed elsewhere
            self.connection.send(message)

    def free(self) -> None:
        """Mark the worker as free."""
        self.task, self.started, self.is_free = None, False, True

    def numbered(self, result: Any) -> tuple[int, Any]:
        """Return the index of the current task together with a result."""
        assert self.task is not None
        return self.task, result

    def messages(self) -> Iterator[tuple[str, Any]]:
        """Yield the messages of the process, and ``("ended", exitcode)`` when it has ended."""
        gone = bool(wait([self.process.sentinel], 0))  # must be checked before the pipe is read
        read = count()
        try:
            while (gone or next(read) < _MAX_MESSAGES) and self.connection.poll():
                yield pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            gone = True
        if gone:
            exitcode = self.join(_STOP_TIMEOUT)
            _kill({self})
            yield "ended", exitcode

    def join(self, seconds: float) -> int | None:
        """Wait for the process to end and return its exit code; None if it is still running."""
        self.process.join(seconds)
        exitcode: int | None = self.process.exitcode
        return exitcode

    def stop(self) -> None:
        """Ask an idle process to end after flushing its output."""
        with suppress(OSError):
            self.connection.send(None)

    def signal_kill(self) -> None:
        """Kill the process without waiting for it to end."""
        with suppress(OSError):
            if self.process.exitcode is None:
                if hasattr(signal, "SIGKILL"):
                    os.kill(self.process.pid, signal.SIGKILL)
                else:
                    self.process.terminate()

    def close(self) -> None:
        """Close the pipes to a process that has ended."""
        self.connection.close()
        self._held.close()
        _alive.discard(self)
        if self in _kept:
            _kept.remove(self)


class _Loaded(NamedTuple):
    """The import path, and the files of the user's modules that a new process may have imported."""

    path: tuple[str, ...]
    folder: str
    files: dict[str, tuple[int, int] | None]

    @classmethod
    def now(cls) -> "_Loaded":
        """Return the state of this process."""
        files = {
            str(file): _stamp(file)
            for name, module in list(sys.modules.items())
            if isinstance(file := getattr(module, "__file__", None), str) and not is_library(name)
        }
        return cls(tuple(sys.path), _folder(), files)

    def still_holds(self) -> bool:
        """Whether a process started at that time would import the same code now."""
        same_place = (tuple(sys.path), _folder()) == (self.path, self.folder)
        return same_place and all(_stamp(file) == stamp for file, stamp in self.files.items())


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return ""


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        stat = Path(file).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


_alive: set[_Worker] = set()
_kept: list[_Worker] = []


def _kept_worker() -> _Worker | None:
    """Return a kept process that is alive and has not imported code that was edited since."""
    while _kept:
        worker = _kept.pop()
        if worker.owner != os.getpid():  # this process was forked from the one that kept it
            continue
        if worker.process.is_alive() and worker.loaded and worker.loaded.still_holds():
            return worker
        _kill({worker})
    return None


def _release(workers: set[_Worker]) -> None:
    """Keep idle new processes for later tasks; end forked ones, which have only these tasks."""
    idle = {worker for worker in workers if worker.is_free and worker in _alive}
    kept = [worker for worker in idle if not worker.is_copy]
    _stop(idle.difference(kept))
    _kill(workers.difference(kept))
    _kept.extend(kept)


def _stop(idle: Iterable[_Worker]) -> None:
    """Ask idle processes to end, and wait until they have flushed output and freed semaphores."""
    idle = list(idle)
    for worker in idle:
        worker.stop()
    for worker in idle:
        worker.join(_STOP_TIMEOUT)


def _kill(workers: Iterable[_Worker]) -> None:
    """Kill all these processes, then wait until they have ended."""
    workers = list(workers)
    for worker in workers:
        worker.signal_kill()
    for worker in workers:
        worker.join(_STOP_TIMEOUT)
        worker.close()


@atexit.register
def _end_all() -> None:
    ours = [worker for worker in _alive if worker.owner == os.getpid()]
    _stop(worker for worker in ours if worker in _kept)
    _kill(ours)


def _start_resource_trackers() -> None:
    """Start the resource trackers that the first new process needs.

    Python 3.11 unblocks SIGINT when it starts its tracker, so this must precede blocking it.
    """
    from joblib.externals.loky.backend import resource_tracker as lokys

    resource_tracker.ensure_running()
    lokys.ensure_running()


@contextmanager
def _interrupts_deferred() -> Iterator[None]:
    """Defer Ctrl-C until the body is done; processes started in the body ignore it."""
    masked = hasattr(signal, "pthread_sigmask")  # not on Windows
    in_main = threading.current_thread() is threading.main_thread()
    received: list[int] = []
    # the system may deliver the signal to another thread; Python runs the handler in this one
    handler = signal.getsignal(signal.SIGINT) if in_main else None
    if handler is not None:
        signal.signal(signal.SIGINT, lambda number, _: received.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masked else set()
    try:
        yield
    finally:
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        if received:
            signal.raise_signal(signal.SIGINT)


def _process_exit(exitcode: int | None) -> ProcessExit:
    """Describe how a process ended, from its exit code."""
    if exitcode is None or exitcode >= 0:
        return ProcessExit(f"the process ended: exit code {exitcode}")
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    what = (signal.strsignal(-exitcode) or "a signal").lower()
    reason = f"the process ended: {what} ({name}){_SIGNAL_HINTS.get(name, '')}"
    return ProcessExit(reason, killed=name == "SIGKILL")


def _pickle_task(what: tuple[Callable[..., Any], Task]) -> bytes:
    """Pickle a function and a task for a new process; also functions defined in a notebook."""
    from joblib.externals.loky.backend.reduction import dumps

    try:
        return bytes(dumps(what))
    except Exception as error:
        error.add_note("a task cannot be sent to another process; with jobs=1 it need not be")
        raise
