"""The runs of "Fun with torchopt": the facts that its figures show.

After about two hundred steps near the flower's centre, an error grows by five decades in a hundred
steps, so that coordinates past step 300 are specific to one machine. These facts hold for hundreds
of perturbed starts.
"""

import numpy as np
import pytest
import torch

from optgallery import run

START = (20.0, 20.0)


def flower(optimizer, steps, **options):
    """Run from the post's start, far outside the domain that it draws."""
    return run(optimizer, "flower", steps=steps, start=START, **options)


def adamw(lr, steps):
    """Run AdamW with torchopt's weight decay."""
    return flower("adamw", steps, lr=lr, weight_decay=1e-6)


def radius(trajectory):
    return np.hypot(*trajectory.points.T)


def enters_the_box_at(trajectory):
    """Return the first step inside the post's domain, [-3, 3] x [-3, 3]."""
    inside = np.flatnonzero(np.abs(trajectory.points).max(axis=1) <= 3)
    return int(inside[0]) if inside.size else None


def petals(trajectory, until):
    """Return the petals that were visited, in the order of their angles."""
    x, y = trajectory.points[: until + 1].T
    r, angle = np.hypot(x, y), np.degrees(np.arctan2(y, x))
    visited = set()
    for petal, centre in enumerate((67.5, 157.5, -112.5, -22.5)):
        apart = np.abs((angle - centre + 180) % 360 - 180)
        if np.any((apart < 22.5) & (r > 0.2) & (r < 3)):
            visited.add(petal)
    return visited


@pytest.fixture(scope="module")
def wandering():
    """Run AdamW at lr 0.1 for as many steps as the post."""
    return adamw(0.1, 1300)


def test_adamw_at_lr_0_01_never_enters_the_domain():
    trajectory = adamw(0.01, 200)
    assert enters_the_box_at(trajectory) is None
    assert radius(trajectory)[199] == pytest.approx(25.47, abs=0.005)


def test_adamw_at_lr_0_1_reaches_the_centre_at_the_end(wandering):
    r = radius(wandering)
    assert enters_the_box_at(wandering) == 178
    assert np.flatnonzero(r < 0.2)[0] == 199
    assert r[199] == pytest.approx(0.1024, abs=1e-4)
    assert r[200] == pytest.approx(0.163, abs=5e-4)
    assert r[220] == pytest.approx(1.07, abs=5e-3)


def test_the_200th_point_equals_that_of_a_plain_torch_loop(wandering):
    assert wandering.points[200] == pytest.approx([-0.062752, 0.150342], abs=1e-6)


def test_adamw_at_lr_0_7_overshoots_and_leaves():
    trajectory = adamw(0.7, 200)
    r = radius(trajectory)
    assert enters_the_box_at(trajectory) == 26
    assert r[30] == pytest.approx(0.783, abs=5e-4)
    assert r[40] == pytest.approx(2.80, abs=5e-3)


def test_adamw_never_settles(wandering):
    r = radius(wandering)
    assert 1.1 < r[200:].max() < 2.75
    for later in range(200, 1300, 100):
        assert r[later : later + 101].max() > 0.5


def test_adamw_explores_the_petals_one_after_another(wandering):
    assert len(petals(wandering, 200)) == 1
    assert len(petals(wandering, 1300)) >= 3
    counts = [len(petals(wandering, steps)) for steps in (200, 300, 700, 900, 1300)]
    assert counts == sorted(counts)


def test_adamw_crosses_the_same_petals_in_single_precision():
    trajectory = flower("adamw", 1300, lr=0.1, weight_decay=1e-6, dtype=torch.float32)
    assert enters_the_box_at(trajectory) == 178
    assert radius(trajectory)[199] == pytest.approx(0.1024, abs=1e-4)
    assert len(petals(trajectory, 200)) == 1
    assert len(petals(trajectory, 1300)) >= 3


def adahessian(steps, **options):
    """Run AdaHessian with torchopt's eps."""
    return flower("adahessian", steps, lr=0.3, eps=1e-4, **options)


def test_torchopts_adahessian_is_near_the_centre_after_35_steps_for_every_seed():
    reached = [radius(adahessian(34, hessian_power=0.5, seed=seed))[34] for seed in range(40)]
    assert max(reached) < 0.62
    assert sum(r < 0.3 for r in reached) >= 38


def test_torchopts_adahessian_stays_nearer_to_the_centre_than_adamw(wandering):
    later = radius(adahessian(200, hessian_power=0.5))[35:]
    assert later.max() > 0.1
    assert later.max() < radius(wandering)[200:].max()


@pytest.mark.parametrize("seed", range(5))
def test_adahessian_with_the_papers_defaults_ends_near_the_centre(seed):
    assert radius(adahessian(200, hessian_power=1.0, seed=seed))[200] <= 0.066


def test_lbfgs_converges_in_three_steps():
    trajectory = flower("lbfgs", 10, line_search_fn="strong_wolfe")
    r = radius(trajectory)
    assert r[3] < 0.01
    assert r[10] < 1e-5
    assert (np.diff(r) <= 0).all()
    assert (trajectory.points[8:] == trajectory.points[7]).all()
    assert np.diff(trajectory.evaluations).max() <= 26


def test_lbfgs_without_line_search_diverges_at_once():
    r = radius(flower("lbfgs", 3, line_search_fn=None))
    assert not r[1] < 1e3
