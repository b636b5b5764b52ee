"""Compare the path of a plain loop with the path that optgallery takes, class by class.

``python tests/others/compare.py PACKAGE [CLASS ...]`` prints one line of JSON for each class.
"""

import json
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path as File
from typing import Any, NamedTuple

import torch
import torch._dynamo  # imported by the first step of any optimizer: once, before processes fork

if __name__ == "__main__":
    sys.path[0] = str(File(__file__).parents[1])

from others.departures import LOOPS
from others.loops import STEPS, Loop, Path, plain_loop
from others.packages import packages

import optgallery as og

FUNCTIONS = ("rosenbrock", "beale")
SECONDS = 120
"""How long all steps of one class on one function may take."""


class Verdict(NamedTuple):
    """What came of a class.

    Attributes
    ----------
    kind : {"same bits", "other bits", "refused", "loop fails", "not repeatable", "no loop"}
    cause : str
        Why, unless the bits are the same.
    """

    kind: str
    cause: str = ""


def compare(
    cls: type, loop: Loop, run: Callable[[Callable[[], Path]], Path] = lambda path: path()
) -> Verdict:
    """Run a class both ways on two functions.

    Parameters
    ----------
    cls : type
    loop : Loop
    run : callable
        What calls the loops, for example each in a process of its own.
    """
    if loop.cause:
        return Verdict("no loop", loop.cause)
    for name in FUNCTIONS:
        fn = og.FUNCTIONS[name]
        try:
            plain = run(lambda: plain_loop(cls, loop, fn))
        except Exception as error:
            return Verdict("loop fails", f"{name}: {said(error)}")
        try:
            ours = run(lambda: path_here(cls, loop, fn))
        except Exception as error:
            return Verdict("refused", f"{name}: {said(error)}")
        if repr(plain) != repr(ours):
            if repr(plain) != repr(run(lambda: plain_loop(cls, loop, fn))):
                return Verdict("not repeatable", f"{name}: two plain loops differ")
            return Verdict("other bits", f"{name}: {difference(plain, ours)}")
    return Verdict("same bits")


def path_here(cls: type, loop: Loop, fn: og.TestFunction, steps: int = STEPS) -> Path:
    """Return the path that optgallery takes."""
    constructor = loop.constructor(cls)
    settings = {**loop.spec}
    if loop.shape != (2,):
        settings["parameter_shape"] = loop.shape
    if loop.group:
        settings["group"] = loop.group
    if loop.create_graph:
        settings["create_graph"] = True
    optimizer: Any = constructor
    if settings:
        name = cls.__name__
        optimizer = og.OptimizerSpec(name=name.lower(), title=name, cls=constructor, **settings)
    trajectory = og.run(
        optimizer, fn, steps=steps, dtype=loop.dtype, hparams=loop.arguments(cls)
    )
    failed = trajectory.reason if trajectory.reason.startswith("the update failed") else ""
    return Path([tuple(point) for point in trajectory.points.tolist()], failed)


def difference(plain: Path, ours: Path) -> str:
    """Say where two paths part."""
    for i, (a, b) in enumerate(zip(plain.points, ours.points, strict=False)):
        if repr(a) != repr(b):
            return f"at step {i} the plain loop is at {a}, optgallery at {b}"
    return (
        f"the plain loop has {len(plain.points)} points ({plain.error or 'no error'}), "
        f"optgallery {len(ours.points)} ({ours.error or 'no error'})"
    )


def said(error: BaseException) -> str:
    notes = "; ".join(getattr(error, "__notes__", ()))
    text = " ".join(f"{error} [{notes}]".split()) if notes else " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"


class InOtherProcessError(Exception):
    """What a forked process raised, in words."""


def in_own_process(path: Callable[[], Path]) -> Path:
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
        signal.alarm(SECONDS)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            answer: tuple[bool, Any] = (True, path())
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
        late = f"took more than {SECONDS} s" if ended == -signal.SIGALRM else f"ended with {ended}"
        raise InOtherProcessError(f"the process {late}")
    succeeded, value = pickle.loads(data)
    if not succeeded:
        raise InOtherProcessError(value)
    return value


def main(name: str, only: list[str]) -> None:
    """Compare the classes of one package."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    for path, cls in packages()[name].load().items():
        if only and not any(wanted in path for wanted in only):
            continue
        verdict = compare(cls, LOOPS.get(path, Loop()), in_own_process)
        line = {"package": name, "class": path, **verdict._asdict()}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
