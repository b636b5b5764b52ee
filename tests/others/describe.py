"""What is special about a class, and how its runs end on four functions."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
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
SEARCHES = 5
"""Steps of a class each of which is a search of its own."""

DRAWN = 10
"""Steps after which two seeds have led apart, if an optimizer draws anything."""

SPECIAL = {
    "acts inside backward()": "its hooks do all, and step() does nothing",
    "differentiates the loss itself": "step() takes a closure that only evaluates",
    "draws random numbers": "its path depends on the seed",
    "has train() and eval()": "steps are taken from one point, and another one is evaluated",
    "needs a closure": "step() cannot do without one",
    "needs a matrix": "it takes no parameter of one dimension",
    "needs a module": "it takes a module in place of parameters, or beside them",
    "needs a process group": "torch.distributed has to be initialized",
    "needs an object of its package": "an algorithm or a configuration, for example",
    "needs parameter names": "it takes pairs of names and parameters",
    "needs second derivatives": "it differentiates the gradient once more",
    "needs separate coordinates": "it takes each coordinate as a parameter of its own",
    "needs settings in the group": "such as use_muon, which says how a parameter is updated",
    "needs sparse gradients": "it refuses others",
    "never moves": "each step leads back to the start, on all four functions",
    "rounds to float32": "what it is given in float64, without a word",
    "searches in each step": f"each step is a minimization of its own: {SEARCHES} are taken",
    "step() needs no_grad()": "it changes parameters in place while gradients are recorded",
    "takes no lr": "it ran at its own rate, or has none",
    "takes the loss": "as an argument of step()",
    "works in float32 only": "it raises an exception in float64",
    "wraps an optimizer": "here plain gradient descent",
}
"""What can be special about a class, and what that means."""

Call = Callable[[Callable[[], Any]], Any]
Run = dict[str, Any]

ENDING = ("kind", "cost", "step", "last", "reason")
"""Of a run, what is told of its end, where there is anything to tell."""


def described(cls: type, loop: Loop, call: Call) -> dict[str, Any]:
    """Describe a class for the table of all.

    Parameters
    ----------
    cls : type
    loop : Loop
    call : callable
        What calls the runs, for example in a process of their own: first all of them together; each
        by itself if that fails.

    Returns
    -------
    dict
        ``ended``: the outcome on each of `FUNCTIONS`; ``special``: what is special, in words, and
        ``settings``: what the class was given besides its learning rate.
    """
    loop = loop.at_rate(RATE)
    steps, drawn = (SEARCHES, SEARCHES) if loop.searches else (STEPS, DRAWN)
    asked = {
        **{name: partial(run_of, cls, loop, name, steps) for name in FUNCTIONS},
        **{str(seed): partial(run_of, cls, loop, "beale", drawn, seed) for seed in (0, 1)},
    }
    see = partial(seen, cls, loop)
    try:
        answers, features = call(lambda: ({key: run() for key, run in asked.items()}, see()))
    except InOtherProcessError:
        answers = {key: _run_or_failure(call, run) for key, run in asked.items()}
        try:
            features = call(see)
        except InOtherProcessError:
            features = []
    runs = {name: answers[name] for name in FUNCTIONS}
    special = {*written(cls, loop), *features, *shown(list(runs.values()))}
    if repr(answers["0"]) != repr(answers["1"]):
        special.add("draws random numbers")
    ended = {name: {k: v for k, v in run.items() if k in ENDING} for name, run in runs.items()}
    return {"ended": ended, "special": sorted(special), "settings": settings(loop)}


def _run_or_failure(call: Call, run: Callable[[], Run]) -> Run:
    try:
        answer: Run = call(run)
        return answer
    except InOtherProcessError as error:
        return {"kind": "failed", "step": None, "reason": str(error)}


def run_of(cls: type, loop: Loop, name: str, steps: int, seed: int = 0) -> Run:
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
        trajectory = run.take_steps()
    except Exception as error:  # whatever an optimizer raises is how its run ended
        trajectory = run.failed(error)
    outcome = trajectory.outcome
    match outcome.kind:
        case "solved":
            told: dict[str, Any] = {"cost": outcome.cost}
        case "diverged" | "failed":
            raised = outcome.reason.partition("; ")[0]  # what would do instead comes after it
            told = {"step": outcome.step, "reason": raised}
        case _:
            told = {"last": float(f"{outcome.last:.3g}")}
    flags = {
        "never_moved": outcome.never_moved,
        "rounded": outcome.rounded,
        "moves": len(np.unique(trajectory.points, axis=0)) > 3,
    }
    return {"kind": outcome.kind, **told, **flags, "end": trajectory.points[-1].tolist()}


def written(cls: type, loop: Loop) -> Iterator[str]:
    """Yield what is special about a class as its loop is written."""
    yield from getattr(loop.build, "special", ())
    told = {
        "takes no lr": not loop.takes_lr(cls),
        "needs settings in the group": bool(loop.group),
        "needs parameter names": loop.given == "pairs",
        "needs a module": loop.given == "module",
        "needs a matrix": len(loop.shape) > 1,
        "needs separate coordinates": loop.params == "scalars",
        "works in float32 only": loop.dtype is torch.float32,
        "needs second derivatives": loop.create_graph,
        "differentiates the loss itself": loop.step == "value",
        "takes the loss": loop.step == "loss",
        "needs a closure": loop.step == "closure",
        "searches in each step": loop.searches,
    }
    yield from (words for words, true in told.items() if true)


def shown(runs: list[Run]) -> Iterator[str]:
    """Yield what is special about a class as its runs show."""
    # one that jumps to a point which float32 has, such as a minimum, and stays there seems to round
    rounded = [run["rounded"] for run in runs if run.get("moves") and run["kind"] != "failed"]
    if rounded and all(rounded):
        yield "rounds to float32"
    if all(run.get("never_moved") for run in runs):
        yield "never moves"


def seen(cls: type, loop: Loop) -> list[str]:
    """Return what is special about a class as one of its instances shows."""
    start = torch.tensor(og.FUNCTIONS["beale"].start, dtype=loop.dtype)
    parts = start.split(1) if loop.params == "scalars" else [start.reshape(loop.shape)]
    try:
        optimizer = build(cls, loop, [nn.Parameter(part.clone()) for part in parts])
    except Exception:  # as each of its runs says
        return []
    modes = all(callable(getattr(optimizer, mode, None)) for mode in ("train", "eval"))
    told = {
        "needs a closure": not loop.step and demands_closure(optimizer.step),
        "has train() and eval()": modes,
    }
    return [words for words, true in told.items() if true]


def settings(loop: Loop) -> str:
    """Say what a class is given besides its learning rate, and where it starts if elsewhere."""
    given = {name: value for name, value in {**loop.hparams, **loop.group}.items() if name != "lr"}
    said = [f"{name} {format_value(value)}" for name, value in given.items()]
    return ", ".join([*said, *([f"start {loop.start}"] if loop.start else [])])
