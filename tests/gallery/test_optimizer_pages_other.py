"""What the pages of RAdam, AdaBelief, AdaBound, AdaHessian, MADGRAD and L-BFGS say, run by run."""

import numpy as np
import pytest
import torch

from optgallery import run
from optgallery.functions import as_test_function
from optgallery.optim.adahessian import AdaHessian

BOX = {"x0": 1, "y0": 1, "xmin": -1, "xmax": 2, "ymin": -1, "ymax": 2}


def plane(slope=1.0):
    """Return a function whose gradient is the same everywhere, and where to start on it."""
    return (lambda x, y: slope * (x + y)), BOX


def lengths(trajectory):
    return np.linalg.norm(np.diff(trajectory.points, axis=0), axis=1)


def moments(trajectory, beta1=0.9, beta2=0.999):
    """Return Adam's two running means before each step, without corrections."""
    m, v = np.zeros(2), np.zeros(2)
    for g in trajectory.gradients[:-1]:
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        yield m, v


class TestRAdam:
    @staticmethod
    def rho(t, beta2=0.999):
        return 2 / (1 - beta2) - 1 - 2 * t * beta2**t / (1 - beta2**t)

    def r(self, t):
        rho, rho_inf = self.rho(t), 2 / (1 - 0.999) - 1
        return np.sqrt(
            (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho),
        )

    def test_five_is_passed_on_the_sixth_step_and_trust_comes_slowly(self):
        assert self.rho(5) <= 5 < self.rho(6)
        assert self.r(6) == pytest.approx(0.026, abs=5e-4)
        assert self.r(200) == pytest.approx(0.31, abs=5e-3)

    def test_takes_the_steps_of_the_page(self):
        trajectory = run("radam", "rosenbrock", lr=0.003, steps=60)
        steps = np.diff(trajectory.points, axis=0)
        for t, (m, v) in enumerate(moments(trajectory), start=1):
            expected = -0.003 * m / (1 - 0.9**t)
            if t > 5:
                expected *= self.r(t) * np.sqrt(1 - 0.999**t) / (np.sqrt(v) + 1e-8)
            assert steps[t - 1] == pytest.approx(expected, rel=1e-6)

    def test_crosses_the_floor_climbs_the_wall_comes_back_and_stands_still(self):
        trajectory = run("radam", "rosenbrock", lr=0.003, steps=60)
        x, y = trajectory.points.T
        assert (np.sign(y - x**2)[[0, 1, 5]] == (-1, 1, -1)).all()
        assert trajectory.values[1] > trajectory.values[0]
        assert lengths(trajectory)[:5].min() > 0.1
        assert lengths(trajectory)[5:].max() < 0.003

    def test_five_steps_pass_over_ackleys_dents(self):
        trajectory = run("radam", "ackley", lr=0.3)
        assert np.linalg.norm(trajectory.points[5]) < np.linalg.norm(trajectory.points[0]) / 5
        assert trajectory.verdict == "solved"

    @pytest.mark.parametrize("lr", [0.01, 0.03, 0.1])
    def test_the_first_dent_catches_smaller_rates(self, lr):
        trajectory = run("radam", "ackley", lr=lr)
        assert trajectory.verdict == "unsolved"
        assert np.linalg.norm(trajectory.points[-1] - trajectory.points[0]) < 0.75

    @pytest.mark.parametrize(("function", "lr"), [("goldstein_price", 0.001), ("rosenbrock", 0.03)])
    def test_the_guard_comes_too_late(self, function, lr):
        trajectory = run("radam", function, lr=lr)
        assert trajectory.status == "diverged"
        assert trajectory.stopped_at <= 6


