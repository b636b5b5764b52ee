"""Attributes that the cells of a table share, the names of cells, groups of rows, and views."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from projects import SHOWN, Project

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.incremental.cells import MatrixCell
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.pages.matrix_html import Count, SharedAttribute, cell_id, group_of


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[MatrixCell]:
    folder: Path = tmp_path_factory.mktemp("store")
    swept = og.sweep("sgd", ["sphere", "booth"], [0.001, 0.1], steps=3, jobs=1)
    return Content.of(swept, Store(folder)).cells


def test_code_of_all_cells_follows_one_pattern_of_row_and_rate(cells: list[MatrixCell]) -> None:
    attribute = SharedAttribute("code", "function", cells, lambda cell: cell["code"])
    assert '"{row}"' in attribute.pattern
    assert "lr={lr}" in attribute.pattern
    assert [attribute.of_cell(cell) for cell in cells] == [None] * 4
    last = cells[-1]
    filled = attribute.pattern.replace("{row}", last["function"]).replace(
        "{lr}", repr(last["value"])
    )
    assert filled == last["code"]


def test_a_cell_with_another_value_has_the_attribute_itself(cells: list[MatrixCell]) -> None:
    other = cells[2]

    def describe(cell: MatrixCell) -> str:
        return "its own" if cell is other else f"{cell['function']} at {cell['value']!r}"

    attribute = SharedAttribute("words", "function", cells, describe)
    assert attribute.pattern == "{row} at {lr}"
    assert [attribute.of_cell(cell) for cell in cells] == [None, None, "its own", None]


def test_if_the_first_cell_differs_all_others_have_the_attribute(
    cells: list[MatrixCell],
) -> None:
    first, *others = cells
    attribute = SharedAttribute(
        "words", "function", cells, lambda c: "odd" if c is first else c["code"]
    )
    assert attribute.pattern == "odd"
    assert [attribute.of_cell(cell) for cell in cells] == [None, *(cell["code"] for cell in others)]


@pytest.mark.parametrize(
    ("stem", "anchor"),
    [
        ("cells/radam/beale/0.1", "radam-beale-lr-0.1"),
        ("cells/own/3f2a/sgd/sphere/1.0", "sgd-sphere-lr-1.0"),
    ],
)
def test_the_id_of_a_cell_is_made_of_optimizer_function_and_rate(stem: str, anchor: str) -> None:
    assert cell_id(stem) == anchor


def test_every_cell_has_a_name_of_its_own(cells: list[MatrixCell]) -> None:
    assert len({cell_id(cell["stem"]) for cell in cells}) == len(cells)


def test_functions_are_grouped_by_their_first_tag_and_optimizers_by_family(
    cells: list[MatrixCell],
) -> None:
    assert {group_of("function", cell) for cell in cells} == {og.FUNCTIONS["booth"].tags[0]}
    assert {group_of("optimizer", cell) for cell in cells} == {og.OPTIMIZERS["sgd"].family}
    assert {group_of("setting", cell) for cell in cells} == {""}


def test_a_function_without_tags_has_no_group(tmp_path: Path) -> None:
    domain = {"x0": 1.0, "y0": 1.0, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
    untagged = (lambda x, y: x**2 + y**2, domain)
    swept = og.sweep("sgd", untagged, [0.1], steps=3, jobs=1)
    (cell,) = Content.of(swept, Store(tmp_path)).cells
    assert group_of("function", cell) == ""


def test_the_colour_of_a_count_is_the_share_of_the_solved() -> None:
    assert [Count(*count).shade for count in ((0, 4), (1, 4), (4, 4), (0, 0))] == [0, 25, 100, 0]


MANY = """\
Many
====

.. trajectory-matrix:: adamw
   :functions: {all}
   :lrs: 0.01 0.1
   :steps: 60

.. trajectory-matrix:: adamw
   :functions: {many}
   :lrs: 0.01 0.1
   :steps: 60
   :view: pictures

