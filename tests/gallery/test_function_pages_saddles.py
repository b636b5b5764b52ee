"""The pages of functions with saddles, plateaus and few basins: what their prose says."""

import numpy as np
import pytest
import torch
from pages import away, played, slopes, step_lengths

from optgallery import FUNCTIONS, LEARNING_RATES, run


def test_saddle_one_walks_to_the_pass_and_turns_there():
    sgd = played("saddle")["sgd"]
    np.testing.assert_allclose(sgd.points[1:12, 0], 0.4 * sgd.points[:11, 0], rtol=1e-6)
    np.testing.assert_allclose(sgd.points[1:5, 1], 1.6 * sgd.points[:4, 1], rtol=5e-3)
    assert np.ptp(sgd.values[3:7]) < 0.05
    assert sgd.points[8, 0] < 0.01
    assert away(sgd, (0, np.sqrt(2)))[14] < 0.01


def test_saddle_one_never_sees_the_pass():
    adagrad = played("saddle")["adagrad"]
    np.testing.assert_allclose(np.abs(adagrad.points[1] - adagrad.points[0]), 1, rtol=1e-6)
    x, y = np.abs(adagrad.gradients[0])
    assert x / y == pytest.approx(200, rel=0.02)
    assert away(adagrad, (0, 0)).min() > 1


def test_saddle_one_takes_newtons_step_in_x_and_the_opposite_in_y():
    adahessian = played("saddle")["adahessian"]
    x, y = adahessian.points[0]
    newton = y - (-2 * y + y**3) / (-2 + 3 * y**2)
    assert abs(adahessian.points[1, 0]) < 1e-3 * x
    assert abs(newton) < 1e-3 * y
    assert adahessian.points[1, 1] == pytest.approx(2 * y, rel=1e-3)
    assert adahessian.points[3, 0] < -1
    assert (np.diff(np.sign(adahessian.points[:40, 0])) != 0).sum() >= 3
    assert adahessian.points[60, 1] > 1


def test_saddles_ridge_leads_nobody_down():
    assert run("adagrad", "saddle", lr=1.0, start=(2.03, 0.0)).points[-1, 1] == 0
    assert run("momentum", "saddle", lr=0.03, start=(2.03, 0.0)).points[-1, 1] == 0


def test_monkey_saddle_three_runs_and_three_minima():
    momentum, adagrad, adamw = played("monkey_saddle").values()
    left, upper, lower = FUNCTIONS["monkey_saddle"].minima
    assert away(momentum, left)[60] < 0.3
    assert away(adagrad, upper)[60] < 0.01
    assert away(adamw, lower)[60] < 0.3
    assert (np.diff(momentum.points[:12, 0]) < 0).all()
    assert (np.abs(momentum.points[:, 0]) < 1).nonzero()[0][:4].tolist() == [3, 4, 5, 6]
    assert np.abs(momentum.values[4:6]).max() < 0.05
    assert momentum.points[:, 0].min() == pytest.approx(-3.9, abs=0.05)


def test_monkey_saddle_two_set_out_alike():
    _, adagrad, adamw = played("monkey_saddle").values()
    for trajectory in (adagrad, adamw):
        np.testing.assert_allclose(trajectory.points[1] - trajectory.points[0], (-1, 1), atol=0.03)
    assert (np.diff(adagrad.points[:4, 1]) > 0.5).all()
    assert adamw.values[3] > 5 > adamw.values[2]
    assert away(adamw, (0, 0)).min() == pytest.approx(0.5, abs=0.02)


def test_monkey_saddle_is_steep_at_the_start_and_level_at_the_saddle():
    assert slopes(played("monkey_saddle")["momentum"])[0] == pytest.approx(39, abs=0.5)
    x, y = FUNCTIONS["monkey_saddle"].start
    assert slopes(run("sgd", "monkey_saddle", lr=0.1, steps=1, start=(x / 100, y / 100)))[0] < 0.01
    slow = run("sgd", "monkey_saddle", lr=0.003)
    assert np.median(step_lengths(slow)) < step_lengths(slow)[0] / 15
    leap = run("sgd", "monkey_saddle", lr=0.1)
    assert leap.points[1, 0] < -1
    assert run("sgd", "monkey_saddle", lr=0.3).status == "diverged"


def test_gramacy_lee_one_creeps_round_the_corner_and_falls():
    sgd = played("gramacy_lee")["sgd"]
    assert slopes(sgd)[0] == pytest.approx(0.04, abs=0.005)
    assert slopes(sgd)[1:40].max() < slopes(sgd)[0]
    assert sgd.points[:, 1].argmax() < 65
    assert sgd.points[120, 1] > 1.9
    assert sgd.solved() == pytest.approx(134, abs=2)


def test_gramacy_lee_one_crosses_in_two_steps_and_zigzags():
    adagrad = played("gramacy_lee")["adagrad"]
    np.testing.assert_allclose(np.abs(adagrad.points[1] - adagrad.points[0]), 0.3, rtol=1e-6)
    assert adagrad.points[1, 0] > 0 > adagrad.points[2, 0]
    assert slopes(adagrad)[9:12].max() > 5 * slopes(adagrad)[0]
    turns = np.diff(np.sign(np.diff(adagrad.points[9:20, 0])))
    assert (turns != 0).sum() >= 8


