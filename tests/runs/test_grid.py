"""Batches over the grid: the same bits as single runs, even if others diverge."""

from dataclasses import replace

import numpy as np
import pytest

from optgallery import FUNCTIONS, OPTIMIZERS, run, sweep
from optgallery.runs.batched import run_grid

STEPS = 11  # more than the longest period of anything in an entry, ten steps
GRID = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]


def assert_same(one, other):
    for name in ("points", "values", "gradients", "evaluations"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in ("status", "stopped_at", "reason", "lr", "steps", "hparams", "summary"):
        assert getattr(one, name) == getattr(other, name)


@pytest.fixture(scope="module")
def batched():
    """Every entry on every function at two rates; each function is checked at one of them."""
    return run_grid(list(OPTIMIZERS.values()), GRID, (0.01, 1.0), steps=STEPS)


@pytest.mark.parametrize("spec", OPTIMIZERS.values(), ids=lambda spec: spec.name)
def test_every_entry_gives_the_same_bits_in_a_batch_with_all_others_as_alone(spec, batched):
    batchable = [s for s in OPTIMIZERS.values() if s.own_axis is None and not s.from_function]
    assert len(batched) == len(batchable) * len(GRID) * 2
    if spec not in batchable:  # it has no rate, or a function's facts among its settings
        assert spec.name not in {name for name, *_ in batched}
        return
    for i, fn in enumerate(GRID):
        lr = (0.01, 1.0)[i % 2]
        assert_same(batched[spec.name, fn.name, lr], run(spec, fn, steps=STEPS, lr=lr))


def grid_of(optimizer, fns, lrs, **settings):
    """Run one optimizer on functions at rates; the keys are function and rate."""
    runs = run_grid([OPTIMIZERS[optimizer]], fns, lrs, **settings)
    return {cell[1:]: trajectory for cell, trajectory in runs.items()}


def test_a_diverged_run_does_not_change_the_others():
    runs = grid_of("sgd", GRID, (0.01, 0.1, 1.0), steps=200)
    diverged = {key for key, trajectory in runs.items() if trajectory.status == "diverged"}
    assert {("beale", 1.0), ("goldstein_price", 0.1), ("himmelblau", 1.0)} < diverged
    assert len(diverged) < len(runs)
    for function, lr in [("beale", 1.0), ("sphere", 1.0), ("himmelblau", 0.01), ("booth", 0.1)]:
        assert_same(runs[function, lr], run("sgd", function, steps=200, lr=lr))


def test_a_diverged_run_of_a_stepped_batch_does_not_change_the_others():
    runs = grid_of("swats", GRID, (0.1, 1e150), steps=20)
    diverged = {key for key, trajectory in runs.items() if trajectory.status == "diverged"}
    assert diverged
    assert len(diverged) < len(runs)
    for key in [*sorted(diverged)[:3], ("sphere", 0.1)]:
        assert_same(runs[key], run("swats", key[0], steps=20, lr=key[1]))


def test_batches_at_their_full_width_give_the_same_bits():
    runs = grid_of("adam", GRID, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0))
    for function in ("flower", "ackley", "levi_n13"):
        for lr in (0.001, 0.3):
            assert_same(runs[function, lr], run("adam", function, lr=lr))


def test_batches_wider_than_a_short_row_give_the_same_bits():
    lrs = np.geomspace(1e-3, 1, 40).tolist()
    runs = grid_of("adam", [FUNCTIONS["flower"]], lrs, steps=100)
    for lr in lrs[::5]:
        assert_same(runs["flower", lr], run("adam", "flower", steps=100, lr=lr))


def test_functions_that_are_not_entries_are_left_out():
    twin = replace(FUNCTIONS["booth"], name="twin")
    assert set(grid_of("adam", [FUNCTIONS["beale"], twin], (0.1,), steps=5)) == {("beale", 0.1)}
    assert grid_of("adam", [twin], (0.1,), steps=5) == {}


def test_a_sweep_batches_entries_and_runs_other_functions_one_by_one():
    def bowl(x, y):
        return x**2 + 3 * y**2

    domain = {"x0": 1.0, "y0": 1.0, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
    swept = sweep(["adam", "swats"], ["beale", (bowl, domain), "booth"], [0.1, 1.0], steps=20)
    assert len(swept) == 12
    for (optimizer, function, lr), trajectory in swept.items():
        fn = (bowl, domain) if function == "bowl" else function
        assert_same(trajectory, run(optimizer, fn, steps=20, lr=lr))
