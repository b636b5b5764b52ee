"""What the pages of Adam and of those before and after it say is true of the runs they show."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
import torch
from pages import away, slopes, step_lengths

import optgallery as og
from optgallery.optim import ADOPT, Adan

run = cache(og.run)

EVERYWHERE = {"x0": 1, "y0": 1, "xmin": -1, "xmax": 2, "ymin": -1, "ymax": 2}
HIMMELBLAU = min(og.FUNCTIONS["himmelblau"].minima, key=lambda p: np.hypot(p[0] - 3.6, p[1] + 1.8))


def plane(name, **options):
    """Run where the gradient is 1 along each axis everywhere, and return the steps."""
    trajectory = og.run(name, ((lambda x, y: x + y), EVERYWHERE), **options)
    return -np.diff(trajectory.points, axis=0)


def moves(trajectory):
    return np.diff(trajectory.points, axis=0)


def outside(trajectory):
    return ~trajectory.test_fn.domain.contains(trajectory.points)


class TestAdam:
    def test_in_torch_is_the_formula_on_the_page(self):
        shown = run("adam", "beale", lr=0.1, steps=50)
        theta, m, v = shown.points[0], np.zeros(2), np.zeros(2)
        for t, g in enumerate(shown.gradients[:-1], start=1):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
            theta = theta - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-8)
            assert theta == pytest.approx(shown.points[t], rel=1e-9)

    def test_the_first_step_is_the_same_on_slopes_a_hundred_thousand_times_apart(self):
        flat, steep = (run("adam", name, lr=0.1) for name in ("easom", "goldstein_price"))
        assert slopes(steep)[0] > 1e5 * slopes(flat)[0]
        for trajectory in (flat, steep):
            assert np.abs(moves(trajectory)[0]) == pytest.approx(0.1, rel=1e-4)

    def test_keeps_its_pace_on_a_slope_that_steepens(self):
        flat = run("adam", "easom", lr=0.1)
        assert slopes(flat)[10] > 30 * slopes(flat)[0]
        assert step_lengths(flat)[10] == pytest.approx(step_lengths(flat)[0], rel=0.05)

    def test_slows_to_a_fifth_where_the_slope_flattens(self):
        steep = run("adam", "goldstein_price", lr=0.1)
        assert slopes(steep)[15] < slopes(steep)[0] / 5
        assert step_lengths(steep)[15] == pytest.approx(step_lengths(steep)[0] / 5, rel=0.1)

    def test_rmsprop_starts_ten_times_too_long_and_leaps_over_the_minimum(self):
        rmsprop = run("rmsprop", "bohachevsky_1", lr=0.1)
        assert np.abs(moves(rmsprop)[0]) == pytest.approx(1, rel=1e-3)
        assert np.abs(moves(rmsprop)[-20:]) == pytest.approx(0.1, rel=0.02)
        assert (np.diff(np.sign(rmsprop.points[-20:]), axis=0) != 0).all()

    def test_adam_passes_the_minimum_comes_back_and_rests(self):
        adam = run("adam", "bohachevsky_1", lr=0.1)
        assert adam.points[:, 0].min() < -0.05
        assert adam.points[:, 1].max() > 0.05
        assert away(adam)[-50:].max() < 0.02
        assert step_lengths(adam)[-1] < 1e-3

    def test_schwefels_minimum_is_farther_than_two_hundred_steps_of_a_tenth(self):
        adam = run("adam", "schwefel", lr=0.1)
        assert away(adam)[0] == pytest.approx(109, abs=1)
        assert np.ptp(adam.points, axis=0).max() < 25
        assert adam.verdict == "unsolved"

    @pytest.mark.parametrize("function", ["easom", "goldstein_price", "freudenstein_roth"])
    def test_one_rate_does_for_slopes_of_every_size(self, function):
        assert run("adam", function, lr=0.3).verdict == "solved"

    def test_is_carried_up_a_wall_on_beale(self):
        beale = run("adam", "beale", lr=1.0)
        assert beale.values[:6].max() > 2 * beale.values[0]
        assert away(beale)[-1] > 3
        assert beale.verdict == "unsolved"


class TestAMSGrad:
    def test_in_torch_corrects_after_the_maximum(self):
        shown = run("amsgrad", "rosenbrock", lr=0.1, betas=(0.9, 0.9))
        x, m, v, v_max = shown.points[0], np.zeros(2), np.zeros(2), np.zeros(2)
        for t, g in enumerate(shown.gradients[:100], start=1):
            m, v = 0.9 * m + 0.1 * g, 0.9 * v + 0.1 * g**2
            v_max = np.maximum(v_max, v)
            step = m / (1 - 0.9**t) / (np.sqrt(v_max / (1 - 0.9**t)) + 1e-8)
            x = x - 0.1 * step
            assert x == pytest.approx(shown.points[t], rel=1e-6)

    def test_rests_where_adam_stumbles_to_the_end(self):
        options = {"lr": 0.3, "betas": (0.9, 0.9)}
        adam, amsgrad = (run(n, "goldstein_price", **options) for n in ("adam", "amsgrad"))
        assert step_lengths(adam)[50:].max() > 0.03
        assert step_lengths(adam)[-20:].mean() > 0.01
        assert step_lengths(amsgrad)[-20:].max() < 1e-3
        assert away(amsgrad)[-1] < 1e-3

    def test_adam_forgets_the_wall_and_amsgrad_creeps(self):
        options = {"lr": 0.1, "betas": (0.9, 0.9)}
        adam, amsgrad = (run(n, "rosenbrock", **options) for n in ("adam", "amsgrad"))
        assert adam.solved() == pytest.approx(109, abs=2)
        assert step_lengths(amsgrad)[100:] == pytest.approx(0.004, rel=0.1)
        assert slopes(amsgrad)[80:].max() < 0.015 * slopes(amsgrad)[0]
        long = og.run("amsgrad", "rosenbrock", steps=1800, **options)
        assert long.solved() == pytest.approx(1600, rel=0.03)

    def test_with_its_default_it_is_nearly_adam(self):
        assert run("amsgrad", "goldstein_price", lr=0.3).solved() == 16
        assert run("adam", "goldstein_price", lr=0.3).solved() == 16
        assert run("adam", "zakharov", lr=0.1).solved() == 182
        assert run("amsgrad", "zakharov", lr=0.1).solved() > 182
        assert run("adam", "rosenbrock", lr=0.1).values[-1] == pytest.approx(0.998, abs=2e-3)
        assert run("amsgrad", "rosenbrock", lr=0.1).values[-1] > 1.05


class TestAdagrad:
    def test_on_a_steady_slope_a_step_goes_with_the_root_of_its_number(self):
        steps = plane("adagrad", lr=0.3)
        t = np.arange(1, 201)
        assert steps == pytest.approx(np.repeat(0.3 / np.sqrt(t)[:, None], 2, axis=1), rel=1e-6)
        assert steps[:, 0].sum() == pytest.approx(2 * 0.3 * np.sqrt(200), rel=0.06)
        assert steps[:, 0].sum() / 0.3 == pytest.approx(27, abs=0.2)
        assert signature(torch.optim.Adagrad).parameters["lr_decay"].default == 0

    def test_the_ravines_slopes_are_constant_and_one_is_ten_times_the_other(self):
        gradients = np.abs(run("adagrad", "abs_ravine", lr=0.3).gradients)
        assert gradients == pytest.approx(np.tile([1, 10], (201, 1)))

    def test_rmsprop_leaps_across_the_minimum_to_the_end(self):
        rmsprop = run("rmsprop", "abs_ravine", lr=0.3)
        assert np.abs(moves(rmsprop)).min() > 0.3
        assert (np.diff(np.sign(rmsprop.points[-20:, 0])) != 0).all()

    def test_adagrad_turns_at_the_crease_and_walks_along_it(self):
        adagrad = run("adagrad", "abs_ravine", lr=0.3)
        steps = np.abs(moves(adagrad))
        assert steps[0] == pytest.approx(0.3)
        assert steps[29] == pytest.approx(0.055, abs=5e-4)
        x, y = adagrad.points.T
        assert x[31] < -1
        assert np.abs(y[32:]).max() < 0.06
        assert np.abs(x[70:]).max() < 0.06
        assert np.ptp(x[31:62]) > 1

    def test_solves_at_large_rates_what_rmsprop_does_not(self):
        for function in ("himmelblau", "goldstein_price", "beale"):
            assert run("adagrad", function, lr=1.0).verdict == "solved"
        assert run("rmsprop", "goldstein_price", lr=1.0).verdict == "climbed"
        assert run("rmsprop", "beale", lr=1.0).values[-1] > 10

    def test_hardly_moves_on_a_floor(self):
        for function in ("rosenbrock", "matyas"):
            trajectory = run("adagrad", function, lr=0.1)
            assert trajectory.verdict == "unsolved"
            assert step_lengths(trajectory)[-1] < 0.25 * step_lengths(trajectory)[0]

    def test_gets_nowhere_at_a_small_rate(self):
        sphere = run("adagrad", "sphere", lr=0.01)
        assert np.ptp(sphere.points, axis=0).max() < 27 * 0.01


class TestRMSprop:
    def test_the_first_step_is_ten_rates_and_the_hundredth_a_quarter_too_long(self):
        steps = plane("rmsprop", lr=0.01)[:, 0] / 0.01
        assert steps[0] == pytest.approx(10, rel=1e-5)
        assert steps[99] == pytest.approx(1.25, abs=0.01)
        defaults = signature(torch.optim.RMSprop).parameters
        assert defaults["alpha"].default == 0.99
        assert defaults["momentum"].default == 0

    def test_is_thrown_over_the_valley_and_back_in_four(self):
        rmsprop = run("rmsprop", "rosenbrock", lr=0.1)
        assert moves(rmsprop)[0] == pytest.approx(1, rel=1e-3)
        x, y = rmsprop.points[:6].T
        assert y[0] < x[0] ** 2
        assert y[1] > x[1] ** 2 + 1.5
        assert step_lengths(rmsprop)[1:5].min() > 0.3
        assert abs(y[5] - x[5] ** 2) < 0.05
        assert slopes(rmsprop)[1] > 400

    def test_finds_its_pace_again_and_adagrad_does_not(self):
        adagrad, rmsprop = (run(name, "rosenbrock", lr=0.1) for name in ("adagrad", "rmsprop"))
        assert np.abs(moves(adagrad)[0]) == pytest.approx(0.1, rel=1e-6)
        assert step_lengths(rmsprop)[150] == pytest.approx(2 * step_lengths(rmsprop)[15], rel=0.15)
        assert rmsprop.points[-1, 0] > 0.2
        assert away(adagrad, adagrad.points[0])[-1] == pytest.approx(0.3, abs=0.02)

    def test_small_rates_are_not_small_at_first(self):
        for function, lr, adam in (
            ("himmelblau", 0.1, 54),
            ("himmelblau", 0.03, 107),
            ("booth", 0.1, 120),
        ):
            assert run("adam", function, lr=lr).solved() == adam
            assert run("rmsprop", function, lr=lr).solved() < 0.5 * adam

    def test_large_rates_leap_to_where_there_is_no_way_back(self):
        easom = run("rmsprop", "easom", lr=0.3)
        assert np.abs(moves(easom)[0]) == pytest.approx(3, rel=1e-3)
        assert slopes(easom)[1] < 1e-4
        assert outside(run("rmsprop", "goldstein_price", lr=1.0))[1]


@pytest.fixture(scope="module")
def by_epsilon():
    return [run("adadelta", "himmelblau", lr=1.0, eps=eps) for eps in (1e-6, 1e-4, 1e-2)]


class TestAdadelta:
    def test_in_torch_is_the_formula_on_the_page(self, by_epsilon):
        shown, x = by_epsilon[0], by_epsilon[0].points[0]
        of_g, of_x = np.zeros(2), np.zeros(2)
        for t, g in enumerate(shown.gradients[:-1], start=1):
            of_g = 0.9 * of_g + 0.1 * g**2
            step = -np.sqrt(of_x + 1e-6) / np.sqrt(of_g + 1e-6) * g
            of_x = 0.9 * of_x + 0.1 * step**2
            x = x + step
            assert x == pytest.approx(shown.points[t], rel=1e-6)
        defaults = signature(torch.optim.Adadelta).parameters
        assert (defaults["eps"].default, defaults["rho"].default) == (1e-6, 0.9)

    def test_the_first_step_is_made_of_epsilon(self, by_epsilon):
        for shown, first in zip(by_epsilon, (0.0032, 0.032, 0.32), strict=True):
            assert np.abs(moves(shown)[0]) == pytest.approx(first, rel=0.04)

    def test_steps_grow_by_their_own_measure(self, by_epsilon):
        left = step_lengths(by_epsilon[0])
        assert (np.diff(left[:60]) > 0).all()
        assert left[60] > 10 * left[0]
        assert by_epsilon[1].solved() < 40
        assert step_lengths(by_epsilon[1])[-1] < 1e-3

    def test_a_large_epsilon_makes_gradient_descent_at_the_end(self, by_epsilon):
        right = by_epsilon[2]
        assert right.solved() < 10
        assert away(right, HIMMELBLAU)[15:40].max() < 1e-2
        assert (np.abs(right.gradients[15:40]) ** 2).max() < 1e-2 / 10
        assert step_lengths(right)[20:40].max() < 1e-2
        widths = step_lengths(right)[80:]
        assert (widths > 0.5).all()
        assert (np.diff(widths) > 0).all()
        assert (np.diff(np.sign(right.points[80:, 0] - HIMMELBLAU[0])) != 0).all()
        descent = og.run("sgd", "himmelblau", lr=1.0, start=(3.58, -1.84), steps=5)
        assert away(descent, HIMMELBLAU)[2] > 3 * away(descent, HIMMELBLAU)[0]

    def test_covers_less_than_one_on_a_steady_slope(self):
        assert plane("adadelta", lr=1.0).sum(axis=0) == pytest.approx(0.92, abs=5e-3)
        assert plane("adam", lr=0.1).sum(axis=0) == pytest.approx(20, rel=1e-3)

    def test_solves_at_one_what_is_near_and_not_what_is_far(self):
        for function in ("easom", "michalewicz", "himmelblau"):
            assert run("adadelta", function, lr=1.0).verdict == "solved"
        for function in ("sphere", "booth"):
            assert run("adadelta", function, lr=1.0).values[-1] > 10


class TestAdamax:
    def test_in_torch_is_the_formula_on_the_page(self):
        shown = run("adamax", "beale", lr=1.0)
        theta, m, u = shown.points[0], np.zeros(2), np.zeros(2)
        for t, g in enumerate(shown.gradients[:50], start=1):
            m, u = 0.9 * m + 0.1 * g, np.maximum(0.999 * u, np.abs(g) + 1e-8)
            theta = theta - 1 / (1 - 0.9**t) * m / u
            assert theta == pytest.approx(shown.points[t], rel=1e-6)
        assert f"{0.999**200:.1f}" == "0.8"

    def test_the_average_follows_the_slope_down_and_the_maximum_does_not(self):
        adam, adamax = (run(name, "beale", lr=1.0) for name in ("adam", "adamax"))
        for trajectory in (adam, adamax):
            assert np.abs(moves(trajectory)[0]) == pytest.approx(1, rel=1e-6)
            assert np.sign(trajectory.gradients[:2, 0]).tolist() == [1, -1]
            ratio = trajectory.gradients[1, 1] / trajectory.gradients[0, 1]
            assert ratio == pytest.approx(0.25, abs=0.02)
        assert moves(adam)[:4, 1].min() > 0.6
        assert adam.points[4, 1] == pytest.approx(1.5, abs=0.05)
        assert adam.points[9, 0] < -1
        assert (np.diff(moves(adamax)[:6, 1]) < 0).all()
        assert adam.verdict == "unsolved"
        assert adamax.verdict == "solved"

    def test_reaches_ackleys_hole_and_adam_the_dent_beside_it(self):
        assert run("adamax", "ackley", lr=1.0).verdict == "solved"
        assert away(run("adam", "ackley", lr=1.0))[-1] == pytest.approx(0.95, abs=0.02)

    def test_is_slower_where_the_steepest_comes_first(self):
        assert run("adam", "rosenbrock", lr=0.3).values[-1] == pytest.approx(0.072, abs=2e-3)
        assert run("adamax", "rosenbrock", lr=0.3).values[-1] > 1
        assert run("adam", "dixon_price", lr=0.1).solved() == 89
        assert run("adamax", "dixon_price", lr=0.1).verdict == "unsolved"


class TestAdan:
    def test_the_defaults_are_the_shares_of_the_old(self):
        defaults = signature(Adan).parameters
        assert defaults["betas"].default == (0.98, 0.92, 0.99)
        assert defaults["weight_decay"].default == 0
        assert round(1 / (1 - 0.98)) == 50

    def test_the_third_step_of_both_crosses_the_crease(self):
        for name in ("adam", "adan"):
            trajectory = run(name, "abs_ravine", lr=1.0)
            assert np.abs(moves(trajectory)[:3]) == pytest.approx(1, rel=1e-6)
            assert trajectory.gradients[2:4, 1].tolist() == pytest.approx([10, -10])

    def test_the_change_cancels_the_average(self):
        adam, adan = (run(name, "abs_ravine", lr=1.0) for name in ("adam", "adan"))
        assert (moves(adam)[3:5, 1] < 0).all()
        assert adam.points[5, 1] - adam.points[3, 1] == pytest.approx(-0.5, abs=0.02)
        assert abs(moves(adan)[3, 1]) == pytest.approx(0.02, abs=5e-3)
        assert np.abs(adan.points[4:, 1]).max() < 0.2
        assert np.abs(adam.points[4:, 1]).max() > 0.5
        assert adam.points[:, 0].max() == pytest.approx(1.6, abs=0.05)
        assert adan.points[:, 0].max() == pytest.approx(1.0, abs=0.05)

    def test_solves_at_large_rates(self):
        assert run("adan", "himmelblau", lr=1.0).solved() < 44 / 2
        assert run("adam", "himmelblau", lr=1.0).solved() == 44
        for function in ("goldstein_price", "abs_ravine"):
            assert run("adan", function, lr=1.0).verdict == "solved"
            assert run("adam", function, lr=1.0).verdict == "unsolved"

    def test_swings_where_nothing_turns_abruptly(self):
        adam, adan = (run(name, "sphere", lr=0.1) for name in ("adam", "adan"))
        assert adam.solved() == 56
        assert adan.solved() > 2 * 56
        assert adan.points[:, 0].max() > 1
        assert adam.points[:, 0].max() < 0.1
        assert run("adam", "himmelblau", lr=0.1).solved() == 54
        assert run("adan", "himmelblau", lr=0.1).solved() > 2 * 54


class TestADOPT:
    def test_the_first_gradient_keeps_nearly_all_of_its_weight(self):
        _, beta2 = signature(ADOPT).parameters["betas"].default
        assert beta2 == 0.9999
        assert beta2**200 == pytest.approx(0.98, abs=1e-3)
        assert 81**0.25 == 3

    def test_the_first_call_moves_nothing(self):
        assert (moves(run("adopt", "easom", lr=0.003))[0] == 0).all()

    def test_is_carried_down_easoms_hole_at_the_bound_of_the_clip(self):
        adam, adopt = (run(name, "easom", lr=0.003) for name in ("adam", "adopt"))
        growth = np.abs(adopt.gradients[:, 0]).max() / abs(adopt.gradients[0, 0])
        assert growth == pytest.approx(40, rel=0.05)
        assert step_lengths(adam).max() < 2 * step_lengths(adam)[0]
        assert step_lengths(adopt)[130] > 4 * 0.003
        assert np.abs(moves(adopt)[130]).max() == pytest.approx(0.003 * 130**0.25, rel=0.05)
        assert adopt.values[-1] < -0.99
        assert adam.values[-1] == pytest.approx(-0.5, abs=0.05)

    def test_is_held_back_on_rosenbrock_by_the_wall_it_starts_on(self):
        adam, adopt = (run(name, "rosenbrock", lr=0.1) for name in ("adam", "adopt"))
        quotients = np.abs(adopt.gradients / adopt.gradients[0])[100:]
        assert 0.002 < quotients.min() < quotients.max() < 0.03
        assert adopt.points[-1, 0] < -0.85
        assert adam.points[-1] == pytest.approx([0, 0], abs=0.02)

    def test_shines_from_a_flat_start_and_fails_from_a_steep_one(self):
        for function, lr in (("michalewicz", 0.001), ("himmelblau", 0.01)):
            assert run("adopt", function, lr=lr).verdict == "solved"
            assert run("adam", function, lr=lr).verdict == "unsolved"
        for function, needed in (("dixon_price", 89), ("booth", 120)):
            assert run("adam", function, lr=0.1).solved() == needed
            assert run("adopt", function, lr=0.1).verdict == "unsolved"
