"""What the pages of ASGD, Schedule-Free, Lookahead, Rprop and Lion say is true of their runs."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
import torch
from pages import away, step_lengths

import optgallery as og
from optgallery.optim import Lion, Lookahead, ScheduleFreeAdamW, ScheduleFreeSGD

run = cache(og.run)


def default(cls, name):
    return signature(cls).parameters[name].default


# ASGD


class Average(torch.optim.ASGD):
    """The class of the page."""

    def train(self):
        (p,) = self.param_groups[0]["params"]
        p.data = self.state[p].get("theta", p.data)

    def eval(self):
        (p,) = self.param_groups[0]["params"]
        self.state[p]["theta"] = p.data
        p.data = self.state[p]["ax"].clone()


NOISY_BOOTH = og.functions.noisy("booth", 5)


def test_asgd_in_torch_is_the_formula_on_its_page():
    shown = og.run("asgd", "booth", lr=0.1, lambd=0.1, steps=50)
    averaged = og.run(Average, "booth", lr=0.1, lambd=0.1, t0=20, steps=50)
    theta, a, eta = shown.points[0], shown.points[0], 0.1
    for t, g in enumerate(shown.gradients[:-1], start=1):
        theta = (1 - 0.1 * eta) * theta - eta * g
        eta = 0.1 / (1 + 0.1 * 0.1 * t) ** 0.75
        a = a + (theta - a) / max(1, t - 1 - 20)
        assert theta == pytest.approx(shown.points[t], rel=1e-5, abs=1e-6)
        assert a == pytest.approx(averaged.points[t], rel=1e-5, abs=1e-6)


def test_asgd_at_its_defaults_is_very_nearly_sgd():
    assert default(torch.optim.ASGD, "t0") == 1e6
    assert default(torch.optim.ASGD, "lambd") == 1e-4
    sgd, asgd = (run(name, "booth", lr=0.1).points for name in ("sgd", "asgd"))
    assert asgd == pytest.approx(sgd, abs=2e-3)


def test_the_cloud_stays_wide_shrinks_with_the_rate_and_its_average_comes_to_rest():
    plain, falling = (og.run("asgd", NOISY_BOOTH, lr=0.1, **o) for o in ({}, {"lambd": 0.1}))
    average = og.run(Average, NOISY_BOOTH, lr=0.1, t0=20)
    assert (1 + 0.1 * 0.1 * 200) ** -0.75 < 0.5
    assert average.points[:23] == pytest.approx(plain.points[:23], rel=1e-9)
    assert average.points[23] == pytest.approx(plain.points[22:24].mean(axis=0), rel=1e-9)
    early, late = step_lengths(plain)[20:80], step_lengths(plain)[-60:]
    assert late.mean() == pytest.approx(early.mean(), rel=0.4)
    assert step_lengths(falling)[-60:].mean() < 0.6 * late.mean()
    assert step_lengths(average)[-60:].mean() < 0.05 * late.mean()
    assert average.values[-60:].mean() < 0.1 * plain.values[-60:].mean()


def test_a_slightly_lower_rate_ends_sgds_jumping_on_the_sphere():
    sgd = run("sgd", "sphere", lr=1.0)
    assert sgd.points[2] == pytest.approx(sgd.points[0])
    assert sgd.values[-1] == pytest.approx(sgd.values[0])
    assert run("asgd", "sphere", lr=1.0).values[-1] < 0.1


def test_asgd_fails_where_sgd_does():
    for function, lr in (("booth", 0.3), ("easom", 0.01)):
        assert run("asgd", function, lr=lr).verdict == run("sgd", function, lr=lr).verdict


# Schedule-Free SGD and AdamW


def test_schedule_free_sgd_takes_nine_tenths_of_the_average_and_no_warm_up():
    assert default(ScheduleFreeSGD, "momentum") == 0.9
    assert default(ScheduleFreeSGD, "warmup_steps") == 0


def test_schedule_free_sgd_is_the_formula_on_its_page():
    shown = run("schedule_free_sgd", "booth", lr=0.1, steps=60)
    x = z = shown.points[0]
    for t in range(1, 61):
        y = 0.1 * z + 0.9 * x
        a, b = y[0] + 2 * y[1] - 7, 2 * y[0] + y[1] - 5
        z = z - 0.1 * np.array([2 * a + 4 * b, 4 * a + 2 * b])
        x = (1 - 1 / t) * x + z / t
        assert x == pytest.approx(shown.points[t], rel=1e-9)


def test_the_average_is_smooth_where_sgd_zigzags_and_passes_the_minimum_before_step_25():
    sgd, shown = (run(name, "booth", lr=0.1, steps=60) for name in ("sgd", "schedule_free_sgd"))
    assert shown.points[1] == pytest.approx(sgd.points[1])
    turns = [
        (np.diff(np.sign(np.diff(t.points @ np.array([1, 1])))[2:25]) != 0).sum()
        for t in (sgd, shown)
    ]
    assert turns[0] > 20
    assert turns[1] < 6
    assert (shown.points[:20, 0] < 1).all()
    assert shown.points[25, 0] > 1.1
    assert shown.points[60, 0] > 1.05


def test_schedule_free_sgd_is_wild_for_three_steps_at_a_rate_that_is_lost_on_sgd():
    assert run("sgd", "booth", lr=0.3).verdict == "climbed"
    lengths = step_lengths(run("schedule_free_sgd", "booth", lr=0.3, steps=60))
    assert lengths[:3].min() > 9
    assert lengths[3:].max() < 5


def test_schedule_free_sgd_is_stable_below_twenty_in_the_long_run():
    assert 2 / (1 - default(ScheduleFreeSGD, "momentum")) == pytest.approx(20)
    below = run("schedule_free_sgd", "booth", lr=1.0)  # 18
    assert below.verdict == "solved"
    assert away(below).max() > 1e7
    above = og.run("schedule_free_sgd", "booth", lr=1.2)  # 21.6
    assert above.values[-1] > above.values[100] > above.values[50]
    assert run("schedule_free_sgd", "rotated_quadratic", lr=0.3).verdict == "solved"
    assert run("sgd", "rotated_quadratic", lr=0.3).status == "diverged"


def test_schedule_free_sgd_is_late_where_sgds_rate_is_right():
    assert run("sgd", "himmelblau", lr=0.01).solved() == 12
    assert run("schedule_free_sgd", "himmelblau", lr=0.01).solved() > 30
    assert run("schedule_free_sgd", "zakharov", lr=0.1).stopped_at < 10


def test_schedule_free_adamw_is_the_formula_on_its_page():
    assert default(ScheduleFreeAdamW, "weight_decay") == 0
    assert default(ScheduleFreeAdamW, "warmup_steps") == 0
    shown = run("schedule_free_adamw", "booth", lr=1, steps=40)
    x = z = shown.points[0]
    v = np.zeros(2)
    for t in range(1, 41):
        y = 0.1 * z + 0.9 * x
        a, b = y[0] + 2 * y[1] - 7, 2 * y[0] + y[1] - 5
        g = np.array([2 * a + 4 * b, 4 * a + 2 * b])
        v = 0.999 * v + 0.001 * g**2
        z = z - g / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        x = (1 - 1 / t) * x + z / t
        assert x == pytest.approx(shown.points[t], rel=1e-9)


def test_adam_tumbles_where_the_mean_comes_to_rest_in_another_minimum():
    adam, mean = (
        run(name, "himmelblau", lr=1, steps=40) for name in ("adam", "schedule_free_adamw")
    )
    for shown in (adam, mean):
        assert shown.points[1] - shown.points[0] == pytest.approx([1, 1], rel=1e-3)
    assert step_lengths(adam)[1:4].min() > 1
    assert step_lengths(mean)[1] == pytest.approx(step_lengths(mean)[0] / 2, rel=0.02)
    assert step_lengths(mean)[2:].max() <= step_lengths(mean)[1]
    assert away(adam, (3, 2))[15:41].max() > 0.5
    assert away(adam, (3, 2))[-1] < 0.3
    other = min(mean.test_fn.minima, key=lambda m: np.hypot(*(mean.points[-1] - m)))
    assert other[1] < 0
    assert mean.points[:, 0].max() > other[0] + 0.2
    assert away(mean, other)[20:].max() < 0.02


def test_schedule_free_adamw_beside_adam():
    assert run("adam", "himmelblau", lr=1.0).solved() == 44
    assert run("schedule_free_adamw", "himmelblau", lr=1.0).solved() < 15
    assert run("adam", "beale", lr=1.0).solved() is None
    assert run("schedule_free_adamw", "beale", lr=1.0).verdict == "solved"
    assert run("adam", "sphere", lr=0.1).solved() == 56
    assert run("schedule_free_adamw", "sphere", lr=0.1).solved() is None
    assert f"{run('adam', 'rosenbrock', lr=0.3).values[-1]:.3f}" == "0.072"
    assert run("schedule_free_adamw", "rosenbrock", lr=0.3).values[-1] > 0.3


# Lookahead


def test_lookahead_runs_five_steps_and_takes_half_of_the_way_back():
    assert (default(Lookahead, "k"), default(Lookahead, "alpha")) == (5, 0.5)
    adam, shown = (run(name, "booth", lr=1, steps=40) for name in ("adam", "lookahead"))
    assert shown.points[:5] == pytest.approx(adam.points[:5], rel=1e-12)
    assert shown.points[5] == pytest.approx((adam.points[0] + adam.points[5]) / 2, rel=1e-12)
    jump, before, after = shown.points[5] - shown.points[4], *np.diff(shown.points, axis=0)[[3, 5]]
    assert jump @ before < 0
    assert before @ after > 0.9 * np.hypot(*before) * np.hypot(*after)


def test_lookahead_is_half_as_fast_and_never_gets_half_as_far_beyond_as_adam():
    adam, lookahead = (
        ((run(name, "booth", lr=1, steps=40).points - np.array([1, 3])) @ np.array([1, -1]))
        for name in ("adam", "lookahead")
    )
    assert lookahead.max() < adam.max() / 2
    pace = (lookahead[10] - lookahead[0]) / (adam[10] - adam[0])
    assert pace == pytest.approx(0.5, abs=0.1)


def test_lookahead_beside_adam():
    for function, lr, adam in (("booth", 1.0, 28), ("sphere", 1.0, 37)):
        assert (
            run("adam", function, lr=lr).solved()
            == adam
            > run("lookahead", function, lr=lr).solved()
        )
    assert run("adam", "beale", lr=1.0).solved() is None
    assert run("lookahead", "beale", lr=1.0).verdict == "solved"
    for function, lr, adam in (("booth", 0.3, 30), ("beale", 0.1, 75)):
        assert run("adam", function, lr=lr).solved() == adam
        assert run("lookahead", function, lr=lr).solved() > 2 * adam


# Rprop


def test_rprop_in_torch_is_the_formula_on_its_page():
    assert default(torch.optim.Rprop, "etas") == (0.5, 1.2)
    assert default(torch.optim.Rprop, "step_sizes") == (1e-6, 50)
    shown = run("rprop", "himmelblau", lr=0.03, steps=50)
    theta, before, delta = shown.points[0], np.zeros(2), np.full(2, 0.03)
    for t, g in enumerate(shown.gradients[:-1], start=1):
        product = before * g
        delta = delta * np.select([product > 0, product < 0], [1.2, 0.5], 1)
        before = np.where(product < 0, 0, g)
        theta = theta - delta * np.sign(before)
        assert theta == pytest.approx(shown.points[t], rel=1e-9)


@pytest.mark.parametrize("lr", [0.001, 0.03, 1])
def test_rprop_begins_on_a_diagonal(lr):
    first = np.diff(run("rprop", "himmelblau", lr=lr, steps=50).points, axis=0)[:3]
    assert first[:, 0] == pytest.approx(first[:, 1])


def test_a_thousand_times_rprops_rate_saves_26_gradients_of_41():
    slow, fast = (run("rprop", "himmelblau", lr=lr, steps=50) for lr in (0.001, 1))
    assert slow.solved() == 41
    assert fast.solved() == 41 - 26
    steps = np.abs(np.diff(slow.points, axis=0))[:37, 1]
    assert steps[-1] == pytest.approx(0.7, abs=0.02)
    assert (np.diff(steps) > 0).all()
    assert np.abs(np.diff(fast.points, axis=0))[3, 0] == 0  # halts


def test_rprops_steps_shrink_to_0_6_with_each_three_on_rosenbrock_and_then_it_creeps():
    shown = run("rprop", "rosenbrock", lr=0.1, steps=100)
    steps = np.abs(np.diff(shown.points, axis=0))[:18].reshape(6, 3, 2)
    assert steps[:, 2] == pytest.approx(0)
    for k in range(5):
        assert steps[k + 1, 1] == pytest.approx(steps[k, 1] * 0.6)
    assert step_lengths(shown)[20:].max() < 0.03


@pytest.mark.parametrize(
    ("function", "verdict"), [("schwefel", "solved"), ("gramacy_lee", "solved")]
)
def test_rprop_finds_the_scale(function, verdict):
    assert run("rprop", function, lr=0.001).verdict == verdict
    domain = og.FUNCTIONS["schwefel"].domain
    assert domain.xmax - domain.xmin == 350
    assert np.abs(run("rprop", "gramacy_lee", lr=0.001).gradients[0]).max() < 0.1


@pytest.mark.parametrize("function", ["rosenbrock", "leon"])
def test_rprop_fails_in_bent_valleys_at_any_rate(function):
    assert not any(run("rprop", function, lr=lr).solved() for lr in og.LEARNING_RATES)


# Lion


def test_lion_is_the_formula_on_its_page():
    assert default(Lion, "betas") == (0.9, 0.99)
    shown = run("lion", "sphere", lr=0.3, steps=60)
    theta, m = shown.points[0], np.zeros(2)
    for t, g in enumerate(shown.gradients[:-1], start=1):
        theta = theta - 0.3 * np.sign(0.9 * m + 0.1 * g)
        m = 0.99 * m + 0.01 * g
        assert theta == pytest.approx(shown.points[t], rel=1e-9)


def test_lion_moves_both_coordinates_by_0_3_goes_too_far_and_never_rests():
    shown, adam = (run(name, "sphere", lr=0.3, steps=60) for name in ("lion", "adam"))
    assert np.abs(np.diff(shown.points, axis=0)) == pytest.approx(0.3)
    x = shown.points[:, 0]
    assert (x > 0).argmax() == 14
    assert x.max() == pytest.approx(2)
    for values in shown.points[41:].T:
        assert np.ptp(values) == pytest.approx(0.3)
    assert adam.points[:, 0].max() > 0.5
    assert step_lengths(adam)[-10:].max() < 0.1


def test_lion_walks_at_one_pace_along_beales_floor_and_out_of_the_picture():
    lion, adam = (run(name, "beale", lr=0.1, steps=60) for name in ("lion", "adam"))
    assert lion.solved() in range(29, 33)
    assert lion.points[-1, 0] > lion.test_fn.domain.xmax
    assert adam.solved() is None
    assert step_lengths(adam)[-10:].max() < 0.5 * step_lengths(adam)[10:20].max()


def test_lion_beside_adam():
    for function in ("rotated_quadratic", "matyas"):
        assert run("lion", function, lr=0.1).verdict == "solved"
        assert run("adam", function, lr=0.1).solved() is None
    for function, adam in (("sphere", 56), ("beale", 29)):
        assert run("adam", function, lr=0.3).solved() == adam
        assert run("lion", function, lr=0.3).solved() is None
