"""Robustness, runs that leave again, and whether other starts give the same order."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import optgallery as og
from optgallery.analysis.outcomes import TAU
from optgallery.analysis.robustness import agreement, passed, rank_correlation, robustness

LRS = (0.001, 0.01, 0.1, 1.0)


@pytest.fixture(scope="module")
def comparison():
    return og.compare(["sgd", "adam", "lion", "rprop"], ["booth", "beale", "sphere"], LRS, starts=4)


def test_robustness_is_the_mean_share_solved(comparison):
    share = comparison.solved().share
    np.testing.assert_allclose(robustness(comparison), share.mean(1))
    some = comparison.select(lrs=[0.001, 0.1, 1.0])  # they stand for 2, 1.5 and 1 decades
    weighted = some.solved().share @ np.array([2, 1.5, 1]) / 4.5
    np.testing.assert_allclose(robustness(some), weighted)


def test_a_run_that_passes_is_solved_and_does_not_end_there(comparison):
    left = passed(comparison)
    assert left.any()
    names = [spec.name for spec in comparison.optimizers]
    for i, j, k in np.argwhere(left)[::5]:
        problem = comparison.problems[k]
        run = comparison.run(names[i], problem.name, comparison.lrs[j])
        assert run.outcome.kind == "solved"
        gaps = run.values - problem.minimum
        assert gaps[-1] > TAU * gaps[0] >= gaps.min()
    solved = comparison.outcomes.is_kind("solved")
    assert not (left & ~solved).any()
    stays = comparison.remaining()[solved & ~left]
    assert (stays <= TAU * (1 + 1e-9)).all()


def test_halves_of_the_starts_are_compared_in_every_way(comparison):
    found = agreement(comparison)
    assert len(found) == 3  # of four starts, without an order
    first, second = (robustness(comparison.select(starts=half)) for half in ([0, 1], [2, 3]))
    assert found[0] == pytest.approx(stats.spearmanr(first, second).statistic)
    assert len(agreement(comparison.select(starts=[0, 1, 2]))) == 1


def test_one_start_has_no_halves(comparison):
    with pytest.raises(ValueError, match="one start cannot be divided"):
        agreement(comparison.select(starts=[0]))


def test_agreement_is_one_where_all_starts_tell_the_same(comparison):
    kind = comparison.outcomes.kind.copy()
    kind[:] = np.arange(4)[:, None, None] % 3 != 0
    kind[1, :, :] = 0
    kind[1, 0, :] = 1
    same = replace(comparison, outcomes=replace(comparison.outcomes, kind=kind))
    assert agreement(same) == pytest.approx((1.0, 1.0, 1.0))


@pytest.mark.parametrize("seed", range(5))
def test_rank_correlation_is_that_of_scipy_with_ties(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 6, (2, 30))
    assert rank_correlation(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
