"""Give an optimizer fixed gradients, wherever it is, and record its parameters."""

import contextlib
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from optgallery.checking.gradients import START, Replay, curvature_sequence, gradient_sequence
from optgallery.functions.isolation import isolated
from optgallery.optim.spec import OptimizerSpec
from optgallery.runs.run import run
from optgallery.runs.stepping import Modes, bind_step, step_calls

Points = NDArray[np.float64]
Accept = Callable[[int, Points], bool]
"""Whether to go on after a step, from its number and the point."""


@dataclass(frozen=True, eq=False)
class Path:
    """The parameters after each step, with the state at the end.

    Attributes
    ----------
    points : array of shape (steps + 1, size)
        In float64; fewer if a step raised an exception or was not accepted.
    raised : str
        The exception of the step after the last point; empty if there was none.
    rounded : dict
        From the name of each tensor in the state that is in lower precision than the parameters
        to its dtype.
    """

    points: Points
    raised: str = ""
    rounded: Mapping[str, str] = field(default_factory=dict)


def replay(
    spec: OptimizerSpec,
    hparams: Mapping[str, Any],
    situation: Replay,
    steps: int,
    *,
    default_dtype: torch.dtype = torch.float32,
) -> Path:
    """Take steps with the gradients of a situation.

    Parameters
    ----------
    spec : OptimizerSpec
    hparams : mapping
        Hyper-parameters under the names of its class.
    situation : Replay
    steps : int
    default_dtype : torch.dtype
        torch's default dtype meanwhile; the parameters are in float64 in any case.
    """
    if situation.function is not None:
        return _on_function(spec, hparams, situation, steps)

    def build(params: list[Tensor]) -> Any:
        return spec.build(params, seed=0, hparams=hparams)

    with (
        isolated(0, default_dtype=default_dtype),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),  # some classes print their settings
    ):
        warnings.simplefilter("ignore")
        return take_steps(build, situation, steps, with_curvature=spec.create_graph)


def take_steps(
    build: Callable[[list[Tensor]], Any],
    situation: Replay,
    steps: int,
    *,
    with_curvature: bool,
    accept: Accept | None = None,
) -> Path:
    """Take steps with fixed gradients, at torch's present settings.

    Parameters
    ----------
    build : callable
        Returns an optimizer of the parameters.
    situation : Replay
    steps : int
    with_curvature : bool
        Whether gradients have a graph, for optimizers that differentiate them.
    accept : callable, optional
        Called after each step; if it returns False, no more steps are taken.
    """
    gradients = torch.tensor(gradient_sequence(steps))
    curvatures = torch.tensor(curvature_sequence(steps)) if with_curvature else None
    start = torch.tensor(START, dtype=torch.float64).chunk(situation.parameters)
    params: list[Tensor] = [nn.Parameter(part.reshape(situation.shape).clone()) for part in start]
    points = [_point(params)]
    try:
        optimizer = build(params)
        modes = Modes(optimizer)
        value = torch.zeros((), dtype=torch.float64)
        take_step = bind_step(optimizer, step_calls(optimizer)[0], lambda: value, lambda: value)
        for k in range(steps):
            modes.switch("train")
            _set_gradients(params, gradients[k], None if curvatures is None else curvatures[k])
            take_step()
            modes.switch("eval")
            points.append(_point(params))
            if accept is not None and not accept(k + 1, points[-1]):
                break
    except Exception as error:  # how an optimizer fails is a result, too
        message = str(error).strip().partition("\n")[0]
        return Path(np.array(points), f"{type(error).__name__}: {message}")
    return Path(np.array(points), "", _rounded_state(optimizer))


def _on_function(
    spec: OptimizerSpec, hparams: Mapping[str, Any], situation: Replay, steps: int
) -> Path:
    """Run on a function, in the plain loop."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            trajectory = run(spec, situation.function, steps=steps, hparams=dict(hparams))
        except Exception as error:  # how an optimizer fails is a result, too
            message = str(error).strip().partition("\n")[0]
            return Path(np.empty((0, 2)), f"{type(error).__name__}: {message}")
    return Path(trajectory.points)


def _point(params: list[Tensor]) -> Points:
    flat = [p.detach().reshape(-1).to(torch.float64) for p in params]
    point: Points = torch.cat(flat).numpy().copy()
    return point


def _set_gradients(params: list[Tensor], gradient: Tensor, curvature: Tensor | None) -> None:
    """Set the gradients; with curvature, each depends on its parameter, as a graph tells."""
    parts = gradient.chunk(len(params))
    curved = [None] * len(params) if curvature is None else curvature.chunk(len(params))
    for p, part, c in zip(params, parts, curved, strict=True):
        g = part.reshape(p.shape).clone()
        p.grad = g if c is None else g + c.reshape(p.shape) * (p - p.detach())


def _rounded_state(optimizer: Any) -> dict[str, str]:
    """Return the tensors of an optimizer's state that hold fewer digits than the parameters."""
    state = getattr(optimizer, "state", None)
    found: dict[str, str] = {}
    if not isinstance(state, Mapping):
        return found
    for p, values in state.items():
        if not isinstance(p, Tensor) or not isinstance(values, Mapping):
            continue
        for name, value in values.items():
            inexact = isinstance(value, Tensor) and value.is_floating_point()
            if inexact and value.numel() == p.numel() > 1 and value.dtype is not p.dtype:
                found[str(name)] = str(value.dtype).removeprefix("torch.")
    return found
