"""Attributes that the cells of a table share, and the names of cells."""

from pathlib import Path

import pytest

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
    filled = attribute.pattern.replace("{row}", last["function"]).replace("{lr}", repr(last["lr"]))
    assert filled == last["code"]


def test_a_cell_with_another_value_has_the_attribute_itself(cells: list[MatrixCell]) -> None:
    other = cells[2]

    def describe(cell: MatrixCell) -> str:
        return "its own" if cell is other else f"{cell['function']} at {cell['lr']!r}"

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
