"""Taking the steps of many runs at once, with the bits that each would have alone."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.descent import Objective, fault, switch_mode
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.base import Formula, Point
from optgallery.optim.spec import OptimizerSpec
from optgallery.record import Record

Pieces: TypeAlias = Sequence[tuple[Formula, int]]
"""Formulas, each with the number of points that it is to take at once."""

Failure: TypeAlias = tuple[int, str]
"""The step that could not be taken, and why."""

# torch works through long rows two vector registers at a time, and some functions are rounded
# differently there than in the plain loop that takes single numbers and whatever is shorter
SHORT = {"AVX2": 7, "AVX512": 15}.get(torch.backends.cpu.get_cpu_capability(), 3)


class Landscape:
    """The functions that rows of points stand on, evaluated together for every rate.

    Parameters
    ----------
    fns : sequence of TestFunction
        One for each row; rows on the same function are best beside each other.
    rates : int
        How many learning rates there are.
    """

    def __init__(self, fns: Sequence[TestFunction], rates: int = 1) -> None:
        self.fns, self.rates = fns, rates
        self.pieces: list[tuple[Formula, int]] = []
        for formula, rows in groupby(fn.formula for fn in fns):
            points = rates * len(list(rows))
            most = points if points <= SHORT or rounds_alike(formula) else SHORT
            self.pieces += [(formula, min(most, points - i)) for i in range(0, points, most)]

    def at(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return values and gradients at points of shape (rates, rows, 2)."""
        rates, rows = self.rates, len(self.fns)
        values, gradients = evaluate(self.pieces, z.transpose(0, 1).reshape(-1, 2))
        gradients = gradients.view(rows, rates, 2).transpose(0, 1)
        return values.view(rows, rates).T, gradients.contiguous()


def evaluate(pieces: Pieces, points: Tensor) -> tuple[Tensor, Tensor]:
    """Return values and gradients at points of shape (n, 2), formula by formula."""
    sizes = [size for _, size in pieces]
    # leaves of their own, so that no gradient passes through an addition on its way
    xs, ys = (
        [c.requires_grad_() for c in torch.split(points[:, k].clone(), sizes)] for k in (0, 1)
    )
    with torch.enable_grad():
        values = [formula(x, y) for (formula, _), x, y in zip(pieces, xs, ys, strict=True)]
        grads = torch.autograd.grad(
            values, [*xs, *ys], [torch.ones_like(v) for v in values], materialize_grads=True
        )
    n = len(xs)
    gradients = torch.stack([_join(grads[:n]), _join(grads[n:])], -1)
    return _join(values).detach(), gradients


