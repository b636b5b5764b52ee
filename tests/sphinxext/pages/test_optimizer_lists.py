"""The optimizers that benchmarks list, and those that are no entries."""

import json
from pathlib import Path

import pytest
from projects import Project

from optgallery import OPTIMIZERS
from optgallery.sphinxext.pages.catalogue import NONE

CATALOGUE = Path(__file__).parents[3] / "docs" / "catalogue"
LISTS = json.loads((CATALOGUE / "benchmarks.json").read_text(encoding="utf-8"))
ABSENT = json.loads((CATALOGUE / "absent.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("optimizer", LISTS["optimizers"], ids=lambda optimizer: optimizer["name"])
def test_every_optimizer_of_a_benchmark_is_an_entry_or_has_no_meaning_here(optimizer):
    if "entry" in optimizer:
        assert optimizer["entry"] in OPTIMIZERS
    else:
        assert optimizer["name"] in {absent["name"] for absent in ABSENT}
        assert optimizer["note"]


def test_each_benchmark_compares_as_many_as_it_says():
    """Eleven with AdamW; the second counts Muon and D-Muon as one."""
    numbers = [sum(i in o["in"] for o in LISTS["optimizers"]) for i in (0, 1)]
    assert numbers == [11, 12]
    assert {o["name"] for o in LISTS["optimizers"] if 1 in o["in"]} >= {"Muon", "D-Muon"}


def test_names_are_given_once_and_none_of_the_absent_is_an_entry():
    for names in ([o["name"] for o in LISTS["optimizers"]], [o["name"] for o in ABSENT]):
        assert len(set(names)) == len(names)
    titles = {spec.title for spec in OPTIMIZERS.values()}
    assert not titles & {optimizer["name"] for optimizer in ABSENT}


@pytest.mark.parametrize("optimizer", ABSENT, ids=lambda optimizer: optimizer["name"])
def test_an_absent_optimizer_has_a_paper_and_reasons(optimizer):
    assert optimizer["url"].startswith("https://arxiv.org/abs/")
    assert all(optimizer[key].endswith(".") for key in ("needs", "here"))
    assert optimizer["kind"] in {"less memory", "matrix", "several machines"}


PAGE = """:orphan:

Lists
=====

.. benchmark-lists:: benchmarks.json

   Two studies, {benchmarks}.

.. absent-optimizers:: absent.json
"""
SCRIPT = '"""\nLion\n====\n\nIts picture.\n"""\n'


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Build the tables, with the page of one optimizer."""
    files = {
        "docs/page.rst": PAGE,
        "docs/benchmarks.json": json.dumps(LISTS),
        "docs/absent.json": json.dumps(ABSENT),
        "gallery/optimizers/plot_opt_lion.py": SCRIPT,
    }
    project = Project(tmp_path_factory.mktemp("lists"), files)
    project.build(plot_gallery="False")
    assert project.warnings == ""
    return project.page("page")


def rows(table):
    columns = [head.get_text() for head in table.find("thead").find_all("th")]
    body = table.find("tbody").find_all("tr")
    return {
        cells[0].get_text(): dict(zip(columns, cells, strict=True))
        for cells in (row.find_all(["th", "td"]) for row in body)
    }


def test_a_row_says_which_benchmarks_compare_an_optimizer_and_links_its_page(page):
    table = rows(page.find_all("table")[0])
    assert list(table) == [optimizer["name"] for optimizer in LISTS["optimizers"]]
    lion, mini = table["Lion"], table["Adam-mini"]
    assert [lion[name].get_text() for name in ("Wen et al.", "Semenov et al.")] == ["✓", "✓"]
    assert lion["In the gallery"].find("a")["href"].endswith("optimizers/plot_opt_lion.html")
    assert [mini[name].get_text() for name in ("Wen et al.", "Semenov et al.")] == ["✓", NONE]
    assert mini["In the gallery"].get_text() == "no"


def test_the_text_above_links_the_benchmarks(page):
    (link,) = page.find_all("a", string=LISTS["benchmarks"][0]["title"])
    assert link["href"] == LISTS["benchmarks"][0]["url"]


def test_a_row_says_what_an_absent_optimizer_needs(page):
    table = rows(page.find_all("table")[1])
    assert list(table) == [optimizer["name"] for optimizer in ABSENT]
    assert table["MuonClip"]["On two coordinates"].get_text().endswith("the rest is Muon.")
