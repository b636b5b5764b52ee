"""What the stories say is true of the runs that they show."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import optgallery as og

FLOWER = replace(og.FUNCTIONS["flower"], start=(20.0, 20.0))
PETALS = (67.5, 157.5, -112.5, -22.5)  # directions of their axes in degrees


def radius(run):
    return np.hypot(*run.points.T)


def first_in_view(run):
    return int(np.argmax((np.abs(run.points) <= 3).all(axis=1)))


def petals_seen(run, last):
    x, y = run.points[: last + 1].T
    r, angle = np.hypot(x, y), np.degrees(np.arctan2(y, x))
    far = [np.abs((angle - axis + 180) % 360 - 180) for axis in PETALS]
    return sum(bool(((d < 22.5) & (r > 0.2) & (r < 3)).any()) for d in far)


@pytest.fixture(scope="module")
def booth():
    return {lr: og.run("sgd", "booth", lr=lr, steps=60) for lr in (0.003, 0.03, 0.115)}


def test_gradient_descent_on_booth_is_stable_below_two_over_its_largest_eigenvalue():
    hessian = torch.autograd.functional.hessian(
        lambda p: og.FUNCTIONS["booth"](p[0], p[1]), torch.tensor([1.0, 3.0]).double()
    )
    assert torch.linalg.eigvalsh(hessian).max().item() == pytest.approx(18)
    below, above = (og.run("sgd", "booth", lr=lr, steps=2000) for lr in (0.111, 0.1112))
    assert below.verdict == "solved"
    assert above.values[-1] > above.values[1000] > above.values[500]


def test_three_rates_creep_arrive_and_grow(booth):
    assert booth[0.003].verdict == "unsolved"
    assert booth[0.03].solved() == 55
    stiff = booth[0.115].points @ np.array([1.0, 1.0])  # across the valley; its floor is at 4
    crossings = np.abs(stiff - 4)
    assert (crossings[1:] > crossings[:-1]).all()
    assert (np.sign(stiff[1:] - 4) == -np.sign(stiff[:-1] - 4)).all()


def test_the_best_rate_on_booth_lies_close_to_the_border():
    sweep = og.sweep("sgd", "booth")
    assert sweep["sgd", "booth", 0.1].solved() == 16
    assert sweep["sgd", "booth", 0.03].solved() == 55
    assert sweep["sgd", "booth", 0.3].values[-1] > 1e250


def test_adamw_never_arrives_arrives_late_and_runs_through():
    slow, late, fast = (
        og.run("adamw", FLOWER, lr=lr, weight_decay=1e-6) for lr in (0.01, 0.1, 0.7)
    )
    assert radius(slow)[0] == pytest.approx(28.3, abs=0.1)
    assert (np.abs(slow.points) > 3).any(axis=1).all()
    assert first_in_view(late) == 178
    assert radius(late)[-1] < 0.2
    assert first_in_view(fast) == 26
    inside = (np.abs(fast.points[26:]) <= 3).all(axis=1)
    assert not inside.all()  # out of the picture
    assert inside[-1]  # and back


def test_adamw_never_settles_on_the_flower():
    run = og.run("adamw", FLOWER, lr=0.1, weight_decay=1e-6, steps=1300)
    assert (np.hypot(*run.gradients.T) >= 1).all()
    assert petals_seen(run, 200) == 1
    assert petals_seen(run, 1300) >= 3
    assert 1.1 < radius(run)[200:].max() < 2.75


def test_a_difference_in_the_last_digit_grows_more_than_a_thousandfold():
    nudged = replace(FLOWER, start=(float(np.nextafter(20.0, 21.0)), 20.0))
    run, other = (
        og.run("adamw", fn, lr=0.1, weight_decay=1e-6, steps=300) for fn in (FLOWER, nudged)
    )
    apart = np.hypot(*(run.points - other.points).T)
    assert 0 < apart[200] < 1e-12
    assert apart[300] > 1e3 * apart[200]


def test_the_post_power_wanders_and_the_papers_power_settles():
    post, paper = (og.run("adahessian", FLOWER, lr=0.3, hessian_power=k) for k in (0.5, 1.0))
    assert first_in_view(post) == 22
    assert first_in_view(paper) == 5
    assert radius(post)[35] < 0.3 < radius(paper)[35]
    assert radius(post)[36:].max() > 2 * radius(post)[35]
    assert (np.diff(radius(paper)[[35, 50, 100, 150, 200]]) < 0).all()
    assert radius(paper)[-1] <= 0.066


def test_lbfgs_needs_three_steps_and_a_line_search():
    searched = og.run("lbfgs", FLOWER, steps=10)
    trusting = og.run("lbfgs", FLOWER, steps=10, line_search_fn=None)
    assert radius(searched)[3] < 0.01
    assert (radius(searched)[7:] == radius(searched)[7]).all()
    assert np.diff(searched.evaluations).max() >= 24
    assert radius(trusting)[1] > 40 * radius(trusting)[0]
    assert trusting.verdict == "diverged"


def test_through_a_logarithm_the_gradient_grows_towards_the_minimum():
    near, nearer = (
        np.hypot(*og.run("sgd", "log_beale", lr=1e-9, steps=1, start=(3 - d, 0.5)).gradients[0])
        for d in (1e-2, 1e-4)
    )
    assert nearer > 50 * near


def test_adahessian_strays_less_far_than_adamw():
    adahessian = og.run("adahessian", FLOWER, lr=0.3, hessian_power=0.5)
    adamw = og.run("adamw", FLOWER, lr=0.1, weight_decay=1e-6, steps=400)
    assert radius(adahessian)[36:].max() < radius(adamw)[200:].max() / 2
