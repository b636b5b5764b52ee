"""Claims about runs on the pages of functions with long valleys and few basins."""

import numpy as np
import pytest
from pages import away, cell, curvature, moves, outside, runs, slopes, step_lengths

import optgallery as og

RATES = og.LEARNING_RATES


def curvatures(function, x, y):
    """Return the smallest and the largest curvature of any direction."""
    xx, yy, both = (curvature(function, x, y, *d) for d in ((1, 0), (0, 1), (1, 1)))
    xy = (both - xx - yy) / 2
    return np.linalg.eigvalsh([[xx, xy], [xy, yy]])


def test_rotated_quadratic_a_slow_way_an_oscillation_and_a_single_step():
    adahessian, momentum, lbfgs = runs("fn_rotated_quadratic")
    assert np.abs(adahessian.points[20:] @ (0.6, -0.8)).max() < 0.1
    along = adahessian.points @ (0.8, 0.6)
    assert along[100] / along[0] == pytest.approx(0.2, abs=0.04)
    across = momentum.points @ (0.6, -0.8)
    crossings = np.flatnonzero(across[:-1] * across[1:] < 0)
    assert 2 * np.diff(crossings)[:10].mean() == pytest.approx(9, abs=0.6)
    along = momentum.points @ (0.8, 0.6)
    assert np.diff(along).max() / np.diff(along)[0] == pytest.approx(6, abs=0.6)
    assert 0.05 < along.max() < 0.4
    assert away(momentum)[-1] < 0.01
    assert away(lbfgs)[1] < 1e-4
    directions = ((1, 0), (0, 1), (0.6, -0.8), (0.8, 0.6))
    found = [curvature("rotated_quadratic", 0, 0, *d) for d in directions]
    assert found == pytest.approx([18, 32, 50, 0.5], abs=0.4)


def test_rotated_quadratic_limits_sgd_by_its_walls_and_suits_lamb_by_its_origin():
    for lr, grows in ((0.03, False), (0.039, False), (0.041, True), (0.1, True)):
        points = og.run("sgd", "rotated_quadratic", lr=lr, steps=20).points
        across = np.abs(points @ (0.6, -0.8))
        assert (across[20] > across[0]) == grows
    along = cell("sgd", "rotated_quadratic", 0.03).points @ (0.8, 0.6)
    np.testing.assert_allclose(along[1:] / along[:-1], 1 - 0.015)
    lamb = cell("lamb", "rotated_quadratic", 1)
    assert step_lengths(lamb)[:10] == pytest.approx(away(lamb)[:10], rel=1e-6)


def test_zakharov_over_the_valley_stuck_behind_a_wall_and_in_by_signs():
    sgd, radam, rprop = runs("fn_zakharov")
    wall = sgd.points @ (0.5, 1)
    assert wall[0] > 0 > wall[1]
    assert step_lengths(sgd)[2:].max() < 0.2
    wall = radam.points[:6] @ (0.5, 1)
    assert wall[1] < 0 < min(wall[0], wall[5])
    assert step_lengths(radam)[4] > 1000 * step_lengths(radam)[5]
    left = away(cell("radam", "zakharov", 0.03))
    assert left[-1] / left[0] == pytest.approx(0.5, abs=0.03)
    steps = moves(rprop)
    flip = int((steps[:5, 1] > 0).argmax())
    assert steps[flip, 1] / -steps[flip - 2, 1] == pytest.approx(0.5)
    thrown = cell("sgd", "zakharov", 0.3)
    assert "infinite" in thrown.reason
    assert (np.diff(thrown.values[:5]) > 0).all()
    for name in ("sgd", "radam"):
        lost = [cell(name, "zakharov", lr).outcome.kind in {"diverged", "climbed"} for lr in RATES]
        assert lost == [lr > 0.03 for lr in RATES]


def test_dixon_price_into_the_other_arm_round_the_bend_and_back_before_it():
    sgd, momentum, nesterov = runs("fn_dixon_price")
    lower, upper = sorted(sgd.test_fn.minima, key=lambda m: m[1])
    assert sgd.points[2, 1] < 2 * lower[1]
    assert sgd.points[3, 1] > 0
    assert away(sgd, upper)[-1] < 0.01
    assert (
        away(momentum, lower)[momentum.evaluations_to_solve()]
        < step_lengths(momentum)[momentum.evaluations_to_solve()]
    )
    assert momentum.points[41, 1] < 0 < momentum.points[42, 1]
    assert away(momentum, upper)[-1] < 0.05
    assert nesterov.points[:, 1].max() < 0
    assert nesterov.points[:, 0].min() < 0.3
    assert away(nesterov, lower)[-1] < 0.01
    lamb = cell("lamb", "dixon_price", 0.3)
    assert away(lamb, upper)[7] < 0.1
    assert step_lengths(lamb) == pytest.approx(0.3 * away(lamb, (0, 0))[:-1], rel=1e-6)
    assert cell("radam", "dixon_price", 0.3).stopped_at == 5


