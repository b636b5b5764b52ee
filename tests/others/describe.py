"""What is special about a class, and how its runs end on four functions."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import torch
from torch import nn

import optgallery as og
from optgallery.optim.hyperparameters import format_value
from optgallery.optim.spec import as_spec
from optgallery.runs.single_run import SingleRun
from others.compare import optimizer_of
from others.loops import Loop, build, demands_closure
from others.processes import InOtherProcessError

FUNCTIONS = ("sphere", "rosenbrock", "beale", "himmelblau")
STEPS = 200
RATE = 0.1
DRAWN = 10
"""Steps after which two seeds have led apart, if an optimizer draws anything."""

Call = Callable[[Callable[[], Any]], Any]


def described(cls: type, loop: Loop, call: Call) -> dict[str, Any]:
    """Describe a class for the table of all.

    Parameters
    ----------
    cls : type
    loop : Loop
    call : callable
        What calls the runs, for example each in a process of its own.

    Returns
    -------
    dict
        ``ended``: the outcome on each of `FUNCTIONS`; ``special``: what is special, in words, and
        ``settings``: what the class was given besides its learning rate.
    """
    loop = loop.at_rate(RATE)
    runs = {name: _called(call, partial(run_of, cls, loop, name)) for name in FUNCTIONS}
    special = list(dict.fromkeys(_special(cls, loop, call, list(runs.values()))))
    ended = {name: {k: v for k, v in run.items() if k in ENDING} for name, run in runs.items()}
    return {"ended": ended, "special": sorted(special), "settings": settings(loop)}


ENDING = ("kind", "cost", "step", "last", "reason")
"""Of a run, what is told of its end, where there is anything to tell."""


def run_of(
    cls: type, loop: Loop, name: str, steps: int = STEPS, seed: int = 0
) -> dict[str, Any]:
    """Run a class as its loop is written, and return its outcome in plain types."""
    fn = og.FUNCTIONS[name]
    run = SingleRun(
        as_spec(optimizer_of(cls, loop)),
        fn,
        loop.start or fn.start,
        steps,
        seed,
        loop.dtype,
        loop.params,
        loop.arguments(cls),
    )
    try:
        trajectory = run.take()
    except Exception as error:  # whatever an optimizer raises is how its run ended
        trajectory = run.failed(error)
    outcome = trajectory.outcome
    match outcome.kind:
        case "solved":
            told: dict[str, Any] = {"cost": outcome.cost}
        case "diverged" | "failed":
            told = {"step": outcome.step, "reason": outcome.reason}
        case _:
            told = {"last": float(f"{outcome.last:.3g}")}
    flags = {"never_moved": outcome.never_moved, "rounded": outcome.rounded}
    return {"kind": outcome.kind, **told, **flags, "points": trajectory.points.tolist()}


def _called(call: Call, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return call(run)
    except InOtherProcessError as error:
        return {"kind": "failed", "step": None, "reason": str(error), "points": []}


def _special(cls: type, loop: Loop, call: Call, runs: list[dict[str, Any]]) -> Iterator[str]:
    yield from getattr(loop.build, "special", ())
    if not loop.takes_lr(cls):
        yield "takes no lr"
    if loop.group:
        yield "needs settings in the group"
    if loop.given == "pairs":
        yield "needs parameter names"
    if loop.given == "module":
        yield "needs a module"
    if len(loop.shape) > 1:
        yield "needs a matrix"
    if loop.params == "scalars":
        yield "needs separate coordinates"
    if loop.dtype is torch.float32:
        yield "works in float32 only"
    if loop.create_graph:
        yield "needs second derivatives"
    if loop.step == "value":
        yield "differentiates the loss itself"
    if loop.step == "loss":
        yield "takes the loss"
    if loop.step == "closure":
        yield "needs a closure"
    with suppress(InOtherProcessError):
        yield from call(partial(seen, cls, loop))
    if any(run.get("rounded") for run in runs):
        yield "rounds to float32"
    if all(run.get("never_moved") for run in runs):
        yield "never moves"
    seeds = [
        _called(call, partial(run_of, cls, loop, "beale", DRAWN, seed))["points"] for seed in (0, 1)
    ]
    if repr(seeds[0]) != repr(seeds[1]):
        yield "draws random numbers"


def seen(cls: type, loop: Loop) -> list[str]:
    """Return what is special about a class as one of its instances shows."""
    start = torch.tensor(og.FUNCTIONS["beale"].start, dtype=loop.dtype)
    parts = start.split(1) if loop.params == "scalars" else [start.reshape(loop.shape)]
    optimizer = build(cls, loop, [nn.Parameter(part.clone()) for part in parts])
    modes = all(callable(getattr(optimizer, mode, None)) for mode in ("train", "eval"))
    shown = {
        "needs a closure": not loop.step and demands_closure(optimizer.step),
        "has train() and eval()": modes,
    }
    return [words for words, true in shown.items() if true]


def settings(loop: Loop) -> str:
    """Say what a class is given besides its learning rate, and where it starts if elsewhere."""
    given = {name: value for name, value in {**loop.hparams, **loop.group}.items() if name != "lr"}
    said = [f"{name} {format_value(value)}" for name, value in given.items()]
    return ", ".join([*said, *([f"start {loop.start}"] if loop.start else [])])