class TestAdaBelief:
    def test_a_steady_slope_lengthens_its_steps_and_not_adams(self):
        adam = run("adam", plane(), lr=0.01, steps=1000)
        adabelief = run("adabelief", plane(), lr=0.01, steps=1000)
        assert -np.diff(adam.points[:, 0]) == pytest.approx(0.01, rel=1e-6)
        steps = -np.diff(adabelief.points[:, 0]) / 0.01
        assert steps[0] == pytest.approx(1 / 0.9, rel=1e-9)
        assert steps[[99, 999]] == pytest.approx([5, 20], rel=0.02)
        assert (np.diff(steps) > 0).all()

    @pytest.mark.parametrize(("options", "weight"), [({}, 3.2e-7), ({"eps": 1e-8}, 0.0032)])
    def test_what_eps_weighs_under_the_root(self, options, weight):
        steps = np.diff(run("adabelief", plane(1e-14), lr=1, steps=50, **options).points[:, 0])
        assert -1e-14 / steps == pytest.approx(weight, rel=0.02)

    def test_speeds_up_on_himmelblaus_slope_and_turns_beyond_the_minimum(self):
        adam, adabelief = (run(o, "himmelblau", lr=0.01) for o in ("adam", "adabelief"))
        ratio = lengths(adabelief) / lengths(adam)
        assert ratio[29] == pytest.approx(2, abs=0.5)
        assert ratio[69] == pytest.approx(4, abs=0.5)
        assert lengths(adabelief)[100:].max() < lengths(adabelief)[69] / 6
        x, minimum = adabelief.points[:, 0], 3.5844283
        assert minimum < x.max() < minimum + 0.1
        assert adabelief.verdict == "solved"
        assert adam.values[-1] > 10

    @pytest.mark.parametrize("function", ["himmelblau", "easom"])
    def test_solves_at_a_rate_too_small_for_adam(self, function):
        assert run("adabelief", function, lr=0.003).verdict == "solved"
        assert run("adam", function, lr=0.003).verdict == "unsolved"

    @pytest.mark.parametrize(("function", "lr"), [("ackley", 0.3), ("levi_n13", 1.0)])
    def test_ends_above_adam_on_ripples(self, function, lr):
        adam, adabelief = (run(o, function, lr=lr) for o in ("adam", "adabelief"))
        assert adabelief.verdict == "unsolved"
        assert adabelief.values[-1] > 2 * adam.values[-1]


@pytest.fixture(scope="module")
def bounded():
    return run("adabound", "booth", lr=0.1, gamma=0.01)


@pytest.fixture(scope="module")
def rates(bounded):
    averages = np.array([m for m, _ in moments(bounded)])
    return -np.diff(bounded.points, axis=0) / averages


class TestAdaBound:
    def test_where_the_default_bounds_stand_after_two_hundred_steps(self):
        # dividing by a tiny gradient would pass the upper bound, by a huge one the lower
        upper = run("adabound", plane(1e-6), lr=1.0).points[-2:, 0]
        lower = run("adabound", plane(1e6), lr=1.0).points[-2:, 0]
        assert (upper[0] - upper[1]) / 1e-6 == pytest.approx(0.6, rel=1e-6)
        assert (lower[0] - lower[1]) / 1e6 == pytest.approx(0.017, abs=5e-4)

    def test_seven_steps_are_adams(self, bounded):
        apart = np.abs(run("adam", "booth", lr=0.1).points - bounded.points).max(axis=1)
        assert apart[7] < 1e-6
        assert apart[8] > 1e-4

    def test_the_lower_bound_takes_x_in_the_eighth_step_and_y_in_the_21st(self, rates):
        t = np.arange(1, 201)[:, None]
        lower = 0.1 * (1 - 1 / (0.01 * t + 1))
        held = np.isclose(rates, lower, rtol=1e-9)
        for coordinate, first in enumerate((8, 21)):
            assert not held[: first - 1, coordinate].any()
            assert held[first - 1 :, coordinate].all()

    def test_approaches_the_final_rate(self, rates):
        assert rates[19, 0] == pytest.approx(0.1 / 6, rel=1e-3)
        assert rates[199] == pytest.approx(0.1 * 2 / 3, rel=1e-3)

    def test_sgd_swings_out_and_adabound_stays_on_course(self, bounded):
        momentum = run("momentum", "booth", lr=0.1, dampening=0.9)
        minimum = np.array([1.0, 3.0])
        out = [(t.points - minimum)[:, 0].max() for t in (momentum, bounded)]
        assert out[0] > 4
        assert out[1] < 1
        assert {momentum.verdict, bounded.verdict} == {"solved"}

    def test_small_rates_make_no_difference(self):
        costs = {run("adabound", "sphere", lr=lr).solved() for lr in (0.001, 0.003, 0.01)}
        assert len(costs) == 1
        assert None not in costs
        assert run("adam", "sphere", lr=0.01).verdict == "unsolved"

    @pytest.mark.parametrize("lr", [0.01, 0.1])
    def test_climbs_bukins_crease(self, lr):
        assert run("adabound", "bukin_n6", lr=lr).verdict == "climbed"