.. trajectory-matrix:: adamw
   :functions: booth beale sphere
   :lrs: 0.01 0.1
   :steps: 60
   :view: numbers

.. trajectory-matrix:: sgd
   :functions: booth
   :lrs: {lrs}
   :steps: 3
"""

NAMES = [name for name, fn in og.FUNCTIONS.items() if fn.variant_of is None][:14]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> BeautifulSoup:
    """A page with a table of many rows, one that begins with pictures, a small and a wide one."""
    text = MANY.format(
        all=" ".join(NAMES),
        many=" ".join(NAMES[:13]),
        lrs=" ".join(f"0.{n}" for n in range(1, 10)) + " 1",
    )
    files = {"docs/index.rst": text, "gallery/stories/plot_1_shown.py": SHOWN}
    project = Project(tmp_path_factory.mktemp("many"), files)
    project.build()
    assert project.warnings == ""
    return project.page("index")


def views(page: BeautifulSoup) -> list[str]:
    return [str(box["value"]) for box in page.select(".og-views input[checked]")]


def test_more_than_twelve_rows_begin_with_numbers_unless_the_directive_says_otherwise(
    page: BeautifulSoup,
) -> None:
    assert views(page) == ["numbers", "pictures", "numbers", "pictures"]


def test_the_views_of_two_tables_are_chosen_apart_from_each_other(page: BeautifulSoup) -> None:
    names = [box["name"] for box in page.select(".og-views input")]
    assert len(names) == 8
    assert len(set(names)) == 4


def test_many_rows_are_grouped_and_the_heads_of_groups_count_the_solved(
    page: BeautifulSoup,
) -> None:
    table = page.select(".og-matrix table")[0]
    kinds = list(dict.fromkeys(og.FUNCTIONS[name].tags[0] for name in NAMES))
    heads = table.select(".og-group")
    assert [head.th.get_text() for head in heads] == ["All 14", *(k.capitalize() for k in kinds)]
    solved = {
        (name, lr): og.run("adamw", name, steps=60, lr=lr).solved
        for name in NAMES
        for lr in (0.01, 0.1)
    }
    members = [NAMES, *([n for n in NAMES if og.FUNCTIONS[n].tags[0] == kind] for kind in kinds)]
    for head, group in zip(heads, members, strict=True):
        assert [count.get_text() for count in head.select(".og-tally")] == [
            f"{sum(solved[name, lr] for name in group)}/{len(group)}" for lr in (0.01, 0.1)
        ]
    assert sum(solved.values()) > 0
    rows = [row["data-row"] for row in table.select("tr[data-row]")]
    assert rows == [name for group in members[1:] for name in group]


def test_few_rows_have_no_groups_and_keep_their_order(page: BeautifulSoup) -> None:
    table = page.select(".og-matrix table")[2]
    assert not table.select(".og-group, .og-second")
    assert [row["data-row"] for row in table.select("tr[data-row]")] == ["booth", "beale", "sphere"]


def test_a_cell_shows_its_short_mark_and_its_colour(page: BeautifulSoup) -> None:
    run = og.run("adamw", "beale", steps=60, lr=0.1)
    cell = page.find(id=re.compile(r"^adamw-beale-lr-0\.1-"))
    assert cell.select_one(".og-note").get_text() == run.outcome.short
    assert cell["style"] == f"--og-s:{run.outcome.shade}"


def test_only_a_table_of_many_rates_scrolls_sideways(page: BeautifulSoup) -> None:
    wide = page.select(".og-matrix.og-wide")
    assert [matrix.get("tabindex") for matrix in page.select(".og-matrix")] == [None] * 3 + ["0"]
    assert wide == page.select(".og-matrix")[3:]


def test_the_second_head_of_a_table_in_two_columns_is_hidden_from_screen_readers(
    page: BeautifulSoup,
) -> None:
    first, second = page.select(".og-matrix table")[0].select("thead tr")
    assert not first.has_attr("aria-hidden")
    assert second["aria-hidden"] == "true"
    assert second.get_text() == first.get_text()
