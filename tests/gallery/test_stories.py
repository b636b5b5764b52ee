"""Claims about runs in the stories."""

import re
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qs

import numpy as np
import pytest
import torch
from pages import SCRIPTS, away, cell, curvature, moves, outside, runs, step_lengths
from torch.optim.lr_scheduler import CosineAnnealingLR

import optgallery as og
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sphinxext.pages.explorer_links import check
from optgallery.sphinxext.pages.sort_key import FIRST_STORIES
from optgallery.sweeps.sweep import grid_functions

PETALS = (67.5, 157.5, -112.5, -22.5)  # directions of their axes in degrees


def radius(run):
    return np.hypot(*run.points.T)


def petals_seen(run, last):
    x, y = run.points[: last + 1].T
    r, angle = np.hypot(x, y), np.degrees(np.arctan2(y, x))
    far = [np.abs((angle - axis + 180) % 360 - 180) for axis in PETALS]
    return sum(bool(((d < 22.5) & (r > 0.2) & (r < 3)).any()) for d in far)


def test_three_rates_are_slow_converge_and_diverge():
    slow, right, fast = runs("0_three_rates")
    assert slow.outcome.kind == "unsolved"
    assert right.outcome.kind == "solved"
    across = fast.points @ (1, 1) - 4
    assert (np.abs(across[1:]) > np.abs(across[:-1])).all()
    assert (np.sign(across[1:]) == -np.sign(across[:-1])).all()
    costs = {lr: cell("sgd", "booth", lr).evaluations_to_solve() or 999 for lr in og.LEARNING_RATES}
    assert min(costs, key=costs.get) == 0.1


def test_gradient_descent_on_booth_is_stable_below_two_over_the_largest_eigenvalue():
    hessian = torch.autograd.functional.hessian(
        lambda p: og.FUNCTIONS["booth"](p[0], p[1]), torch.tensor([1.0, 3.0]).double()
    )
    assert torch.linalg.eigvalsh(hessian).max().item() == pytest.approx(18)
    below, above = (og.run("sgd", "booth", lr=lr, steps=2000) for lr in (0.111, 0.1112))
    assert below.outcome.kind == "solved"
    assert above.values[-1] > above.values[1000] > above.values[500]


def test_adamw_is_too_slow_arrives_late_or_runs_through_the_centre():
    slow, late, fast = runs("1_learning_rate")
    assert outside(slow).all()
    assert outside(late)[100]
    inside = ~outside(fast)
    assert inside[-1]
    assert not inside[inside.argmax() :].all()  # out of the picture, and back


def test_adamw_never_settles_on_the_flower():
    (run,) = runs("2_petals")
    assert (np.hypot(*run.gradients.T) >= 1).all()
    assert petals_seen(run, 200) == 1
    assert petals_seen(run, 1300) >= 3
    assert 1 < radius(run)[200:].max() < 3


def test_a_difference_in_the_last_digit_grows_more_than_a_thousandfold():
    flower = replace(og.FUNCTIONS["flower"], start=(20.0, 20.0))
    nudged = replace(flower, start=(float(np.nextafter(20.0, 21.0)), 20.0))
    run, other = (
        og.run("adamw", fn, lr=0.1, weight_decay=1e-6, steps=300) for fn in (flower, nudged)
    )
    apart = np.hypot(*(run.points - other.points).T)
    assert 0 < apart[200] < apart[300] / 1e3


def test_the_posts_power_wanders_less_far_than_adamw_and_the_papers_power_settles():
    post, paper = (radius(run) for run in runs("3_adahessian"))
    assert paper[35] > post[35]
    assert post[36:].max() > 2 * post[35]
    assert (np.diff(paper[[35, 50, 100, 150, 200]]) < 0).all()
    (adamw,) = runs("2_petals")
    assert post[36:].max() < radius(adamw)[200:400].max() / 2


