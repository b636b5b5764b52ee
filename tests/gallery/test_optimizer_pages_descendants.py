"""What the pages of Adam's descendants, from AdEMAMix to StableAdamW, say of the runs they show."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
from pages import away, step_lengths

import optgallery as og
from optgallery.optim import (
    MARS,
    AdaMod,
    AdEMAMix,
    CautiousAdamW,
    DiffGrad,
    Grams,
    LaProp,
    StableAdamW,
)

run = cache(og.run)


def verdict(name, function, lr):
    return run(name, function, lr=lr).verdict


def solved(name, function, lr):
    return run(name, function, lr=lr).solved()


def default(cls, name):
    return signature(cls).parameters[name].default


def adams(trajectory, beta1=0.9, beta2=0.999):
    """Yield the gradient and Adam's two corrected means before each step, with its number."""
    m, v = np.zeros(2), np.zeros(2)
    for t, g in enumerate(trajectory.gradients[:-1], start=1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        yield t, g, m / (1 - beta1**t), v / (1 - beta2**t)


def takes(trajectory, step, decay=0.0, rate=0.1):
    """Assert that each step of a run is what a formula makes of (t, g, m_hat, v_hat)."""
    for t, g, m, v in adams(trajectory):
        x, left = trajectory.points[t - 1], trajectory.points[t]
        assert left == pytest.approx(x - rate * (step(t, g, m, v) + decay * x), rel=1e-6), t


# AdEMAMix

SLOW = {"alpha": 10, "betas": (0.9, 0.999, 0.999)}


def ademamix(function, **mix):
    return og.run("ademamix", function, lr=0.1, **mix)


def test_ademamix_is_the_formula_on_its_page():
    shown, m2 = ademamix("booth", **SLOW), np.zeros(2)

    def step(_, g, m, v):
        nonlocal m2
        m2 = 0.999 * m2 + 0.001 * g
        return (m + 10 * m2) / (np.sqrt(v) + 1e-8)

    takes(shown, step)


def test_two_hundred_equal_gradients_give_the_slow_mean_a_weight_of_four_percent_or_of_1_8():
    alpha, beta3 = default(AdEMAMix, "alpha"), default(AdEMAMix, "betas")[2]
    assert (alpha, beta3) == (2, 0.9999)
    assert 1 - beta3**200 == pytest.approx(0.02, abs=1e-3)
    assert alpha * (1 - beta3**200) == pytest.approx(0.04, abs=1e-3)
    assert f"{10 * (1 - 0.999**200):.1f}" == "1.8"
    assert default(AdEMAMix, "alpha_warmup") == default(AdEMAMix, "beta3_warmup") == 0


def test_without_the_slow_mean_it_is_adam_and_with_the_default_hardly_farther():
    adam, plain, mixed = (
        run("adam", "rosenbrock", lr=0.1),
        *(ademamix("rosenbrock", **mix) for mix in ({"alpha": 0}, {})),
    )
    assert np.abs(adam.points - plain.points).max() < 1e-12
    assert 0 < mixed.points[-1, 0] - plain.points[-1, 0] < 0.05


def test_the_weighty_mean_gathers_speed_on_the_valleys_floor():
    plain, slow = (step_lengths(ademamix("rosenbrock", **mix)) for mix in ({"alpha": 0}, SLOW))
    assert 1 < slow[:50].sum() / plain[:50].sum() < 1.2
    assert slow[100:].sum() > 1.5 * plain[100:].sum()


def test_the_weighty_mean_does_not_stop_at_booths_minimum():
    mixed, slow = (ademamix("booth", **mix) for mix in ({}, SLOW))
    assert (mixed.solved(), slow.solved()) == (115, 67)
    beyond = away(slow)[67:]
    assert 67 + beyond.argmax() == pytest.approx(120, abs=3)
    assert 0.5 < beyond[-1] < beyond.max() - 0.5


def test_ademamix_is_a_little_ahead_of_adam_on_a_long_way():
    adam, mixed = (run(name, "zakharov", lr=0.03) for name in ("adam", "ademamix"))
    assert mixed.values[-1] < adam.values[-1]
    assert solved("adam", "leon", 0.3) - solved("ademamix", "leon", 0.3) == 7


def test_ademamix_fails_as_adam_does():
    adam, mixed = (run(name, "ackley", lr=0.1) for name in ("adam", "ademamix"))
    assert mixed.points[-1] == pytest.approx(adam.points[-1], abs=1e-3)
    assert mixed.verdict == "unsolved"
    assert verdict("ademamix", "booth", 0.01) == verdict("adam", "booth", 0.01) == "unsolved"


# LaProp


def test_laprop_is_the_formula_on_its_page():
    shown, mean = run("laprop", "goldstein_price", lr=0.1), np.zeros(2)

    def step(t, g, _, v):
        nonlocal mean
        mean = 0.9 * mean + 0.1 * g / np.sqrt(v)
        return mean / (1 - 0.9**t)

    assert default(LaProp, "betas") == (0.9, 0.999)
    takes(shown, step)


def test_beales_first_gradient_counts_twice_in_adams_fourth_step():
    adam, laprop = (run(name, "beale", lr=1.0, steps=100) for name in ("adam", "laprop"))
    for shown in (adam, laprop):
        assert np.abs(shown.points[1] - shown.points[0]) == pytest.approx(1, rel=1e-6)
    first = abs(adam.gradients[0, 1])
    assert np.abs(adam.gradients[1:4, 1]).max() < 0.3 * first
    root = next(np.sqrt(v[1]) for t, _, _, v in adams(adam) if t == 4)
    assert root / first == pytest.approx(0.5, abs=0.05)


def test_laprop_turns_below_the_ridge_that_adam_crosses():
    adam, laprop = (run(name, "beale", lr=1.0, steps=100) for name in ("adam", "laprop"))
    assert adam.points[4, 1] > 1.4
    assert adam.points[9, 0] < 0
    assert laprop.points[:, 1].max() < 1
    assert laprop.points[9] == pytest.approx([2.2, -0.46], abs=0.02)
    assert laprop.verdict == "solved"


def test_adam_is_carried_out_of_the_basin_where_laprop_stays():
    adam, laprop = (run(name, "goldstein_price", lr=0.1) for name in ("adam", "laprop"))
    place = (-0.6, -0.4)
    assert away(adam, place).argmin() == 8
    assert away(adam, place)[8] < 0.2
    assert adam.verdict == "solved"
    assert away(laprop, place)[-1] < 1e-3


def test_laprop_shines_at_large_rates_and_stays_in_dents():
    assert solved("laprop", "rosenbrock", 1.0) < 30 < solved("adam", "rosenbrock", 1.0)
    assert verdict("laprop", "drop_wave", 0.3) == "unsolved"
    assert verdict("adam", "drop_wave", 0.3) == "solved"


# Cautious AdamW


def cautious(function, **options):
    return [run(name, function, lr=0.3, **options) for name in ("adamw", "cautious_adamw")]


def test_cautious_adamw_is_the_formula_on_its_page():
    def step(_, g, m, v):
        u = m / (np.sqrt(v) + 1e-8)
        agree = u * g > 0
        return 2 / max(agree.sum(), 1) * agree * u

    assert default(CautiousAdamW, "xi") == 0
    takes(run("cautious_adamw", "beale", lr=0.1), step, decay=0.01)


def test_cautious_adamw_holds_y_and_takes_three_double_steps_in_x():
    adamw, held = cautious("sphere", steps=50)
    assert held.points[:10] == pytest.approx(adamw.points[:10], abs=1e-12)
    x, y = held.points.T
    assert y[8] > 0 > y[9] > -0.01
    assert np.abs(y[9:]).max() < 0.01
    single, double = np.diff(x)[7:9], np.diff(x)[9:12]
    assert double / single.mean() == pytest.approx([1.9, 1.8, 1.65], abs=0.1)
    assert x[11] < 0 < x[12]
    assert adamw.points[:, 1].min() < -0.7


def test_only_the_decay_moves_the_point_until_step_35():
    _, held = cautious("sphere", steps=50)
    shrunk = held.points[13:] / held.points[12:-1]
    assert shrunk[: 35 - 12] == pytest.approx(1 - 0.3 * 0.01)
    assert shrunk[35 - 12, 0] < 0.98


def test_momentum_carries_adamw_over_ackleys_dents_and_caution_keeps_the_first():
    adamw, held = cautious("ackley", steps=100)
    assert (np.diff(adamw.values[:20]) > 0).any()
    assert adamw.verdict == "solved"
    assert away(held, (0.99, -2.97))[20:].max() < 0.1


def test_cautious_adamw_does_not_circle():
    for function, needs in (("sphere", 55), ("himmelblau", 43)):
        adamw, held = cautious(function)
        assert adamw.solved() == needs
        assert held.solved() < needs / 2


@pytest.mark.parametrize(
    ("function", "lr"), [("ackley", 0.3), ("goldstein_price", 0.1), ("drop_wave", 0.3)]
)
def test_caution_fails_where_the_way_goes_uphill(function, lr):
    assert verdict("cautious_adamw", function, lr) == "unsolved"
    assert verdict("adamw", function, lr) == "solved"


# Grams


def test_grams_is_the_formula_on_its_page():
    def step(_, g, m, v):
        return np.sign(g) * np.abs(m / (np.sqrt(v) + 1e-6))

    assert (default(Grams, "eps"), default(Grams, "weight_decay")) == (1e-6, 0)
    takes(run("grams", "beale", lr=0.1), step)


def test_grams_goes_back_by_the_step_that_carried_it_past():
    adam, grams = (run(name, "sphere", lr=0.3, steps=50) for name in ("adam", "grams"))
    assert np.abs(adam.points[:11] - grams.points[:11]).max() < 1e-4
    y = grams.points[:, 1]
    assert y[9] > 0 > y[10]
    assert (y[11] - y[10]) / (y[9] - y[10]) == pytest.approx(0.87, abs=0.05)
    assert abs(y[11]) < 0.01
    assert adam.points[11, 1] < adam.points[10, 1] - 0.1
    assert np.abs(y[40:]).max() < 0.05 < np.abs(y[11:20]).max()


def test_grams_crawls_in_a_slanting_valley_where_the_walls_take_turns():
    adam, grams = (run(name, "rotated_quadratic", lr=0.3, steps=100) for name in ("adam", "grams"))
    assert adam.solved() == 86
    assert away(grams)[100] > 0.5 * away(grams)[0]
    across = grams.points[20:] @ np.array([3, -4])
    assert (np.diff(np.sign(across)) != 0).mean() > 0.3


def test_grams_does_not_circle_and_does_not_climb_out():
    for function in ("sphere", "easom"):
        assert solved("grams", function, 0.3) < solved("adam", function, 0.3)
    assert verdict("grams", "six_hump_camel", 1.0) == "solved"
    assert verdict("adam", "six_hump_camel", 1.0) == "unsolved"
    assert verdict("grams", "goldstein_price", 0.3) == "unsolved"


# StableAdamW


def braked(function, steps):
    adamw = run("adamw", function, lr=0.1, betas=(0.9, 0.99), steps=steps)
    return adamw, run("stable_adamw", function, lr=0.1, steps=steps)


def root_mean_squares(trajectory):
    means = [(g, v) for _, g, _, v in adams(trajectory, beta2=0.99)]
    return np.array([np.sqrt((g**2 / np.maximum(v, 1e-12)).mean()) for g, v in means])


def test_stable_adamw_is_the_formula_on_its_page():
    _, shown = braked("easom", 60)
    rms = root_mean_squares(shown)
    assert default(StableAdamW, "betas") == (0.9, 0.99)
    for t, _, m, v in adams(shown, beta2=0.99):
        x = shown.points[t - 1]
        step = 0.1 / max(1, rms[t - 1]) * (m / (np.sqrt(v) + 1e-6) + 0.01 * x)
        assert shown.points[t] == pytest.approx(x - step, rel=1e-6)


def test_the_brake_is_on_while_easoms_gradients_grow():
    _, shown = braked("easom", 60)
    rms = root_mean_squares(shown)
    assert rms[3:16].min() > 1.5
    assert rms[3:16].max() < 2


def test_stable_adamw_comes_later_and_passes_nearer_and_swings_out_as_far():
    adamw, shown = braked("easom", 60)
    assert (adamw.solved(), shown.solved()) == (56, 25)
    assert (away(adamw)[:22].argmin(), away(shown)[:28].argmin()) == (18, 25)
    assert away(shown)[25] < away(adamw)[18] / 2
    assert away(shown)[26:].max() == pytest.approx(away(adamw)[19:].max(), rel=0.1)


def test_stable_adamw_comes_late_out_of_gramacys_plain():
    adamw, shown = braked("gramacy_lee", 80)
    assert adamw.points[:24] == pytest.approx(shown.points[:24], abs=1e-3)
    late = away(shown)[:65].argmin() - away(adamw)[:50].argmin()
    assert late == pytest.approx(15, abs=2)


def test_stable_adamw_shines_and_fails_where_its_page_says():
    for function, lr in (("easom", 0.1), ("drop_wave", 0.3)):
        ratio = solved("adamw", function, lr) / solved("stable_adamw", function, lr)
        assert ratio == pytest.approx(2, abs=0.3)
    for lr in (0.01, 1.0):
        assert verdict("stable_adamw", "gramacy_lee", lr) == "unsolved"
        assert verdict("adamw", "gramacy_lee", lr) == "solved"


# MARS


def marses(function, lr, steps):
    settings = [("adamw", {}), ("mars", {"gamma": 0}), ("mars", {})]
    return [run(name, function, lr=lr, steps=steps, **more) for name, more in settings]


def test_mars_is_the_formula_on_its_page():
    shown = run("mars", "rosenbrock", lr=0.1)
    gamma, (beta1, beta2) = default(MARS, "gamma"), default(MARS, "betas")
    share = gamma * beta1 / (1 - beta1)
    assert (gamma, beta1, beta2) == (0.025, 0.95, 0.99)
    assert share == pytest.approx(0.475)
    before, m, v = shown.gradients[0], np.zeros(2), np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1], start=1):
        c = g + share * (g - before)
        c, before = c / max(1, np.hypot(*c)), g
        m, v = beta1 * m + (1 - beta1) * c, beta2 * v + (1 - beta2) * c**2
        step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + 1e-8)
        assert shown.points[t] == pytest.approx(shown.points[t - 1] - 0.1 * step, rel=1e-6)


