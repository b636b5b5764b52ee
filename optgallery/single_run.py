"""One run: from what was asked for to its trajectory, or to the reason why there is none."""

import warnings
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from optgallery.descent import History, descend
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.base import Point
from optgallery.hyperparameters import Rate, as_rate, own_copy
from optgallery.isolation import isolated, seed_generators
from optgallery.objective import Objective, ValueDifferentiatedError
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec
from optgallery.stepping import Request, asking, requests
from optgallery.trajectory import Params, Status, Trajectory

_EARLY = 2  # steps; what an optimizer raises later is not for the kind of its parameters
_APART = 1.2345e-9  # relative; float32 resolves 6e-8


@dataclass(eq=False)
class SingleRun:
    """One run of an optimizer on a function.

    The plain loop is the reference: ``step()`` is called without a closure unless it demands one.
    Where that raises before anything has moved, the other ways to ask for a step are tried, each
    with an optimizer of its own.
    """

    spec: OptimizerSpec
    fn: TestFunction
    origin: Point
    steps: int
    seed: int = 0
    dtype: torch.dtype = torch.float64
    params: Params = "vector"
    hparams: dict[str, Any] = field(default_factory=dict)
    lr: Rate = None
    history: History = field(default_factory=History)
    advice: str = ""
    _is_trial: bool = False

    def __post_init__(self) -> None:
        self.hparams = own_copy(self.hparams)

    def take(self) -> Trajectory:
        """Take all steps.

        Raises
        ------
        Exception
            Whatever the optimizer raises, with a note that says where and what would do.
        """
        with isolated(default_dtype=torch.float32 if self._is_of_entries() else None):
            self._take()
            completed = self.history.stopped_at is None
            trajectory = self._trajectory("completed" if completed else "diverged")
            if not self._is_trial and self._rounds(trajectory):
                trajectory = replace(trajectory, rounded=True)
        return trajectory

    def failed(self, error: Exception) -> Trajectory:
        """Return what was recorded until the error, at least the start."""
        step = len(self.history.points)
        if not step:
            seen = (nan, (nan, nan))
            with isolated(self.seed), suppress(Exception):  # of the formula
                objective = self._objective(differentiates_value=False)
                seen = objective.at(objective.point())
            start = torch.tensor(self.origin, dtype=self.dtype).tolist()
            self.history.record((start[0], start[1]), seen, 0)
        said = str(error).strip().partition("\n")[0]
        reason = f"{type(error).__name__}: {said}".removesuffix(": ")
        self.history.stop(step, f"{reason}; {self.advice}" if self.advice else reason)
        if self.lr is None:
            self.lr = as_rate(self.hparams.get("lr"))
        return self._trajectory("failed")

    def _take(self) -> None:
        untried: list[Request] = []
        refused: list[tuple[Request, Exception]] = []
        differentiates = self.spec.differentiates_value
        while True:
            objective, optimizer = self._begin(differentiates)
            if not (untried or refused):
                needs_closure = self.spec.needs_closure or differentiates
                untried = requests(optimizer, needs_closure=needs_closure)
            try:
                self._descend(objective, optimizer, untried[0])
                return
            except ValueDifferentiatedError:
                differentiates = True  # the same again, with a closure that only evaluates
            except Exception as error:
                if error is objective.raised or not self._nothing_moved(objective):
                    explained = self._explained(error, objective)
                    raise explained from explained.__cause__
                refused.append((untried.pop(0), error))
                if not untried:
                    chosen = self._chosen(refused, objective)
                    raise chosen from chosen.__cause__
            finally:
                objective.release()

    def _begin(self, differentiates_value: bool) -> tuple[Objective, Optimizer]:
        """Seed the generators, and make the parameters and the optimizer."""
        seed_generators(self.seed)
        self.history = History()
        objective = self._objective(differentiates_value=differentiates_value)
        if not all(map(isfinite, objective.point())):
            raise ValueError(f"start must be finite in {self.dtype}, got {self.origin}")
        try:
            optimizer = self.spec.build(objective.params, seed=self.seed, hparams=self.hparams)
        except ValueError as error:
            if way := self._way_out(error):
                raise ValueError(f"{error}; {way}") from error.__cause__
            raise
        self.lr = rate_of(self.spec, self.hparams, optimizer)
        return objective, optimizer

    def _descend(self, objective: Objective, optimizer: Optimizer, request: Request) -> None:
        objective.attach(optimizer, closure=request.closure)
        take_step = asking(optimizer, request, objective, objective.loss)
        with warnings.catch_warnings():
            # the graph is there: a gradient without one is that of a linear function
            warnings.filterwarnings("ignore", "no gradient depends on the parameters")
            # its reference cycle ends when the gradients are let go of
            warnings.filterwarnings("ignore", r"Using backward\(\) with create_graph=True")
            descend(
                optimizer,
                objective,
                take_step,
                self.steps,
                self.history,
                counters=self.spec.counters,
            )

    def _nothing_moved(self, objective: Objective) -> bool:
        """Whether an exception came out of the first step, before it had changed the point."""
        return self.history.points == [objective.point()]

    def _chosen(self, refused: list[tuple[Request, Exception]], objective: Objective) -> Exception:
        """Choose among what several ways to ask for a step have raised."""
        way, error = refused[0]
        if len(refused) > 1 and "closure" in str(error).lower():
            way, error = refused[-1]  # the first one only demanded a closure
        error = self._explained(error, objective)
        for other_way, other in refused:
            if other is not error and (type(other), str(other)) != (type(error), str(error)):
                error.add_note(f"{other_way} raises {type(other).__name__}: {other}")
                error.add_note(f"the error above is that of {way}")
        return error

    def _explained(self, error: Exception, objective: Objective) -> Exception:
        """Add to an exception who raised it and where, and what would do if that is known."""
        if self._is_trial:
            return error
        step = len(self.history.points)
        by = f"the function {self.fn.name}" if error is objective.raised else self.spec.title
        rate = "" if self.lr is None else f", {self._trajectory('failed').settings[0]}"
        self.advice = "" if error is objective.raised else self._way_out(error)
        if self.advice.startswith("it differentiates the gradient"):
            explained = ValueError(f"{self.spec.title} {self.advice.removeprefix('it ')}")
            explained.__cause__ = error
            error = explained
        note = f"raised by {by} at step {step} on {self.fn.title}{rate}"
        error.add_note(f"{note}; {self.advice}" if self.advice else note)
        return error

    def _way_out(self, error: Exception) -> str:  # noqa: ARG002
        """Try a few steps in other ways, and name the one that works."""
        taken = len(self.history.points)
        if self._is_trial or taken > _EARLY:
            return ""
        shape, dtype = self.spec.parameter_shape, self.dtype
        vector = shape == (2,) and self.params == "vector"
        matrix = replace(self.spec, parameter_shape=(1, 2))
        trials = [
            (not self.spec.create_graph, replace(self.spec, create_graph=True), dtype),
            (dtype is torch.float64, self.spec, torch.float32),
            (vector, matrix, dtype),
            (vector and dtype is torch.float64, matrix, torch.float32),
        ]
        for possible, spec, precision in trials:
            if possible and self._works(spec, precision, taken + 1):
                return _words_of(self.spec, spec, precision if precision is not dtype else None)
        return ""

    def _works(self, spec: OptimizerSpec, dtype: torch.dtype, steps: int) -> bool:
        trial = self._trial(spec, self.origin, steps, dtype)
        with warnings.catch_warnings(), suppress(Exception):
            warnings.simplefilter("ignore")
            return trial.take().status == "completed"
        return False

    def _trial(
        self, spec: OptimizerSpec, origin: Point, steps: int, dtype: torch.dtype
    ) -> "SingleRun":
        return SingleRun(
            *(spec, self.fn, origin, steps, self.seed, dtype, self.params, self.hparams),
            _is_trial=True,
        )

    def _rounds(self, trajectory: Trajectory) -> bool:
        """Whether the optimizer rounds to float32, as a start between two float32s shows."""
        if self.dtype is not torch.float64 or self._is_entry():
            return False
        if len(trajectory) < 2 or not _are_float32(trajectory.points[1:]):
            return False
        x, y = (c + _APART * (abs(c) or 1.0) for c in self.origin)
        with suppress(Exception):
            points = self._trial(self.spec, (x, y), 2, self.dtype).take().points[1:]
            return bool(len(points) and points.any()) and _are_float32(points)
        return False

    def _is_entry(self) -> bool:
        return OPTIMIZERS.peek(self.spec.name) == self.spec

    def _is_of_entries(self) -> bool:
        """Whether optimizer and function are entries, whose bits no default dtype decides."""
        return self._is_entry() and FUNCTIONS.peek(self.fn.name) == self.fn

    def _objective(self, *, differentiates_value: bool) -> Objective:
        return Objective(
            self.fn,
            parameters(self.origin, self.spec, self.dtype, self.params),
            create_graph=self.spec.create_graph,
            differentiates_value=differentiates_value,
        )

    def _trajectory(self, status: Status) -> Trajectory:
        history = self.history
        return Trajectory(
            optimizer=self.spec,
            test_fn=self.fn,
            hparams=self.hparams,
            lr=self.lr,
            points=np.array(history.points),
            values=np.array(history.values),
            gradients=np.array(history.gradients),
            evaluations=np.array(history.evaluations),
            steps=self.steps,
            seed=self.seed,
            dtype=str(self.dtype).removeprefix("torch."),
            params=self.params,
            status=status,
            stopped_at=history.stopped_at,
            reason=history.reason,
        )


