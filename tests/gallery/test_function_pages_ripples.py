"""Claims about runs on the pages of functions with ripples, rings and webs."""

import numpy as np
import pytest
from pages import away, cell, moves, outside, runs, slopes, solves, step_lengths

import optgallery as og


def radii(trajectory):
    return np.hypot(*trajectory.points.T)


def test_griewank_along_the_gradient_along_the_diagonal_and_towards_the_origin_by_decay():
    sgd, adam, adamw = runs("fn_griewank")
    x, y = np.abs(sgd.gradients[0])
    assert y / x == pytest.approx(2, abs=0.15)
    assert sgd.points[0, 0] < 0
    assert away(sgd)[20] < 0.01
    assert moves(adam)[0] == pytest.approx(np.full(2, -adam.lr), rel=1e-5)
    assert away(adam, (-np.pi / 2, np.sqrt(2) * np.pi / 2)).min() < 0.3
    left = cell("adam", "griewank", 0.03)
    assert left.points[-1, 0] < -3
    assert slopes(left)[-1] < 0.01
    assert adamw.values[3] > adamw.values[1]
    assert away(adamw)[100] < 0.05
    for other in (
        og.run("adamw", "griewank", lr=1.0, weight_decay=0.0),
        cell("adam", "griewank", 1),
        cell("rmsprop", "griewank", 0.03),
    ):
        assert away(other, left.points[-1])[-1] < 0.1
    for optimizer, lr in (("adahessian", 1), ("nesterov", 1), ("muon", 0.3)):
        assert solves(optimizer, "griewank", lr)


def test_drop_wave_at_rest_in_a_ring_over_the_crest_and_by_chance_on_the_minimum():
    momentum, adam, lars = runs("fn_drop_wave")
    assert np.ptp(radii(momentum)[50:]) < 0.04
    crest = np.pi / 12
    assert crest < radii(adam)[1] < crest + 0.05
    assert slopes(adam)[2:4].max() < slopes(adam)[0] / 10
    assert step_lengths(adam)[1:4].max() < 0.06
    assert radii(adam)[5:].max() < crest
    assert radii(lars)[1] < 1e-12
    assert outside(lars).argmax() == 8
    inward = og.run("lars", "drop_wave", lr=1.0, steps=1, start=(-0.3, 0.8))
    assert inward.points[1] == pytest.approx(2 * inward.points[0])
    ring = cell("nesterov", "drop_wave", 0.003)
    assert radii(ring)[-1] == pytest.approx(radii(momentum)[-1], abs=0.05)
    assert radii(cell("sgd", "drop_wave", 0.1)).max() > 1.5


def test_salomons_rings_rise_by_a_tenth_between_walls_twenty_times_as_high():
    fn = og.FUNCTIONS["salomon"]
    r = np.linspace(0, 2.2, 22001)
    z = fn(r, 0 * r)
    dips = np.flatnonzero((z[1:-1] < z[:-2]) & (z[1:-1] < z[2:])) + 1
    assert r[dips] == pytest.approx([1, 2], abs=0.01)
    assert np.diff(z[[0, *dips]]) == pytest.approx([0.1, 0.1], abs=0.001)
    assert z[r < 1].max() == pytest.approx(2, abs=0.06)


def test_salomon_one_stays_in_the_ring_one_drifts_along_it_and_one_is_lucky():
    adam, lion, averaged = runs("fn_salomon")
    assert radii(adam)[-1] == pytest.approx(1, abs=0.01)
    angle = np.degrees(np.unwrap(np.arctan2(lion.points[:, 1], lion.points[:, 0])))
    assert abs(angle[200] - angle[50]) == pytest.approx(90, abs=6)
    assert 0.8 < radii(lion)[50:].min() < radii(lion)[50:].max() < 1.1
    sgd = cell("sgd", "salomon", 0.3)
    assert averaged.points[1] == pytest.approx(sgd.points[1])
    assert radii(averaged)[1:].argmax() + 1 == 3
    assert radii(averaged)[1:].max() < 0.5
    assert radii(averaged)[50:].max() < 0.01
    assert (np.diff(radii(sgd)[1:5]) > 0.7).all()
    assert sgd.outcome.kind == "solved"
    assert radii(sgd)[radii(sgd).argmin() :].max() > 2
    elsewhere = og.run("schedule_free_sgd", "salomon", lr=0.3, start=(-1.2, -0.3))
    assert elsewhere.values[-1] > 0.09
    assert radii(cell("momentum", "salomon", 0.01))[-1] == pytest.approx(1, abs=0.01)


def test_schaffer_n2_one_nearly_at_rest_one_across_and_one_to_and_fro():
    adagrad, momentum, lion = runs("fn_schaffer_n2")
    assert step_lengths(adagrad)[-100:].sum() < 0.1
    assert 0.001 < slopes(adagrad)[-1] < 0.005
    along = momentum.points @ (1, -1)
    assert along[0] < -1
    assert along[25:].min() > 0.5
    assert (np.diff(along[70:]) < 0).all()
    assert np.abs(moves(lion)) == pytest.approx(lion.lr)
    assert lion.points[8:18:2] == pytest.approx(lion.points[6:16:2], abs=1e-9)
    along = lion.points @ (1, -1)
    assert (np.diff(np.sign(along)) != 0).sum() >= 4
    fn = og.FUNCTIONS["schaffer_n2"]
    required = 1e-3 * fn(*fn.start)
    assert required == pytest.approx(0.00097, abs=1e-5)
    for side in (1, -1):
        r = np.linspace(0, 0.98, 99)
        assert fn(r / np.sqrt(2), side * r / np.sqrt(2)).max() < required
        assert fn(1 / np.sqrt(2), side / np.sqrt(2)) > required
    assert radii(cell("momentum", "schaffer_n2", 1))[-1] > 10


def test_schaffer_n4_all_cross_the_bend_and_go_different_ways():
    adagrad, adam, lion = runs("fn_schaffer_n4")
    bend = min(adagrad.test_fn.minima)
    for trajectory in (adagrad, adam, lion):
        assert away(trajectory, bend)[trajectory.evaluations_to_solve()] < 0.3
    assert away(adagrad, bend)[3:].max() < 0.05
    assert adam.values[-1] - adam.test_fn.minimum < 0.0003
    assert lion.points[-8:] == pytest.approx(lion.points[-10:-2], abs=1e-9)
    slow = cell("sgd", "schaffer_n4", 0.01)
    assert slow.outcome.kind == "solved"
    assert slopes(slow).max() / slopes(slow)[0] == pytest.approx(9, abs=0.5)
    out = cell("momentum", "schaffer_n4", 1)
    assert outside(out)[-1]
    assert out.values[-1] == pytest.approx(0.5, abs=0.01)
