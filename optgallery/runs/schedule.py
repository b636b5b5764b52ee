"""Learning-rate schedules: check the argument of `run`, and schedule a run's optimizer."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from inspect import Parameter
from math import isfinite, nan
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    LambdaLR,
    LRScheduler,
    OneCycleLR,
    SequentialLR,
)

from optgallery.arguments import describe
from optgallery.optim.hyperparameters import as_rate, format_value

UNNAMED = "scheduled by a function"
"""The title of a function of the step that has no name."""

_WHAT = (
    "schedule must be a scheduler class such as functools.partial(CosineAnnealingLR, T_max=200), a "
    "function of the optimizer that returns a scheduler, or a function of the step that returns a "
    "factor"
)
_MAX_TITLE = 56  # characters
_STEP_COUNTS = {"T_max", "total_steps", "total_iters", "num_training_steps"}
_METRICS = ("metric", "loss", "value", "score")  # parts of names of step()'s parameters
_ROUNDING = 1e-12  # relative to the largest rate so far; LinearLR may end slightly below 0


def check_schedule(given: Any, steps: int) -> None:
    """Check the argument of `run`, as far as possible without an optimizer.

    Raises
    ------
    TypeError
        If it is a scheduler object, which belongs to another optimizer, if it is not a schedule, or
        if a class lacks arguments.
    """
    if isinstance(given, LRScheduler):
        name = type(given).__name__
        raise TypeError(
            f"schedule is a {name} that was made for another optimizer; let the run make its own: "
            f"schedule=functools.partial({name}, ...), or schedule=lambda optimizer: "
            f"{name}(optimizer, ...)"
        )
    if not callable(given) or isinstance(given, Optimizer):
        raise TypeError(f"{_WHAT}, got {given!r}")
    cls = _class_of(given)
    if cls is None:
        return
    if isinstance(given, partial) and given.args:
        raise TypeError(
            f"the first argument of {cls.__name__} is the optimizer; in a partial give the others "
            f"by keyword, got {format_value(given.args)}"
        )
    if missing := _missing(given, cls):
        keywords = {**getattr(given, "keywords", {}), **dict.fromkeys(missing, ...)}
        values = {k: "..." if v is ... else _format_argument(v) for k, v in keywords.items()}
        values |= {name: str(steps) for name in missing if name in _STEP_COUNTS}
        arguments = (f"{k}={value}" for k, value in values.items())
        raise TypeError(
            f"{cls.__name__} needs {' and '.join(missing)}: give "
            f"functools.partial({cls.__name__}, {', '.join(arguments)})"
        )


class Rates:
    """The learning rates of one run: the optimizer's rates and the schedule that sets them.

    The schedule is stepped after each update except the last, so it sets one rate for each update.

    Parameters
    ----------
    optimizer : Optimizer
    given : object, optional
        The argument ``schedule`` of `run`; if it is None, rates are only recorded.
    title : str
        The optimizer's name in messages.
    steps : int
        Number of steps of the run.

    Attributes
    ----------
    title : str
        The schedule in words.
    raised : Exception or None
        The exception that the schedule raised when it was stepped.

    Raises
    ------
    TypeError, ValueError
        If the schedule cannot be constructed for this optimizer.
    """

    def __init__(self, optimizer: Optimizer, given: Any = None, title: str = "", steps: int = 0):
        self.raised: Exception | None = None
        self.title = ""
        self._optimizer, self._steps, self._updates = optimizer, steps, 0
        self._scheduler: Any = None
        self._takes_value = False
        self._factor: _Factor | None = None
        self._largest = 0.0
        self._cycles: list[OneCycleLR] = []
        if given is None:
            return
        check_schedule(given, steps)
        _check_reachable(optimizer, title)
        self._scheduler = self._make_scheduler(given, title)
        self.title = self._describe(given)
        self._takes_value = _takes_value(self._scheduler, self.title)
        cycle = self._scheduler
        if isinstance(cycle, OneCycleLR) and cycle.total_steps < steps:
            raise ValueError(
                f"{self.title} covers {cycle.total_steps} updates, and the run has steps={steps}: "
                f"give total_steps={steps}"
            )
        self._cycles = [s for s in _members(self._scheduler) if isinstance(s, OneCycleLR)]
        self._check()

    def after(self, updates: int, value: float) -> float:
        """Step the schedule after an update, and return the rate of the next update.

        Parameters
        ----------
        updates : int
            Number of updates so far.
        value : float
            The function's value after the last update.

        Returns
        -------
        float
            The rate of the first parameter group; NaN if it has none.

        Raises
        ------
        ValueError
            If a rate becomes negative or not finite, or if the schedule has no more steps.
        Exception
            Any exception of the schedule.
        """
        if self._scheduler is not None and updates:
            self._updates = updates
            try:
                self._scheduler.step(*([value] if self._takes_value else []))
                self._check()
            except Exception as error:
                self.raised = error
                raise
        groups = getattr(self._optimizer, "param_groups", None)
        rate = as_rate(groups[0].get("lr")) if groups else None
        return rate if isinstance(rate, float) else nan

    def _make_scheduler(self, given: Any, title: str) -> Any:
        """Construct the scheduler."""
        if _class_of(given) is not None:
            try:
                made = given(self._optimizer)
            except Exception as error:
                said = f"{title_of(given)} cannot be made for {title}: {_message(error)}"
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"{said}{self._advice(error)}") from error
            return self._check_scheduler(made)
        attempts = []
        try:
            first = given(0)
        except Exception as error:  # a user's function may raise anything
            attempts.append(f"called with step 0, it raised {type(error).__name__}: {error}")
        else:
            if _is_real(first):
                self._factor = _Factor(given, first)
                return LambdaLR(self._optimizer, self._factor)
            attempts.append(f"called with step 0, it returned {format_value(first)}")
        try:
            made = given(self._optimizer)
        except Exception as error:
            attempts.append(f"called with the optimizer, it raised {type(error).__name__}: {error}")
            advice = self._advice(error)
            raise ValueError(f"{_WHAT}; {'; '.join(attempts)}{advice}") from error
        if not callable(getattr(made, "step", None)) or isinstance(made, Optimizer):
            attempts.append(f"called with the optimizer, it returned {format_value(made)}")
            raise TypeError(f"{_WHAT}; {'; '.join(attempts)}")
        return self._check_scheduler(made)

    def _check_scheduler(self, made: Any) -> Any:
        if not callable(getattr(made, "step", None)) or isinstance(made, Optimizer):
            raise TypeError(f"{_WHAT}, got a class of {type(made).__name__}, which is none")
        for member in _members(made):
            if getattr(member, "optimizer", self._optimizer) is not self._optimizer:
                raise ValueError(
                    f"schedule returned a {type(member).__name__} of another optimizer; make it "
                    "for the one that it is given: lambda optimizer: "
                    f"{type(member).__name__}(optimizer, ...)"
                )
        return made

    def _advice(self, error: Exception) -> str:
        """Return advice if a scheduler lacks the number of steps; otherwise an empty string."""
        wanted = next((name for name in _STEP_COUNTS if name in str(error)), None)
        return f"; give {wanted}={self._steps}, the steps of this run" if wanted else ""

    def _describe(self, given: Any) -> str:
        if self._factor is None and getattr(given, "__name__", "") == "<lambda>":
            return _title_of_scheduler(self._scheduler)
        return title_of(given)

    def _check(self) -> None:
        """Raise a ValueError unless the rates are finite and not negative."""
        for group in self._optimizer.param_groups:
            rate = float(group["lr"])
            if isfinite(rate) and rate >= -_ROUNDING * self._largest:
                self._largest = max(self._largest, rate)
                continue
            if self._factor is not None:
                cause = f"the schedule's factor at step {self._updates} is {self._factor.last!r}"
                raise ValueError(
                    f"{cause}, which makes the learning rate {rate:g}; "
                    "it must be finite and not negative"
                )
            raise ValueError(
                f"{self.title} sets the learning rate to {rate:g} after {self._updates} updates; "
                "it must be finite and not negative: often such a schedule was made for fewer "
                f"steps than the run has, which are {self._steps}"
            )
        for cycle in self._cycles:
            if cycle.last_epoch >= cycle.total_steps:
                raise ValueError(
                    f"the {cycle.total_steps} updates of OneCycleLR(total_steps="
                    f"{cycle.total_steps}) are over after {self._updates} of the run's "
                    f"{self._steps}: give more"
                )


class _Factor:
    """A function of the step that checks its values, and calls the user's function once a step.

    `LambdaLR` calls it for every parameter group, and also at step 0.
    """

    def __init__(self, function: Callable[[int], Any], first: Any) -> None:
        self._function = function
        self._step, self.last = 0, _number(first)

    def __call__(self, step: int) -> Any:
        if step != self._step:
            factor = self._function(step)
            if not _is_real(factor):
                raise TypeError(
                    f"schedule must return a factor, a real number, got {format_value(factor)} at "
                    f"step {step}"
                )
            self._step, self.last = step, _number(factor)
        return self.last


def _number(factor: Any) -> Any:
    return factor.item() if isinstance(factor, torch.Tensor) else factor


def _is_real(value: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return value.numel() == 1 and not value.is_complex()
    return isinstance(value, (Real, np.bool_))


def _class_of(given: Any) -> type | None:
    """Return the class, also of a partial; None for a function."""
    made = given.func if isinstance(given, partial) else given
    return made if isinstance(made, type) else None


def _missing(given: Any, cls: type) -> list[str]:
    """Return the names of required arguments of a class that are not given."""
    try:
        parameters = list(inspect.signature(cls).parameters.values())[1:]
    except (TypeError, ValueError):  # compiled code may have no signature
        return []
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    keywords = getattr(given, "keywords", {})
    missing = [p.name for p in named if p.default is Parameter.empty and p.name not in keywords]
    # its length may also be given by epochs and steps_per_epoch
    if issubclass(cls, OneCycleLR) and not {"total_steps", "epochs"} & keywords.keys():
        missing.append("total_steps")
    return missing


def _check_reachable(optimizer: Optimizer, title: str) -> None:
    """Raise a ValueError unless every parameter group has a rate that a schedule can set."""
    if not isinstance(optimizer, Optimizer):
        raise ValueError(
            f"a schedule sets the rates of a torch.optim.Optimizer, and {title} is none: "
            f"{type(optimizer).__name__} does not derive from it"
        )
    for group in optimizer.param_groups:
        if "lr" not in group:
            raise ValueError(
                f"a schedule cannot reach the learning rate of {title}: it keeps none in its "
                "param_groups"
            )
        if not isinstance(as_rate(group["lr"]), float):
            raise ValueError(
                f"a schedule needs one number as the learning rate, and that of {title} is "
                f"{format_value(group['lr'])}"
            )


def _takes_value(scheduler: Any, title: str) -> bool:
    """Whether ``step`` requires a metric, as in ReduceLROnPlateau."""
    try:
        parameters = inspect.signature(scheduler.step).parameters.values()
    except (TypeError, ValueError):  # compiled code may have no signature
        return False
    required = [
        p.name
        for p in parameters
        if p.default is Parameter.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if len(required) > 1 or not all(any(m in n.lower() for m in _METRICS) for n in required):
        raise TypeError(
            f"{title} needs {' and '.join(required)} when it is stepped; a run calls step() "
            "without arguments, or with the value where a metric is required"
        )
    return bool(required)


def _members(scheduler: Any) -> Iterator[Any]:
    """Yield a scheduler and all schedulers that it is composed of."""
    yield scheduler
    for member in getattr(scheduler, "_schedulers", ()):
        yield from _members(member)


def title_of(given: Any) -> str:
    """Describe a schedule before its construction; an empty string if there is none."""
    if given is None:
        return ""
    title = describe(given, defaults=False)[1]
    return _shortened(title) if title != "lambda" else UNNAMED


def _title_of_scheduler(scheduler: Any) -> str:
    """Describe a scheduler by its class and its arguments that differ from the defaults.

    If that is too long, it is described by its class alone.
    """
    members = getattr(scheduler, "_schedulers", None)
    if members and isinstance(scheduler, (SequentialLR, ChainedScheduler)):
        between = ", then " if isinstance(scheduler, SequentialLR) else " times "
        words = between.join(map(_title_of_scheduler, members))
        names = between.join(type(member).__name__ for member in members)
        return words if len(words) <= _MAX_TITLE else _shortened(names)
    given = {}
    for name, parameter in inspect.signature(type(scheduler)).parameters.items():
        value = vars(scheduler).get(name)
        plain = isinstance(value, (Real, str)) and not isinstance(value, bool)
        if plain and name != "last_epoch" and value != parameter.default:
            given[name] = value
    arguments = ", ".join(f"{name}={format_value(value)}" for name, value in given.items())
    name = type(scheduler).__name__
    words = f"{name}({arguments})" if arguments else name
    return words if len(words) <= _MAX_TITLE else name


def _shortened(title: str) -> str:
    return title if len(title) <= _MAX_TITLE else title[: _MAX_TITLE - 1] + "…"


def _format_argument(value: Any) -> str:
    return format_value(value) if callable(value) else repr(value)


def _message(error: Exception) -> str:
    return str(error).strip() or type(error).__name__
