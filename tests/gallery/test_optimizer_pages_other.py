"""Claims about runs on the pages of RAdam, AdaBelief, AdaBound, AdaHessian, MADGRAD and L-BFGS."""

import numpy as np
import pytest
import torch
from pages import away, cell, moves, runs, solves, step_lengths

import optgallery as og
from optgallery.functions import as_test_function
from optgallery.optim import AdaHessian

BOX = {"x0": 1, "y0": 1, "xmin": -1, "xmax": 2, "ymin": -1, "ymax": 2}


def test_radam_takes_five_momentum_steps_and_then_hardly_moves():
    (radam,) = runs("opt_radam")
    x, y = radam.points.T
    assert np.sign(y - x**2)[[0, 1, 5]].tolist() == [-1, 1, -1]
    assert radam.values[1] > radam.values[0]
    assert step_lengths(radam)[:5].min() > 30 * step_lengths(radam)[5:].max()


def test_five_steps_of_radam_pass_ackleys_dents_or_lead_away():
    ackley = np.linalg.norm(cell("radam", "ackley", 0.3).points, axis=1)
    assert ackley[5] < ackley[0] / 5
    for lr in (0.01, 0.03, 0.1):
        caught = cell("radam", "ackley", lr)
        assert caught.outcome.kind == "unsolved"
        assert away(caught, caught.points[0])[-1] < 0.75
    for function, lr in (("goldstein_price", 0.001), ("rosenbrock", 0.03)):
        assert cell("radam", function, lr).stopped_at <= 6


def test_adabelief_speeds_up_on_the_slope_and_turns_beyond_the_minimum():
    adam, adabelief = runs("opt_adabelief")
    ratio = step_lengths(adabelief) / step_lengths(adam)
    assert ratio[[29, 69]] == pytest.approx([2, 4], abs=0.5)
    assert step_lengths(adabelief)[100:].max() < step_lengths(adabelief)[69] / 6
    x = adabelief.points[:, 0]
    assert x[-1] < x.max() < x[-1] + 0.1
    assert adabelief.outcome.kind == "solved"
    assert adam.values[-1] > 10
    for function in ("himmelblau", "easom"):
        assert not solves("adam", function, 0.003)
    for function, lr in (("ackley", 0.3), ("levi_n13", 1)):
        lower = cell("adam", function, lr).values[-1]
        assert cell("adabelief", function, lr).values[-1] > 2 * lower


def test_adabound_is_adam_until_the_lower_bound_takes_hold():
    bounded, adam, sgd = runs("opt_adabound")
    m, averages = np.zeros(2), []
    for g in bounded.gradients[:-1]:
        m = 0.9 * m + 0.1 * g
        averages.append(m)
    rates = -moves(bounded) / averages
    t = np.arange(1, 201)[:, None]
    held = np.isclose(rates, 0.1 * (1 - 1 / (0.01 * t + 1)), rtol=1e-9)
    first = held.argmax(axis=0)
    assert all(held[f:, i].all() for i, f in enumerate(first))
    assert first[1] - first[0] == pytest.approx(12, abs=2)
    assert np.abs(adam.points - bounded.points)[: first[0] + 1].max() < 1e-6
    assert rates[19, 0] == pytest.approx(0.1 / 6, rel=1e-3)
    assert bounded.points[:, 0].max() < 2 < sgd.points[:, 0].max() - 2  # it overshoots


def test_adabounds_lower_bound_makes_small_rates_alike_and_climbs_bukins_crease():
    assert (
        len({cell("adabound", "sphere", lr).evaluations_to_solve() for lr in (0.001, 0.003, 0.01)})
        == 1
    )
    for lr in (0.01, 0.1):
        assert cell("adabound", "bukin_n6", lr).outcome.kind == "climbed"


def test_adahessian_goes_downhill_where_the_function_curves_down():
    half, whole = runs("opt_adahessian")
    for trajectory in (half, whole):
        assert (np.diff(trajectory.values[:5]) < 0).all()
        assert trajectory.outcome.kind == "solved"
    assert half.points[5, 0] > whole.points[:26, 0].max()
    assert half.points[:, 0].max() > half.points[-1, 0] + 0.5
    # at Himmelblau's start f_xx = -52, f_yy = 49, f_xy = -10: the signs add or subtract the last
    drawn = set()
    for seed in range(8):
        one = og.run("adahessian", "himmelblau", lr=0.3, steps=1, seed=seed)
        drawn.add(tuple(np.round(-0.3 * one.gradients[0] / moves(one)[0], 2)))
    assert drawn == {(42.0, 59.0), (62.0, 39.0)}


@pytest.mark.parametrize(("power", "factor"), [(0.5, 10.0), (1, 1.0)])
def test_a_function_a_hundred_times_as_high_and_adahessians_power(power, factor):
    low, high = (
        og.run(
            "adahessian",
            ((lambda x, y, k=k: k * (x**2 + 3 * y**2 + x * y)), BOX),
            lr=0.01,
            hessian_power=power,
            steps=1,
        )
        for k in (1, 100)
    )
    assert step_lengths(high)[0] / step_lengths(low)[0] == pytest.approx(factor, rel=1e-3)


