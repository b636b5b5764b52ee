"""Claims about runs on the pages of the non-smooth functions."""

import numpy as np
import pytest
from pages import away, cell, moves, outside, runs, slopes, solves, step_lengths

import optgallery as og


def test_holder_table_jumps_that_grow_jumps_that_halve_and_a_pull_to_the_origin():
    sgd, adagrad, muon = runs("fn_holder_table")
    assert sgd.evaluations_to_solve() == 2
    assert (np.diff(step_lengths(sgd)[2:]) > -1e-3).mean() > 0.9
    side = np.sign(adagrad.points[1:8, 0] - adagrad.points[-1, 0])
    assert (side[1:] == -side[:-1]).all()
    halved = step_lengths(adagrad)[4:9] / step_lengths(adagrad)[3:8]
    assert halved == pytest.approx(0.5, abs=0.07)
    assert np.linalg.norm(muon.points[0]) / 100 == pytest.approx(0.11, abs=0.005)
    assert np.linalg.norm(muon.points[1] - 0.99 * muon.points[0]) == pytest.approx(0.07, abs=0.005)
    assert muon.values[10:40].min() < -4.6  # the next pit
    assert (muon.points[-1] < muon.points[30]).all()
    assert step_lengths(muon)[-1] < 0.002
    lower = cell("rmsprop", "holder_table", 1)
    assert lower.values[-1] < lower.test_fn.minimum
    assert outside(lower)[-1]
    assert lower.outcome.kind == "unsolved"


def test_cross_in_tray_one_stays_one_leaps_and_one_passes_through():
    sgd, adafactor, lars = runs("fn_cross_in_tray")
    assert step_lengths(sgd)[0] == pytest.approx(slopes(sgd)[0])
    assert slopes(sgd)[1:].max() < 0.2
    assert (np.diff(step_lengths(sgd)[:40]) < 0).all()
    assert adafactor.points[1, 1] < 0 < adafactor.points[0, 1]
    assert adafactor.points[-1, 1] < 0
    assert away(adafactor)[-1] < 0.01
    x, y = lars.points.T
    assert x[5] < 0 < x[8]
    assert y[8] < 0 < y[5]
    assert np.hypot(x, y)[5:9].min() < 0.4
    assert lars.points[lars.evaluations_to_solve(), 1] < 0
    assert (lars.points[60:] > 0).all()
    late = cell("adadelta", "cross_in_tray", 1)
    assert slopes(late)[-1] > 0.01
    grid, _, z = og.FUNCTIONS["cross_in_tray"].grid(401)
    assert np.abs(grid[z < -2.06]).max() < np.pi


def test_abs_ravine_an_oscillation_without_end_a_halving_and_steps_that_shrink():
    sgd, rprop, adagrad = runs("fn_abs_ravine")
    np.testing.assert_allclose(sgd.points[11:200:2, 1], sgd.points[199, 1], atol=1e-9)
    np.testing.assert_allclose(sgd.points[10:201:2, 1], sgd.points[200, 1], atol=1e-9)
    assert len(set(np.sign(sgd.points[-4:, 0]))) == 2
    steps = np.abs(moves(rprop))
    np.testing.assert_allclose(steps[1:3], 1.2 * steps[:2])
    assert away(rprop)[20:].max() < 0.1
    n = np.arange(1, 61)
    expected = np.column_stack([n**-0.5] * 2)
    np.testing.assert_allclose(np.abs(moves(adagrad))[:60], expected, rtol=1e-6)
    assert (np.abs(adagrad.gradients) == np.abs(adagrad.gradients[0])).all()
    assert away(adagrad)[180:].max() < away(adagrad)[20:40].max()
    wide = cell("sgd", "abs_ravine", 0.3)
    assert np.ptp(wide.points[100:, 1]) > np.ptp(sgd.points[100:, 1])


def test_nesterov_chebyshev_in_short_steps_to_and_fro_and_along_the_crease():
    sgd, lion, aggmo = runs("fn_nesterov_chebyshev")
    side = np.sign(sgd.points[:, 1] - 2 * sgd.points[:, 0] ** 2 + 1)
    assert side[1] != side[2]
    assert (np.diff(side[2:]) != 0).sum() > 50
    np.testing.assert_allclose(np.abs(moves(sgd)[:, 1]), sgd.lr, atol=1e-9)
    np.testing.assert_allclose(np.abs(moves(lion)), lion.lr, atol=1e-9)
    np.testing.assert_allclose(lion.points[32:], lion.points[30:-2], atol=1e-6)
    assert (lion.gradients[30:].prod(axis=1) < 0).all()
    x, y = aggmo.points.T
    assert x[25:40].max() > 0.55
    assert x[60] < -0.2
    assert np.abs(y - 2 * x**2 + 1)[80:].max() < 0.5


def test_nesterov_chebyshev_what_solved_requires_and_what_stays_in_the_crease():
    fn = og.FUNCTIONS["nesterov_chebyshev"]
    required = 1e-3 * fn(*fn.start)
    assert required == pytest.approx(0.0022, abs=5e-5)
    assert fn(0.9, 2 * 0.9**2 - 1) > required
    assert not solves("rprop", "nesterov_chebyshev", 0.1)
    assert step_lengths(cell("rprop", "nesterov_chebyshev", 0.1))[-1] < 1e-5
    assert cell("adahessian", "nesterov_chebyshev", 0.001).outcome.kind in ("climbed", "diverged")
