"""Golden steps: the parameters of every entry after each of fifty steps, as test vectors.

They are for those who write an optimizer in another language or library: start, gradients and
hyper-parameters go in, and after each step the parameters must be these.
"""

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from optgallery.checking.gradients import START, Replay, curvature_sequence, gradient_sequence
from optgallery.checking.replay import replay
from optgallery.checking.settings import defaults_of
from optgallery.functions import FUNCTIONS
from optgallery.functions.isolation import isolated
from optgallery.optim.hyperparameters import format_value
from optgallery.optim.spec import OptimizerSpec, as_spec
from optgallery.runs.run import run

STEPS = 50
FUNCTION = "rosenbrock"
"""On which optimizers run that choose where gradients are evaluated."""

_STRONGER = {"weight_decay": 0.1, "eps": 0.05}


def environment() -> dict[str, str]:
    """Return what the last bits of golden steps depend on."""
    return {
        "torch": torch.__version__.partition("+")[0],
        "system": platform.system(),
        "machine": platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def golden_steps(spec: OptimizerSpec, steps: int = STEPS) -> dict[str, Any]:
    """Return the golden steps of an entry, as JSON has them.

    Parameters
    ----------
    spec : OptimizerSpec
    steps : int

    Returns
    -------
    dict
        As ``docs/golden/schema.json`` describes it. All numbers are float64, which JSON written by
        Python gives with as many digits as determine them.

    Examples
    --------
    >>> from optgallery import OPTIMIZERS
    >>> golden = golden_steps(OPTIMIZERS["sgd"], steps=2)
    >>> golden["cases"][0]["hyperparameters"]["lr"], golden["gradients"][0][0]
    (0.001, 0.1257)
    >>> golden["cases"][0]["parameters"][1][0]
    0.6998743
    """
    matrix = len(spec.parameter_shape) > 1
    golden: dict[str, Any] = {
        "optimizer": spec.name,
        "title": spec.title,
        "paper": spec.paper.url if spec.paper else None,
        "exact_with": environment(),
    }
    if spec.needs_closure:
        fn = FUNCTIONS[FUNCTION]
        return golden | {
            "shape": [2],
            "function": {"name": fn.name, "formula": "100 (y - x^2)^2 + (1 - x)^2"},
            "start": list(fn.start),
            "cases": [_on_function(spec, steps)],
        }
    shape = (2, 3) if matrix else (6,)
    golden |= {
        "shape": list(shape),
        "start": list(START),
        "gradients": gradient_sequence(steps).tolist(),
    }
    if spec.create_graph:
        spec = replace(spec, cls=_without_draws(spec.cls))
        golden["hessian_diagonals"] = curvature_sequence(steps).tolist()
    elif spec.stochastic:
        golden["draws"] = _draws(spec, shape, steps)
    golden["cases"] = [
        {
            "name": name,
            "hyperparameters": _hyperparameters(spec, given),
            "parameters": _parameters(spec, given, shape, steps),
        }
        for name, given in _cases(spec)
    ]
    return golden


def _cases(spec: OptimizerSpec) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the settings of an entry: its defaults, and stronger ones that show more."""
    yield "defaults", {}
    defaults = defaults_of(spec)
    stronger = {
        name: value
        for name, value in _STRONGER.items()
        if isinstance(defaults.get(name), (int, float))
    }
    if stronger:
        told = " and ".join(f"{name} {value}" for name, value in stronger.items())
        yield told, stronger
    if "betas" in defaults:
        betas = tuple(_shorter(beta) for beta in defaults["betas"])
        yield f"betas {format_value(betas)}", {"betas": betas}
    elif "momentum" in defaults:
        momentum = _shorter(defaults["momentum"]) or 0.9
        yield f"momentum {momentum}", {"momentum": momentum}


def _shorter(beta: float) -> float:
    """Return the decay of an average over half as many steps; 0 remains 0."""
    return round(max(1 - 2 * (1 - beta), 0.0), 6)


def _parameters(
    spec: OptimizerSpec, given: Mapping[str, Any], shape: tuple[int, ...], steps: int
) -> list[list[float]]:
    path = replay(spec, given, Replay("", shape=shape), steps)
    if path.raised:
        raise RuntimeError(f"{spec.title} raises {path.raised} with {dict(given)}")
    points: list[list[float]] = path.points.tolist()
    return points


def _on_function(spec: OptimizerSpec, steps: int) -> dict[str, Any]:
    trajectory = run(spec, FUNCTION, steps=steps)
    return {
        "name": "defaults",
        "hyperparameters": _hyperparameters(spec, {}),
        "parameters": trajectory.points.tolist(),
        "evaluations": trajectory.evaluations.tolist(),
    }


def _hyperparameters(spec: OptimizerSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all hyper-parameters as JSON has them; a wrapper's are followed by the inner ones."""
    settings = {**defaults_of(spec), **given}
    inner = next((v for v in settings.values() if isinstance(v, type)), None)
    if inner is not None:
        settings |= defaults_of(as_spec(inner))
    return {name: _as_json(value) for name, value in settings.items()}


def _without_draws(cls: Any) -> Any:
    """Return a class that estimates a diagonal Hessian exactly: its random vector is of ones."""

    def draw(_: Any, theta: Tensor) -> Tensor:
        return torch.ones_like(theta)

    return type(cls.__name__, (cls,), {"_draw": draw})


def _draws(spec: OptimizerSpec, shape: tuple[int, ...], steps: int) -> list[list[float]]:
    """Return the normal numbers that an optimizer draws in each step."""
    with isolated(0):
        p = nn.Parameter(torch.zeros(shape, dtype=torch.float64))
        optimizer: Any = spec.build([p], seed=0)
        generator = optimizer._generator
        return [
            torch.randn(shape, generator=generator, dtype=p.dtype).reshape(-1).tolist()
            for _ in range(steps)
        ]


def _as_json(value: Any) -> Any:
    """Return a hyper-parameter as JSON has it; a class by its name."""
    if isinstance(value, (tuple, list)):
        return [_as_json(member) for member in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return format_value(value)


def to_text(golden: Mapping[str, Any]) -> str:
    """Return golden steps as JSON with a line for each step.

    Examples
    --------
    >>> print(to_text({"optimizer": "sgd", "start": [1.0, 2.0], "gradients": [[0.5, 1], [2, 3]]}))
    {
     "optimizer": "sgd",
     "start": [1.0, 2.0],
     "gradients": [
      [0.5, 1],
      [2, 3]
     ]
    }
    """
    return _text(golden, 0)


def _text(value: Any, depth: int) -> str:
    """Return JSON in which cases and rows have lines of their own."""
    pad, end = " " * (depth + 1), " " * depth
    if isinstance(value, Mapping) and depth in (0, 2):  # the whole, and each case
        lines = [f"{json.dumps(key)}: {_text(member, depth + 1)}" for key, member in value.items()]
        return "{\n" + ",\n".join(pad + line for line in lines) + f"\n{end}}}"
    if isinstance(value, list) and any(isinstance(member, (list, Mapping)) for member in value):
        lines = [_text(member, depth + 1) for member in value]
        return "[\n" + ",\n".join(pad + line for line in lines) + f"\n{end}]"
    return json.dumps(value, ensure_ascii=False)