def test_lbfgs_needs_three_steps_and_a_line_search():
    trusting, searched, _ = runs("4_lbfgs")
    assert (radius(searched)[7:] == radius(searched)[7]).all()
    assert moves(searched)[3:] == pytest.approx(0, abs=1e-3)
    assert radius(trusting)[1] > 40 * radius(trusting)[0]
    assert trusting.outcome.kind == "diverged"


def test_through_a_logarithm_the_gradient_grows_towards_the_minimum():
    near, nearer = (
        np.hypot(*og.run("sgd", "log_beale", lr=1e-9, steps=1, start=(3 - d, 0.5)).gradients[0])
        for d in (1e-2, 1e-4)
    )
    assert nearer > 50 * near


def test_a_falling_rate_stops_all_four_but_two_farther_away_than_they_had_been():
    every = runs("6_falling_rate")
    constant, falling = every[:4], every[4:8]
    for still, stopped in zip(constant, falling, strict=True):
        assert step_lengths(still)[-1] > 1000 * step_lengths(stopped)[-1]
        assert radius(stopped)[-1] < radius(still)[-1]
        assert step_lengths(stopped)[-1] < 1e-4
    muon, lion, signum, adamw = falling
    for run in (muon, lion):
        assert run.values[-1] == run.values.min()
    for run in (signum, adamw):
        assert run.values[-1] > run.values.min() + 0.1
        assert radius(run)[-1] > 2 * radius(run).min()
    for run in constant[:3]:
        assert step_lengths(run)[-20:].min() > step_lengths(run)[0] / 2


def test_it_stops_from_nearby_starts_too():
    starts = [(2.5 + a, 1.5 + b) for a, b in ((0.03, 0), (-0.03, 0.02), (0, -0.04))]
    falling = partial(CosineAnnealingLR, T_max=200)
    for name, near in (("muon", 0.05), ("lion", 0.5), ("signum", 0.5), ("adamw", 0.5)):
        for run in og.run(name, "flower", lr=0.1, schedule=falling, start=starts):
            assert step_lengths(run)[-1] < 1e-4
            assert radius(run)[-1] < near


def test_a_falling_rate_goes_half_as_far():
    constant, cosine = runs("6_falling_rate")[8:10]
    assert cosine.lrs.sum() == pytest.approx(constant.lrs.sum() / 2, rel=0.01)
    assert radius(constant).min() < 0.1
    assert radius(cosine).min() > 0.9


def test_the_warm_up_makes_no_difference_to_muon_on_the_flower():
    constant, *_ = every = runs("6_falling_rate")
    ends = [radius(run)[-1] for run in every[10:]]
    assert len(ends) == 4
    cosine, line, warm_up, _ = ends
    assert (min(ends), max(ends)) == (warm_up, line)
    assert warm_up == pytest.approx(cosine, rel=0.1)
    assert max(ends) < radius(constant)[-1] / 5


def test_noise_widens_momentums_cloud_tenfold_and_lengthens_no_step_of_adam():
    momentum, adam = runs("7_noise")
    assert np.hypot(*momentum.gradients[0]) == pytest.approx(10, rel=0.1)
    assert momentum.test_fn.gradient_noise.scale == 10
    assert outside(momentum).any()
    assert np.abs(moves(adam)).max() == pytest.approx(adam.lr, rel=0.02)
    noise = {"noise": [0, 1, 10, 100]}
    found = og.sweep(["momentum", "adam"], "sphere", across=noise, jobs=1)
    # at the smaller rates the clouds are not yet all that is left of the path
    for lr in (0.01, 0.03, 0.1, 0.3, 1.0):
        widths = [radius(found["momentum", "sphere", lr, s])[100:].mean() for s in (1, 10, 100)]
        assert widths[1:] == pytest.approx([10 * w for w in widths[:2]], rel=0.05)
    by_rate = [radius(found["momentum", "sphere", lr, 10])[100:].mean() for lr in og.LEARNING_RATES]
    assert (np.diff(by_rate) > 0).all()
    for lr in og.LEARNING_RATES:
        steps = [np.abs(moves(found["adam", "sphere", lr, s])).max() for s in noise["noise"]]
        assert max(steps) < 1.2 * lr
    ends = [found["adam", "sphere", 0.03, s].values[-1] for s in (0, 10, 100)]
    assert ends == sorted(ends)
    assert ends[2] < found["adam", "sphere", 0.03, 100].values[0]
    for lr in (0.3, 1.0):
        assert found["adam", "sphere", lr, 100].outcome.kind == "climbed"


