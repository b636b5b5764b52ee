"""Compare the path of a plain loop with the path that optgallery takes."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import optgallery as og
from others.loops import STEPS, Loop, Path, plain_loop
from others.processes import said

FUNCTIONS = ("rosenbrock", "beale")

STILL = "it never moves"
ENDS_AT_ONCE = "its first step leaves the finite numbers"


KINDS = {
    "same bits": "it takes the path of the plain loop bit for bit",
    "other bits": "it takes another path",
    "not repeatable": "two plain loops take different paths",
    "refused": "run() raises an exception",
    "loop fails": "the plain loop raises an exception",
    "no loop runs": "every loop ends in an exception, by the package's own fault",
    "left out": "it is a base class, or needs a GPU",
}
"""What may come of a class, and what that means."""


class Verdict(NamedTuple):
    """What came of a class.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
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
    trajectory = og.run(
        optimizer_of(cls, loop),
        fn,
        steps=steps,
        start=loop.start,
        dtype=loop.dtype,
        coordinates=loop.params,
        hparams=loop.arguments(cls),
    )
    failed = trajectory.reason if trajectory.reason.startswith("the update failed") else ""
    return Path([tuple(point) for point in trajectory.points.tolist()], failed)


def optimizer_of(cls: type, loop: Loop) -> Any:
    """Return the class as it is, or as an entry that says what cannot be found out."""
    constructor = loop.constructor(cls)
    settings = {**loop.spec}
    if loop.shape != (2,):
        settings["parameter_shape"] = loop.shape
    if loop.group:
        settings["group"] = loop.group
    if loop.create_graph:
        settings["create_graph"] = True
    if not settings:
        return constructor
    name = cls.__name__
    return og.OptimizerSpec(name=name.lower(), title=name, cls=constructor, **settings)


def difference(plain: Path, ours: Path) -> str:
    """Say where two paths part."""
    for i, (a, b) in enumerate(zip(plain.points, ours.points, strict=False)):
        if repr(a) != repr(b):
            return f"at step {i} the plain loop is at {a}, optgallery at {b}"
    return (
        f"the plain loop has {len(plain.points)} points ({plain.error or 'no error'}), "
        f"optgallery {len(ours.points)} ({ours.error or 'no error'})"
    )
