"""Comparison: statistics, tables, runs that can be repeated, and invalid queries."""

import csv
import io
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from optgallery import TestFunction, compare
from optgallery.analysis.comparison import rate_widths
from optgallery.analysis.outcomes import TARGETS

NAMES, FNS, LRS = (
    ["sgd", "adamw", "lion"],
    ["booth", "beale", "flower"],
    (0.001, 0.03, 0.1, 0.3, 3.0),
)


@pytest.fixture(scope="module")
def comparison():
    return compare(NAMES, FNS, LRS, starts=3, budget=100)


def test_its_shape_is_optimizers_by_rates_by_problems(comparison):
    assert comparison.outcomes.kind.shape == (3, 5, 9)
    assert comparison.outcomes.hits.shape == (3, 5, 9, len(TARGETS))
    assert "3 optimizers x 5 learning rates x 9 problems" in repr(comparison)


def test_every_outcome_equals_that_of_its_run(comparison):
    for row in comparison.rows():
        if row["start"] != 1:
            continue
        name = f"{row['function']}/{row['start']}"
        lines = comparison.code(row["optimizer"], name, row["lr"]).splitlines()
        scope = {}
        exec("\n".join(line for line in lines if "animate" not in line), scope)
        trajectory = scope["trajectory"]
        assert trajectory.values[-1] == row["last"]
        assert trajectory.outcome.kind == row["outcome"]
        assert trajectory.outcome.cost == row["evaluations"]
        again = comparison.run(row["optimizer"], name, row["lr"])
        np.testing.assert_array_equal(again.points, trajectory.points)


def test_solved_counts_the_outcomes(comparison):
    table, rows = comparison.solved(), list(comparison.rows())
    for name, title in zip(NAMES, comparison.names, strict=True):
        for lr in LRS:
            own = [r for r in rows if r["optimizer"] == name and r["lr"] == lr]
            assert table[title, f"lr {lr:g}"] == sum(r["outcome"] == "solved" for r in own)
    np.testing.assert_array_equal(table.share * 9, table.values)


def test_the_best_rate_solves_most_and_ties_go_to_the_middle(comparison):
    kind = np.zeros_like(comparison.outcomes.kind)  # all solved at every rate
    tied = replace(comparison, outcomes=replace(comparison.outcomes, kind=kind))
    assert set(tied.best_rates().values()) == {0.1}
    for name, row in zip(NAMES, comparison.solved().values, strict=True):
        assert row[LRS.index(comparison.best_rates()[name])] == row.max()


def test_a_run_that_diverges_reaches_no_target(comparison):
    kind = np.full_like(comparison.outcomes.kind, 3)
    diverged = replace(comparison, outcomes=replace(comparison.outcomes, kind=kind))
    assert diverged.ended("diverged").values.min() == 9
    assert not diverged.ecdf(0.1).shares.any()
    assert (diverged.remaining() == 1).all()
    assert (diverged.costs(0.1) == inf).all()


def test_rates_of_profiles(comparison):
    costs = np.where(comparison.outcomes.is_kind("solved"), comparison.outcomes.cost, inf)
    np.testing.assert_array_equal(comparison.costs(0.1), costs[:, 2])
    np.testing.assert_array_equal(comparison.costs("each"), costs.min(1))
    chosen = {"sgd": 0.03, "adamw": 0.3, "lion": 0.1}
    np.testing.assert_array_equal(
        comparison.costs(chosen), np.stack([costs[0, 1], costs[1, 3], costs[2, 2]])
    )


def test_profiles_are_of_the_costs(comparison):
    costs = comparison.costs("each")
    profile = comparison.data_profile("each")
    np.testing.assert_array_equal(profile(50), (costs <= 50).mean(1))
    assert profile.names == ("SGD", "AdamW", "Lion")
    assert comparison.performance_profile("adamw").reference == "AdamW"
    assert comparison.ecdf().kind == "ecdf"
    assert comparison.log_ratio("adamw", "lion").a == "AdamW"


def test_sensitivity_equals_that_of_a_loop_over_rates(comparison):
    table, rows = comparison.sensitivity(), list(comparison.rows())
    weights = dict(zip(LRS, rate_widths(LRS), strict=True))
    for name, title in zip(NAMES, comparison.names, strict=True):
        numbers = []
        for problem in comparison.problems:
            f0, least = problem.fn(*problem.start), problem.minimum
            ends = {}
            for r in rows:
                same = (r["function"], r["start"]) == (problem.of.name, problem.number)
                if r["optimizer"] == name and same:
                    ends[r["lr"]] = f0 if r["outcome"] == "diverged" else min(r["last"], f0)
            mean = sum(weights[lr] * end for lr, end in ends.items()) / sum(weights.values())
            numbers.append((mean - min(ends.values())) / (f0 - least))
        assert table[title, "sensitivity"] == pytest.approx(np.mean(numbers), abs=1e-12)