def test_adahessian_repeats_itself_and_leaves_torchs_generator_alone():
    paths = []
    for manual_seed in (0, 1):
        torch.manual_seed(manual_seed)
        before = torch.get_rng_state()
        parameter = torch.tensor([0.0, -2.5], requires_grad=True)
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
def test_adahessians_seed_matters_only_where_the_mixed_derivative_is_not_zero(function, same):
    first, second = (og.run("adahessian", function, lr=0.1, seed=s, steps=60) for s in (0, 1))
    assert np.array_equal(first.points, second.points) is same
    assert (np.diff(first.evaluations) == 1).all()


def test_adahessian_shortens_its_steps_at_bukins_crease_and_fails_across_the_axes():
    bukin = og.run("adahessian", "bukin_n6", lr=0.1)
    x, y = bukin.points.T
    assert (np.diff(np.abs(y - x**2 / 100)[:20]) < 0).all()
    assert step_lengths(bukin)[15:20].max() < step_lengths(bukin)[:5].min() / 10
    for lr in (0.1, 1.0):
        for seed in range(4):
            assert og.run("adahessian", "rosenbrock", lr=lr, seed=seed).outcome.kind == "unsolved"


def test_madgrad_returns_towards_the_start_and_comes_back():
    (madgrad,) = runs("opt_madgrad")
    x, y = madgrad.points.T
    there = int(madgrad.values.argmin())
    assert 110 < there < 120
    back = there + int(x[there:].argmin())
    assert back == 155
    assert x[back] < x[200]
    assert (np.diff(np.sign((y - x**2)[126:136])) != 0).sum() >= 5
    weights = (0.1 + 1e-6) * np.sqrt(np.arange(1, 201))[:, None]
    s, nu = (
        np.cumsum(weights * g, axis=0)
        for g in (madgrad.gradients[:-1], madgrad.gradients[:-1] ** 2)
    )
    assert (nu[there - 1] < 1.02 * nu[50]).all()
    assert (nu[back - 1] > 2 * nu[there - 1]).all()
    pushes = np.abs(weights * madgrad.gradients[:-1])[there:back].sum(axis=0)
    assert (np.abs(s[back - 1] - s[there - 1]) < 0.1 * pushes).all()


def test_madgrad_beside_adam():
    for function, lr in (("rosenbrock", 0.1), ("beale", 0.03)):
        assert not solves("adam", function, lr)
    for function, lr in (("goldstein_price", 0.3), ("rosenbrock", 1)):
        assert solves("adam", function, lr)


def test_lbfgs_never_goes_up_with_a_line_search_and_does_without():
    searched, trusting, *_ = runs("opt_lbfgs")
    assert (np.diff(searched.values) <= 0).all()
    assert searched.points[-1] == pytest.approx([1, 1], abs=1e-3)
    assert trusting.values[1] > trusting.values[0]
    assert trusting.evaluations_to_solve() < searched.evaluations_to_solve()
    for function in ("bukin_n6", "flower"):
        assert og.run("lbfgs", function, lr=1.0, line_search_fn=None).status == "diverged"
    assert np.diff(cell("lbfgs", "rosenbrock", 1).evaluations).max() >= 24
    for function, lr in (("rastrigin", 0.1), ("goldstein_price", 1)):
        assert np.linalg.norm(cell("lbfgs", function, lr).gradients[-1]) < 1e-3


@pytest.mark.parametrize("lr", [0.03, 1.0])
def test_the_learning_rate_is_lbfgs_first_trial(lr):
    visited = []

    def watched(x, y):
        visited.append([x.flatten()[0].item(), y.flatten()[0].item()])
        return 100 * (y - x**2) ** 2 + (1 - x) ** 2

    box = BOX | {"x0": -1.2, "y0": 1.0}
    as_test_function((watched, box))
    checks = len(visited)  # run() makes them, too
    path = og.run("lbfgs", (watched, box), lr=lr, steps=2, max_iter=1, max_eval=25)
    trial = next(p for p in visited[2 * checks :] if p != [-1.2, 1.0])
    gradient = path.gradients[0]
    expected = path.points[0] - lr * gradient / np.abs(gradient).sum()
    assert trial == pytest.approx(expected, rel=1e-12)


def test_a_short_trial_of_lbfgs_costs_steps_or_gradients():
    options = {"steps": 60, "max_iter": 1, "max_eval": 25}
    whole, half = (
        og.run("lbfgs", "rosenbrock", lr=lr, line_search_fn=None, **options) for lr in (1.0, 0.5)
    )
    assert step_lengths(half)[0] / step_lengths(whole)[0] == pytest.approx(0.5)
    short, long = (og.run("lbfgs", "rosenbrock", lr=lr, **options) for lr in (0.3, 1.0))
    assert (np.diff(short.evaluations) == 2).mean() > 0.95
    assert short.evaluations_to_solve() > 1.5 * long.evaluations_to_solve()
    sphere = [cell("lbfgs", "sphere", lr).evaluations_to_solve() for lr in (0.001, 1)]
    assert sphere[0] > 10 * sphere[1]
