"""The runs of a comparison: in batches if these are bit for bit identical to single runs.

`take` is the whole interface: it maps an optimizer, problems, settings and a budget to arrays.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.analysis.outcomes import Arrays, Course, Outcomes, Reduce, outcomes_of, unread
from optgallery.analysis.problems import Problem, functions_of
from optgallery.optim import OptimizerSpec
from optgallery.runs.batched import gains_from_batching, run_batched, shares_evaluations
from optgallery.runs.record import Record
from optgallery.runs.single_run import SingleRun
from optgallery.runs.trajectory import Trajectory

Setting = Mapping[str, Any]
"""Hyper-parameters of a run: ``{"lr": 0.1}``."""

_MAX_BYTES = 72_000_000  # of a batch
ITERATE_SIZE, _SIZES = 48, {"points": 16, "gradients": 16}  # bytes of an iterate, and of its parts
_BLOCK = 10_000  # runs that are reduced together
_PART = 25  # a line search begins with the largest number of steps divided by this


def take(
    spec: OptimizerSpec,
    problems: Sequence[Problem],
    settings: Sequence[Setting],
    budget: int,
    reduce: Reduce = outcomes_of,
) -> tuple[Arrays, dict[int, str]]:
    """Run an optimizer with every setting on every problem, and reduce the runs to arrays.

    Parameters
    ----------
    spec : OptimizerSpec
    problems : sequence of Problem
    settings : sequence of mapping
        Hyper-parameters of the runs.
    budget : int
        Gradient evaluations of each run. If a step takes several, only steps that are completed
        within the budget count.
    reduce : callable
        Returns the arrays of a `Course`, with one row for each run.

    Returns
    -------
    arrays : dict
        Rows are ordered by setting, then by problem.
    failures : dict
        Messages of the exceptions that runs raised, by row.
    """
    shares = _shares(spec, problems, settings)
    left_out = unread(reduce, problems)
    size = ITERATE_SIZE - sum(_SIZES[name] for name in left_out)
    each = max(1, _MAX_BYTES // (size * (budget + 1)))  # runs
    wide = min(len(problems), each)
    high = max(1, each // wide) if wide == len(problems) else 1
    parts: list[Arrays] = []
    failures: dict[int, str] = {}
    taken = 0
    for i in range(0, len(settings), high):
        for j in range(0, len(problems), wide):
            some, rows = settings[i : i + high], problems[j : j + wide]
            record = _batch(spec, rows, some, budget, left_out=left_out) if shares else None
            if record is not None:
                failed = np.zeros(len(record), bool)
                parts.append(
                    _reduced(Course(record, list(rows) * len(some), budget, failed), reduce)
                )
                taken += len(record)
                continue
            for setting, problem in product(some, rows):
                run = single(spec, problem, setting, budget)
                if run.status == "failed":
                    failures[taken] = f"{run.title}: {run.reason}"
                failed = np.array([run.status == "failed"])
                parts.append(reduce(Course(Record.gather([run]), [problem], budget, failed)))
                taken += 1
    return _joined(parts), failures


def outcomes(
    spec: OptimizerSpec, problems: Sequence[Problem], lrs: Sequence[float], budget: int
) -> Outcomes:
    """Return the outcomes of an optimizer, of shape (rates, problems).

    Examples
    --------
    >>> from optgallery import FUNCTIONS, OPTIMIZERS
    >>> from optgallery.analysis.problems import problems
    >>> found = outcomes(OPTIMIZERS["sgd"], problems([FUNCTIONS["booth"]], 2), [0.01, 0.1], 50)
    >>> found.cost.tolist()
    [[-1, -1], [16, 16]]
    """
    arrays, _ = take(spec, problems, [spec.at_rate(lr) for lr in lrs], budget)
    return Outcomes.of([arrays], (len(lrs), len(problems)))


def steps_for(spec: OptimizerSpec, budget: int) -> int:
    """Return the largest number of steps within a budget."""
    return max(1, budget // (spec.evaluations_per_step or 1))


def single(spec: OptimizerSpec, problem: Problem, setting: Setting, budget: int) -> Trajectory:
    """Return one run that uses up the budget; if it raises an exception, it is "failed"."""
    most = steps_for(spec, budget)
    steps = most if spec.evaluations_per_step else max(1, most // _PART)
    while True:
        run = SingleRun(spec, problem.fn, problem.start, steps, hparams=dict(setting))
        try:
            trajectory = run.take_steps()
        except Exception as error:  # whatever an optimizer raises is a result of its run
            return run.failed(error)
        unfinished = trajectory.status == "completed" and trajectory.evaluations[-1] <= budget
        if not unfinished or steps == most:
            return trajectory
        steps = min(most, 2 * steps)


def _shares(spec: OptimizerSpec, problems: Sequence[Problem], settings: Sequence[Setting]) -> bool:
    return (
        len(problems) * len(settings) > 1
        and gains_from_batching(spec)
        and all(map(shares_evaluations, functions_of(problems)))
    )


def _batch(
    spec: OptimizerSpec,
    problems: Sequence[Problem],
    settings: Sequence[Setting],
    budget: int,
    *,
    left_out: Collection[str],
) -> Record | None:
    """Run all in one batch; return None if one of them raises an exception."""
    fns = [problem.fn for problem in problems]
    starts = torch.from_numpy(np.array([problem.start for problem in problems], np.float64))
    (record,) = run_batched(
        *([spec], fns, starts, steps_for(spec, budget)), settings=settings, left_out=left_out
    )
    return record


def _reduced(course: Course, reduce: Reduce) -> Arrays:
    """Reduce runs in blocks, whose intermediate arrays stay in the processor's cache."""
    n = len(course.problems)
    blocks = (course.block(i, i + _BLOCK) for i in range(0, n, _BLOCK))
    return _joined([reduce(block) for block in blocks])


def _joined(parts: Sequence[Arrays]) -> Arrays:
    joined: dict[str, NDArray[Any]] = {}
    for name in parts[0]:
        joined[name] = np.concatenate([part[name] for part in parts])
    return joined