def _join(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


@cache
def rounds_alike(formula: Formula) -> bool:
    """Whether a formula gives the same bits at points in a long row as in short ones.

    ``hypot``, ``atan2``, ``cosh`` and powers above the third do not. The answer is found by trying
    4,000 points whose coordinates range in size from 0.01 to 10,000.
    """
    generator = torch.Generator().manual_seed(0)
    sizes = torch.logspace(-2, 4, 4000, dtype=torch.float64)[:, None]
    points = sizes * torch.randn(4000, 2, generator=generator, dtype=torch.float64)
    short = [(formula, min(SHORT, 4000 - i)) for i in range(0, 4000, SHORT)]
    pairs = zip(evaluate([(formula, 4000)], points), evaluate(short, points), strict=True)
    return all(torch.allclose(a, b, rtol=0, atol=0, equal_nan=True) for a, b in pairs)


def run_together(
    spec: OptimizerSpec,
    fns: Sequence[TestFunction],
    starts: Tensor,
    steps: int,
    *,
    lrs: Sequence[float] | None = None,
    seed: int = 0,
    **hparams: Any,
) -> Record | None:
    """Take many runs of one optimizer at once, if that gives the bits of single runs.

    Parameters
    ----------
    spec : OptimizerSpec
        Who runs.
    fns : sequence of TestFunction
        A function for each row, equal ones beside each other.
    starts : tensor of shape (rows, 2)
        Where each row starts.
    steps : int
        Steps of every run.
    lrs : sequence of float, optional
        Learning rates, each for all rows; that of ``hparams`` if not given.
    seed : int
        Seeds the private generator of every run.
    **hparams
        Hyper-parameters of all runs.

    Returns
    -------
    Record or None
        Rate after rate, and in each the rows. None where runs have to be taken one by one: if an
        update differentiates the gradient or draws from torch's global generator, or a function is
        no entry, so that no test has seen it take many points.
    """
    known = all(
        FUNCTIONS.get(fn.name) == fn and fn.gradient_noise is None
        for fn in {id(fn): fn for fn in fns}.values()
    )
    if spec.create_graph or not known:
        return None
    rates: list[dict[str, Any]] = [{}] if lrs is None else [{"lr": lr} for lr in lrs]

    def one(params: list[Tensor]) -> Optimizer:
        groups = [{"params": [p], **rate} for p, rate in zip(params, rates, strict=True)]
        return spec.build(groups, seed=seed, **hparams)

    def many(param: Tensor, rate: int) -> Optimizer:
        return spec.build([param], seed=seed, **hparams, **rates[rate])

    landscape = Landscape(fns, len(rates))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        before, record = torch.get_rng_state(), None
        if spec.elementwise and not spec.stochastic and _only_numbers(hparams):
            with suppress(ArithmeticError):  # of one row, which would take the others with it
                record = step_one_object(one, landscape, starts, steps)
        if record is None:
            shape = spec.parameter_shape
            try:
                record = step_many_objects(many, landscape, starts, steps, parameter_shape=shape)
            except RuntimeError as error:
                if "does not require grad" not in str(error):
                    raise
        return record if torch.equal(before, torch.get_rng_state()) else None


def _only_numbers(hparams: Mapping[str, Any]) -> bool:
    """Whether nothing is given that could choose another way to compute, as a switch does."""
    numbers = [n for v in hparams.values() for n in (v if isinstance(v, tuple) else (v,))]
    return all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers)


def step_one_object(
    build: Callable[[list[Tensor]], Optimizer], landscape: Landscape, starts: Tensor, steps: int
) -> Record:
    """Let one elementwise optimizer take the steps of all runs.

    Its parameters hold a row for each run; it cannot tell that the rows have nothing to do with
    each other. A row that diverges goes on computing nonsense, and disturbs no other.

    Parameters
    ----------
    build : callable
        Constructs the optimizer over one parameter of shape (rows, 2) for each rate.
    landscape : Landscape
        What to descend.
    starts : tensor of shape (rows, 2)
        Where the runs start, at every rate.
    steps : int
        Steps of every run.

    Returns
    -------
    Record
        Rate after rate.
    """
    z = starts.repeat(landscape.rates, 1, 1)
    params = [row.requires_grad_() for row in z.unbind()]
    optimizer = build(params)
    closure = _Closure(landscape, z.detach(), params)
    take_step = _with_closure(optimizer, closure)
    tape = _Tape(steps, landscape.rates * len(landscape.fns), counters=1)
    for step in range(steps + 1):
        if step:
            switch_mode(optimizer, "eval")
        iterate, tape.evaluations[step] = tape.stand(step, closure.z), closure.evaluations
        if step == steps:
            tape.see(step, *landscape.at(iterate))
            break
        switch_mode(optimizer, "train")  # an averaging optimizer then stands elsewhere
        seen = closure.evaluate()
        tape.see(step, *(seen if _same(iterate, closure.z) else landscape.at(iterate)))
        take_step()
    return tape.finish({})