class TestAdaHessian:
    def test_the_lot_adds_or_subtracts_the_mixed_derivative(self):
        # at Himmelblau's start: f_xx = -52, f_yy = 49, f_xy = -10
        drawn = set()
        for seed in range(8):
            trajectory = run("adahessian", "himmelblau", lr=0.3, steps=1, seed=seed)
            divisor = -0.3 * trajectory.gradients[0] / np.diff(trajectory.points, axis=0)[0]
            drawn.add(tuple(np.round(divisor, 2)))
        assert drawn == {(42.0, 59.0), (62.0, 39.0)}

    def test_repeats_itself_and_draws_nothing_from_torch(self):
        theta = torch.tensor([0.0, -2.5], requires_grad=True)
        paths = []
        for manual_seed in (0, 1):
            torch.manual_seed(manual_seed)
            before = torch.get_rng_state()
            parameter = theta.detach().clone().requires_grad_()
            optimizer = AdaHessian([parameter], lr=0.3)
            for _ in range(20):
                x, y = parameter
                loss = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
                (parameter.grad,) = torch.autograd.grad(loss, [parameter], create_graph=True)
                optimizer.step()
            assert torch.equal(torch.get_rng_state(), before)
            paths.append(parameter.detach())
        assert torch.equal(*paths)

    @pytest.mark.parametrize(("function", "same"), [("sphere", True), ("himmelblau", False)])
    def test_seeds_matter_only_where_the_mixed_derivative_is_not_zero(self, function, same):
        first, second = (run("adahessian", function, lr=0.1, seed=s, steps=60) for s in (0, 1))
        assert np.array_equal(first.points, second.points) is same

    def test_counts_gradients_alone(self):
        assert (np.diff(run("adahessian", "beale", lr=0.3).evaluations) == 1).all()

    @pytest.mark.parametrize("power", [0.5, 1])
    def test_negative_curvature_does_not_turn_it_uphill(self, power):
        trajectory = run("adahessian", "himmelblau", lr=0.3, hessian_power=power, steps=100)
        assert np.sign(trajectory.points[1] - trajectory.points[0]).tolist() == [1, 1]
        assert (trajectory.gradients[0] < 0).all()
        assert (np.diff(trajectory.values[:5]) < 0).all()

    @pytest.mark.parametrize(("power", "factor"), [(0.5, 10.0), (1, 1.0)])
    def test_a_function_a_hundred_times_as_high(self, power, factor):
        bowl = (lambda x, y: x**2 + 3 * y**2 + x * y), BOX
        high = (lambda x, y: 100 * (x**2 + 3 * y**2 + x * y)), BOX
        low, high = (
            run("adahessian", f, lr=0.01, hessian_power=power, steps=1) for f in (bowl, high)
        )
        assert lengths(high)[0] / lengths(low)[0] == pytest.approx(factor, rel=1e-3)

    def test_the_whole_of_newtons_step_solves_the_sphere(self):
        assert run("adahessian", "sphere", lr=1.0).solved() == 1

    def test_five_long_steps_lead_farther_right_than_twenty_five_short_ones(self):
        half, whole = (
            run("adahessian", "himmelblau", lr=0.3, hessian_power=k, steps=100) for k in (0.5, 1)
        )
        assert half.points[5, 0] > whole.points[:26, 0].max()
        assert half.points[:, 0].max() > 3.5844283 + 0.9
        assert {half.verdict, whole.verdict} == {"solved"}

    @pytest.mark.filterwarnings("ignore:no gradient depends on the parameters")
    def test_on_a_plane_a_step_is_1500_times_the_gradient(self):
        steps = np.diff(run("adahessian", plane(2.0), steps=3).points, axis=0)
        assert steps == pytest.approx(-1500 * 2.0)

    def test_steps_shorten_toward_bukins_crease(self):
        trajectory = run("adahessian", "bukin_n6", lr=0.1)
        x, y = trajectory.points.T
        distance = np.abs(y - x**2 / 100)
        assert (np.diff(distance[:20]) < 0).all()
        assert lengths(trajectory)[15:20].max() < lengths(trajectory)[:5].min() / 10
        assert trajectory.verdict == "solved"
        assert run("adahessian", "bukin_n6", lr=0.3).verdict == "solved"

    @pytest.mark.parametrize("lr", [0.1, 1.0])
    def test_a_valley_across_the_axes_is_too_much_whatever_it_draws(self, lr):
        for seed in range(4):
            assert run("adahessian", "rosenbrock", lr=lr, seed=seed).verdict == "unsolved"


