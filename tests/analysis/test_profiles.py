"""Profiles, running times and ratios, against independent formulas in plain Python."""

from itertools import product
from math import inf, log2

import numpy as np
import pytest

from optgallery.analysis.profiles import (
    average_running_time,
    bootstrap,
    data_profile,
    ecdf,
    expected_best,
    log_ratio,
    performance_profile,
    resamples,
)

NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def costs():
    """Costs of four solvers on forty problems, with ties, zeros and unsolved problems."""
    rng = np.random.default_rng(1)
    t = rng.integers(1, 60, (4, 40)).astype(float)
    t[rng.random(t.shape) < 0.3] = inf
    t[:, 0], t[:, 1] = inf, 0.0
    t[3] = np.where(np.arange(40) == 1, 0.0, inf)  # a solver that solves one problem
    return t


def share(flags):
    flags = list(flags)
    return sum(flags) / len(flags)


def test_data_profile_is_the_share_solved(costs):
    profile = data_profile(costs, NAMES, 60)
    for at in (0, 1, 7, 7.5, 33, 59, 60, 1000):
        expected = [share(t <= at for t in row) for row in costs.tolist()]
        np.testing.assert_allclose(profile(at), expected, rtol=0, atol=1e-12)


def test_performance_profile_is_the_share_within_a_factor(costs):
    profile = performance_profile(costs, NAMES)
    columns = costs.T.tolist()
    for tau in (1, 1.2, 2, 5, 59):
        for name, row in zip(NAMES, range(4), strict=True):
            expected = share(
                t[row] < inf and (t[row] <= tau * min(t) or t[row] == 0) for t in columns
            )
            index = NAMES.index(name)
            assert profile(tau)[index] == pytest.approx(expected, abs=1e-12)


def test_with_a_reference_a_curve_does_not_depend_on_other_solvers(costs):
    whole = performance_profile(costs, NAMES, reference=0)
    pair = performance_profile(costs[:2], NAMES[:2], reference=0)
    at = [0, 0.5, 1, 2, 10]
    np.testing.assert_array_equal(whole(at)[:2], pair(at))
    assert whole.reference == "a"
    assert "those of a" in whole.xlabel


def test_the_order_of_slower_solvers_depends_on_the_set_of_solvers():
    """Gould and Scott: at a factor of 2, b is better than c if a is included, and worse if not."""
    t = np.array([[1, 1, 9, 9, 9.0], [2, 2, 9, 9, 9], [4, 4, 3, 3, 9]])
    with_a = performance_profile(t, "abc")(2.0)
    without = performance_profile(t[1:], "bc")(2.0)
    assert with_a[1] == 0.6
    assert with_a[2] == 0.6
    assert list(without) == [0.6, 1.0]


def test_ecdf_counts_pairs_that_are_never_reached():
    rng = np.random.default_rng(2)
    hits = np.sort(rng.integers(0, 90, (2, 30, 51)).astype(float), axis=-1)
    hits[hits > 70] = inf
    profile = ecdf(hits, NAMES[:2], 90)
    for at in (0, 3, 20, 70, 90):
        expected = [share(t <= at for t in solver.ravel().tolist()) for solver in hits]
        np.testing.assert_allclose(profile(at), expected, rtol=0, atol=1e-12)
    assert (profile(1e9) < 1).all()


def test_score_is_the_area_under_a_performance_profile(costs):
    profile = performance_profile(costs, NAMES)
    grid = np.linspace(1, 4, 300_001)
    middles = (grid[1:] + grid[:-1]) / 2
    for name, area in zip(NAMES, profile(middles).mean(1), strict=True):
        assert profile.score()[name] == pytest.approx(area, abs=1e-4)


def test_log_ratios_are_sorted_and_omit_problems_that_neither_solved(costs):
    found = log_ratio(costs[0], costs[1], ("a", "b"), [f"p{i}" for i in range(40)])
    expected = []
    for s, t in zip(costs[0].tolist(), costs[1].tolist(), strict=True):
        if s < inf and t < inf:
            expected.append(0.0 if s == t else log2(s) - log2(t))
        elif s < inf or t < inf:
            expected.append(-inf if s < inf else inf)
    np.testing.assert_array_equal(found.values, sorted(expected))
    assert found.neither == 40 - len(expected)
    assert sum(found.wins) == len(expected)
    assert "p1 " in str(found)


def test_average_running_time_is_evaluations_divided_by_successes():
    costs, spent = [5, inf, 7, inf], [5, 100, 7, 50]
    assert average_running_time(costs, spent) == (5 + 100 + 7 + 50) / 2
    assert average_running_time([inf], [3]) == inf


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_expected_best_is_the_mean_of_the_minimum_over_every_draw(k):
    results = [3.0, 0.5, 0.5, 7.0, 1.0]
    every = [min(draw) for draw in product(results, repeat=k)]
    assert expected_best(results, k) == pytest.approx(sum(every) / len(every), abs=1e-12)


def test_curves_lie_within_their_confidence_intervals(costs):
    profile = data_profile(costs, NAMES, 60)
    assert (profile.low <= profile.shares).all()
    assert (profile.shares <= profile.high).all()
    wider = profile.high[0] - profile.low[0]
    assert 0.2 < wider.max() < 0.45  # 40 problems: two standard errors of a share are 0.16


def test_an_interval_of_the_bootstrap_is_that_of_the_normal_approximation():
    flags = np.arange(400) % 4 == 0
    low, high = bootstrap(lambda drawn: float(flags[drawn].mean()), 400, seed=3)
    error = 1.96 * (0.25 * 0.75 / 400) ** 0.5
    assert low == pytest.approx(0.25 - error, abs=0.01)
    assert high == pytest.approx(0.25 + error, abs=0.01)


def test_resamples_are_seeded_and_sum_to_one():
    np.testing.assert_array_equal(resamples(7, 1), resamples(7, 1))
    assert (resamples(7, 1) != resamples(7, 2)).any()
    np.testing.assert_allclose(resamples(7, 1).sum(1), 1)


def test_a_profile_prints_as_a_table():
    text = str(data_profile([[3, 10, inf, 8]], ["a"], 20)).splitlines()
    assert text[0].split() == ["data", "profile,", "4", "problems", "1", "2", "5", "10", "20"]
    assert text[1].startswith("a ")
    assert [cell for cell in text[1].split() if "(" not in cell][1:] == [
        *("0.00", "0.00", "0.25", "0.75", "0.75")
    ]


def test_curves_are_zero_if_nothing_is_solved():
    profile = performance_profile(np.full((2, 3), inf), ["a", "b"])
    assert not profile([1, 2, 100]).any()
    assert "0.00" in str(profile)


@pytest.mark.parametrize("end", [1, 0.5, float("nan")])
def test_a_score_needs_a_ratio_above_one(end):
    with pytest.raises(ValueError, match="end must be a ratio > 1"):
        performance_profile([[1.0]], ["a"]).score(end)


def test_only_a_performance_profile_has_a_score():
    with pytest.raises(ValueError, match="this is a data profile"):
        data_profile([[1.0]], ["a"], 3).score()


def test_an_unknown_curve_is_an_error_that_names_the_others():
    with pytest.raises(KeyError, match="'z' is not a curve; there are a"):
        data_profile([[1.0]], ["a"], 3)["z"]
