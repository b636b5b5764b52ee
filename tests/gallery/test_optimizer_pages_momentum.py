"""Claims about runs on the pages of SGD, momentum, Nesterov, QHM and AggMo."""

import numpy as np
import pytest
from pages import away, cell, runs, slopes, solves, step_lengths

import optgallery as og

ALONG, ACROSS = np.array([4, 3]) / 5, np.array([3, -4]) / 5  # the axes of the rotated quadratic
FACTORS = [(0, 0.995, 0.5), (1, 0.98, -0.95)]


@pytest.mark.parametrize(("number", "along", "across"), FACTORS)
def test_sgd_multiplies_the_distance_along_each_axis_by_a_factor(number, along, across):
    points = runs("opt_sgd")[number].points
    assert points[1:21] @ ALONG == pytest.approx(along * points[:20] @ ALONG, rel=1e-3)
    assert points[1:21] @ ACROSS == pytest.approx(across * points[:20] @ ACROSS, rel=1e-3)


def test_sgds_larger_rate_is_almost_four_times_as_fast_along_and_close_to_its_limit():
    slow, fast = runs("opt_sgd")
    rates = [np.log(t.points[100] @ ALONG / (t.points[0] @ ALONG)) for t in (slow, fast)]
    assert 3.7 < rates[1] / rates[0] < 4
    too_fast = og.run("sgd", "rotated_quadratic", lr=0.041, steps=100)
    assert (np.diff(np.abs(too_fast.points @ ACROSS)) > 0).all()
    falls = np.diff(np.log(slow.values))
    assert falls[0] < -0.5  # the wall's factor, then the floor's
    assert falls[10:] == pytest.approx(2 * np.log(0.995), rel=0.05)


def test_one_rate_is_too_much_for_a_wall_and_too_little_for_a_plain():
    assert og.run("sgd", "sphere", lr=0.5, steps=1).points[1] == pytest.approx([0, 0], abs=1e-12)
    assert cell("sgd", "goldstein_price", 0.001).status == "diverged"
    assert step_lengths(cell("sgd", "easom", 0.001)).sum() < 0.01


def test_momentum_crosses_leons_floor_turns_and_passes_the_minimum():
    sgd, momentum, *_ = runs("opt_momentum")
    assert momentum.points[1] == pytest.approx(sgd.points[1], rel=1e-12)
    x, y = momentum.points.T
    assert y[0] > x[0] ** 3
    assert y[4] < x[4] ** 3
    assert momentum.values[4] > momentum.values[2]
    assert momentum.evaluations_to_solve() == pytest.approx(20, abs=2)
    assert step_lengths(sgd)[10:].max() < 0.004
    assert (np.diff(np.sign(y - x**3)[12:]) != 0).sum() > 15
    assert x[40:].min() > 1


def test_momentum_passes_the_first_hollow_in_which_sgd_ends():
    _, _, sgd, momentum = runs("opt_momentum")
    assert slopes(sgd)[-1] < 0.05
    assert away(momentum, sgd.points[-1]).argmin() in (9, 10)
    assert step_lengths(momentum)[9:11].min() > 3 * step_lengths(sgd).max()
    assert step_lengths(momentum)[-1] < 1e-2
    assert momentum.outcome.kind == "solved"


def test_sgd_solves_no_long_valley_and_takes_rates_at_which_momentum_diverges():
    for function in ("leon", "rotated_quadratic"):
        assert not any(solves("sgd", function, lr) for lr in og.LEARNING_RATES)
    for function in ("himmelblau", "styblinski_tang"):
        assert cell("momentum", function, 0.03).status == "diverged"
        assert cell("sgd", function, 0.03).status == "completed"


def test_nesterovs_oscillation_across_booths_valley_is_gone_at_once():
    momentum, nesterov = (t.points - (1, 3) for t in runs("opt_nesterov"))
    assert np.abs(nesterov[8:] @ (1, 1)).max() < 0.1
    assert np.abs(momentum[20:] @ (1, 1)).max() > 0.4
    for points in (momentum, nesterov):
        assert (np.diff(np.sign(points @ (1, -1))) != 0).sum() >= 3