def test_leon_one_run_is_too_slow_one_passes_and_one_is_pulled_back():
    sgd, momentum, muon = runs("fn_leon")
    steepest = [curvatures("leon", x, x**3)[1] for x in (0, 0.7, 1)]
    assert steepest == pytest.approx([200, 2 / sgd.lr, 2000], rel=0.06)
    stuck = og.run("sgd", "leon", lr=0.003, steps=1000)
    assert stuck.points[-100:, 0] == pytest.approx(0.7, abs=0.04)
    assert step_lengths(stuck)[-100:].min() > 0.01
    x = og.run("sgd", "leon", lr=0.001, steps=1300).points[:, 0]
    assert x[1000] < 0.7 < x[1300]
    height = momentum.points[:, 1] - momentum.points[:, 0] ** 3
    crossings = [np.count_nonzero(np.diff(np.sign(h))) for h in (height[:15], height[15:30])]
    assert crossings[0] < crossings[1]
    assert momentum.points[60, 1] > 1.1
    assert away(momentum)[-1] > 0.1
    assert np.ptp(step_lengths(muon)[:36]) < 0.03
    assert muon.points[150:, 0].max() < 0.7
    assert {cell("sgd", "leon", lr).status for lr in RATES if lr >= 0.01} == {"diverged"}
    assert away(cell("adafactor", "leon", 1), (0, 0))[-1] < 0.01


def test_freudenstein_roth_twice_in_the_cleft_along_it_and_too_fast_in_it():
    gentle, steep = curvatures("freudenstein_roth", 5.0, 4.0)
    assert 1000 < steep / gentle < 1500
    sgd, rprop, adabound = runs("fn_freudenstein_roth")
    y = sgd.points[:, 1]
    assert y[4] > 4 > y[8]
    assert sgd.values[8] > 0.98 * sgd.values[0]
    assert np.count_nonzero(np.diff(np.sign(y[14:23] - 4))) > 5
    assert (np.diff(y[22:30]) < 0).all()
    assert away(sgd)[30:].argmin() == 0
    steps = moves(rprop)
    assert rprop.points[4, 1] < 4 < rprop.points[5, 1]
    assert (np.diff(np.abs(steps[:5]), axis=0) > 0).all()
    assert not steps[5].any()
    assert steps[6] == pytest.approx(-steps[4] / 2)
    assert adabound.status == "diverged"
    ends = {cell("adabound", "freudenstein_roth", lr).status for lr in RATES}
    assert ends == {"diverged"}
    assert cell("momentum", "freudenstein_roth", 0.001).stopped_at < 12
    prodigy = cell("prodigy", "freudenstein_roth", 0.3)
    assert prodigy.values[-1] == pytest.approx(49, abs=0.05)


def test_six_hump_camel_a_step_and_a_slow_approach_a_wide_curve_and_a_local_minimum():
    sgd, momentum, radam = runs("fn_six_hump_camel")
    lower, upper = sorted(sgd.test_fn.minima, key=lambda m: m[1])
    assert slopes(sgd)[1] < slopes(sgd)[0] / 40
    assert away(sgd, lower)[-1] < 1e-3
    assert momentum.points[:, 1].min() < -1.3
    assert away(momentum, upper)[-1] < 0.01
    assert radam.points[1] == pytest.approx(sgd.points[1])
    assert radam.points[5, 1] < -1.3
    assert step_lengths(radam)[5:].max() < 0.01
    false = cell("adam", "six_hump_camel", 1).points[-1]
    assert away(cell("adam", "six_hump_camel", 1))[-1] > 0.5
    assert away(cell("radam", "six_hump_camel", 0.03), false)[-1] < 0.06
    for lr, end in ((0.1, upper), (0.3, lower)):
        assert away(cell("adam", "six_hump_camel", lr), end)[-1] < 0.01


def test_three_hump_camel_into_the_local_minimum_over_the_ridge_and_past_the_minimum():
    adahessian, sgd, rmsprop = runs("fn_three_hump_camel")
    false = cell("lbfgs", "three_hump_camel", 0.3).points[-1]
    assert step_lengths(adahessian).max() < 0.2
    for lr in RATES[3:]:
        assert away(cell("adahessian", "three_hump_camel", lr), false)[-1] < 0.01
    onwards = og.run("sgd", "three_hump_camel", lr=0.01, start=tuple(sgd.points[1]), steps=400)
    assert away(onwards)[-1] < 0.01
    first, second = moves(rmsprop)[:2]
    assert first == pytest.approx([first[0], first[0]])
    assert 0.3 < np.hypot(*second) / np.hypot(*first) < 0.5
    assert second[1] > 0 > first[1]
    assert rmsprop.evaluations_to_solve() < sgd.evaluations_to_solve()
    stays = [away(cell("lbfgs", "three_hump_camel", lr), false)[-1] < 0.01 for lr in RATES]
    assert stays == [True] * 6 + [False]


