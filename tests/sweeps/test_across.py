"""sweep(across=...): a hyper-parameter, or gradient noise, as an axis besides the learning rate."""

import re
import warnings
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, Trajectory, run, sweep
from optgallery.cache.store import Store
from optgallery.functions import noisy
from optgallery.sweeps.across import Across
from optgallery.sweeps.sweep import plan

# a hyper-parameter of optimizers of every kind: taken in one object, in one for each run, one by
# one, with a seed, with a graph
AXES = [
    ("adamw", "weight_decay", [0, 0.01, 1.0]),
    ("sgd", "momentum", [0.0, 0.5, 0.9]),
    ("momentum", "nesterov", [False, True]),
    ("momentum", "dampening", [0, 0.5]),
    ("adam", "betas", [(0.5, 0.9), (0.9, 0.999)]),
    ("adam", "amsgrad", [False, True]),
    ("lamb", "weight_decay", [0, 0.1]),
    ("lookahead", "k", [2, 5]),
    ("muon", "momentum", [0.5, 0.95]),
    ("psgd_kron", "max_rms", [0.5, 1.1]),
    ("adahessian", "weight_decay", [0, 0.1]),
    ("sophia", "gamma", [0.01, 1]),
    ("schedule_free_sgd", "momentum", [0.5, 0.9]),
    ("lbfgs", "history_size", [1, 5]),
]


NOISE = {"noise": [0, 0.1, 1]}