def test_sgd_on_booth_is_farther_away_than_at_the_start_beyond_the_limit():
    slow, right, fast = runs("0_three_rates")
    ends = [away(run)[-1] for run in (right, slow, fast)]
    assert ends == sorted(ends)
    assert away(fast)[-1] > away(fast)[0]
    assert away(slow)[-1] < away(slow)[0]


def test_the_steps_of_adam_in_many_dimensions_are_as_long_as_stated():
    (step,) = moves(og.run("adam", "booth", lr=0.1, steps=1))
    assert np.hypot(*step) == pytest.approx(0.14, abs=0.005)
    assert 0.6e-4 * np.sqrt(175e9) == pytest.approx(25, abs=0.5)


def test_momentum_is_as_fast_as_ten_times_the_rate_and_overshoots():
    sgd, momentum, slow, tenth = runs("momentum")
    assert momentum.evaluations_to_solve() < slow.evaluations_to_solve() / 10
    again = og.run("momentum", "rotated_quadratic", lr=0.001, steps=700)
    assert again.evaluations_to_solve() == pytest.approx(slow.evaluations_to_solve(), rel=0.05)
    assert tenth.values[-1] == pytest.approx(sgd.values[-1], rel=0.1)
    floor = momentum.points @ (0.8, 0.6)  # along the floor, on which it starts below 0
    assert floor[0] < 0 < floor.max()
    assert abs(floor[-1]) < 0.05
    assert curvature("rotated_quadratic", 0, 0, 0.6, -0.8) == pytest.approx(50)


def test_a_rotation_makes_no_difference_to_sgd_and_one_to_adam():
    sgd_along, sgd, adam_along, adam = runs("ravine")
    assert sgd_along.values == pytest.approx(sgd.values, rel=1e-6)
    assert sgd.outcome.kind == "unsolved"
    assert np.hypot(*sgd_along.points[0]) == pytest.approx(np.hypot(*sgd.points[0]))
    assert adam_along.evaluations_to_solve() < 0.6 * adam.evaluations_to_solve()
    across, floor = (
        curvature("rotated_quadratic", 0, 0, *way) for way in ((0.6, -0.8), (0.8, 0.6))
    )
    assert across / floor == pytest.approx(100)
    assert 0.04 * across == pytest.approx(2)
    assert 0.04 * floor == pytest.approx(0.02)
    assert step_lengths(adam)[40] > step_lengths(sgd)[40]  # on the floor


def test_rmsprops_first_step_is_ten_times_as_long_and_a_warm_up_shortens_it():
    rmsprop, adam, warmed = runs("warm_up")
    first = [np.abs(moves(run)[0]) for run in (rmsprop, adam, warmed)]
    assert first[0] == pytest.approx(10 * first[1], rel=1e-6)
    assert first[1] == pytest.approx([0.3, 0.3])
    assert first[2] == pytest.approx([0.3, 0.3])
    assert rmsprop.outcome.kind == "climbed" or rmsprop.values[-1] > 10
    assert warmed.values[-1] < 0.05 * rmsprop.values[-1]
    assert warmed.lrs[[0, 20]] == pytest.approx([0.03, 0.3])
    assert adam.outcome.kind == "solved"


