"""Claims about runs on the pages of functions with saddles, plateaus and few basins."""

import numpy as np
import pytest
from pages import away, cell, curvature, moves, outside, runs, slopes, solves, step_lengths

import optgallery as og

RATES = og.LEARNING_RATES


def test_saddle_one_turns_at_the_pass_one_goes_round_it_and_one_spirals():
    sgd, adagrad, adahessian = runs("fn_saddle")
    np.testing.assert_allclose(sgd.points[1:12, 0], 0.4 * sgd.points[:11, 0], rtol=1e-6)
    np.testing.assert_allclose(sgd.points[1:5, 1], 1.6 * sgd.points[:4, 1], rtol=5e-3)
    assert np.ptp(sgd.values[3:7]) < 0.05
    assert away(sgd)[14] < 0.01
    x, y = np.abs(adagrad.gradients[0])
    assert x / y == pytest.approx(200, rel=0.02)
    assert np.abs(moves(adagrad)[0]) == pytest.approx(1, rel=1e-6)
    assert away(adagrad, (0, 0)).min() > 1
    x, y = adahessian.points[0]
    newton = y - (-2 * y + y**3) / (-2 + 3 * y**2)
    assert abs(newton) < 1e-3 * y
    assert abs(adahessian.points[1, 0]) < 1e-3 * x
    assert adahessian.points[1, 1] == pytest.approx(2 * y, rel=1e-3)
    assert (np.diff(np.sign(adahessian.points[:40, 0])) != 0).sum() >= 3
    assert adahessian.points[-1, 1] > 1
    for optimizer, lr in (("adagrad", 1.0), ("momentum", 0.03)):
        assert og.run(optimizer, "saddle", lr=lr, start=(2.03, 0.0)).points[-1, 1] == 0


def test_monkey_saddle_three_runs_and_three_minima():
    momentum, adagrad, adamw = runs("fn_monkey_saddle")
    ends = [
        min(t.test_fn.minima, key=lambda m, t=t: np.hypot(*(t.points[-1] - m)))
        for t in (momentum, adagrad, adamw)
    ]
    assert len(set(ends)) == 3
    assert ends[1][1] > 0 > ends[2][1]
    assert (np.diff(momentum.points[:12, 0]) < 0).all()
    assert (np.abs(momentum.points[:, 0]) < 1).nonzero()[0][:4].tolist() == [3, 4, 5, 6]
    assert momentum.points[:, 0].min() < ends[0][0] - 0.5
    assert moves(adamw)[0] == pytest.approx(moves(adagrad)[0], abs=0.05)
    assert (np.diff(adagrad.points[:4, 1]) > 0.5).all()
    assert adamw.values[3] > adamw.values[2]
    assert away(adamw, (0, 0)).min() == pytest.approx(0.5, abs=0.05)


def test_monkey_saddle_is_steep_at_the_start_and_flat_at_the_saddle():
    x, y = og.FUNCTIONS["monkey_saddle"].start
    near = og.run("sgd", "monkey_saddle", lr=0.1, steps=1, start=(x / 100, y / 100))
    assert slopes(near)[0] < 0.01
    slow = step_lengths(cell("sgd", "monkey_saddle", 0.003))
    assert np.median(slow) < slow[0] / 15
    assert cell("sgd", "monkey_saddle", 0.1).points[1, 0] < -1 < x
    assert cell("sgd", "monkey_saddle", 0.3).status == "diverged"


def test_gramacy_lee_round_the_corner_across_in_two_steps_and_out_over_the_plain():
    sgd, adagrad, aggmo = runs("fn_gramacy_lee")
    assert slopes(sgd)[1:40].max() < slopes(sgd)[0]
    assert sgd.points[120, 1] > 1.9
    assert 120 < sgd.evaluations_to_solve() < 140
    assert adagrad.points[1, 0] > 0 > adagrad.points[2, 0]
    assert slopes(adagrad)[9:12].max() > 5 * slopes(adagrad)[0]
    assert (np.diff(np.sign(moves(adagrad)[9:19, 0])) != 0).sum() >= 8
    assert (moves(aggmo)[:, 1] > 0).all()
    values = [cell("aggmo", "gramacy_lee", lr).values[-1] for lr in RATES]
    assert min(values) == aggmo.values[-1]
    assert solves("adam", "gramacy_lee", 0.1)
    lost = cell("adam", "gramacy_lee", 1)
    assert slopes(lost)[-1] < 1e-20


def test_bohachevskys_dents_are_too_steep_for_a_tenth_and_stop_smaller_steps():
    sgd, nesterov, cautious = runs("fn_bohachevsky_1")
    steep = [curvature("bohachevsky_1", 0.618, 0.0, *d) for d in ((1, 0), (0, 1))]
    assert steep == pytest.approx([26, 67], abs=0.5)
    assert sgd.lr * min(steep) > 2
    assert np.ptp(sgd.points[10:, 0]) < 0.4
    assert sgd.points[10:, 1].min() < -0.5 < 0.5 < sgd.points[10:, 1].max()
    assert np.ptp(cell("sgd", "bohachevsky_1", 0.03).values[10:]) < 0.1
    assert (np.diff(nesterov.values[:20]) > 0).sum() >= 3
    assert away(nesterov)[50:].max() < 0.01
    assert away(cautious, (0.618, 0))[60:].max() < 0.05
    assert solves("adamw", "bohachevsky_1", 0.1)
    adafactor = cell("adafactor", "bohachevsky_1", 1)
    assert step_lengths(adafactor)[0] == pytest.approx(np.hypot(*adafactor.points[0]), rel=1e-3)
    assert away(adafactor)[1] < 0.2
    assert adafactor.outcome.kind == "solved"


def test_bird_the_nearest_well_the_other_way_and_out_of_the_picture():
    rprop, adagrad, sgd = runs("fn_bird")
    start, nearest = rprop.points[0], rprop.points[-1]
    assert away(rprop, start)[-1] < away(rprop)[0]
    for lr in RATES:
        assert away(cell("rprop", "bird", lr), nearest)[-1] < 0.01
    assert adagrad.points[1, 0] < adagrad.points[0, 0]
    assert adagrad.values[1] > adagrad.values[0] + 10
    assert away(adagrad, start)[2] < 0.3
    right = max(adagrad.test_fn.minima)
    assert away(adagrad, right)[-1] < 0.01
    assert away(cell("adam", "bird", 1), right)[-1] < 0.1
    assert cell("adam", "bird", 0.3).points[-1, 0] < 0
    assert away(sgd, right)[sgd.evaluations_to_solve()] < 1 / 40
    assert outside(sgd)[sgd.evaluations_to_solve() + 2]
    hollow = sgd.points[-1]
    assert curvature("bird", *right, 1, 0) == pytest.approx(275, rel=0.02)
    assert all(curvature("bird", *hollow, *d) < 4 for d in ((1, 0), (0, 1)))
