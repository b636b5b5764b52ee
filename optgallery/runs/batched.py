"""Run many trajectories in one batch, bit for bit identical to running each alone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.functions import FUNCTIONS, TestFunction, shifted
from optgallery.functions.isolation import isolated
from optgallery.optim.construction import Constructor
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec
from optgallery.runs.batch import Batch, MappedBatch, SteppedBatch, VectorizedBatch
from optgallery.runs.batched_objective import BatchedObjective, Evaluated
from optgallery.runs.record import Record
from optgallery.runs.trajectory import Trajectory

FEWEST_MAPPED = 40  # runs with the same setting; fewer take less time with a parameter for each


def run_batched(
    specs: Sequence[OptimizerSpec],
    fns: Sequence[TestFunction],
    starts: Tensor,
    steps: int,
    *,
    settings: Sequence[Mapping[str, Any]] = ({},),
    seed: int = 0,
    left_out: Collection[str] = (),
) -> list[Record | None]:
    """Run many trajectories in one batch, bit for bit identical to running each alone.

    Parameters
    ----------
    specs : sequence of OptimizerSpec
        The optimizers.
    fns : sequence of TestFunction
        A function for each row; rows of the same function should be adjacent.
    starts : tensor of shape (rows, 2)
        The start of each row.
    steps : int
        Steps of every run.
    settings : sequence of mapping
        Hyper-parameters, such as ``{"lr": 0.1}``; each applies to all rows.
    seed : int
        Seed of the private generator of every run.
    left_out : collection of {"points", "gradients"}
        What is left out of the records.

    Returns
    -------
    list of Record or None
        The runs of each optimizer, ordered by setting and then by row. None if they have to be run
        one by one, because a function is neither an entry nor a shifted one, so that no test
        compares it in batches, or because the optimizer draws from torch's global generator or
        raises an exception.
    """
    if not all(shares_evaluations(fn) for fn in dict(zip(map(id, fns), fns, strict=True)).values()):
        return [None] * len(specs)
    runs = _Runs(fns, starts, steps, settings, seed, left_out)
    with isolated(seed):
        kinds = [runs.kinds(spec) for spec in specs]
        found: list[Record | None] = [None] * len(specs)
        # an exception in one row of a batch ends its other rows, too: then the next kind is tried
        while waiting := [i for i, record in enumerate(found) if record is None and kinds[i]]:
            batches: dict[int, Batch] = {}
            for i in waiting:
                with suppress(Exception):  # a single run raises the same exception
                    batches[i] = kinds[i].pop(0)(specs[i])
            finished = step_together(list(batches.values()), fns, steps)
            for i, batch in batches.items():
                if batch in finished:
                    found[i] = batch.record()
    return found


class _Runs(NamedTuple):
    """Functions, starts and settings of runs, and the kinds of batches that can compute them."""

    fns: Sequence[TestFunction]
    starts: Tensor
    steps: int
    settings: Sequence[Mapping[str, Any]]
    seed: int
    left_out: Collection[str]

    def kinds(self, spec: OptimizerSpec) -> list[Callable[[OptimizerSpec], Batch]]:
        """Return the functions that make a batch of an optimizer's runs, the fastest first."""
        if spec.from_function:  # its settings differ from row to row
            return []
        kinds: list[Callable[[OptimizerSpec], Batch]] = [self._stepped]
        if _only_numbers(spec, self.settings):
            independent = spec.elementwise or spec.layerwise
            if independent and not (spec.stochastic or spec.create_graph):
                kinds.insert(0, self._vectorized)
            if spec.diagonal and all(set(setting) <= {"lr"} for setting in self.settings):
                kinds.insert(0, self._vectorized)  # which then draw in the same steps
            if spec.mappable and len(self.starts) >= FEWEST_MAPPED:
                kinds.insert(0, self._mapped)
        return kinds

    def _vectorized(self, spec: OptimizerSpec) -> Batch:
        first, *others = self.settings
        shared = {k: v for k, v in first.items() if all(k in s and s[k] == v for s in others)}
        if others:
            for setting in self.settings:  # not every class validates parameter groups
                self._build(spec, [torch.zeros(spec.parameter_shape, requires_grad=True)], setting)

        def build(params: list[list[Tensor]]) -> Optimizer:
            groups = [
                {"params": ps, **{k: v for k, v in setting.items() if k not in shared}}
                for ps, setting in zip(params, self.settings, strict=True)
            ]
            return self._build(spec, groups, shared)

        return VectorizedBatch(
            build,
            self._objective(),
            self.starts,
            self.steps,
            parameter_shape=spec.parameter_shape if spec.layerwise else None,
            create_graph=spec.create_graph,
            left_out=self.left_out,
        )

    def _mapped(self, spec: OptimizerSpec) -> Batch:
        return MappedBatch(
            lambda param, i: self._build(spec, [param], self.settings[i]),
            self._objective(),
            self.starts,
            self.steps,
            parameter_shape=spec.parameter_shape,
            left_out=self.left_out,
        )

    def _stepped(self, spec: OptimizerSpec) -> Batch:
        return SteppedBatch(
            lambda param, i: self._build(spec, [param], self.settings[i]),
            self._objective(),
            self.starts,
            self.steps,
            parameter_shape=spec.parameter_shape,
            create_graph=spec.create_graph,
            left_out=self.left_out,
        )

    def _objective(self) -> BatchedObjective:
        return BatchedObjective(self.fns, len(self.settings))

    def _build(self, spec: OptimizerSpec, params: Any, hparams: Mapping[str, Any]) -> Optimizer:
        return spec.build(params, seed=self.seed, hparams=hparams)