def test_the_difference_keeps_mars_on_the_floor():
    adamw, bound, mars = (
        shown.points @ np.array([-0.6, 0.8]) for shown in marses("rotated_quadratic", 0.3, 60)
    )
    assert adamw.max() > 0.3
    assert bound.max() > 0.3
    assert np.abs(mars[2:]).max() < 0.05
    along = marses("rotated_quadratic", 0.3, 60)[2].points @ np.array([0.8, 0.6])
    assert along.max() > 1
    assert along[-1] < 0


def test_mars_without_the_difference_takes_longer():
    _, bound, mars = marses("rotated_quadratic", 0.3, 200)
    assert (bound.solved(), mars.solved()) == (70, 18)


def test_the_bound_alone_brings_mars_through_rosenbrocks_valley():
    assert [shown.verdict for shown in marses("rosenbrock", 0.1, 100)] == [
        "unsolved",
        "solved",
        "solved",
    ]


def test_mars_shines_and_fails_where_its_page_says():
    for function in ("rotated_quadratic", "zakharov"):
        assert solved("mars", function, 1.0) < 20 < solved("adamw", function, 1.0)
    for function, lr in (("bohachevsky_1", 0.1), ("goldstein_price", 0.3)):
        assert verdict("mars", function, lr) == "unsolved"
        assert verdict("adamw", function, lr) == "solved"


