"""Claims that all pages of functions share, and those on the pages of bowls and basins."""

from itertools import groupby

import numpy as np
import pytest
from pages import (
    FUNCTIONS,
    away,
    best,
    cell,
    curvature,
    moves,
    outside,
    runs,
    slopes,
    solves,
    step_lengths,
    text,
)

import optgallery as og

RATES = og.LEARNING_RATES


def test_every_function_has_a_page():
    assert set(FUNCTIONS) == {fn.name for fn in og.FUNCTIONS.values() if fn.variant_of is None}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_page_shows_three_optimizers_each_at_its_best_rate(function):
    shown = runs(f"fn_{function}")
    assert len({t.optimizer.name for t in shown}) == 3
    assert f'og.sweep(functions="{function}")' in text(f"fn_{function}")
    for trajectory in shown:
        assert trajectory.test_fn.name == function
        assert set(trajectory.hparams) == {"lr"}
        at_best = best(trajectory.optimizer.name, function)
        assert trajectory.lr == at_best.lr
        assert trajectory.outcome.kind == at_best.outcome.kind  # the animation is long enough
        assert trajectory.evaluations_to_solve() == at_best.evaluations_to_solve()


def test_sphere_a_straight_line_a_loop_and_a_single_step():
    sgd, adam, adahessian = runs("fn_sphere")
    np.testing.assert_allclose(sgd.points[1:20], 0.4 * sgd.points[:19])
    assert np.abs(moves(adam)[0]) == pytest.approx(adam.lr, rel=1e-6)
    angle = np.unwrap(np.arctan2(*adam.points[:, ::-1].T))
    assert np.ptp(angle) > 2 * np.pi
    assert adahessian.evaluations_to_solve() == 1
    farthest = adahessian.points[away(adahessian)[1:].argmax() + 1]
    assert adahessian.points[0] @ farthest < 0


def test_booth_a_zigzag_a_path_along_the_valley_and_a_single_step():
    sgd, adam, lbfgs = runs("fn_booth")
    across, along = ((sgd.points - (1, 3)) @ ((1, 1), (1, -1))).T
    np.testing.assert_allclose(across[1:20], -0.8 * across[:19])
    np.testing.assert_allclose(along[1:20], 0.8 * along[:19])
    assert moves(adam)[0] == pytest.approx((1, 1), rel=1e-6)
    ahead = (adam.points - (1, 3)) @ (1, -1)
    assert ahead[0] < 0 < ahead.max()
    assert ahead[ahead.argmax() :].min() < ahead.max() / 10
    assert away(lbfgs)[1] < 1e-5


@pytest.mark.parametrize(("function", "ratio"), [("booth", 9), ("matyas", 25)])
def test_the_ratio_of_curvatures_across_and_along_a_trough(function, ratio):
    fn = og.FUNCTIONS[function]
    x, y = fn.minima[0]
    across, along = sorted((fn(x + 1, y + 1), fn(x + 1, y - 1)), reverse=True)
    assert across / along == pytest.approx(ratio)


def test_matyas_one_step_to_the_floor_and_many_along_it():
    sgd, adagrad, nesterov = runs("fn_matyas")
    assert sgd.points[1, 0] == pytest.approx(sgd.points[1, 1])
    np.testing.assert_allclose(sgd.points[2:50], 0.96 * sgd.points[1:49])
    assert away(adagrad)[-1] > 1
    over = nesterov.points @ (1, -1)
    assert over[0] < 0 < over[1]
    assert abs(over[1]) > abs(over[0]) / 2
    assert away(nesterov)[-1] < 1e-3


def test_goldstein_price_sgd_leaves_one_is_trapped_and_adam_passes():
    sgd, adam, adahessian = runs("fn_goldstein_price")
    assert {cell("sgd", "goldstein_price", lr).status for lr in RATES} == {"diverged"}
    assert outside(sgd)[1]
    local = (-0.6, -0.4)
    assert step_lengths(adahessian).max() < 0.03
    assert away(adahessian, local)[-1] < 0.01
    nearest = away(adam, local).argmin()
    assert 0.1 < away(adam, local)[nearest] < 0.3
    assert adam.values[nearest:].max() > 600
    assert away(adam)[-1] < 0.01


def test_goldstein_price_has_three_local_minima_and_values_from_three_to_a_million():
    fn = og.FUNCTIONS["goldstein_price"]
    values = fn.grid(401)[2]
    assert (values.min(), values.max()) == pytest.approx((3, 1e6), rel=0.02)
    for minimum in ((1.2, 0.8), (1.8, 0.2), (-0.6, -0.4), (0.0, -1.0)):
        assert all(curvature("goldstein_price", *minimum, *d) > 0 for d in ((1, 0), (0, 1)))
        at = og.run("sgd", fn, lr=1e-9, steps=1, start=minimum)
        assert slopes(at)[0] < 1e-6
    lbfgs = cell("lbfgs", "goldstein_price", 1)
    assert (np.diff(lbfgs.values) <= 1e-9).all()
    assert away(lbfgs, (-0.6, -0.4))[-1] < 1e-3
    for optimizer, minimum in (("adam", (1.8, 0.2)), ("adabelief", (1.2, 0.8))):
        assert away(cell(optimizer, "goldstein_price", 1), minimum)[-1] < 1e-3


