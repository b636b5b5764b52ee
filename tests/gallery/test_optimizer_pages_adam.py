"""What the pages of AdamW, NAdam, QHAdam, SWATS and Yogi say is true of the runs they show."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.optim import SWATS, QHAdam

run = cache(og.run)

HIMMELBLAU = min(og.FUNCTIONS["himmelblau"].minima, key=lambda p: np.hypot(p[0] - 3.6, p[1] + 1.8))


def distance(trajectory, place):
    return np.hypot(*(trajectory.points - np.array(place)).T)


def lengths(trajectory):
    return np.hypot(*np.diff(trajectory.points, axis=0).T)


def turns_about(trajectory, place):
    """Return how often a path has gone round a place, before it perhaps turned back."""
    x, y = (trajectory.points - np.array(place)).T
    angle = np.unwrap(np.arctan2(y, x))
    return np.ptp(angle) / (2 * np.pi)


def default(cls, name):
    return signature(cls).parameters[name].default


# AdamW


def test_adamw_in_torch_is_the_formula_on_its_page():
    shown = run("adamw", "beale", lr=0.1, weight_decay=0.2, steps=50)
    alpha, beta1, beta2, epsilon, decay = 0.1, 0.9, 0.999, 1e-8, 0.2
    theta, m, v = shown.points[0], np.zeros(2), np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1], start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        theta = theta - alpha * (step + decay * theta)
        assert theta == pytest.approx(shown.points[t], rel=1e-9)


def test_torchs_default_decay_takes_a_thousandth_at_a_tenth():
    assert 0.1 * default(torch.optim.AdamW, "weight_decay") == pytest.approx(1e-3)


def test_the_decay_on_easom_is_ten_times_torchs_and_ten_times_the_gradient():
    assert default(torch.optim.AdamW, "weight_decay") * 10 == 0.1
    start = run("adamw", "easom", lr=0.1, weight_decay=0.1)
    pull = np.hypot(*(0.1 * start.points[0]))
    assert pull / np.hypot(*start.gradients[0]) == pytest.approx(10, rel=0.05)


def test_adam_with_decay_walks_past_easoms_hole_to_the_origin_at_full_pace():
    adam = run("adam", "easom", lr=0.1, weight_decay=0.1)
    assert np.abs(np.diff(adam.points[:11], axis=0)).mean() == pytest.approx(0.1, rel=0.05)
    assert distance(adam, (0, 0))[-1] < 1e-3
    assert adam.values.min() > -0.01


def test_adamw_with_the_same_decay_stays_a_little_short_of_the_holes_bottom():
    adamw = run("adamw", "easom", lr=0.1, weight_decay=0.1)
    assert np.abs(adamw.points[1] - adamw.points[0]).max() == pytest.approx(0.1, rel=0.3)
    assert (adamw.points[-1] < np.pi).all()
    assert 0.01 < distance(adamw, (np.pi, np.pi))[-1] < 0.05


def test_a_third_of_the_functions_have_their_minimum_at_the_origin():
    shown = [fn for fn in og.FUNCTIONS.values() if fn.variant_of is None]
    at_origin = [fn for fn in shown if fn.minima and np.hypot(*fn.minima[0]) == 0]
    assert len(at_origin) / len(shown) == pytest.approx(1 / 3, abs=0.04)


def test_decay_shows_the_way_on_ackley():
    assert run("adamw", "ackley", lr=0.3).verdict == "solved"
    adam = run("adam", "ackley", lr=0.3)
    assert adam.verdict == "unsolved"
    assert distance(adam, (0, 0))[-1] > 0.9
    assert lengths(adam)[-1] < 1e-3  # it is at rest there


def test_decay_holds_adamw_back_on_rosenbrock():
    decayed = run("adamw", "rosenbrock", lr=1.0)
    assert decayed.verdict == "unsolved"
    assert run("adamw", "rosenbrock", lr=1.0, weight_decay=0).verdict == "solved"
    decay = 0.01 * decayed.points[-2]
    left = decayed.points[-1] - decayed.points[-2]
    assert (left > 0).all()
    assert (left < 0.2 * decay).all()


# NAdam


def mu(t):
    psi = default(torch.optim.NAdam, "momentum_decay")
    return 0.9 * (1 - 0.5 * 0.96 ** (t * psi))


def test_nadam_in_torch_is_the_formula_on_its_page():
    shown = run("nadam", "beale", lr=0.1, steps=50)
    alpha, beta1, beta2, epsilon = 0.1, 0.9, 0.999, 1e-8
    theta, m, v, product = shown.points[0], np.zeros(2), np.zeros(2), 1.0
    for t, g in enumerate(shown.gradients[:-1], start=1):
        product *= mu(t)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        mixed = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
        theta = theta - alpha * mixed / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        # torch keeps the product in single precision
        assert theta == pytest.approx(shown.points[t], rel=1e-6)


def test_nadam_weighs_the_newest_gradient_by_more_than_half_and_adam_by_a_tenth():
    w = torch.ones(1, requires_grad=True, dtype=torch.float64)
    optimizer = torch.optim.NAdam([w])
    products = [1.0]
    for _ in range(50):
        w.grad = torch.ones_like(w)
        optimizer.step()
        products.append(optimizer.state[w]["mu_product"].item())
    assert products[1] == pytest.approx(0.45, abs=1e-3)
    # after a hundred factors the product has left the range of single precision
    assert products[50] / products[49] == pytest.approx(mu(50), rel=1e-5)
    assert f"{mu(200):.2f}" == "0.46"
    assert 1 - mu(200) > 0.5
    assert 1 - default(torch.optim.Adam, "betas")[0] == pytest.approx(0.1)


def test_adam_circles_himmelblaus_minimum_and_nadam_does_not():
    adam, nadam = (run(name, "himmelblau", lr=0.3, steps=60) for name in ("adam", "nadam"))
    assert turns_about(adam, HIMMELBLAU) > 2
    assert turns_about(nadam, HIMMELBLAU) < 1
    assert distance(nadam, HIMMELBLAU)[-1] < 1e-3
    assert distance(adam, HIMMELBLAU)[-1] > 0.1


def test_nadam_is_quicker_where_adam_overshoots():
    for function, lr in (("himmelblau", 0.3), ("booth", 1.0)):
        assert run("nadam", function, lr=lr).solved() < run("adam", function, lr=lr).solved()


def test_nadam_goes_back_and_forth_between_two_points_at_a_large_rate():
    points = run("nadam", "himmelblau", lr=1.0).points[20:]
    assert np.hypot(*(points[2:] - points[:-2]).T).max() < 0.05
    assert np.hypot(*(points[1:] - points[:-1]).T).min() > 0.7


def test_nadam_stays_in_a_local_minimum_that_adam_leaves():
    nadam = run("nadam", "goldstein_price", lr=0.3)
    assert nadam.points[-1] == pytest.approx([-0.6, -0.4], abs=1e-6)
    assert np.abs(nadam.gradients[-1]).max() < 1e-6
    adam = run("adam", "goldstein_price", lr=0.3)
    there = distance(adam, (-0.6, -0.4)).argmin()
    # what creeps downhill from where Adam comes closest ends in that minimum
    place = tuple(adam.points[there])
    creep = run("sgd", "goldstein_price", lr=2e-5, start=place, steps=2000)
    assert creep.points[-1] == pytest.approx([-0.6, -0.4], abs=1e-3)
    assert adam.verdict == "solved"


# QHAdam


def test_qhadams_defaults_are_the_papers_advice_and_remember_two_hundred_steps():
    beta1, _ = default(QHAdam, "betas")
    assert default(QHAdam, "nus") == (0.7, 1)
    assert 1 / (1 - beta1) == pytest.approx(200)


def test_qhadam_with_nus_of_one_and_adams_betas_is_adam():
    shown = run("qhadam", "himmelblau", lr=0.3, steps=100, nus=(1, 1), betas=(0.9, 0.999))
    adam = run("adam", "himmelblau", lr=0.3, steps=100)
    assert np.abs(shown.points - adam.points).max() < 1e-12
    assert turns_about(shown, HIMMELBLAU) > 2


def test_the_long_memory_alone_does_not_come_to_rest():
    shown = run("qhadam", "himmelblau", lr=0.3, steps=100, nus=(1, 1))
    adam = run("adam", "himmelblau", lr=0.3, steps=100, betas=(0.995, 0.999))
    assert np.abs(shown.points - adam.points).max() < 1e-9
    assert shown.points[:, 0].max() > 4.2
    assert lengths(shown)[-1] > 0.02
    assert shown.verdict == "unsolved"


def test_three_tenths_of_the_newest_gradient_bring_qhadam_round():
    shown = run("qhadam", "himmelblau", lr=0.3, steps=100)
    assert turns_about(shown, HIMMELBLAU) < 1
    assert distance(shown, HIMMELBLAU)[-1] < 1e-3


def test_qhadam_solves_at_a_large_rate_what_throws_adam_about():
    assert run("adam", "beale", lr=1.0).verdict == "unsolved"
    assert (
        run("adam", "himmelblau", lr=1.0).solved()
        > 3 * run("qhadam", "himmelblau", lr=1.0).solved()
    )


def test_qhadam_comes_back_late_on_the_sphere():
    adam, qhadam = (run(name, "sphere", lr=0.1) for name in ("adam", "qhadam"))
    assert adam.solved() == 56
    assert qhadam.solved() > 150
    assert qhadam.points[:, 0].max() > 1
    assert adam.points[:, 0].max() < 0.1


# SWATS


def switched(function, **options):
    """Run SWATS, and return the run with the step and the rate of its switch, or None."""
    found = []

    class Watched(SWATS):
        def step(self, closure=None):
            before = self.param_groups[0]["phase"]
            loss = super().step(closure)
            group = self.param_groups[0]
            if group["phase"] != before:
                found.append((group["step"], group["sgd_lr"]))
            return loss

    trajectory = og.run(Watched, function, **options)
    return trajectory, found[0] if found else None


def test_swats_at_its_default_is_adam_on_himmelblau():
    shown, switch = switched("himmelblau", lr=0.3, steps=60)
    assert switch is None
    assert default(SWATS, "eps") == 1e-9
    adam = run("adam", "himmelblau", lr=0.3, steps=60)
    assert np.abs(shown.points - adam.points).max() < 1e-6
    assert turns_about(shown, HIMMELBLAU) > 2


def test_with_a_wider_test_swats_switches_at_step_20_and_swings_along_a_line():
    shown, (step, rate) = switched("himmelblau", lr=0.3, steps=60, eps=1e-4)
    assert step == 20
    assert rate == pytest.approx(0.0089, abs=5e-5)
    assert lengths(shown)[20] < 0.2 * lengths(shown)[19]  # the momentum is gone
    first = shown.points[21] - shown.points[20]
    g = shown.gradients[20]
    assert -first @ g / np.hypot(*first) / np.hypot(*g) == pytest.approx(1)
    x, y = (shown.points[25:] - np.array(HIMMELBLAU)).T
    assert np.abs(y).max() < 0.03
    assert x.min() < -0.1
    assert x.max() > 0.1


def test_a_negative_rate_makes_sgd_climb():
    shown, (step, rate) = switched("beale", lr=0.3, eps=1e-3)
    assert step == 49
    assert rate == pytest.approx(-0.0027, abs=5e-5)
    assert shown.values[49] > shown.values[48]
    assert (np.diff(shown.values[49:]) > 0).all()
    assert shown.status == "diverged"
    assert shown.stopped_at == 75 + 9
    assert "infinite" in shown.reason


def test_of_91_runs_of_swats_two_switch_and_end_higher_than_adam():
    functions = ["ackley", "beale", "booth", "bukin_n6", "easom", "flower", "goldstein_price"]
    functions += ["himmelblau", "levi_n13", "matyas", "rastrigin", "rosenbrock", "sphere"]
    switches = {}
    for function in functions:
        for lr in og.LEARNING_RATES:
            trajectory, switch = switched(function, lr=lr)
            if switch:
                switches[function, lr] = trajectory, switch[0]
    assert len(functions) * len(og.LEARNING_RATES) == 91
    steps = {cell: step for cell, (_, step) in switches.items()}
    assert steps == {("himmelblau", 0.001): 3, ("goldstein_price", 0.001): 2}
    for (function, lr), (trajectory, _) in switches.items():
        assert trajectory.values[-1] > run("adam", function, lr=lr).values[-1]


# Yogi


def test_yogi_comes_to_rest_where_adam_tumbles():
    adam, yogi = (run(name, "himmelblau", lr=1.0, betas=(0.9, 0.9)) for name in ("adam", "yogi"))
    apart = np.hypot(*(adam.points - yogi.points).T)
    assert apart[:11].max() < 0.3
    assert lengths(adam)[:10].sum() > 6
    assert adam.values[100:].max() > 0.1
    assert lengths(adam)[-50:].mean() > 0.05
    assert lengths(yogi)[-50:].max() < 1e-3
    assert yogi.values[-1] < 1e-6


def test_yogis_memory_is_a_burden_on_rosenbrocks_floor():
    adam, yogi = (run(name, "rosenbrock", lr=0.3, betas=(0.9, 0.9)) for name in ("adam", "yogi"))
    assert adam.verdict == "solved"
    assert yogi.verdict == "unsolved"
    # on the floor, and behind the first steps over the walls, it is slower throughout
    assert lengths(yogi)[30:100].mean() < 0.4 * lengths(adam)[30:100].mean()


def test_adam_keeps_four_fifths_of_its_second_moment_over_two_hundred_steps():
    assert default(torch.optim.Adam, "betas")[1] ** 200 == pytest.approx(0.8, abs=0.02)


def test_at_their_defaults_yogi_and_adam_are_alike():
    assert run("yogi", "booth", lr=0.3).solved() == run("adam", "booth", lr=0.3).solved() + 1


def test_yogi_starts_gently_on_easom_and_is_sooner_done():
    adam, yogi = (run(name, "easom", lr=1.0) for name in ("adam", "yogi"))
    assert lengths(yogi)[0] < 0.6 * lengths(adam)[0]
    assert adam.solved() == 47 > yogi.solved()
