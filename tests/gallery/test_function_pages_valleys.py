"""The pages of long valleys and of few basins: what their prose says of the runs they show."""

from itertools import pairwise

import numpy as np
import pytest
from pages import away, played, slopes, step_lengths

from optgallery import FUNCTIONS, LEARNING_RATES, run


def test_rotated_quadratic_a_slow_walk_a_swing_and_a_single_step():
    adahessian, momentum, lbfgs = played("rotated_quadratic").values()
    along, across = adahessian.points @ (0.8, 0.6), adahessian.points @ (0.6, -0.8)
    assert np.abs(across[20:]).max() < 0.1
    assert along[100] / along[0] == pytest.approx(0.2, abs=0.04)
    along, across = momentum.points @ (0.8, 0.6), momentum.points @ (0.6, -0.8)
    crossings = np.flatnonzero(across[:-1] * across[1:] < 0)
    assert np.diff(crossings)[:10].mean() == pytest.approx(4.5, abs=0.3)  # half of to and fro
    pace = np.diff(along)
    assert pace.max() / pace[0] == pytest.approx(6, abs=0.6)
    assert 0.05 < along.max() < 0.4
    assert away(momentum)[200] < 0.01
    assert lbfgs.evaluations[1] == lbfgs.solved() == 11
    assert away(lbfgs)[1] < 1e-4


def test_rotated_quadratic_looks_harmless_along_its_coordinates():
    fn = FUNCTIONS["rotated_quadratic"]
    curvatures = [2 * fn(*direction) for direction in ((1, 0), (0, 1), (0.6, -0.8), (0.8, 0.6))]
    assert curvatures == pytest.approx([18, 32, 50, 0.5], abs=0.4)


def test_rotated_quadratic_limits_sgd_by_its_walls_and_suits_lamb_by_its_origin():
    for lr, grows in ((0.03, False), (0.039, False), (0.041, True), (0.1, True)):
        across = np.abs(run("sgd", "rotated_quadratic", lr=lr, steps=20).points @ (0.6, -0.8))
        assert (across[20] > across[0]) == grows
    along = run("sgd", "rotated_quadratic", lr=0.03).points @ (0.8, 0.6)
    np.testing.assert_allclose(along[1:] / along[:-1], 1 - 0.015)
    lamb = run("lamb", "rotated_quadratic", lr=1.0, steps=10)
    assert step_lengths(lamb) == pytest.approx(away(lamb)[:-1], rel=1e-6)


def test_zakharov_over_the_valley_stuck_on_a_wall_and_in_by_signs():
    sgd, radam, rprop = played("zakharov").values()
    assert slopes(sgd)[0] == pytest.approx(168, abs=1)
    wall = sgd.points @ (0.5, 1)
    assert wall[0] > 0 > wall[1]
    assert slopes(sgd)[2] == pytest.approx(6, abs=0.2)
    assert step_lengths(sgd)[2:].max() < 0.2
    wall = radam.points[:6] @ (0.5, 1)
    assert (wall[0] > 0, wall[1] < 0, wall[5] > 0) == (True, True, True)
    assert step_lengths(radam)[4] > 1
    assert step_lengths(radam)[5] == pytest.approx(0.0002, abs=2e-5)
    left = away(run("radam", "zakharov", lr=0.03))
    assert left[200] / left[0] == pytest.approx(0.5, abs=0.03)
    steps = np.diff(rprop.points, axis=0)
    (flip,) = np.flatnonzero(steps[:5, 1] > 0)[:1]
    assert steps[flip, 1] / -steps[flip - 2, 1] == pytest.approx(0.5)
    assert steps[flip - 1, 1] == 0
    assert rprop.solved() == 5


def test_zakharov_throws_sgd_higher_and_radam_goes_at_the_largest_rate_that_it_survives():
    thrown = run("sgd", "zakharov", lr=0.3)
    assert thrown.reason == "the value became infinite"
    assert (np.diff(thrown.values[:5]) > 0).all()
    for name in ("sgd", "radam"):
        ends = [run(name, "zakharov", lr=lr, steps=30) for lr in LEARNING_RATES]
        assert [t.verdict in {"diverged", "climbed"} for t in ends] == [False] * 4 + [True] * 3


def test_dixon_price_one_jumps_one_rolls_over_and_one_turns_back():
    sgd, momentum, nesterov = played("dixon_price").values()
    lower, upper = (1, -(0.5**0.5)), (1, 0.5**0.5)
    assert slopes(sgd)[2] == pytest.approx(82, abs=1)
    assert sgd.points[2, 1] < -1.5
    assert sgd.points[3, 1] > 0.5
    assert away(sgd, upper)[120] < 0.01
    assert momentum.solved() == 20
    assert away(momentum, lower)[20] < 0.1 < step_lengths(momentum)[20]
    assert momentum.points[41, 1] < 0 < momentum.points[42, 1]
    assert step_lengths(momentum)[41] == pytest.approx(0.013, abs=5e-4)
    assert away(momentum, upper)[120] < 0.05
    assert nesterov.lr / momentum.lr > 3
    assert nesterov.points[:, 0].min() < 0.3
    assert nesterov.points[:, 1].max() < -0.1
    assert away(nesterov, lower)[120] < 0.01


