"""What another process does: take tasks from a pipe, and send their results back."""

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
"""The arguments of a call."""

_IDLE = 300  # seconds for which a new process waits for the next tasks


def results_of(returned: Any) -> Iterable[Any]:
    """Return what a generator yields, or the one result of any other function."""
    return returned if isinstance(returned, Iterator) else (returned,)


def serve(
    connection: "Connection[Any, Any]",
    lifeline: "Connection[Any, Any]",
    inherited: tuple[Callable[..., Any], Sequence[Task]] | None = None,
    ours: Sequence["Connection[Any, Any]"] = (),
) -> None:
    """Take tasks, in the other process, until there are no more.

    Parameters
    ----------
    connection : Connection
        Brings the number of a task to a copy of the first process, and to a new process the pickled
        function and task. Takes ``(kind, value)``: "ready", "started", then "result" for each
        result, then "done", or "raised".
    lifeline : Connection
        Is closed when the first process ends.
    inherited : (function, tasks), optional
        What a copy of the first process has from it.
    ours : sequence of Connection
        Ends of the first process, which a copy has too.
    """
    for end in ours:  # a copy has both ends of each pipe
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    _send(connection, ("ready", None))
    with suppress(EOFError, OSError):
        while connection.poll(None if inherited else _IDLE):
            order = connection.recv()
            if order is None:
                break
            _send(connection, ("started", None))
            _take(connection, order, inherited)
            with suppress(Exception):
                sys.stdout.flush()  # what the next task kills would be lost


def _take(
    connection: "Connection[Any, Any]",
    order: int | bytes,
    inherited: tuple[Callable[..., Any], Sequence[Task]] | None,
) -> None:
    try:
        if inherited and isinstance(order, int):
            function, task = inherited[0], inherited[1][order]
        else:
            function, task = pickle.loads(order)  # type: ignore[arg-type]  # bytes to a new one
        for result in results_of(function(*task)):
            _send(connection, ("result", result), by_value=inherited is None)
        message: tuple[str, Any] = ("done", None)
    except SystemExit:
        raise  # ends this process, which is the task's result
    except BaseException as error:
        message = ("raised", (_portable(error), traceback.format_exc()))
    _send(connection, message, by_value=inherited is None)


def _send(connection: "Connection[Any, Any]", message: Any, *, by_value: bool = False) -> None:
    """Send a message; classes of a notebook by value, where the first process is no copy's."""
    if by_value:
        from joblib.externals.loky.backend.reduction import dumps
    else:
        from pickle import dumps
    content = dumps(message)
    try:
        connection.send_bytes(content)
    except OSError:  # the first process is gone
        os._exit(1)


def _portable(error: BaseException) -> BaseException:
    """Return an exception that survives being sent, in place of one that does not."""
    try:
        back = pickle.loads(pickle.dumps(error))
        if type(back) is type(error):
            return error
    except Exception:  # whatever its class does on being pickled
        pass
    return RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_parent(lifeline: "Connection[Any, Any]") -> None:
    """End this process when the first one is gone; its results would be lost."""
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)
