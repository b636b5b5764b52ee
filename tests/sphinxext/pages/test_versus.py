"""Pages that compare two optimizers."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from bs4 import Tag
from experiments import RECORDED, site
from PIL import Image
from projects import Project

import optgallery as og
from optgallery.analysis.experiment import read
from optgallery.analysis.pair import Pair
from optgallery.sphinxext.pages.pair_pages import names_of
from optgallery.sphinxext.pages.versus import race_code, verdict

PAGES = sorted((RECORDED.parent / "pairs").glob("*.rst"))
ALL = """
:orphan:

All
===

.. versus-links::

.. versus-table::
"""
CARD = ":orphan:\n\nCard\n====\n\n.. optimizer-relatives:: {0}\n\n.. optimizer-card:: {0}\n"
FUNCTION = ":orphan:\n\nBooth\n=====\n\nA valley.\n"


def page(a: str, b: str) -> str:
    return f":orphan:\n\n{a} against {b}\n{'=' * 40}\n\n.. versus:: {a} {b}\n\n   They :math:`x`.\n"


FILES = {
    "docs/compare/index.rst": ALL,
    "docs/compare/pairs/adam-against-sgd.rst": page("adam", "sgd"),
    "docs/compare/pairs/adam-against-rprop.rst": page("adam", "rprop"),
    "docs/functions/plot_fn_booth.rst": FUNCTION,
    "docs/optimizers/plot_opt_adam.rst": CARD.format("adam"),
    "docs/optimizers/plot_opt_sgd.rst": CARD.format("sgd"),
    "docs/optimizers/plot_opt_lbfgs.rst": CARD.format("lbfgs"),
}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return site(tmp_path_factory.mktemp("compared"), FILES)


@pytest.fixture(scope="module")
def taken() -> Pair:
    """Take the runs of a pair again."""
    return Pair(og.compare(["adam", "sgd"]))


def percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def section(project: Project, heading: str) -> Tag:
    found = project.page("compare/pairs/adam-against-sgd").find("section", id=heading)
    assert found is not None
    return found


def rows(table: Tag) -> list[list[str]]:
    cells = [row.find_all(["th", "td"]) for row in table.find_all("tr")]
    return [[cell.get_text().strip() for cell in row] for row in cells]


def test_every_page_is_written_without_an_error(compared: Project) -> None:
    said = [line for line in compared.warnings.splitlines() if "isn't included in any" not in line]
    assert said == []


def test_every_number_is_that_of_the_runs_taken_again(compared: Project, taken: Pair) -> None:
    body = compared.page("compare/pairs/adam-against-sgd").find("div", class_="body")
    assert rows(body.find("table")) == [
        ["Of 168 problems", "Adam", "SGD"],
        ["Typical rate", *(f"{lr:g}" for lr in taken.rates)],
        ["Solves at its typical rate", *map(percent, taken.solved)],
        ["Solves at the best rate of each problem", *map(percent, taken.solved_each)],
        ["Solves at a rate drawn at random", *map(percent, taken.robust)],
        [
            f"Median evaluations on the {taken.both} problems that both solve",
            *(f"{n:g}" for n in taken.evaluations),
        ],
        ["Width of the rates that solve a problem", *(f"{w:.1f} decades" for w in taken.widths)],
        ["Diverges at its typical rate", *map(percent, taken.diverged)],
        ["Solves and leaves again at its typical rate", *map(percent, taken.left)],
    ]
    counted = rows(section(compared, "problem-by-problem").find("table"))
    assert counted[1:] == [[words, str(n)] for words, n in taken.counts]
    lead = body.find("p").get_text()
    assert lead.startswith(verdict(taken))
    text = " ".join(lead.split())
    told = [int(n) for n in re.findall(r"(\d+) %", text.replace("\N{NO-BREAK SPACE}", " "))]
    shares = (taken.solved, taken.solved_each, taken.robust)
    assert told == [round(100 * share) for pair in shares for share in pair]


def test_functions_are_those_that_each_wins(compared: Project, taken: Pair) -> None:
    listed = section(compared, "function-by-function").find("dl")
    told = {
        dt.get_text(): [part.rpartition(" (")[0] for part in dd.get_text().strip().split("), ")]
        for dt, dd in zip(listed.find_all("dt"), listed.find_all("dd"), strict=True)
    }
    expected = {
        "Only Adam solves": taken.group("only a"),
        "Only SGD solves": taken.group("only b"),
        "Both solve, Adam faster": taken.group("a faster"),
        "Both solve, SGD faster": taken.group("b faster"),
        "Both solve, equally fast": taken.group("equal"),
        "Neither solves": taken.group("neither"),
    }
    assert told == {
        f"{words} ({len(own)})": [each.fn.title for each in own]
        for words, own in expected.items()
        if own
    }
    (link,) = listed.find_all("a")  # the only function with a page
    assert (link.get_text(), link["href"]) == ("Booth", "../../functions/plot_fn_booth.html")


def test_races_are_animations_of_the_same_length(compared: Project, taken: Pair) -> None:
    figures = section(compared, "two-races").find_all("figure", class_="og-animation")
    assert len(figures) == 2
    seconds = set()
    for winner, figure in enumerate(figures):
        race = taken.race(winner)
        assert race is not None
        caption = figure.find_next("p").get_text()
        assert caption.startswith(race.problem.of.title)
        assert [int(n) for n in re.findall(r"in (\d+)", caption)] == sorted(race.costs)
        file = compared.html / "compare" / "pairs" / figure.find("img")["src"]
        with Image.open(file.resolve()) as gif:
            seconds.add(sum(_frame(gif, i) for i in range(gif.n_frames)) / 1000)
        assert "Adam" in figure.find("img")["alt"]
    assert seconds == {5.0}


def _frame(gif: Image.Image, place: int) -> float:
    gif.seek(place)
    return float(gif.info["duration"])


def test_the_lines_of_a_race_repeat_it(compared: Project, taken: Pair) -> None:
    shown = [pre.get_text().strip() for pre in section(compared, "repeat-the-numbers")("pre")]
    assert shown[0].splitlines()[2] == 'c = og.compare(["adam", "sgd"])'
    for winner, code in enumerate(shown[1:]):
        race = taken.race(winner)
        assert race is not None
        assert code == race_code(race)
        known = {"og": og}
        exec(code.rpartition("\n")[0], known)
        for run, again in zip(race.runs, known["runs"], strict=True):
            np.testing.assert_array_equal(run.points, again.points)


def test_the_updates_are_told_by_the_entries_and_by_the_page(compared: Project) -> None:
    told = section(compared, "how-the-updates-differ")
    items = [item.get_text().strip() for item in told.find_all("li")]
    assert items == [f"{s.title}: {s.summary}" for s in map(og.OPTIMIZERS.get, ("adam", "sgd"))]
    assert told.find("math") is not None


def test_the_index_links_every_page_with_its_answer(compared: Project, taken: Pair) -> None:
    body = compared.page("compare/index").find("div", class_="body")
    links = [link["href"] for link in body.find("p").find_all("a")]
    # in the order of the registry
    assert links == ["pairs/adam-against-sgd.html", "pairs/adam-against-rprop.html"]
    table = {row[0]: row[1:] for row in rows(body.find("table"))[1:]}
    assert len(table) == 2
    assert table["Adam against SGD"] == [
        told(difference, numbers, unit)
        for difference, numbers, unit in (
            (taken.solved_difference, [100 * x for x in taken.solved], "\N{NO-BREAK SPACE}%"),
            ([-x for x in taken.speed_difference[::-1]], taken.evaluations, ""),
            (taken.robust_difference, [100 * x for x in taken.robust], "\N{NO-BREAK SPACE}%"),
        )
    ]
    assert table["Adam against SGD"][0].startswith("Adam (")


def told(difference: Sequence[float], numbers: Sequence[float], unit: str) -> str:
    low, high = difference
    name = "Adam" if low > 0 else "SGD" if high < 0 else "not clear"
    a, b = (f"{x:.0f}" if unit else f"{x:g}" for x in numbers)
    return f"{name} ({a}\N{NO-BREAK SPACE}:\N{NO-BREAK SPACE}{b}{unit})"


def test_a_pair_is_in_the_index_as_one_would_search_for_it(compared: Project) -> None:
    listed = compared.page("genindex").find_all("a")
    told = {link.get_text() for link in listed if "adam-against-sgd" in link["href"]}
    assert told == {"Adam vs SGD", "SGD vs Adam"}


def test_a_page_names_the_relatives_and_links_their_pages(compared: Project) -> None:
    page = compared.page("optimizers/plot_opt_adam")
    derived, alternatives = page.find_all("p", class_="og-relatives")
    assert derived.get_text() == "Derived from: RMSprop"
    assert alternatives.get_text() == "Alternatives: SGD (compared), AdamW, Rprop (compared)"
    assert [link["href"] for link in alternatives.find_all("a")] == [
        "plot_opt_sgd.html",
        "../compare/pairs/adam-against-sgd.html",
        "../compare/pairs/adam-against-rprop.html",
    ]
    assert page.find("dl", class_="field-list").find("svg") is not None
    # L-BFGS has no ancestor, and is not recorded here
    page = compared.page("optimizers/plot_opt_lbfgs")
    assert "Derived from" not in page.get_text()
    assert page.find("dl", class_="field-list").find("svg") is None


def test_the_page_of_a_rate_has_the_figure_and_links_the_pairs(compared: Project) -> None:
    body = compared.page("compare/sgd").find("div", class_="body")
    assert body.find("figure", class_="og-curve").find("svg") is not None
    assert "SGD against others: Adam." in " ".join(body.get_text().split())
    assert body.find("a", href="pairs/adam-against-sgd.html").get_text() == "Adam"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("adam adam", "versus compares two optimizers, got 'adam' twice"),
        ("adam nobody", "versus takes the names of two optimizers, got 'nobody'"),
        ("adam lbfgs", "versus: lbfgs is not recorded; `nox -s experiment` does that"),
    ],
)
def test_what_cannot_be_compared_is_an_error_with_its_line(
    tmp_path: Path, names: str, words: str
) -> None:
    text = f":orphan:\n\nPage\n====\n\n.. versus:: {names}\n"
    project = site(tmp_path, {"docs/page.rst": text})
    assert f"page.rst:6: ERROR: {words}" in project.warnings


def test_the_answer_names_each_clear_difference() -> None:
    c = read(RECORDED).comparison
    told = {}
    for path in PAGES:
        pair = Pair(c.select(optimizers=names_of(path.stem)))
        told[path.stem] = verdict(pair)
        for (low, high), words in (
            (pair.solved_difference, "solves more"),
            (pair.speed_difference, "faster where both solve"),
            (pair.robust_difference, "depends less on the rate"),
        ):
            assert (words in told[path.stem]) == (low > 0 or high < 0)
    assert told["adamw-against-lion"] == (
        "AdamW solves more, is faster where both solve and depends less on the rate."
    )
    assert told["adam-against-adamw"] == (
        "No clear difference in how many they solve, how fast they are or how far they depend on "
        "the rate."
    )
    assert told["adamw-against-soap"].startswith(
        "AdamW is faster where both solve; SOAP depends less on the rate; no clear difference in"
    )
