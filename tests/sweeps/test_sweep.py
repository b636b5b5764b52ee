"""sweep(): every optimizer on every function at every learning rate."""

import json
import os
import re
import signal
import sys
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from bs4 import BeautifulSoup
from ending import REASONS
from forking import run_code
from torch.optim.lr_scheduler import CosineAnnealingLR, CyclicLR, StepLR

from optgallery import (
    FUNCTIONS,
    LEARNING_RATES,
    OPTIMIZERS,
    OptimizerSpec,
    TestFunction,
    run,
    sweep,
)
from optgallery.cache.store import DamagedFileWarning, Store
from optgallery.sweeps.trajectory_cache import pack

TESTS = Path(__file__).parents[1]
DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}
OPTIMIZER_NAMES = ["adamw", "sgd", "lbfgs", "adahessian"]
FUNCTION_NAMES = ["beale", "flower", "sphere"]
RATES = (0.01, 0.3, 30.0)
CELLS = list(product(OPTIMIZER_NAMES, FUNCTION_NAMES, RATES))


def paraboloid(x, y):
    return (x - 1) ** 2 + 2 * (y + 0.5) ** 2


@pytest.fixture(scope="module", params=[1, 2], ids=["one process", "two processes"])
def swept(request):
    return sweep(OPTIMIZER_NAMES, FUNCTION_NAMES, RATES, steps=15, jobs=request.param)


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_is_the_single_run_bit_for_bit(swept, cell):
    optimizer, function, lr = cell
    trajectory, single = swept[cell], run(optimizer, function, steps=15, lr=lr)
    for name in ("points", "values", "gradients", "evaluations"):
        np.testing.assert_array_equal(getattr(trajectory, name), getattr(single, name))
    assert str(trajectory.outcome) == str(single.outcome)
    assert trajectory.lr == lr
    assert trajectory.code() == single.code()


