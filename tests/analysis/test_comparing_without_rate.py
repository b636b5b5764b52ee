"""Optimizers without a learning rate in comparisons: one run on each problem, counted once."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.analysis.robustness import robustness


class Normed(torch.optim.Optimizer):
    """Take steps whose length is damped by the gradient's norm."""

    def __init__(self, params, damping=10.0):
        super().__init__(params, {"damping": damping})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p -= p.grad / (group["damping"] + p.grad.norm())


DAMPED = og.OptimizerSpec(
    name="damped", title="Damped steps", cls=Normed, axis=og.Axis("damping", (1.0, 100.0))
)
FUNCTIONS = ["booth", "sphere", "beale"]
RATES = [0.001, 0.1, 1.0]


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    return og.compare([DAMPED, "sgd"], FUNCTIONS, RATES, starts=2, store=store)


def test_its_run_at_the_default_settings_stands_at_every_rate(compared):
    o = compared.outcomes
    for array in vars(o).values():
        assert all(np.array_equal(array[0, 0], array[0, j], equal_nan=True) for j in (1, 2))
    run = compared.run("damped", "booth")
    assert run.hparams == {}
    assert run.evaluations_to_solve() == compared.costs()[0, 0]
    assert "lr" not in compared.code("damped", "booth/1")


def test_it_has_no_best_rate_and_no_width(compared):
    assert not compared.has_rate("damped")
    assert compared.has_rate("sgd")
    assert compared.best_rates()["damped"] is None
    assert compared.best_rates()["sgd"] in RATES
    table = compared.sensitivity()
    assert np.isnan([table["Damped steps", "rate"], table["Damped steps", "width"]]).all()
    assert table["Damped steps", "sensitivity"] == pytest.approx(0, abs=1e-15)
    assert table["SGD", "width"] > 0
    row = next(line for line in str(compared).split("\n") if line.startswith("Damped"))
    assert row.split()[2] == "-"


def test_its_runs_are_listed_once(compared):
    rows = list(compared.rows())
    assert len([row for row in rows if row["optimizer"] == "damped"]) == 6
    assert len([row for row in rows if row["optimizer"] == "sgd"]) == 18
    assert {row["lr"] for row in rows if row["optimizer"] == "damped"} == {None}
    table = compared.to_dataframe()
    assert table.loc[table["optimizer"] == "damped", "lr"].isna().all()
    assert len(compared.to_csv().splitlines()) == 1 + 24


def test_its_number_is_printed_once(compared):
    share = compared.solved()["Damped steps", "lr 1"]
    assert compared.solved().values[0].tolist() == [share] * 3
    line = str(compared.solved()).split("\n")[1]
    assert re.split(r" {2,}", line.strip()) == ["Damped steps (no learning rate)", f"{share:.3g}"]
    html = compared.solved()._repr_html_()
    assert f'Damped steps (no learning rate)</th><td colspan="3">{share:.3g}</td>' in html


def test_rates_are_asked_for_those_that_have_one(compared):
    costs = compared.costs({"sgd": 0.1})
    assert np.array_equal(costs[0], compared.costs("each")[0])
    assert np.array_equal(costs[1], compared.costs(0.1)[1])
    with pytest.raises(ValueError, match="rate lacks sgd"):
        compared.costs({"damped": 0.1})
    assert np.array_equal(compared.costs()[0], costs[0])


def test_its_robustness_is_what_it_solves_and_it_does_not_censor(compared):
    assert robustness(compared)[0] == pytest.approx(compared.solved().share[0, 0])
    share, insensitive = compared.censored()
    alone = compared.select(optimizers=["sgd"]).censored()
    assert (share, insensitive) == alone


def test_a_heat_map_has_its_number_once(compared):
    ax = og.plot_heatmap(compared, order="given")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Damped steps (no rate)", "SGD"]
    assert [int(text.get_position()[1]) for text in ax.texts].count(0) == 1
    assert [int(text.get_position()[1]) for text in ax.texts].count(1) == 3


def test_a_sweep_along_an_axis_is_not_compared_and_one_of_single_runs_is():
    with pytest.raises(ValueError, match="one for each value of damping: leave it out, or give"):
        og.compare(og.sweep(["sgd", DAMPED], "booth", [0.1]))
    only = replace(DAMPED, axis=og.Axis())
    swept = og.sweep(["sgd", only], ["booth", "sphere"], [0.01, 0.1])
    found = og.compare(swept)
    assert found.best_rates()["damped"] is None
    cost = swept["damped", "booth", None].evaluations_to_solve()
    assert found.costs()[1, 0] == cost
