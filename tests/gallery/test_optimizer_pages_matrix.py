"""What the pages of Muon, Shampoo, SOAP, PSGD-Kron and Sophia say is true of the runs they show."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
import torch
from pages import away, step_lengths

import optgallery as og
from optgallery.optim import SOAP, PSGDKron, Sophia

run = cache(og.run)

FLOOR, WALL = np.array([0.8, 0.6]), np.array([-0.6, 0.8])  # of the rotated quadratic


def default(cls, name):
    return signature(cls).parameters[name].default


def crossings(trajectory):
    """Return the steps in which a path crosses the floor of Rosenbrock's valley."""
    x, y = trajectory.points.T
    return np.flatnonzero(np.diff(np.sign(y - x**2)))


def degrees_between(v, w):
    """Return the angle between two lines."""
    return np.degrees(np.arccos(min(1, abs(v @ w) / np.linalg.norm(v) / np.linalg.norm(w))))


def test_the_rotated_quadratics_walls_are_where_these_tests_take_them_to_be():
    def gradient(point):
        (start,) = run("sgd", "rotated_quadratic", lr=1e-9, steps=1, start=point).gradients[:1]
        return start

    assert gradient(tuple(FLOOR)) == pytest.approx(0.5 * FLOOR, rel=1e-9)
    assert gradient(tuple(WALL)) == pytest.approx(50 * WALL, rel=1e-9)


# Muon


def test_muon_in_torch_is_the_formula_on_its_page():
    shown = run("muon", "rosenbrock", lr=0.03, steps=140)
    B = np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1]):
        B = 0.95 * B + g
        X = g + 0.95 * B
        X = X / np.linalg.norm(X)
        for _ in range(5):
            s = X @ X
            X = 3.4445 * X + (-4.7750 * s + 2.0315 * s**2) * X
        theta = shown.points[t]
        expected = (1 - 0.03 * 0.1) * theta - 0.03 * X
        # torch rounds to eight bits
        assert shown.points[t + 1] == pytest.approx(expected, abs=0.03 * 0.04)


def test_five_rounds_make_a_length_of_seven_tenths_out_of_one():
    s = 1.0
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    assert s == pytest.approx(0.7, abs=0.01)
    lengths = step_lengths(run("muon", "rosenbrock", lr=0.03, steps=140, weight_decay=0)) / 0.03
    assert lengths == pytest.approx(0.7, abs=0.03)