def test_a_notebook_shows_the_printed_tables_with_outcomes_as_tooltips(swept):
    tables = [
        [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        for table in BeautifulSoup(swept._repr_html_(), "html.parser").find_all("table")
    ]
    printed = [
        [re.split(r" {2,}", line) for line in table.split("\n")]
        for table in str(swept).split("\n\n")
    ]
    assert tables == printed
    tooltips = [
        td["title"] for td in BeautifulSoup(swept._repr_html_(), "html.parser").find_all("td")
    ]
    assert tooltips == [str(trajectory.outcome) for trajectory in swept.values()]


def test_a_sweep_contains_diverged_runs(swept):
    trajectory = swept["sgd", "beale", 30.0]
    assert trajectory.status == "diverged"
    assert trajectory.stopped_at == len(trajectory) - 1


def test_trajectories_have_the_entries_themselves_and_are_read_only(swept):
    for (optimizer, function, _), trajectory in swept.items():
        assert trajectory.optimizer is OPTIMIZERS[optimizer]
        assert trajectory.test_fn is FUNCTIONS[function]
        assert not trajectory.points.flags.writeable


def test_a_sweep_is_a_mapping_in_the_order_of_its_arguments(swept):
    assert list(swept) == CELLS
    assert len(swept) == 36
    assert ("adamw", "beale", 0.01) in swept
    assert ("adamw", "beale", 0.02) not in swept
    assert [spec.name for spec in swept.optimizers] == OPTIMIZER_NAMES
    assert [fn.name for fn in swept.functions] == FUNCTION_NAMES
    assert swept.lrs == RATES
    assert repr(swept) == "<Sweep: 4 optimizers x 3 functions x 3 learning rates, 15 steps>"


def test_the_learning_rates_are_the_same_for_all():
    assert LEARNING_RATES == (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    assert sweep("adamw", "sphere", steps=1).lrs == LEARNING_RATES


def test_a_sweep_without_arguments_covers_all_entries_except_variants():
    everything = sweep(lrs=[0.01], steps=1, jobs=1)
    assert [spec.name for spec in everything.optimizers] == list(OPTIMIZERS)
    functions = [fn.name for fn in everything.functions]
    assert functions == [name for name in FUNCTIONS if not name.startswith("log_")]
    assert len(functions) == 42
    settings = sum(len(spec.values([0.01])) for spec in OPTIMIZERS.values())
    assert len(everything) == settings * 42


@pytest.mark.parametrize(
    ("optimizers", "functions"),
    [
        ("adamw", "sphere"),
        (["adamw"], ["sphere"]),
        (OPTIMIZERS["adamw"], FUNCTIONS["sphere"]),
        (torch.optim.AdamW, (FUNCTIONS["sphere"],)),
        ({"any": "adamw"}, {"any": "sphere"}),
        (iter(["adamw"]), iter(["sphere"])),
    ],
)
def test_a_single_optimizer_or_function_needs_no_list(optimizers, functions):
    assert list(sweep(optimizers, functions, [0.1], steps=2)) == [("adamw", "sphere", 0.1)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_custom_functions_and_classes_can_be_swept(jobs):
    class Mine(torch.optim.SGD):
        pass

    pair = (lambda x, y: x**2 + 3 * y**2, DOMAIN)
    fn = TestFunction(
        name="mine", title="Mine", formula=paraboloid, domain=(-3, 3, -2, 2), start=(2.0, 1.5)
    )
    swept = sweep([Mine, "adamw"], [pair, fn], [0.1], steps=3, jobs=jobs)
    assert list(swept) == list(product(["mine", "adamw"], ["lambda", "mine"], [0.1]))
    assert swept["mine", "mine", 0.1].test_fn is fn
    np.testing.assert_array_equal(
        swept["mine", "lambda", 0.1].points, run(Mine, pair, steps=3, lr=0.1).points
    )


@pytest.mark.parametrize(
    ("optimizers", "functions", "options", "error", "text"),
    [
        ("adamv", "beale", {}, ValueError, "unknown optimizer 'adamv'; did you mean"),
        ("adamw", ["beale", "boot"], {}, ValueError, "unknown test function 'boot'; did you mean"),
        (3, "beale", {}, ValueError, "expected a name, an entry or a list of them, got 3"),
        ([], "beale", {}, ValueError, r"expected a name, an entry or a list of them, got \[\]"),
        (["adamw", "adamw"], "beale", {}, ValueError, "optimizers must be distinct, got 'adamw'"),
        ("adamw", ["beale", "beale"], {}, ValueError, "functions must be distinct, got 'beale'"),
        ("adamw", "beale", {"lrs": [0.1, 0.1]}, ValueError, "rates must be distinct, got 0.1"),
        ("adamw", "beale", {"lrs": [0.1, 0]}, ValueError, "positive and finite, got 0.0"),
        ("adamw", "beale", {"lrs": [-1]}, ValueError, "positive and finite, got -1.0"),
        ("adamw", "beale", {"lrs": [np.nan]}, ValueError, "positive and finite, got nan"),
        ("adamw", "beale", {"lrs": [np.inf]}, ValueError, "positive and finite, got inf"),
        ("adamw", "beale", {"lrs": []}, ValueError, "at least one learning rate is needed"),
        ("adamw", "beale", {"lrs": 0.1}, ValueError, "lrs must be a list of numbers, got 0.1"),
        ("adamw", "beale", {"lrs": "1"}, ValueError, "lrs must be a list of numbers, got '1'"),
        ("adamw", "beale", {"lrs": ["a"]}, ValueError, r"lrs must be a list of .* got \['a'\]"),
        ("adamw", "beale", {"steps": 0}, ValueError, "steps must be a whole number >= 1, got 0"),
        ("adamw", "beale", {"jobs": 0}, ValueError, "jobs must be a whole number >= 1, got 0"),
        ("adamw", "beale", {"jobs": 1.5}, ValueError, "jobs must be .* got 1.5"),
        ("adamw", "beale", {"steps": -1, "jobs": 2}, ValueError, "steps must be .* got -1"),
    ],
)
def test_invalid_arguments_are_rejected_with_a_message(optimizers, functions, options, error, text):
    with pytest.raises(error, match=text):
        sweep(optimizers, functions, **options)


@pytest.mark.parametrize("cell", [("adamw", "beale", 0.5), ("adamw",), "adamw", ([], 1, 2)])
def test_an_error_about_an_unknown_key_lists_the_known_ones(cell):
    swept = sweep("adamw", "beale", [0.1, 1.0], steps=1)
    with pytest.raises(KeyError) as info:
        swept[cell]
    assert str(info.value) == (
        f"{cell!r} is not in <Sweep: 1 optimizers x 1 functions x 2 learning rates, 1 steps>; "
        "ask for one of ['adamw'], one of ['beale'] and one of [0.1, 1.0]"
    )


def test_the_printed_table_has_the_outcome_of_every_run():
    table = str(sweep("sgd", ["sphere", "booth"], [0.1, 0.3, 1.0])).splitlines()
    assert [line.split() for line in table] == [
        ["SGD", "lr", "0.1", "lr", "0.3", "lr", "1"],
        ["Sphere", "✓", "16", "✓", "4", "f", "22.2"],
        ["Booth", "✓", "16", "↗", "4.33e+258", "✗", "step", "125"],
    ]


def test_the_table_of_a_single_function_has_a_row_for_each_optimizer():
    table = str(sweep(["sgd", "momentum"], "sphere", [0.1])).splitlines()
    assert [line.split("  ")[0] for line in table] == ["Sphere", "SGD", "SGD with momentum"]


def test_the_best_run_solves_with_the_fewest_evaluations_or_has_the_lowest_final_value():
    swept = sweep("sgd", ["booth", "ackley"])
    solved = {lr: swept["sgd", "booth", lr].evaluations_to_solve() for lr in swept.lrs}
    assert swept.best("sgd", "booth").lr == min((c, lr) for lr, c in solved.items() if c)[1]
    ends = {lr: swept["sgd", "ackley", lr] for lr in swept.lrs}
    assert all(run.evaluations_to_solve() is None for run in ends.values())
    assert swept.best("sgd", "ackley").lr == min(ends, key=lambda lr: ends[lr].values[-1])


def test_the_smallest_rate_wins_a_tie_for_the_best_run():
    swept = sweep("sgd", "goldstein_price", [1.0, 0.1])
    assert {run.outcome.kind for run in swept.values()} == {"diverged"}
    assert swept.best("sgd", "goldstein_price").lr == 0.1


def test_a_diverged_run_is_never_the_best():
    swept = sweep("sgd", "goldstein_price", [0.001, 1.0])
    assert {run.outcome.kind for run in swept.values()} == {"diverged"}
    assert sweep("sgd", "beale", [0.003, 1.0]).best("sgd", "beale").lr == 0.003


class Watched(torch.optim.SGD):
    """SGD that logs each construction, and raises, interrupts or kills its process on request."""

    def __init__(self, params, lr, log, raise_at=None, interrupt_at=None, kill=None):
        super().__init__(params, lr=lr)
        self.raise_at, self.kill, self.steps = raise_at, kill, 0
        with open(log, "a") as file:
            file.write(f"{lr:g}\n")
        if interrupt_at == runs_in(log):
            raise KeyboardInterrupt

    def step(self, closure=None):
        self.steps += 1
        if (
            self.kill
            and os.getpid() != self.kill["spare"]
            and not os.path.exists(self.kill["mark"])
        ):
            with open(self.kill["mark"], "w"):
                os.kill(os.getpid(), signal.SIGKILL)
        if self.raise_at and self.steps == 4 and self.param_groups[-1]["lr"] >= self.raise_at:
            raise LookupError("the bound was passed\nand so on")
        return super().step(closure)


def runs_in(log):
    return len(Path(log).read_text().splitlines()) if Path(log).exists() else 0


@pytest.fixture
def watched(tmp_path):
    """Return a function that makes entries whose optimizer logs its runs in the file ``log``."""
    log = tmp_path / "log"

    def make(mode="batched", **requests):
        return OptimizerSpec(
            name="watched",
            title="Watched",
            cls=Watched,
            defaults={"log": str(log), **requests},
            elementwise=mode == "vectorized",
            needs_closure=mode == "one by one",  # so that a sweep does not batch it
        )

    make.log = log
    return make


def assert_same_bits(one, other):
    for name in ("points", "values", "gradients", "evaluations"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert (one.status, one.stopped_at, one.reason) == (
        other.status,
        other.stopped_at,
        other.reason,
    )


def test_a_second_sweep_computes_nothing(watched, tmp_path):
    store = tmp_path / "store"
    first = sweep(watched(), FUNCTION_NAMES, RATES, steps=15, store=store)
    assert runs_in(watched.log) == 9
    second = sweep(watched(), FUNCTION_NAMES, RATES, steps=15, store=str(store))
    assert runs_in(watched.log) == 9
    for cell in first:
        assert_same_bits(first[cell], second[cell])
    for _, function, lr in first:
        assert_same_bits(second["watched", function, lr], run("sgd", function, steps=15, lr=lr))
    assert "diverged" in {trajectory.status for trajectory in second.values()}


def test_only_missing_runs_are_computed(watched, tmp_path):
    options = {"steps": 5, "store": tmp_path / "store"}
    sweep(watched(), ["beale", "sphere"], [0.01], **options)
    sweep(watched(), ["beale", "sphere", "booth"], [0.01, 0.1], **options)
    assert runs_in(watched.log) == 6
    sweep(watched(), "beale", [0.01], **{**options, "steps": 6})
    assert runs_in(watched.log) == 7
    sweep(watched(), "beale", [0.01], steps=5, store=tmp_path / "another")
    assert runs_in(watched.log) == 8


def test_the_run_of_a_damaged_file_is_computed_again(watched, tmp_path):
    store = Store(tmp_path / "store")
    first = sweep(watched(), ["beale", "sphere"], [0.1], steps=5, store=store)
    path, _ = next(store.files())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(DamagedFileWarning, match="is damaged: its content is computed again"):
        second = sweep(watched(), ["beale", "sphere"], [0.1], steps=5, store=store)
    assert runs_in(watched.log) == 3
    for cell in first:
        assert_same_bits(first[cell], second[cell])
    sweep(watched(), ["beale", "sphere"], [0.1], steps=5, store=store)
    assert runs_in(watched.log) == 3


def test_an_interrupted_sweep_continues_where_it_stopped(watched, tmp_path):
    settings = {"mode": "one by one", "interrupt_at": 6}
    options = {"steps": 5, "jobs": 1, "store": tmp_path / "store"}
    with pytest.raises(KeyboardInterrupt):
        sweep(watched(**settings), FUNCTION_NAMES, [0.01, 0.1], **options)
    done = runs_in(watched.log)
    assert done == 6
    stored = len(list(Store(tmp_path / "store").files()))
    assert stored == 5  # all except the interrupted one
    swept = sweep(watched(**settings), FUNCTION_NAMES, [0.01, 0.1], **options)
    assert runs_in(watched.log) == done + 6 - stored
    for _, function, lr in swept:
        assert_same_bits(swept["watched", function, lr], run("sgd", function, steps=5, lr=lr))


@pytest.mark.parametrize("mode", ["vectorized", "batched", "one by one"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_exception_in_a_step_fails_only_its_own_run_which_is_not_stored(
    watched, tmp_path, mode, jobs
):
    spec = watched(mode, raise_at=0.3)
    store = Store(tmp_path / "store")
    message = (
        r"^2 of 6 runs failed: Watched on Beale, lr 0\.3: failed at step 4: LookupError: "
        r"the bound was passed; Watched on Sphere, lr 0\.3: failed at step 4: .* passed$"
    )
    for total in (2, 4):  # the second sweep repeats only the failed runs, and warns again
        with pytest.warns(RuntimeWarning, match=message) as warned:
            swept = sweep(
                spec, ["beale", "sphere"], [0.01, 0.1, 0.3], steps=9, jobs=jobs, store=store
            )
        assert [w.filename for w in warned] == [__file__]
        assert len(list(store.files())) == 4
        assert watched.log.read_text().split().count("0.3") >= total
    for (_, function, lr), trajectory in swept.items():
        alone = run("sgd", function, steps=9, lr=lr)
        if lr < 0.3:
            assert_same_bits(trajectory, alone)
            continue
        assert (trajectory.status, trajectory.stopped_at, trajectory.lr) == ("failed", 4, 0.3)
        assert len(trajectory) == 4
        for name in ("points", "values", "gradients", "evaluations"):
            assert getattr(trajectory, name).tobytes() == getattr(alone, name)[:4].tobytes()


def test_a_warning_lists_only_the_first_five_failures(watched, tmp_path):
    with pytest.warns(RuntimeWarning, match=r"^6 of 6 runs failed: (Watched on [^;]+; ){5}\.\.\.$"):
        sweep(
            watched(raise_at=1e-9), ["beale", "sphere"], [0.01, 0.1, 0.3], steps=9, store=tmp_path
        )


def test_an_optimizer_that_rejects_its_settings_fails_at_step_0(tmp_path):
    refusing = replace(OPTIMIZERS["adamw"], name="refusing", defaults={"betas": (2, 0)})
    with pytest.warns(
        RuntimeWarning, match=r"^2 of 4 runs failed: AdamW on Beale, lr 0\.01: failed at"
    ):
        swept = sweep([refusing, "sgd"], ["beale"], [0.01, 0.1], steps=3, store=tmp_path)
    for lr in (0.01, 0.1):
        failed = swept["refusing", "beale", lr]
        assert str(failed.outcome).startswith(
            "failed at step 0: ValueError: AdamW refuses betas=(2, 0)"
        )
        assert failed.points.tolist() == [list(FUNCTIONS["beale"].start)]
        assert failed.values.tolist() == [FUNCTIONS["beale"](*FUNCTIONS["beale"].start)]
        assert_same_bits(swept["sgd", "beale", lr], run("sgd", "beale", steps=3, lr=lr))


def test_a_failed_run_is_never_the_best_and_is_marked_in_the_table(watched, tmp_path):
    with pytest.warns(RuntimeWarning, match="1 of 2 runs failed"):
        swept = sweep(watched(raise_at=0.1), "sphere", [0.03, 0.1], steps=9, store=tmp_path)
    assert swept.best("watched", "sphere").lr == 0.03
    assert str(swept).splitlines()[1].split()[-3:] == ["!", "step", "4"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_store_that_cannot_be_written_causes_one_warning(watched, tmp_path, jobs):
    store = tmp_path / "file"
    store.write_text("not a store")
    message = (
        f"^results are not kept: .*the store in {store} cannot be written: .*; set OPTGALLERY_STORE"
    )
    with pytest.warns(RuntimeWarning, match=message) as warned:
        swept = sweep(watched(), FUNCTION_NAMES, RATES, steps=5, jobs=jobs, store=store)
    assert [w.filename for w in warned] == [__file__]
    assert len(swept) == runs_in(watched.log) == 9
    for _, function, lr in swept:
        assert_same_bits(swept["watched", function, lr], run("sgd", function, steps=5, lr=lr))


def test_two_processes_store_the_same_bytes_as_one(tmp_path):
    stores = {jobs: Store(tmp_path / str(jobs)) for jobs in (1, 2)}
    for jobs, store in stores.items():
        sweep(["swats", "lbfgs", "sgd"], FUNCTION_NAMES, RATES, steps=15, jobs=jobs, store=store)
    one, two = ({p.name: p.read_bytes() for p, _ in store.files()} for store in stores.values())
    assert len(one) == 27
    assert one == two


def test_runs_of_a_killed_process_are_repeated(watched, tmp_path):
    kill = {"mark": str(tmp_path / "killed"), "spare": os.getpid()}
    swept = sweep(
        watched("one by one", kill=kill),
        [*FUNCTION_NAMES, "booth"],
        RATES,
        steps=5,
        jobs=2,
        store=tmp_path / "store",
    )
    assert (tmp_path / "killed").exists()
    assert len(swept) == 12
    for _, function, lr in swept:
        assert_same_bits(swept["watched", function, lr], run("sgd", function, steps=5, lr=lr))
    assert len(list(Store(tmp_path / "store").files())) == 12


# a process with one thread forks quickly; this one may have more threads
ENDINGS = """
import json, sys, warnings
from pathlib import Path
import optgallery as og
from optgallery.sweeps.trajectory_cache import pack
from optgallery.cache.store import Store
from ending import REASONS, ending

def swept(name, optimizers, functions, rates):
    store = Store(Path(sys.argv[1], name))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = og.sweep(optimizers, functions, rates, steps=5, jobs=2, store=store)
    return {
        "warned": [str(w.message) for w in warned],
        "stored": len(list(store.files())),
        "printed": str(found),
        "runs": {" ".join(map(str, cell)): [str(run.outcome), pack(run).hex()]
                 for cell, run in found.items()},
    }

og.run("sgd", "beale", steps=1)  # loads modules that every fork needs
print(json.dumps({
    **{str(how): swept(str(how), [ending(how, 0.1), "adam"], ["beale", "sphere"], [0.01, 0.1])
       for how in REASONS},
    "elementwise": swept("elementwise", [ending(9, 0.1, elementwise=True), "adam"],
                         ["beale", "sphere"], [0.01, 0.1]),
    "a single run": swept("a single run", ending(9), "beale", [0.1]),
    "all runs": swept("all runs", [ending("SIGSEGV"), "adam"],
                      ["beale", "sphere", "booth", "ackley"], og.LEARNING_RATES),
}))
"""


@pytest.fixture(scope="module")
def endings(tmp_path_factory):
    """The results of sweeps whose optimizers end their processes."""
    done = run_code(
        ENDINGS,
        str(tmp_path_factory.mktemp("endings")),
        environment=os.environ
        | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        | {"PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(TESTS)])},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("how", [*map(str, REASONS), "elementwise"])
def test_only_the_run_that_ends_its_process_fails(endings, how):
    reason = {str(key): text for key, text in REASONS.items()}.get(how, "exit code 9")
    failure = f"failed: the process ended: {reason}"
    failures = "; ".join(f"Ending on {title}, lr 0.1: {failure}" for title in ("Beale", "Sphere"))
    found = endings[how]
    assert found["warned"] == [f"2 of 8 runs failed: {failures}"]
    assert found["stored"] == 6
    for cell, (outcome, content) in found["runs"].items():
        optimizer, function, lr = cell.split()
        if (optimizer, lr) == ("ending", "0.1"):
            assert outcome == failure
        else:
            equivalent = "sgd" if optimizer == "ending" else optimizer
            assert content == pack(run(equivalent, function, steps=5, lr=float(lr))).hex()


def test_a_single_run_that_ends_its_process_does_not_end_the_sweep(endings):
    found = endings["a single run"]
    assert found["printed"].split() == ["Beale", "lr", "0.1", "Ending", "!", "ended"]
    (outcome, _), *others = found["runs"].values()
    assert outcome == "failed: the process ended: exit code 9"
    assert not others


def test_an_optimizer_that_always_ends_its_process_is_skipped_after_twelve_runs(endings):
    found = endings["all runs"]
    outcomes = [outcome for cell, (outcome, _) in found["runs"].items() if cell[:6] == "ending"]
    ended = "the process ended: segmentation fault (SIGSEGV)"
    assert outcomes.count(f"failed: {ended}") == 12
    assert outcomes.count(f"failed: not tried: {ended}, in 12 of 12 other runs") == 28 - 12
    assert found["stored"] == 28


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_function_without_a_module_is_swept_but_not_stored(tmp_path, jobs):
    namespace = {}
    exec("def bowl(x, y):\n    return x**2 + 3 * y**2", namespace)
    namespace["bowl"].__module__ = None
    pair = (namespace["bowl"], DOMAIN)
    swept = sweep("sgd", [pair, "sphere"], [0.1], steps=5, jobs=jobs, store=tmp_path)
    assert_same_bits(swept["sgd", "bowl", 0.1], run("sgd", pair, steps=5, lr=0.1))
    assert len(list(Store(tmp_path).files())) == 1


def test_a_blank_store_is_the_default_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPTGALLERY_STORE", str(tmp_path / "default"))
    sweep("sgd", "beale", [0.1], steps=3, store="")
    assert [path.name for path in tmp_path.iterdir()] == ["default"]


def test_the_dataframe_has_a_row_with_the_outcome_of_each_run():
    swept = sweep(["sgd", "adamw"], ["booth", "sphere"], [0.1, 30.0], steps=100)
    table = swept.to_dataframe()
    assert list(zip(table["optimizer"], table["function"], table["lr"], strict=True)) == list(swept)
    for (_, row), trajectory in zip(table.iterrows(), swept.values(), strict=True):
        assert row["outcome"] == trajectory.outcome.kind
        assert (row["x"], row["y"]) == tuple(trajectory.points[-1])
        assert row["value"] == trajectory.values[-1]
        assert row["minimum"] == trajectory.test_fn.minimum
        cost, step = trajectory.outcome.cost, trajectory.outcome.step
        assert pd.isna(row["evaluations"]) if cost is None else row["evaluations"] == cost
        assert pd.isna(row["step"]) if step is None else row["step"] == step
    assert {"solved", "diverged"} <= set(table["outcome"])


def test_to_dataframe_without_pandas_advises_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install optgallery\[pandas\]"):
        sweep("sgd", "sphere", [0.1], steps=3).to_dataframe()


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        (5, ""),
        (torch.optim.lr_scheduler.StepLR, "; a learning-rate schedule is given as schedule="),
    ],
)
def test_an_invalid_cluster_address_is_rejected(address, advice):
    message = "cluster must be the address of a Dask scheduler, such as 'tcp://host:8786', "
    message += f"got {address!r}{advice}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        sweep("sgd", "sphere", [0.1], steps=3, cluster=address)


def halving(step):
    return 0.5**step


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    "given",
    [
        {"schedule": partial(CosineAnnealingLR, T_max=8)},
        {"schedule": halving, "grad_clip": 1.5},
        {"schedule": lambda step: 0.9**step, "prepare": lambda optimizer: None},
        {"grad_clip": ("value", 0.5)},
    ],
    ids=["cosine", "halving and clipped", "lambdas", "clipped"],
)
def test_every_run_has_the_schedule_and_the_clipping(jobs, given, tmp_path):
    grid = ["sgd", "lbfgs", "lamb", "adahessian"], ["beale", "sphere"], [0.01, 0.1]
    singles = {cell: run(*cell[:2], steps=8, lr=cell[2], **given) for cell in product(*grid)}
    for _ in range(2):  # computed, then read from the store
        swept = sweep(*grid, steps=8, jobs=jobs, store=tmp_path, **given)
        for cell, trajectory in swept.items():
            single, lr = singles[cell], cell[2]
            for name in ("points", "values", "gradients", "evaluations", "lrs"):
                np.testing.assert_array_equal(getattr(trajectory, name), getattr(single, name))
            assert trajectory.summary == single.summary
            assert trajectory.code() == single.code()
            assert trajectory.lr == lr
    identified = "prepare" not in given
    assert len(list(Store(tmp_path).files())) == (16 if identified else 0)


def test_runs_with_different_schedules_are_stored_separately(tmp_path):
    given = [
        {},
        {"schedule": halving},
        {"schedule": partial(StepLR, step_size=2)},
        {"grad_clip": 1},
    ]
    ends = [
        sweep("sgd", "beale", [0.01], steps=5, store=tmp_path, **added)["sgd", "beale", 0.01].points
        for added in [*given, *given]
    ]
    assert len({points.tobytes() for points in ends[:4]}) == 4
    for before, after in zip(ends[:4], ends[4:], strict=True):
        np.testing.assert_array_equal(before, after)


def test_invalid_additions_are_rejected_before_any_run():
    with pytest.raises(TypeError, match=r"partial\(CosineAnnealingLR, T_max=30\)"):
        sweep("sgd", "beale", steps=30, schedule=CosineAnnealingLR)
    with pytest.raises(ValueError, match="grad_clip must be positive"):
        sweep("sgd", "beale", grad_clip=-1)
    with pytest.raises(TypeError, match="prepare must be a function"):
        sweep("sgd", "beale", prepare=1)


def test_an_optimizer_that_is_incompatible_with_a_schedule_fails_alone():
    given = {"schedule": partial(CyclicLR, base_lr=0.01, max_lr=0.1)}
    with pytest.warns(RuntimeWarning, match="1 of 2 runs failed: .*cannot be made for Adagrad"):
        swept = sweep(["adagrad", "momentum"], "booth", [0.1], steps=5, **given)
    failed, completed = swept.values()
    assert failed.title == "Adagrad on Booth, lr 0.1, CyclicLR(base_lr=0.01, max_lr=0.1)"
    assert (failed.status, completed.status) == ("failed", "completed")
    assert len(failed.lrs) == 0


def test_the_dataframe_of_scheduled_runs_has_their_last_rates():
    table = sweep("sgd", "booth", [0.01, 0.1], steps=3, schedule=halving).to_dataframe()
    assert table["last_lr"].tolist() == [0.0025, 0.025]
    assert "last_lr" not in sweep("sgd", "booth", [0.1], steps=3).to_dataframe()