def test_dixon_price_lets_lamb_never_rest_and_throws_radam_out_at_once():
    lamb = run("lamb", "dixon_price", lr=0.3)
    assert away(lamb, (1, 0.5**0.5))[7] < 0.1
    np.testing.assert_allclose(step_lengths(lamb), 0.3 * away(lamb, (0, 0))[:-1], rtol=1e-6)
    assert step_lengths(lamb).min() > 0.05
    radam = run("radam", "dixon_price", lr=0.3)
    assert (radam.status, radam.stopped_at) == ("diverged", 5)
    assert all(a < b for a, b in pairwise(radam.values))


def test_leon_one_cannot_arrive_one_rolls_on_and_one_is_driven_back():
    sgd, momentum, muon = played("leon").values()
    steepest = {x: _curvatures("leon", x, x**3)[1] for x in (0, 0.7, 1)}
    assert steepest == pytest.approx({0: 200, 0.7: 2 / sgd.lr, 1: 2000}, rel=0.06)
    assert 2 / sgd.lr == pytest.approx(667, abs=1)
    stuck = run("sgd", "leon", lr=0.003, steps=1000)
    assert stuck.points[-100:, 0] == pytest.approx(0.71, abs=0.03)
    assert step_lengths(stuck)[-100:].min() > 0.01
    x = run("sgd", "leon", lr=0.001, steps=1300).points[:, 0]
    assert x[1000] < 0.7 < x[1300]
    assert away(momentum)[24] < 0.02
    height = momentum.points[:, 1] - momentum.points[:, 0] ** 3
    crossings = [np.count_nonzero(np.diff(np.sign(h))) for h in (height[:15], height[15:30])]
    assert crossings[0] < crossings[1]
    assert momentum.points[60, 1] > 1.1
    assert away(momentum)[200] > 0.1
    on_the_way = step_lengths(muon)[:36]
    assert (on_the_way.min(), on_the_way.max()) == pytest.approx((0.06, 0.08), abs=0.005)
    assert away(muon)[36] < 0.1
    assert muon.points[150:, 0].max() < 0.7
    assert step_lengths(muon).min() > 0.05


def test_leon_momentum_lasts_out_almost_twice_the_curvature():
    for name, most in (("sgd", 2), ("momentum", 3.8)):
        for factor, grows in ((0.98, False), (1.02, True)):
            # f = x^2 + y^2 has a curvature of 2
            t = run(name, "sphere", lr=factor * most / 2, steps=300)
            assert (away(t)[-1] > away(t)[0]) == grows


def test_leon_throws_sgd_out_and_leads_adafactor_by_the_origin():
    assert [run("sgd", "leon", lr=lr).status for lr in LEARNING_RATES[2:]] == ["diverged"] * 5
    adafactor = run("adafactor", "leon", lr=1.0)
    assert away(adafactor, (0, 0))[200] < 0.01
    assert adafactor.values[200] == pytest.approx(1, abs=0.01)
    assert step_lengths(adafactor)[100:].max() < 0.01


def test_freudenstein_roth_is_a_cleft_a_thousand_times_as_steep_as_long():
    gentle, steep = _curvatures("freudenstein_roth", 5.0, 4.0)
    assert 1000 < steep / gentle < 1500
    sgd, rprop, _ = played("freudenstein_roth").values()
    y = sgd.points[:, 1]
    assert y[4] > 4 > y[8]
    assert sgd.values[8] > 0.98 * sgd.values[0]
    assert y[14:23].min() > 3
    assert np.count_nonzero(np.diff(np.sign(y[14:23] - 4))) > 5
    assert (np.diff(y[22:30]) < 0).all()
    assert away(sgd)[30:].min() == away(sgd)[30]
    assert sgd.points[200] == pytest.approx((7.9, -1.1), abs=0.05)
    assert sgd.values[200] == pytest.approx(54, abs=0.5)
    steps = np.diff(rprop.points, axis=0)
    assert (rprop.points[4, 1] < 4, rprop.points[5, 1] > 4) == (True, True)
    assert (np.diff(np.abs(steps[:5]), axis=0) > 0).all()
    assert not steps[5].any()
    np.testing.assert_allclose(steps[6], -steps[4] / 2)


