"""Sweeps of optimizers without a learning rate."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.sweeps.across import with_hparam


class Normed(torch.optim.Optimizer):
    """Take steps whose length is damped by the gradient's norm."""

    def __init__(self, params, damping=1.0, power=1.0):
        super().__init__(params, {"damping": damping, "power": power})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p -= p.grad / (group["damping"] + p.grad.norm() ** group["power"])


AXIS = og.Axis("damping", (10.0, 1, 100.0))
DAMPED = og.OptimizerSpec(name="damped", title="Damped steps", cls=Normed, axis=AXIS)
ONLY = replace(DAMPED, name="only", title="Only one", axis=og.Axis())


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    return og.sweep(["sgd", DAMPED, ONLY], ["booth", "sphere"], [0.01, 0.1], store=store)


def _outcomes(optimizer):
    return [og.run(optimizer, "booth", lr=lr).outcome for lr in (0.01, 0.1)]


def test_each_optimizer_is_run_along_its_own_axis(swept):
    on_booth = [cell for cell in swept if cell[1] == "booth"]
    assert on_booth == [
        ("sgd", "booth", 0.01),
        ("sgd", "booth", 0.1),
        ("damped", "booth", 10.0),
        ("damped", "booth", 1),
        ("damped", "booth", 100.0),
        ("only", "booth", None),
    ]
    assert swept.lrs == (0.01, 0.1)
    assert repr(swept) == "<Sweep: 3 optimizers x 2 functions, 12 runs, 200 steps>"


def test_a_run_is_that_of_run_with_this_setting(swept):
    alone = og.run(DAMPED, "booth", damping=100.0)
    found = swept["damped", "booth", 100.0]
    assert np.array_equal(found.points, alone.points)
    assert found.title == alone.title == "Damped steps on Booth, damping 100"
    assert found.lr is None
    single = swept["only", "booth", None]
    assert np.array_equal(single.points, og.run(DAMPED, "booth").points)
    assert single.title == "Only one on Booth"
    assert "lr" not in single.code()


def test_the_captions_of_an_optimizer_with_an_own_axis_and_a_rate_name_the_axis_alone():
    spec = replace(
        og.OPTIMIZERS["adam"], name="mine", axis=og.Axis("eps", (1e-4,), title="epsilon")
    )
    (run,) = og.sweep(spec, "booth", steps=3).values()
    assert run.lr == 0.001
    assert run.title == "Adam on Booth, epsilon 0.0001"
    assert og.run(spec, "booth", steps=3, lr=0.1).title == "Adam on Booth, lr 0.1"


def test_a_sweep_is_printed_with_a_head_for_each_axis(swept):
    tables = str(og.sweep(["sgd", DAMPED, ONLY, "lion"], "booth", [0.01, 0.1])).split("\n\n")
    assert [[re.split(r" {2,}", line) for line in table.split("\n")] for table in tables] == [
        [
            ["Booth", "lr 0.01", "lr 0.1"],
            ["SGD", "✓ 166", "✓ 16"],
            ["Lion", *(outcome.mark for outcome in _outcomes("lion"))],
        ],
        [
            ["Booth", "damping 10", "damping 1", "damping 100"],
            ["Damped steps", "✓ 25", swept["damped", "booth", 1].outcome.mark, "✓ 175"],
        ],
        [["Booth", "one run"], ["Only one", swept["only", "booth", None].outcome.mark]],
    ]


def test_a_sweep_of_several_functions_has_a_table_for_each_optimizer(swept):
    heads = [table.partition("\n")[0].split("  ") for table in str(swept).split("\n\n")]
    assert [[part.strip() for part in head if part.strip()] for head in heads] == [
        ["SGD", "lr 0.01", "lr 0.1"],
        ["Damped steps", "damping 10", "damping 1", "damping 100"],
        ["Only one", "one run"],
    ]
    assert '<th scope="col">damping 100</th>' in swept._repr_html_()


def test_a_data_frame_has_a_column_for_the_axis(swept):
    table = swept.to_dataframe().set_index("optimizer")
    assert list(table.columns[:3]) == ["function", "lr", "damping"]
    assert table.loc["sgd", "lr"].tolist() == [0.01, 0.1, 0.01, 0.1]
    assert table.loc["sgd", "damping"].isna().all()
    assert table.loc["damped", "damping"].tolist() == [10, 1, 100] * 2
    assert table.loc["damped", "lr"].isna().all()
    assert table.loc["only", ["lr", "damping"]].isna().all(axis=None)


def test_the_best_run_is_the_fastest_along_the_axis(swept):
    assert swept.best("damped", "sphere").hparams == {"damping": 1}
    assert swept.best("only", "sphere") is swept["only", "sphere", None]


def test_a_sweep_is_found_again_in_the_store(tmp_path):
    first = og.sweep([DAMPED, ONLY], "booth", steps=20, store=tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = og.sweep([DAMPED, ONLY], "booth", steps=20, store=tmp_path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == files
    for cell, run in again.items():
        assert run.points.tobytes() == first[cell].points.tobytes()
        assert run.hparams == first[cell].hparams


def test_a_further_axis_stands_beside_an_own_one():
    swept = og.sweep([DAMPED, ONLY], "booth", across={"power": [0.5, 1]}, steps=5)
    assert list(swept)[:4] == [
        ("damped", "booth", 10.0, 0.5),
        ("damped", "booth", 1, 0.5),
        ("damped", "booth", 100.0, 0.5),
        ("damped", "booth", 10.0, 1),
    ]
    assert swept["damped", "booth", 1, 0.5].hparams == {"damping": 1, "power": 0.5}
    assert swept["only", "booth", None, 0.5].hparams == {"power": 0.5}
    assert with_hparam(DAMPED, 1, ("power", 0.5)) == {"damping": 1, "power": 0.5}


def test_the_own_axis_is_no_further_axis():
    message = "damping is the axis of Damped steps already, in place of the learning rate"
    with pytest.raises(ValueError, match=message):
        og.sweep(DAMPED, "booth", across={"damping": [1, 2]})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (DAMPED, "Damped steps has no learning rate, it is run at the values [10.0, 1, 100.0] of "),
        (ONLY, "Only one has no learning rate, and nothing else to choose: leave out lrs"),
    ],
)
def test_rates_are_refused_if_no_optimizer_has_one(spec, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        og.sweep(spec, "booth", lrs=[0.1])


def test_a_cell_that_is_not_there_is_answered_by_the_values_that_are(swept):
    with pytest.raises(ValueError, match=re.escape("one of [10.0, 1, 100.0] for damped")):
        swept["damped", "booth", 0.01]


@pytest.mark.parametrize("function", [og.sensitivity, og.rate_transfer])
def test_what_varies_the_rate_refuses_an_optimizer_without_one(function):
    message = f"{function.__name__}() varies the learning rate, and Damped steps has none"
    with pytest.raises(ValueError, match=re.escape(message)):
        function(DAMPED, "booth")