def assert_same_run(one: Trajectory, other: Trajectory) -> None:
    for name in ("points", "values", "gradients", "evaluations"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert one.summary == other.summary
    assert one.code() == other.code()
    assert dict(one.hparams) == dict(other.hparams)
    assert list(one.hparams) == list(other.hparams)
    assert (one.lr, one.steps, one.rounded) == (other.lr, other.steps, other.rounded)


@pytest.mark.parametrize(("optimizer", "name", "values"), AXES, ids=str)
def test_every_cell_is_the_single_run_with_its_value(optimizer, name, values, tmp_path):
    for _ in range(2):  # computed, then read
        swept = sweep(
            *(optimizer, ["beale", "sphere"], [0.01, 0.3]),
            across={name: values},
            steps=30,
            jobs=1,
            store=tmp_path,
        )
        assert len(swept) == 2 * 2 * len(values)
        for (_, function, lr, value), trajectory in swept.items():
            alone = run(optimizer, function, steps=30, lr=lr, **{name: value})
            assert_same_run(trajectory, alone)
            assert trajectory.optimizer is OPTIMIZERS[optimizer]
    assert len(list(Store(tmp_path).files())) == len(swept)
    assert len({each.points.tobytes() for each in swept.values()}) > 4


@pytest.mark.parametrize("across", [{"weight_decay": [0, 0.5]}, {"noise": [0.1, 0]}], ids=str)
def test_two_processes_keep_the_same_bytes_as_one(across, tmp_path):
    stores = {jobs: Store(tmp_path / str(jobs)) for jobs in (1, 2)}
    names = ["adamw", "lamb", "lbfgs"] if "noise" in across else ["adamw", "lamb", "adahessian"]
    for jobs, store in stores.items():
        sweep(names, ["beale", "booth"], [0.1], across=across, steps=9, jobs=jobs, store=store)
    one, two = ({p.name: p.read_bytes() for p, _ in store.files()} for store in stores.values())
    assert len(one) == 12
    assert one == two


def test_noise_is_that_of_noisy_and_its_draws_are_the_same_in_every_cell():
    swept = sweep(["adam", "sgd"], ["beale", "sphere"], [0.01, 0.1], across=NOISE, steps=20)
    for (optimizer, function, lr, scale), trajectory in swept.items():
        fn = noisy(function, scale) if scale else function
        assert_same_run(trajectory, run(optimizer, fn, steps=20, lr=lr))
    assert swept["sgd", "beale", 0.1, 0].test_fn is FUNCTIONS["beale"]
    noises = [swept["sgd", "sphere", 0.1, scale].test_fn.gradient_noise for scale in (0.1, 1)]
    assert noises[1](7) == pytest.approx(10 * np.array(noises[0](7)))


def test_keys_have_the_value_as_a_fourth_part_and_stand_in_the_order_of_the_tables_rows():
    swept = sweep("adamw", ["sphere", "booth"], [0.1, 1.0], across={"weight_decay": [0.1, 0]})
    names = ("sphere", "booth")
    assert list(swept) == [("adamw", n, lr, v) for n, v, lr in product(names, (0.1, 0), (0.1, 1.0))]
    assert swept.across == Across("weight_decay", (0.1, 0))
    assert [fn.name for fn in swept.functions] == ["sphere", "booth"]
    assert repr(swept) == (
        "<Sweep: 1 optimizers x 2 functions x 2 learning rates x 2 values of weight_decay, "
        "200 steps>"
    )
    with pytest.raises(KeyError) as info:
        swept["adamw", "booth", 0.1]
    assert str(info.value) == (
        f"('adamw', 'booth', 0.1) is not in {swept!r}; ask for one of ['adamw'], one of "
        "['sphere', 'booth'], one of [0.1, 1.0] and one of [0.1, 0], the values of weight_decay"
    )


def test_without_a_further_axis_everything_is_as_before():
    assert sweep("sgd", "sphere", [0.1], steps=2).across is None
    assert list(plan("sgd", "sphere", [0.1]).runs) == [("sgd", "sphere", 0.1)]
    assert list(sweep("sgd", "sphere", [0.1], steps=2, across=None)) == [("sgd", "sphere", 0.1)]


def test_tables_have_a_row_for_each_value_and_one_stands_for_each_optimizer_and_function():
    swept = sweep(["adamw", "lion"], "booth", [0.1, 1.0], across={"weight_decay": [0, 0.1]})
    printed = [
        [re.split(r" {2,}", line) for line in table.split("\n")]
        for table in str(swept).split("\n\n")
    ]
    assert [table[0] for table in printed] == [
        ["AdamW on Booth", "lr 0.1", "lr 1"],
        ["Lion on Booth", "lr 0.1", "lr 1"],
    ]
    for table, optimizer in zip(printed, ("adamw", "lion"), strict=True):
        for row, value in zip(table[1:], (0, 0.1), strict=True):
            marks = [swept[optimizer, "booth", lr, value].outcome.mark for lr in (0.1, 1.0)]
            assert row == [f"weight_decay {value}", *marks]
    shown = BeautifulSoup(swept._repr_html_(), "html.parser")
    assert [
        [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        for table in shown.find_all("table")
    ] == printed
    told = [td["title"] for td in shown.find_all("td")]
    assert told == [str(trajectory.outcome) for trajectory in swept.values()]


def test_the_table_has_a_column_of_the_axis():
    for across in ({"weight_decay": [0, 0.1]}, {"noise": [0.5, 0]}):
        swept = sweep("adamw", ["booth", "sphere"], [0.1, 1.0], across=across, steps=20)
        table = swept.to_dataframe()
        columns = ["optimizer", "function", "lr", *across]
        assert list(table.columns[:4]) == columns
        assert list(table[columns].itertuples(index=False, name=None)) == list(swept)
        assert table["value"].tolist() == [each.values[-1] for each in swept.values()]


def test_the_best_run_is_that_of_all_values():
    swept = sweep("adamw", "booth", [0.1, 1.0], across={"weight_decay": [0, 0.1]})
    costs = {cell: each.evaluations_to_solve() for cell, each in swept.items()}
    assert swept.best("adamw", "booth") is swept[min(costs, key=costs.get)]
    # runs that end alike: the lowest rate, and there the first value
    alike = sweep("sgd", "goldstein_price", [1.0, 0.1], across={"weight_decay": [0.1, 0]})
    assert {each.outcome.kind for each in alike.values()} == {"diverged"}
    assert alike.best("sgd", "goldstein_price") is alike["sgd", "goldstein_price", 0.1, 0.1]


class Logged(torch.optim.SGD):
    """SGD that notes each construction in a file, and is interrupted at one of them."""

    def __init__(self, params, lr, log, interrupt_at, decay=0.0):
        super().__init__(params, lr=lr, weight_decay=decay)
        with open(log, "a") as file:
            file.write("built\n")
        if built(log) == interrupt_at:
            raise KeyboardInterrupt


def built(log):
    return len(Path(log).read_text().splitlines())


def test_an_interrupted_sweep_goes_on_where_it_was(tmp_path):
    log, checks, runs = tmp_path / "log", 2, 6  # a construction for each value is a check
    spec = OptimizerSpec(
        name="logged",
        title="Logged",
        cls=Logged,
        defaults={"log": str(log), "interrupt_at": checks + 4},
        needs_closure=True,  # so that runs are taken one by one
    )
    given = {"across": {"decay": [0, 0.1]}, "steps": 5, "jobs": 1, "store": tmp_path / "store"}
    with pytest.raises(KeyboardInterrupt):
        sweep(spec, "beale", [0.01, 0.1, 0.3], **given)
    assert built(log) == checks + 4
    assert len(list(Store(tmp_path / "store").files())) == 3
    swept = sweep(spec, "beale", [0.01, 0.1, 0.3], **given)
    assert built(log) == 2 * checks + 4 + runs - 3
    sweep(spec, "beale", [0.01, 0.1, 0.3], **given)
    assert built(log) == 2 * checks + 4 + runs - 3
    for (_, function, lr, decay), trajectory in swept.items():
        alone = run("sgd", function, steps=5, lr=lr, weight_decay=decay)
        assert trajectory.points.tobytes() == alone.points.tobytes()


def test_only_missing_values_are_computed_and_plain_runs_have_their_own_keys(tmp_path):
    options = {"steps": 5, "jobs": 1, "store": tmp_path}
    sweep("adamw", "beale", [0.1], **options)
    sweep("adamw", "beale", [0.1], across={"weight_decay": [0.01, 0.1]}, **options)
    assert len(list(Store(tmp_path).files())) == 3
    sweep("adamw", "beale", [0.1, 1.0], across={"weight_decay": [0.1, 0.01, 0]}, **options)
    assert len(list(Store(tmp_path).files())) == 1 + 6
    # without noise it is the plain run, which is there
    sweep("adamw", "beale", [0.1], across={"noise": [0, 0.1]}, **options)
    assert len(list(Store(tmp_path).files())) == 8


@pytest.mark.parametrize(
    ("across", "error", "text"),
    [
        ("weight_decay", TypeError, "across must be a mapping such as {.*}, got 'weight_decay'"),
        ([0, 0.1], TypeError, r"across must be a mapping such as {.*}, got \[0, 0.1\]"),
        ({}, ValueError, "across takes exactly one axis, such as .*, got none"),
        (
            {"weight_decay": [0], "noise": [0]},
            ValueError,
            "exactly one axis, .*, got 'weight_decay', 'noise'",
        ),
        ({3: [0]}, TypeError, "across takes the name of a hyper-parameter, got 3"),
        ({"lr": [0.1]}, ValueError, "learning rates are an axis already: give them as lrs="),
        ({"steps": [5]}, ValueError, "steps is no hyper-parameter, and no axis"),
        ({"seed": [1]}, ValueError, "seed is no hyper-parameter, and no axis"),
        ({"momentum": [0.9]}, ValueError, "AdamW has no hyper-parameter 'momentum': it has betas,"),
        ({"weight_decay": []}, ValueError, "at least one value of weight_decay is needed"),
        ({"weight_decay": 0.1}, TypeError, "values of weight_decay must be a list of .* got 0.1"),
        ({"weight_decay": "0"}, TypeError, "values of weight_decay must be a list of .* got '0'"),
        ({"weight_decay": [0, 0.0]}, ValueError, "must be distinct, got 0.0 more than once"),
        ({"weight_decay": [float("nan")]}, ValueError, "weight_decay must be finite .* got nan"),
        ({"weight_decay": [float("inf")]}, ValueError, "weight_decay must be finite .* got inf"),
        ({"weight_decay": [10**400]}, ValueError, "weight_decay must be finite numbers.* got 1000"),
        ({"weight_decay": ["a"]}, ValueError, "weight_decay must be finite numbers.* got 'a'"),
        ({"betas": [(0.9, float("nan"))]}, ValueError, "betas must be finite numbers.* got nan"),
        ({"weight_decay": [0, -1]}, ValueError, "AdamW refuses lr=0.001, weight_decay=-1: Invalid"),
        ({"noise": [0, -0.1]}, ValueError, "noise is a standard deviation, .* got -0.1"),
        ({"noise": [(0.1, 0.2)]}, ValueError, r"noise is a standard deviation, .* \(0.1, 0.2\)"),
        ({"noise": [True]}, ValueError, "noise is a standard deviation, .* got True"),
    ],
    ids=str,
)
def test_bad_input_is_refused_with_what_was_given_before_any_run(across, error, text, tmp_path):
    with pytest.raises(error, match=text):
        sweep("adamw", "beale", across=across, store=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_the_optimizer_is_named_that_does_not_know_the_axis():
    told = "L-BFGS has no hyper-parameter 'weight_decay': it has max_iter, .*history_size"
    with pytest.raises(ValueError, match=told):
        sweep(["adamw", "lbfgs"], "beale", across={"weight_decay": [0]})


def test_a_function_that_is_noisy_has_no_further_noise():
    with pytest.raises(ValueError, match=r"the gradient of noisy_beale_0\.5 is noisy already"):
        sweep("adamw", noisy("beale", 0.5), across={"noise": [0, 0.1]})


def test_functions_whose_names_with_noise_are_one_are_told_apart():
    other = replace(FUNCTIONS["sphere"], name="noisy_beale_0.1")
    with pytest.raises(ValueError, match=r"'noisy_beale_0\.1' twice"):
        sweep("adamw", ["beale", other], across={"noise": [0, 0.1]})
    assert len(sweep("adamw", ["beale", other], [0.1], across={"noise": [0, 0.2]}, steps=2)) == 4


def test_numbers_of_numpy_and_torch_are_numbers():
    values = [np.float32(0.5), torch.tensor(0.25), np.array(1)]
    across = plan("adamw", "beale", across={"weight_decay": values}).across
    assert across == Across("weight_decay", (0.5, 0.25, 1))
    assert [type(value) for value in across.values] == [float, float, int]
    listed = plan("adam", "beale", across={"betas": [[0.5, 0.9]]}).across
    assert listed == Across("betas", ((0.5, 0.9),))
    spread = plan("adamw", "beale", across={"weight_decay": np.array([0.0, 0.1])}).across
    assert spread == Across("weight_decay", (0.0, 0.1))


def test_a_schedule_and_clipping_go_with_it(tmp_path):
    given = {"schedule": lambda step: 0.9**step, "grad_clip": 1.5}
    swept = sweep(
        "adamw", "beale", [0.1], across={"weight_decay": [0, 1]}, steps=9, store=tmp_path, **given
    )
    for (*_, value), trajectory in swept.items():
        assert_same_run(
            trajectory, run("adamw", "beale", steps=9, lr=0.1, weight_decay=value, **given)
        )


def test_a_failed_run_says_its_value():
    class Breaking(torch.optim.SGD):
        def __init__(self, params, lr, at=0):
            super().__init__(params, lr=lr)
            self.at = at

        def step(self, closure=None):
            self.at -= 1
            if self.at == 0:
                raise LookupError("at last")
            return super().step(closure)

    told = r"^1 of 2 runs failed: Breaking on Beale, lr 0\.01, at 3: failed at step 3: LookupError"
    with pytest.warns(RuntimeWarning, match=told):
        swept = sweep(Breaking, "beale", [0.01], across={"at": [0, 3]}, steps=5)
    assert swept["breaking", "beale", 0.01, 0].status == "completed"
    assert dict(swept["breaking", "beale", 0.01, 3].hparams) == {"lr": 0.01, "at": 3}


def test_a_class_of_ones_own_may_take_any_keyword():
    def build(params, **settings):
        return torch.optim.SGD(params, **settings)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        swept = sweep(build, "sphere", [0.1], across={"momentum": [0, 0.5]}, steps=5)
    for (*_, value), trajectory in swept.items():
        alone = run("sgd", "sphere", steps=5, lr=0.1, momentum=value)
        assert trajectory.points.tobytes() == alone.points.tobytes()
