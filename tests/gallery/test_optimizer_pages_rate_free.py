"""Claims about runs on the pages of Prodigy, D-Adapt Adam and DoG."""

import numpy as np
import pytest
from pages import away, cell, outside, runs, solves, step_lengths

import optgallery as og
from optgallery.optim import DAdaptAdam, Prodigy


def estimates(trajectory, cls):
    """Return d after each step of a run."""
    found = []

    class Watched(cls):
        def step(self, closure=None):
            loss = super().step(closure)
            found.append(self.param_groups[0]["d"])
            return loss

    same = og.run(Watched, trajectory.test_fn, lr=trajectory.lr, steps=trajectory.steps)
    assert (same.points == trajectory.points).all()
    return np.array(found)


def test_prodigys_estimate_grows_to_a_third_of_either_distance():
    far, near = runs("opt_prodigy")
    ds = [estimates(t, Prodigy) for t in (far, near)]
    assert ds[0][9] == pytest.approx(ds[1][9], rel=0.01)
    for trajectory, d in zip((far, near), ds, strict=True):
        assert (np.diff(d) >= 0).all()
        assert d[-1] / away(trajectory)[0] == pytest.approx(0.29, abs=0.02)
        assert away(trajectory, trajectory.points[0])[10] < 0.03
        assert trajectory.outcome.kind == "solved"
    assert near.points[:, 0].max() > near.test_fn.domain.xmax


def test_adam_has_no_rate_for_both_functions():
    rates = [lr for lr in og.LEARNING_RATES if solves("adam", "schwefel", lr)]
    assert rates == [max(og.LEARNING_RATES)]
    assert not solves("adam", "michalewicz", rates[0])


def test_prodigy_jumps_across_easoms_hole_and_does_not_begin_at_a_small_rate():
    easom = cell("prodigy", "easom", 1)
    within = away(easom) < 1.5
    assert within.any()
    assert not within[100:].any()
    assert outside(easom)[-1]
    sphere = cell("prodigy", "sphere", 0.01)
    assert away(sphere, sphere.points[0]).max() < 0.1


def test_dadapt_adam_starts_later_the_smaller_gamma_and_grows_past_the_distance():
    by_gamma = runs("opt_dadapt_adam")
    starts = [int((away(t) < 0.9 * away(t)[0]).argmax()) for t in by_gamma]
    assert starts == sorted(starts, reverse=True)
    small, _, large = by_gamma
    shares = [estimates(t, DAdaptAdam)[-1] / away(t)[0] for t in (small, large)]
    assert shares == pytest.approx([0.5, 2], abs=0.1)
    assert 0.2 < step_lengths(small).max() < 0.5
    assert step_lengths(large)[15:].max() > 2
    assert large.evaluations_to_solve() < small.evaluations_to_solve()


def test_dadapt_adam_leaves_the_picture_at_one_and_does_not_begin_at_a_small_rate():
    for function in ("ackley", "beale"):
        assert outside(cell("dadapt_adam", function, 1))[-1]
    booth = cell("dadapt_adam", "booth", 0.01)
    assert away(booth, booth.points[0]).max() < 0.05


def test_dogs_first_step_hardly_matters():
    shortest, middle, longest, *_ = runs("opt_dog")
    first = [step_lengths(t)[0] for t in (shortest, middle, longest)]
    assert first[1:] == pytest.approx([100 * first[0], 100 * first[1]])
    costs = [t.evaluations_to_solve() for t in (shortest, middle, longest)]
    assert -np.diff(costs) == pytest.approx([22, 22], abs=2)
    assert shortest.points[-1] == pytest.approx(longest.points[-1], abs=0.01)
    distance = away(shortest, shortest.points[0])
    growth = distance[2:21] / distance[1:20]
    assert growth[[0, -1]] == pytest.approx([1.7, 1.2], abs=0.05)
    assert step_lengths(longest).argmax() == 17
    assert longest.points[:, 0].max() > longest.points[-1, 0] + 0.5
    assert step_lengths(shortest).max() < 1


def test_dogs_steps_stay_short_in_a_valley_and_at_other_rates():
    *_, adam, dog = runs("opt_dog")
    assert adam.outcome.kind == "solved"
    across = np.abs(dog.points @ (-0.6, 0.8))
    assert across[40] > across[0] / 2
    assert across[80:].max() < 0.05
    assert step_lengths(dog)[-50:] == pytest.approx(0.01, abs=0.01)
    himmelblau = cell("dog", "himmelblau", 0.3)
    assert away(himmelblau, himmelblau.points[0]).max() < 0.1
