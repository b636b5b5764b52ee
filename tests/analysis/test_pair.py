"""Two optimizers of a comparison."""

from dataclasses import replace
from math import inf, isfinite, isinf

import numpy as np
import pytest

import optgallery as og
from optgallery.analysis.comparison import Comparison
from optgallery.analysis.pair import GROUPS, SHORTEST, Pair
from optgallery.analysis.robustness import passed, robustness

FUNCTIONS = ["booth", "beale", "sphere", "rosenbrock", "himmelblau", "matyas", "ackley"]
LRS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return og.compare(["adam", "sgd"], FUNCTIONS, LRS, starts=4)


@pytest.fixture(scope="module")
def pair(comparison: Comparison) -> Pair:
    return Pair(comparison)


@pytest.fixture(scope="module")
def costs(pair: Pair) -> list[dict[str, float]]:
    """Return the cost of each problem for both, from a run of its own."""
    return [_costs(pair, which) for which in (0, 1)]


def _costs(pair: Pair, which: int) -> dict[str, float]:
    c, name, lr = pair.comparison, pair.specs[which].name, pair.rates[which]
    found = {}
    for problem in c.problems:
        run = c.run(name, problem.name, lr)
        found[problem.name] = float(run.evaluations_to_solve() or inf) if run.solved else inf
    return found


def test_numbers_are_those_of_single_runs(pair: Pair, costs: list[dict[str, float]]) -> None:
    a, b = costs
    assert pair.solved == tuple(np.isfinite(list(x.values())).mean() for x in (a, b))
    shared = [name for name in a if isfinite(a[name]) and isfinite(b[name])]
    assert pair.both == len(shared) > 0
    assert pair.evaluations == tuple(np.median([x[name] for name in shared]) for x in (a, b))


def test_shares_are_those_of_the_comparison(pair: Pair, comparison: Comparison) -> None:
    best = comparison.best_rates()
    assert pair.rates == (best["adam"], best["sgd"])
    kinds = comparison.outcomes.is_kind("solved")
    assert pair.solved_each == tuple(kinds.any(1).mean(1))
    assert pair.robust == tuple(robustness(comparison))
    rows = [comparison.lrs.index(lr) for lr in pair.rates]
    assert pair.left == tuple(passed(comparison)[[0, 1], rows].mean(1))
    diverged = comparison.outcomes.is_kind("diverged")
    assert pair.diverged == tuple(diverged[[0, 1], rows].mean(1))


def test_an_interval_contains_the_difference_and_is_reversed_with_the_pair(
    pair: Pair, comparison: Comparison
) -> None:
    logs = np.log2(pair.costs[:, np.isfinite(pair.costs).all(0)])
    for (low, high), difference in (
        (pair.solved_difference, pair.solved[0] - pair.solved[1]),
        (pair.robust_difference, pair.robust[0] - pair.robust[1]),
        (pair.speed_difference, (logs[0] - logs[1]).mean()),
    ):
        assert low < difference < high
    other = Pair(comparison.select(optimizers=["sgd", "adam"]))
    low, high = other.solved_difference
    # select() keeps the order that is asked for
    assert other.names == ("SGD", "Adam")
    assert (-high, -low) == pytest.approx(pair.solved_difference)


def test_an_interval_of_equal_optimizers_is_zero() -> None:
    one = og.OptimizerSpec(name="one", title="One", cls=og.OPTIMIZERS["adam"].cls)
    two = og.OptimizerSpec(name="two", title="Two", cls=og.OPTIMIZERS["adam"].cls)
    same = Pair(og.compare([one, two], ["booth", "sphere"], [0.1, 0.3], starts=2))
    assert same.solved_difference == same.robust_difference == same.speed_difference == (0.0, 0.0)
    assert {each.group for each in same.functions} <= {"equal", "neither"}
    assert same.race(0) is None


