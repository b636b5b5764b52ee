"""The pages of functions with ripples, rings and webs: what their prose says."""

import numpy as np
import pytest
from pages import away, played, slopes, step_lengths

from optgallery import FUNCTIONS, run


def radii(trajectory):
    return np.hypot(*trajectory.points.T)


def test_griewank_one_follows_the_gradient_and_one_the_diagonal():
    sgd, adam, _ = played("griewank").values()
    x, y = np.abs(sgd.gradients[0])
    assert y / x == pytest.approx(2.1, abs=0.05)
    assert sgd.points[0, 0] < 0
    assert away(sgd)[20] < 0.01
    np.testing.assert_allclose(adam.points[1] - adam.points[0], -0.03, rtol=1e-5)
    assert away(adam, (-np.pi / 2, np.sqrt(2) * np.pi / 2)).min() < 0.3
    end = run("adam", "griewank", lr=0.03)
    assert away(end, (-3.14, 4.4385))[-1] < 0.01
    assert end.values[-1] == pytest.approx(0.0074, abs=1e-4)


def test_griewank_one_is_drawn_to_the_minimum_by_its_decay():
    adamw = played("griewank")["adamw"]
    assert adamw.values[3] > adamw.values[1]
    assert away(adamw)[100] < 0.05
    without = run("adamw", "griewank", lr=1.0, weight_decay=0.0)
    for trajectory in (without, run("adam", "griewank", lr=1.0)):
        assert away(trajectory, (-3.14, 4.4385))[-1] < 0.05
    still = run("adamw", "sphere", lr=1.0, steps=1).points
    free = run("adamw", "sphere", lr=1.0, steps=1, weight_decay=0.0).points
    np.testing.assert_allclose(free[1] - still[1], 0.01 * free[0])


def test_griewanks_others_end_where_the_page_says():
    assert run("rmsprop", "griewank", lr=0.03).values[-1] == pytest.approx(0.0074, abs=1e-4)
    for name, lr in (("adahessian", 1.0), ("nesterov", 1.0), ("muon", 0.3)):
        assert run(name, "griewank", lr=lr).verdict == "solved"


def test_drop_wave_one_rests_in_the_ring_and_one_is_carried_over_the_crest():
    momentum, adam, _ = played("drop_wave").values()
    r = radii(momentum)
    assert r[:20].min() < 0.46
    assert r[50:] == pytest.approx(0.52, abs=0.02)
    assert momentum.values[-1] == pytest.approx(-0.936, abs=0.005)
    crest = np.pi / 12
    np.testing.assert_allclose(np.abs(adam.points[1] - adam.points[0]), 0.3, rtol=1e-5)
    assert crest < radii(adam)[1] < crest + 0.05
    assert slopes(adam)[2:4].max() < slopes(adam)[0] / 10
    assert step_lengths(adam)[1:4].max() < 0.06
    assert radii(adam)[5:].max() < crest


def test_drop_wave_lars_lands_on_the_origin_from_outside_a_ring_only():
    lars = played("drop_wave")["lars"]
    assert radii(lars)[1] < 1e-12
    inside = FUNCTIONS["drop_wave"].domain.contains(lars.points)
    assert inside[:8].all()
    assert not inside[8]
    inward = run("lars", "drop_wave", lr=1.0, steps=1, start=(-0.3, 0.8))
    np.testing.assert_allclose(inward.points[1], 2 * inward.points[0])
    near = run("nesterov", "drop_wave", lr=0.003)
    assert radii(near)[-1] == pytest.approx(0.52, abs=0.01)
    assert radii(run("sgd", "drop_wave", lr=0.1)).max() > 1.5


def test_salomons_rings_and_walls():
    fn = FUNCTIONS["salomon"]
    r = np.linspace(0, 2.2, 22001)
    z = fn(r, 0 * r)
    dips = np.flatnonzero((z[1:-1] < z[:-2]) & (z[1:-1] < z[2:])) + 1
    assert r[dips] == pytest.approx([1, 2], abs=0.01)
    assert np.diff(z[[0, *dips]]) == pytest.approx([0.1, 0.1], abs=0.001)
    assert z[r < 1].max() == pytest.approx(2, abs=0.06)


def test_salomon_one_stays_in_the_ring_and_one_drifts_along_it():
    adam, lion, _ = played("salomon").values()
    assert radii(adam)[-1] == pytest.approx(1, abs=0.01)
    assert adam.values[-1] == pytest.approx(0.1, abs=0.001)
    np.testing.assert_allclose(np.abs(np.diff(lion.points, axis=0)), 0.01)
    angle = np.degrees(np.unwrap(np.arctan2(lion.points[:, 1], lion.points[:, 0])))
    assert abs(angle[200] - angle[50]) == pytest.approx(90, abs=6)
    assert 0.8 < radii(lion)[50:].min() < radii(lion)[50:].max() < 1.1


