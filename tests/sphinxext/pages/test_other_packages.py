"""The tables of other packages' optimizers and functions."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from projects import SHOWN, Project

from optgallery import FUNCTIONS
from optgallery.runs.outcome import OUTCOMES

CATALOGUE = Path(__file__).parents[3] / "docs" / "catalogue"
PAGES = ("other_optimizers", "other_functions")
RECORDS = {
    page: json.loads((CATALOGUE / f"{page}.json").read_text(encoding="utf-8")) for page in PAGES
}
CLASSES, PAIRS = RECORDS["other_optimizers"]["classes"], RECORDS["other_functions"]["pairs"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build the pages of the site with these tables."""
    files = {
        f"docs/{path.name}": path.read_text(encoding="utf-8")
        for page in PAGES
        for path in (CATALOGUE / f"{page}.rst", CATALOGUE / f"{page}.json")
    }
    files = {name: re.sub(r"^:html_theme.*\n", "", text) for name, text in files.items()}
    others = {
        "docs/optimizers.rst": ":orphan:\n\nCatalogue\n=========\n",
        "docs/functions/plot_fn_beale.rst": ":orphan:\n\nBeale\n=====\n",
        "gallery/stories/plot_1_shown.py": SHOWN,
    }
    project = Project(tmp_path_factory.mktemp("others"), {**files, **others})
    for page in PAGES:
        path = project.docs / f"{page}.rst"
        path.write_text(":orphan:\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    conf = project.docs / "conf.py"
    conf.write_text(conf.read_text() + '\nextensions.append("sphinx_design")\n')
    project.build(plot_gallery="False")
    assert project.warnings == ""
    return project


def rows(project: Project, page: str) -> list[dict[str, Tag]]:
    table = project.page(page).find("div", class_="og-catalogue").find("table")
    columns = [head.get_text() for head in table.find("thead").find_all("th")]
    body = table.find("tbody").find_all("tr")
    return [dict(zip(columns, row.find_all(["th", "td"]), strict=True)) for row in body]


def facets(project: Project, page: str) -> list[dict[str, list[str]]]:
    body = project.page(page).find("div", class_="og-catalogue").find("tbody")
    return [json.loads(row["data-facets"]) for row in body.find_all("tr")]


def offered(project: Project, page: str, facet: str) -> dict[str, str]:
    """Return the values of a filter and their labels."""
    (select,) = project.page(page).find_all("select", attrs={"name": facet})
    return {option["value"]: option.get_text() for option in select.find_all("option")[1:]}


def test_every_class_has_a_row_with_its_module(pages: Project) -> None:
    found = [row["Class"].get_text() for row in rows(pages, "other_optimizers")]
    dotted = [entry["class"].rpartition(".") for entry in CLASSES]
    assert found == [f"{name} {module}" for module, _, name in dotted]


def test_a_package_is_linked_at_its_version(pages: Project) -> None:
    for page in PAGES:
        versions = RECORDS[page]["packages"]
        for row in rows(pages, page):
            link = row["Package"].find("a")
            name, version = link.get_text().split()
            assert versions[name] == version
            assert link["href"] == f"https://pypi.org/project/{name}/{version}/"


def test_an_outcome_has_the_symbol_and_css_class_of_its_kind(pages: Project) -> None:
    outcomes = {outcome.kind: outcome for outcome in OUTCOMES}
    seen = set()
    for row, entry in zip(rows(pages, "other_optimizers"), CLASSES, strict=True):
        for name, ended in entry.get("ended", {}).items():
            cell, outcome = row[FUNCTIONS[name].title], outcomes[ended["kind"]]
            assert cell["class"] == [outcome.css_class]
            assert cell.get_text().startswith(outcome.symbol)
            seen.add(ended["kind"])
    assert seen == set(outcomes)


def test_outcomes_are_sorted_by_kind_and_then_by_cost(pages: Project) -> None:
    values: dict[str, list[float]] = {}
    for row, entry in zip(rows(pages, "other_optimizers"), CLASSES, strict=True):
        if "ended" in entry:
            cell = row[FUNCTIONS["beale"].title]
            values.setdefault(entry["ended"]["beale"]["kind"], []).append(float(cell["data-value"]))
    kinds = ["solved", "unsolved", "climbed", "diverged", "failed"]
    for before, after in pairwise(kinds):
        if before in values and after in values:
            assert max(values[before]) < min(values[after])
    costs = [e["ended"]["beale"].get("cost") for e in CLASSES if "ended" in e]
    assert values["solved"] == [cost for cost in costs if cost is not None]


def test_classes_are_filtered_by_package_bits_features_and_share_solved(
    pages: Project,
) -> None:
    for found, entry in zip(facets(pages, "other_optimizers"), CLASSES, strict=True):
        solved = sum(ended["kind"] == "solved" for ended in entry.get("ended", {}).values())
        assert found == {
            "package": [entry["package"]],
            "bits": [entry["kind"]],
            "special": entry.get("special", []),
            "solves": [f"{solved} of 4"] if "ended" in entry else [],
        }


def test_the_values_of_a_filter_are_in_alphabetical_order(pages: Project) -> None:
    counts = Counter(words for entry in CLASSES for words in entry.get("special", []))
    expected = {words: f"{words} ({counts[words]})" for words in sorted(counts)}
    assert list(offered(pages, "other_optimizers", "special").items()) == list(expected.items())


def test_functions_are_filtered_by_ours_package_and_result(pages: Project) -> None:
    for found, entry in zip(facets(pages, "other_functions"), PAIRS, strict=True):
        assert found == {
            "function": [FUNCTIONS[entry["function"]].title],
            "package": [entry["package"]],
            "result": [entry["result"]],
        }


def test_a_function_links_to_our_page_with_its_name(pages: Project) -> None:
    for row, entry in zip(rows(pages, "other_functions"), PAIRS, strict=True):
        assert row["Function"].get_text() == FUNCTIONS[entry["function"]].title
        assert row["Its name there"].get_text() == entry["theirs"]
        assert (row["Function"].find("a") is not None) == (entry["function"] == "beale")


def test_a_difference_from_the_published_formula_cites_the_source(pages: Project) -> None:
    cited = 0
    for row, entry in zip(rows(pages, "other_functions"), PAIRS, strict=True):
        remarks = " ".join(row["Remarks"].get_text().split())
        assert ("published: " in remarks) == (
            entry["result"] == "differs from the published formula"
        )
        if "published: " in remarks:
            assert FUNCTIONS[entry["function"]].source in remarks
            cited += 1
    assert cited > 10


def test_the_counts_in_the_text_are_those_of_the_table(pages: Project) -> None:
    record, kinds = RECORDS["other_optimizers"], Counter(entry["kind"] for entry in CLASSES)
    tried = len(CLASSES) - kinds["left out"]
    text = pages.text("other_optimizers")
    packages = len({entry["package"] for entry in CLASSES})
    assert f"These are {len(CLASSES)} classes of {packages} packages" in text
    assert f"with torch {record['torch']} " in text
    assert f"{kinds['left out']} are left out" in text
    share = kinds["same bits"] / tried
    assert f"Of the other {tried}, {kinds['same bits']} ({share:.1%}) take" in text
    assert f"how {record['steps']} steps ended at the learning rate {record['rate']}," in text
    rounding = sum("rounds to float32" in entry.get("special", []) for entry in CLASSES)
    assert f"rounds to float32 ({rounding}): " in text


def test_the_counts_in_the_text_are_those_of_the_functions(pages: Project) -> None:
    record, results = RECORDS["other_functions"], Counter(entry["result"] for entry in PAIRS)
    text = pages.text("other_functions")
    packages = len({entry["package"] for entry in PAIRS})
    assert f"{len(PAIRS)} test functions of {packages} packages" in text
    assert f"at {record['points']} random points" in text
    assert f"{results['agrees']} do, and {results['agrees in single precision']} in" in text
    wrong = results["differs from the published formula"]
    assert f"{wrong} differ from the published formula" in text
    for name in record["left out"]:
        assert name in text


FAILED = {
    "functions": ["sphere", "beale"],
    "packages": {"madgrad": "1.3"},
    "kinds": {"same bits": "it takes the path of the plain loop bit for bit"},
    "special": {},
    "classes": [
        {
            "package": "madgrad",
            "class": "madgrad.MADGRAD",
            "kind": "same bits",
            "cause": "its `first` step_ is *long*",
            "ended": {
                name: {"kind": "failed", "step": step, "reason": "KeyError: 'x_'"}
                for name, step in (("sphere", 3), ("beale", None))
            },
            "special": [],
            "settings": "momentum_ 0.9",
        }
    ],
    "python": "3.11",
    "torch": "2.13.0",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
    "steps": 9,
    "rate": 0.1,
}
PAGE = ":orphan:\n\nTable\n=====\n\n.. other-optimizers:: record.json\n"


def table(project: Any, record: object, prose: str = "") -> Project:
    """Build a page with a record of its own."""
    content = "".join(f"\n   {line}" for line in prose.splitlines())
    built: Project = project(
        {
            "docs/page.rst": f"{PAGE}{content}\n",
            "docs/record.json": json.dumps(record),
            "gallery/stories/plot_1.py": SHOWN,
        }
    )
    built.build(plot_gallery="False")
    return built


def test_remarks_give_the_arguments_of_a_class_and_why_it_failed(project: Any) -> None:
    built = table(project, FAILED)
    assert built.warnings == ""
    (row,) = rows(built, "page")
    assert row["Remarks"].get_text() == (
        "with momentum_ 0.9; its `first` step_ is *long*; Sphere, Beale: KeyError: 'x_'"
    )
    assert (row["Sphere"].get_text(), row["Beale"].get_text()) == ("! step 3", "! ended")


def test_lines_of_a_list_are_indented_like_their_heading(project: Any) -> None:
    built = table(project, FAILED, "\n.. note::\n\n   {words}")
    assert built.warnings == ""
    note = built.page("page").find("div", class_="note")
    assert [item.get_text().strip() for item in note.find_all("li")] == [
        "same bits (1): it takes the path of the plain loop bit for bit"
    ]


def test_an_unknown_count_in_the_text_is_an_error(project: Any) -> None:
    built = table(project, FAILED, "\n{spoons} classes")
    assert "page.rst:6: ERROR: other-optimizers cannot count 'spoons', but " in built.warnings
    assert "classes, " in built.warnings


@pytest.mark.parametrize("name", ["other-optimizers", "other-functions"])
def test_a_missing_record_is_an_error_that_names_its_command(project: Any, name: str) -> None:
    page = PAGE.replace("other-optimizers", name)
    built = project({"docs/page.rst": page, "gallery/stories/plot_1.py": SHOWN})
    built.build(plot_gallery="False")
    assert f"page.rst:6: ERROR: {name} cannot read record.json" in built.warnings
    session = {"other-optimizers": "others", "other-functions": "other_functions"}[name]
    assert f"`nox -s {session}` writes it" in built.warnings
