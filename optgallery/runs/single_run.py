"""Run one optimizer on one function: find how it must be called, and explain its exceptions."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from optgallery.functions import TestFunction
from optgallery.functions.base import Point
from optgallery.functions.isolation import isolated, seed_generators
from optgallery.optim.construction import missing_setting_advice
from optgallery.optim.hyperparameters import Rate, as_rate, own_copy
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec
from optgallery.runs.additions import NOTHING, Additions
from optgallery.runs.handed import handed_over
from optgallery.runs.loop import History, descend
from optgallery.runs.objective import (
    Loss,
    Numbers,
    Objective,
    ValueDifferentiatedError,
    has_own_hooks,
)
from optgallery.runs.outcome import Status
from optgallery.runs.recorded import RecordedRun
from optgallery.runs.schedule import Rates
from optgallery.runs.stepping import StepCall, bind_step, step_calls
from optgallery.runs.trajectory import Coordinates, Trajectory

_FIRST_STEPS = 5  # later exceptions are not caused by the kind of parameters
_TRIAL_STEPS = 3  # enough for another learning rate to change the path
_OFFSET = 1.2345e-9  # relative; less than the spacing of float32, 6e-8


class Minimised(Protocol):
    """What a run minimises, by what messages say of it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def title(self) -> str:
        """Its title."""


Fn = TypeVar("Fn", bound=Minimised)
Start = TypeVar("Start")
Recorded = TypeVar("Recorded", bound=RecordedRun)


