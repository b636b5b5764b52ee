"""Compare the path of a plain loop with the path that optgallery takes."""

import json
import os
import pickle
import signal
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path as File
from typing import Any, NamedTuple

import torch

import optgallery as og
from others.departures import LOOPS
from others.loops import STEPS, Loop, Path, plain_loop
from others.packages import Package

FUNCTIONS = ("rosenbrock", "beale")
SECONDS = 120
"""How long the steps of one class on one function may take."""


STILL = "it never moves"
ENDS_AT_ONCE = "its first step leaves the finite numbers"


class Verdict(NamedTuple):
    """What came of a class.

    Attributes
    ----------
    kind : str
        "same bits", "other bits", "refused" by optgallery, "not repeatable" where two plain loops
        differ; "loop fails" where the plain loop raises, which it should not; "no loop runs" and
        "left out" where that is known.
    cause : str
        Why, unless the bits are the same; of these, whether it never moves.
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
    if loop.left_out:
        return Verdict("left out", loop.left_out)
    if loop.cause:
        return Verdict("no loop runs", loop.cause)
    moved, ends_at_once = False, True
    for name in FUNCTIONS:
        plain_path = partial(plain_loop, cls, loop, og.FUNCTIONS[name])
        try:
            plain = run(plain_path)
        except Exception as error:
            return Verdict("loop fails", f"{name}: {said(error)}")
        try:
            ours = run(partial(path_here, cls, loop, og.FUNCTIONS[name]))
        except Exception as error:
            return Verdict("refused", f"{name}: {said(error)}")
        if repr(plain) != repr(ours):
            if repr(plain) != repr(run(plain_path)):
                return Verdict("not repeatable", f"{name}: two plain loops differ")
            return Verdict("other bits", f"{name}: {difference(plain, ours)}")
        moved = moved or len(set(plain.points)) > 1
        ends_at_once = ends_at_once and len(plain.points) == 1
    return Verdict("same bits", ENDS_AT_ONCE if ends_at_once else "" if moved else STILL)


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
        optimizer,
        fn,
        steps=steps,
        start=loop.start,
        dtype=loop.dtype,
        coordinates=loop.params,
        hparams=loop.arguments(cls),
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
        signal.alarm(seconds)
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
        late = ended == -signal.SIGALRM
        raise InOtherProcessError(
            f"took more than {seconds} s" if late else f"the process ended with {ended}"
        )
    succeeded, value = pickle.loads(data)
    if not succeeded:
        raise InOtherProcessError(value)
    return value


def compare_package(package: Package, only: list[str], results: File) -> None:
    """Compare the classes of one package, and write a line of JSON for each as it is done."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with (
        results.open("a", encoding="utf-8", buffering=1) as lines,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.chdir(folder)  # some write logs where they are run
        for path, cls in package.load().items():
            if only and path not in only:
                continue
            verdict = compare(cls, LOOPS.get(path, Loop()), in_own_process)
            lines.write(json.dumps({"class": path, **verdict._asdict()}) + "\n")
        os.chdir(results.parent)
