"""Processes of this machine that take tasks; one that ends costs only the task that it was at."""

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
from multiprocessing import Pipe, get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from optgallery.cache.source_graph import is_library
from optgallery.parallel.worker import Task, serve

Result = TypeVar("Result")

_STOPPING = 1  # seconds for an idle process to end by itself
_AT_ONCE = 20  # results of one process, while others may wait for a task
_STILLBORN = 3  # processes in a row that end before they take a task
_ONE_THREAD = {
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR")},
    "VECLIB_MAXIMUM_THREADS": "1",  # on macOS
}
_SYSTEMS_DOING = {"SIGKILL": ", as the system does when memory runs out"}


class ProcessExit(NamedTuple):
    """In place of a result: the process that was at the task ended.

    Attributes
    ----------
    reason : str
        How it ended: ``"the process ended: exit code 9"``.
    killed : bool
        Whether it was killed from outside, so that another attempt may succeed.
    """

    reason: str
    killed: bool = False


def map_over_processes(
    function: Callable[..., Result], tasks: Sequence[Task], jobs: int
) -> Generator[tuple[int, Result | ProcessExit], None, None]:
    """Call a function for each task in other processes, and yield results as they come.

    Copies of this process are used where it has one thread; they load nothing. Elsewhere new
    processes are started, and kept for some minutes. They ignore Ctrl-C: when this generator is
    left before its end, by an exception or by ``close``, they are killed at once.

    Parameters
    ----------
    function : callable
        What it yields, if it is a generator function, are results, sent one by one.
    tasks : sequence of tuples
        The arguments of each call.
    jobs : int
        Processes at the same time.

    Yields
    ------
    index : int
        Which task it was.
    result : object or ProcessExit
        A result, or how the process ended that was at the task.

    Raises
    ------
    RuntimeError
        If processes end before they take a task.
    Exception
        What the function raised, with the traceback of its process as the cause.
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
            _dismiss(pool.workers)


def has_one_thread() -> bool:
    """Whether a copy of this process can go on: of other threads it would have the locks only."""
    for _ in range(10):
        if threading.active_count() > 1:
            return False
        try:
            if len(os.listdir("/proc/self/task")) == 1:
                return True
        except OSError:  # not on Linux
            return False
        time.sleep(0.005)  # a thread that has come to its end takes a moment to be gone
    return False


class _RemoteError(Exception):
    """The traceback of another process, shown above that of its exception."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class _Pool:
    """Tasks, and the processes that take them."""

    def __init__(self, function: Callable[..., Any], tasks: Sequence[Task], jobs: int) -> None:
        self.function, self.tasks, self.jobs = function, tasks, jobs
        self.waiting = deque(range(len(tasks)))
        self.workers: set[_Worker] = set()
        self.stillborn = 0
        self.copies = has_one_thread()

    def results(self) -> Iterator[tuple[int, Any]]:
        """Yield the number of a task and a result, or a `ProcessExit`, until no task is left."""
        while self.waiting or self._busy():
            while len(self.workers) < min(self.jobs, self._busy() + len(self.waiting)):
                self._hire()
            for worker in self._heard():
                yield from self._listen(worker)
                if worker in self.workers and worker.is_free and self.waiting:
                    worker.give(self.waiting.popleft(), self.function, self.tasks)

    def _busy(self) -> int:
        return sum(worker.task is not None for worker in self.workers)

    def _hire(self) -> None:
        inherited = (self.function, self.tasks) if self.copies and has_one_thread() else None
        with _interrupts_deferred():  # none is started that this pool does not know
            self.workers.add((None if inherited else _kept_worker()) or _Worker(inherited))

    def _heard(self) -> list["_Worker"]:
        """Wait until a process has sent something, ended, or can be given a task."""
        if self.waiting and (free := [worker for worker in self.workers if worker.is_free]):
            return free
        signs: dict[Any, _Worker] = {}
        for worker in self.workers:
            signs[worker.connection] = signs[worker.process.sentinel] = worker
        return list({signs[sign] for sign in wait(list(signs))})

    def _listen(self, worker: "_Worker") -> Iterator[tuple[int, Any]]:
        for kind, value in worker.messages():
            match kind:
                case "ready" | "done":
                    worker.free()
                case "started":
                    worker.started, self.stillborn = True, 0
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
        """Give a task back that the process never took."""
        if worker.task is not None:
            self.waiting.appendleft(worker.task)
        self.stillborn += 1
        if self.stillborn > _STILLBORN:
            raise RuntimeError(
                f"{ended.reason} before it took a task, {self.stillborn} times in a row; "
                "jobs=1 needs no other process"
            )


