"""Find out what a class needs in order to run, and what it does beyond a plain step."""

import re
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from inspect import getsourcefile
from io import StringIO
from pathlib import Path
from traceback import extract_tb
from typing import Any

import numpy as np
import torch
from torch import nn

from optgallery.functions import FUNCTIONS
from optgallery.functions.isolation import isolated, seed_generators
from optgallery.optim import OptimizerSpec
from optgallery.report.loading import required_settings
from optgallery.runs.run import attempt, run
from optgallery.runs.stepping import bind_step, step_calls, switch_mode
from optgallery.runs.trajectory import Trajectory

_RATE = 0.01
_STEPS = 20
_FUNCTION = "matyas"  # with moderate gradients
_GROUP = re.compile(r"OptimizerSpec\(\.\.\., group=\{'(\w+)': \.\.\.\}\)")


class UnrunnableError(ValueError):
    """An optimizer cannot take a step; the message says why, and what would do."""


@dataclass(frozen=True)
class Remark:
    """Something about a class that its users should know."""

    title: str
    words: str


def runnable(spec: OptimizerSpec) -> tuple[OptimizerSpec, list[Remark]]:
    """Return an entry that runs: with a matrix, a graph or a closure, if the class needs one.

    Parameters
    ----------
    spec : OptimizerSpec

    Returns
    -------
    spec : OptimizerSpec
        The entry, with the capabilities that it needs.
    remarks : list of Remark
        What was found that it needs.

    Raises
    ------
    UnrunnableError
        If it takes no step in any of these ways.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `remarks` tells them
        first = _tried(spec)
        found = spec
        if not _moves(first):
            found = next((each for each in _variants(spec) if _moves(_tried(each))), spec)
            if found is spec and first.status == "failed" and not _took_steps(first):
                raise UnrunnableError(f"{spec.title} cannot run: {failure_words(spec, first)}")
        if _refuses_plain_step(found):
            found = replace(found, needs_closure=True)
        return found, list(_needs(found))


def failure_words(spec: OptimizerSpec, failed: Trajectory) -> str:
    """Return why a run failed, with the file, the line and the step at which it did.

    Parameters
    ----------
    spec : OptimizerSpec
    failed : Trajectory
        Its run, which is repeated, since a trajectory does not keep the place.

    Returns
    -------
    str
        As ``"RuntimeError: not today (my_file.py, line 52, in step 1)"``.
    """
    reason = _GROUP.sub(r"--group \1=...", failed.reason)
    step = f"in step {len(failed.points)}"
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            run(spec, failed.test_fn, steps=failed.steps, hparams=dict(failed.hparams))
    except Exception as error:
        frames = extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == _source_file(spec)]
        if place := own or frames:
            step = f"{Path(place[-1].filename).name}, line {place[-1].lineno}, {step}"
    return f"{reason} ({step})"


def _source_file(spec: OptimizerSpec) -> str | None:
    with suppress(TypeError):  # a class that is built in
        return getsourcefile(spec.cls)
    return None


def check_settings(spec: OptimizerSpec, *, options: bool = True) -> None:
    """Raise an `UnrunnableError` that names the hyper-parameters that have to be given.

    Parameters
    ----------
    spec : OptimizerSpec
    options : bool
        Whether the command has the options ``--set`` and ``--group``; if not, the message proposes
        a function that builds the optimizer.
    """
    name = getattr(spec.cls, "__name__", spec.title)
    if missing := [n for n in required_settings(spec.cls) if n not in spec.defaults]:
        given = " ".join(f"--set {setting}=..." for setting in missing)
        if not options:
            settings = "".join(f", {setting}=..." for setting in missing)
            given = (
                "name a function in its place, as "
                f"def my_{name.lower()}(params, lr=0.01): return {name}(params, lr=lr{settings})"
            )
        raise UnrunnableError(f"{spec.title} has no default for {', '.join(missing)}: {given}")
    try:
        with isolated(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spec.build([_parameter(spec)], hparams=spec.at_rate(_RATE))
    except (TypeError, ValueError) as error:
        advice = (
            "give hyper-parameters as --set NAME=VALUE, flags of the group as --group NAME=VALUE"
            if options
            else f"name a function that builds it, as def my_{name.lower()}(params, lr=0.01): "
            f"return {name}(...)"
        )
        message = str(error).partition("; if it wants")[0].rstrip(".")
        raise UnrunnableError(f"{message}; {advice}") from error


def remarks(spec: OptimizerSpec) -> list[Remark]:
    """Return what a short run shows of a class: rounding, random draws, warnings, checkpoints."""
    printed = StringIO()
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(printed):
        warnings.simplefilter("always")
        found = list(_measured(spec))
    if lines := _printed_lines(printed.getvalue()):
        found.append(Remark("Prints", f"It prints, among others: {lines[0]}"))
    messages = dict.fromkeys(" ".join(str(each.message).split()) for each in caught)
    return found + [Remark("Python warning", message) for message in messages]


def _printed_lines(text: str) -> list[str]:
    """Return the lines that were printed, without colours for terminals."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [line.strip() for line in plain.splitlines() if line.strip()]


