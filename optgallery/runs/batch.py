"""Batches of runs of one optimizer: one object for all, one mapped over all, or one for each."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.optim import Optimizer

from optgallery.functions import TestFunction
from optgallery.functions.base import Point
from optgallery.optim.per_run import runs_in_rows
from optgallery.runs.batched_objective import BatchedObjective, Evaluated
from optgallery.runs.mapped import MappedOptimizer
from optgallery.runs.objective import Evaluation, Objective
from optgallery.runs.record import Record
from optgallery.runs.recorder import Failure, Recorder, all_finite
from optgallery.runs.stepping import Modes, StepCall, bind_step, step_calls, step_without_hooks


class Batch(ABC):
    """Runs of one optimizer: for each learning rate a row for each function or start.

    In every step, a batch records its points, receives the values and gradients there, and takes
    the step.

    Parameters
    ----------
    objective : BatchedObjective
        The functions, with one setting for each learning rate of this batch.
    steps : int
        Steps of every run.
    counters : int
        Number of evaluation counters: one for all runs, or one for each run.
    left_out : collection of {"points", "gradients"}
        What is not recorded.
    """

    def __init__(
        self, objective: BatchedObjective, steps: int, *, counters: int, left_out: Collection[str]
    ) -> None:
        self.objective, self.steps, self._now = objective, steps, 0
        runs = objective.settings * len(objective.fns)
        self.recorder = Recorder(steps, runs, counters=counters, left_out=left_out)

    def record_points(self, step: int) -> Tensor:
        """Record the iterates, and return the points to evaluate, of shape (rates, rows, 2).

        The two differ if the optimizer averages: its iterates are the averages.
        """
        self._now = step
        if step:
            self._switch("eval")
        self._iterate = self._here = self.recorder.record_points(
            step, self._points(), copy=self._moves_early
        )
        self.recorder.evaluations[step] = self._spent()
        if step < self.steps and self._averaging:
            self._switch("train")
            self._here = self._points().clone()
        return self._here

    def step(self, evaluated: Evaluated) -> None:
        """Record values (rates, rows) and gradients (rates, rows, 2), and take the step."""
        here = self._here is self._iterate or same(self._here, self._iterate)
        values, gradients, finite = evaluated if here else self.objective.at(self._iterate)
        self.recorder.record_values(self._now, values, gradients, finite=finite)
        if self._now < self.steps:
            self._step(evaluated.values, evaluated.gradients)

    @abstractmethod
    def record(self) -> Record:
        """Return the record of all runs, ordered by rate."""

    @property
    @abstractmethod
    def _averaging(self) -> bool:
        """Whether the optimizer has a training mode, and another one that shows its averages."""

    @property
    def _moves_early(self) -> bool:
        """Whether the points may change in place before all that depends on them is computed."""
        return False

    @abstractmethod
    def _points(self) -> Tensor:
        """Return the parameters, of shape (rates, rows, 2)."""

    @abstractmethod
    def _spent(self) -> int | list[int]:
        """Return the number of evaluations so far."""

    @abstractmethod
    def _switch(self, mode: Literal["train", "eval"]) -> None: ...

    @abstractmethod
    def _step(self, values: Tensor, gradients: Tensor) -> None: ...


class VectorizedBatch(Batch):
    """Runs of one optimizer object, whose parameters have a row for each run.

    An elementwise optimizer has a parameter for each rate. Diverged rows keep producing NaN;
    elementwise updates do not propagate it. A layerwise optimizer has a parameter for each run; the
    parameter of a diverged run gets no gradient.

    Parameters
    ----------
    build : callable
        Constructs the optimizer over lists of parameters, one for each rate.
    objective : BatchedObjective
    starts : tensor of shape (rows, 2)
        Starting points of the runs, the same at every rate.
    steps : int
    parameter_shape : tuple of int, optional
        Shape of each run's parameter, if every run has a parameter of its own.
    create_graph : bool
        Whether the update differentiates the gradient.
    left_out : collection of {"points", "gradients"}
        What is not recorded.
    """

    def __init__(
        self,
        build: Callable[[list[list[Tensor]]], Optimizer],
        objective: BatchedObjective,
        starts: Tensor,
        steps: int,
        *,
        parameter_shape: tuple[int, ...] | None = None,
        create_graph: bool = False,
        left_out: Collection[str] = (),
    ) -> None:
        super().__init__(objective, steps, counters=1, left_out=left_out)
        self._create_graph = create_graph
        self._layerwise = parameter_shape is not None
        self._z = starts.repeat(objective.settings, 1, 1)
        if (
            not self._layerwise
        ):  # all x contiguous in memory, then all y, as the functions need them
            self._z = self._z.mT.contiguous().mT
        rows = [parameter_shape] * len(starts) if parameter_shape else [starts.shape]
        self._shape = (-1, *rows[0])
        self._params = [p.requires_grad_() for p in self._z.view(self._shape).unbind()]
        per_rate = len(rows)
        self._optimizer = build(
            [self._params[i : i + per_rate] for i in range(0, len(self._params), per_rate)]
        )
        self._detached = self._z.detach()
        self._evaluates = step_calls(self._optimizer)[0] != StepCall()
        self._take_step = (
            _bind_step(self._optimizer, self._closure)
            if self._evaluates
            else step_without_hooks(self._optimizer)
        )
        self._modes = Modes(self._optimizer)
        self._evaluations = 0
        self._ready: tuple[Tensor, Tensor] | None = None

    def record(self) -> Record:
        """Return the record of all runs, ordered by rate."""
        return self.recorder.record({})

    @property
    def _averaging(self) -> bool:
        return self._modes.exist

    @property
    def _moves_early(self) -> bool:
        return self._modes.exist or self._evaluates

    def _points(self) -> Tensor:
        return self._detached

    def _spent(self) -> int:
        return self._evaluations

    def _switch(self, mode: Literal["train", "eval"]) -> None:
        self._modes.switch(mode)

    def _step(self, values: Tensor, gradients: Tensor) -> None:
        self._set_gradients(values, gradients)
        self._ready = self._here, values
        with runs_in_rows():
            self._take_step()

    def _closure(self) -> Tensor:
        """Evaluate all rows; the first call in a step reuses the evaluation before the step."""
        ready, self._ready = self._ready, None
        if ready is not None and same(ready[0], self._z):
            return ready[1].sum()
        values, gradients, _ = self.objective.at(self._z.detach())
        self._set_gradients(values, gradients)
        return values.sum()

    def _set_gradients(self, values: Tensor, gradients: Tensor) -> None:
        self._evaluations += 1
        if self._layerwise:  # each gradient contiguous, as in a single run
            gradients = gradients.contiguous()
        parts: list[Tensor | None] = list(gradients.view(self._shape).unbind())
        if self._layerwise:
            finite = torch.isfinite(values) & torch.isfinite(gradients).all(-1)
            finite &= torch.isfinite(self._z.detach()).all(-1)
            for i in finite.logical_not_().view(-1).nonzero()[:, 0].tolist():
                parts[i] = None
        if self._create_graph:  # a parameter for each rate
            here, rows = self._z.detach().clone(), BatchedObjective(self.objective.fns)
            parts = [
                _Gradient.apply(p, part, partial(_hessians_times, rows, points))  # type: ignore[no-untyped-call]
                for p, part, points in zip(self._params, parts, here, strict=True)
            ]
        for p, part in zip(self._params, parts, strict=True):
            p.grad = part


class MappedBatch(Batch):
    """Runs whose steps are those of one optimizer, mapped over all runs with the same setting.

    A run that has diverged is taken out.

    Parameters
    ----------
    build : callable
        Constructs an optimizer from a parameter and the index of its learning rate.
    objective : BatchedObjective
    starts : tensor of shape (rows, 2)
        Starting points of the runs, the same at every rate.
    steps : int
    parameter_shape : tuple of int
        Shape of the parameter that holds the two coordinates.
    left_out : collection of {"points", "gradients"}
        What is not recorded.
    """

    def __init__(
        self,
        build: Callable[[Tensor, int], Optimizer],
        objective: BatchedObjective,
        starts: Tensor,
        steps: int,
        *,
        parameter_shape: tuple[int, ...],
        left_out: Collection[str] = (),
    ) -> None:
        super().__init__(objective, steps, counters=1, left_out=left_out)
        self._shape = (-1, *parameter_shape)
        self._z = starts.repeat(objective.settings, 1, 1)
        self._alive = [torch.arange(len(starts)) for _ in range(objective.settings)]
        self._optimizers = []
        for i in range(objective.settings):
            param = torch.zeros(parameter_shape, dtype=starts.dtype, requires_grad=True)
            optimizer = build(param, i)
            if Modes(optimizer).exist or step_calls(optimizer)[0] != StepCall():
                raise TypeError("only a step without a closure, and without modes, can be mapped")
            self._optimizers.append(MappedOptimizer(optimizer, starts.reshape(self._shape)))

    def record(self) -> Record:
        """Return the record of all runs, ordered by rate."""
        return self.recorder.record({})

    @property
    def _averaging(self) -> bool:
        return False

    def _points(self) -> Tensor:
        return self._z

    def _spent(self) -> int:
        return self._now

    def _switch(self, mode: Literal["train", "eval"]) -> None:
        pass  # there are no modes

    def _step(self, values: Tensor, gradients: Tensor) -> None:
        finite = all_finite(self._here, values, gradients)
        for i, optimizer in enumerate(self._optimizers):
            before = self._alive[i]
            stays = finite[i][before]
            alive = self._alive[i] = before[stays]
            if len(alive) < len(before):
                optimizer.keep(stays.nonzero()[:, 0])
                self._z[i, before[~stays]] = torch.nan
            if len(alive):
                optimizer.step(gradients[i][alive].view(self._shape))
                self._z[i, alive] = optimizer.points.view(-1, 2)


class SteppedBatch(Batch):
    """Runs that have an optimizer object each and share the evaluation of the functions.

    This works for any optimizer: norms, matrices and random draws are those of a single run. If the
    optimizer calls the closure again within a step, only its own run is evaluated.

    Parameters
    ----------
    build : callable
        Constructs an optimizer from a parameter and the index of its learning rate.
    objective : BatchedObjective
    starts : tensor of shape (rows, 2)
        Starting points of the runs, the same at every rate.
    steps : int
    parameter_shape : tuple of int
        Shape of the parameter that holds the two coordinates.
    create_graph : bool
        Whether the update differentiates the gradient.
    left_out : collection of {"points", "gradients"}
        What is not recorded.
    """

    def __init__(
        self,
        build: Callable[[Tensor, int], Optimizer],
        objective: BatchedObjective,
        starts: Tensor,
        steps: int,
        *,
        parameter_shape: tuple[int, ...] = (2,),
        create_graph: bool = False,
        left_out: Collection[str] = (),
    ) -> None:
        rates, rows = objective.settings, len(objective.fns)
        super().__init__(objective, steps, counters=rates * rows, left_out=left_out)
        self._parameter_shape, self._create_graph = parameter_shape, create_graph
        self._runs = [
            _Run(fn, start.reshape(parameter_shape).clone().requires_grad_(), create_graph)
            for _ in range(rates)
            for fn, start in zip(objective.fns, starts, strict=True)
        ]
        for i, run in enumerate(self._runs):
            run.set_optimizer(build(run.params[0], i // rows))
        self._alive = self._runs

    def record(self) -> Record:
        """Return the record of all runs, ordered by rate."""
        return self.recorder.record(
            {i: run.failure for i, run in enumerate(self._runs) if run.failure}
        )

    @property
    def _averaging(self) -> bool:
        return any(run.modes.exist for run in self._runs[:1])

    def _points(self) -> Tensor:
        points = torch.stack([run.params[0].detach().reshape(2) for run in self._runs])
        return points.view(self.objective.settings, -1, 2)

    def _spent(self) -> list[int]:
        return [run.evaluations for run in self._runs]

    def _switch(self, mode: Literal["train", "eval"]) -> None:
        if self._averaging:
            for run in self._alive:
                run.modes.switch(mode)

    def _step(self, values: Tensor, gradients: Tensor) -> None:
        finite = all_finite(self._here, values, gradients).view(-1).tolist()
        points = self._here.view(-1, 2).tolist()
        unbound = gradients.reshape(-1, *self._parameter_shape).unbind()
        curvature = _Curvature(self.objective, self._here)
        alive = []
        for i, (run, value) in enumerate(zip(self._runs, values.reshape(-1).unbind(), strict=True)):
            if run.failure or not finite[i]:
                continue
            gradient = unbound[i].clone()
            if self._create_graph:
                gradient = _Gradient.apply(  # type: ignore[no-untyped-call]
                    run.params[0], gradient, partial(curvature.times, index=i)
                )
            run.step(self._now, points[i], value, gradient)
            if not run.failure:
                alive.append(run)
        self._alive = alive


class _Run(Objective):
    """One run of a batch: its closure and its optimizer."""

    optimizer: Optimizer
    modes: Modes
    failure: Failure | None = None

    def __init__(self, fn: TestFunction, parameter: Tensor, create_graph: bool) -> None:
        super().__init__(fn, [parameter], create_graph=create_graph)

    def set_optimizer(self, optimizer: Optimizer) -> None:
        """Set the optimizer of the run."""
        self.optimizer, self.modes = optimizer, Modes(optimizer)
        self.attach(optimizer, closure=True)
        self._take_step = _bind_step(optimizer, self)

    def point(self) -> Point:
        """Return the parameter's value as a point."""
        x, y = self.params[0].detach().reshape(2).tolist()
        return x, y

    def step(self, step: int, point: list[float], value: Tensor, gradient: Tensor) -> None:
        """Take the step with an evaluation from the batch, as if the run had evaluated it."""
        self.evaluations += 1
        self._ready = Evaluation((point[0], point[1]), value, (gradient.detach(),))
        self.params[0].grad = gradient
        try:
            self._take_step()
        except (ArithmeticError, torch.linalg.LinAlgError) as error:  # type: ignore[attr-defined]
            self.failure = step + 1, f"the update failed: {error}"