def test_expected_best_decreases_from_the_mean_to_the_minimum(comparison):
    table, remaining = comparison.expected_best([1, 5, 400]), comparison.remaining()
    np.testing.assert_allclose(table.values[:, 0], remaining.mean((1, 2)), atol=1e-12)
    assert (np.diff(table.values, axis=1) <= 0).all()
    np.testing.assert_allclose(table.values[:, -1], remaining.min(1).mean(-1), atol=1e-9)


def test_average_running_time_takes_the_starts_as_trials(comparison):
    table, rows = comparison.average_running_time(0.1), list(comparison.rows())
    own = [r for r in rows if (r["optimizer"], r["function"], r["lr"]) == ("sgd", "booth", 0.1)]
    successes = [r["evaluations"] for r in own if r["evaluations"] is not None]
    total = sum(r["evaluations"] if r["evaluations"] is not None else r["spent"] for r in own)
    assert successes
    assert table["SGD", "Booth"] == total / len(successes)


def test_widths_of_rates_are_those_of_intervals_between_midpoints():
    np.testing.assert_allclose(rate_widths([1.0, 0.01, 0.1]), [1, 1, 1])
    np.testing.assert_allclose(rate_widths([1.0, 10.0, 1000.0]), [1, 1.5, 2])


def test_censored_counts_best_rates_at_either_end(comparison):
    share, insensitive = comparison.select(lrs=[0.1, 3.0]).censored()
    assert share == 1.0 or insensitive  # with two rates, both are ends
    assert 0 <= comparison.censored()[0] < 1


def test_select_takes_some_starts(comparison):
    part = comparison.select(starts=[0, 2])
    assert [problem.number for problem in part.problems] == [0, 2] * 3
    np.testing.assert_array_equal(
        part.outcomes.last, comparison.outcomes.last[..., [0, 2, 3, 5, 6, 8]]
    )
    assert comparison.select(starts=1).outcomes.kind.shape == (3, 5, 3)
    with pytest.raises(ValueError, match=r"starts must be some of \[0, 1, 2\], got \[3\]"):
        comparison.select(starts=[3])


def test_select_takes_a_part(comparison):
    part = comparison.select(optimizers=["lion"], functions=["beale"], lrs=[0.1, 3.0])
    assert part.outcomes.kind.shape == (1, 2, 3)
    whole = comparison.outcomes.last[2][[2, 4]][:, 3:6]
    np.testing.assert_array_equal(part.outcomes.last[0], whole)


def test_csv_and_dataframe_have_a_row_for_each_run(comparison, tmp_path):
    text = comparison.to_csv(tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text() == text
    read = list(csv.DictReader(io.StringIO(text)))
    table = comparison.to_dataframe()
    assert len(read) == len(table) == 3 * 5 * 9
    np.testing.assert_array_equal([float(r["last"]) for r in read], table["last"])
    assert table["evaluations"].isna().sum() == (table["outcome"] != "solved").sum()


def test_a_comparison_prints_as_a_table(comparison):
    lines = str(comparison).splitlines()
    assert lines[0].split()[2:] == ["rate", "solved", "width", "sensitivity", "shortfall"]
    assert [line.split()[0] for line in lines[1:]] == ["SGD", "AdamW", "Lion"]
    assert "<table>" in comparison._repr_html_()


def nameless(x, y):
    return x**2 + y**2 + 1


UNKNOWN = TestFunction(
    name="mine", title="Mine", formula=nameless, domain=(-2, 2, -2, 2), start=(1, 1)
)


def test_outcomes_are_counted_without_a_known_minimum():
    c = compare(["sgd"], [UNKNOWN, "booth"], [0.1, 3.0], starts=2)
    assert c.ended("diverged").values.shape == (1, 2)
    assert "climbed" in str(c)
    assert c.to_dataframe()["minimum"].isna().sum() == 4
    for method in (
        *(c.solved, c.data_profile, c.performance_profile, c.ecdf, c.sensitivity, c.remaining),
        *(c.average_running_time, c.best_rates, c.censored),
    ):
        with pytest.raises(ValueError, match=r"the minimum of every function, and that of mine is"):
            method()
    assert c.select(functions=["booth"]).solved().values.shape == (1, 2)


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("log_ratio", ("adamw", "adamw"), "compares two optimizers"),
        ("log_ratio", ("adamw", "adam"), "'adam' is not compared; there are sgd, adamw, lion"),
        ("code", ("adamw", "ackley", 0.1), "'ackley' is not a problem"),
        ("code", ("adamw", "booth", 0.2), "rate must be one of 0.001, 0.03"),
        ("data_profile", ("worst",), 'rate must be a number, "best", "each"'),
        ("data_profile", ({"sgd": 0.1},), "rate lacks adamw, lion"),
        ("average_running_time", ("each",), "trials on a function have one rate"),
        ("ended", ("won",), "kind must be one of solved"),
        ("expected_best", (0,), "k must be a whole number >= 1"),
        ("expected_best", ([],), "got none"),
    ],
)
def test_invalid_queries_are_rejected(comparison, method, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(comparison, method)(*arguments)