@pytest.fixture(scope="module")
def averaged():
    return run("madgrad", "rosenbrock", lr=0.1)


class TestMADGRAD:
    @pytest.mark.parametrize(("name", "factor"), [("madgrad", 10), ("adam", 1), ("sgd", 1000)])
    def test_the_first_step_by_the_cube_root_of_the_gradient(self, name, factor):
        low, high = (run(name, plane(slope), lr=0.1, steps=1) for slope in (1.0, 1000.0))
        assert lengths(high)[0] / lengths(low)[0] == pytest.approx(factor, rel=1e-3)

    def test_is_all_but_there_at_step_118(self, averaged):
        assert averaged.values[:155].argmin() == 118
        assert averaged.values[118] < 0.003

    def test_falls_back_toward_the_start_and_comes_again(self, averaged):
        x = averaged.points[:, 0]
        assert x[118] > 0.94
        assert 120 + x[120:].argmin() == 155
        assert x[155] == pytest.approx(0.51, abs=5e-3)
        distance = np.linalg.norm(averaged.points - averaged.points[0], axis=1)
        assert distance[155] < 0.9 * distance[118]
        assert x[200] > 0.84

    def test_the_walls_cancel_in_s_and_add_up_in_nu(self, averaged):
        weights = (0.1 + 1e-6) * np.sqrt(np.arange(1, 201))[:, None]
        s = np.cumsum(weights * averaged.gradients[:-1], axis=0)
        nu = np.cumsum(weights * averaged.gradients[:-1] ** 2, axis=0)
        assert (nu[117] < 1.02 * nu[50]).all()
        assert (nu[154] > 2 * nu[117]).all()
        pushes = np.abs(weights * averaged.gradients[:-1])[118:155].sum(axis=0)
        assert (np.abs(s[154] - s[117]) < 0.1 * pushes).all()
        assert np.abs(s[154] / np.cbrt(nu[154]))[0] < 0.8 * np.abs(s[117] / np.cbrt(nu[117]))[0]

    def test_is_thrown_from_wall_to_wall_soon_after_step_120(self, averaged):
        assert averaged.values[110:121].max() < 0.005
        x, y = averaged.points[126:136].T
        assert (np.abs(np.diff(np.sign(y - x**2))) == 2).sum() >= 5

    @pytest.mark.parametrize(("function", "lr"), [("rosenbrock", 0.1), ("beale", 0.03)])
    def test_solves_where_adams_rate_is_too_small(self, function, lr):
        assert run("madgrad", function, lr=lr).verdict == "solved"
        assert run("adam", function, lr=lr).verdict == "unsolved"

    @pytest.mark.parametrize(("function", "lr"), [("goldstein_price", 0.3), ("rosenbrock", 1.0)])
    def test_is_thrown_away_where_adam_gets_there(self, function, lr):
        assert run("madgrad", function, lr=lr).verdict in {"diverged", "climbed"}
        assert run("adam", function, lr=lr).verdict == "solved"


