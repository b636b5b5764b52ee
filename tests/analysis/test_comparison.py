"""compare(): statistics, reproducible runs, invalid arguments, interruption."""

import csv
import io
import os
import signal
from dataclasses import replace
from math import inf

import numpy as np
import pytest
import torch
from forking import run_code

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, TestFunction, compare
from optgallery.analysis import computing
from optgallery.analysis.comparing import RATES
from optgallery.analysis.comparison import rate_widths
from optgallery.analysis.outcomes import TARGETS
from optgallery.cache.store import Store

NAMES, FNS, LRS = (
    ["sgd", "adamw", "lion"],
    ["booth", "beale", "flower"],
    (0.001, 0.03, 0.1, 0.3, 3.0),
)


@pytest.fixture(scope="module")
def comparison():
    return compare(NAMES, FNS, LRS, starts=3, budget=100)


def test_rates_are_half_decades_from_1e_minus_4_to_100():
    assert len(RATES) == 13
    assert RATES[:3] == (0.0001, 0.0003, 0.001)
    assert RATES[-3:] == (10.0, 30.0, 100.0)


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


def test_results_are_the_same_over_processes_and_from_the_store(comparison, tmp_path):
    spread = compare(NAMES, FNS, LRS, starts=3, budget=100, jobs=2, store=tmp_path)
    assert spread.to_csv() == comparison.to_csv()
    again = compare(NAMES, FNS, LRS, starts=3, budget=100, store=tmp_path)
    assert again.to_csv() == spread.to_csv()


def test_stored_outcomes_are_not_computed_again(tmp_path, monkeypatch):
    compare(["sgd"], ["booth", "beale"], [0.1], starts=2, store=tmp_path)
    monkeypatch.setattr(computing, "run_task", None)  # would raise
    compare(["sgd"], ["beale"], [0.1], starts=2, store=tmp_path)
    with pytest.raises(TypeError):
        compare(["sgd"], ["beale"], [0.1], starts=3, store=tmp_path)
    with pytest.raises(TypeError):
        compare(["sgd"], ["beale"], [0.1], starts=2, budget=100, store=tmp_path)
    with pytest.raises(TypeError):
        compare(["sgd"], ["beale"], [0.2], starts=2, store=tmp_path)


def test_outcomes_depend_on_the_minimum_of_the_function(tmp_path):
    box = {"domain": (-2, 2, -2, 2), "start": (1, 1), "formula": torch.hypot}
    low, high = (TestFunction(name="cone", title="Cone", minimum=m, **box) for m in (-1.0, 0.0))
    first, second = (compare("sgd", fn, [0.1], starts=2, store=tmp_path) for fn in (low, high))
    assert first.solved().values.sum() == 0
    reached = [(c.outcomes.hits >= 0).sum() for c in (first, second)]
    assert reached[0] < reached[1]


def test_an_interrupted_comparison_is_continued(tmp_path):
    code = (
        "import os, signal, optgallery as og\n"
        "from optgallery.cache.store import Store\n"
        "put = Store.put\n"
        "def interrupting(self, key, content):\n"
        "    put(self, key, content)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "Store.put = interrupting\n"
        f"og.compare(['sgd', 'lars'], ['booth', 'beale'], [0.1], starts=2, store={str(tmp_path)!r})"
    )
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + code
    done = run_code(script)
    assert done.returncode in (1, -signal.SIGINT, 130), done.stderr
    assert "KeyboardInterrupt" in done.stderr
    kept = sum(1 for _ in Store(tmp_path).files())
    assert kept == 1
    whole = compare(["sgd", "lars"], ["booth", "beale"], [0.1], starts=2, store=tmp_path)
    assert sum(1 for _ in Store(tmp_path).files()) == 4
    assert whole.to_csv() == compare(["sgd", "lars"], ["booth", "beale"], [0.1], starts=2).to_csv()


class FailsFarOut(torch.optim.SGD):
    """Raises an exception if a coordinate exceeds 3."""

    def step(self, closure=None):
        for group in self.param_groups:
            if any(p.abs().max() > 3 for p in group["params"]):
                raise RuntimeError("too far")
        return super().step(closure)


def test_only_runs_that_raise_are_failed(tmp_path):
    fns = [
        (torch.hypot, {"x0": x, "y0": 1, "xmin": -5, "xmax": 5, "ymin": -5, "ymax": 5, "name": n})
        for x, n in ((1, "near"), (4, "far"))
    ]
    with pytest.warns(RuntimeWarning, match=r"1 of 2 runs failed: FailsFarOut on far.*too far"):
        c = compare(FailsFarOut, fns, [0.1], starts=1, shift=False, store=tmp_path)
    assert c.ended("failed").values.tolist() == [[1.0]]
    assert c.outcomes.last[0, 0, 0] < c.outcomes.first[0, 0, 0]
    with pytest.warns(RuntimeWarning, match="1 of 2 runs failed"):  # it is repeated
        compare(FailsFarOut, fns, [0.1], starts=1, shift=False, store=tmp_path)


