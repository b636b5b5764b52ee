"""The files of cells on the site, and reports of missing and failed ones."""

import json
import logging
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sphinx.config import Config

import optgallery as og
from optgallery.cache.store import Store
from optgallery.render.tile import TILE
from optgallery.sphinxext.incremental import publish
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.pictures import tile
from optgallery.sphinxext.incremental.publish import (
    _outcomes_files,
    _write_cells,
    _write_surfaces,
    note_matrix,
    pages_with_matrices,
    pages_with_new_cells,
    report,
    still_of,
    surface_of,
    use_still_thumbnails,
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("OPTGALLERY_STORE", str(tmp_path / "store"))
    return Store(tmp_path / "store")


def content(store: Store, **options: Any) -> Content:
    return Content.of(og.sweep("sgd", "sphere", [0.1], steps=5, jobs=1, **options), store)


def test_a_cell_has_a_gif_and_its_surface_a_picture(tmp_path: Path, store: Store) -> None:
    (cell,) = content(store).cells
    assert _write_cells(tmp_path, [("sgd/sphere/0.1", cell)], store) == []
    assert _write_surfaces(tmp_path, {"surfaces/sphere.webp": cell}, store) == []
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {"sgd/sphere/0.1.gif", "surfaces/sphere.webp"} <= names
    animation = tile(og.run("sgd", "sphere", lr=0.1, steps=5))
    assert (tmp_path / "sgd/sphere/0.1.gif").read_bytes() == animation.gif()
    with Image.open(tmp_path / "surfaces/sphere.webp") as picture:
        shown = np.asarray(picture.convert("RGB"))
    assert (shown == animation.surface(density=2)).all()


def test_the_outcomes_of_an_optimizers_runs_are_in_one_file(store: Store) -> None:
    swept = og.sweep(["sgd", "adam"], ["sphere", "booth"], [0.1, 0.3], steps=5, jobs=1)
    cells = Content.of(swept, store).cells
    files = _outcomes_files(cells)
    assert files.keys() == {"sgd/runs.json", "adam/runs.json"}
    for name, written in files.items():
        read = {cell["stem"]: cell for cell in json.loads(written)}
        wanted = {cell["stem"]: cell for cell in cells if name.startswith(f"{cell['optimizer']}/")}
        assert len(read) == 4
        for stem, cell in wanted.items():
            assert {**cell, "lr": cell["value"]}.items() >= read[stem].items()
            keys = {"lr", "axis", "value", "summary", "outcome", "kind", "code"}
            assert read[stem].keys() >= keys


def test_a_surface_missing_in_the_store_is_drawn_again(store: Store) -> None:
    (cell,) = content(store).cells
    before = store.get(cell["surface_picture"])
    for file in store.folder.rglob(cell["surface_picture"][2:]):
        file.unlink()
    assert store.get(cell["surface_picture"]) is None
    assert surface_of(cell, store) == before
    cell["surface_picture"] = "ab" * 16  # that of another function of this name
    assert surface_of(cell, store) is None


def test_cells_of_one_function_share_a_surface(store: Store) -> None:
    swept = og.sweep(["sgd", "adam"], ["sphere", "booth"], [0.1, 0.3], steps=5, jobs=1)
    by_function: dict[str, set[str]] = {}
    for cell in Content.of(swept, store).cells:
        by_function.setdefault(cell["function"], set()).add(cell["surface"])
    assert {name: len(files) for name, files in by_function.items()} == {"sphere": 1, "booth": 1}
    noisy = og.sweep("sgd", "sphere", [0.1], across={"noise": [0.5]}, steps=5, jobs=1)
    assert {cell["surface"] for cell in Content.of(noisy, store).cells} == by_function["sphere"]


def test_a_still_is_made_of_the_gif_for_documents(store: Store) -> None:
    (cell,) = content(store).cells
    still = still_of(cell, store)
    assert still is not None
    with Image.open(BytesIO(still)) as picture:
        assert picture.mode == "P"
        shown = np.asarray(picture.convert("RGB"))
    assert (shown == tile(og.run("sgd", "sphere", lr=0.1, steps=5)).poster()).all()


def test_a_picture_missing_in_the_store_is_drawn_again(tmp_path: Path, store: Store) -> None:
    (cell,) = content(store).cells
    _write_cells(tmp_path / "before", [("cell", cell)], store)
    for file in store.folder.rglob(cell["picture"][2:]):
        file.unlink()
    assert store.get(cell["picture"]) is None
    assert _write_cells(tmp_path / "after", [("cell", cell)], store) == []
    before, after = ((tmp_path / name / "cell.gif") for name in ("before", "after"))
    assert before.read_bytes() == after.read_bytes()


@pytest.mark.parametrize("across", [{"weight_decay": [0.1]}, {"noise": [0.5]}], ids=str)
def test_a_picture_across_an_axis_is_drawn_again(tmp_path: Path, store: Store, across: Any) -> None:
    swept = og.sweep("adamw", "sphere", [0.1], across=across, steps=5, jobs=1)
    (cell,) = Content.of(swept, store).cells
    for file in store.folder.rglob(cell["picture"][2:]):
        file.unlink()
    assert _write_cells(tmp_path, [("cell", cell)], store) == []
    (run,) = swept.values()
    assert (tmp_path / "cell.gif").read_bytes() == og.animate(run, **TILE).gif()


def test_a_missing_picture_of_a_scripts_own_function_is_reported(
    tmp_path: Path, store: Store
) -> None:
    (cell,) = content(store).cells
    cell["picture"], cell["function"] = "ab" * 16, "of_a_script"
    assert _write_cells(tmp_path, [("cell", cell)], store) == ["cell"]
    assert not (tmp_path / "cell.gif").exists()


@pytest.fixture
def env(tmp_path: Path, store: Store) -> Any:
    """Return the parts of Sphinx's environment that are used, with one page with a matrix."""
    found = SimpleNamespace(srcdir=str(tmp_path))
    content(store).write(tmp_path / "matrix.json")
    note_matrix(found, "page", "matrix.json")  # type: ignore[arg-type]
    return found


def test_a_page_is_rewritten_if_the_cells_of_its_matrix_change(
    tmp_path: Path, env: Any, store: Store
) -> None:
    app: Any = SimpleNamespace()
    note_matrix(env, "page", "matrix.json")
    assert publish.MATRICES.of(env) == {"page": ["matrix.json"]}
    assert pages_with_matrices(env) == {"page"}
    assert pages_with_new_cells(app, env) == ["page"]
    assert pages_with_new_cells(app, env) == []
    Content.of(og.sweep("sgd", "sphere", [0.3], steps=5, jobs=1), store).write(
        tmp_path / "matrix.json"
    )
    assert pages_with_new_cells(app, env) == ["page"]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the log messages; Sphinx's loggers do not propagate after a build has set them up."""
    messages: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger = publish.logger.logger
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [Listening()])
    return messages