def test_freudenstein_roth_throws_adabound_out_at_any_rate():
    adabound = played("freudenstein_roth")["adabound"]
    assert away(adabound)[:140].min() == pytest.approx(0.3, abs=0.05)
    runs = [run("adabound", "freudenstein_roth", lr=lr) for lr in LEARNING_RATES]
    assert {t.status for t in runs} == {"diverged"}
    assert run("momentum", "freudenstein_roth", lr=0.001).stopped_at < 12
    prodigy = run("prodigy", "freudenstein_roth", lr=0.3)
    assert step_lengths(prodigy)[190:].max() < 0.01
    assert prodigy.values[200] == pytest.approx(49, abs=0.05)


def test_six_hump_camel_a_step_and_a_slide_a_wide_curve_and_a_false_hollow():
    sgd, momentum, radam = played("six_hump_camel").values()
    lower, upper = FUNCTIONS["six_hump_camel"].minima
    false = (1.7036, -0.7961)
    assert slopes(sgd)[0] == pytest.approx(47, abs=0.5)
    assert slopes(sgd)[1] < 1
    assert away(sgd, lower)[100] < 1e-3
    assert momentum.lr / sgd.lr == pytest.approx(1 / 3)
    assert momentum.points[:, 1].argmin() == 7
    assert momentum.points[7, 1] < -1.3
    assert away(momentum, lower).min() > 0.5
    assert away(momentum, upper)[100] < 0.01
    np.testing.assert_allclose(radam.points[1], sgd.points[1])
    assert radam.points[5, 1] < -1.3
    assert step_lengths(radam)[5:].max() < 0.01
    assert away(run("radam", "six_hump_camel", lr=0.03), false)[200] < 0.05
    for lr, end in ((0.1, upper), (0.3, lower), (1.0, false)):
        assert away(run("adam", "six_hump_camel", lr=lr), end)[200] < 0.01


def test_three_hump_camel_into_the_false_one_over_the_ridge_and_across_the_minimum():
    adahessian, sgd, rmsprop = played("three_hump_camel").values()
    false = (1.748, -0.874)
    assert step_lengths(adahessian).max() < 0.2
    for lr in LEARNING_RATES[3:]:
        assert away(run("adahessian", "three_hump_camel", lr=lr), false)[200] < 0.01
    assert step_lengths(sgd)[0] == pytest.approx(1.2, abs=0.05)
    onwards = run("sgd", "three_hump_camel", lr=0.01, start=tuple(sgd.points[1]), steps=400)
    assert away(onwards)[400] < 0.01
    np.testing.assert_allclose(rmsprop.points[1] - rmsprop.points[0], (-3, -3), rtol=1e-6)
    assert 0.3 < step_lengths(rmsprop)[1] / step_lengths(rmsprop)[0] < 0.5
    assert rmsprop.points[2, 1] > rmsprop.points[1, 1]
    assert rmsprop.solved() == 4 < min(adahessian.solved() or 99, sgd.solved())
    ends = [run("lbfgs", "three_hump_camel", lr=lr, steps=20) for lr in LEARNING_RATES]
    assert [away(t, false)[20] < 0.01 for t in ends] == [True] * 6 + [False]


def test_mccormick_a_straight_way_a_turn_before_the_ridge_and_a_slow_start():
    sgd, adahessian, dog = played("mccormick").values()
    assert step_lengths(sgd)[0] == pytest.approx(2.6, abs=0.05)
    off = sgd.points @ (1, -1) - 1  # 0 on the floor
    assert off[0] < 0 < off[1]
    assert sgd.solved() == 8
    assert (adahessian.points @ (1, 1)).min() == pytest.approx(-3.9, abs=0.05)
    growth = step_lengths(dog)[2:12] / step_lengths(dog)[1:11]
    assert growth[1:5].mean() == pytest.approx(1 + 1 / 3, abs=0.03)
    assert 1e-6 < step_lengths(dog)[0] < 1e-5
    assert away(dog, dog.points[0])[30] < 0.01
    assert abs(dog.points[100] @ (1, -1) - 1) < 0.2
    lost = run("momentum", "mccormick", lr=0.3)
    assert away(lost)[200] > 400
    assert not lost.test_fn.domain.contains(lost.points[5:]).any()
    assert lost.values[-1] < lost.test_fn.minimum
    assert lost.verdict == "unsolved"
    next_hollow = np.array(lost.test_fn.minima[0]) - np.pi
    ends = run("radam", "mccormick", lr=1.0)
    assert away(ends, next_hollow)[200] < 0.05
    assert ends.values[200] == pytest.approx(-5.05, abs=0.01)
    assert ends.verdict == "unsolved"