class EndsItsProcess(torch.optim.SGD):
    """Ends its process if the learning rate is 1."""

    def step(self, closure=None):
        if self.param_groups[0]["lr"] == 1:
            os._exit(3)
        return super().step(closure)


def test_only_runs_that_end_their_process_are_failed():
    with pytest.warns(RuntimeWarning, match="2 of 4 runs failed"):
        c = compare(EndsItsProcess, ["booth"], [0.01, 1.0], starts=2, jobs=2)
    assert c.ended("failed").values.tolist() == [[0.0, 2.0]]
    assert np.isfinite(c.outcomes.last[0, 0]).all()


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
    ("arguments", "message"),
    [
        ({"lrs": []}, "at least one learning rate"),
        ({"lrs": [0.1, 0.1]}, "learning rates must be distinct, got 0.1 more than once"),
        ({"lrs": [0.1, -1]}, "positive and finite, got -1"),
        ({"budget": 0}, "budget must be a whole number >= 1, got 0"),
        ({"starts": 0}, "starts must be a whole number >= 1"),
        ({"starts": [(99, 0)]}, "starts must lie in the domain of Booth"),
        ({"functions": ["booth", "booth"]}, "functions must be distinct"),
        ({"optimizers": ["sgd", "sgd"]}, "optimizers must be distinct"),
        ({"optimizers": []}, "expected a name"),
        ({"jobs": 0}, "jobs must be"),
    ],
)
def test_invalid_arguments_are_rejected(arguments, message):
    given = {"optimizers": ["sgd"], "functions": ["booth"], "lrs": [0.1], **arguments}
    with pytest.raises(ValueError, match=message):
        compare(**given)


def test_too_many_runs_for_the_memory_are_rejected_with_the_number_that_fits(monkeypatch):
    monkeypatch.setattr(computing, "available_memory", lambda: 24_000.0)
    with pytest.raises(ValueError, match=r"1,200 runs need .* take at most 1 problems, got 60"):
        compare(["sgd", "adamw"], ["booth"], np.geomspace(0.1, 1, 10), starts=60)


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


def test_a_sweep_across_a_further_axis_is_not_compared():
    decays = og.sweep("adamw", "booth", [0.1], across={"weight_decay": [0, 0.1]}, steps=5)
    with pytest.raises(
        ValueError, match=r"one run .* at each rate; <Sweep: .*> has several: .*across="
    ):
        compare(decays)


def test_a_sweep_is_compared_without_further_runs():
    swept = og.sweep(["sgd", "adamw"], ["booth", "beale"], [0.01, 0.1])
    c = compare(swept)
    for row in c.rows():
        run = swept[row["optimizer"], row["function"], row["lr"]]
        assert (row["outcome"], row["evaluations"]) == (run.outcome.kind, run.outcome.cost)
        code = c.code(row["optimizer"], row["function"], row["lr"])
        assert code == run.code().replace("og.run(", "og.run(", 1) or "steps=200" in code
    with pytest.raises(TypeError, match="no other argument"):
        compare(swept, ["booth"])


def test_trajectories_are_compared_without_further_runs():
    starts = np.array([[1.0, 2.0], [-3.0, 4.0], [0.5, -1.0]])
    runs = [og.run(name, "booth", start=starts, lr=0.1) for name in ("sgd", "adamw")]
    c = compare(runs)
    assert c.lrs == (0.1,)
    for i, each in enumerate(runs):
        expected = np.nan_to_num(each.evaluations_to_solve(), nan=inf)
        np.testing.assert_array_equal(c.costs(0.1)[i], expected)
    with pytest.raises(ValueError, match="given more than once"):
        compare([runs[0], runs[0]])
    other = og.run("adamw", "booth", start=starts, lr=0.3)
    with pytest.raises(ValueError, match=r"there is no sgd at 0\.3, no adamw at 0\.1"):
        compare([runs[0], other])
    elsewhere = og.run("adamw", "booth", start=starts + 1, lr=0.1)
    with pytest.raises(ValueError, match="from the same starts"):
        compare([runs[0], elsewhere])
    with pytest.raises(TypeError, match="with one another only"):
        compare([runs[0], "adamw"])


def test_equal_entries_with_different_names_are_distinguished():
    heavy = OptimizerSpec(
        name="heavy", title="SGD", cls=torch.optim.SGD, defaults={"momentum": 0.5}
    )
    c = compare(["sgd", heavy], "booth", [0.01], starts=1)
    assert c.names == ("SGD (sgd)", "SGD (heavy)")


def test_the_default_functions_are_those_of_the_grid():
    chosen = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
    c = compare(OPTIMIZERS["sgd"], lrs=[0.01], starts=1, budget=2)
    assert c.functions == tuple(chosen)