def test_failed_runs_are_reported_once_in_every_build(
    tmp_path: Path, env: Any, store: Store, said: list[str]
) -> None:
    app: Any = SimpleNamespace(env=env)
    report(app, None)
    assert said == []
    broken = og.OptimizerSpec(
        name="broken", title="Broken", cls=og.optim.Yogi, defaults={"eps": -1.0}
    )
    with pytest.warns(RuntimeWarning, match="2 of 2 runs failed"):
        swept = og.sweep([broken], "sphere", [0.1, 0.3], steps=3, jobs=1)
    Content.of(swept, store).write(tmp_path / "failed.json")
    for page in ("one", "two"):
        note_matrix(env, page, "failed.json")
    report(app, RuntimeError("another error"))
    assert said == []
    for _ in range(2):
        report(app, None)
    first, second = said
    assert first == second
    assert first.startswith("2 cells failed:\nBroken on Sphere, lr 0.1: failed at step 0")
    assert first.count("Broken on Sphere") == 2


def test_thumbnails_are_stills_with_the_gif_in_an_attribute(tmp_path: Path) -> None:
    covers = tmp_path / "stories" / "covers"
    covers.mkdir(parents=True)
    (covers / "plot_1_poster.png").write_bytes(b"png")
    config = Config()
    folders = {"examples_dirs": "../stories", "gallery_dirs": "stories"}
    config.add("sphinx_gallery_conf", folders, "", ())
    config.add("optgallery_still_thumbnails", True, "", ())
    app: Any = SimpleNamespace(
        srcdir=str(tmp_path),
        config=config,
        builder=SimpleNamespace(get_target_uri=lambda page: f"{page}.html"),
    )
    known = '<img alt="" src="../_images/sphx_glr_plot_1_thumb.gif" />'
    unknown = known.replace("plot_1", "plot_2")
    context = {"body": known + unknown}
    use_still_thumbnails(app, "stories/index", "page.html", context, None)
    assert 'src="../cells/thumbnails/plot_1_poster.png"' in context["body"]
    assert 'data-gif="../_images/sphx_glr_plot_1_thumb.gif" loading="lazy"' in context["body"]
    assert context["body"].endswith(unknown)
