"""What the pages of Prodigy, D-Adapt Adam and DoG say is true of the runs they show."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
from pages import away, step_lengths

import optgallery as og
from optgallery.optim import DAdaptAdam, DoG, Prodigy

run = cache(og.run)


def verdict(name, function, lr):
    return run(name, function, lr=lr).verdict


def default(cls, name):
    return signature(cls).parameters[name].default


@cache
def estimates(cls, function, **options):
    """Return d after each step of a run."""
    found = []

    class Watched(cls):
        def step(self, closure=None):
            loss = super().step(closure)
            found.append(self.param_groups[0]["d"])
            return loss

    og.run(Watched, function, **options)
    return np.array(found)


# Prodigy


def prodigies():
    return [run("prodigy", name, lr=1.0, steps=80) for name in ("schwefel", "michalewicz")]


@pytest.mark.parametrize("gamma", [0.3, 1.0])
def test_prodigy_is_the_formula_on_its_page(gamma):
    shown = og.run("prodigy", "sphere", lr=gamma, steps=80)
    x0, root, d, r = shown.points[0], np.sqrt(0.999), 1e-6, 0.0
    m, v, s = np.zeros(2), np.zeros(2), np.zeros(2)
    for k, g in enumerate(shown.gradients[:-1]):
        x = shown.points[k]
        m, v = 0.9 * m + 0.1 * d * g, 0.999 * v + 0.001 * d**2 * g**2
        r = root * r + (1 - root) * gamma * d**2 * (g @ (x0 - x))
        s = root * s + (1 - root) * gamma * d**2 * g
        before, d = d, max(d, r / np.abs(s).sum())
        left = x - gamma * before * m / (np.sqrt(v) + d * 1e-8)
        assert shown.points[k + 1] == pytest.approx(left, rel=1e-6, abs=1e-9)
    assert (default(Prodigy, "lr"), default(Prodigy, "d0")) == (1, 1e-6)


def test_prodigys_d_finds_out_which_of_two_functions_it_is_on():
    far, near = prodigies()
    assert [away(far)[0], away(near)[0]] == pytest.approx([109, 0.54], rel=0.01)
    ds = [estimates(Prodigy, name, lr=1.0, steps=80) for name in ("schwefel", "michalewicz")]
    for d, last in zip(ds, (31, 0.16), strict=True):
        assert d[9] == pytest.approx(0.004, rel=0.05)
        assert d[-1] == pytest.approx(last, rel=0.05)
        assert (np.diff(d) >= 0).all()
    assert near.points[:, 0].max() > np.pi
    assert not default(Prodigy, "bias_correction")
    for shown in (far, near):
        assert away(shown, tuple(shown.points[0]))[10] < 0.03
        assert shown.verdict == "solved"


def test_adam_has_no_rate_for_both_functions():
    verdicts = {
        name: [verdict("adam", name, lr) == "solved" for lr in og.LEARNING_RATES]
        for name in ("schwefel", "michalewicz")
    }
    assert verdicts["schwefel"] == [False] * 6 + [True]
    assert not verdicts["michalewicz"][-1]


def test_prodigy_jumps_across_easoms_hole_onto_the_plain():
    shown = run("prodigy", "easom", lr=1.0)
    within = away(shown) < 1.5
    assert within.any()
    assert not within[100:].any()
    assert not shown.test_fn.domain.contains(shown.points[-1:])[0]


def test_prodigy_has_not_begun_at_a_small_rate():
    shown = run("prodigy", "sphere", lr=0.01)
    assert away(shown, tuple(shown.points[0])).max() < 0.1


# D-Adapt Adam

GAMMAS = (0.1, 0.3, 1.0)


def adapts():
    return [run("dadapt_adam", "sphere", lr=gamma, steps=120) for gamma in GAMMAS]


@pytest.mark.parametrize("gamma", [0.3, 1.0])
def test_dadapt_adam_is_the_formula_on_its_page(gamma):
    shown = og.run("dadapt_adam", "sphere", lr=gamma, steps=80)
    root, d, r = np.sqrt(0.999), 1e-6, 0.0
    m, v, s = np.zeros(2), np.zeros(2), np.zeros(2)
    for k, g in enumerate(shown.gradients[:-1]):
        r = root * r + (1 - root) * d * gamma * (g @ (s / (np.sqrt(v) + 1e-8)))
        s = root * s + (1 - root) * d * gamma * g
        m, v = 0.9 * m + 0.1 * d * gamma * g, 0.999 * v + 0.001 * g**2
        left = shown.points[k] - m / (np.sqrt(v) + 1e-8)
        assert shown.points[k + 1] == pytest.approx(left, rel=1e-6, abs=1e-9)
        d = max(d, r / ((1 - root) * np.abs(s).sum()))
    assert (default(DAdaptAdam, "lr"), default(DAdaptAdam, "d0")) == (1, 1e-6)


def test_dadapt_adam_stands_still_and_then_goes():
    tenth = [int((away(shown) < 0.9 * away(shown)[0]).argmax()) for shown in adapts()]
    assert tenth == [50, 19, 11]


def test_d_grows_past_the_distance_at_the_meant_rate():
    ds = [estimates(DAdaptAdam, "sphere", lr=gamma, steps=120)[-1] for gamma in GAMMAS]
    assert away(adapts()[0])[0] == pytest.approx(4.7, abs=0.03)
    assert ds == pytest.approx([2.6, 5.3, 9.4], abs=0.05)


def test_large_steps_fling_it_about_and_small_ones_do_not():
    small, _, large = adapts()
    assert 0.2 < step_lengths(small).max() < 0.5
    assert step_lengths(large)[15:].max() > 2
    assert large.solved() < small.solved()


def test_dadapt_adam_solves_far_and_near_at_a_tenth():
    for name, distance in (("schwefel", 109), ("michalewicz", 0.54)):
        shown = run("dadapt_adam", name, lr=0.1)
        assert away(shown)[0] == pytest.approx(distance, rel=0.01)
        assert shown.verdict == "solved"


def test_dadapt_adam_leaves_the_picture_or_does_not_begin():
    for name in ("ackley", "beale"):
        shown = run("dadapt_adam", name, lr=1.0)
        assert shown.verdict == "climbed"
        assert not shown.test_fn.domain.contains(shown.points[-1:])[0]
    shown = run("dadapt_adam", "booth", lr=0.01)
    assert away(shown, tuple(shown.points[0])).max() < 0.05


# DoG


def dogs():
    guesses = (1e-6, 1e-4, 1e-2)
    return [run("dog", "himmelblau", lr=1.0, reps_rel=rho, steps=120) for rho in guesses]


def test_dog_is_the_formula_on_its_page():
    shown, squares = dogs()[1], 1e-8
    reach = 1e-4 * (1 + np.hypot(*shown.points[0]))
    for t, g in enumerate(shown.gradients[:-1]):
        squares += g @ g
        reach = max(reach, away(shown, tuple(shown.points[0]))[t])
        left = shown.points[t] - reach / np.sqrt(squares) * g
        assert shown.points[t + 1] == pytest.approx(left, rel=1e-9)


def test_dogs_first_step_is_some_millionths():
    assert (default(DoG, "lr"), default(DoG, "reps_rel")) == (1, 1e-6)
    first = [step_lengths(shown)[0] for shown in dogs()]
    assert first == pytest.approx([3.5e-6, 3.5e-4, 3.5e-2], rel=0.01)


def test_a_hundredth_of_the_first_step_costs_little_more_than_twenty_steps():
    shortest, middle, longest = (shown.solved() for shown in dogs())
    assert shortest - longest == 44
    assert (shortest - middle, middle - longest) == pytest.approx((22, 22), abs=2)
    ends = [shown.points[-1] for shown in dogs()]
    assert ends[0] == pytest.approx(ends[2], abs=0.01)
    distance = away(dogs()[0], tuple(dogs()[0].points[0]))
    growth = distance[2:21] / distance[1:20]
    assert growth[[0, -1]] == pytest.approx([1.7, 1.2], abs=0.05)
    assert (np.diff(growth) < 0).all()


def test_the_longest_start_shoots_past_and_the_shortest_does_not():
    shortest, _, longest = dogs()
    steps = step_lengths(longest)
    assert 1 + steps.argmax() == 18
    assert steps.max() == pytest.approx(3, abs=0.1)
    assert longest.points[:, 0].max() > 3.58 + 0.5
    assert step_lengths(shortest).max() < 1


def test_dogs_steps_die_on_the_floor_of_a_valley():
    shown = run("dog", "rotated_quadratic", lr=1.0)
    across = np.abs(shown.points @ np.array([-0.6, 0.8]))
    assert across[40] > 0.5 * across[0]
    assert across[80:].max() < 0.05
    assert step_lengths(shown)[-50:] == pytest.approx(0.013, abs=5e-3)
    assert away(shown)[-1] == pytest.approx(4, abs=0.05)
    assert verdict("adam", "rotated_quadratic", 1.0) == "solved"


def test_dog_shines_in_round_basins_and_fails_in_valleys_and_at_other_rates():
    for name in ("schwefel", "himmelblau", "schaffer_n4"):
        assert verdict("dog", name, 1.0) == "solved"
    assert verdict("dog", "rosenbrock", 1.0) == "unsolved"
    shown = run("dog", "himmelblau", lr=0.3)
    assert away(shown, tuple(shown.points[0])).max() < 0.1
