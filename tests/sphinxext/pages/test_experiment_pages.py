"""The page that compares all optimizers, and the page of each one's rates."""

import json
from pathlib import Path

import pytest
from bs4 import Tag
from experiments import NAMES, part, site
from projects import Project

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.robustness import passed, robustness
from optgallery.runs.outcome import KINDS
from optgallery.sphinxext.pages.experiment_pages import LEFT, RATE, lines_of

ALL = """
:orphan:

All
===

.. experiment-facts::

   {runs} runs, Lion at {rate[lion]}.

.. experiment-table::

.. experiment-profile:: 0.1
   :optimizers: lion sgd

.. experiment-profile:: best
   :optimizers: lion sgd
"""


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return part()


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return site(tmp_path_factory.mktemp("compared"), {"docs/compare/index.rst": ALL})


def rows(project: Project, page: str) -> dict[str, dict[str, Tag]]:
    table = project.page(page).find("div", class_="og-catalogue").find("table")
    columns = [head.get_text() for head in table.find("thead").find_all("th")]
    listed = [row.find_all(["th", "td"]) for row in table.find("tbody").find_all("tr")]
    return {cells[0]["data-value"]: dict(zip(columns, cells, strict=True)) for cells in listed}


def test_every_page_is_written_without_an_error(compared: Project) -> None:
    # only the experiment's own page lists them in this site, and has no table of contents
    said = [line for line in compared.warnings.splitlines() if "isn't included in any" not in line]
    assert said == []


def test_optimizers_are_listed_by_robustness(compared: Project, comparison: Comparison) -> None:
    order = robustness(comparison).argsort()[::-1]
    assert list(rows(compared, "compare/index")) == [comparison.names[i] for i in order]


def test_a_cell_has_the_share_solved_and_what_diverged_or_left(
    compared: Project, comparison: Comparison
) -> None:
    table = rows(compared, "compare/index")
    solved, diverged = comparison.solved().share, comparison.ended("diverged").share
    left = passed(comparison).mean(-1)
    for i, name in enumerate(comparison.names):
        for j, lr in enumerate(comparison.lrs):
            cell = table[name][f"{lr:g}"]
            notes = [
                f"{symbol}\N{NO-BREAK SPACE}{100 * share:.0f}"
                for symbol, share in (("✗", diverged[i, j]), (LEFT, left[i, j]))
                if share >= 0.005
            ]
            assert cell.get_text() == f"{100 * solved[i, j]:.0f}{' '.join(notes)}"
            assert float(cell["data-value"]) == pytest.approx(solved[i, j], abs=1e-4)
            page = comparison.optimizers[i].name
            assert cell.find("a")["href"] == f"{page}.html#sort=-{lr:g}"


def test_prose_has_the_numbers(compared: Project) -> None:
    assert "8,736 runs, Lion at 0.1." in compared.text("compare/index")


def test_profiles_are_figures_with_a_text_for_screen_readers(compared: Project) -> None:
    figures = compared.page("compare/index").find_all("figure", class_="og-plot")
    words = [figure.find(role="img")["aria-label"] for figure in figures]
    assert ["all at the learning rate 0.1" in said for said in words] == [True, False]
    assert "Lion, SGD, each at its typical rate" in words[1]
    for figure in figures:
        assert figure.find("svg")
        path = (compared.html / "compare" / figure.find("a")["href"]).resolve()
        assert path.read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("name", ["lion", "rprop"])
def test_a_row_has_the_outcome_from_each_start(
    compared: Project, comparison: Comparison, name: str
) -> None:
    own = comparison.select(optimizers=[name])
    symbols = {"solved": "✓", "unsolved": "·", "climbed": "↗", "diverged": "✗"}
    left = passed(own)[0]
    table = rows(compared, f"compare/{name}")
    assert list(table) == [fn.title for fn in own.functions]
    for k, problem in enumerate(own.problems):
        for j, lr in enumerate(own.lrs):
            kind = KINDS[own.outcomes.kind[0, j, k]]
            shown = table[problem.of.title][f"{lr:g}"].get_text()
            assert shown[problem.number] == (LEFT if left[j, k] else symbols[kind])


