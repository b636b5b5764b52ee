"""Run many trajectories in one batch, bit for bit identical to running each alone."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.isolation import isolated
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec
from optgallery.runs.batch import Batch, SteppedBatch, VectorizedBatch
from optgallery.runs.batched_objective import BatchedObjective
from optgallery.runs.record import Record
from optgallery.runs.trajectory import Trajectory


def run_batched(
    specs: Sequence[OptimizerSpec],
    fns: Sequence[TestFunction],
    starts: Tensor,
    steps: int,
    *,
    lrs: Sequence[float] | None = None,
    seed: int = 0,
    hparams: Mapping[str, Any] | None = None,
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
    lrs : sequence of float, optional
        Learning rates; each applies to all rows. The one in ``hparams`` if not given.
    seed : int
        Seed of the private generator of every run.
    hparams : mapping, optional
        Hyper-parameters of all runs.

    Returns
    -------
    list of Record or None
        The runs of each optimizer, ordered by rate and then by row. None if they have to be run one
        by one, because a function is not an entry, so that no test compares it in batches, or
        because the optimizer draws from torch's global generator or raises an exception.
    """
    if not all(is_entry(fn) for fn in {id(fn): fn for fn in fns}.values()):
        return [None] * len(specs)
    given = dict(hparams or {})
    rates: list[dict[str, Any]] = [{}] if lrs is None else [{"lr": lr} for lr in lrs]

    def vectorized(spec: OptimizerSpec) -> Batch:
        def build(params: list[list[Tensor]]) -> Optimizer:
            groups = [{"params": ps, **rate} for ps, rate in zip(params, rates, strict=True)]
            return spec.build(groups, seed=seed, hparams=given)

        return VectorizedBatch(
            build,
            BatchedObjective(fns, len(rates)),
            starts,
            steps,
            parameter_shape=spec.parameter_shape if spec.layerwise else None,
        )

    def stepped(spec: OptimizerSpec) -> Batch:
        def build(param: Tensor, rate: int) -> Optimizer:
            return spec.build([param], seed=seed, hparams={**given, **rates[rate]})

        return SteppedBatch(
            build,
            BatchedObjective(fns, len(rates)),
            starts,
            steps,
            parameter_shape=spec.parameter_shape,
            create_graph=spec.create_graph,
        )

    with isolated(seed):
        batches: dict[int, Batch] = {}
        for i, spec in enumerate(specs):
            one_object = (spec.elementwise or spec.layerwise) and _only_numbers(given)
            one_object = one_object and not (spec.stochastic or spec.create_graph)
            with suppress(Exception):  # a single run raises the same exception
                batches[i] = vectorized(spec) if one_object else stepped(spec)
        finished = step_together(list(batches.values()), fns, steps)
        # an exception in one row of a vectorized batch has ended the other rows, too
        retried = {
            i: stepped(specs[i])
            for i, batch in batches.items()
            if isinstance(batch, VectorizedBatch) and batch not in finished
        }
        finished += step_together(list(retried.values()), fns, steps)
        batches |= retried
        return [
            batches[i].record() if i in batches and batches[i] in finished else None
            for i in range(len(specs))
        ]


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
        optimizers that draw from torch's global generator or raise an exception.
    """
    known = [fn for fn in fns if is_entry(fn)]
    starts = torch.tensor([fn.start for fn in known], dtype=torch.float64).reshape(-1, 2)
    specs = [spec for spec in specs if spec.takes("lr")]
    records = run_batched(specs, known, starts, steps, lrs=lrs) if known else []
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
        found = objective.at(points[0] if len(points) == 1 else torch.cat(points))
        shares = (torch.split(each, settings) for each in found)
        evaluated = zip(active, *shares, strict=True)
        active = []
        for batch, value, gradient in evaluated:
            with suppress(Exception):  # a single run raises the same exception
                batch.step(value, gradient)
                if torch.equal(torch.get_rng_state(), generator):
                    active.append(batch)
                    continue
            torch.set_rng_state(generator)
    return active


def is_entry(fn: TestFunction) -> bool:
    """Whether a function is an entry; tests compare batches with single points only for these."""
    return FUNCTIONS.get(fn.name) == fn and fn.gradient_noise is None


def gains_from_batching(spec: OptimizerSpec) -> bool:
    """Whether runs of an optimizer may share evaluations, and are faster if they do.

    Tests compare batches with single runs for the classes of the entries. Any other class must be
    declared elementwise or layerwise, since it may use more than its gradient. A line search makes
    evaluations of its own.
    """
    return not (spec.needs_closure or spec.differentiates_value or spec.group) and (
        spec.elementwise or spec.layerwise or spec.cls in _classes_of_entries()
    )


def _classes_of_entries() -> set[Any]:
    entries = (OPTIMIZERS.peek(name) for name in OPTIMIZERS.names)
    return {entry.cls for entry in entries if entry is not None}


def _only_numbers(hparams: Mapping[str, Any]) -> bool:
    """Whether no hyper-parameter can select another algorithm, as a flag may."""
    numbers = [n for v in hparams.values() for n in (v if isinstance(v, tuple) else (v,))]
    return all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers)
