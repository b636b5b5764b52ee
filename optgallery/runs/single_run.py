"""One run: from what was asked for to its trajectory, or to the reason why there is none."""

import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from typing import Any

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
from optgallery.runs.loop import History, descend
from optgallery.runs.objective import Objective, ValueDifferentiatedError, has_own_hooks
from optgallery.runs.outcome import Status
from optgallery.runs.schedule import Rates
from optgallery.runs.stepping import Request, asking, requests
from optgallery.runs.trajectory import Coordinates, Trajectory

_EARLY = 5  # steps; what an optimizer raises later is not for the kind of its parameters
_TELLING = 3  # steps in which another learning rate leads elsewhere
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

    def take(self) -> Trajectory:
        """Take all steps.

        Raises
        ------
        Exception
            Whatever the optimizer raises, with a note that says where and what would do.
        """
        with isolated():
            if self.additions.schedule is not None and not (self._is_trial or self._is_entry()):
                self._check_reached()
            self._take()
            completed = self.history.stopped_at is None
            trajectory = self._trajectory("completed" if completed else "diverged")
            if self._is_trial or self._is_entry():
                return trajectory
            if self._rounds(trajectory):
                return replace(trajectory, rounded=True)
            if trajectory.never_moved:
                ways = self._other_ways(differentiated=False)
                moving = next((way for way in ways if way._works(min(self.steps, _EARLY))), None)
                return replace(trajectory, reason=moving.differing_from(self) if moving else "")
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
        if self.additions.grad_clip is not None:
            self._check_clippable(objective)
        self.rates = self.additions.begin(optimizer, title=self.spec.title, steps=self.steps)
        return objective, optimizer

    def _check_reached(self) -> None:
        """Raise a ValueError if the rate in the parameter groups does not change the steps."""
        paths: list[NDArray[np.float64]] = []
        for factor in (1.0, 0.5):
            additions = Additions(schedule=lambda _, factor=factor: factor)
            trial = self._trial(additions=additions, steps=min(self.steps, _TELLING))
            try:
                trajectory = trial.take()
            except Exception:  # which the run raises itself, if it is not for the trial
                return
            paths.append(trajectory.points)
        if np.array_equal(paths[0], paths[1]) and np.ptp(paths[0], axis=0).any():
            raise ValueError(
                f"a schedule cannot reach the learning rate of {self.spec.title}: its steps do not "
                "depend on the lr in its param_groups"
            )

    def _check_clippable(self, objective: Objective) -> None:
        """Raise a ValueError unless gradients come to the optimizer by way of ``grad``."""
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
                rates=self.rates,
            )

    def _nothing_moved(self, objective: Objective) -> bool:
        """Whether an exception came out of the first step, before it had changed the point."""
        return self.history.points == [objective.point()]

    def _chosen(self, refused: list[tuple[Request, Exception]], objective: Objective) -> Exception:
        """Choose among what several ways to ask for a step have raised."""
        way, error = refused[0]
        if len(refused) > 1 and "closure" in str(error).lower():
            way, error = refused[-1]  # the first one only demanded a closure
        said = type(error), str(error)
        explained = self._explained(error, objective)
        for other_way, other in refused:
            if (type(other), str(other)) != said:
                note = f"{other_way} raises {type(other).__name__}: {other}"
                explained.add_note(f"that is what {way} raises; {note}")
        return explained

    def _explained(self, error: Exception, objective: Objective) -> Exception:
        """Add to an exception who raised it and where, and what would do if that is known."""
        if self._is_trial:
            return error
        step = len(self.history.points)
        scheduled = self.rates is not None and error is self.rates.raised
        by = f"the function {self.fn.name}" if error is objective.raised else self.spec.title
        by = "the schedule" if scheduled else by
        rate = "" if self.lr is None else f", {self._trajectory('failed').settings[0]}"
        self.advice = "" if scheduled or error is objective.raised else self._way_out(error)
        if self.advice.startswith("it differentiates the gradient"):
            explained = ValueError(f"{self.spec.title} {self.advice.removeprefix('it ')}")
            explained.__cause__ = error
            error = explained
        note = f"raised by {by} at step {step} on {self.fn.title}{rate}"
        error.add_note(f"{note}; {self.advice}" if self.advice else note)
        return error

    def _way_out(self, error: Exception) -> str:
        """Try a few steps in other ways, and name the one that works."""
        taken = len(self.history.points)
        if self._is_trial or taken > _EARLY:
            return ""
        for other in self._other_ways(differentiated=isinstance(error, RuntimeError)):
            if other._works(taken + 1):
                # what does not fail again has another cause, which no other way removes
                return "" if self._trial()._works(taken + 1) else other.differing_from(self)
        if isinstance(error, KeyError) and taken == 1:
            return missing_setting_advice(error, self.spec.group)
        return ""

    def _other_ways(self, *, differentiated: bool) -> Iterator["SingleRun"]:
        """Yield runs like this one that differ in what an optimizer may depend on."""
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

    def _works(self, steps: int) -> bool:
        """Whether some steps can be taken, and move."""
        self.steps = steps
        with warnings.catch_warnings(), suppress(Exception):
            warnings.simplefilter("ignore")
            trajectory = self.take()
            return trajectory.status == "completed" and not trajectory.never_moved
        return False

    def _trial(self, **changes: Any) -> "SingleRun":
        """Return a run like this one, to be tried."""
        names = ("spec", "fn", "origin", "steps", "seed", "dtype", "coordinates", "hparams")
        given = {name: getattr(self, name) for name in (*names, "additions")}
        return SingleRun(**{**given, **changes}, _is_trial=True)

    def differing_from(self, asked: "SingleRun") -> str:
        """Say which changes make an optimizer run."""
        spec, name = self.spec, getattr(asked.spec.cls, "__name__", "...")
        entry = f"OptimizerSpec(name={spec.name!r}, title={spec.title!r}, cls={name}, "
        if spec.create_graph and not asked.spec.create_graph:
            return f"it differentiates the gradient once more; run {entry}create_graph=True)"
        ways = []
        if spec.needs_closure and not asked.spec.needs_closure:
            ways.append(f"with a closure, as {entry}needs_closure=True)")
        if spec.parameter_shape != asked.spec.parameter_shape:
            ways.append(f"over a matrix, as {entry}parameter_shape={spec.parameter_shape})")
        if self.coordinates != asked.coordinates:
            ways.append(f"over two parameters, with coordinates={self.coordinates!r}")
        if self.dtype is not asked.dtype:
            ways.append(f"in {str(self.dtype).removeprefix('torch.')}, with dtype={self.dtype}")
        return f"it runs {' and '.join(ways)}"

    def _rounds(self, trajectory: Trajectory) -> bool:
        """Whether the optimizer rounds to float32.

        A run with start and function moved by a little shows it, since then neither the start nor a
        minimum is a float32.
        """
        if self.dtype is not torch.float64:
            return False
        if len(trajectory) < 2 or not _are_float32(trajectory.points[1:]):
            return False
        x, y = (c + _APART * (abs(c) or 1.0) for c in self.origin)
        by = [_APART * (abs(c) or 1.0) for c in trajectory.points[-1]]
        formula = self.fn.formula
        moved = replace(self.fn, formula=lambda x, y: formula(x - by[0], y - by[1]))
        with suppress(Exception):
            points = self._trial(origin=(x, y), fn=moved, steps=2).take().points[1:]
            return bool(len(points) and points.any()) and _are_float32(points)
        return False

    def _is_entry(self) -> bool:
        return OPTIMIZERS.peek(self.spec.name) == self.spec

    def _objective(self, *, differentiates_value: bool) -> Objective:
        return Objective(
            self.fn,
            parameters(self.origin, self.spec, self.dtype, self.coordinates),
            create_graph=self.spec.create_graph,
            differentiates_value=differentiates_value,
            clip=self.additions.grad_clip,
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
            coordinates=self.coordinates,
            status=status,
            stopped_at=history.stopped_at,
            reason=history.reason,
            **self.additions.fields(None if self.rates is None else self.rates.title),
            recorded_lrs=None if self.rates is None else self._recorded_lrs(),
        )

    def _recorded_lrs(self) -> NDArray[np.float64]:
        """Return the rate that led to each iterate after the start."""
        return np.array(self.history.lrs[: max(len(self.history.points) - 1, 0)], float)


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
    origin: Point, spec: OptimizerSpec, dtype: torch.dtype, coordinates: Coordinates
) -> list[Tensor]:
    """Return one parameter that holds both coordinates, or one for each."""
    if coordinates == "scalars":
        return [nn.Parameter(torch.tensor([c], dtype=dtype)) for c in origin]
    return [nn.Parameter(torch.tensor(origin, dtype=dtype).reshape(spec.parameter_shape))]


def _are_float32(points: NDArray[np.float64]) -> bool:
    with np.errstate(over="ignore"):
        return bool((points.astype(np.float32) == points).all())
