"""The loop of a worker process: read tasks from a pipe, and send the results back."""

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

Task = tuple[Any, ...]
"""The arguments of one call."""

_IDLE = 300  # seconds for which an idle new process waits for tasks


def results_of(returned: Any) -> Iterable[Any]:
    """Return the values of a generator, or a tuple of the one result of any other function."""
    return returned if isinstance(returned, Iterator) else (returned,)


def serve(
    connection: "Connection[Any, Any]",
    parent_pipe: "Connection[Any, Any]",
    inherited: tuple[Callable[..., Any], Sequence[Task]] | None = None,
    ours: Sequence["Connection[Any, Any]"] = (),
) -> None:
    """Run tasks in a worker process until the parent asks it to end.

    Parameters
    ----------
    connection : Connection
        Receives the index of a task (a forked process) or the pickled function and task (a new
        process). Sends ``(kind, value)``: "ready", "started", then "result" for each result, then
        "done", or "raised".
    parent_pipe : Connection
        Closes when the parent process ends.
    inherited : (function, tasks), optional
        What a forked process has inherited from its parent.
    ours : sequence of Connection
        The parent's ends of the pipes, which a forked process inherits and closes.
    """
    for end in ours:  # a forked process has both ends of each pipe
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, args=(parent_pipe,), daemon=True).start()
    _send(connection, ("ready", None))
    with suppress(EOFError, OSError):
        while connection.poll(None if inherited else _IDLE):
            message = connection.recv()
            if message is None:
                break
            _send(connection, ("started", None))
            _run_task(connection, message, inherited)
            with suppress(Exception):
                sys.stdout.flush()  # output would be lost if the next task ends the process


def _run_task(
    connection: "Connection[Any, Any]",
    request: int | bytes,
    inherited: tuple[Callable[..., Any], Sequence[Task]] | None,
) -> None:
    try:
        if inherited and isinstance(request, int):
            function, task = inherited[0], inherited[1][request]
        else:
            function, task = pickle.loads(request)  # type: ignore[arg-type]  # bytes in a new process
        for result in results_of(function(*task)):
            _send(connection, ("result", result), by_value=inherited is None)
        message: tuple[str, Any] = ("done", None)
    except SystemExit:
        raise  # ends this process, which the parent reports for the task
    except BaseException as error:
        message = ("raised", (_picklable(error), traceback.format_exc()))
    _send(connection, message, by_value=inherited is None)


def _send(connection: "Connection[Any, Any]", message: Any, *, by_value: bool = False) -> None:
    """Send a message; a new process pickles a notebook's classes by value."""
    if by_value:
        from joblib.externals.loky.backend.reduction import dumps
    else:
        from pickle import dumps
    content = dumps(message)
    try:
        connection.send_bytes(content)
    except OSError:  # the parent process has ended
        os._exit(1)


def _picklable(error: BaseException) -> BaseException:
    """Return an exception that can be pickled, replacing one that cannot."""
    try:
        back = pickle.loads(pickle.dumps(error))
        if type(back) is type(error):
            return error
    except Exception:  # pickling a user's class may raise anything
        pass
    return RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_parent(parent_pipe: "Connection[Any, Any]") -> None:
    """End this process when its parent has ended."""
    with suppress(EOFError, OSError):
        parent_pipe.recv_bytes()
    os._exit(1)