def _measured(spec: OptimizerSpec) -> Iterator[Remark]:
    plain = _tried(spec)
    if plain.status == "failed":
        return
    if plain.rounded:
        words = "It works in float32 inside: parameters in float64 are rounded at every step."
        yield Remark("Rounds to float32", words)
    seeded = _tried(spec, seed=1)
    if not np.array_equal(plain.points, seeded.points):
        words = "It draws random numbers: another seed gives another path. Here the seed is 0."
        yield Remark("Random", words)
    each = np.diff(plain.evaluations)
    if len(each) and each.max() > 1:
        number = f"{each.min()} to {each.max()}" if each.min() != each.max() else f"{each.max()}"
        words = f"A step takes {number} gradient evaluations; costs count them all."
        yield Remark("Several evaluations", words)
    if spec.own_axis is not None:
        words = "It takes no learning rate, so there is one run on each function."
        yield Remark("No learning rate", words)
    yield from _of_checkpoint(spec)


def _tried(spec: OptimizerSpec, *, seed: int = 0) -> Trajectory:
    """Take a few steps; an exception is the reason of a failed run."""
    fn = FUNCTIONS[_FUNCTION]
    if seed:
        return run(spec, fn, steps=_STEPS, seed=seed, hparams=spec.at_rate(_RATE))
    return attempt(spec, fn, steps=_STEPS, lr=_RATE)


def _took_steps(trajectory: Trajectory) -> bool:
    """Whether the point changed before the run ended."""
    return bool(np.ptp(trajectory.points, axis=0).any())


def _moves(trajectory: Trajectory) -> bool:
    return trajectory.status != "failed" and not trajectory.never_moved


def _variants(spec: OptimizerSpec) -> Iterator[OptimizerSpec]:
    matrix = {"parameter_shape": (1, 2)}
    for changes in (
        {"create_graph": True},
        {"needs_closure": True},
        matrix,
        {**matrix, "create_graph": True},
    ):
        yield replace(spec, **changes)


def _needs(spec: OptimizerSpec) -> Iterator[Remark]:
    """Yield what an entry needs beyond a plain ``step()``."""
    if len(spec.parameter_shape) > 1:
        words = "It updates matrices only: the point is a matrix of one row."
        yield Remark("Needs a matrix", words)
    if spec.create_graph:
        words = "It differentiates the gradient once more: call backward(create_graph=True)."
        yield Remark("Needs the graph", words)
    with isolated():
        built = spec.build([_parameter(spec)], hparams=spec.at_rate(_RATE))
    if step_calls(built, needs_closure=spec.needs_closure)[0].closure:
        words = "Its step() takes a closure that evaluates the loss and its gradient again."
        yield Remark("Needs a closure", words)


def _refuses_plain_step(spec: OptimizerSpec) -> bool:
    """Whether a closure is optional in the signature of ``step``, and yet needed."""
    with isolated(), suppress(Exception):
        take, built = _stepper(spec, _parameter(spec))
        calls = step_calls(built, needs_closure=spec.needs_closure)
        if calls[0].closure or not any(call.closure for call in calls):
            return False
        try:
            take()
        except Exception:
            return _moves(_tried(replace(spec, needs_closure=True)))
    return False


def _of_checkpoint(spec: OptimizerSpec) -> Iterator[Remark]:
    """Yield a remark if a run that is continued from a checkpoint takes another path."""
    try:
        with isolated():
            same = _continues(spec)
    except Exception as error:  # load_state_dict may raise anything
        message = str(error).strip().partition("\n")[0]
        words = f"A checkpoint cannot be made and loaded: {type(error).__name__}: {message}"
        yield Remark("Checkpoints", words.removesuffix(": "))
    else:
        if not same:
            words = (
                "A run that is continued from its state_dict takes another path than one that was "
                "not interrupted: something is not in the state."
            )
            yield Remark("Checkpoints", words)


def _continues(spec: OptimizerSpec) -> bool:
    """Whether five steps after a checkpoint have the bits of an uninterrupted run."""
    parameter = _parameter(spec)
    take, built = _stepper(spec, parameter)
    for _ in range(5):
        take()
    saved = deepcopy((parameter.detach(), built.state_dict()))
    seed_generators(0)
    for _ in range(5):
        take()
    again = nn.Parameter(saved[0])
    take, built = _stepper(spec, again)
    built.load_state_dict(saved[1])
    seed_generators(0)
    for _ in range(5):
        take()
    return torch.equal(parameter, again)


def _stepper(spec: OptimizerSpec, parameter: nn.Parameter) -> Any:
    """Return a function that takes a step of a new optimizer, and the optimizer."""
    fn = FUNCTIONS[_FUNCTION]
    built = spec.build([parameter], hparams=spec.at_rate(_RATE))

    def evaluate(backward: bool = True) -> torch.Tensor:
        built.zero_grad()
        loss = fn.formula(*parameter.flatten())
        if backward:
            loss.backward(create_graph=spec.create_graph)  # type: ignore[no-untyped-call]
        return loss

    switch_mode(built, "train")
    call = step_calls(built, needs_closure=spec.needs_closure)[0]
    take_step = bind_step(built, call, evaluate, evaluate)

    def take() -> None:
        evaluate()
        take_step()

    return take, built


def _parameter(spec: OptimizerSpec) -> nn.Parameter:
    start = torch.tensor(FUNCTIONS[_FUNCTION].start, dtype=torch.float64)
    return nn.Parameter(start.reshape(spec.parameter_shape))