def test_himmelblau_the_nearest_minimum_the_next_and_no_convergence():
    sgd, adam, muon = runs("fn_himmelblau")
    nearest = min(sgd.test_fn.minima, key=lambda m: np.hypot(*(sgd.points[0] - m)))
    assert away(sgd, nearest)[-1] < 1e-6
    assert moves(adam)[0] == pytest.approx((1, 1), rel=1e-6)
    assert away(adam, (3, 2))[-1] < 0.1
    assert away(muon, nearest)[muon.evaluations_to_solve()] < 0.1
    long = step_lengths(cell("muon", "himmelblau", 1))
    assert long.min() > 0.2


@pytest.fixture(scope="module")
def swept():
    """Sweep every optimizer at all rates; two functions take little longer than one."""
    return og.sweep(functions=["himmelblau", "rastrigin"], jobs=1)


def test_two_runs_reach_one_of_himmelblaus_minima_on_the_left_and_none_the_other(swept):
    there = [t for t in swept.values() if t.test_fn.name == "himmelblau"]
    completed = [t for t in there if t.status == "completed"]
    left = sorted(m for m in og.FUNCTIONS["himmelblau"].minima if m[0] < 0)
    lower, upper = sorted(left, key=lambda m: m[1])
    ends = {t.optimizer.name for t in completed if away(t, upper)[-1] < 0.1}
    assert ends == {"dadapt_adam", "novograd"}
    assert min(away(t, lower)[-1] for t in completed) > 1


def test_easom_a_plain_to_cross_and_a_hole_to_oscillate_in():
    sgd, momentum, adagrad = runs("fn_easom")
    assert away(sgd)[20] > 1.3
    through = int((away(momentum) < 0.1).argmax())
    assert through < sgd.evaluations_to_solve() / 2
    side = (momentum.points[through : momentum.evaluations_to_solve() + 1] - np.pi) @ (1, 1)
    assert len(list(groupby(side > 0))) >= 6
    assert moves(adagrad)[0] == pytest.approx((adagrad.lr, -adagrad.lr), rel=1e-6)
    assert adagrad.points[2, 1] > adagrad.points[1, 1]
    lost = cell("momentum", "easom", 1)
    assert slopes(lost)[-1] < 1e-50


def test_ackley_a_dent_a_circle_and_steps_that_halve():
    adam, momentum, rprop = runs("fn_ackley")
    rest = cell("adam", "ackley", 0.3)
    assert slopes(rest)[-1] < 0.01
    assert away(adam, rest.points[-1])[-1] < 0.01 < away(adam)[-1]
    rows = [row for row in (-3, -2, -1) if adam.points[0, 1] < row < adam.points[-1, 1]]
    assert len(rows) == 3
    late = away(cell("momentum", "ackley", 0.01))[100:]
    assert np.ptp(late) < 0.5 * late.mean()
    assert slopes(momentum)[80:].min() > 2.5
    np.testing.assert_allclose(np.abs(moves(rprop))[:3], [[1, 1], [1.2, 1.2], [1.44, 1.44]])
    swept = og.sweep(functions="ackley", lrs=[0.01], jobs=1)
    dent = cell("sgd", "ackley", 0.01).points[-1]
    resting = [t for t in swept.values() if away(t, dent)[-1] < 0.05]
    assert len(resting) / len(swept) == pytest.approx(0.75, abs=0.05)


def test_rastrigin_the_first_dent_a_long_step_and_luck(swept):
    muon, rprop, adafactor = runs("fn_rastrigin")
    dent = cell("sgd", "rastrigin", 0.001).points[-1]
    assert away(muon, dent)[-1] < 0.2
    assert away(rprop, (0, -0.995))[-1] < 1e-3
    assert np.abs(adafactor.points[1]).max() < 0.5
    elsewhere = og.run("adafactor", "rastrigin", lr=1.0, start=(-3.3, 1.4))
    assert away(elsewhere)[-1] > 0.9
    ends = [swept.best(name, "rastrigin") for name in og.OPTIMIZERS]
    # some leave it or not by the last digit of their start, momentum and MADGRAD among them
    assert sum(away(t, dent)[-1] < 0.1 for t in ends) > 0.6 * len(ends)


