"""compare(): what it takes, how runs are computed, stored and continued, and what is refused."""

import os
import signal
from math import inf

import numpy as np
import pytest
import torch
from forking import run_code

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, TestFunction, compare
from optgallery.analysis import computing
from optgallery.analysis.comparing import RATES
from optgallery.cache.store import Store


def test_rates_are_half_decades_from_1e_minus_4_to_100():
    assert len(RATES) == 13
    assert RATES[:3] == (0.0001, 0.0003, 0.001)
    assert RATES[-3:] == (10.0, 30.0, 100.0)


def test_results_are_the_same_over_processes_and_from_the_store(tmp_path):
    chosen = ["sgd", "adamw", "lion"], ["booth", "beale", "flower"], (0.001, 0.03, 0.3, 3.0)
    alone = compare(*chosen, starts=3, budget=100, store=tmp_path / "alone")
    spread = compare(*chosen, starts=3, budget=100, jobs=2, store=tmp_path / "spread")
    assert spread.to_csv() == alone.to_csv()
    again = compare(*chosen, starts=3, budget=100, store=tmp_path / "spread")
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


def test_too_many_starts_are_rejected_before_they_are_chosen():
    with pytest.raises(ValueError, match=r"take at most [\d,]+ problems, got 10,000,000,000,000"):
        compare(["sgd"], ["booth"], [0.1], starts=10**13)


def test_a_budget_that_no_memory_holds_is_rejected_with_one_that_fits():
    with pytest.raises(ValueError, match=r"the 1,000,000,000,000 iterates .* take budget <= "):
        compare(["sgd"], ["booth"], [0.1], budget=10**12)


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