# DiffGrad


def test_diffgrad_is_the_formula_on_its_page():
    shown, before = run("diffgrad", "beale", lr=0.1), np.zeros(2)

    def step(_, g, m, v):
        nonlocal before
        friction, before = 1 / (1 + np.exp(-np.abs(before - g))), g
        return friction * m / (np.sqrt(v) + 1e-8)

    assert default(DiffGrad, "eps") == 1e-8
    takes(shown, step)


def test_the_friction_for_a_change_of_one_and_of_five():
    friction = 1 / (1 + np.exp([0.0, -1.0, -5.0]))
    assert friction == pytest.approx([0.5, 0.73, 0.99], abs=5e-3)


def test_a_thousand_times_booth_makes_diffgrad_adam():
    box = {"x0": -6, "y0": 8, "xmin": -10, "xmax": 10, "ymin": -10, "ymax": 10}

    def booth(x, y):
        return 1000 * ((x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2)

    adam, diffgrad = (og.run(name, (booth, box), lr=0.1) for name in ("adam", "diffgrad"))
    assert np.abs(adam.points - diffgrad.points).max() < 0.05


def test_diffgrad_goes_half_as_fast_down_the_absolute_ravine():
    adam, diffgrad = (run(name, "abs_ravine", lr=0.3, steps=100) for name in ("adam", "diffgrad"))
    assert np.abs(np.diff(adam.points[:10], axis=0)) == pytest.approx(0.3, rel=1e-6)
    assert np.abs(np.diff(diffgrad.points[1:11], axis=0)) == pytest.approx(0.15, rel=1e-6)
    assert diffgrad.points[0, 1] - diffgrad.points[1, 1] == pytest.approx(0.3, rel=0.05)
    assert adam.points[10, 1] < 0
    gone = [away(shown, tuple(adam.points[0]))[10] for shown in (adam, diffgrad)]
    assert gone[1] / gone[0] == pytest.approx(0.53, abs=0.03)
    assert [-shown.points[:, 1].min() for shown in (adam, diffgrad)] == pytest.approx(
        [0.60, 0.57], abs=0.02
    )
    assert [shown.points[:, 0].max() for shown in (adam, diffgrad)] == pytest.approx(
        [0.80, 0.58], abs=6e-3
    )


def test_half_of_adams_pace_is_sometimes_better():
    for function, lr in (("abs_ravine", 0.1), ("bohachevsky_1", 0.3)):
        assert verdict("diffgrad", function, lr) == "solved"
        assert verdict("adam", function, lr) == "unsolved"


def test_diffgrad_is_late_on_gentle_slopes():
    for function, lr, needs in (("booth", 0.1, 120), ("matyas", 0.3, 142)):
        assert verdict("diffgrad", function, lr) == "unsolved"
        assert solved("adam", function, lr) == needs
        change = np.abs(np.diff(run("diffgrad", function, lr=lr).gradients[1:], axis=0))
        assert (change < 1).mean() > 0.9


# AdaMod


def test_adamod_is_the_formula_on_its_page():
    shown, mean = run("adamod", "beale", lr=1.0), np.zeros(2)

    def step(_, __, m, v):
        nonlocal mean
        rate = 1 / (np.sqrt(v) + 1e-8)
        mean = 0.999 * mean + 0.001 * rate
        return np.minimum(rate, mean) * m

    assert default(AdaMod, "beta3") == 0.999
    takes(shown, step, rate=1.0)


def test_how_the_bound_of_a_constant_rate_grows():
    bound = 1 - 0.999 ** np.arange(1, 201)
    assert bound[0] == pytest.approx(1e-3)
    assert np.argmax(bound >= 0.1) + 1 == 106
    assert bound[199] == pytest.approx(0.18, abs=2e-3)


def test_adamods_first_step_is_a_thousandth_of_adams_and_it_turns_in_time():
    adam, quick, slow = (
        run(name, "beale", lr=1.0, **more)
        for name, more in (("adam", {}), ("adamod", {"beta3": 0.99}), ("adamod", {}))
    )
    assert adam.points[4, 1] > 1
    assert step_lengths(slow)[0] / step_lengths(adam)[0] == pytest.approx(1e-3)
    assert (quick.solved(), slow.solved()) == (50, 187)
    assert quick.points[:, 0].max() == pytest.approx(3.36, abs=0.02)
    assert away(quick)[-1] < 0.01


def test_adamod_solves_at_large_rates_what_adam_does_not():
    for function in ("beale", "six_hump_camel", "shubert"):
        assert verdict("adamod", function, 1.0) == "solved"
        assert verdict("adam", function, 1.0) == "unsolved"


def test_adamod_runs_out_of_time():
    assert (solved("adam", "sphere", 0.1), solved("adam", "booth", 0.3)) == (56, 30)
    sphere = away(run("adamod", "sphere", lr=0.1))
    assert sphere[-1] > sphere[0] / 2
    assert verdict("adamod", "booth", 0.3) == "unsolved"