def test_gramacy_lee_one_is_set_going_up_and_does_not_turn():
    aggmo = played("gramacy_lee")["aggmo"]
    assert (np.diff(aggmo.points[:, 1]) > 0).all()
    values = [run("aggmo", "gramacy_lee", lr=lr).values[-1] for lr in LEARNING_RATES]
    assert min(values) == aggmo.values[-1]
    assert max(aggmo.optimizer.cls([torch.zeros(2)]).defaults["betas"]) == 0.99


def test_gramacy_lees_plain_holds_who_lands_there():
    assert run("adam", "gramacy_lee", lr=0.1).verdict == "solved"
    lost = run("adam", "gramacy_lee", lr=1.0)
    assert np.linalg.norm(lost.points[-1]) > 5
    assert step_lengths(lost)[-1] < 0.01
    assert slopes(lost)[-1] < 1e-20


def test_bohachevskys_dents_are_too_steep_for_a_tenth_and_stop_smaller_steps():
    fn, h = FUNCTIONS["bohachevsky_1"], 1e-4
    x = 0.618
    curvature = [
        (fn(x + h, 0.0) - 2 * fn(x, 0.0) + fn(x - h, 0.0)) / h**2,
        (fn(x, h) - 2 * fn(x, 0.0) + fn(x, -h)) / h**2,
    ]
    np.testing.assert_allclose(curvature, [26, 67], atol=0.5)
    assert 0.1 * min(curvature) > 2
    sgd = played("bohachevsky_1")["sgd"]
    assert step_lengths(sgd)[50:].max() > 0.2
    assert 0.4 < sgd.points[10:, 0].min() < sgd.points[10:, 0].max() < 0.8
    assert sgd.points[10:, 1].min() < -0.5 < 0.5 < sgd.points[10:, 1].max()
    stopped = run("sgd", "bohachevsky_1", lr=0.03)
    assert stopped.values[10:] == pytest.approx(3.5, abs=0.05)


def test_bohachevsky_one_rolls_on_over_the_brims_and_the_cautious_one_stops():
    _, nesterov, cautious = played("bohachevsky_1").values()
    assert (np.diff(nesterov.values[:20]) > 0).sum() >= 3
    assert away(nesterov)[50:].max() < 0.01
    assert cautious.values[60:] == pytest.approx(0.413, abs=0.01)
    assert away(cautious, (0.618, 0))[60:].max() < 0.05
    assert run("adamw", "bohachevsky_1", lr=0.1).verdict == "solved"


def test_bohachevsky_one_is_helped_by_its_distance_from_the_origin():
    adafactor = run("adafactor", "bohachevsky_1", lr=1.0)
    assert step_lengths(adafactor)[0] == pytest.approx(np.hypot(*adafactor.points[0]), rel=1e-3)
    assert away(adafactor)[1] < 0.2
    assert adafactor.verdict == "solved"


def test_bird_the_nearest_well_at_every_rate():
    left = (-1.5367, 3.1075)
    for lr in LEARNING_RATES:
        rprop = run("rprop", "bird", lr=lr)
        assert away(rprop, left)[-1] < 0.01
        assert rprop.values[-1] == pytest.approx(-87.3, abs=0.1)
    start = np.array(FUNCTIONS["bird"].start)
    assert np.linalg.norm(start - left) < min(
        np.linalg.norm(start - minimum) for minimum in FUNCTIONS["bird"].minima
    )


def test_bird_one_is_sent_back_and_goes_the_other_way_round():
    adagrad = played("bird")["adagrad"]
    assert adagrad.points[1, 0] < adagrad.points[0, 0]
    assert adagrad.values[1] > adagrad.values[0] + 10
    assert away(adagrad, adagrad.points[0])[2] < 0.3
    right = FUNCTIONS["bird"].minima[0]
    assert away(adagrad, right)[60] < 0.01
    assert away(run("adam", "bird", lr=1.0), right)[-1] < 0.1
    assert run("adam", "bird", lr=0.3).points[-1, 0] < 0


def test_bird_one_hits_the_bottom_and_is_thrown_out():
    sgd, fn = played("bird")["sgd"], FUNCTIONS["bird"]
    right = fn.minima[0]
    assert sgd.solved() == 8
    assert away(sgd, right)[8] < 1 / 50
    assert not fn.domain.contains(sgd.points)[10]
    h = 1e-4
    curvature = {
        (x, y): (fn(x + h, y) - 2 * fn(x, y) + fn(x - h, y)) / h**2
        for x, y in (right, (0.6653, 0.9055))
    }
    assert list(curvature.values()) == pytest.approx([275, 2.8], rel=0.02)
    assert away(run("sgd", "bird", lr=0.1, start=(0.5, 0.7)), (0.6653, 0.9055))[-1] < 0.01