def test_signum_zigzags_and_muon_follows_the_floor():
    signum, muon = (run(name, "rosenbrock", lr=0.03, steps=140) for name in ("signum", "muon"))
    directions = {tuple(step) for step in np.sign(np.diff(signum.points, axis=0)).tolist()}
    assert directions == {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    assert step_lengths(signum) == pytest.approx(0.03 * np.sqrt(2))
    assert len(crossings(signum)) > 30
    assert (crossings(muon) < 45).sum() == 5
    assert (crossings(muon) >= 45).sum() == 1
    assert step_lengths(muon).max() < 1.6 * step_lengths(muon).min()


def test_muon_does_not_stay_at_rosenbrocks_minimum():
    muon = run("muon", "rosenbrock", lr=0.1)
    assert muon.verdict == "solved"
    assert away(muon)[-1] > 0.5
    assert default(torch.optim.Muon, "momentum") == 0.95


def test_the_decay_outweighs_muons_step_beyond_seven_and_drags_it_in():
    assert 0.7 / default(torch.optim.Muon, "weight_decay") == pytest.approx(7)
    muon = run("muon", "eggholder", lr=0.1)
    distance = np.linalg.norm(muon.points, axis=1)
    assert distance[0] == pytest.approx(526, abs=0.5)
    assert (np.diff(distance) < 0).all()
    assert distance[-1] < distance[0] / 5


# Shampoo


def preconditioned(trajectory):
    """Return what Shampoo multiplies the floor's and the wall's direction by, and R's axis."""
    L, R = 1e-4, 1e-4 * np.eye(2)
    for G in trajectory.gradients:
        L += G @ G
        R = R + np.outer(G, G)
        values, axes = np.linalg.eigh(R)
        root = L**-0.25 * (axes * values**-0.25) @ axes.T
        yield FLOOR @ root @ FLOOR, WALL @ root @ WALL, axes[:, 1]


@pytest.fixture(scope="module")
def turned():
    return [run(name, "rotated_quadratic", lr=1.0, steps=100) for name in ("adagrad", "shampoo")]


def test_shampoo_is_the_formula_on_its_page(turned):
    shampoo = turned[1]
    L, R = 1e-4, 1e-4 * np.eye(2)
    for t, G in enumerate(shampoo.gradients[:20]):
        L += G @ G
        R = R + np.outer(G, G)
        values, axes = np.linalg.eigh(R)
        W = shampoo.points[t] - L**-0.25 * (axes * values**-0.25) @ axes.T @ G
        assert shampoo.points[t + 1] == pytest.approx(W, rel=1e-6)


def test_both_are_thrown_from_wall_to_wall_at_first(turned):
    for trajectory in turned:
        across = trajectory.points[:5] @ WALL
        assert (across[1:] * across[:-1] < 0).all()
        assert (np.diff(np.abs(across[1:])) < 0).all()


def test_shampoo_finds_the_wall_and_favours_the_floor(turned):
    floor, wall, axes = zip(*preconditioned(turned[1]), strict=True)
    assert degrees_between(axes[0], WALL) < 5
    ratio = np.array(floor) / np.array(wall)
    assert ratio[5:].min() > 1.7
    assert ratio[5:].max() < 2.6


def test_the_floor_has_adagrads_rate_for_the_wall(turned):
    sums = np.cumsum(turned[0].gradients ** 2, axis=0)[-1]
    assert np.sqrt(sums[1] / sums[0]) == pytest.approx(4 / 3, abs=0.1)


def test_shampoo_leaves_less_than_a_third_of_adagrads_way(turned):
    adagrad, shampoo = (away(trajectory)[-1] for trajectory in turned)
    assert shampoo < adagrad / 3


def test_where_adagrad_is_better_and_where_it_is_worse_than_shampoo():
    assert run("adagrad", "rotated_quadratic", lr=1.0).verdict == "unsolved"
    assert run("adagrad", "abs_ravine", lr=1.0).solved() == 26
    assert run("shampoo", "abs_ravine", lr=1.0).solved() > 50


def test_shampoos_steps_become_shorter_while_the_way_is_still_long():
    shampoo = run("shampoo", "sphere", lr=0.1)
    assert (np.diff(step_lengths(shampoo)) < 0).all()
    assert away(shampoo)[-1] > away(shampoo)[0] / 3


# SOAP


def test_soap_stands_still_for_one_step_and_then_has_nearly_the_valleys_axes():
    soap = run("soap", "rotated_quadratic", lr=0.3, steps=40)
    assert (soap.points[1] == soap.points[0]).all()
    assert degrees_between(soap.gradients[0], WALL) < 5


def test_soap_is_past_the_minimum_while_adam_is_on_its_way():
    adam, soap = (run(n, "rotated_quadratic", lr=0.3, steps=40) for n in ("adam", "soap"))
    assert away(adam)[20] / away(adam)[0] == pytest.approx(0.75, abs=0.05)
    assert away(soap)[20] < away(soap)[0] / 4
    before, after = soap.points[[0, -1]] @ FLOOR
    assert before * after < 0
    assert away(adam)[-1] > 1


@pytest.mark.parametrize(("name", "alike"), [("soap", True), ("adam", False)])
def test_soap_takes_the_same_course_along_the_coordinates(name, alike):
    plane = {"xmin": -6, "xmax": 6, "ymin": -6, "ymax": 6}
    across = run(name, "rotated_quadratic", lr=0.3, steps=40)
    start = across.points[0] @ FLOOR, across.points[0] @ WALL
    box = {"x0": start[0], "y0": start[1], **plane}
    along = og.run(name, (lambda x, y: 0.25 * x**2 + 25 * y**2, box), lr=0.3, steps=40)
    turned = np.stack([across.points @ FLOOR, across.points @ WALL], axis=1)
    assert (np.abs(along.points - turned).max() < 1e-5) == alike


@pytest.mark.parametrize("function", ["rosenbrock", "nesterov_chebyshev"])
def test_soap_solves_valleys_at_a_rate_at_which_adam_does_not(function):
    assert run("soap", function, lr=0.1).verdict == "solved"
    assert run("adam", function, lr=0.1).verdict == "unsolved"


def test_soap_remembers_twice_as_many_gradients_as_adam_and_loses_leons_way():
    betas = default(SOAP, "betas"), default(torch.optim.Adam, "betas")
    assert 1 / (1 - betas[0][0]) == pytest.approx(20)
    assert 1 / (1 - betas[1][0]) == pytest.approx(10)
    assert run("adam", "leon", lr=1.0).solved() == 34
    assert run("soap", "leon", lr=1.0).verdict == "unsolved"


# PSGD-Kron


@pytest.fixture(scope="module")
def learning():
    settings = [{"precondition_lr": 0}, {}]
    return [run("psgd_kron", "matyas", lr=0.3, steps=80, **options) for options in settings]


def test_the_bound_keeps_steps_below_a_length(learning):
    longest = default(PSGDKron, "max_rms") * np.sqrt(2)
    assert longest == pytest.approx(1.56, abs=5e-3)
    for trajectory in learning:
        assert step_lengths(trajectory)[0] / 0.3 == pytest.approx(longest, rel=1e-4)
        assert step_lengths(trajectory).max() / 0.3 < 1.56


def test_without_learning_it_is_momentum_with_a_bound(learning):
    W, M = learning[0].points[0], np.zeros(2)
    for t, G in enumerate(learning[0].gradients[:-1], start=1):
        M = 0.9 * M + 0.1 * G
        P = M / (1 - 0.9**t)
        W = W - 0.3 * P * min(1, 1.1 / (np.sqrt(np.mean(P**2)) + 1e-6))
        assert learning[0].points[t] == pytest.approx(W, rel=1e-9, abs=1e-12)


def test_without_learning_a_third_of_the_way_is_still_ahead_after_eighty_steps(learning):
    plain, learned = (away(trajectory) for trajectory in learning)
    assert plain[-1] / plain[0] == pytest.approx(1 / 3, abs=0.03)
    assert learned[45:56].min() < 0.5


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_learning_keeps_steps_long_whatever_is_drawn(learning, seed):
    learned = run("psgd_kron", "matyas", lr=0.3, steps=80, seed=seed)
    on_the_slope, on_the_floor = (
        step_lengths(learned)[part].mean() for part in (slice(5, 20), slice(20, 80))
    )
    assert 0.6 < on_the_floor / on_the_slope < 1.6
    assert step_lengths(learned)[-30:].mean() > 2 * step_lengths(learning[0])[-30:].mean()
    assert learned.verdict == "solved"
    assert seed == 0 or not np.array_equal(learned.points, learning[1].points)


@pytest.mark.parametrize("function", ["rotated_quadratic", "himmelblau"])
def test_psgd_kron_does_not_settle_at_a_large_rate(function):
    psgd = run("psgd_kron", function, lr=1.0)
    assert psgd.verdict == "unsolved"
    assert step_lengths(psgd)[-50:].mean() > 0.5


# Sophia


@pytest.mark.parametrize("seed", range(3))
def test_sophia_goes_up_the_diagonal_for_forty_steps_whatever_it_draws(seed):
    steps = np.diff(run("sophia", "himmelblau", lr=0.1, steps=100, seed=seed).points, axis=0)
    assert steps[:41] == pytest.approx(0.1)
    assert np.abs(steps).max() < 0.1 + 1e-12


def test_sophia_turns_corners_about_the_minimum():
    steps = np.diff(run("sophia", "himmelblau", lr=0.1, steps=100).points, axis=0)
    assert (np.abs(steps) > 0.0999).mean() > 0.9
    turned = np.diff(np.sign(steps), axis=0) != 0
    assert turned.sum() >= 6
    assert not turned[:-5].all(axis=1).any()  # never both at once


def test_the_start_curves_down_along_x_and_adahessian_takes_short_steps_there():
    x, y = run("adahessian", "himmelblau", lr=0.1, steps=100).points[0]
    assert 12 * x**2 + 4 * y - 42 < 0
    adahessian, sophia = (run(n, "himmelblau", lr=0.1, steps=100) for n in ("adahessian", "sophia"))
    assert step_lengths(adahessian)[:20].max() < step_lengths(sophia)[0] / 3


def test_sophias_gamma_is_1_in_the_gallery_and_a_hundredth_in_the_paper():
    assert og.OPTIMIZERS["sophia"].defaults["gamma"] == 1
    assert default(Sophia, "gamma") == 0.01


def test_sophias_average_of_the_curvature_takes_long_to_fill():
    beta1, beta2 = default(Sophia, "betas")
    assert default(Sophia, "update_period") == 10
    assert 1 / (1 - beta1) == pytest.approx(25)
    h, m = 1 - beta2**10, 1 - beta1**100
    assert h == pytest.approx(0.1, abs=0.005)
    assert m / h == pytest.approx(10, abs=0.5)


def test_adam_gets_through_rosenbrocks_valley_and_sophia_does_not():
    assert run("adam", "rosenbrock", lr=1.0).verdict == "solved"
    for seed in range(3):
        assert run("sophia", "rosenbrock", lr=1.0, seed=seed).verdict != "solved"


def test_sophia_marches_out_of_beales_picture():
    sophia = run("sophia", "beale", lr=1.0)
    domain = sophia.test_fn.domain
    assert np.abs(sophia.points[:, 0]).max() > 2 * domain.xmax
    assert (np.abs(np.diff(sophia.points[:, 0])) > 0.999).mean() > 0.5
