"""Claims on the pages of optimizers close to Adam, of 2024 and later, and of NAdamW."""

import numpy as np
import pytest
from pages import away, cell, moves, runs, slopes, solves, step_lengths

import optgallery as og


def test_nadamw_passes_the_small_basin_and_overshoots_less_than_adamw():
    adamw, nadam, nadamw = runs("opt_nadamw")
    assert nadam.points[-1] == pytest.approx((1.7476, -0.8738), abs=1e-2)
    assert slopes(nadam)[-1] < 0.01
    past = [t.points[:, 0].min() for t in (adamw, nadamw)]
    assert past[1] / past[0] == pytest.approx(0.4, abs=0.05)


def test_nadamw_needs_less_than_adamw_where_adamw_overshoots():
    for function in ("booth", "himmelblau"):
        costs = [cell(name, function, 1).evaluations_to_solve() for name in ("nadamw", "adamw")]
        assert costs[0] < costs[1] / 2
    assert solves("adamw", "drop_wave", 0.3)
    assert np.ptp(cell("nadamw", "drop_wave", 0.3).points[-20:], axis=0).max() < 0.1


def test_decay_does_not_make_the_difference_of_nadamw_and_adamw():
    settings = {"lr": 0.3, "steps": 60, "weight_decay": 0.0}
    adamw, nadamw = (og.run(name, "three_hump_camel", **settings) for name in ("adamw", "nadamw"))
    assert nadamw.evaluations_to_solve() < adamw.evaluations_to_solve() * 0.6


def test_adam_stands_still_along_x_where_adam_atan2_takes_full_steps():
    adam, atan2 = runs("opt_adam_atan2")
    assert np.abs(adam.gradients[0]).max() < 1e-8
    assert np.abs(adam.points[:, 0] - 0.9).max() < 0.03
    assert adam.outcome.kind == "unsolved"
    assert np.abs(moves(atan2)[:10]) == pytest.approx(0.03, rel=0.4)
    assert atan2.outcome.kind == "solved"


def test_a_factor_of_the_function_changes_adams_steps_and_not_those_of_adam_atan2():
    himmelblau = og.FUNCTIONS["himmelblau"]
    box = {"x0": 0, "y0": 0, "xmin": -6, "xmax": 6, "ymin": -6, "ymax": 6}

    def path(name, factor):
        return og.run(name, (lambda x, y: factor * himmelblau(x, y), box), lr=0.1).points

    assert path("adam_atan2", 1e-12) == pytest.approx(path("adam_atan2", 1), abs=1e-9)
    assert np.abs(path("adam", 1e-12) - path("adam", 1)).max() > 1
    quotients = np.linspace(0.01, 0.5, 50)
    longer = 4 / np.pi * np.arctan(quotients) / quotients
    assert longer == pytest.approx(1.23, abs=0.05)
    assert np.arctan(0.5) / 0.5 > 0.92


def test_the_weight_of_the_newest_gradient_damps_and_too_much_hops():
    none, ten, hundred = runs("opt_simplified_ademamix")
    assert [t.outcome.kind for t in (none, ten, hundred)] == ["unsolved", "solved", "unsolved"]
    assert away(none)[100:].max() > 4
    assert away(ten)[100:].max() < away(none)[100:].max() / 2
    assert step_lengths(hundred)[-50:].max() > 0.3
    assert np.abs(moves(hundred)[0]) == pytest.approx(0.01 * 101)
    first = np.abs(moves(cell("simplified_ademamix", "booth", 0.1))[0])
    assert first == pytest.approx(11 * np.abs(moves(cell("adam", "booth", 0.1))[0]))
    for function, lr in (("rosenbrock", 0.01), ("leon", 0.01), ("nesterov_chebyshev", 0.003)):
        assert cell("adam", function, lr).outcome.kind == "unsolved"


def test_adamc_goes_on_where_adamw_stays_as_the_rate_falls():
    adamw, adamc = runs("opt_adamc")
    assert np.ptp(adamw.points[60:], axis=0).max() < 0.25
    half_way = away(adamw)[-1] / away(adamw)[0]
    assert half_way == pytest.approx(0.5, abs=0.2)
    assert away(adamc)[-1] < 0.2 * away(adamw)[-1]
    constant = [cell(name, "himmelblau", 0.3).points for name in ("adamw", "adamc")]
    assert constant[0] == pytest.approx(constant[1], abs=1e-9)


def test_ano_is_first_at_himmelblaus_minimum_and_does_not_rest_there():
    adam, grams, ano = runs("opt_ano")
    costs = [t.evaluations_to_solve() for t in (ano, grams, adam)]
    assert costs == sorted(costs)
    assert away(ano)[15] < 0.01
    assert away(ano)[-10:].max() > 0.1
    late = ano.gradients[30:-1] * moves(ano)[30:] > 0  # uphill along a coordinate
    assert 0.2 < late.mean() < 0.8
    assert not solves("ano", "rotated_quadratic", 1)


def test_focus_is_held_back_on_the_way_and_turned_past_the_minimum():
    signum, little, strong = runs("opt_focus")
    same = og.run("signum", "sphere", lr=0.1, weight_decay=0.0)
    assert signum.points == pytest.approx(same.points, abs=1e-12)
    assert np.abs(moves(strong)[1:10]) == pytest.approx(0.05)
    assert np.abs(moves(little)[1:10]) == pytest.approx(0.09)
    right = [t.points[:, 0].max() for t in (signum, little, strong)]
    assert right == sorted(right, reverse=True)
    ends = [len(np.unique(t.points[-40:].round(6), axis=0)) for t in (signum, little)]
    assert ends[0] < ends[1]
    for function in ("sphere", "beale", "dixon_price"):
        assert not solves("signum", function, 0.3)


def test_bcos_follows_rosenbrocks_valley_and_goes_back_where_adamw_is_near_the_start():
    adamw, bcos = runs("opt_bcos")
    assert away(adamw, adamw.points[0])[-1] < 0.9
    assert [t.outcome.kind for t in (adamw, bcos)] == ["unsolved", "solved"]
    assert np.abs(moves(bcos)[22:40]).mean() == pytest.approx(0.08, abs=0.02)
    assert bcos.points[:, 0].max() > 0.9
    assert bcos.points[-1, 0] < 0.8
    assert step_lengths(bcos)[-50:].mean() > 0.08
    across = np.sign(moves(bcos)[-40:])
    assert (np.diff(across, axis=0) != 0).mean() > 0.2
    for function in ("rosenbrock", "leon", "matyas"):
        assert not solves("adamw", function, 0.1)
    assert pytest.approx(0.97, abs=0.003) == 3 * 0.9**2 - 2 * 0.9**3


def test_the_authors_decay_of_bcos_decides_where_it_ends():
    """On Griewank, whose minimum is the origin, the pull alone makes the difference."""
    ends = [
        og.run("bcos", "griewank", lr=0.1, steps=100, weight_decay=decay) for decay in (0.01, 0.1)
    ]
    assert [t.outcome.kind for t in ends] == ["unsolved", "solved"]
