"""Claims about runs on the pages of ASGD, Schedule-Free, Lookahead, Rprop and Lion."""

import numpy as np
import pytest
from pages import away, cell, moves, runs, slopes, solves, step_lengths

import optgallery as og


def test_asgds_cloud_shrinks_with_the_rate_and_its_average_comes_to_rest():
    plain, falling, average = runs("opt_asgd")
    assert average.points[:23] == pytest.approx(plain.points[:23], rel=1e-9)
    assert average.points[23] == pytest.approx(plain.points[22:24].mean(axis=0), rel=1e-9)
    early, late = step_lengths(plain)[20:80], step_lengths(plain)[-60:]
    assert late.mean() == pytest.approx(early.mean(), rel=0.4)
    assert step_lengths(falling)[-60:].mean() < 0.6 * late.mean()
    assert step_lengths(average)[-60:].mean() < 0.05 * late.mean()
    assert average.values[-60:].mean() < 0.1 * plain.values[-60:].mean()


def test_asgd_is_nearly_sgd_and_its_lower_rate_ends_a_jump_between_two_points():
    booth = [cell(name, "booth", 0.1).points for name in ("sgd", "asgd")]
    assert booth[1] == pytest.approx(booth[0], abs=2e-3)
    sgd, asgd = (cell(name, "sphere", 1) for name in ("sgd", "asgd"))
    assert sgd.points[2::2] == pytest.approx(np.tile(sgd.points[0], (100, 1)))
    assert asgd.values[-1] < sgd.values[-1] / 100
    for function, lr in (("booth", 0.3), ("easom", 0.01)):
        assert cell("asgd", function, lr).outcome.kind == cell("sgd", function, lr).outcome.kind


def test_schedule_free_sgd_is_smooth_where_sgd_zigzags_and_wild_for_three_steps():
    sgd, smooth, wild = runs("opt_schedule_free_sgd")
    assert smooth.points[1] == pytest.approx(sgd.points[1])
    across = [np.sign(moves(t)[2:25] @ (1, 1)) for t in (sgd, smooth)]
    turns = [(np.diff(signs) != 0).sum() for signs in across]
    assert turns[0] > 20
    assert turns[1] < 6
    assert smooth.points[25:, 0].min() > 1.05  # past the minimum, and on its way back
    assert (np.diff(smooth.points[40:, 0]) < 0).all()
    assert cell("sgd", "booth", 0.3).outcome.kind == "climbed"
    assert step_lengths(wild)[:3].min() > step_lengths(wild)[3:].max()


def test_schedule_free_sgd_is_stable_in_the_long_run_at_ten_times_the_rate():
    assert solves("schedule_free_sgd", "booth", 1)
    above = og.run("schedule_free_sgd", "booth", lr=1.2)
    assert above.values[-1] > above.values[100] > above.values[50]
    assert cell("sgd", "rotated_quadratic", 0.3).status == "diverged"
    assert cell("schedule_free_sgd", "zakharov", 0.1).status == "diverged"


def test_the_mean_comes_to_rest_in_another_minimum_while_adam_moves_on():
    adam, mean = runs("opt_schedule_free_adamw")
    assert moves(mean)[0] == pytest.approx(moves(adam)[0], rel=1e-3)
    assert step_lengths(adam)[1:4].min() > 1
    assert step_lengths(mean)[1] == pytest.approx(step_lengths(mean)[0] / 2, rel=0.02)
    assert step_lengths(mean)[2:].max() <= step_lengths(mean)[1]
    other = min(mean.test_fn.minima, key=lambda m: np.hypot(*(mean.points[-1] - m)))
    assert away(adam, other)[-1] > 1
    assert mean.points[:, 0].max() > other[0] + 0.2
    assert away(mean)[20:].max() < 0.02
    assert away(adam)[15:].max() > 0.5
    assert not solves("adam", "beale", 1)


def test_lookahead_takes_half_of_the_way_back_and_overshoots_less_than_half_as_far():
    adam, lookahead = runs("opt_lookahead")
    assert lookahead.points[:5] == pytest.approx(adam.points[:5], rel=1e-12)
    assert lookahead.points[5] == pytest.approx((adam.points[0] + adam.points[5]) / 2, rel=1e-12)
    before, back, after = moves(lookahead)[3:6]
    assert back @ before < 0
    assert before @ after > 0.9 * np.hypot(*before) * np.hypot(*after)
    along = [(t.points - (1, 3)) @ (1, -1) for t in (adam, lookahead)]
    assert along[1].max() < along[0].max() / 2
    pace = (along[1][10] - along[1][0]) / (along[0][10] - along[0][0])
    assert pace == pytest.approx(0.5, abs=0.1)
    assert not solves("adam", "beale", 1)


def test_rprop_begins_on_a_diagonal_and_finds_its_own_step():
    *by_rate, valley = runs("opt_rprop")
    for trajectory in by_rate:
        assert moves(trajectory)[:3, 0] == pytest.approx(moves(trajectory)[:3, 1])
    slow, _, fast = by_rate
    assert (np.diff(np.abs(moves(slow))[:37, 1]) > 0).all()
    assert step_lengths(fast)[0] > np.abs(moves(slow))[:37].max()
    assert moves(fast)[3, 0] == 0
    steps = np.abs(moves(valley))[:18].reshape(6, 3, 2)
    assert steps[:, 2] == pytest.approx(0)
    assert steps[1:, 1] == pytest.approx(steps[:-1, 1] * 0.6)
    assert step_lengths(valley)[20:].max() < 0.03


def test_rprop_needs_no_scale_and_fails_in_bent_valleys_at_any_rate():
    domain = cell("rprop", "schwefel", 0.001).test_fn.domain
    assert domain.xmax - domain.xmin == 350
    assert slopes(cell("rprop", "gramacy_lee", 0.001))[0] < 0.1
    for function in ("rosenbrock", "leon"):
        assert not any(solves("rprop", function, lr) for lr in og.LEARNING_RATES)


def test_lion_overshoots_and_does_not_converge():
    adam, lion, adam_slow, walking = runs("opt_lion")
    assert np.abs(moves(lion)) == pytest.approx(lion.lr)
    for values in lion.points[41:].T:
        assert np.ptp(values) == pytest.approx(lion.lr)
    assert adam.points[:, 0].max() > 0.5
    assert step_lengths(adam)[-10:].max() < 0.1
    assert step_lengths(adam_slow)[-10:].max() < step_lengths(adam_slow)[10:20].max() / 2
    assert walking.evaluations_to_solve() == pytest.approx(30, abs=3)  # of sixty
    assert walking.points[-1, 0] > walking.test_fn.domain.xmax
    for function in ("rotated_quadratic", "matyas"):
        assert not solves("adam", function, 0.1)