class _Curvature:
    """Hessian-vector products of all runs at one step."""

    _MAX_VECTORS = 2  # for which all runs are computed; runs with the same seed use the same vector

    def __init__(self, objective: BatchedObjective, here: Tensor) -> None:
        self._objective, self._here = objective, here
        self._products: dict[bytes, Tensor] = {}

    def times(self, vector: Tensor, index: int) -> Tensor:
        """Return the Hessian of one run times a vector."""
        vector = vector.detach().reshape(2)
        bits = vector.numpy().tobytes()
        if bits not in self._products:
            if len(self._products) == self._MAX_VECTORS:
                setting, row = divmod(index, len(self._objective.fns))
                alone = BatchedObjective([self._objective.fns[row]])
                here = self._here[setting, row].view(1, 1, 2)
                return alone.hessian_times(here, vector.view(1, 1, 2)).view(2)
            products = self._objective.hessian_times(self._here, vector.expand_as(self._here))
            self._products[bits] = products.view(-1, 2)
        return self._products[bits][index]


class _Gradient(torch.autograd.Function):
    """A gradient that can be differentiated again; its graph is built only then."""

    @staticmethod
    def forward(
        ctx: Any, parameter: Tensor, gradient: Tensor, hessian_times: Callable[[Tensor], Tensor]
    ) -> Tensor:
        ctx.hessian_times, ctx.shape = hessian_times, parameter.shape
        return gradient.view_as(gradient)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, vector: Tensor) -> tuple[Tensor, None, None]:
        return ctx.hessian_times(vector).reshape(ctx.shape).clone(), None, None


def _hessians_times(objective: BatchedObjective, points: Tensor, vectors: Tensor) -> Tensor:
    """Return the Hessians at points, one for each row, times vectors, both of shape (rows, 2)."""
    return objective.hessian_times(points[None], vectors.detach()[None])[0]


def same(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors hold the same bits, so that NaN equals itself."""
    return torch.equal(a.view(torch.int64), b.view(torch.int64))


def _bind_step(optimizer: Optimizer, closure: Callable[..., Tensor]) -> Callable[[], object]:
    """Bind ``step``, with a closure if it is required and without a loss."""
    return bind_step(optimizer, step_calls(optimizer)[0], closure, closure)