def rate_of(spec: OptimizerSpec, hparams: dict[str, Any], optimizer: Optimizer) -> Rate:
    """Return the learning rate that was asked for, or else the optimizer's own."""
    for settings in (hparams, spec.defaults):
        if "lr" in settings:
            return as_rate(settings["lr"])
    groups = getattr(optimizer, "param_groups", None)
    if groups and "lr" in groups[0]:
        return as_rate(groups[0]["lr"])
    return as_rate(spec.default("lr"))


def parameters(
    origin: Point, spec: OptimizerSpec, dtype: torch.dtype, params: Params
) -> list[Tensor]:
    """Return one parameter that holds both coordinates, or one for each."""
    if params == "scalars":
        return [nn.Parameter(torch.tensor([c], dtype=dtype)) for c in origin]
    return [nn.Parameter(torch.tensor(origin, dtype=dtype).reshape(spec.parameter_shape))]


def _are_float32(points: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    with np.errstate(over="ignore"):
        return bool((points.astype(np.float32) == points).all())


def _words_of(asked: OptimizerSpec, works: OptimizerSpec, dtype: torch.dtype | None) -> str:
    """Say which changes make an optimizer run."""
    name = getattr(asked.cls, "__name__", "...")
    entry = f"OptimizerSpec(name={asked.name!r}, title={asked.title!r}, cls={name}, "
    if works.create_graph and not asked.create_graph:
        return f"it differentiates the gradient once more; run {entry}create_graph=True)"
    ways = []
    if works.parameter_shape != asked.parameter_shape:
        ways.append(f"over a matrix, as {entry}parameter_shape={works.parameter_shape})")
    if dtype is not None:
        ways.append(f"in float32, with dtype={dtype}")
    return f"it runs {' and '.join(ways)}"
