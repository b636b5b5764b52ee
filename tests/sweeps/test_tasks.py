"""How the runs of a sweep are divided among processes."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS
from optgallery.render.caption import status
from optgallery.sweeps.tasks import Run, _seconds, _without_points, divide
from optgallery.sweeps.trajectory_cache import pack, unpack


@pytest.mark.parametrize("left_out", [0, 5])
def test_each_run_stands_in_one_batch(left_out):
    specs = [OPTIMIZERS[name] for name in ("sgd", "lbfgs", "lamb", "adahessian")]
    fns = [FUNCTIONS[name] for name in ("beale", "booth", "ackley")]
    fns.append(replace(fns[0], name="twin"))
    runs = [Run(*run) for run in product(specs, fns, LEARNING_RATES)][left_out:]
    found = Counter(run.cell for batch in divide(runs, 200) for run in batch.runs)
    assert found == Counter(run.cell for run in runs)


@pytest.mark.parametrize("steps", [200, 3000])
def test_no_batch_of_several_takes_long_or_much_memory(steps):
    runs = [Run(*run) for run in product(OPTIMIZERS.values(), FUNCTIONS.values(), LEARNING_RATES)]
    shared = [batch for batch in divide(runs, steps) if not batch.specs[0].needs_closure]
    several = [batch for batch in shared if len(batch.specs) * len(batch.fns) > 1]
    assert len(several) > 20
    assert max(_seconds(batch, steps) for batch in several) <= 3
    assert max(len(batch.runs) for batch in several) * steps <= 400_000
    runs_together = sum(len(batch.runs) for batch in several)
    assert runs_together > 0.6 * sum(len(batch.runs) for batch in shared)


def test_a_short_block_is_divided_into_two():
    few = [Run(OPTIMIZERS["adam"], fn, 0.1) for fn in FUNCTIONS.values()]
    assert len(divide(few, 200)) == 2
    assert [len(batch.fns) for batch in divide(few[:1], 200)] == [1]


def test_of_a_run_whose_process_ended_no_step_is_told():
    run = Run(OPTIMIZERS["adam"], FUNCTIONS["beale"], 0.1)
    trajectory = _without_points(run, 20, "the process ended: exit code 9")
    assert trajectory.summary == "Adam on Beale, lr 0.1: failed: the process ended: exit code 9"
    assert trajectory.points.tolist() == [list(FUNCTIONS["beale"].start)]
    assert trajectory.outcome.mark == "! ended"
    assert status(trajectory, 0) == "failed: the process ended: exit code 9"
    back = unpack(pack(trajectory), *run[:3], 20)
    assert back.summary == trajectory.summary
