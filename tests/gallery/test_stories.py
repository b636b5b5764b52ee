"""Claims about runs in the stories."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from pages import cell, moves, outside, runs

import optgallery as og

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
