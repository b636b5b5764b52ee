"""The cells of all matrices, put into the site: each a GIF, its still, and its words as JSON."""

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from optgallery.provenance import digest
from optgallery.sphinxext.pictures import Drawn, drawn, tile
from optgallery.sphinxext.scraper import COVERS
from optgallery.store import Store, default_store
from optgallery.sweep import sweep

logger = logging.getLogger(__name__)

CELLS = "cells"
"""Folder of the matrices' pictures in the site."""

_MANIFEST = ".published.json"


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write the cells that are new or changed, and delete those that no page shows any more.

    A list of what lies there is taken away first and written last, so that it is never wrong: after
    a build that was killed every file is written again.
    """
    if exception or app.builder.format != "html":
        return
    cells = {cell["stem"]: cell for cell in _shown_cells(app.env)}
    states = {stem: digest(cell) for stem, cell in cells.items()}
    covers = _covers(app)
    folder = Path(app.outdir, CELLS)
    manifest = folder / _MANIFEST
    before = _read(manifest)
    if not cells and not covers and not folder.exists():
        return
    store = default_store()
    changed = [stem for stem, state in states.items() if before.get(stem) != state]
    gone = [stem for stem in before if stem not in states]
    manifest.unlink(missing_ok=True)
    for stem in changed:
        _write_cell(Path(app.outdir, stem), cells[stem], store)
    for stem in gone:
        _delete_cell(folder, Path(app.outdir, stem))
    for cover in covers:
        _write(folder / "thumbnails" / cover.name, cover.read_bytes())
    folder.mkdir(exist_ok=True)
    _write(manifest, json.dumps(states).encode())
    logger.info("%d cells published, %d withdrawn", len(changed), len(gone))


def note_matrix(env: BuildEnvironment, docname: str, content: str) -> None:
    """Note that a page shows the cells of a matrix, whose content is a file of the sources."""
    _matrices(env).setdefault(docname, []).append(content)


def forget(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the matrices of a page, before it is read again."""
    _matrices(env).pop(docname, None)


def merge(_app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over the matrices of pages that another process has read."""
    for docname in docnames & _matrices(other).keys():
        _matrices(env)[docname] = _matrices(other)[docname]


def _matrices(env: BuildEnvironment) -> dict[str, list[str]]:
    if not hasattr(env, "optgallery_matrices"):
        env.optgallery_matrices = {}  # type: ignore[attr-defined]
    matrices: dict[str, list[str]] = env.optgallery_matrices  # type: ignore[attr-defined]
    return matrices


def _shown_cells(env: BuildEnvironment) -> Iterator[dict[str, Any]]:
    for contents in _matrices(env).values():
        for content in contents:
            matrix = json.loads(Path(env.srcdir, content).read_text(encoding="utf-8"))
            for cell in matrix["cells"]:
                yield {**cell, "steps": matrix["steps"]}


def _covers(app: Sphinx) -> list[Path]:
    folders = app.config.sphinx_gallery_conf["gallery_dirs"]
    return sorted(
        cover
        for folder in folders
        for cover in Path(app.srcdir, folder, COVERS).glob("*_poster.png")
    )


def _read(manifest: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        return dict(json.loads(manifest.read_text(encoding="utf-8")))
    return {}


def _write_cell(stem: Path, cell: dict[str, Any], store: Store) -> None:
    content = store.get(cell["picture"])
    files = Drawn.unpack(content) if content is not None else _draw_again(cell, store)
    words = {name: value for name, value in cell.items() if name != "picture"}
    _write(Path(f"{stem}.gif"), files.gif)
    _write(Path(f"{stem}.png"), files.png)
    _write(Path(f"{stem}.json"), json.dumps(words, indent=1).encode())


def _draw_again(cell: dict[str, Any], store: Store) -> Drawn:
    """Draw a cell whose picture was damaged, or taken away, since its script ran."""
    swept = sweep(cell["optimizer"], cell["function"], [cell["lr"]], steps=cell["steps"])
    (trajectory,) = swept.values()
    return drawn(tile(trajectory), store)


def _delete_cell(folder: Path, stem: Path) -> None:
    for suffix in (".gif", ".png", ".json"):
        Path(f"{stem}{suffix}").unlink(missing_ok=True)
    for parent in (stem.parent, stem.parent.parent):
        with suppress(OSError):  # there are other cells in it
            if parent != folder:
                parent.rmdir()


def _write(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; leave one alone that is the same."""
    with suppress(OSError):
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    part.write_bytes(content)
    part.replace(path)