def test_each_function_is_in_one_group(
    pair: Pair, comparison: Comparison, costs: list[dict[str, float]]
) -> None:
    grouped = [each for group in GROUPS for each in pair.group(group)]
    assert sorted(each.fn.name for each in grouped) == sorted(FUNCTIONS)
    a, b = costs
    for each in pair.functions:
        own = [p.name for p in comparison.problems if p.of == each.fn]
        solved = tuple(sum(isfinite(x[name]) for name in own) for x in (a, b))
        assert each.solved == solved
        assert each.group.startswith("only a") == (solved[0] >= 2 > solved[1])
        assert each.group.startswith("only b") == (solved[1] >= 2 > solved[0])
        assert (each.group == "neither") == (max(solved) < 2)
        ratios = [a[name] / b[name] for name in own if isfinite(a[name] + b[name])]
        if min(solved) >= 2 and ratios:
            mean = float(np.exp(np.mean(np.log(ratios))))
            assert each.factor == pytest.approx(max(mean, 1 / mean))
            assert each.group == ("a faster" if mean < 1 else "b faster" if mean > 1 else "equal")


def test_counts_add_up_to_all_problems(
    pair: Pair, comparison: Comparison, costs: list[dict[str, float]]
) -> None:
    counts = dict(pair.counts)
    assert sum(counts.values()) == len(comparison.problems)
    a, b = costs
    assert counts["only Adam"] == sum(isinf(b[name]) and isfinite(a[name]) for name in a)
    assert counts["neither"] == sum(isinf(a[name]) and isinf(b[name]) for name in a)
    factors = {name: b[name] / a[name] for name in a if isfinite(a[name]) and isfinite(b[name])}
    at_least_4 = sum(factor >= 4 for factor in factors.values())
    assert counts["Adam, 4 times as fast or more"] == at_least_4
    below_2 = sum(1 < 1 / factor < 2 for factor in factors.values())
    assert counts["SGD, less than 2 times as fast"] == below_2


@pytest.mark.parametrize("winner", [0, 1])
def test_a_race_is_that_of_the_largest_factor_and_ends_when_the_slower_one_has_solved(
    pair: Pair, costs: list[dict[str, float]], winner: int
) -> None:
    race = pair.race(winner)
    assert race is not None
    both = [costs[i] for i in (winner, 1 - winner)]
    left = dict(
        zip(
            both[0],
            passed(pair.comparison)[winner, LRS.index(pair.rates[winner])],
            strict=True,
        )
    )
    factors = {
        name: both[1][name] / both[0][name]
        for name in both[0]
        if isfinite(both[1][name]) and both[0][name] >= SHORTEST and not left[name]
    }
    assert race.problem.name == max(factors, key=lambda name: factors[name])
    assert factors[race.problem.name] > 1
    for i, run in enumerate(race.runs):
        whole = pair.comparison.run(pair.specs[i].name, race.problem.name, pair.rates[i])
        assert run.steps == max(race.costs)
        np.testing.assert_array_equal(run.points, whole.points[: run.steps + 1])
        assert run.solved
        assert run.evaluations_to_solve() == race.costs[i]


@pytest.mark.parametrize("names", [["sgd"], ["sgd", "adam", "lion"]])
def test_other_numbers_of_optimizers_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="a pair has two optimizers, got SGD"):
        Pair(og.compare(names, "booth", [0.1], starts=1))


def test_paths_from_elsewhere_are_refused(comparison: Comparison) -> None:
    path = og.Trajectory.from_points([[1.0, 3.0], [1.5, 3.0]], "booth", label="Elsewhere")
    joined = replace(comparison, optimizers=(comparison.optimizers[0], path.optimizer))
    with pytest.raises(ValueError, match="Elsewhere cannot be run here"):
        Pair(joined)


def test_an_unknown_minimum_is_refused() -> None:
    window = {"x0": 1, "y0": 1, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
    free = og.compare(["sgd", "adam"], (lambda x, y: x**2 + y**4, window), [0.1], starts=1)
    with pytest.raises(ValueError, match="needs the minimum of every function"):
        Pair(free)