class _Closure:
    """The closure over all rows; its first call in a step finds the evaluation already done."""

    def __init__(self, landscape: Landscape, z: Tensor, params: list[Tensor]) -> None:
        self.landscape, self.z, self.params = landscape, z, params
        self.evaluations = 0
        self._ready: tuple[Tensor, Tensor] | None = None

    def evaluate(self) -> tuple[Tensor, Tensor]:
        """Evaluate where the rows stand and leave the gradients in the parameters' ``grad``.

        They are to be read before the optimizer takes its step, which may write over them.
        """
        self.evaluations += 1
        values, gradients = self.landscape.at(self.z)
        for p, gradient in zip(self.params, gradients.unbind(), strict=True):
            p.grad = gradient
        self._ready = self.z.clone(), values
        return values, gradients

    def __call__(self) -> Tensor:
        ready, self._ready = self._ready, None
        if ready is None or not _same(ready[0], self.z):
            ready = self.z, self.evaluate()[0]
            self._ready = None
        return ready[1].sum()


def step_many_objects(
    build: Callable[[Tensor, int], Optimizer],
    landscape: Landscape,
    starts: Tensor,
    steps: int,
    *,
    parameter_shape: tuple[int, ...] = (2,),
) -> Record:
    """Let each run have an optimizer of its own, and evaluate the functions for all of them.

    So it is for any optimizer: norms, matrices and random draws are those of a single run. A
    closure that is called again in the same step evaluates its own run alone.

    Parameters
    ----------
    build : callable
        Constructs an optimizer over a parameter, given with the number of its rate.
    landscape : Landscape
        What to descend.
    starts : tensor of shape (rows, 2)
        Where the runs start, at every rate.
    steps : int
        Steps of every run.
    parameter_shape : tuple of int
        Shape of the parameter that holds the two coordinates.

    Returns
    -------
    Record
        Rate after rate.
    """
    lanes = [
        _Lane(fn, start.reshape(parameter_shape).clone().requires_grad_())
        for _ in range(landscape.rates)
        for fn, start in zip(landscape.fns, starts, strict=True)
    ]
    for i, lane in enumerate(lanes):
        lane.attach(build(lane.params[0], i // len(landscape.fns)))
    shape = (landscape.rates, len(landscape.fns), 2)
    averaging = any(callable(getattr(lane.optimizer, "eval", None)) for lane in lanes[:1])
    tape = _Tape(steps, len(lanes), counters=len(lanes))
    alive = lanes
    for step in range(steps + 1):
        if averaging and step:
            for lane in alive:
                switch_mode(lane.optimizer, "eval")
        iterate = here = tape.stand(step, _gather(lanes).view(shape))
        tape.evaluations[step] = [lane.evaluations for lane in lanes]
        if averaging and step < steps:
            for lane in alive:
                switch_mode(lane.optimizer, "train")
            here = _gather(lanes).view(shape)
        seen = landscape.at(here)
        tape.see(step, *(seen if _same(here, iterate) else landscape.at(iterate)))
        if step == steps:
            break
        going = tape.sound(step).tolist()
        points, values = here.view(-1, 2).tolist(), seen[0].reshape(-1).unbind()
        gradients = seen[1].view(-1, *parameter_shape).unbind()
        for i, lane in enumerate(lanes):
            if not lane.failure and going[i]:
                lane.step(step, points[i], values[i], gradients[i].clone())
        alive = [lane for i, lane in enumerate(lanes) if not lane.failure and going[i]]
    return tape.finish({i: lane.failure for i, lane in enumerate(lanes) if lane.failure})


class _Lane(Objective):
    """One run beside others: its closure, and the optimizer that takes its steps."""

    optimizer: Optimizer
    failure: Failure | None = None

    def __init__(self, fn: TestFunction, parameter: Tensor) -> None:
        super().__init__(fn, [parameter], create_graph=False)

    def attach(self, optimizer: Optimizer) -> None:
        """Give the lane its optimizer."""
        self.optimizer, self._take_step = optimizer, _with_closure(optimizer, self)

    def point(self) -> Point:
        """Return where the parameter stands."""
        x, y = self.params[0].detach().reshape(2).tolist()
        return x, y

    def step(self, step: int, point: list[float], value: Tensor, gradient: Tensor) -> None:
        """Take over an evaluation as if it were the lane's own, and take the step."""
        self.evaluations += 1
        self._ready = (point[0], point[1]), value, (gradient,)
        self.params[0].grad = gradient
        try:
            self._take_step()
        except (ArithmeticError, torch.linalg.LinAlgError) as error:  # type: ignore[attr-defined]
            self.failure = step + 1, f"the update failed: {error}"


class _Tape:
    """What is recorded on the way; the first axis of each array is the step, the second the run."""

    def __init__(self, steps: int, runs: int, *, counters: int) -> None:
        shape = (steps + 1, runs)
        self.points, self.gradients = (torch.from_numpy(np.empty((*shape, 2))) for _ in range(2))
        self.values = torch.from_numpy(np.empty(shape))
        self.evaluations = np.zeros((steps + 1, counters), np.int64)

    def stand(self, step: int, z: Tensor) -> Tensor:
        """Record points of shape (rates, rows, 2) and return the copy."""
        return self.points[step].view(z.shape).copy_(z)

    def see(self, step: int, values: Tensor, gradients: Tensor) -> None:
        """Record what was seen at the points of this step."""
        self.values[step].view(values.shape).copy_(values)
        self.gradients[step].view(gradients.shape).copy_(gradients)

    def sound(self, steps: Any, runs: Any = slice(None)) -> Tensor:
        """Say which records of some steps and runs are finite."""
        points, gradients = self.points[steps, runs], self.gradients[steps, runs]
        finite = torch.isfinite(points).all(-1) & torch.isfinite(gradients).all(-1)
        return finite & torch.isfinite(self.values[steps, runs])

    def finish(self, failures: Mapping[int, Failure]) -> Record:
        """End every run where a single one would, and say why."""
        steps, runs = len(self.values) - 1, self.values.shape[1]
        lengths, stopped_at = np.full(runs, steps + 1), np.full(runs, -1)
        reasons = np.full(runs, "", object)
        points, values, gradients = (
            a.numpy().swapaxes(0, 1) for a in (self.points, self.values, self.gradients)
        )
        # a sum of finite numbers may overflow, but no sum with an infinite one or NaN is finite
        total = (self.points.sum(0) + self.gradients.sum(0)).sum(-1) + self.values.sum(0)
        suspects = torch.isfinite(total).logical_not_().nonzero()[:, 0].numpy()
        sound = self.sound(slice(None), suspects).numpy()
        ended = ~sound.all(0)
        suspects, stops = suspects[ended], sound.argmin(0)[ended]
        reasons[suspects] = list(
            map(
                fault,
                points[suspects, stops].tolist(),
                zip(
                    values[suspects, stops].tolist(),
                    gradients[suspects, stops].tolist(),
                    strict=True,
                ),
            )
        )
        stopped_at[suspects] = stops
        lengths[suspects] = stops + np.isfinite(points[suspects, stops]).all(1)
        for i, (stop, reason) in failures.items():
            stopped_at[i] = lengths[i] = stop
            reasons[i] = reason
        evaluations = np.broadcast_to(self.evaluations.T, values.shape)
        if lengths.min() <= steps:
            over = torch.arange(steps + 1)[:, None] >= torch.from_numpy(lengths)
            self.values.masked_fill_(over, torch.nan)
            self.points.masked_fill_(over[..., None], torch.nan)
            self.gradients.masked_fill_(over[..., None], torch.nan)
            last = np.take_along_axis(evaluations, lengths[:, None] - 1, axis=1)
            evaluations = np.minimum(evaluations.T, last.T).T
        return Record(points, values, gradients, evaluations, lengths, stopped_at, reasons)


def _with_closure(optimizer: Optimizer, closure: Callable[[], Tensor]) -> Callable[[], object]:
    takes_closure = bool(inspect.signature(optimizer.step).parameters)
    return partial(optimizer.step, closure) if takes_closure else optimizer.step


def _gather(lanes: Sequence[_Lane]) -> Tensor:
    return torch.stack([lane.params[0].detach().reshape(2) for lane in lanes])


def _same(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors hold the same bits, so that NaN equals itself."""
    return torch.equal(a.view(torch.int64), b.view(torch.int64))
