"""Claims about runs on the pages of Muon, Shampoo, SOAP, PSGD-Kron and Sophia."""

import numpy as np
import pytest
from pages import away, cell, moves, runs, solves, step_lengths

import optgallery as og

FLOOR, WALL = np.array([0.8, 0.6]), np.array([-0.6, 0.8])  # of the rotated quadratic


def degrees_between(v, w):
    """Return the angle between two lines."""
    return np.degrees(np.arccos(min(1, abs(v @ w) / np.linalg.norm(v) / np.linalg.norm(w))))


def test_signum_zigzags_and_muon_finds_the_floors_direction():
    signum, muon = runs("opt_muon")
    crossings = [
        np.flatnonzero(np.diff(np.sign(t.points[:, 1] - t.points[:, 0] ** 2)))
        for t in (signum, muon)
    ]
    assert len({tuple(step) for step in np.sign(moves(signum)).tolist()}) == 4
    assert len(crossings[0]) > 30
    assert (crossings[1] < 45).sum() == 5
    assert (crossings[1] >= 45).sum() == 1
    assert step_lengths(muon).max() < 1.6 * step_lengths(muon).min()
    free = og.run("muon", "rosenbrock", lr=0.03, steps=140, weight_decay=0)
    assert step_lengths(free) / 0.03 == pytest.approx(0.7, abs=0.03)


def test_muon_does_not_settle_and_the_decay_pulls_it_across_the_eggholder():
    rosenbrock = cell("muon", "rosenbrock", 0.1)
    assert rosenbrock.outcome.kind == "solved"
    assert away(rosenbrock)[-1] > 0.5
    distance = np.linalg.norm(cell("muon", "eggholder", 0.1).points, axis=1)
    assert (np.diff(distance) < 0).all()
    assert distance[-1] < distance[0] / 5


def test_shampoo_favours_the_floor_and_adagrad_cannot():
    adagrad, shampoo = runs("opt_shampoo")
    for trajectory in (adagrad, shampoo):
        across = trajectory.points[:5] @ WALL
        assert (across[1:] * across[:-1] < 0).all()
        assert (np.diff(np.abs(across[1:])) < 0).all()
    sums = (adagrad.gradients**2).sum(axis=0)
    assert 1 < np.sqrt(sums[1] / sums[0]) < 1.5  # one rate, nearly
    L, R, ratios = 1e-4, 1e-4 * np.eye(2), []
    for step, G in enumerate(shampoo.gradients):
        L, R = L + G @ G, R + np.outer(G, G)
        values, axes = np.linalg.eigh(R)
        root = L**-0.25 * (axes * values**-0.25) @ axes.T
        ratios.append((FLOOR @ root @ FLOOR) / (WALL @ root @ WALL))
        assert step or degrees_between(axes[:, 1], WALL) < 5
    assert np.array(ratios[5:]) == pytest.approx(2, abs=0.6)
    assert away(shampoo)[-1] < away(adagrad)[-1] / 3


def test_shampoo_beside_adagrad_and_on_a_bowl():
    assert not solves("adagrad", "rotated_quadratic", 1)
    sphere = cell("shampoo", "sphere", 0.1)
    assert (np.diff(step_lengths(sphere)) < 0).all()
    assert away(sphere)[-1] > away(sphere)[0] / 3


def test_soap_does_not_move_in_its_first_step_and_then_follows_the_floor():
    adam, soap = runs("opt_soap")
    assert (soap.points[1] == soap.points[0]).all()
    assert degrees_between(soap.gradients[0], WALL) < 5
    assert away(adam)[20] / away(adam)[0] == pytest.approx(0.75, abs=0.05)
    assert away(soap)[20] < away(soap)[0] / 4
    assert (soap.points[0] @ FLOOR) * (soap.points[-1] @ FLOOR) < 0
    for function in ("rosenbrock", "nesterov_chebyshev"):
        assert not solves("adam", function, 0.1)