@dataclass(eq=False)
class AnyRun(ABC, Generic[Fn, Start, Recorded]):
    """One run of an optimizer on whatever a `Loss` can be made of.

    The plain loop is the reference: ``step()`` is called without a closure unless it requires one.
    If that raises an exception before the parameters have changed, other calls of ``step`` are
    tried, each with a new optimizer.
    """

    spec: OptimizerSpec
    fn: Fn
    origin: Start
    steps: int
    seed: int = 0
    dtype: torch.dtype = torch.float64
    coordinates: Coordinates = "vector"
    hparams: dict[str, Any] = field(default_factory=dict)
    additions: Additions = NOTHING
    lr: Rate = None
    rates: Rates | None = None
    history: History = field(default_factory=History)
    advice: str = ""
    _is_trial: bool = False

    def __post_init__(self) -> None:
        self.hparams = own_copy(self.hparams)

    def take_steps(self) -> Recorded:
        """Take all steps.

        Raises
        ------
        Exception
            Any exception of the optimizer, with a note that says where it was raised and how to
            avoid it, if that is known.
        """
        with isolated():
            if self.additions.schedule is not None and not (self._is_trial or self._is_entry()):
                self._check_rate_is_used()
            self._try_step_calls()
            completed = self.history.stopped_at is None
            trajectory = self._trajectory("completed" if completed else "diverged")
            if self._is_trial or self._is_entry():
                return trajectory
            if self._rounds(trajectory):
                return _changed(trajectory, rounded=True)
            if trajectory.never_moved:
                steps = min(self.steps, _FIRST_STEPS)
                variants = self._variants(differentiated=False)
                moving = next((trial for trial in variants if trial._can_step(steps)), None)
                advice = moving.describe_changes(self) if moving else ""
                return _changed(trajectory, reason=advice)
        return trajectory

    def failed(self, error: Exception) -> Recorded:
        """Return the path recorded up to an exception, with the start at least."""
        step = len(self.history.points)
        if not step:
            start = self._start()
            evaluated = (nan, (nan,) * len(start))
            with isolated(self.seed), suppress(Exception):  # raised by the formula
                objective = self._objective(differentiates_value=False)
                evaluated = objective.at(objective.point())
            self.history.record(start, evaluated, 0)
        message = str(error).strip().partition("\n")[0]
        reason = f"{type(error).__name__}: {message}".removesuffix(": ")
        self.history.stop(step, f"{reason}; {self.advice}" if self.advice else reason)
        if self.lr is None:
            self.lr = as_rate(self.hparams.get("lr"))
        return self._trajectory("failed")

    def _try_step_calls(self) -> None:
        """Take all steps with the first call of ``step`` that works."""
        untried: list[StepCall] = []
        failures: list[tuple[StepCall, Exception]] = []
        differentiates = self.spec.differentiates_value
        while True:
            objective, optimizer = self._begin(differentiates)
            if not (untried or failures):
                needs_closure = self.spec.needs_closure or differentiates
                untried = step_calls(optimizer, needs_closure=needs_closure)
            try:
                self._descend(objective, optimizer, untried[0])
                return
            except ValueDifferentiatedError:
                differentiates = True  # repeat with a closure that only evaluates
            except Exception as error:
                if error is objective.raised or not self._is_unchanged(objective):
                    annotated = self._annotate(error, objective)
                    raise annotated from annotated.__cause__
                failures.append((untried.pop(0), error))
                if not untried:
                    chosen = self._choose_error(failures, objective)
                    raise chosen from chosen.__cause__
            finally:
                objective.release()

    def _begin(self, differentiates_value: bool) -> tuple[Loss, Optimizer]:
        """Seed the generators, and construct the parameters and the optimizer."""
        seed_generators(self.seed)
        self.history = History()
        objective = self._objective(differentiates_value=differentiates_value)
        if not all(map(isfinite, objective.point())):
            raise ValueError(f"start must be finite in {self.dtype}, got {self.origin}")
        handed = self._handed_over()
        hparams = {**handed, **self.hparams}
        try:
            optimizer = self.spec.build(objective.params, seed=self.seed, hparams=hparams)
        except ValueError as error:
            if advice := self._find_advice(error):
                raise ValueError(f"{error}; {advice}") from error.__cause__
            raise
        self.lr = rate_of(self.spec, self.hparams, optimizer)
        if self.additions.grad_clip is not None:
            self._check_clippable(objective)
        self.rates = self.additions.begin(optimizer, title=self.spec.title, steps=self.steps)
        return objective, optimizer

    def _check_rate_is_used(self) -> None:
        """Raise a ValueError if the rate in the parameter groups does not change the steps."""
        paths: list[NDArray[np.float64]] = []
        for factor in (1.0, 0.5):
            additions = Additions(schedule=lambda _, factor=factor: factor)
            trial = self._trial(additions=additions, steps=min(self.steps, _TRIAL_STEPS))
            try:
                trial.take_steps()
            except Exception:  # the run raises it again, unless only the trial does
                return
            paths.append(np.array(trial.history.points))
        if np.array_equal(paths[0], paths[1]) and np.ptp(paths[0], axis=0).any():
            raise ValueError(
                f"a schedule cannot reach the learning rate of {self.spec.title}: its steps do not "
                "depend on the lr in its param_groups"
            )

    def _check_clippable(self, objective: Loss) -> None:
        """Raise a ValueError unless the optimizer reads gradients from ``grad`` in ``step``."""
        cause = ""
        if objective.differentiates_value:
            cause = "it differentiates the value of the closure itself"
        elif any(has_own_hooks(p) for p in objective.params):
            cause = "it has hooks that act inside backward()"
        if cause:
            raise ValueError(
                f"grad_clip cannot clip the gradients of {self.spec.title}: {cause}; clip them in "
                "the class"
            )

    def _descend(self, objective: Loss, optimizer: Optimizer, call: StepCall) -> None:
        objective.attach(optimizer, closure=call.closure)
        take_step = bind_step(optimizer, call, objective, objective.loss)
        with warnings.catch_warnings():
            # the graph was kept, so a gradient without one is that of a linear function
            warnings.filterwarnings("ignore", "no gradient depends on the parameters")
            # objective.release() breaks the reference cycle
            warnings.filterwarnings("ignore", r"Using backward\(\) with create_graph=True")
            descend(
                optimizer,
                objective,
                take_step,
                self.steps,
                self.history,
                counters=self.spec.counters,
                rates=self.rates,
            )

    def _is_unchanged(self, objective: Loss) -> bool:
        """Whether the parameters are still at the start, so that the first step has failed."""
        return self.history.points == [objective.point()]

    def _choose_error(
        self, failures: list[tuple[StepCall, Exception]], objective: Loss
    ) -> Exception:
        """Choose the most helpful of the exceptions that different calls of ``step`` raised."""
        call, error = failures[0]
        if len(failures) > 1 and "closure" in str(error).lower():
            call, error = failures[-1]  # the first exception only original for a closure
        message = type(error), str(error)
        annotated = self._annotate(error, objective)
        for other_call, other in failures:
            if (type(other), str(other)) != message:
                note = f"{other_call} raises {type(other).__name__}: {other}"
                annotated.add_note(f"that is what {call} raises; {note}")
        return annotated

    def _annotate(self, error: Exception, objective: Loss) -> Exception:
        """Add a note to an exception: where it was raised and, if known, how to avoid it."""
        if self._is_trial:
            return error
        step = len(self.history.points)
        scheduled = self.rates is not None and error is self.rates.raised
        source = f"the function {self.fn.name}" if error is objective.raised else self.spec.title
        source = "the schedule" if scheduled else source
        rate = "" if self.lr is None else f", {self._trajectory('failed').settings[0]}"
        self.advice = "" if scheduled or error is objective.raised else self._find_advice(error)
        if self.advice.startswith("it differentiates the gradient"):
            annotated = ValueError(f"{self.spec.title} {self.advice.removeprefix('it ')}")
            annotated.__cause__ = error
            error = annotated
        note = f"raised by {source} at step {step} on {self.fn.title}{rate}"
        error.add_note(f"{note}; {self.advice}" if self.advice else note)
        return error

    def _find_advice(self, error: Exception) -> str:
        """Try a few steps of variants of the run, and describe the first variant that works."""
        taken = len(self.history.points)
        if self._is_trial or taken > _FIRST_STEPS:
            return ""
        for trial in self._variants(differentiated=isinstance(error, RuntimeError)):
            if trial._can_step(taken + 1):
                # if the run itself now succeeds, the exception is not due to the kind of parameters
                return "" if self._trial()._can_step(taken + 1) else trial.describe_changes(self)
        if isinstance(error, KeyError) and taken == 1:
            return missing_setting_advice(error, self.spec.group)
        return ""

    def _can_step(self, steps: int) -> bool:
        """Whether this number of steps succeeds and changes the point."""
        self.steps = steps
        with warnings.catch_warnings(), suppress(Exception):
            warnings.simplefilter("ignore")
            trajectory = self.take_steps()
            return trajectory.status == "completed" and not trajectory.never_moved
        return False

    def _is_entry(self) -> bool:
        return OPTIMIZERS.peek(self.spec.name) == self.spec

    @abstractmethod
    def _start(self) -> Numbers:
        """Return the start in the run's precision."""

    @abstractmethod
    def _objective(self, *, differentiates_value: bool) -> Loss:
        """Construct the parameters at the start, and their loss."""

    @abstractmethod
    def _trajectory(self, status: Status) -> Recorded:
        """Return what has been recorded."""

    @abstractmethod
    def _handed_over(self) -> dict[str, float]:
        """Return what is handed over to the optimizer: facts about what it minimises."""

    @abstractmethod
    def _variants(self, *, differentiated: bool) -> Iterator[Self]:
        """Yield trial runs that differ in what the optimizer is given."""

    def _rounds(self, trajectory: Recorded) -> bool:  # noqa: ARG002
        """Whether the optimizer rounds to float32, if that is tested."""
        return False

    def _trial(self, **changes: Any) -> Self:
        """Return a trial: a copy of this run with some changes."""
        names = ("spec", "fn", "origin", "steps", "seed", "dtype", "coordinates", "hparams")
        given = {name: getattr(self, name) for name in (*names, "additions")}
        return type(self)(**{**given, **changes}, _is_trial=True)

    def describe_changes(self, original: Self) -> str:
        """Describe the changes from the original run that make the optimizer work."""
        spec, name = self.spec, getattr(original.spec.cls, "__name__", "...")
        entry = f"OptimizerSpec(name={spec.name!r}, title={spec.title!r}, cls={name}, "
        if spec.create_graph and not original.spec.create_graph:
            return f"it differentiates the gradient once more; run {entry}create_graph=True)"
        changes = []
        if spec.needs_closure and not original.spec.needs_closure:
            changes.append(f"with a closure, as {entry}needs_closure=True)")
        if spec.parameter_shape != original.spec.parameter_shape:
            changes.append(f"over a matrix, as {entry}parameter_shape={spec.parameter_shape})")
        if self.coordinates != original.coordinates:
            changes.append(f"over two parameters, with coordinates={self.coordinates!r}")
        if self.dtype is not original.dtype:
            changes.append(f"in {str(self.dtype).removeprefix('torch.')}, with dtype={self.dtype}")
        return f"it runs {' and '.join(changes)}"

    def _fields(self, status: Status) -> dict[str, Any]:
        """Return the fields that the records of all runs have."""
        history = self.history
        return {
            "optimizer": self.spec,
            "hparams": self.hparams,
            "lr": self.lr,
            "values": np.array(history.values),
            "evaluations": np.array(history.evaluations),
            "steps": self.steps,
            "seed": self.seed,
            "dtype": str(self.dtype).removeprefix("torch."),
            "status": status,
            "stopped_at": history.stopped_at,
            "reason": history.reason,
            **self.additions.fields(None if self.rates is None else self.rates.title),
            "recorded_lrs": None if self.rates is None else self._recorded_lrs(),
        }

    def _recorded_lrs(self) -> NDArray[np.float64]:
        """Return the learning rate of the step to each iterate after the start."""
        return np.array(self.history.lrs[: max(len(self.history.points) - 1, 0)], float)


