"""Claims about runs on the pages of the multimodal functions."""

import numpy as np
import pytest
from pages import away, best, cell, moves, outside, runs, slopes, solves, step_lengths

import optgallery as og

RATES = og.LEARNING_RATES


def test_schwefel_steps_as_long_as_the_gradient_as_the_rate_and_as_the_decay():
    sgd, adam, adamw = runs("fn_schwefel")
    assert step_lengths(sgd)[0] == pytest.approx(slopes(sgd)[0])
    assert np.abs(moves(adam)[0]) == pytest.approx(1, rel=1e-6)
    assert adamw.gradients[0, 0] < 0  # x should go up
    decay = adamw.points[0] / 1000
    assert (decay > 0.1).all()
    assert moves(adamw)[0] == pytest.approx((0.1, -0.1) - decay, abs=1e-6)
    x = np.linspace(280, 330, 5001)
    ridge = x[og.FUNCTIONS["schwefel"](x, 421.0).argmax()]
    assert ridge == pytest.approx(302, abs=1)
    assert adamw.points[-1, 0] < ridge < adamw.points[0, 0]
    assert outside(cell("adamw", "schwefel", 1))[-1]
    assert solves("lars", "schwefel", 0.001)
    assert not solves("lars", "schwefel", 0.1)


def test_eggholder_a_winding_way_a_diagonal_and_a_rate_that_grows_too_far():
    momentum, rprop, dog = runs("fn_eggholder")
    beyond = (momentum.points - momentum.test_fn.minima[0]).max(axis=0)
    assert beyond == pytest.approx([15, 15], abs=5)
    assert away(momentum)[-1] < 0.5
    x, y = moves(rprop)[4:22].T
    np.testing.assert_allclose(x, y)
    np.testing.assert_allclose(x[1:], 1.2 * x[:-1])
    assert dog.values[98] < -975
    assert step_lengths(dog)[98] / slopes(dog)[98] == pytest.approx(2, abs=0.1)
    assert outside(dog)[102]
    assert slopes(dog)[-1] < 0.1
    assert away(dog)[-1] > 100
    fn = og.FUNCTIONS["eggholder"]
    assert fn(512, 404.23) == pytest.approx(-959.64, abs=0.01)
    assert fn.minimum == pytest.approx(-976.9, abs=0.05)
    assert (cell("adamw", "eggholder", 1).points[-1] < fn.start).all()


def test_shubert_a_share_of_the_gradient_its_sign_and_the_distance_so_far():
    qhm, adagrad, dog = runs("fn_shubert")
    assert (np.diff(step_lengths(qhm)[1:10]) < 0).all()
    assert moves(adagrad)[0] == pytest.approx((0.3, -0.3), rel=1e-6)
    assert adagrad.points[2, 1] == pytest.approx(adagrad.points[0, 1], abs=0.005)
    side = np.sign(adagrad.points[2:9, 0] - adagrad.points[-1, 0])
    assert (side[1:] == -side[:-1]).all()
    assert away(dog, dog.points[0])[30] < 0.01
    assert slopes(dog)[-1] < 1
    assert best("adagrad", "shubert").lr / best("qhm", "shubert").lr == pytest.approx(300)
    assert step_lengths(cell("sgd", "shubert", 0.001))[:20].min() > 0.2
    assert all(solves("rprop", "shubert", lr) for lr in RATES)
    x, y = og.FUNCTIONS["shubert"].minima[0]
    path = np.linspace(x, x - 0.9, 9001)
    peak = path[og.FUNCTIONS["shubert"](path, y).argmax()]
    assert x - peak == pytest.approx(0.63, abs=0.01)


def test_langermann_over_the_dents_through_them_and_into_one():
    sgd, momentum, adadelta = runs("fn_langermann")
    dent = cell("sgd", "langermann", 0.01).points[-1]
    assert away(sgd)[1] < away(sgd, dent)[1]
    assert away(cell("sgd", "langermann", 0.003), dent)[-1] < 0.01
    assert away(cell("adagrad", "langermann", 0.1), dent)[-1] < 0.01
    farthest = away(momentum)[5:].argmax() + 5
    assert (momentum.points[farthest] < momentum.test_fn.minima[0]).all()
    assert away(momentum)[-1] < 0.01
    assert away(adadelta, dent)[-1] < 0.01
    assert away(adadelta, adadelta.points[0])[-1] < step_lengths(sgd)[0]
    lost = cell("sgd", "langermann", 1)
    assert slopes(lost)[-1] < 1e-30


def test_michalewicz_along_the_trench_across_it_and_a_lucky_diagonal():
    sgd, nesterov, adam = runs("fn_michalewicz")
    assert slopes(sgd)[21] / slopes(sgd)[0] == pytest.approx(6, abs=0.1)
    assert np.ptp(nesterov.points[40:, 0]) < 1e-3
    assert np.ptp(nesterov.points[40:, 1]) > 0.2
    assert abs(adam.gradients[0, 0] / adam.gradients[0, 1]) == pytest.approx(4, abs=0.1)
    assert adam.values[2] > adam.values[1]
    assert adam.evaluations_to_solve() == 4
    assert away(adam)[60:].max() < away(adam)[5:20].max() / 4
    lost = cell("sgd", "michalewicz", 0.3)
    assert slopes(lost)[3] > 1
    assert away(lost, lost.points[4])[-1] < 1e-3
