"""The engine of comparisons: runs in batches and one by one, within a budget."""

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec
from optgallery.analysis import engine
from optgallery.analysis.engine import outcomes, single, steps_for, take
from optgallery.analysis.outcomes import outcomes_of
from optgallery.analysis.problems import problems

CHOSEN = problems([FUNCTIONS["booth"], FUNCTIONS["beale"], FUNCTIONS["flower"]], 2)
SETTINGS = [{"lr": 0.03}, {"lr": 1.0}]


def assert_same(arrays, others):
    assert arrays.keys() == others.keys()
    for name in arrays:
        np.testing.assert_array_equal(arrays[name], others[name], err_msg=name)


@pytest.mark.parametrize("name", ["adamw", "lars", "schedule_free_sgd", "swats"])
def test_runs_in_a_batch_have_the_outcomes_of_single_runs(name, monkeypatch):
    together, _ = take(OPTIMIZERS[name], CHOSEN, SETTINGS, 40)
    monkeypatch.setattr(engine, "_shares", lambda *_: False)
    alone, _ = take(OPTIMIZERS[name], CHOSEN, SETTINGS, 40)
    assert_same(together, alone)


@pytest.mark.parametrize("runs", [1, 2, 5, 6, 7])
def test_outcomes_do_not_depend_on_the_size_of_batches(runs, monkeypatch):
    whole, _ = take(OPTIMIZERS["adamw"], CHOSEN, SETTINGS, 20)
    monkeypatch.setattr(engine, "_MAX_BYTES", runs * engine.ITERATE_SIZE * 21)
    assert_same(take(OPTIMIZERS["adamw"], CHOSEN, SETTINGS, 20)[0], whole)


def test_outcomes_do_not_depend_on_the_size_of_blocks(monkeypatch):
    whole, _ = take(OPTIMIZERS["adamw"], CHOSEN, SETTINGS, 20)
    monkeypatch.setattr(engine, "_BLOCK", 5)
    assert_same(take(OPTIMIZERS["adamw"], CHOSEN, SETTINGS, 20)[0], whole)


def test_a_run_that_raises_is_named_by_its_row():
    class Fragile(torch.optim.SGD):
        def step(self, closure=None):
            if self.param_groups[0]["lr"] == 1:
                raise RuntimeError("too fast")
            return super().step(closure)

    spec = OptimizerSpec(name="fragile", title="Fragile", cls=Fragile)
    arrays, failures = take(spec, CHOSEN[:2], SETTINGS, 10)
    assert sorted(failures) == [2, 3]
    assert "Fragile" in failures[2]
    assert "too fast" in failures[2]
    assert len(arrays["cost"]) == 4


def test_the_budget_is_counted_in_evaluations():
    assert steps_for(OPTIMIZERS["sgd"], 30) == 30
    line_search = single(OPTIMIZERS["lbfgs"], CHOSEN[0], {"lr": 1.0}, 30)
    assert line_search.evaluations[-1] >= 30 or line_search.status != "completed"
    course = outcomes(OPTIMIZERS["lbfgs"], CHOSEN[:1], [1.0], 30)
    assert 0 < course.cost[0, 0] <= 30


def test_the_reduction_reads_what_it_says():
    points = []

    def reduce(course):
        points.append(course.record.points.shape[1])
        return outcomes_of(course)

    take(OPTIMIZERS["adamw"], CHOSEN, SETTINGS, 20, reduce)
    assert points == [21]