@dataclass(eq=False)
class SingleRun(AnyRun[TestFunction, Point, Trajectory]):
    """One run of an optimizer on a function."""

    def _handed_over(self) -> dict[str, float]:
        return handed_over(self.spec, self.fn, self.origin, self.hparams)

    def _start(self) -> Numbers:
        return tuple(torch.tensor(self.origin, dtype=self.dtype).tolist())

    def _objective(self, *, differentiates_value: bool) -> Objective:
        return Objective(
            self.fn,
            parameters(self.origin, self.spec, self.dtype, self.coordinates),
            create_graph=self.spec.create_graph,
            differentiates_value=differentiates_value,
            clip=self.additions.grad_clip,
        )

    def _trajectory(self, status: Status) -> Trajectory:
        return Trajectory(
            test_fn=self.fn,
            points=np.array(self.history.points),
            gradients=np.array(self.history.gradients),
            coordinates=self.coordinates,
            **self._fields(status),
        )

    def _variants(self, *, differentiated: bool) -> Iterator["SingleRun"]:
        """Yield trial runs that differ in closure, precision or shape of the parameters."""
        spec, vector = self.spec, self.spec.parameter_shape == (2,) and self.coordinates == "vector"
        double = self.dtype is torch.float64
        if differentiated and not spec.create_graph:
            yield self._trial(spec=replace(spec, create_graph=True))
        if not spec.needs_closure:
            yield self._trial(spec=replace(spec, needs_closure=True))
        if double:
            yield self._trial(dtype=torch.float32)
        if vector:
            matrix = replace(spec, parameter_shape=(1, 2))
            yield self._trial(spec=matrix)
            yield self._trial(coordinates="scalars")
            if double:
                yield self._trial(spec=matrix, dtype=torch.float32)
        if double:
            yield self._trial(dtype=torch.bfloat16)

    def _rounds(self, trajectory: Trajectory) -> bool:
        """Whether the optimizer rounds to float32.

        Start and function are shifted slightly, so that neither the start nor a minimum is a
        float32; then only rounding makes the points float32.
        """
        if self.dtype is not torch.float64:
            return False
        if len(trajectory) < 2 or not _are_float32(trajectory.points[1:]):
            return False
        x, y = (c + _OFFSET * (abs(c) or 1.0) for c in self.origin)
        shift = [_OFFSET * (abs(c) or 1.0) for c in trajectory.points[-1]]
        formula = self.fn.formula
        moved = replace(self.fn, formula=lambda x, y: formula(x - shift[0], y - shift[1]))
        with suppress(Exception):
            points = self._trial(origin=(x, y), fn=moved, steps=2).take_steps().points[1:]
            return bool(len(points) and points.any()) and _are_float32(points)
        return False


def rate_of(spec: OptimizerSpec, hparams: dict[str, Any], optimizer: Optimizer) -> Rate:
    """Return the learning rate that was given, or else the optimizer's default."""
    for settings in (hparams, spec.defaults):
        if "lr" in settings:
            return as_rate(settings["lr"])
    groups = getattr(optimizer, "param_groups", None)
    if groups and "lr" in groups[0]:
        return as_rate(groups[0]["lr"])
    return as_rate(spec.default("lr"))


def parameters(
    origin: Point, spec: OptimizerSpec, dtype: torch.dtype, coordinates: Coordinates
) -> list[Tensor]:
    """Return one parameter with both coordinates, or one for each coordinate."""
    if coordinates == "scalars":
        return [nn.Parameter(torch.tensor([c], dtype=dtype)) for c in origin]
    return [nn.Parameter(torch.tensor(origin, dtype=dtype).reshape(spec.parameter_shape))]


def _changed(record: Recorded, **changes: Any) -> Recorded:
    """Return a record with some fields changed; every record is a dataclass."""
    return replace(record, **changes)  # type: ignore[type-var]


def _are_float32(points: NDArray[np.float64]) -> bool:
    with np.errstate(over="ignore"):
        return bool((points.astype(np.float32) == points).all())
