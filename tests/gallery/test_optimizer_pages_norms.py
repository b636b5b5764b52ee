"""Claims about runs on the pages of Adafactor, CAME, LAMB, LARS and NovoGrad."""

import numpy as np
import pytest
from pages import away, cell, runs, slopes, solves, step_lengths


def norms(trajectory):
    """Return the distance of each iterate from the origin."""
    return np.linalg.norm(trajectory.points, axis=1)


def test_adafactor_crosses_schwefels_map_where_adam_hardly_moves():
    adam, adafactor, _ = runs("opt_adafactor")
    assert norms(adam).min() > 100
    assert step_lengths(adam).sum() < 1
    assert step_lengths(adafactor)[0] == pytest.approx(0.01 * norms(adafactor)[0], rel=1e-6)
    assert (np.diff(step_lengths(adafactor)) < 1e-9).mean() > 0.9
    assert away(adafactor)[-1] < 0.1
    for function in ("schwefel", "eggholder"):
        stays = cell("adam", function, 0.003)
        assert away(stays, stays.points[0])[-1] < 1


def test_adafactor_stops_before_the_origin_and_is_too_fast_far_from_it():
    *_, leon = runs("opt_adafactor")
    assert (leon.points[:, 0] < 0).all()
    assert (np.diff(norms(leon)[20:]) < 0).all()
    assert step_lengths(leon)[-1] < 1e-3 < slopes(leon)[-1]
    himmelblau = cell("adafactor", "himmelblau", 0.3)
    bound = norms(himmelblau)[:-1] * np.minimum(0.3, np.arange(1, 201) ** -0.5)
    assert (step_lengths(himmelblau) <= bound * (1 + 1e-9)).all()
    assert step_lengths(himmelblau)[-50:].min() > 0.1


def test_lambs_steps_are_a_share_of_the_distance_from_the_origin():
    sphere, booth = runs("opt_lamb")
    for trajectory in (sphere, booth):
        assert step_lengths(trajectory) == pytest.approx(0.1 * norms(trajectory)[:-1])
    assert norms(sphere)[-1] < 0.1
    assert away(booth)[-40:].max() > 0.3
    away_from_it = norms(cell("lamb", "rosenbrock", 1))
    assert 1.6 < (away_from_it[-1] / away_from_it[50]) ** (1 / 150) <= 2 + 1e-9


def test_lars_follows_rosenbrocks_floor_and_momentum_is_thrown_across():
    momentum, lars = runs("opt_lars")
    off = [t.points[:, 1] - t.points[:, 0] ** 2 for t in (momentum, lars)]
    assert off[0][0] * off[0][1] < 0
    assert np.abs(off[0]).max() > 10 * np.abs(off[1][20:]).max()
    assert step_lengths(lars)[0] == pytest.approx(norms(lars)[0] / 100)
    assert step_lengths(lars).max() / step_lengths(lars)[0] == pytest.approx(4, abs=0.3)
    assert cell("momentum", "rosenbrock", 0.01).status == "diverged"


def test_lars_hits_the_origin_at_once_and_leaves_the_eggholder():
    for function in ("sphere", "salomon", "drop_wave"):
        assert norms(cell("lars", function, 1))[1] < 1e-9
    eggholder = cell("lars", "eggholder", 0.1)
    assert norms(eggholder)[[20, 40, 100, 200]].min() > 1000
    assert step_lengths(eggholder)[100:].mean() > 100 * step_lengths(eggholder)[:10].mean()


def test_novograd_scales_easoms_hole_by_its_plain():
    slow, fast = runs("opt_novograd")
    for trajectory in (slow, fast):
        slope = slopes(trajectory)
        assert slope.max() / slope[0] == pytest.approx(39, abs=1.5)
        v, entering = slope[0] ** 2, []
        for g in slope[1:]:
            v = 0.98 * v + 0.02 * g**2
            entering.append(g / np.sqrt(v))
        assert max(entering) > 4
        assert step_lengths(trajectory)[0] == pytest.approx(trajectory.lr)
        assert step_lengths(trajectory).max() > 30 * step_lengths(trajectory)[0]
    assert away(slow)[-1] < 0.01
    assert fast.values[20] > -0.1
    assert (np.diff(away(fast)[20:80]) > 0).all()
    assert fast.values[-1] > -1e-3


def test_came_speeds_up_while_updates_agree_and_shrinks_at_the_minimum():
    adafactor, came = runs("opt_came")
    assert away(adafactor)[-1] / away(adafactor)[0] == pytest.approx(2 / 3, abs=0.02)
    assert step_lengths(adafactor).max() <= 0.003 * norms(adafactor).max() * (1 + 1e-9)
    lengths = step_lengths(came) / came.lr
    assert lengths[0] == pytest.approx(16, abs=0.5)
    assert (np.diff(lengths[10:45]) > 0).all()
    assert lengths[-20:].max() < lengths[0] / 3
    assert away(came)[-1] < 0.05


def test_came_shines_at_rates_too_small_for_others_and_leaps_across_easoms_hole():
    for function, lr in (("beale", 0.003), ("himmelblau", 0.001)):
        assert not solves("adam", function, lr)
        assert not solves("adafactor", function, lr)
    easom = cell("came", "easom", 0.3)
    assert away(easom)[1] > 3
    assert np.abs(easom.values[1:]).max() < 1e-3
