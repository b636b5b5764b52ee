"""Call in a forked process, and say what was raised there."""

import os
import pickle
import signal
from collections.abc import Callable
from typing import Any

SECONDS = 120
"""How long the steps of one class on one function may take, in time of the processor."""

PATIENCE = 5
"""How many times that may pass, since others use the processor, too."""


def said(error: BaseException) -> str:
    """Say what an exception says, with its notes, in one line."""
    if isinstance(error, InOtherProcessError):
        return str(error)
    notes = "; ".join(getattr(error, "__notes__", ()))
    text = " ".join(f"{error} [{notes}]".split()) if notes else " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"


class InOtherProcessError(Exception):
    """What a forked process raised, in words, or how it ended."""

    def __str__(self) -> str:
        return " ".join(self.args)


def in_own_process(call: Callable[[], Any], seconds: int = SECONDS) -> Any:
    """Call in a forked process, so that a class finds its package as just imported.

    Raises
    ------
    InOtherProcessError
        If the call raises, the process dies, or it takes too long.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.alarm(PATIENCE * seconds)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            answer: tuple[bool, Any] = (True, call())
        except BaseException as error:
            answer = (False, said(error))
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if not data:
        ended = os.waitstatus_to_exitcode(status)
        late = -ended in (signal.SIGALRM, signal.SIGPROF)
        raise InOtherProcessError(
            f"took more than {seconds} s" if late else f"the process ended with {ended}"
        )
    succeeded, value = pickle.loads(data)
    if not succeeded:
        raise InOtherProcessError(value)
    return value
