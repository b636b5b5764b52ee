"""The pages of the experiment about an optimizer that has no learning rate."""

import re
from dataclasses import replace

import pytest
import torch
from experiments import FOLDER, part
from projects import SHOWN, Project

import optgallery as og
from optgallery.analysis.experiment import BUDGET, read, record
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sphinxext.pages.experiment_record import Findings
from optgallery.sphinxext.pages.explorer_links import check
from optgallery.sphinxext.pages.relatives import overlay


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
    name="damped",
    title="Damped steps",
    cls=Normed,
    family="momentum",
    axis=og.Axis("damping", (1.0, 100.0)),
)
ALL = """
:orphan:

All
===

.. experiment-facts::

   {runs} runs, Lion at {rate[lion]}, Damped at {rate[damped]}, {best[damped]} % solved.

.. experiment-table::

.. experiment-overview::
"""
CARD = """
:orphan:

Card
====

.. optimizer-card:: damped

.. optimizer-catalogue::
"""


@pytest.fixture(scope="module", autouse=True)
def registered():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(og.OPTIMIZERS._entries, "damped", DAMPED)
        yield


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    root = tmp_path_factory.mktemp("compared")
    pages = {"docs/compare/index.rst": ALL, "docs/card.rst": CARD}
    project = Project(root, {**pages, "gallery/stories/plot_1_shown.py": SHOWN})
    store = tmp_path_factory.mktemp("store")
    record(project.docs / FOLDER, part())
    record(project.docs / FOLDER, og.compare(DAMPED, budget=BUDGET, store=store, jobs=1))
    project.build(plot_gallery="False", optgallery_experiment=FOLDER)
    return project


@pytest.fixture(scope="module")
def found(compared):
    return Findings(read(compared.docs / FOLDER))


def test_every_page_is_written_without_an_error(compared):
    said = [line for line in compared.warnings.splitlines() if "isn't included in any" not in line]
    assert said == []


def test_its_runs_are_counted_once(compared, found):
    problems = len(found.comparison.problems)
    runs = problems * (4 * len(found.comparison.lrs) + 1)
    assert found.runs == runs
    share = f"{100 * found.best('damped'):.0f} % solved"
    assert f"{runs:,} runs, Lion at 0.1, Damped at none, {share}" in compared.text("compare/index")
    mean = found.comparison.solved().values
    assert found.mean(found.solved) == pytest.approx(
        (mean[:-1].sum() + mean[-1, 0]) / (problems * (4 * len(found.comparison.lrs) + 1))
    )


def test_the_table_of_all_has_its_one_number(compared, found):
    row = next(
        row
        for row in compared.page("compare/index").select("tbody tr")
        if row.find("th").get_text() == "Damped steps"
    )
    cells = [cell.get_text() for cell in row.find_all("td")]
    share = f"{100 * found.best('damped'):.0f}"
    assert cells[:4] == [share, "none", share, "\N{EN DASH}"]
    assert set(cells[4:]) == {""}
    assert len(cells) == 4 + len(found.comparison.lrs)


def test_its_own_page_speaks_of_no_rate(compared, found):
    page = compared.page("compare/damped")
    assert page.find("h1").get_text().startswith("What does Damped steps solve?")
    text = compared.text("compare/damped")
    share = f"{100 * found.best('damped'):.0f} % of {len(found.comparison.problems)} problems"
    assert f"Damped steps has no learning rate. At its default settings it solves {share}" in text
    assert page.find("svg", class_="og-curve") is None
    heads = [th.get_text() for th in page.select(".og-catalogue thead th")]
    assert heads == ["Function", "Without a learning rate"]
    assert [o.get_text() for o in page.select("select[name=lr] option")] == ["none"]
    assert "lr=" not in page.select_one(".og-catalogue ~ * pre, pre").get_text()
    assert "Which learning rate for Lion?" in compared.text("compare/lion")


def test_the_card_and_the_catalogue_say_that_it_has_none(compared, found):
    text = compared.text("card")
    share = f"{100 * found.best('damped'):.0f} % of {len(found.comparison.problems)} problems"
    assert f"it has none; at its default settings it solves {share}" in text
    row = next(
        row
        for row in compared.page("card").select("tbody tr")
        if row.find("th") and row.find("th").get_text().startswith("Damped steps")
    )
    assert "no learning rate" in row.get_text()
    assert "none" in [cell.get_text() for cell in row.find_all("td")]


def test_an_optimizer_without_a_rate_is_overlaid_at_the_value_closest_to_its_default(found):
    functions = tuple(found.comparison.functions)
    for axis, value in ((DAMPED.axis, "1"), (og.Axis(), "default")):
        spec = replace(DAMPED, axis=axis)
        grid = Grid((spec, og.OPTIMIZERS["sgd"]), functions, og.LEARNING_RATES, 200)
        title, state = overlay(found, grid, "damped", "sgd")
        fn = next(fn for fn in functions if fn.title == title)
        assert re.fullmatch(rf"fn={fn.name}&run=damped@{value}&run=sgd@[\d.]+", state)
        check(state, grid)
