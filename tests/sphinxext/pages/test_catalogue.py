"""The tables of all entries and of the comparisons with other implementations."""

import json
from typing import Any

import pytest
from bs4 import Tag
from projects import SHOWN, Project

from optgallery import FUNCTIONS, OPTIMIZERS

RECORD = {
    "compared": [
        {
            "optimizer": "lion",
            "setting": setting,
            "package": "lion-pytorch",
            "version": "0.2.5",
            "steps": 200,
            "compared_on": places,
            "largest_relative_difference": difference,
            "note": "other names",
        }
        for setting, places, difference in (
            ("defaults", ["replay", "sphere", "beale"], 3e-15),
            ("weight decay", ["replay"], 2e-14),
        )
    ],
    "derived by hand": {"swats": "no package is right"},
}


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build all tables, without runs."""
    pages = {
        f"docs/{name}.rst": f":orphan:\n\nTable\n=====\n\n.. {directive}\n"
        for name, directive in (
            ("optimizers", "optimizer-catalogue::"),
            ("functions", "function-catalogue::"),
            ("proofs", "optimizer-proofs:: proofs.json"),
        )
    }
    files = pages | {
        "docs/proofs.json": json.dumps(RECORD),
        "gallery/stories/plot_1_shown.py": SHOWN,
    }
    project = Project(tmp_path_factory.mktemp("catalogues"), files)
    project.build(plot_gallery="False")
    assert project.warnings == ""
    return project


def rows(project: Project, page: str) -> list[dict[str, Tag]]:
    table = project.page(page).find("div", class_="og-catalogue").find("table")
    columns = [head.get_text() for head in table.find("thead").find_all("th")]
    body = table.find("tbody").find_all("tr")
    return [dict(zip(columns, row.find_all(["th", "td"]), strict=True)) for row in body]


def test_every_optimizer_has_a_row_in_the_order_of_the_registry(catalogues: Project) -> None:
    listed = [row["Optimizer"].get_text() for row in rows(catalogues, "optimizers")]
    assert listed == [spec.title for spec in OPTIMIZERS.values()]


def test_every_function_has_a_row_in_the_order_of_the_registry(catalogues: Project) -> None:
    listed = [row["Function"].get_text() for row in rows(catalogues, "functions")]
    assert listed == [fn.title for fn in FUNCTIONS.values()]


def test_a_row_has_the_facets_of_its_entry(catalogues: Project) -> None:
    for page, registry, facet in (
        ("optimizers", OPTIMIZERS, lambda spec: {"family": [spec.family]}),
        ("functions", FUNCTIONS, lambda fn: {"tag": list(fn.tags)}),
    ):
        body = catalogues.page(page).find("div", class_="og-catalogue").find("tbody")
        for row, entry in zip(body.find_all("tr"), registry.values(), strict=True):
            assert json.loads(row["data-facets"]).items() >= facet(entry).items()


def test_numeric_columns_have_numbers_to_sort_by(catalogues: Project) -> None:
    states = {
        row["Optimizer"].get_text(): row["State per parameter"]["data-value"]
        for row in rows(catalogues, "optimizers")
    }
    assert states["SGD"] == "0.0"
    assert states["Adam"] == "2.0"
    assert states["L-BFGS"] == "inf"
    minima = {
        row["Function"].get_text(): row["Minimum value"]["data-value"]
        for row in rows(catalogues, "functions")
    }
    assert minima["Beale"] == "0.0"
    assert minima[FUNCTIONS["log_beale"].title] == "-inf"


def test_the_row_of_an_optimizer_lists_its_needs(catalogues: Project) -> None:
    needs = {
        row["Optimizer"].get_text(): row["Needs"].get_text()
        for row in rows(catalogues, "optimizers")
    }
    for spec in OPTIMIZERS.values():
        for words, true in (
            ("a closure", spec.needs_closure),
            ("second derivatives", spec.create_graph),
            ("no learning rate", spec.learning_rate_free),
        ):
            assert (words in needs[spec.title]) == true


def test_tables_have_no_outcomes_without_an_experiment(catalogues: Project) -> None:
    assert "Robust" not in rows(catalogues, "optimizers")[0]
    assert "Solved by" not in rows(catalogues, "functions")[0]


def test_a_comparison_has_package_version_and_largest_difference(catalogues: Project) -> None:
    lion, swats = rows(catalogues, "proofs")
    assert lion["Optimizer"].get_text() == "Lion"
    assert lion["Compared with"].get_text() == "lion-pytorch 0.2.5"
    assert lion["Settings"].get_text() == "defaults, weight decay"
    assert lion["Largest relative difference"].get_text() == "2e-14"
    assert lion["How"].get_text() == "200 steps along fixed gradients, and down Sphere, Beale"
    assert lion["Remarks"].get_text() == "other names"
    assert swats["Compared with"].get_text() == "steps derived by hand"
    assert swats["Remarks"].get_text() == "no package is right"


def test_tables_are_lines_in_plain_text(catalogues: Project) -> None:
    catalogues.build("text", plot_gallery="False")
    text = (catalogues.root / "site" / "text" / "optimizers.txt").read_text(encoding="utf-8")
    assert "AdaBelief\n" in text
    assert "   Family: adaptive\n" in text


@pytest.mark.parametrize("content", [None, "{"], ids=["missing", "broken"])
def test_an_unreadable_record_is_an_error_with_its_line(project: Any, content: str | None) -> None:
    page = ":orphan:\n\nTable\n=====\n\n.. optimizer-proofs:: proofs.json\n"
    files = {"docs/page.rst": page, "gallery/stories/plot_1.py": SHOWN}
    wrong = project(files if content is None else {**files, "docs/proofs.json": content})
    wrong.build(plot_gallery="False")
    assert "page.rst:6: ERROR: optimizer-proofs cannot read proofs.json" in wrong.warnings
    assert "python tests/optim/references" in wrong.warnings
