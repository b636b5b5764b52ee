"""sweep(): every optimizer on every function at every learning rate."""

from itertools import product

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS, TestFunction, run, sweep

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
    assert trajectory.outcome == single.outcome
    assert trajectory.lr == lr
    assert trajectory.code() == single.code()


def test_a_diverged_cell_is_there_like_any_other(swept):
    trajectory = swept["sgd", "beale", 30.0]
    assert trajectory.status == "diverged"
    assert trajectory.stopped_at == len(trajectory) - 1


def test_a_cell_names_the_entries_themselves_and_is_read_only(swept):
    for (optimizer, function, _), trajectory in swept.items():
        assert trajectory.optimizer is OPTIMIZERS[optimizer]
        assert trajectory.test_fn is FUNCTIONS[function]
        assert not trajectory.points.flags.writeable


def test_a_sweep_is_a_mapping_in_the_order_that_was_asked_for(swept):
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


def test_a_sweep_of_everything_takes_every_entry_but_the_variants():
    everything = sweep(lrs=[0.01], steps=1, jobs=1)
    assert [spec.name for spec in everything.optimizers] == list(OPTIMIZERS)
    functions = [fn.name for fn in everything.functions]
    assert functions == [name for name in FUNCTIONS if not name.startswith("log_")]
    assert len(functions) == 42
    assert len(everything) == len(OPTIMIZERS) * 42


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
def test_one_needs_no_list(optimizers, functions):
    assert list(sweep(optimizers, functions, [0.1], steps=2)) == [("adamw", "sphere", 0.1)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_functions_and_classes_of_ones_own_are_swept_too(jobs):
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
def test_bad_input_is_refused_with_what_was_given(optimizers, functions, options, error, text):
    with pytest.raises(error, match=text):
        sweep(optimizers, functions, **options)


@pytest.mark.parametrize("cell", [("adamw", "beale", 0.5), ("adamw",), "adamw", ([], 1, 2)])
def test_an_unknown_cell_is_answered_with_those_there_are(cell):
    swept = sweep("adamw", "beale", [0.1, 1.0], steps=1)
    with pytest.raises(KeyError) as info:
        swept[cell]
    assert str(info.value) == (
        f"{cell!r} is not in <Sweep: 1 optimizers x 1 functions x 2 learning rates, 1 steps>; "
        "ask for one of ['adamw'], one of ['beale'] and one of [0.1, 1.0]"
    )


def test_a_sweep_says_what_became_of_every_run():
    table = str(sweep("sgd", ["sphere", "booth"], [0.1, 0.3, 1.0])).splitlines()
    assert [line.split() for line in table] == [
        ["SGD", "lr", "0.1", "lr", "0.3", "lr", "1"],
        ["Sphere", "✓", "16", "✓", "4", "f", "22.2"],
        ["Booth", "✓", "16", "↗", "4.33e+258", "✗", "step", "125"],
    ]


def test_on_one_function_a_sweep_has_a_row_for_each_optimizer():
    table = str(sweep(["sgd", "momentum"], "sphere", [0.1])).splitlines()
    assert [line.split("  ")[0] for line in table] == ["Sphere", "SGD", "SGD with momentum"]


def test_the_best_run_solves_with_the_fewest_evaluations_and_else_ends_lowest():
    swept = sweep("sgd", ["booth", "ackley"])
    solved = {lr: swept["sgd", "booth", lr].solved() for lr in swept.lrs}
    assert swept.best("sgd", "booth").lr == min((c, lr) for lr, c in solved.items() if c)[1]
    ends = {lr: swept["sgd", "ackley", lr] for lr in swept.lrs}
    assert all(run.solved() is None for run in ends.values())
    assert swept.best("sgd", "ackley").lr == min(ends, key=lambda lr: ends[lr].values[-1])


def test_among_runs_that_end_alike_the_smallest_rate_is_best():
    swept = sweep("sgd", "goldstein_price", [1.0, 0.1])
    assert {run.verdict for run in swept.values()} == {"diverged"}
    assert swept.best("sgd", "goldstein_price").lr == 0.1


def test_a_diverged_run_is_never_the_best():
    swept = sweep("sgd", "goldstein_price", [0.001, 1.0])
    assert {run.verdict for run in swept.values()} == {"diverged"}
    assert sweep("sgd", "beale", [0.003, 1.0]).best("sgd", "beale").lr == 0.003
