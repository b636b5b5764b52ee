"""Claims of the pages of the methods that textbooks draw."""

import numpy as np
import torch
from pages import away, cell, moves, page, runs

import optgallery as og


def test_newton_climbs_to_a_saddle_and_a_damping_takes_it_past():
    undamped, damped = runs("opt_newton")[:2]
    assert away(undamped, (0.0, 0.0))[-1] < 1e-6
    first = np.linalg.norm(moves(undamped)[0]) / away(undamped, (0.0, 0.0))[0]
    assert first > 0.5
    assert (np.diff(np.abs(undamped.points[:, 1])) <= 1e-12).all()
    assert (np.diff(damped.values) < 0).all()
    assert damped.outcome.kind == "solved"
    valley = page("opt_newton").variables["valley"]
    assert valley.values[1] < 1e-20


def test_newton_with_a_large_damping_is_gradient_descent():
    damped = og.run("newton", "booth", damping=1e6, steps=20)
    sgd = og.run("sgd", "booth", lr=1e-6, steps=20)
    np.testing.assert_allclose(moves(damped), moves(sgd), rtol=1e-4)


def test_newton_on_abs_ravine_has_no_solution():
    assert "singular" in cell("newton", "abs_ravine", 0.0).reason


def test_newton_climbs_a_hill_that_the_trust_region_leaves():
    newton, trust = runs("opt_trust_region")
    assert newton.values[-1] > 170
    assert away(newton)[-1] > 2
    assert trust.outcome.kind == "solved"
    lengths = np.linalg.norm(moves(trust), axis=1)
    np.testing.assert_allclose(lengths[:3], [0.3, 0.6, 1.2], rtol=1e-6)
    last = og.run("newton", "himmelblau", damping=0.0, start=tuple(trust.points[-4]), steps=1)
    np.testing.assert_allclose(last.points[1], trust.points[-3], atol=1e-9)


def test_a_step_of_the_trust_region_costs_two_evaluations():
    assert (np.diff(runs("opt_trust_region")[1].evaluations)[:8] == 2).all()


def test_bfgs_follows_the_bend_where_the_gradient_points_across():
    armijo, bfgs = runs("opt_bfgs")
    assert np.linalg.norm(armijo.points[13] - armijo.points[0]) < 0.5
    assert bfgs.outcome.kind == "solved"
    assert bfgs.points[:, 1].min() < 0.1  # through the bend, which lies at y = 0
    g = bfgs.gradients[0]
    step = moves(bfgs)[0]
    assert abs(step[0] * g[1] - step[1] * g[0]) < 1e-9 * np.linalg.norm(g)


def test_a_narrow_search_of_bfgs_is_mostly_wasted():
    wasted = 0
    names = ("rosenbrock", "beale", "leon", "goldstein_price", "branin", "dixon_price", "bird")
    for name in names:
        loose, narrow = (cell("bfgs", name, c2).evaluations_to_solve() for c2 in (0.9, 0.01))
        wasted += narrow > loose
    assert wasted >= len(names) - 1


def test_conjugate_gradients_arrive_with_the_second_step_and_armijo_does_not():
    armijo, conjugate = runs("opt_conjugate_gradient")
    assert away(conjugate)[2] < 0.05 * away(conjugate)[0]
    assert armijo.values[-1] > 1


def test_a_loose_search_is_dear_for_conjugate_gradients():
    narrow, loose = (cell("conjugate_gradient", "matyas", c2) for c2 in (0.1, 0.9))
    assert loose.evaluations_to_solve() > 3 * narrow.evaluations_to_solve()


def test_armijo_never_goes_up_where_sgd_diverges():
    sgd, armijo = runs("opt_armijo")
    assert sgd.status == "diverged"
    assert (np.diff(armijo.values) <= 0).all()
    assert np.diff(armijo.evaluations)[0] > 2  # several lengths failed
    assert armijo.outcome.kind == "unsolved"
    assert np.linalg.norm(armijo.points[60] - armijo.points[40]) < 0.3


def test_the_heavy_ball_swings_wider_before_it_is_faster():
    sgd, ball = runs("opt_heavy_ball")
    assert sgd.outcome.kind == "unsolved"
    assert ball.outcome.kind == "solved"
    assert ball.values.max() > ball.values[0]
    errors = away(ball)
    assert abs((errors[58] / errors[20]) ** (1 / 38) - 9 / 11) < 0.04
    x = torch.zeros(2, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(lambda p: sgd.test_fn(*p), x).numpy()
    ways = np.abs(sgd.points @ np.linalg.eigh(hessian)[1][:, 0])
    shares = 1 - ways[30:50] / ways[29:49]
    np.testing.assert_allclose(shares, 1 / 50, atol=0.005)


def test_six_functions_are_refused_by_the_heavy_ball():
    sweep = og.sweep("heavy_ball", jobs=1)
    refused = [name for (_, name, _), run in sweep.items() if run.status == "failed"]
    assert len(refused) == 6


def test_polyaks_step_comes_nearer_in_each_step_although_values_rise():
    sgd, polyak = runs("opt_polyak_step")[:2]
    assert (np.diff(away(polyak)) <= 1e-12).all()
    assert (np.diff(polyak.values) > 0).any()
    assert away(polyak)[-1] < away(sgd)[-1]
    plateau = page("opt_polyak_step").variables["plateau"]
    assert np.abs(plateau.points).max() > 30
