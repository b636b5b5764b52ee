"""What the prose says on the pages of the non-smooth functions."""

import numpy as np
import pytest
from pages import away, played, slopes, step_lengths

from optgallery import FUNCTIONS, LEARNING_RATES, run


def test_holder_table_hops_that_grow_hops_that_halve_and_a_pull_to_the_origin():
    sgd, adagrad, muon = played("holder_table").values()
    corner = (8.055, 9.6646)
    assert sgd.solved() == 2
    hops = step_lengths(sgd)[2:]
    assert hops[0] == pytest.approx(0.05, abs=0.005)
    assert hops[-1] == pytest.approx(0.4, abs=0.05)
    np.testing.assert_allclose(adagrad.points[1] - adagrad.points[0], (1, 1), rtol=1e-6)
    side = np.sign(adagrad.points[1:9, 0] - corner[0])
    assert (side[1:7] == -side[:6]).all()
    np.testing.assert_allclose(
        step_lengths(adagrad)[4:9] / step_lengths(adagrad)[3:8], 0.52, atol=0.05
    )
    assert np.linalg.norm(muon.points[0]) / 100 == pytest.approx(0.11, abs=0.005)
    update = muon.points[1] - 0.99 * muon.points[0]
    assert np.linalg.norm(update) == pytest.approx(0.07, abs=0.005)
    assert muon.values[10:40].min() < -4.6
    assert slopes(muon)[-1] == pytest.approx(3, abs=0.1)
    assert step_lengths(muon)[-1] < 0.002
    assert (muon.points[-1] < muon.points[30]).all()


def test_holder_table_is_lower_outside_the_picture():
    away_from_it = run("rmsprop", "holder_table", lr=1.0)
    assert away_from_it.values[-1] < 10 * FUNCTIONS["holder_table"].minimum
    assert away_from_it.verdict == "unsolved"


def test_cross_in_tray_one_stays_one_leaps_and_one_passes_through():
    sgd, adafactor, lars = played("cross_in_tray").values()
    assert slopes(sgd)[0] == pytest.approx(1.03, abs=0.005)
    assert step_lengths(sgd)[0] == pytest.approx(1.03, abs=0.005)
    assert slopes(sgd)[1:].max() < 0.2
    assert (np.diff(step_lengths(sgd)[:40]) < 0).all()
    assert sgd.solved() == 13
    np.testing.assert_allclose(adafactor.points[1] - adafactor.points[0], (2.6, -2.6), atol=0.01)
    assert away(adafactor, (-1.3494, -1.3494))[60] < 0.01
    x, y = lars.points.T
    assert x[5] < 0 < x[8]
    assert y[8] < 0 < y[5]
    assert np.hypot(x, y)[5:9].min() < 0.4
    assert lars.solved() == 16
    assert away(lars, (1.3494, -1.3494))[16] < 0.05
    assert (lars.points[60:] > 0).all()
    late = run("adadelta", "cross_in_tray", lr=1.0)
    assert late.verdict == "unsolved"
    assert slopes(late)[-1] > 0.01


def test_cross_in_trays_middle_four_are_deepest():
    x, _, z = FUNCTIONS["cross_in_tray"].grid(401)
    deep = z < -2.06
    assert np.abs(x[deep]).max() < np.pi
    assert len(FUNCTIONS["cross_in_tray"].minima) == 4


def test_abs_ravine_a_track_that_never_narrows_a_spiral_and_steps_that_shrink():
    sgd, rprop, adagrad = played("abs_ravine").values()
    np.testing.assert_allclose(sgd.points[9:200:2, 1], 0.165, atol=1e-9)
    np.testing.assert_allclose(sgd.points[10:201:2, 1], -0.135, atol=1e-9)
    np.testing.assert_allclose(np.abs(np.diff(sgd.points[:, 0])), 0.03, atol=1e-9)
    assert (sgd.points[:143, 0] < 0).all()
    assert sgd.points[143, 0] > 0
    assert sorted(sgd.values[-2:]) == pytest.approx([1.365, 1.665])
    steps = np.diff(rprop.points, axis=0)
    np.testing.assert_allclose(steps[:3], [[1, -1], [1.2, -1.2], [1.44, -1.44]])
    assert away(rprop)[20:].max() < 0.1
    n = np.arange(1, 61)
    np.testing.assert_allclose(
        np.abs(np.diff(adagrad.points, axis=0))[:60], np.column_stack([n**-0.5] * 2), rtol=1e-6
    )
    assert (np.diff(step_lengths(adagrad)) < 0).all()
    assert away(adagrad)[180:].max() < 0.12 < away(adagrad)[20:40].max()


def test_abs_ravine_has_no_curvature_to_divide_by():
    thrown = run("adahessian", "abs_ravine", lr=0.001)
    assert step_lengths(thrown)[0] == pytest.approx(100, abs=1)
    wide = run("sgd", "abs_ravine", lr=0.3)
    assert np.ptp(wide.points[100:, 1]) > 2


def test_nesterov_chebyshev_a_crawl_a_halt_and_sums_that_follow_the_crease():
    sgd, lion, aggmo = played("nesterov_chebyshev").values()
    side = np.sign(sgd.points[:, 1] - 2 * sgd.points[:, 0] ** 2 + 1)
    assert side[1] != side[2]
    assert (np.diff(side[2:]) != 0).sum() > 50
    np.testing.assert_allclose(np.abs(np.diff(sgd.points[:, 1])), 0.03, atol=1e-9)
    assert sgd.points[-1, 0] == pytest.approx(0.38, abs=0.005)
    np.testing.assert_allclose(np.abs(np.diff(lion.points, axis=0)), 0.1, atol=1e-9)
    np.testing.assert_allclose(lion.points[30::2], [(0.5, -0.5)] * 86, atol=1e-6)
    np.testing.assert_allclose(lion.points[31::2], [(0.6, -0.6)] * 85, atol=1e-6)
    x, y = aggmo.points.T
    assert x[25:40].max() > 0.55
    assert x[60] < -0.2
    assert np.abs(y - 2 * x**2 + 1)[80:].max() < 0.5
    assert aggmo.verdict == "solved"
    assert (aggmo.points[180] > 1).all()


def test_nesterov_chebyshev_the_signs_are_opposite_beside_the_right_hand_branch():
    at_both = run("lion", "nesterov_chebyshev", lr=0.1).gradients[30:]
    assert (at_both[:, 0] * at_both[:, 1] < 0).all()


def test_nesterov_chebyshev_what_solved_asks_for_and_who_is_stuck_in_the_crease():
    fn = FUNCTIONS["nesterov_chebyshev"]
    asked = 1e-3 * fn(*fn.start)
    assert asked == pytest.approx(0.0022, abs=5e-5)
    x = 0.906
    assert fn(x, 2 * x**2 - 1) < asked < fn(0.9, 2 * 0.9**2 - 1)
    small = [run("rprop", "nesterov_chebyshev", lr=lr) for lr in LEARNING_RATES[:6]]
    assert [t.values[-1] for t in small] == pytest.approx([0.878] * 6, abs=0.001)
    thrown = run("adahessian", "nesterov_chebyshev", lr=0.001, steps=1)
    assert np.abs(np.diff(thrown.points[:, 1])) == pytest.approx(10, abs=0.1)
    assert thrown.verdict == "climbed"
