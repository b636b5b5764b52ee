"""What the prose says on the pages of the multimodal functions."""

import numpy as np
import pytest
from pages import away, best, played, slopes, step_lengths

from optgallery import FUNCTIONS, LEARNING_RATES, run


def test_schwefel_steps_as_long_as_the_slope_as_the_rate_and_as_the_decay():
    sgd, adam, adamw = played("schwefel").values()
    assert slopes(sgd)[0] == pytest.approx(10.9, abs=0.05)
    assert step_lengths(sgd)[0] == pytest.approx(10.9, abs=0.05)
    assert (sgd.solved(), adam.solved()) == (18, 111)
    np.testing.assert_allclose(np.abs(adam.points[1] - adam.points[0]), 1.0, rtol=1e-6)
    assert adamw.gradients[0, 0] < 0  # it asks for more x
    np.testing.assert_allclose(adamw.points[0], (322, 468))
    decay = adamw.points[0] / 1000
    np.testing.assert_allclose(decay, (0.32, 0.47), atol=0.005)
    np.testing.assert_allclose(adamw.points[1] - adamw.points[0], (0.1, -0.1) - decay, atol=1e-6)
    assert adamw.points[-1, 0] < 302 < adamw.points[0, 0]
    np.testing.assert_allclose(run("adamw", "schwefel", lr=1.0).points[-1], (54, 83), atol=0.5)


def test_schwefels_ridge_is_where_the_slope_in_x_changes_sign():
    x = np.linspace(280, 330, 5001)
    assert x[FUNCTIONS["schwefel"](x, 421.0).argmax()] == pytest.approx(302, abs=1)


def test_schwefel_lars_measures_its_steps_by_the_parameters():
    lars = run("lars", "schwefel", lr=0.001)
    assert np.linalg.norm(lars.points[0]) == pytest.approx(568, abs=0.5)
    assert step_lengths(lars)[0] == pytest.approx(0.568, abs=0.001)
    assert lars.verdict == "solved"
    assert run("lars", "schwefel", lr=0.1).verdict != "solved"


def test_eggholder_a_winding_way_a_diagonal_and_a_rate_that_grows_too_far():
    momentum, rprop, dog = played("eggholder").values()
    assert momentum.solved() == 34
    beyond = (momentum.points - FUNCTIONS["eggholder"].minima[0]).max(axis=0)
    np.testing.assert_allclose(beyond[0], beyond[1], atol=5)
    assert beyond.min() == pytest.approx(15, abs=3)
    assert away(momentum)[-1] < 0.5
    x, y = np.diff(rprop.points, axis=0)[4:22].T
    np.testing.assert_allclose(x, y)
    np.testing.assert_allclose(x[1:], 1.2 * x[:-1])
    assert (x[0], x[-1]) == (pytest.approx(0.72), pytest.approx(16, abs=0.1))
    steps = step_lengths(dog)
    assert steps[0] == pytest.approx(5e-4, abs=5e-5)
    assert dog.values[98] == pytest.approx(-975.6, abs=0.2)
    assert steps[98] / slopes(dog)[98] == pytest.approx(2, abs=0.1)
    assert steps[100] == pytest.approx(45, abs=1)
    assert slopes(dog)[101] == pytest.approx(111, abs=1)
    assert steps[101] == pytest.approx(124, abs=1)
    assert not dog.test_fn.domain.contains(dog.points[102])
    assert slopes(dog)[-1] < 0.1
    assert away(dog)[-1] > 100


def test_eggholders_published_minimum_is_passed():
    fn = FUNCTIONS["eggholder"]
    assert fn(512, 404.2318) == pytest.approx(-959.64, abs=0.01)
    assert fn.minimum == pytest.approx(-976.9, abs=0.05)
    end = run("adamw", "eggholder", lr=1.0).points[-1]
    assert (end < fn.start).all()


