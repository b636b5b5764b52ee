"""Dividing the runs of a sweep into tasks."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS
from optgallery.render.caption import status
from optgallery.sweeps.tasks import Run, _failed_at_start, _seconds, divide
from optgallery.sweeps.trajectory_cache import pack, unpack


@pytest.mark.parametrize("first", [0, 5])
def test_each_run_is_in_exactly_one_task(first):
    specs = [OPTIMIZERS[name] for name in ("sgd", "lbfgs", "lamb", "adahessian")]
    fns = [FUNCTIONS[name] for name in ("beale", "booth", "ackley")]
    fns.append(replace(fns[0], name="twin"))
    runs = [Run(*run) for run in product(specs, fns, LEARNING_RATES)][first:]
    found = Counter(run.cell for task in divide(runs, 200) for run in task.runs)
    assert found == Counter(run.cell for run in runs)


@pytest.mark.parametrize("steps", [200, 3000])
def test_tasks_are_limited_in_time_and_memory(steps):
    runs = [Run(*run) for run in product(OPTIMIZERS.values(), FUNCTIONS.values(), LEARNING_RATES)]
    shared = [task for task in divide(runs, steps) if not task.specs[0].needs_closure]
    several = [task for task in shared if len(task.specs) * len(task.fns) > 1]
    assert len(several) > 20
    assert max(_seconds(task, steps) for task in several) <= 3
    assert max(len(task.runs) for task in several) * steps <= 400_000
    runs_together = sum(len(task.runs) for task in several)
    assert runs_together > 0.6 * sum(len(task.runs) for task in shared)


def test_a_short_block_is_divided_into_two_tasks():
    few = [Run(OPTIMIZERS["adam"], fn, 0.1) for fn in FUNCTIONS.values()]
    assert len(divide(few, 200)) == 2
    assert [len(task.fns) for task in divide(few[:1], 200)] == [1]


def test_a_run_whose_process_ended_has_only_its_start_and_no_step():
    run = Run(OPTIMIZERS["adam"], FUNCTIONS["beale"], 0.1)
    trajectory = _failed_at_start(run, 20, "the process ended: exit code 9")
    assert trajectory.summary == "Adam on Beale, lr 0.1: failed: the process ended: exit code 9"
    assert trajectory.points.tolist() == [list(FUNCTIONS["beale"].start)]
    assert trajectory.outcome.mark == "! ended"
    assert status(trajectory, 0) == "failed: the process ended: exit code 9"
    back = unpack(pack(trajectory), *run[:3], 20)
    assert back.summary == trajectory.summary