def test_mccormick_a_straight_way_a_turn_before_the_ridge_and_a_slow_start():
    sgd, adahessian, dog = runs("fn_mccormick")
    off = sgd.points @ (1, -1) - 1  # 0 on the floor
    assert off[0] < 0 < off[1]
    turns_at = (adahessian.points @ (1, 1)).min()
    assert -4.2 < turns_at < -3.6
    growth = step_lengths(dog)[2:12] / step_lengths(dog)[1:11]
    assert growth[1:5].mean() == pytest.approx(1 + 1 / 3, abs=0.03)
    assert away(dog, dog.points[0])[30] < 0.01
    assert abs(dog.points[100] @ (1, -1) - 1) < 0.2
    lost = cell("momentum", "mccormick", 0.3)
    assert outside(lost)[5:].all()
    assert lost.values[-1] < lost.test_fn.minimum
    assert lost.outcome.kind == "unsolved"
    assert away(cell("radam", "mccormick", 1), np.array(lost.test_fn.minima[0]) - np.pi)[-1] < 0.05


def test_mccormicks_basins_each_lie_lower_by_pi():
    fn = og.FUNCTIONS["mccormick"]
    x, y = fn.minima[0]
    for k in (-1, 1, 2, 3):
        assert fn(x - k * np.pi, y - k * np.pi) - fn(x, y) == pytest.approx(-k * np.pi)
    along = np.linspace(-3, 0, 3001)  # from one basin to the next, along the floor
    ridge = along[fn(x + along, y + along)[300:2700].argmax() + 300]
    assert x + y + 2 * ridge == pytest.approx(-4.2, abs=0.02)


def test_branin_three_optimizers_in_three_minima():
    rprop, adahessian, momentum = runs("fn_branin")
    for trajectory, end in zip(runs("fn_branin"), sorted(rprop.test_fn.minima), strict=True):
        assert away(trajectory, end)[-1] < 0.05
    assert moves(rprop)[:13, 0] == pytest.approx(moves(rprop)[:13, 1], rel=1e-6)
    x, y = adahessian.points[0]
    assert curvature("branin", x, y, 1, 0) > 2 * curvature("branin", x, y, 0, 1) > 0
    assert (adahessian.points[2] < adahessian.points[0]).all()
    beyond = np.flatnonzero(momentum.points[:, 0] > momentum.test_fn.domain.xmax)
    assert np.diff(beyond[:3]).tolist() == [1, 1]
    assert momentum.points[:, 0].argmin() < beyond[0]


def test_branin_sgd_converges_oscillates_or_wanders():
    rest, jumps, wanders = (cell("sgd", "branin", lr) for lr in (0.03, 0.1, 0.3))
    left, middle, _ = sorted(rest.test_fn.minima)
    assert away(rest, middle)[-1] < 0.01
    assert jumps.points[-1] == pytest.approx(jumps.points[-3], abs=1e-3)
    assert away(jumps, left)[150:].max() < 1.5
    assert np.median(step_lengths(wanders)[100:]) > 0.5
    costs = {lr: cell("sgd", "branin", lr).evaluations_to_solve() or 999 for lr in RATES}
    assert min(costs, key=costs.get) == 0.3


def test_styblinski_tang_one_stays_one_almost_stops_and_one_comes_over():
    sgd, adam, nesterov = runs("fn_styblinski_tang")
    shallow = cell("sgd", "styblinski_tang", 0.03).points[-1]
    assert away(sgd, shallow)[-1] < 0.05
    for lr in RATES:
        end = cell("sgd", "styblinski_tang", lr)
        assert end.status == "diverged" or away(end, shallow)[-1] < 0.05
    top = 0.16  # of the hill in x
    assert curvature("styblinski_tang", top, 0, 1, 0) < 0
    x = adam.points[:, 0]
    assert x[17] > top - 0.01 > x[19]
    share = (
        np.count_nonzero(np.abs(x[: adam.evaluations_to_solve()] - top) < 0.15)
        / adam.evaluations_to_solve()
    )
    assert share == pytest.approx(0.25, abs=0.04)
    x = nesterov.points[:, 0]
    assert x[0] > shallow[0] > x[1]
    assert step_lengths(nesterov)[1:7] == pytest.approx(1, abs=0.15)
    assert away(nesterov)[:10].min() < 0.5
    for name in ("lbfgs", "rprop"):
        for lr in RATES:
            assert away(cell(name, "styblinski_tang", lr), shallow)[-1] < 0.05
