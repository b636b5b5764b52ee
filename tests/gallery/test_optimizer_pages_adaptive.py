"""Claims about runs on the pages of Adam, its predecessors and its close relatives."""

import numpy as np
import pytest
from pages import away, cell, moves, outside, runs, slopes, solves, step_lengths

import optgallery as og


def test_adam_steps_alike_on_slopes_a_hundred_thousand_times_apart():
    easom, goldstein_price, *_ = runs("opt_adam")
    assert slopes(goldstein_price)[0] > 1e5 * slopes(easom)[0]
    assert np.abs(moves(easom)[0]) == pytest.approx(np.abs(moves(goldstein_price)[0]), rel=1e-3)
    assert slopes(easom)[10] > 30 * slopes(easom)[0]
    assert step_lengths(easom)[10] == pytest.approx(step_lengths(easom)[0], rel=0.05)
    shorter = step_lengths(goldstein_price)[15] / step_lengths(goldstein_price)[0]
    assert shorter == pytest.approx(1 / 5, rel=0.1)


def test_rmsprop_leaps_over_bohachevskys_minimum_and_adam_comes_to_rest():
    _, _, rmsprop, adam = runs("opt_adam")
    assert moves(rmsprop)[0] == pytest.approx(10 * moves(adam)[0], rel=1e-3)
    assert (np.diff(np.sign(rmsprop.points[-20:]), axis=0) != 0).all()
    assert adam.points[:, 0].min() < -0.05  # past the minimum
    assert step_lengths(adam)[-1] < 1e-3


def test_schwefels_minimum_is_out_of_adams_reach_and_a_wall_throws_it_off_beale():
    schwefel, beale = cell("adam", "schwefel", 0.1), cell("adam", "beale", 1)
    assert away(schwefel)[0] > len(moves(schwefel)) * 0.1 * np.sqrt(2)
    assert beale.values[:6].max() > 2 * beale.values[0]
    assert away(beale)[-1] > 3


def test_adam_forgets_the_slope_and_amsgrad_does_not():
    adam, amsgrad, adam_in_the_valley, creeping = runs("opt_amsgrad")
    assert step_lengths(adam)[-20:].mean() > 0.01
    assert step_lengths(amsgrad)[-20:].max() < 1e-3
    assert slopes(creeping)[80:].max() < 0.015 * slopes(creeping)[0]
    assert step_lengths(creeping)[100:] == pytest.approx(step_lengths(creeping)[150], rel=0.1)
    long = og.run("amsgrad", "rosenbrock", lr=0.1, betas=(0.9, 0.9), steps=1800)
    assert long.evaluations_to_solve() > 10 * adam_in_the_valley.evaluations_to_solve()


def test_with_the_default_amsgrad_is_almost_adam_but_for_floors():
    adam, amsgrad = (cell(name, "goldstein_price", 0.3) for name in ("adam", "amsgrad"))
    assert amsgrad.evaluations_to_solve() == adam.evaluations_to_solve()
    assert (
        cell("amsgrad", "zakharov", 0.1).evaluations_to_solve()
        > cell("adam", "zakharov", 0.1).evaluations_to_solve()
    )
    rosenbrock = [cell(name, "rosenbrock", 0.1).values[-1] for name in ("adam", "amsgrad")]
    assert rosenbrock[0] < rosenbrock[1]


def test_adagrad_follows_the_crease_and_rmsprop_leaps_across_to_the_end():
    rmsprop, adagrad = runs("opt_adagrad")
    gradients = np.abs(adagrad.gradients)
    assert gradients[:, 1] == pytest.approx(10 * gradients[:, 0])
    assert (gradients == gradients[0]).all()
    assert np.abs(moves(rmsprop)).min() > rmsprop.lr
    assert (np.diff(np.sign(rmsprop.points[-20:, 0])) != 0).all()
    x, y = adagrad.points.T
    assert np.abs(y[32:]).max() < 0.06 < np.ptp(x[31:62])
    assert np.abs(x[70:]).max() < 0.06


def test_rmsprop_climbs_or_gets_nowhere_at_adagrads_large_rates():
    assert cell("rmsprop", "goldstein_price", 1).outcome.kind == "climbed"
    assert cell("rmsprop", "beale", 1).values[-1] > 10
    for function in ("rosenbrock", "matyas"):
        creeping = step_lengths(cell("adagrad", function, 0.1))
        assert creeping[-1] < creeping[0] / 4


