"""What the pages of SGD, momentum, Nesterov, QHM and AggMo say is true of the runs they show."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
from pages import away, slopes, step_lengths

import optgallery as og
from optgallery.optim import QHM, AggMo

run = cache(og.run)

ALONG, ACROSS = np.array([4, 3]) / 5, np.array([3, -4]) / 5  # the axes of the rotated quadratic

BOX = {"x0": 1, "y0": 1, "xmin": -1, "xmax": 2, "ymin": -1, "ymax": 2}
EVEN_SLOPE = (lambda x, y: x + 0 * y, BOX)


def default(cls, name):
    return signature(cls).parameters[name].default


def eigenvalues(function):
    """Return the curvatures of a quadratic, the smaller first."""
    formula = og.FUNCTIONS[function].formula
    xx, yy, both = formula(1, 0), formula(0, 1), formula(1, 1)
    origin, minus = formula(0, 0), (formula(-1, 0), formula(0, -1))
    hxx, hyy = xx + minus[0] - 2 * origin, yy + minus[1] - 2 * origin
    hxy = both - xx - yy + origin
    return np.linalg.eigvalsh(np.array([[hxx, hxy], [hxy, hyy]], dtype=float))


# SGD


def test_the_trough_is_a_hundred_times_as_steep_across_as_along():
    assert eigenvalues("rotated_quadratic") == pytest.approx([0.5, 50])


@pytest.mark.parametrize(("lr", "along", "across"), [(0.01, 0.995, 0.5), (0.039, 0.98, -0.95)])
def test_sgd_multiplies_what_is_left_by_one_factor_for_each_axis(lr, along, across):
    points = run("sgd", "rotated_quadratic", lr=lr, steps=100).points
    assert points[1:21] @ ALONG == pytest.approx(along * points[:20] @ ALONG, rel=1e-3)
    assert points[1:21] @ ACROSS == pytest.approx(across * points[:20] @ ACROSS, rel=1e-3)


def test_sgd_gets_along_almost_four_times_as_fast_at_0_039_and_0_041_is_too_much():
    slow, fast = (run("sgd", "rotated_quadratic", lr=lr, steps=100) for lr in (0.01, 0.039))
    rates = [np.log(t.points[100] @ ALONG / (t.points[0] @ ALONG)) for t in (slow, fast)]
    assert 3.7 < rates[1] / rates[0] < 4
    crossings = np.abs(run("sgd", "rotated_quadratic", lr=0.041, steps=100).points @ ACROSS)
    assert (np.diff(crossings) > 0).all()


def test_no_rate_gives_sgd_a_better_factor_than_0_98_on_the_trough():
    rates = np.linspace(0, 0.041, 10_000)[:, None]
    worse = np.abs(1 - rates * eigenvalues("rotated_quadratic")).max(axis=1)
    assert f"{worse.min():.2f}" == "0.98"


def test_the_curve_of_the_small_rate_is_straight_in_two_parts():
    values = run("sgd", "rotated_quadratic", lr=0.01, steps=100).values
    falls = np.diff(np.log(values))
    assert falls[0] < -0.5
    assert falls[10:] == pytest.approx(2 * np.log(0.995), rel=0.05)


def test_a_rate_of_a_half_takes_sgd_to_the_spheres_middle_in_one_step():
    assert away(run("sgd", "sphere", lr=0.5))[1] == pytest.approx(0, abs=1e-12)


def test_one_rate_is_too_much_for_a_wall_and_next_to_nothing_on_a_plain():
    assert run("sgd", "goldstein_price", lr=0.001).status == "diverged"
    assert step_lengths(run("sgd", "goldstein_price", lr=0.001, steps=1))[0] > 5
    assert step_lengths(run("sgd", "easom", lr=0.001)).sum() < 0.01


# SGD with momentum


def test_momentum_in_torch_is_the_formula_on_its_page_and_polyaks():
    shown = run("momentum", "leon", lr=0.001, steps=60)
    theta, b = shown.points[0], np.zeros(2)
    polyak = [shown.points[0]] * 2
    for t, g in enumerate(shown.gradients[:-1], start=1):
        b = 0.9 * b + g
        theta = theta - 0.001 * b
        polyak.append(polyak[-1] - 0.001 * g + 0.9 * (polyak[-1] - polyak[-2]))
        assert theta == pytest.approx(shown.points[t], rel=1e-9)
        assert polyak[-1] == pytest.approx(shown.points[t], rel=1e-9)


def test_on_an_even_slope_the_step_grows_to_ten_gradients():
    steps = step_lengths(og.run("momentum", EVEN_SLOPE, lr=0.01))
    assert steps[0] == pytest.approx(0.01)
    assert steps[-1] == pytest.approx(0.1)


def test_momentum_crosses_leons_floor_is_turned_and_runs_past_the_minimum():
    sgd, shown = (run(name, "leon", lr=0.001, steps=60) for name in ("sgd", "momentum"))
    assert shown.points[1] == pytest.approx(sgd.points[1], rel=1e-12)
    x, y = shown.points.T
    assert y[0] > x[0] ** 3
    assert y[4] < x[4] ** 3
    assert shown.values[4] > 3 * shown.values[2]
    assert shown.solved() == 20
    assert step_lengths(sgd)[10:].max() < 0.004
    walls = np.sign(y - x**3)[12:60]
    assert (np.diff(walls) != 0).sum() > 15
    assert x[40:].min() > 1.03  # past it, and there it stays


def test_momentum_crosses_the_first_hollow_in_which_sgd_ends():
    sgd, shown = (run(name, "bohachevsky_1", lr=0.003, steps=100) for name in ("sgd", "momentum"))
    hollow = sgd.points[-1]
    assert slopes(sgd)[-1] < 0.05
    assert away(shown, hollow).argmin() in (9, 10)
    assert step_lengths(shown)[9:11].min() > 3 * step_lengths(sgd).max()
    assert shown.verdict == "solved"


@pytest.mark.parametrize(("function", "lr"), [("leon", 0.001), ("rotated_quadratic", 0.01)])
def test_momentum_solves_valleys_that_sgd_solves_at_no_rate(function, lr):
    assert run("momentum", function, lr=lr).verdict == "solved"
    assert not any(run("sgd", function, lr=lr).solved() for lr in og.LEARNING_RATES)


def test_sgd_is_quicker_on_the_sphere_and_stays_where_momentum_is_thrown_out():
    assert run("sgd", "sphere", lr=0.3).solved() == 4 < run("momentum", "sphere", lr=0.3).solved()
    for function in ("himmelblau", "styblinski_tang"):
        assert run("momentum", function, lr=0.03).status == "diverged"
        assert run("sgd", function, lr=0.03).status == "completed"


# Nesterov


def test_nesterov_in_torch_is_the_formula_on_its_page():
    shown = run("nesterov", "booth", lr=0.03, steps=60)
    theta, b = shown.points[0], np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1], start=1):
        b = 0.9 * b + g
        theta = theta - 0.03 * (g + 0.9 * b)
        assert theta == pytest.approx(shown.points[t], rel=1e-9)


def test_torchs_points_are_where_the_paper_takes_its_gradients():
    shown = run("nesterov", "booth", lr=0.03, steps=60)
    theta, v = shown.points[0], np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1]):
        assert theta + 0.9 * v == pytest.approx(shown.points[t], rel=1e-9)
        v = 0.9 * v - 0.03 * g
        theta = theta + v


def test_nesterovs_swings_across_booths_valley_are_gone_and_momentums_are_not():
    across, along = np.array([1, 1]) / np.sqrt(2), np.array([1, -1]) / np.sqrt(2)
    swings = {
        name: run(name, "booth", lr=0.03, steps=60).points - np.array([1, 3])
        for name in ("momentum", "nesterov")
    }
    assert np.abs(swings["nesterov"][8:] @ across).max() < 0.05
    assert np.abs(swings["momentum"][20:] @ across).max() > 0.3
    for swing in swings.values():
        assert (np.diff(np.sign(swing @ along)) != 0).sum() >= 3


def test_a_swing_dies_as_the_page_reckons():
    gentle, steep = eigenvalues("booth")
    assert f"{np.sqrt(0.9):.2f}" == "0.95"
    factors = [np.sqrt(0.9 * (1 - 0.03 * curvature)) for curvature in (gentle, steep)]
    assert [f"{factor:.2f}" for factor in factors] == ["0.92", "0.64"]
    for lr, curvature in [(0.03, gentle), (0.03, steep)]:
        assert root(0.9, lr * curvature, nesterov=False) == pytest.approx(np.sqrt(0.9))
        expected = np.sqrt(0.9 * (1 - lr * curvature))
        assert root(0.9, lr * curvature, nesterov=True) == pytest.approx(expected)


def root(mu, curvature, *, nesterov):
    """Return the factor by which the slowest part of a run on a quadratic shrinks in a step."""
    c = curvature
    # theta and the buffer, in units of the rate, from one step to the next
    ahead = [1 - c - mu * c, -(mu**2)] if nesterov else [1 - c, -mu]
    return np.abs(np.linalg.eigvals(np.array([ahead, [c, mu]]))).max()


@pytest.mark.parametrize(("nesterov", "border"), [(False, 3.8), (True, 3.8 / 2.8)])
def test_the_borders_of_momentum_and_nesterov(nesterov, border):
    assert root(0.9, border - 0.01, nesterov=nesterov) < 1
    assert root(0.9, border + 0.01, nesterov=nesterov) > 1
    assert f"{3.8 / 2.8:.2f}" == "1.36"


def test_nesterov_is_quicker_than_momentum_until_the_rate_is_too_large_for_it():
    assert run("momentum", "himmelblau", lr=0.01).solved() == 45
    assert run("nesterov", "himmelblau", lr=0.01).solved() < 20
    assert run("momentum", "booth", lr=0.03).solved() == 46
    assert run("nesterov", "booth", lr=0.03).solved() < 30
    assert run("momentum", "booth", lr=0.1).solved() == 44
    assert run("sgd", "booth", lr=0.1).solved() == 16
    assert run("nesterov", "booth", lr=0.1).verdict == "climbed"


# QHM


def test_qhms_defaults_are_the_papers_advice():
    assert (default(QHM, "momentum"), default(QHM, "nu")) == (0.999, 0.7)


def test_qhms_mean_has_come_to_0_18_of_an_even_slope_after_200_steps():
    steps = step_lengths(og.run("qhm", EVEN_SLOPE, lr=0.01, nu=1))
    assert f"{steps[-1] / 0.01:.2f}" == "0.18"


def test_qhm_with_nu_of_zero_is_gradient_descent_and_zigzags():
    shown = run("qhm", "booth", lr=0.1, steps=100, nu=0)
    assert shown.points == pytest.approx(run("sgd", "booth", lr=0.1, steps=100).points)
    across = (shown.points - np.array([1, 3]))[:15] @ np.array([1, 1])
    assert (np.diff(np.sign(across)) != 0).all()
    assert 0.1 * eigenvalues("booth")[1] == pytest.approx(1.8)  # 1 would hit the floor


def test_the_mean_alone_is_next_to_nothing_for_long_and_then_not_braked():
    shown = run("qhm", "booth", lr=0.1, steps=100, nu=1)
    assert step_lengths(shown)[:10].max() < 0.02 * step_lengths(run("sgd", "booth", lr=0.1))[0]
    assert step_lengths(shown)[-20:].min() > 0.1
    assert away(run("qhm", "booth", lr=0.1, nu=1))[-1] > 5


def test_qhm_does_not_cross_the_floor_and_is_carried_past_the_minimum_where_it_stays():
    shown = run("qhm", "booth", lr=0.1, steps=100)
    across, along = np.array([[1, 1], [1, -1]]) @ (shown.points - np.array([1, 3])).T
    assert across[1:].max() < 0.01
    assert along[50] < 0 < along[60] < along[80]
    assert along[80:].min() > 0.3


@pytest.mark.parametrize(("function", "lr"), [("booth", 0.3), ("sphere", 1.0)])
def test_qhm_solves_at_rates_that_are_too_much_for_sgd(function, lr):
    assert run("qhm", function, lr=lr).verdict == "solved"
    assert run("sgd", function, lr=lr).solved() is None


def test_qhm_is_behind_sgd_where_the_rate_is_right():
    assert run("sgd", "booth", lr=0.1).solved() == 16 < run("qhm", "booth", lr=0.1).solved()
    sgd, qhm = (run(name, "rotated_quadratic", lr=0.03) for name in ("sgd", "qhm"))
    assert f"{sgd.values[-1]:.2g}" == "0.017"
    assert qhm.values[-1] > 10 * sgd.values[-1]
    assert qhm.gradients[-1] @ np.array([4, 3]) < 0  # it has not passed the minimum either


# AggMo


def test_aggmos_dampings_and_what_they_grow_to():
    assert default(AggMo, "betas") == (0.0, 0.9, 0.99)
    assert [1 / (1 - beta) for beta in (0, 0.9, 0.99)] == pytest.approx([1, 10, 100])
    steps = step_lengths(og.run("aggmo", EVEN_SLOPE, lr=0.01, steps=1500))
    assert steps[-1] / 0.01 == pytest.approx(37, rel=1e-3)


def trough(name, **options):
    """Return the part of a run across the trough and the part along it."""
    points = run(name, "rotated_quadratic", lr=0.01, steps=120, **options).points
    return points @ ACROSS, points @ ALONG


def test_aggmo_swings_less_across_than_either_momentum_and_no_more_after_thirty_steps():
    across, _ = trough("aggmo")
    others = [trough("momentum", momentum=mu)[0] for mu in (0.9, 0.99)]
    for stretch in (slice(1, 5), slice(5, 10), slice(10, 20), slice(20, 30), slice(30, 120)):
        assert all(np.abs(across[stretch]).max() < np.abs(o[stretch]).max() for o in others)
    assert np.abs(across[30:]).max() < 0.02
    assert np.abs(others[1][-20:]).max() > 0.3


def test_aggmo_is_at_the_minimum_before_momentum_and_runs_past_it():
    _, along = trough("aggmo")
    _, momentum = trough("momentum")
    assert (along > 0).argmax() < (momentum > 0).argmax()
    assert 0.4 < along.max() / -along[0] < 0.5


def test_aggmo_is_quicker_in_the_trough_than_momentum_and_slower_on_booth():
    assert run("momentum", "rotated_quadratic", lr=0.003).solved() == 180
    assert run("aggmo", "rotated_quadratic", lr=0.003).solved() < 90
    assert run("momentum", "rotated_quadratic", lr=0.001).solved() is None
    assert run("aggmo", "rotated_quadratic", lr=0.001).verdict == "solved"
    assert run("momentum", "booth", lr=0.003).solved() == 70
    assert run("aggmo", "booth", lr=0.003).solved() > 80


def test_aggmo_passes_leons_minimum_and_is_thrown_out_beyond_it():
    shown = run("aggmo", "leon", lr=0.001)
    assert shown.status == "diverged"
    assert shown.solved() < 25
    assert away(shown)[20:25].min() < 0.1
    assert shown.points[38][0] > 1.2
    assert shown.values[38] < 1
