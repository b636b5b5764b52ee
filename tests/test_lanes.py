"""Lanes: the same bits as single runs, whatever becomes of the others."""

import numpy as np
import pytest

from optgallery import FUNCTIONS, OPTIMIZERS, run, sweep
from optgallery.lanes import run_lanes

GRID = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
ELEMENTWISE = [spec for spec in OPTIMIZERS.values() if spec.elementwise]
OTHERS = [spec for spec in OPTIMIZERS.values() if not spec.elementwise]


def assert_same(one, other):
    for name in ("points", "values", "gradients", "evaluations"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in ("status", "stopped_at", "reason", "lr", "steps", "hparams", "title", "outcome"):
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.parametrize("spec", ELEMENTWISE, ids=lambda spec: spec.name)
def test_every_elementwise_entry_gives_the_same_bits_in_lanes_as_alone(spec):
    lanes = run_lanes(spec, GRID, (0.01, 1.0), steps=40)
    assert len(lanes) == 2 * len(GRID)
    for (function, lr), trajectory in lanes.items():
        assert_same(trajectory, run(spec, function, steps=40, lr=lr))


def test_a_lane_that_diverges_leaves_the_others_alone():
    lanes = run_lanes(OPTIMIZERS["sgd"], GRID, (0.01, 0.1, 1.0), steps=200)
    ended = {key for key, trajectory in lanes.items() if trajectory.status == "diverged"}
    assert {("beale", 1.0), ("goldstein_price", 0.1), ("himmelblau", 1.0)} < ended
    assert len(ended) < len(lanes)
    for function, lr in [("beale", 1.0), ("sphere", 1.0), ("himmelblau", 0.01), ("booth", 0.1)]:
        assert_same(lanes[function, lr], run("sgd", function, steps=200, lr=lr))


def test_lanes_at_their_full_width_give_the_same_bits():
    lanes = run_lanes(OPTIMIZERS["adam"], GRID, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0))
    for function in ("flower", "ackley", "levi_n13"):
        for lr in (0.001, 0.3):
            assert_same(lanes[function, lr], run("adam", function, lr=lr))


@pytest.mark.parametrize("spec", OTHERS, ids=lambda spec: spec.name)
def test_what_is_not_elementwise_is_refused(spec):
    with pytest.raises(ValueError, match=f"{spec.title} is not elementwise: run"):
        run_lanes(spec, GRID, (0.1,), steps=1)


def test_a_sweep_takes_known_functions_together_and_others_one_by_one():
    def bowl(x, y):
        return x**2 + 3 * y**2

    domain = {"x0": 1.0, "y0": 1.0, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
    swept = sweep(["adam", "swats"], ["beale", (bowl, domain), "booth"], [0.1, 1.0], steps=20)
    assert len(swept) == 12
    for (optimizer, function, lr), trajectory in swept.items():
        fn = (bowl, domain) if function == "bowl" else function
        assert_same(trajectory, run(optimizer, fn, steps=20, lr=lr))