def run_grid(
    specs: Sequence[OptimizerSpec],
    fns: Sequence[TestFunction],
    lrs: Sequence[float],
    *,
    steps: int = 200,
) -> dict[tuple[str, str, float], Trajectory]:
    """Run optimizers on every function at every rate in one batch, with the bits of single runs.

    An elementwise optimizer is one object, which has a parameter group for each learning rate with
    a row for each function. A layerwise optimizer is one object with a parameter for each run. Any
    other optimizer has an object for each run. All of them share the evaluation of the functions.

    Parameters
    ----------
    specs : sequence of OptimizerSpec
        The optimizers.
    fns : sequence of TestFunction
        The functions; each run begins at its function's own start.
    lrs : sequence of float
        Learning rates.
    steps : int
        Steps of every run.

    Returns
    -------
    dict
        Trajectories by the names of optimizer and function and the learning rate. Runs that have to
        be computed one by one are missing: those on functions that are not entries, and those of
        optimizers that take a hyper-parameter from the function,
        optimizers that draw from torch's global generator or raise an exception.
    """
    known = [fn for fn in fns if is_entry(fn)]
    settings = [{"lr": lr} for lr in lrs]
    starts = torch.tensor([fn.start for fn in known], dtype=torch.float64).reshape(-1, 2)
    specs = [spec for spec in specs if spec.own_axis is None]
    records = run_batched(specs, known, starts, steps, settings=settings) if known else []
    return {
        (spec.name, fn.name, lr): Trajectory(
            optimizer=spec, test_fn=fn, hparams={"lr": lr}, lr=float(lr), steps=steps, **run
        )
        for spec, record in zip(specs, records, strict=bool(known))
        if record is not None
        for (lr, fn), run in zip(product(lrs, known), record, strict=True)
    }


def step_together(batches: Sequence[Batch], fns: Sequence[TestFunction], steps: int) -> list[Batch]:
    """Take all steps of several batches, with one evaluation of each function for all of them.

    Parameters
    ----------
    batches : sequence of Batch
    fns : sequence of TestFunction
        A function for each row of every batch.
    steps : int
        Steps of every run.

    Returns
    -------
    list of Batch
        The completed batches. The others raised an exception or drew from torch's global generator.
    """
    generator = torch.get_rng_state()
    active = list(batches)
    objective = BatchedObjective(fns)
    for step in range(steps + 1):
        settings = [batch.objective.settings for batch in active]
        if objective.settings != sum(settings):
            objective = BatchedObjective(fns, sum(settings))
        if not active:
            break
        points = [batch.record_points(step) for batch in active]
        if len(active) == 1:
            evaluated = [objective.at(points[0])]
        else:
            values, gradients, finite = objective.at(torch.cat(points))
            shares = zip(
                *(torch.split(each, settings) for each in (values, gradients)), strict=True
            )
            evaluated = [Evaluated(value, gradient, finite) for value, gradient in shares]
        # one batch cannot affect others, so that its draws may be noticed at the end
        checks = len(batches) > 1 or step in (0, steps)
        before, active = active, []
        for batch, found in zip(before, evaluated, strict=True):
            with suppress(Exception):  # a single run raises the same exception
                batch.step(found)
                if not checks or torch.equal(torch.get_rng_state(), generator):
                    active.append(batch)
                    continue
            torch.set_rng_state(generator)
    return active


def is_entry(fn: TestFunction) -> bool:
    """Whether a function is an entry; tests compare batches with single points only for these."""
    return FUNCTIONS.get(fn.name) == fn and fn.gradient_noise is None


def shares_evaluations(fn: TestFunction) -> bool:
    """Whether a function may be evaluated in batches: an entry, or a shifted one, as tested."""
    if is_entry(fn):
        return True
    made = fn.made
    if made is None or made.wrapper != "shifted" or not is_entry(made.of):
        return False
    return fn == shifted(made.of, **dict(made.arguments))


def gains_from_batching(spec: OptimizerSpec) -> bool:
    """Whether runs of an optimizer may share evaluations, and are faster if they do.

    Tests compare batches with single runs for the classes of the entries. Any other class must be
    declared elementwise or layerwise, since it may use more than its gradient. A line search makes
    evaluations of its own. A batch has the same settings on all functions, so none of them can be
    a fact about the function.
    """
    alone = spec.needs_closure or spec.differentiates_value or spec.group or spec.from_function
    return not alone and (spec.elementwise or spec.layerwise or spec.cls in _classes_of_entries())


def _classes_of_entries() -> set[Any]:
    entries = (OPTIMIZERS.peek(name) for name in OPTIMIZERS.names)
    return {entry.cls for entry in entries if entry is not None}


def _only_numbers(spec: OptimizerSpec, settings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no hyper-parameter can select another algorithm, as a flag may (even as 1)."""
    defaults = Constructor.of(spec.cls).defaults
    names = {name for setting in settings for name in setting}
    values = [value for setting in settings for value in setting.values()]
    values += [defaults[name] for name in names if name in defaults]
    numbers = [n for v in values for n in (v if isinstance(v, tuple) else (v,))]
    return all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers)