def growth(mu, curvature, *, nesterov):
    """Return the factor of the slowest component of a run on a quadratic in one step."""
    c = curvature
    # theta and the buffer, in units of the rate, from one step to the next
    ahead = [1 - c - mu * c, -(mu**2)] if nesterov else [1 - c, -mu]
    return np.abs(np.linalg.eigvals(np.array([ahead, [c, mu]]))).max()


@pytest.mark.parametrize(("name", "limit"), [("sgd", 2), ("momentum", 3.8), ("nesterov", 1.36)])
def test_on_a_quadratic_the_limit_of_the_rate_is_the_pages(name, limit):
    # the sphere's curvature is 2
    below, above = (
        og.run(name, "sphere", lr=factor * limit / 2, steps=300) for factor in (0.98, 1.02)
    )
    assert away(below)[-1] < away(below)[0]
    assert away(above)[-1] > away(above)[0]


def test_on_a_quadratic_the_amplitude_shrinks_by_the_factors_of_the_page():
    for curvature, factor in ((2, 0.92), (18, 0.64)):  # of Booth's function
        assert growth(0.9, 0.03 * curvature, nesterov=False) == pytest.approx(0.95, abs=0.002)
        assert growth(0.9, 0.03 * curvature, nesterov=True) == pytest.approx(factor, abs=0.005)


def test_qhm_is_gradient_descent_or_its_average_or_between_them():
    sgd, average, qhm = runs("opt_qhm")
    assert sgd.points == pytest.approx(og.run("sgd", "booth", lr=0.1, steps=100).points)
    across = (sgd.points - (1, 3))[:15] @ (1, 1)
    assert (np.diff(np.sign(across)) != 0).all()
    assert step_lengths(average)[:10].max() < 0.02 * step_lengths(sgd)[0]
    assert step_lengths(average)[-20:].min() > 0.1
    across, along = np.array([[1, 1], [1, -1]]) @ (qhm.points - (1, 3)).T
    assert across[1:].max() < 0.01
    assert along[50] < 0 < along[60] < along[80]
    assert along[80:].min() > 0.3


def test_qhm_takes_rates_that_are_too_large_for_sgd_and_is_behind_where_they_are_right():
    for function, lr in (("booth", 0.3), ("sphere", 1)):
        assert not solves("sgd", function, lr)
    sgd, qhm = (cell(name, "rotated_quadratic", 0.03) for name in ("sgd", "qhm"))
    assert qhm.values[-1] > 10 * sgd.values[-1]
    assert qhm.gradients[-1] @ ALONG < 0  # it has not passed the minimum either


def test_aggmo_oscillates_less_than_either_momentum_and_runs_past_the_minimum():
    low, high, aggmo = runs("opt_aggmo")
    across = [np.abs(t.points @ ACROSS) for t in (low, high, aggmo)]
    for stretch in (slice(1, 5), slice(5, 10), slice(10, 20), slice(20, 30), slice(30, 120)):
        assert all(across[2][stretch].max() < other[stretch].max() for other in across[:2])
    assert across[2][30:].max() < 0.02
    assert across[1][-20:].max() > 0.3
    along = [t.points @ ALONG for t in (low, aggmo)]
    assert (along[1] > 0).argmax() < (along[0] > 0).argmax()
    assert 0.4 < along[1].max() / -along[1][0] < 0.5


def test_aggmo_passes_leons_minimum_and_diverges_beyond_it():
    leon = cell("aggmo", "leon", 0.001)
    assert leon.status == "diverged"
    assert away(leon)[20:25].min() < 0.1
    assert leon.points[38, 0] > 1.2
    assert not solves("momentum", "rotated_quadratic", 0.001)
