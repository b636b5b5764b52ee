"""The numbers of the experiment, as pages show them."""

from pathlib import Path

import numpy as np
import pytest
from experiments import FOLDER, NAMES, part, site
from projects import Project

from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.analysis.experiment import INDEX, Experiment
from optgallery.analysis.robustness import passed, robustness
from optgallery.runs.outcome import KINDS
from optgallery.sphinxext.pages.experiment_record import Findings, facts


@pytest.fixture(scope="module")
def found() -> Findings:
    machine = {name: {"torch": "2.13.0", "processor": "any"} for name in NAMES}
    return Findings(Experiment(part(), (), ("lbfgs",), machine))


def test_the_order_is_that_of_robustness(found: Findings) -> None:
    ordered = robustness(found.comparison)[found.order]
    assert (np.diff(ordered) <= 0).all()
    assert found.comparison.optimizers[found.order[0]].name == "rprop"


def test_shares_are_those_of_the_runs(found: Findings) -> None:
    kinds = found.comparison.outcomes.kind
    np.testing.assert_array_equal(found.solved, (kinds == KINDS.index("solved")).mean(-1))
    np.testing.assert_array_equal(found.diverged, (kinds == KINDS.index("diverged")).mean(-1))
    np.testing.assert_array_equal(found.left, passed(found.comparison).mean(-1))
    assert (found.left <= found.solved).all()


def test_the_typical_rate_solves_most(found: Findings) -> None:
    for row, name in enumerate(NAMES):
        place = found.row(name)
        assert place is not None
        assert found.best(name) == found.solved[place].max()
        words = found.rate_words(name)
        assert words.startswith(f"{found.rates[name]:g} solves most, ")
        assert f"{100 * found.best(name):.0f} % of 168 problems" in words
        assert row == place
    assert found.row("lbfgs") is None


def test_a_function_is_solved_by_those_that_solve_it_from_half_of_its_starts(
    found: Findings,
) -> None:
    count = 0
    for row, name in enumerate(NAMES):
        rate = found.comparison.lrs.index(found.rates[name])
        outcomes = found.comparison.outcomes[row, rate]
        problems = found.comparison.problems
        own = [
            kind == KINDS.index("solved")
            for kind, problem in zip(outcomes.kind, problems, strict=True)
            if problem.of.name == "beale"
        ]
        count += sum(own) >= 2
    assert found.solvers("beale") == count
    assert found.solvers("log_beale") is None


def test_facts_have_the_numbers(found: Findings) -> None:
    told = facts(found)
    assert (told["optimizers"], told["functions"], told["starts"], told["rates"]) == (4, 42, 4, 13)
    assert told["runs"] == "8,736"
    assert told["rate"]["lion"] == f"{found.rates['lion']:g}"
    assert told["place"]["rprop"] == "1"
    assert told["lacking"] == "Not recorded yet: L-BFGS."
    assert told["insensitive"] == "Rprop"
    whole = Experiment(found.comparison, (), (), found.experiment.recorded_with)
    assert facts(Findings(whole))["lacking"] == ""


def test_a_page_is_written_for_each_recorded_optimizer_and_none_for_others(tmp_path: Path) -> None:
    index = {"docs/compare/index.rst": ":orphan:\n\nAll\n===\n\n.. experiment-table::\n"}
    stray = ":orphan:\n\nStray\n=====\n\n.. experiment-of:: lbfgs\n"
    project = site(tmp_path, {**index, "docs/compare/lbfgs.rst": stray})
    pages = {path.stem for path in (project.docs / "compare").glob("*.rst")}
    assert pages == {*NAMES, "index"}
    before = project.times("docs/compare/*.rst")
    project.build(plot_gallery="False", optgallery_experiment=FOLDER)
    assert project.times("docs/compare/*.rst") == before


def test_an_unreadable_record_ends_the_build_with_the_command_that_writes_it(
    tmp_path: Path,
) -> None:
    project = site(tmp_path, {})
    (project.docs / FOLDER / INDEX).write_text("{", encoding="utf-8")
    with pytest.raises(Exception, match=r"optgallery_experiment: .*`nox -s experiment` writes it"):
        project.build(plot_gallery="False", optgallery_experiment=FOLDER)


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Project:
    pages = {
        f"docs/{name}.rst": f":orphan:\n\nTable\n=====\n\n.. {directive}\n"
        for name, directive in (
            ("optimizers", "optimizer-catalogue::"),
            ("functions", "function-catalogue::"),
            ("lion", "optimizer-card:: lion"),
            ("lbfgs", "optimizer-card:: lbfgs"),
        )
    }
    return site(tmp_path_factory.mktemp("catalogues"), pages)


def test_the_catalogues_have_columns_of_the_experiment(
    catalogues: Project, found: Findings
) -> None:
    table = catalogues.page("optimizers").find("table")
    columns = [head.get_text() for head in table.find("thead").find_all("th")]
    assert columns[-3:] == ["Robust", "Typical rate", "Width"]
    rows = dict(zip(OPTIMIZERS, table.find("tbody").find_all("tr"), strict=True))
    robust, rate, width = rows["lion"].find_all("td")[-3:]
    place = found.row("lion")
    assert place is not None
    assert robust.get_text() == f"{100 * found.robust[place]:.0f} %"
    assert float(robust["data-value"]) == pytest.approx(found.robust[place], abs=1e-4)
    assert rate.get_text() == f"{found.rates['lion']:g}"
    assert rate.find("a")["href"] == "compare/lion.html"
    assert float(width["data-value"]) == pytest.approx(found.widths[place], abs=1e-3)
    assert [cell["data-value"] for cell in rows["lbfgs"].find_all("td")[-3:]] == ["", "", ""]
    functions = catalogues.page("functions").find("table").find("tbody").find_all("tr")
    last = [row.find_all("td")[-1].get_text() for row in functions]
    solved = dict(zip(FUNCTIONS, last, strict=True))
    assert solved["beale"] == f"{found.solvers('beale')} of 4"
    assert solved["log_beale"] == "not compared"


def test_an_optimizers_card_says_which_rate(catalogues: Project, found: Findings) -> None:
    card = catalogues.page("lion").find("dl", class_="field-list")
    assert found.rate_words("lion") in card.get_text()
    assert card.find("a", href="compare/lion.html")
    assert "Which rate" not in catalogues.text("lbfgs")
