"""The first cell of a notebook, which installs the package."""

import json
from pathlib import Path
from zipfile import ZipFile

from optgallery.sphinxext.incremental.install_cell import cell, with_cell, write_cells

FIRST, SECOND = "https://example.org/a-1.whl", "a-2.whl"
BOOK = {"cells": [{"cell_type": "code", "metadata": {}, "source": ["1"]}], "nbformat": 4}


def test_the_cell_comes_first_and_replaces_an_earlier_one() -> None:
    once = with_cell(BOOK, "a", FIRST)
    assert once["cells"] == [cell("a", FIRST), *BOOK["cells"]]
    assert once["nbformat"] == 4
    assert with_cell(once, "a", SECOND)["cells"] == [cell("a", SECOND), *BOOK["cells"]]


def test_archives_contain_the_notebook_with_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "plot_1.ipynb"
    path.write_text(json.dumps(BOOK), encoding="utf-8")
    with ZipFile(tmp_path / "plot_1.zip", "w") as archive:
        archive.writestr("plot_1.py", "x = 1\n")
        archive.writestr("plot_1.ipynb", json.dumps(BOOK))
    for address in (FIRST, SECOND):
        write_cells(tmp_path, "a", address)
        text = path.read_text(encoding="utf-8")
        assert json.loads(text)["cells"] == [cell("a", address), *BOOK["cells"]]
        with ZipFile(tmp_path / "plot_1.zip") as archive:
            assert archive.namelist() == ["plot_1.py", "plot_1.ipynb"]
            assert archive.read("plot_1.ipynb").decode() == text
            assert archive.read("plot_1.py") == b"x = 1\n"


def test_a_notebook_that_has_the_cell_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "plot_1.ipynb"
    path.write_text(json.dumps(BOOK), encoding="utf-8")
    write_cells(tmp_path, "a", FIRST)
    before = path.stat().st_mtime_ns
    write_cells(tmp_path, "a", FIRST)
    assert path.stat().st_mtime_ns == before
