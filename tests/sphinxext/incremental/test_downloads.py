"""The downloads of a page: the script and its notebook, with text in place of roles."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.downloads import FOLDER, offer, subject, write_downloads
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.records import Record

PROSE = "It needs :cost:`run`, :cell:`sgd sphere 0.1`."
SCRIPT = f'r"""\nTitle\n=====\n\n.. math::\n\n   a\n"""\n\ncode = 1\n\n# %%\n# {PROSE}\n'


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "plot_1.py"
    path.write_text(SCRIPT, encoding="utf-8")
    cells = [
        {"cell_type": "markdown", "source": [PROSE]},
        {"cell_type": "code", "source": ["code = 1"]},
    ]
    path.with_suffix(".ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def swept(target: Path, steps: int) -> str:
    """Write the matrix of a sweep beside a page, and return the outcome of its cell."""
    content = Content.of(og.sweep("sgd", "sphere", [0.1], steps=steps), Store(target.parent / "s"))
    content.write(target.parent / "images" / f"{target.stem}_matrix_1.json")
    return og.run("sgd", "sphere", lr=0.1, steps=steps).outcome


def texts(target: Path) -> list[str]:
    folder = target.parent / FOLDER
    notebook = json.loads((folder / "plot_1.ipynb").read_text(encoding="utf-8"))
    script = (folder / "plot_1.py").read_text(encoding="utf-8")
    return [" ".join(script.replace("\n# ", "\n").split()), "".join(notebook["cells"][0]["source"])]


def test_roles_are_replaced_by_text_in_script_and_notebook(target: Path) -> None:
    outcome = swept(target, 60)
    write_downloads(target, ["55"])
    for text in texts(target):
        assert f"It needs 55, Sphere at 0.1 ({outcome})." in text
    script = (target.parent / FOLDER / "plot_1.py").read_text(encoding="utf-8")
    assert script.startswith(SCRIPT[: SCRIPT.index("# %%")])
    assert target.read_text(encoding="utf-8") == SCRIPT, "sphinx-gallery detects changes by it"


def test_a_cell_that_was_not_run_has_no_outcome(target: Path) -> None:
    write_downloads(target, ["55"])
    assert all("It needs 55, Sphere at 0.1." in text for text in texts(target))


def test_an_archive_is_reproducible(target: Path) -> None:
    archives = []
    for _ in range(2):
        write_downloads(target, ["55"])
        archives.append((target.parent / FOLDER / "plot_1.zip").read_bytes())
    assert archives[0] == archives[1]
    with ZipFile(target.parent / FOLDER / "plot_1.zip") as archive:
        assert archive.namelist() == ["plot_1.py", "plot_1.ipynb"]


def test_rebuilding_matrices_updates_the_downloads(target: Path) -> None:
    swept(target, 3)
    write_downloads(target, ["55"])
    outcome = swept(target, 60)
    Record("", Entries(), None, [], [], ["55"]).rebuild(target, Store(target.parent))
    assert all(f"({outcome})" in text for text in texts(target))


def test_the_page_links_the_downloads() -> None:
    page = ":download:`Download Python source code: plot_1.py <plot_1.py>`"
    assert offer(page, Path("plot_1.py")) == page.replace("<", "<downloads/")


def test_a_cell_is_named_by_the_entry_that_its_page_is_not_about() -> None:
    assert subject("plot_fn_sphere", "sgd", "sphere") == "SGD"
    assert subject("plot_opt_sgd", "sgd", "sphere") == "Sphere"