def test_salomon_one_is_lucky():
    averaged = played("salomon")["schedule_free_sgd"]
    sgd = run("sgd", "salomon", lr=0.3)
    np.testing.assert_allclose(averaged.points[1], sgd.points[1])
    assert step_lengths(averaged)[0] == pytest.approx(1.3, abs=0.01)
    assert radii(averaged)[0] == pytest.approx(1.4, abs=0.02)
    assert radii(averaged)[1:].max() == pytest.approx(0.48, abs=0.005)
    assert radii(averaged)[50:].max() < 0.01
    assert (np.diff(radii(sgd)[1:5]) > 0.7).all()
    met = int(radii(sgd).argmin())
    assert sgd.verdict == "solved"
    assert radii(sgd)[met:].max() > 2
    elsewhere = run("schedule_free_sgd", "salomon", lr=0.3, start=(-1.2, -0.3))
    assert elsewhere.values[-1] > 0.09
    assert radii(run("momentum", "salomon", lr=0.01))[-1] == pytest.approx(1, abs=0.01)


def test_schaffer_n2_one_nearly_rests_in_the_valley():
    adagrad = played("schaffer_n2")["adagrad"]
    assert radii(adagrad)[10] == pytest.approx(1.15, abs=0.01)
    assert away(adagrad, adagrad.points[100])[200] == pytest.approx(0.03, abs=0.003)
    assert 0.002 < slopes(adagrad)[200] < 0.003


def test_schaffer_n2_one_runs_across_and_one_to_and_fro():
    _, momentum, lion = played("schaffer_n2").values()
    along = momentum.points @ (1, -1) / np.sqrt(2)
    assert along[0] < -1
    assert along[25:].min() > 0.4
    assert (np.diff(along[70:]) < 0).all()
    np.testing.assert_allclose(np.abs(np.diff(lion.points, axis=0)), 0.1)
    np.testing.assert_allclose(lion.points[6:18:2] - lion.points[6], 0, atol=1e-9)
    along = lion.points @ (1, -1) / np.sqrt(2)
    assert (np.diff(np.sign(along)) != 0).sum() >= 4
    assert (along.min() < -1, along.max() > 1) == (True, True)


def test_schaffer_n2_is_solved_within_a_stretch_of_its_two_valleys():
    fn = FUNCTIONS["schaffer_n2"]
    tau = 1e-3 * fn(*fn.start)
    assert tau == pytest.approx(0.00097, abs=1e-5)
    for side in (1, -1):
        r = np.linspace(0, 0.98, 99)
        assert fn(r / np.sqrt(2), side * r / np.sqrt(2)).max() < tau
        assert fn(1 / np.sqrt(2), side / np.sqrt(2)) > tau
    assert radii(run("momentum", "schaffer_n2", lr=1.0))[-1] > 10


def test_schaffer_n4_all_cross_the_bend_and_go_different_ways():
    adagrad, adam, lion = played("schaffer_n4").values()
    bend = min(FUNCTIONS["schaffer_n4"].minima)
    assert [t.solved() for t in (adagrad, adam, lion)] == [3, 8, 25]
    assert away(adagrad, bend)[3:].max() < 0.05
    assert adam.points[-1, 1] == pytest.approx(-0.57, abs=0.01)
    assert adam.values[-1] - FUNCTIONS["schaffer_n4"].minimum < 0.0003
    np.testing.assert_allclose(np.abs(np.diff(lion.points, axis=0)), 0.03)
    np.testing.assert_allclose(lion.points[-1], (-2.3, -1.9), atol=0.05)
    np.testing.assert_allclose(lion.points[-9::2], lion.points[-1:].repeat(5, axis=0), atol=1e-9)


def test_schaffer_n4_begins_on_a_ridge_and_is_level_far_out():
    slow = run("sgd", "schaffer_n4", lr=0.01)
    assert slow.verdict == "solved"
    assert run("sgd", "schaffer_n4", lr=0.003).verdict == "unsolved"
    assert slopes(slow)[0] == pytest.approx(0.14, abs=0.005)
    assert slopes(slow).max() / slopes(slow)[0] == pytest.approx(9, abs=0.5)
    out = run("momentum", "schaffer_n4", lr=1.0)
    assert radii(out)[-1] > 10
    assert out.values[-1] == pytest.approx(0.5, abs=0.01)