class TestLBFGS:
    @staticmethod
    def by_single_steps(lr=1.0, **options):
        return run("lbfgs", "rosenbrock", lr=lr, steps=60, max_iter=1, max_eval=25, **options)

    def test_with_a_line_search_no_step_goes_up(self):
        trajectory = self.by_single_steps()
        assert (np.diff(trajectory.values) <= 0).all()
        assert trajectory.solved() == 59
        assert trajectory.points[-1] == pytest.approx([1, 1], abs=1e-3)

    def test_without_it_steps_are_taken_on_trust(self):
        trajectory = self.by_single_steps(line_search_fn=None)
        assert trajectory.values[1] > trajectory.values[0]
        assert trajectory.values.argmax() == 35
        assert trajectory.values[35] == pytest.approx(66e6, rel=0.01)
        assert trajectory.solved() == 53

    @pytest.mark.parametrize("function", ["bukin_n6", "flower"])
    def test_without_it_bukin_and_the_flower_are_left_for_good(self, function):
        assert run("lbfgs", function, lr=1.0, line_search_fn=None).status == "diverged"
        assert run("lbfgs", function, lr=1.0).verdict == "solved"

    @pytest.mark.parametrize("lr", [0.03, 1.0])
    def test_the_learning_rate_is_the_first_trial(self, lr):
        visited = []

        def watched(x, y):
            visited.append([x.flatten()[0].item(), y.flatten()[0].item()])
            return 100 * (y - x**2) ** 2 + (1 - x) ** 2

        box = BOX | {"x0": -1.2, "y0": 1.0}
        as_test_function((watched, box))
        checks = len(visited)  # run() makes them, too
        path = run("lbfgs", (watched, box), lr=lr, steps=2, max_iter=1, max_eval=25)
        trial = next(p for p in visited[2 * checks :] if p != [-1.2, 1.0])
        gradient = path.gradients[0]
        expected = path.points[0] - lr * gradient / np.abs(gradient).sum()
        assert trial == pytest.approx(expected, rel=1e-12)

    def test_without_a_line_search_the_step_is_the_rate(self):
        whole, half = (self.by_single_steps(lr=lr, line_search_fn=None) for lr in (1.0, 0.5))
        assert lengths(half)[0] / lengths(whole)[0] == pytest.approx(0.5)

    def test_a_short_trial_is_accepted_and_costs_steps(self):
        short, long = self.by_single_steps(lr=0.3), self.by_single_steps(lr=1.0)
        assert (np.diff(short.evaluations) == 2).mean() > 0.95
        assert short.solved() > 1.5 * long.solved()

    def test_a_very_short_trial_is_lengthened_and_costs_gradients(self):
        costs = [run("lbfgs", "sphere", lr=lr).solved() for lr in (0.001, 1.0)]
        assert costs[0] > 10 * costs[1]

    def test_one_step_may_cost_two_dozen_gradients(self):
        assert run("lbfgs", "rosenbrock", lr=1.0).evaluations[:3].tolist() == [0, 25, 44]

    @pytest.mark.parametrize("function", ["rosenbrock", "matyas", "beale"])
    def test_one_basin_is_no_trouble(self, function):
        assert run("lbfgs", function, lr=1.0).solved() < 50

    @pytest.mark.parametrize(("function", "lr"), [("rastrigin", 0.1), ("goldstein_price", 1.0)])
    def test_does_not_come_out_of_the_wrong_basin(self, function, lr):
        trajectory = run("lbfgs", function, lr=lr)
        assert trajectory.verdict == "unsolved"
        assert np.linalg.norm(trajectory.gradients[-1]) < 1e-3