def test_rmsprop_jumps_uphill_returns_and_accelerates_again():
    adagrad, rmsprop = runs("opt_rmsprop")
    x, y = rmsprop.points[:6].T
    assert y[0] < x[0] ** 2
    assert y[1] > x[1] ** 2 + 1.5
    assert abs(y[5] - x[5] ** 2) < 0.05
    assert slopes(rmsprop)[1] > 100
    assert step_lengths(rmsprop)[150] == pytest.approx(2 * step_lengths(rmsprop)[15], rel=0.15)
    assert rmsprop.points[-1, 0] > 0 > adagrad.points[-1, 0]


def test_rmsprop_does_not_stop_and_its_first_step_is_too_long_at_a_large_rate():
    ends = cell("rmsprop", "bohachevsky_1", 0.1).points[-2:]
    assert (ends[0] * ends[1] < 0).all()
    assert slopes(cell("rmsprop", "easom", 0.3))[1] < 1e-4
    assert outside(cell("rmsprop", "goldstein_price", 1))[1]


def test_adadeltas_steps_grow_and_a_large_epsilon_ends_in_gradient_descent():
    left, middle, right = runs("opt_adadelta")
    assert (np.diff(step_lengths(left)[:60]) > 0).all()
    assert step_lengths(left)[60] > 10 * step_lengths(left)[0]
    assert middle.evaluations_to_solve() < 40
    assert step_lengths(middle)[-1] < 1e-3
    assert right.evaluations_to_solve() < 10
    assert step_lengths(right)[20:40].max() < 1e-2
    assert (np.abs(right.gradients[15:40]) ** 2).max() < 1e-2 / 10
    assert (np.diff(step_lengths(right)[80:]) > 0).all()
    assert (np.diff(np.sign(moves(right)[80:, 0])) != 0).all()
    descent = og.run("sgd", "himmelblau", lr=1.0, start=(3.58, -1.84), steps=5)
    assert away(descent)[2] > 3 * away(descent)[0]


def test_adams_average_forgets_beales_first_gradient_and_adamaxs_maximum_does_not():
    adam, adamax = runs("opt_adamax")
    for trajectory in (adam, adamax):
        assert trajectory.gradients[1, 1] / trajectory.gradients[0, 1] == pytest.approx(0.25, 0.1)
    assert moves(adam)[:4, 1].min() > 0.6
    assert moves(adam)[4, 0] < 0
    assert adam.outcome.kind == "unsolved"
    assert (np.diff(moves(adamax)[:6, 1]) < 0).all()
    assert adamax.outcome.kind == "solved"
    ackley = cell("adam", "ackley", 1)
    assert away(ackley)[-50:] == pytest.approx(1, abs=0.3)
    assert ackley.outcome.kind == "unsolved"


def test_the_change_of_the_gradient_cancels_adans_average():
    adam, adan = runs("opt_adan")
    assert moves(adam)[:3] == pytest.approx(moves(adan)[:3], rel=1e-6)
    for trajectory in (adam, adan):
        assert trajectory.gradients[2:4, 1].tolist() == pytest.approx([10, -10])
    assert adam.points[5, 1] - adam.points[3, 1] == pytest.approx(-0.5, abs=0.02)
    assert np.abs(adan.points[4:, 1]).max() < np.abs(adam.points[4:, 1]).max() / 2
    for function in ("goldstein_price", "abs_ravine"):
        assert not solves("adam", function, 1)
    far = [cell(name, "sphere", 0.1).points[:, 0].max() for name in ("adam", "adan")]
    assert far[1] > 10 * far[0]


def test_adopt_scales_by_the_first_gradient():
    adam, adopt, adam_half_way, held = runs("opt_adopt")
    assert (moves(adopt)[0] == 0).all()
    growth = np.abs(adopt.gradients[:, 0]).max() / abs(adopt.gradients[0, 0])
    assert growth == pytest.approx(40, rel=0.05)
    assert step_lengths(adam).max() < 2 * step_lengths(adam)[0]
    assert step_lengths(adopt).max() > 4 * adopt.lr
    assert np.abs(moves(adopt)[130]).max() == pytest.approx(adopt.lr * 130**0.25, rel=0.05)
    assert adopt.values[-1] < -0.99 < adam.values[-1] < -0.4
    assert np.abs(held.gradients / held.gradients[0])[100:].max() < 0.03
    assert held.points[-1, 0] < -0.85
    assert adam_half_way.points[-1] == pytest.approx([0, 0], abs=0.02)
    for function, lr in (("michalewicz", 0.001), ("himmelblau", 0.01)):
        assert not solves("adam", function, lr)