def test_shubert_a_share_of_the_slope_its_sign_and_the_distance_so_far():
    qhm, adagrad, dog = played("shubert").values()
    assert slopes(qhm)[0] == pytest.approx(457, abs=0.5)
    assert step_lengths(run("sgd", "shubert", lr=0.001))[0] == pytest.approx(0.46, abs=0.005)
    assert step_lengths(qhm)[0] == pytest.approx(0.14, abs=0.005)
    assert (np.diff(step_lengths(qhm)[1:10]) < 0).all()
    assert qhm.solved() == 4
    np.testing.assert_allclose(adagrad.points[1] - adagrad.points[0], (0.3, -0.3), rtol=1e-6)
    np.testing.assert_allclose(adagrad.points[2, 1], adagrad.points[0, 1], atol=0.005)
    side = np.sign(adagrad.points[2:9, 0] - adagrad.points[-1, 0])
    assert (side[1:] == -side[:-1]).all()
    assert step_lengths(dog)[0] == pytest.approx(3e-6, abs=5e-7)
    assert np.linalg.norm(dog.points[30] - dog.points[0]) < 0.01
    assert away(dog, adagrad.points[-1])[-1] < 1e-2


def test_shubert_the_rates_that_serve_and_the_way_to_a_peak():
    assert best("adagrad", "shubert").lr / best("qhm", "shubert").lr == pytest.approx(300)
    leaping = run("sgd", "shubert", lr=0.001, steps=20)
    assert step_lengths(leaping).min() > 0.2
    x, y = FUNCTIONS["shubert"].minima[0]
    path = np.linspace(x, x - 0.9, 9001)
    assert x - path[FUNCTIONS["shubert"](path, y).argmin()] == pytest.approx(0, abs=1e-3)
    assert x - path[FUNCTIONS["shubert"](path, y).argmax()] == pytest.approx(0.63, abs=0.01)
    assert all(run("rprop", "shubert", lr=lr).solved() for lr in LEARNING_RATES)


def test_langermann_over_the_dents_through_them_and_into_one():
    sgd, momentum, adadelta = played("langermann").values()
    dent = (2.242, 1.092)
    assert step_lengths(sgd)[0] == pytest.approx(0.53, abs=0.005)
    assert sgd.solved() == 3
    slow = run("sgd", "langermann", lr=0.01)
    assert away(slow, dent)[-1] < 0.01
    assert slow.values[-1] == pytest.approx(-4.90, abs=0.005)
    assert away(run("sgd", "langermann", lr=0.003), dent)[-1] < 0.01
    farthest = away(momentum)[5:].argmax() + 5
    assert (momentum.points[farthest] < momentum.test_fn.minima[0]).all()
    assert away(momentum)[-1] < 0.01
    assert step_lengths(adadelta)[0] == pytest.approx(0.005, abs=0.001)
    assert away(adadelta, dent)[-1] < 0.01
    assert away(adadelta, adadelta.points[0])[-1] < step_lengths(sgd)[0]
    assert away(sgd)[1] < away(sgd, dent)[1]
    assert away(run("adagrad", "langermann", lr=0.1), dent)[-1] < 0.01
    assert away(run("sgd", "langermann", lr=1.0))[-1] > 10
    assert slopes(run("sgd", "langermann", lr=1.0))[-1] < 1e-30


def test_michalewicz_along_the_trench_across_it_and_a_lucky_diagonal():
    sgd, nesterov, adam = played("michalewicz").values()
    assert slopes(sgd)[0] == pytest.approx(0.5, abs=0.005)
    assert slopes(sgd)[21] / slopes(sgd)[0] == pytest.approx(6, abs=0.1)
    assert (sgd.solved(), nesterov.solved(), adam.solved()) == (32, 9, 4)
    assert np.ptp(nesterov.points[40:, 0]) < 1e-3
    assert np.ptp(nesterov.points[40:, 1]) > 0.2
    np.testing.assert_allclose(adam.points[1] - adam.points[0], (0.3, -0.3), rtol=1e-6)
    assert adam.gradients[0, 0] / adam.gradients[0, 1] == pytest.approx(-4, abs=0.1)
    assert adam.values[:2] == pytest.approx([-0.04, -1.56], abs=0.005)
    assert adam.values[2] > adam.values[1]
    assert away(adam)[60:].max() < away(adam)[5:20].max() / 4


def test_michalewicz_a_step_too_far_ends_on_the_plateau():
    lost = run("sgd", "michalewicz", lr=0.3)
    assert slopes(lost)[4:] == pytest.approx(2e-6, abs=5e-7)
    assert slopes(lost)[3] > 1
    assert away(lost, lost.points[4])[-1] < 1e-3