def test_adam_with_a_decay_ends_in_a_minimum_and_adamw_at_the_corner_of_a_square():
    adam, adamw, small, tenth = runs("weight_decay")
    assert away(adam)[-1] < 0.1
    assert adamw.points[-1] == pytest.approx([1, 1], abs=0.05)
    assert away(adamw)[-1] > 1
    assert away(small)[-1] < away(tenth)[-1] < 0.2
    assert og.OPTIMIZERS["adamw"].cls([torch.zeros(1)]).defaults["weight_decay"] == 0.01


def test_sgd_is_unstable_beyond_the_edge_on_a_quadratic_and_may_arrive_elsewhere():
    below, above, lbfgs, beale = runs("curvature")
    across = [run.points @ (0.6, -0.8) for run in (below, above)]
    assert (np.abs(across[0][1:]) < np.abs(across[0][:-1])).all()
    assert across[1][1:] == pytest.approx(-1.05 * across[1][:-1])
    assert away(lbfgs)[1] < 1e-5
    found = og.stability(beale)
    assert found.threshold == pytest.approx(67, abs=0.5)
    assert found.sharpness[0] == pytest.approx(186, abs=0.5)
    assert (found.sharpness[2:] < found.threshold).all()
    assert beale.outcome.kind == "solved"


def explorer_states(name):
    """Return the states of the explorer that a story links."""
    text = " ".join(SCRIPTS[name].read_text(encoding="utf-8").replace("\n# ", "\n").split())
    return ["".join(found.split()) for found in re.findall(r":explorer:`[^`]*<([^`>]*)>`", text)]


FIRST = [stem.removeprefix("plot_") for stem in FIRST_STORIES]


@pytest.mark.parametrize("name", FIRST)
def test_a_first_story_asks_links_the_explorer_and_leads_to_the_next(name):
    text = SCRIPTS[name].read_text(encoding="utf-8")
    assert text.count(".. predict:: ") == 1
    assert re.search(r"\.\. predict:: [^?]+\?\n\n   \S", text)
    (state,) = explorer_states(name)
    check(
        state, Grid(tuple(og.OPTIMIZERS.values()), tuple(grid_functions()), og.LEARNING_RATES, 200)
    )
    flat = " ".join(text.replace("\n# ", "\n").split())
    following = FIRST[FIRST.index(name) + 1 :][:1]
    assert re.findall(r"Next: :doc:`plot_(\w+)`", flat) == following


@pytest.mark.parametrize("name", FIRST[1:])
def test_the_explorer_shows_runs_of_the_story(name):
    # the first story's largest rate is none of the grid's
    (state,) = explorer_states(name)
    given = parse_qs(state)
    shown = {(run.optimizer.name, run.lr) for run in runs(name)}
    linked = [
        (run.partition("@")[0], float(run.partition("@")[2].partition(",")[0]))
        for run in given["run"]
    ]
    assert len(set(given["run"])) == len(linked)
    assert sum(run in shown for run in linked) >= 2
    assert {run.test_fn.name for run in runs(name)} >= set(given["fn"])


def test_muon_learns_the_rarest_pair_along_with_the_most_common_one_and_sgd_much_later():
    sgd, muon, constant = runs("what_muon_does")
    frequencies = sgd.problem.weights
    assert round(frequencies[0] / frequencies[-1]) == 23
    slow, even = sgd.steps_until(0.1), muon.steps_until(0.1)
    assert slow[-1] == slow.max() > 9 * slow[0]
    assert even.min() > 0
    assert even[-1] < 1.2 * even[0]
    apart = [run.update_singular_values[:5] for run in (sgd, muon)]
    assert apart[0][0, 0] > 2 * apart[0][0, 1]
    assert (apart[1][:, 0] < 1.6 * apart[1][:, 1]).all()
    gradients = np.linalg.svd(sgd.gradients[0][:5], compute_uv=False)
    rates = sgd.lrs[:5, None]
    np.testing.assert_allclose(apart[0], rates * gradients, rtol=1e-9)  # as far apart as these
    assert (constant.steps_until(0.1) == -1).any()
    assert np.median(constant.values[-40:]) > 100 * muon.values[-1]
    assert sgd.values[-1] < muon.values[-1]
