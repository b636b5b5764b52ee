"""What the pages of Adafactor, CAME, LAMB, LARS and NovoGrad say is true of their runs."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
from pages import away, slopes, step_lengths

import optgallery as og
from optgallery.optim import CAME, LARS, NovoGrad

run = cache(og.run)


def default(cls, name):
    return signature(cls).parameters[name].default


def norms(trajectory):
    """Return the distance of each iterate from the origin."""
    return np.linalg.norm(trajectory.points, axis=1)


def rms(vector):
    return np.sqrt(np.mean(vector**2))


# Adafactor


@pytest.mark.parametrize(("function", "lr"), [("schwefel", 0.01), ("leon", 0.1), ("booth", 1.0)])
def test_adafactor_in_torch_is_the_formula_on_its_page(function, lr):
    shown = run("adafactor", function, lr=lr, steps=40)
    v, epsilon2, d = np.zeros(2), 1e-3, 1.0
    for t, g in enumerate(shown.gradients[:-1], start=1):
        theta = shown.points[t - 1]
        alpha = max(epsilon2, rms(theta)) * min(lr, 1 / np.sqrt(t))
        v = (1 - t**-0.8) * v + t**-0.8 * g**2
        u = g / np.sqrt(v)
        expected = theta - alpha * u / max(1, rms(u) / d)
        assert shown.points[t] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_adam_hardly_moves_on_schwefel_where_adafactor_arrives_and_rests():
    adam, adafactor = (run(name, "schwefel", lr=0.01, steps=60) for name in ("adam", "adafactor"))
    assert norms(adam).min() > 100
    assert step_lengths(adam)[0] / np.sqrt(2) == pytest.approx(0.01, rel=1e-4)
    assert step_lengths(adam).sum() < 1
    first = step_lengths(adafactor)[0]
    assert first == pytest.approx(5.7, abs=0.05)
    assert first == pytest.approx(0.01 * norms(adafactor)[0], rel=1e-6)
    assert away(adafactor)[-1] < 0.1
    assert step_lengths(adafactor)[-1] < 0.05


def test_adafactor_stands_before_the_origin_in_leons_valley():
    leon = run("adafactor", "leon", lr=0.1)
    assert norms(leon)[-1] == pytest.approx(0.01, abs=0.008)
    assert (leon.points[:, 0] < 0).all()
    assert (np.diff(norms(leon)[20:]) < 0).all()
    assert step_lengths(leon)[-1] < 1e-3
    assert slopes(leon)[-1] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("function", ["schwefel", "eggholder"])
def test_adam_stays_near_the_start_at_a_rate_at_which_adafactor_arrives(function):
    adam = run("adam", function, lr=0.003)
    assert away(adam, adam.points[0])[-1] < 1
    assert run("adafactor", function, lr=0.003).verdict == "solved"


def test_adafactors_steps_stay_long_at_himmelblaus_minimum():
    himmelblau = run("adafactor", "himmelblau", lr=0.3)
    lengths, t = step_lengths(himmelblau), np.arange(1, 201)
    assert himmelblau.verdict == "unsolved"
    assert lengths[-50:].min() > 0.1
    assert (lengths <= norms(himmelblau)[:-1] * np.minimum(0.3, t**-0.5) * (1 + 1e-9)).all()


# LAMB


def test_every_step_of_lamb_is_a_tenth_of_the_way_to_the_origin():
    for function in ("sphere", "booth"):
        lamb = run("lamb", function, lr=0.1, steps=80)
        assert step_lengths(lamb) == pytest.approx(0.1 * norms(lamb)[:-1])


def test_lamb_settles_at_the_origin_and_wanders_about_booths_minimum():
    sphere, booth = (run("lamb", function, lr=0.1, steps=80) for function in ("sphere", "booth"))
    assert step_lengths(sphere)[-1] < step_lengths(sphere)[0] / 50
    assert norms(sphere)[-1] < 0.1
    assert np.linalg.norm(booth.test_fn.minima[0]) == pytest.approx(3.2, abs=0.05)
    assert step_lengths(booth)[-40:] == pytest.approx(0.3, abs=0.1)
    assert away(booth)[-40:].max() > 0.3


def test_at_a_rate_of_one_lambs_distance_doubles():
    distance = norms(run("lamb", "rosenbrock", lr=1.0))
    growth = (distance[-1] / distance[50]) ** (1 / 150)
    assert 1.6 < growth <= 2 + 1e-9


# LARS


def test_the_gallery_takes_one_for_lars_and_the_paper_a_thousandth():
    assert default(LARS, "trust_coefficient") == 0.001
    assert og.OPTIMIZERS["lars"].defaults["trust_coefficient"] == 1.0


def test_lars_is_the_formula_on_its_page():
    shown = run("lars", "rosenbrock", lr=0.01, steps=140)
    v = np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1]):
        w = shown.points[t]
        v = 0.9 * v + 0.01 * np.linalg.norm(w) / np.linalg.norm(g) * g
        assert shown.points[t + 1] == pytest.approx(w - v, rel=1e-9)


def test_momentum_is_thrown_across_the_valley_and_lars_follows_the_floor():
    momentum = run("momentum", "rosenbrock", lr=0.003, steps=140)
    lars = run("lars", "rosenbrock", lr=0.01, steps=140)
    off = {t.optimizer.name: t.points[:, 1] - t.points[:, 0] ** 2 for t in (momentum, lars)}
    assert off["momentum"][0] * off["momentum"][1] < 0
    assert np.abs(off["momentum"]).max() > 0.9
    assert np.abs(off["lars"][20:]).max() < 0.05
    assert step_lengths(lars)[0] == pytest.approx(0.016, abs=5e-4)
    assert step_lengths(lars)[0] == pytest.approx(norms(lars)[0] / 100)
    assert step_lengths(lars).max() / step_lengths(lars)[0] == pytest.approx(4, abs=0.3)


def test_momentum_is_thrown_away_at_three_times_the_rate():
    assert run("momentum", "rosenbrock", lr=0.01).status == "diverged"


@pytest.mark.parametrize("function", ["sphere", "salomon", "drop_wave"])
def test_lars_hits_the_origin_in_its_first_step(function):
    assert norms(run("lars", function, lr=1.0))[1] < 1e-9


def test_lars_leaves_the_eggholder():
    assert 1 / (1 - default(LARS, "momentum")) == pytest.approx(10)
    eggholder = run("lars", "eggholder", lr=0.1)
    assert norms(eggholder)[0] == pytest.approx(526, abs=0.5)
    assert step_lengths(eggholder)[0] == pytest.approx(53, abs=0.5)
    assert norms(eggholder)[[20, 40, 100, 200]].min() > 1000
    assert step_lengths(eggholder)[100:].mean() > 100 * step_lengths(eggholder)[:10].mean()


# NovoGrad


def test_novograd_is_the_formula_on_its_page():
    shown = run("novograd", "easom", lr=0.003)
    v, m = np.sum(shown.gradients[0] ** 2), np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1]):
        if t:
            v = 0.98 * v + 0.02 * (g @ g)
        m = 0.95 * m + g / (np.sqrt(v) + 1e-8)
        assert shown.points[t + 1] == pytest.approx(shown.points[t] - 0.003 * m, rel=1e-8)


def test_the_first_step_is_the_rate_and_the_sum_holds_twenty():
    beta1, beta2 = default(NovoGrad, "betas")
    assert step_lengths(run("novograd", "easom", lr=0.003))[0] / 0.003 == pytest.approx(1)
    assert 1 / (1 - beta1) == pytest.approx(20)
    assert 1 / (1 - beta2) == pytest.approx(50)


@pytest.mark.parametrize("lr", [0.003, 0.01])
def test_easoms_hole_is_measured_by_its_plain(lr):
    easom = run("novograd", "easom", lr=lr)
    slope = slopes(easom)
    assert slope[0] == pytest.approx(0.028, abs=5e-4)
    assert slope.max() / slope[0] == pytest.approx(38.5, abs=1)
    v, entering = slope[0] ** 2, []
    for g in slope[1:]:
        v = 0.98 * v + 0.02 * g**2
        entering.append(g / np.sqrt(v))
    assert 4 < max(entering) < 6
    assert 30 < step_lengths(easom).max() / lr < 50


def test_the_far_wall_turns_novograd_back_at_the_smaller_rate_only():
    slow, fast = (run("novograd", "easom", lr=lr) for lr in (0.003, 0.01))
    assert away(slow)[20:].max() < 1
    assert away(slow)[-1] < 0.01
    assert away(fast)[20] == pytest.approx(1.35, abs=0.1)
    assert fast.values[20] > -0.1
    assert (np.diff(away(fast)[20:80]) > 0).all()
    assert fast.values[-1] > -1e-3


# CAME


def test_came_is_the_formula_on_its_page():
    shown = run("came", "booth", lr=0.003, steps=150)
    v, m, S = np.zeros(2), np.zeros(2), np.zeros(2)  # in one row the factors lose nothing
    for t, g in enumerate(shown.gradients[:-1]):
        v = 0.999 * v + 0.001 * (g**2 + 1e-30)
        u = g / np.sqrt(v)
        u = u / max(1, rms(u))
        m = 0.9 * m + 0.1 * u
        S = 0.9999 * S + 0.0001 * ((u - m) ** 2 + 1e-16)
        expected = shown.points[t] - 0.003 * m / np.sqrt(S)
        assert shown.points[t + 1] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_adafactor_has_two_thirds_of_the_way_ahead_when_came_has_arrived():
    adafactor, came = (run(name, "booth", lr=0.003, steps=150) for name in ("adafactor", "came"))
    ahead = away(adafactor)[-1] / away(adafactor)[0]
    assert ahead == pytest.approx(2 / 3, abs=0.02)
    assert step_lengths(adafactor).max() <= 0.003 * norms(adafactor).max() * (1 + 1e-9)
    assert away(came)[-1] < 0.05


def test_cames_steps_grow_while_updates_agree_and_shrink_at_the_minimum():
    lengths = step_lengths(run("came", "booth", lr=0.003, steps=150)) / 0.003
    assert lengths[0] == pytest.approx(16, abs=0.5)
    assert lengths[49] == pytest.approx(49, abs=1)
    assert (np.diff(lengths[10:45]) > 0).all()
    assert lengths.max() < 50
    assert lengths[-20:].max() < 5


@pytest.mark.parametrize(("function", "lr"), [("beale", 0.003), ("himmelblau", 0.001)])
def test_came_solves_at_rates_too_small_for_others(function, lr):
    assert run("came", function, lr=lr).verdict == "solved"
    for name in ("adam", "adafactor"):
        assert run(name, function, lr=lr).verdict == "unsolved"


def test_cames_first_step_leads_across_easoms_hole():
    easom = run("came", "easom", lr=0.3)
    assert step_lengths(easom)[0] == pytest.approx(4.7, abs=0.1)
    assert away(easom)[1] > 3
    assert np.abs(easom.values[1:]).max() < 1e-3


def test_cames_confidence_is_great_before_anything_has_been_seen():
    # of the first (u - m)^2, which is (0.9 u)^2, a ten thousandth enters the mean
    beta1, _, beta3 = default(CAME, "betas")
    share = (1 - beta1) / (beta1 * np.sqrt(1 - beta3))
    assert share == pytest.approx(11.1, abs=0.05)
    first = step_lengths(run("came", "booth", lr=0.003, steps=150))[0] / 0.003
    assert first == pytest.approx(np.sqrt(2) * share, rel=1e-3)