def test_mccormicks_hollows_each_lie_lower_by_pi():
    fn = FUNCTIONS["mccormick"]
    x, y = fn.minima[0]
    for k in (-1, 1, 2, 3):
        assert fn(x - k * np.pi, y - k * np.pi) - fn(x, y) == pytest.approx(-k * np.pi)
    along = np.linspace(-3, 0, 3001)  # from one hollow to the next, along the floor
    ridge = along[fn(x + along, y + along)[300:2700].argmax() + 300]
    assert x + y + 2 * ridge == pytest.approx(-4.2, abs=0.02)


def test_branin_three_optimizers_in_three_minima():
    rprop, adahessian, momentum = played("branin").values()
    for t, minimum in zip((rprop, adahessian, momentum), FUNCTIONS["branin"].minima, strict=True):
        assert away(t, minimum)[100] < 0.05
    steps = np.diff(rprop.points, axis=0)
    np.testing.assert_allclose(steps[:13, 0], steps[:13, 1], rtol=1e-6)
    assert adahessian.points[2] - adahessian.points[0] == pytest.approx((-0.6, -8), abs=0.1)
    x, y = FUNCTIONS["branin"].start
    in_x, in_y = (_second("branin", x, y, *direction) for direction in ((1, 0), (0, 1)))
    assert in_x > 2 * in_y > 0
    assert momentum.points[:, 0].argmin() == 3
    outside = np.flatnonzero(momentum.points[:, 0] > momentum.test_fn.domain.xmax)
    assert outside[:3].tolist() == [9, 10, 11]


def test_branin_sgd_rests_jumps_for_ever_or_wanders():
    middle, left, nowhere = (run("sgd", "branin", lr=lr) for lr in (0.03, 0.1, 0.3))
    assert away(middle, (np.pi, 2.275))[200] < 0.01
    assert step_lengths(left)[150:] == pytest.approx(2, abs=0.1)
    assert left.points[200] == pytest.approx(left.points[198], abs=1e-3)
    assert away(left, (-np.pi, 12.275))[150:].max() < 1.5
    assert np.median(step_lengths(nowhere)[100:]) > 0.5
    solved = [run("sgd", "branin", lr=lr, steps=80).solved() or 999 for lr in LEARNING_RATES]
    assert LEARNING_RATES[int(np.argmin(solved))] == 0.3


def test_styblinski_tang_one_stays_one_hesitates_and_one_comes_over():
    sgd, adam, nesterov = played("styblinski_tang").values()
    shallow = (2.7468, -2.9035)
    assert away(sgd, shallow)[200] < 0.05
    ends = [run("sgd", "styblinski_tang", lr=lr) for lr in LEARNING_RATES]
    assert [t.status for t in ends] == ["completed"] * 4 + ["diverged"] * 3
    assert all(away(t, shallow)[-1] < 0.05 for t in ends[:4])
    top = 0.1567  # of the hill in x, where 4 x^3 - 32 x + 5 = 0
    assert 4 * top**3 - 32 * top + 5 == pytest.approx(0, abs=0.01)
    x = adam.points[:, 0]
    assert np.abs(np.diff(adam.points, axis=0))[0] == pytest.approx((1, 1), rel=1e-6)
    assert x[17] > top > x[18]
    assert x[18] - x[19] == pytest.approx(0.013, abs=1e-3)
    assert adam.solved() == 58
    assert np.count_nonzero(np.abs(x[:58] - top) < 0.15) / 58 == pytest.approx(0.25, abs=0.03)
    x = nesterov.points[:, 0]
    assert step_lengths(nesterov)[0] == pytest.approx(2.8, abs=0.05)
    assert x[0] > shallow[0] > x[1]
    assert step_lengths(nesterov)[1:7] == pytest.approx(1, abs=0.1)
    assert away(nesterov)[7] < 0.5


def test_styblinski_tang_keeps_line_search_and_halving_in_the_shallow_well():
    for name, steps in (("lbfgs", 10), ("rprop", 100)):
        for lr in LEARNING_RATES:
            t = run(name, "styblinski_tang", lr=lr, steps=steps)
            assert t.values[-1] == pytest.approx(-64.2, abs=0.05)
    assert FUNCTIONS["styblinski_tang"].minimum == pytest.approx(-78.3, abs=0.05)


def _second(name, x, y, a, b, h=1e-3):
    """Return the second derivative along (a, b)."""
    fn = FUNCTIONS[name]
    return (fn(x + h * a, y + h * b) - 2 * fn(x, y) + fn(x - h * a, y - h * b)) / h**2


def _curvatures(name, x, y):
    """Return the smallest and the largest curvature of any direction."""
    xx, yy, both = (_second(name, x, y, *d) for d in ((1, 0), (0, 1), (1, 1)))
    xy = (both - xx - yy) / 2
    return np.linalg.eigvalsh([[xx, xy], [xy, yy]])
