"""What the cells of a table say: once at the table where they are alike."""

from pathlib import Path

import pytest

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.incremental.matrices import Content, MatrixCell
from optgallery.sphinxext.pages.matrix_html import Wording, cell_id


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[MatrixCell]:
    folder: Path = tmp_path_factory.mktemp("store")
    swept = og.sweep("sgd", ["sphere", "booth"], [0.001, 0.1], steps=3, jobs=1)
    return Content.of(swept, Store(folder)).cells


def test_code_is_alike_save_for_the_row_and_the_rate(cells: list[MatrixCell]) -> None:
    wording = Wording("code", "function", cells, lambda cell: cell["code"])
    assert '"{row}"' in wording.alike
    assert "lr={lr}" in wording.alike
    assert [wording.of_cell(cell) for cell in cells] == [None] * 4
    last = cells[-1]
    filled = wording.alike.replace("{row}", last["function"]).replace("{lr}", repr(last["lr"]))
    assert filled == last["code"]


def test_a_cell_that_says_something_else_says_it_itself(cells: list[MatrixCell]) -> None:
    other = cells[2]

    def say(cell: MatrixCell) -> str:
        return "its own" if cell is other else f"{cell['function']} at {cell['lr']!r}"

    wording = Wording("words", "function", cells, say)
    assert wording.alike == "{row} at {lr}"
    assert [wording.of_cell(cell) for cell in cells] == [None, None, "its own", None]


def test_if_the_first_cell_is_the_odd_one_all_others_speak_for_themselves(
    cells: list[MatrixCell],
) -> None:
    first, *others = cells
    wording = Wording("words", "function", cells, lambda c: "odd" if c is first else c["code"])
    assert wording.alike == "odd"
    assert [wording.of_cell(cell) for cell in cells] == [None, *(cell["code"] for cell in others)]


@pytest.mark.parametrize(
    ("stem", "anchor"),
    [
        ("cells/radam/beale/0.1", "radam-beale-lr-0.1"),
        ("cells/own/3f2a/sgd/sphere/1.0", "sgd-sphere-lr-1.0"),
    ],
)
def test_a_cell_is_named_by_optimizer_function_and_rate(stem: str, anchor: str) -> None:
    assert cell_id(stem) == anchor


def test_every_cell_has_a_name_of_its_own(cells: list[MatrixCell]) -> None:
    assert len({cell_id(cell["stem"]) for cell in cells}) == len(cells)