def test_levi_one_groove_many_ridges_and_no_convergence():
    adahessian, nesterov, sgd = runs("fn_levi_n13")
    long = cell("adahessian", "levi_n13", 1)
    assert np.ptp(long.points[5:, 1]) < 0.05
    assert long.points[0, 0] - long.points[-1, 0] > 2
    y = np.linspace(1.2, 4, 28001)
    profile = og.FUNCTIONS["levi_n13"](1.0, y)
    dips = y[1:-1][(profile[1:-1] < profile[:-2]) & (profile[1:-1] < profile[2:])]
    assert nesterov.points[-1] == pytest.approx((1.0, dips[1]), abs=1e-3)
    assert sgd.points[:, 1].min() < sgd.test_fn.domain.ymin
    assert np.abs(sgd.points[80:, 1] - 1).max() < 0.05
    assert np.median(np.abs(moves(sgd)[80:, 0])) > 0.02
    x, y = adahessian.test_fn.start
    grid = np.linspace(y - 0.5, y + 0.5, 2001)
    steepest = np.abs(np.diff(adahessian.test_fn(x, grid)) / np.diff(grid)).max()
    assert steepest > 5 * 2 * abs(y - 1)  # the bowl alone is (y - 1)^2


def test_bukin_one_run_is_slowed_by_the_crease_and_two_stay_near_it():
    adamw, rprop, adahessian = runs("fn_bukin_n6")
    assert slopes(adamw).argmax() == 25
    assert slopes(adamw)[25] > 50 * np.median(slopes(adamw)[:25])
    before, after = step_lengths(adamw)[:25], step_lengths(adamw)[30:]
    assert np.median(after) / np.median(before) == pytest.approx(0.1, abs=0.03)
    x, y = rprop.points.T
    assert len(list(groupby(y > x**2 / 100))) > 10
    assert np.ptp(away(rprop)[50:]) < 0.02
    assert np.ptp(away(adahessian)[10:]) < 0.06
    fn = og.FUNCTIONS["bukin_n6"]
    x = np.linspace(fn.domain.xmin, fn.domain.xmax, 1001)
    along = fn(x, x**2 / 100)
    assert along.max() == pytest.approx(0.05, abs=1e-4)
    assert 1e-3 * fn(*fn.start) == pytest.approx(0.18, abs=0.001)


def test_flower_adam_wanders_adahessian_slows_down_and_lbfgs_arrives():
    adam, adahessian, lbfgs = runs("fn_flower")
    r = np.hypot(*adam.points.T)
    petals = [int(np.degrees(np.arctan2(b, a)) // 90) for a, b in adam.points[[30, 200]]]
    assert r[:50].min() < 0.2
    assert r[50:].max() > 0.5
    assert petals[0] != petals[1]
    r = np.hypot(*adahessian.points.T)
    assert (np.diff(r)[3:] < 0).all()
    assert adahessian.evaluations_to_solve() is None
    assert step_lengths(adahessian)[150:].max() < 1e-3
    assert np.hypot(*lbfgs.points[2:].T).max() < 1e-3


def test_flower_is_at_least_one_steep_everywhere_and_lowest_nowhere():
    for start in np.random.default_rng(0).uniform(-3, 3, (50, 2)):
        assert slopes(og.run("sgd", "flower", lr=0.1, steps=1, start=start))[0] >= 1
    middle = np.radians(67.5)
    for radius in (1.0, 1e-3, 1e-6):
        value = og.FUNCTIONS["flower"](radius * np.cos(middle), radius * np.sin(middle))
        assert value == pytest.approx(radius - 1)


def test_beale_a_slow_arm_and_a_wall_above_it():
    sgd, adam, qhadam = runs("fn_beale")
    assert away(sgd)[20] / away(sgd)[0] == pytest.approx(1 / 3, abs=0.02)
    larger = [cell("sgd", "beale", lr).status for lr in RATES if lr > 0.03]
    assert set(larger) == {"diverged"}
    assert 3.1 < adam.points[:, 0].max() < 3.4
    assert away(adam)[-1] < 0.1
    assert qhadam.evaluations_to_solve() < adam.evaluations_to_solve() < sgd.evaluations_to_solve()
    assert qhadam.values[12:].argmax() + 12 == 16
    assert qhadam.points[16:, 0].min() < 2
    assert og.FUNCTIONS["beale"].grid(100)[2].max() > 1e5


def test_rosenbrock_down_at_once_and_slowly_along():
    sgd, adamw, lbfgs = runs("fn_rosenbrock")
    height = np.abs(sgd.points[:, 1] - sgd.points[:, 0] ** 2)
    assert height[10:].max() < height[0] / 4
    assert np.median(slopes(sgd)[20:]) < slopes(sgd)[0] / 50
    assert np.median(step_lengths(sgd)[20:]) < step_lengths(sgd)[0] / 50
    assert adamw.points[1, 1] > adamw.points[1, 0] ** 2 + 1
    assert outside(adamw)[:10].any()
    assert slopes(adamw).argmax() == 1
    assert (step_lengths(adamw)[120:] < step_lengths(sgd)[120:]).all()
    assert away(lbfgs)[2] < 1e-4 < away(lbfgs)[1]
    assert solves("momentum", "rosenbrock", sgd.lr)
    assert sgd.outcome.kind == "unsolved"
    assert {cell(name, "rosenbrock", 0.01).status for name in ("sgd", "momentum")} == {"diverged"}