class _Worker:
    """Another process, seen from this one."""

    def __init__(self, inherited: tuple[Callable[..., Any], Sequence[Task]] | None) -> None:
        self.is_copy = inherited is not None
        self.task: int | None = None
        self.started = False  # whether the process has taken the task
        self.is_free = False
        self.loaded = None if self.is_copy else _Loaded.now()
        self.owner = os.getpid()
        self.connection, theirs = Pipe()
        # its end closes with this process, however that ends
        lifeline, self._held = Pipe(duplex=False)
        with _interrupts_deferred():  # a process inherits that Ctrl-C is held back
            if self.is_copy:
                ours = (self.connection, self._held)
                arguments = (theirs, lifeline, inherited, ours)
                self.process: Any = get_context("fork").Process(target=serve, args=arguments)
            else:
                from joblib.externals.loky.backend.process import LokyProcess

                self.process = LokyProcess(target=serve, args=(theirs, lifeline), env=_ONE_THREAD)
            self.process.start()
            _alive.add(self)
        theirs.close()
        lifeline.close()

    def give(self, index: int, function: Callable[..., Any], tasks: Sequence[Task]) -> None:
        """Send a task, or its number to a copy, which has all of them."""
        order: Any = index if self.is_copy else _dumps_for_new((function, tasks[index]))
        self.task, self.started, self.is_free = index, False, False
        with suppress(OSError):  # a process that is gone is noticed by its end
            self.connection.send(order)

    def free(self) -> None:
        """Note that there is no task now."""
        self.task, self.started, self.is_free = None, False, True

    def numbered(self, result: Any) -> tuple[int, Any]:
        """Return the number of the task beside its result."""
        assert self.task is not None
        return self.task, result

    def messages(self) -> Iterator[tuple[str, Any]]:
        """Yield what the process has sent, and at its end ``("ended", exitcode)``."""
        gone = bool(wait([self.process.sentinel], 0))  # before the pipe is emptied
        read = count()
        try:
            while (gone or next(read) < _AT_ONCE) and self.connection.poll():
                yield pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            gone = True
        if gone:
            exitcode = self.join(_STOPPING)
            _kill({self})
            yield "ended", exitcode

    def join(self, seconds: float) -> int | None:
        """Wait for the end of the process and return its exit code; None if it goes on."""
        self.process.join(seconds)
        exitcode: int | None = self.process.exitcode
        return exitcode

    def stop(self) -> None:
        """Ask an idle process to end, after it has written what it printed."""
        with suppress(OSError):
            self.connection.send(None)

    def signal_kill(self) -> None:
        """Kill the process, without waiting for its end."""
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
    """Where Python imports from, and the modules of the user that a process may have imported."""

    path: tuple[str, ...]
    folder: str
    files: dict[str, tuple[int, int] | None]

    @classmethod
    def now(cls) -> "_Loaded":
        """Look at this process."""
        files = {
            str(file): _stamp(file)
            for name, module in list(sys.modules.items())
            if isinstance(file := getattr(module, "__file__", None), str) and not is_library(name)
        }
        return cls(tuple(sys.path), _folder(), files)

    def still_holds(self) -> bool:
        """Whether a process that was started then would import the same now."""
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
    """Return a process that was kept, unless it is gone or has loaded what was edited since."""
    while _kept:
        worker = _kept.pop()
        if worker.owner != os.getpid():  # this process is itself a copy of the one that kept it
            continue
        if worker.process.is_alive() and worker.loaded and worker.loaded.still_holds():
            return worker
        _kill({worker})
    return None


def _dismiss(workers: set[_Worker]) -> None:
    """Keep idle new processes for the next tasks, and end copies, which know these tasks only."""
    idle = {worker for worker in workers if worker.is_free and worker in _alive}
    kept = [worker for worker in idle if not worker.is_copy]
    for worker in idle.difference(kept):
        worker.stop()
    for worker in idle.difference(kept):
        worker.join(_STOPPING)
    _kill(workers.difference(kept))
    _kept.extend(kept)


def _kill(workers: Iterable[_Worker]) -> None:
    """End processes, all at once, and wait until they are gone."""
    workers = list(workers)
    for worker in workers:
        worker.signal_kill()
    for worker in workers:
        worker.join(_STOPPING)
        worker.close()


@atexit.register
def _end_all() -> None:
    _kill([worker for worker in _alive if worker.owner == os.getpid()])


@contextmanager
def _interrupts_deferred() -> Iterator[None]:
    """Have Ctrl-C wait until the body is done; processes that it starts never get to know of it."""
    masked = hasattr(signal, "pthread_sigmask")  # not on Windows
    in_main = threading.current_thread() is threading.main_thread()
    came: list[int] = []
    # another thread may get the signal, which Python passes on to this one
    handler = signal.getsignal(signal.SIGINT) if in_main else None
    if handler is not None:
        signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masked else set()
    try:
        yield
    finally:
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


def _process_exit(exitcode: int | None) -> ProcessExit:
    """Say how a process ended."""
    if exitcode is None or exitcode >= 0:
        return ProcessExit(f"the process ended: exit code {exitcode}")
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    what = (signal.strsignal(-exitcode) or "a signal").lower()
    said = f"the process ended: {what} ({name}){_SYSTEMS_DOING.get(name, '')}"
    return ProcessExit(said, killed=name == "SIGKILL")


def _dumps_for_new(what: tuple[Callable[..., Any], Task]) -> bytes:
    """Pickle what a new process is to do, also what stands in a notebook."""
    from joblib.externals.loky.backend.reduction import dumps

    try:
        return bytes(dumps(what))
    except Exception as error:
        error.add_note("a task cannot be sent to another process; jobs=1 needs none")
        raise
