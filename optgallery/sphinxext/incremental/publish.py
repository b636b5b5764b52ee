"""The cells of all matrices, put into the site: each a GIF, its still, and its words as JSON."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

from optgallery.cache.store import Store, default_store
from optgallery.parallel.distribution import map_unordered, parallel_is_faster
from optgallery.registry import UnknownNameError
from optgallery.sphinxext.incremental.atomic_write import delete, write
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.pictures import Drawn, drawn, picture_key, tile
from optgallery.sphinxext.incremental.scraper import COVERS
from optgallery.sweeps.sweep import sweep

logger = logging.getLogger(__name__)

CELLS = "cells"
"""Folder of the matrices' pictures in the site."""

_THUMBNAIL = re.compile(r'src="([^"]*sphx_glr_([^"/]+)_thumb\.gif)"')
_MANIFEST = ".published.json"
_SUFFIXES = (".gif", ".png", ".json")
_SHARE = 300  # cells that a process writes at a time
_WRITING = 0.0008  # seconds that a cell takes


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write the cells that are new or changed, and delete those that no page shows any more.

    A list of what lies there is taken away first and written last, so that it is never wrong: after
    a build that was killed every file is written again, and what it left half-written goes.
    """
    if exception or app.builder.format != "html":
        return
    cells = {cell["stem"]: cell for cell in _shown_cells(app.env)}
    states = {stem: _state(cell) for stem, cell in cells.items()}
    covers = _covers(app)
    folder = Path(app.outdir, CELLS)
    manifest = folder / _MANIFEST
    before = _read(manifest)
    if not cells and not covers and not folder.exists():
        return
    store = default_store()
    folder.mkdir(parents=True, exist_ok=True)
    manifest.unlink(missing_ok=True)
    shown = {stem: {f"{stem}{suffix}" for suffix in _SUFFIXES} for stem in cells}
    pictures = {f"{CELLS}/thumbnails/{cover.name}": cover for cover in covers}
    there = set(_files(app.outdir))
    gone = there.difference(pictures, *shown.values())
    delete((Path(app.outdir, name) for name in gone), folder)
    changed = [
        stem
        for stem, state in states.items()
        if before.get(stem) != state or not shown[stem] <= there
    ]
    for stem in _write_changed(app.outdir, {stem: cells[stem] for stem in changed}, store):
        logger.warning(
            "the picture of %s was lost from the store: build again, then it is drawn anew",
            cells[stem]["summary"],
            type="optgallery",
            subtype="cell",
        )
        del states[stem]
    for name, cover in pictures.items():
        write(Path(app.outdir, name), cover.read_bytes())
    write(manifest, json.dumps(states, sort_keys=True).encode())
    withdrawn = sum(1 for name in gone if name.endswith(".gif"))
    logger.info("%d cells published, %d withdrawn", len(changed), withdrawn)


def still_thumbnails(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Show the stills of sphinx-gallery's thumbnails, loaded when they come into view.

    An index of fifty pages would begin with fifty GIFs; the script of the page lets the one move
    that is touched.
    """
    stills = {cover.name.removesuffix("_poster.png"): cover.name for cover in _covers(app)}
    here = app.builder.get_target_uri(pagename)

    def still(found: re.Match[str]) -> str:
        gif, stem = found.groups()
        if stem not in stills:
            return found[0]
        poster = relative_uri(here, f"{CELLS}/thumbnails/{stills[stem]}")
        return f'src="{poster}" data-gif="{gif}" loading="lazy"'

    if "_thumb.gif" in context.get("body", ""):
        context["body"] = _THUMBNAIL.sub(still, context["body"])


def report(app: Sphinx, exception: Exception | None) -> None:
    """Warn of the runs that failed, in every build until they are mended: strict ones fail."""
    if exception:
        return
    failed = {cell["summary"] for cell in _shown_cells(app.env) if cell["verdict"] == "failed"}
    if failed:
        logger.warning(
            "%s failed:\n%s",
            "1 cell" if len(failed) == 1 else f"{len(failed)} cells",
            "\n".join(sorted(failed)),
            type="optgallery",
            subtype="cell",
        )


def note_matrix(env: BuildEnvironment, docname: str, content: str) -> None:
    """Note that a page shows the cells of a matrix, whose content is a file of the sources."""
    contents = _matrices(env).setdefault(docname, [])
    if content not in contents:
        contents.append(content)


def pages_with_new_cells(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages whose matrices are not those that they were written with, and note it."""
    shown: dict[str, str] = getattr(env, "optgallery_shown", {})
    now = {}
    for docname, contents in _matrices(env).items():
        hashed = hashlib.sha256()
        for content in contents:
            hashed.update(Path(env.srcdir, content).read_bytes())
        now[docname] = hashed.hexdigest()
    env.optgallery_shown = now  # type: ignore[attr-defined]
    return [docname for docname, state in now.items() if shown.get(docname) != state]


def pages_with_matrices(env: BuildEnvironment) -> set[str]:
    """Name the pages that show a matrix."""
    return set(_matrices(env))


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
            path = Path(env.srcdir, content)
            steps, _, cells = _content(path, path.stat().st_mtime_ns)
            for cell in cells:
                yield {**cell, "steps": steps}


@cache
def _content(path: Path, _written: int) -> Content:
    return Content.read(path)


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


def _write_changed(site: Path, cells: dict[str, dict[str, Any]], store: Store) -> list[str]:
    """Write the files of cells, and name those whose picture is lost."""
    items = list(cells.items())
    tasks = [(site, items[i : i + _SHARE], store) for i in range(0, len(items), _SHARE)]
    jobs = None if parallel_is_faster(len(items) * _WRITING) else 1
    return [stem for _, lost in map_unordered(_write_cells, tasks, jobs=jobs) for stem in lost]


def _write_cells(
    site: Path, cells: Sequence[tuple[str, dict[str, Any]]], store: Store
) -> list[str]:
    return [stem for stem, cell in cells if not _write_cell(Path(site, stem), cell, store)]


def _write_cell(stem: Path, cell: dict[str, Any], store: Store) -> bool:
    """Write the files of a cell, unless its picture is lost."""
    content = store.get(cell["picture"])
    files = Drawn.unpack(content) if content is not None else _draw_again(cell, store)
    if files is None:
        return False
    words = {name: value for name, value in cell.items() if name != "picture"}
    write(Path(f"{stem}.gif"), files.gif)
    write(Path(f"{stem}.png"), files.png)
    write(Path(f"{stem}.json"), json.dumps(words, indent=1).encode())
    return True


def _draw_again(cell: dict[str, Any], store: Store) -> Drawn | None:
    """Draw a cell whose picture was damaged, or taken away, since its script ran.

    Returns
    -------
    Drawn or None
        None if only the script itself can take the run, as that of a function which it defines.
    """
    try:
        swept = sweep(cell["optimizer"], cell["function"], [cell["lr"]], steps=cell["steps"])
    except UnknownNameError:
        return None
    animation = tile(*swept.values())
    return drawn(animation, store) if picture_key(animation) == cell["picture"] else None


def _state(cell: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(cell).encode()).hexdigest()[:32]


def _files(site: Path) -> Iterator[str]:
    """Yield what was published before, and what a killed build left, by names within the site.

    There are so many that a path for each would take a second.
    """
    for parent, _, names in os.walk(site / CELLS):
        within = parent[len(str(site)) + 1 :].replace(os.sep, "/")
        for name in names:
            if name.startswith(".") or name.endswith(_SUFFIXES):
                yield f"{within}/{name}"