@pytest.mark.parametrize(("number", "alike"), [(1, True), (0, False)], ids=["soap", "adam"])
def test_soaps_path_is_the_same_if_the_valley_lies_along_the_coordinates(number, alike):
    across = runs("opt_soap")[number]
    start = across.points[0] @ FLOOR, across.points[0] @ WALL
    box = {"x0": start[0], "y0": start[1], "xmin": -6, "xmax": 6, "ymin": -6, "ymax": 6}
    name = across.optimizer.name
    along = og.run(name, (lambda x, y: 0.25 * x**2 + 25 * y**2, box), lr=0.3, steps=40)
    rotated = np.stack([across.points @ FLOOR, across.points @ WALL], axis=1)
    assert (np.abs(along.points - rotated).max() < 1e-5) == alike


def test_psgd_kron_enlarges_small_gradients_on_the_floor():
    plain, learned = runs("opt_psgd_kron")
    W, M = plain.points[0], np.zeros(2)
    for t, G in enumerate(plain.gradients[:-1], start=1):  # momentum with a bound
        M = 0.9 * M + 0.1 * G
        P = M / (1 - 0.9**t)
        W = W - 0.3 * P * min(1, 1.1 / (np.sqrt(np.mean(P**2)) + 1e-6))
        assert plain.points[t] == pytest.approx(W, rel=1e-9, abs=1e-12)
    assert away(plain)[-1] / away(plain)[0] == pytest.approx(1 / 3, abs=0.03)
    assert away(learned)[45:56].min() < 0.5
    for trajectory in (plain, learned):
        assert step_lengths(trajectory).max() <= 1.56 * 0.3
        assert step_lengths(trajectory)[0] == pytest.approx(1.56 * 0.3, rel=0.01)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_psgd_kron_keeps_its_steps_long_whatever_it_draws(seed):
    plain, _ = runs("opt_psgd_kron")
    learned = og.run("psgd_kron", "matyas", lr=0.3, steps=80, seed=seed)
    slope, floor = (step_lengths(learned)[part].mean() for part in (slice(5, 20), slice(20, 80)))
    assert 0.6 < floor / slope < 1.6
    assert step_lengths(learned)[-30:].mean() > 2 * step_lengths(plain)[-30:].mean()
    assert learned.outcome.kind == "solved"


def test_psgd_kron_circles_in_large_steps_at_a_large_rate():
    for function in ("rotated_quadratic", "himmelblau"):
        assert step_lengths(cell("psgd_kron", function, 1))[-50:].mean() > 0.5


def test_sophia_follows_a_diagonal_and_turns_corners_about_the_minimum():
    adahessian, sophia = runs("opt_sophia")
    x, y = sophia.points[0]
    assert 12 * x**2 + 4 * y - 42 < 0  # Himmelblau's second derivative along x
    assert step_lengths(adahessian)[:20].max() < step_lengths(sophia)[0] / 3
    assert np.abs(moves(sophia)).max() < sophia.lr + 1e-12
    assert (np.abs(moves(sophia)) > 0.999 * sophia.lr).mean() > 0.9
    turned = np.diff(np.sign(moves(sophia)), axis=0) != 0
    assert turned.sum() >= 6
    assert not turned[:-5].all(axis=1).any()  # never both at once
    for seed in range(3):
        drawn = og.run("sophia", "himmelblau", lr=0.1, steps=41, seed=seed)
        assert moves(drawn) == pytest.approx(0.1)


def test_sophia_fails_across_the_coordinates_and_leaves_beales_picture():
    assert solves("adam", "rosenbrock", 1)
    for seed in range(3):
        assert og.run("sophia", "rosenbrock", lr=1.0, seed=seed).outcome.kind != "solved"
    beale = cell("sophia", "beale", 1)
    assert np.abs(beale.points[:, 0]).max() > 2 * beale.test_fn.domain.xmax
    assert (np.abs(moves(beale)[:, 0]) > 0.999).mean() > 0.5
