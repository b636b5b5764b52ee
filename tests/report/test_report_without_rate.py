"""Reports about optimizers that have no learning rate."""

import pytest
import torch
from bs4 import BeautifulSoup

import optgallery as og
from optgallery.report.findings import Plan, collect
from optgallery.report.page import page
from optgallery.report.verdict import paragraphs


class Normed(torch.optim.Optimizer):
    """Take steps whose length is damped by the gradient's norm."""

    def __init__(self, params, damping=10.0):
        super().__init__(params, {"damping": damping})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p -= p.grad / (group["damping"] + p.grad.norm())


ALONG = og.OptimizerSpec(
    name="damped", title="Damped", cls=Normed, axis=og.Axis("damping", (1.0, 10.0, 100.0))
)
SINGLE = og.OptimizerSpec(name="single", title="Single", cls=Normed)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    functions = (og.FUNCTIONS["booth"], og.FUNCTIONS["saddle"])
    plan = Plan(
        (ALONG, SINGLE),
        (og.OPTIMIZERS["sgd"],),
        functions,
        lrs=(0.01, 0.1),
        steps=60,
        jobs=1,
        store=store,
        starts=2,
    )
    return collect(plan)


@pytest.fixture(scope="module")
def soup(report):
    return BeautifulSoup(page(report, "two")["index.html"], "html.parser")


def test_the_columns_are_those_of_its_axis(soup):
    heads = [
        [th.get_text() for th in matrix.select("thead th")] for matrix in soup.select(".matrix")
    ]
    assert heads == [["damping 1", "damping 10", "damping 100"], ["one run"]]
    tiles = [len(matrix.select("a.tile")) for matrix in soup.select(".matrix")]
    assert tiles == [6, 2]
    assert soup.select(".matrix a.tile")[0]["data-code"].count("damping=1.0") == 1


def test_the_comparison_states_its_number_once(report, soup):
    rows = {row.th.get_text(): row.find_all("td") for row in soup.select("table.heat tbody tr")}
    columns = len(report.comparison.lrs)
    assert [len(rows[name]) for name in ("Damped", "Single", "SGD")] == [1, 1, columns]
    assert int(rows["Damped"][0]["colspan"]) == columns


def test_the_verdict_speaks_of_its_values(report):
    along, single = (" ".join(paragraphs(report, found)) for found in report.findings)
    assert "at one of the values of damping" in along
    assert "as it is" in single
    assert "learning rate" not in along


def test_every_block_of_code_runs(soup):
    from matplotlib import pyplot as plt

    blocks = [each.text for each in soup.select("details pre")]
    assert len(blocks) >= 5
    for block in blocks:
        if "og.sensitivity(" not in block:
            exec(block, {})
    plt.close("all")
