"""A further axis of a sweep: the values of a hyper-parameter, or scales of gradient noise."""

import sys
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
import torch

from optgallery.functions import TestFunction, noisy
from optgallery.functions.isolation import isolated
from optgallery.optim import OptimizerSpec
from optgallery.optim.construction import Constructor
from optgallery.optim.hyperparameters import format_value
from optgallery.problems.base import MatrixProblem

AnyFunction = TypeVar("AnyFunction", TestFunction, MatrixProblem)

NOISE = "noise"
"""The name of the axis along which the scale of the gradient noise varies."""

Value: TypeAlias = float | tuple[float, ...]
"""A value of the axis: a number, or several, such as ``betas``."""

HParam: TypeAlias = tuple[str, Value]
"""A hyper-parameter and its value: ``("weight_decay", 0.1)``."""

_FORM = '{"weight_decay": [0, 0.01, 0.1]}'
# arguments of `run` and `sweep`, which are no hyper-parameters
_OTHERS = {"steps", "start", "seed", "dtype", "coordinates", "schedule", "grad_clip", "prepare"}


class Across(NamedTuple):
    """The axis of a sweep besides the learning rate.

    Attributes
    ----------
    name : str
        A hyper-parameter of every optimizer, or ``"noise"``.
    values : tuple
        Its values, in the order of the tables' rows.
    """

    name: str
    values: tuple[Value, ...]

    @classmethod
    def of(
        cls, given: Any, specs: Sequence[OptimizerSpec], fns: Sequence[AnyFunction]
    ) -> "Across | None":
        """Check what was given as ``across``.

        Raises
        ------
        TypeError, ValueError
            If it is not one name with distinct finite values, or an optimizer has no such
            hyper-parameter, or the gradient of a function is noisy already.
        """
        if given is None:
            return None
        if not isinstance(given, Mapping):
            raise TypeError(f"across must be a mapping such as {_FORM}, got {given!r}")
        if len(given) != 1:
            names = ", ".join(map(repr, given)) or "none"
            raise ValueError(f"across takes exactly one axis, such as {_FORM}, got {names}")
        ((name, values),) = given.items()
        _check_name(name, specs)
        if name == NOISE and (of := [fn for fn in fns if isinstance(fn, MatrixProblem)]):
            raise ValueError(
                f"noise is added to the gradients of test functions, and {of[0].name} is a problem "
                "of matrices; some of these take batch_size="
            )
        across = cls(name, _as_values(name, values))
        if name == NOISE:
            _check_noise(across, fns)
        return across

    def check_values(self, specs: Sequence[OptimizerSpec], lrs: Sequence[float]) -> None:
        """Build every optimizer with every value, and raise the error of one that refuses it."""
        if self.name == NOISE:
            return
        with isolated(0):
            for spec in specs:
                first = spec.values(lrs)[0]
                for value in self.values:
                    param = torch.zeros(spec.parameter_shape, requires_grad=True)
                    spec.build([param], hparams=with_hparam(spec, first, (self.name, value)))

    def function(self, fn: AnyFunction, value: Value) -> AnyFunction:
        """Return the function of the runs at a value: a noisy one along the axis of the noise."""
        if self.name == NOISE and value and isinstance(fn, TestFunction):
            return noisy(fn, cast(float, value))
        return fn

    def hparam(self, value: Value) -> HParam | None:
        """Return the hyper-parameter of the runs at a value; None along the axis of the noise."""
        return None if self.name == NOISE else (self.name, value)

    def title(self, value: Value) -> str:
        """Return the title of a row: ``"weight_decay 0.1"``."""
        return f"{self.name} {format_value(value)}"

    def setting(self, value: Value) -> str:
        """Return a value as code writes it: ``"weight_decay=0.1"``."""
        return f"{self.name}={value!r}"


def with_hparam(
    spec: OptimizerSpec, setting: float | None, hparam: HParam | None
) -> dict[str, Any]:
    """Return the hyper-parameters of a run: the learning rate, and perhaps a further one.

    Parameters
    ----------
    spec : OptimizerSpec
    setting : float or None
        The learning rate, or the value of the optimizer's own axis.
    hparam : tuple or None
        The further one, with its value.

    Examples
    --------
    >>> from optgallery import OPTIMIZERS
    >>> with_hparam(OPTIMIZERS["adamw"], 0.1, ("weight_decay", 0.01))
    {'lr': 0.1, 'weight_decay': 0.01}
    """
    return {**spec.at(setting), **dict([] if hparam is None else [hparam])}


def _check_name(name: Any, specs: Sequence[OptimizerSpec]) -> None:
    if not isinstance(name, str):
        raise TypeError(f"across takes the name of a hyper-parameter, got {name!r}")
    if name == "lr":
        raise ValueError("learning rates are an axis already: give them as lrs=, not across=")
    if name in _OTHERS:
        raise ValueError(f"{name} is no hyper-parameter, and no axis: across={_FORM}")
    if name == NOISE:
        return
    for spec in specs:
        constructor = Constructor.of(spec.cls)
        if not constructor.takes(name):
            known = [each for each in constructor.hparams or () if each not in ("lr", "seed")]
            there = f"it has {', '.join(known)}" if known else "it has none but its rate"
            raise ValueError(f"{spec.title} has no hyper-parameter {name!r}: {there}")
        if spec.own_axis is not None and spec.own_axis.parameter == name:
            raise ValueError(
                f"{name} is the axis of {spec.title} already, in place of the learning rate; for "
                f"other values of it: dataclasses.replace(spec, axis=og.Axis({name!r}, [...]))"
            )


def _check_noise(across: Across, fns: Sequence[AnyFunction]) -> None:
    if no_scales := [v for v in across.values if isinstance(v, (bool, tuple)) or v < 0]:
        raise ValueError(f"noise is a standard deviation, a number >= 0, got {no_scales[0]!r}")
    names = [across.function(fn, value).name for fn, value in product(fns, across.values)]
    if twice := [name for i, name in enumerate(names) if name in names[:i]]:
        raise ValueError(f"functions with noise must have distinct names, got {twice[0]!r} twice")


def _as_values(name: str, values: Any) -> tuple[Value, ...]:
    """Return values as Python's numbers, and lists of them as tuples."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"the values of {name} must be a list of numbers, got {values!r}")
    found = tuple(_as_value(name, value) for value in values)
    if not found:
        raise ValueError(f"at least one value of {name} is needed, got none")
    if twice := [value for i, value in enumerate(found) if value in found[:i]]:
        raise ValueError(f"values of {name} must be distinct, got {twice[0]!r} more than once")
    return found


def _as_value(name: str, value: Any) -> Value:
    if isinstance(value, (list, tuple)) and value:
        parts = tuple(_as_value(name, part) for part in value)
        if not any(isinstance(part, tuple) for part in parts):
            return parts  # type: ignore[return-value]  # numbers, as was just seen
    scalar = isinstance(value, (np.generic, np.ndarray, torch.Tensor)) and value.ndim == 0
    number = value.item() if scalar else value
    if not isinstance(number, (int, float)) or not abs(number) <= sys.float_info.max:
        raise ValueError(
            f"the values of {name} must be finite numbers, or tuples of them, got {value!r}"
        )
    return number