def test_the_functions_that_a_rate_solves_most_often_are_sorted_first(
    compared: Project, comparison: Comparison
) -> None:
    own = comparison.select(optimizers=["lion"], lrs=[0.03])
    table = rows(compared, "compare/lion")
    counts = {
        fn.title: own.select(functions=[fn.name]).solved().values.item() for fn in own.functions
    }
    ordered = sorted(table, key=lambda title: -float(table[title]["0.03"]["data-value"]))
    assert [counts[title] for title in ordered] == sorted(counts.values(), reverse=True)


def test_the_lines_of_a_run_are_those_of_the_comparison(
    compared: Project, comparison: Comparison
) -> None:
    section = compared.page("compare/lion").find(id="repeat-a-run")
    lines = json.loads(section.find("script").get_text())
    assert lines == lines_of(comparison.select(optimizers=["lion"]))
    for problem in comparison.problems[::7]:
        code = lines[problem.of.name][problem.number]
        for lr in comparison.lrs:
            filled = code.replace(RATE, repr(lr))
            assert filled == comparison.code("lion", problem.name, lr)
    chosen = [select.find("option", selected=True)["value"] for select in section.select("select")]
    assert chosen == ["sphere", "0", "0.1"]
    assert section.find("pre").get_text() == comparison.code("lion", "sphere/0", 0.1)
    rates = [option["value"] for option in section.select("select")[2].find_all("option")]
    assert rates == list(map(repr, comparison.lrs))


def test_pages_of_the_experiment_have_their_scripts_and_no_others_do(compared: Project) -> None:
    def scripts(page: str) -> set[str]:
        given = [script["src"] for script in compared.page(page).find_all("script", src=True)]
        return {Path(src.partition("?")[0]).name for src in given}

    assert {"catalogue.js", "experiment.js"} <= scripts("compare/lion")
    assert "experiment.js" not in scripts("compare/index")
    assert "catalogue.js" in scripts("compare/index")
    assert not {"catalogue.js", "experiment.js"} & scripts("index")


def test_tables_are_named_in_plain_text(compared: Project) -> None:
    compared.build("text", plot_gallery="False", optgallery_experiment="compare/outcomes")
    text = (compared.root / "site" / "text" / "compare" / "lion.txt").read_text(encoding="utf-8")
    assert "[A table of outcomes by learning rate]" in text


@pytest.mark.parametrize(
    ("directive", "words"),
    [
        ("experiment-of:: lbfgs", "lbfgs is not recorded; `nox -s experiment` does that"),
        ("experiment-of:: nobody", "takes the name of an optimizer, got 'nobody'"),
        ("experiment-profile:: 0.2", "rate must be one of 0.0001"),
        ("experiment-profile:: best\n   :optimizers: lbfgs", "optimizers must be some of"),
        ("experiment-facts::\n\n   {nothing}", "has no number 'nothing'; it has agreement, "),
    ],
)
def test_what_is_not_there_is_an_error_with_its_line(
    tmp_path: Path, directive: str, words: str
) -> None:
    page = f":orphan:\n\nPage\n====\n\n.. {directive}\n"
    project = site(tmp_path, {"docs/page.rst": page})
    assert "page.rst:6: ERROR: " in project.warnings
    assert words in project.warnings


def test_without_an_experiment_the_directives_say_so(tmp_path: Path) -> None:
    page = ":orphan:\n\nPage\n====\n\n.. experiment-table::\n"
    project = site(tmp_path, {"docs/page.rst": page}, optgallery_experiment="")
    assert "page.rst:6: ERROR: " in project.warnings
    assert "what optgallery_experiment names in conf.py, which is not set" in project.warnings


def test_a_change_since_is_marked(tmp_path: Path) -> None:
    project = site(tmp_path, {"docs/compare/index.rst": ALL})
    assert "changed since" not in project.text("compare/index")
    index = project.docs / "compare" / "outcomes" / "experiment.json"
    record = json.loads(index.read_text(encoding="utf-8"))
    record["optimizers"]["lion"]["definition"] = "0" * 16
    index.write_text(json.dumps(record), encoding="utf-8")
    project.build(plot_gallery="False", optgallery_experiment="compare/outcomes")
    marked = {
        name: "changed since" in row["Optimizer"].get_text()
        for name, row in rows(project, "compare/index").items()
    }
    assert [name for name, changed in marked.items() if changed] == ["Lion"]
    assert "The code has changed since" in project.text("compare/lion")
    assert set(NAMES) == {"sgd", "adam", "lion", "rprop"}
