"""The cells of all matrices, put into the site: each a GIF, its still, and its words as JSON."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
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
from optgallery.sphinxext.incremental.matrices import Content, MatrixCell
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.pictures import Drawn, drawn, picture_key, tile
from optgallery.sphinxext.incremental.publication import publishing
from optgallery.sphinxext.incremental.scraper import COVERS
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sweeps.sweep import sweep

logger = logging.getLogger(__name__)

CELLS = "cells"
"""Folder of the matrices' pictures in the site."""

MATRICES: PageNotes[list[str]] = PageNotes("matrices")
"""The files of the matrices that each page shows."""

_THUMBNAIL = re.compile(r'src="([^"]*sphx_glr_([^"/]+)_thumb\.gif)"')
_SUFFIXES = (".gif", ".png", ".json")
_SHARE = 300  # cells that a process writes at a time
_WRITING = 0.0008  # seconds that a cell takes


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write the cells that are new or changed, and delete those that no page shows any more."""
    if exception or app.builder.format != "html":
        return
    cells = {cell["stem"].removeprefix(f"{CELLS}/"): cell for cell in _shown_cells(app.env)}
    covers = {f"thumbnails/{cover.name}": cover for cover in _covers(app)}
    folder = Path(app.outdir, CELLS)
    if not cells and not covers and not folder.exists():
        return
    states = {stem: _state(cell) for stem, cell in cells.items()}
    files = {stem: [f"{stem}{suffix}" for suffix in _SUFFIXES] for stem in cells}
    files |= {name: [name] for name in covers}
    with publishing(folder, states, files, _SUFFIXES) as published:
        changed = {stem: cells[stem] for stem in published.stale}
        lost = _write_changed(folder, changed, default_store())
        for stem in lost:
            logger.warning(
                "the picture of %s was lost from the store: build again, then it is drawn again",
                cells[stem]["summary"],
                type="optgallery",
                subtype="cell",
            )
        for stem in changed.keys() - set(lost):
            published.written(stem)
        for name, cover in covers.items():
            write(folder / name, cover.read_bytes())
    withdrawn = sum(1 for name in published.gone if name.endswith(".gif"))
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
    failed = {cell["summary"] for cell in _shown_cells(app.env) if cell["kind"] == "failed"}
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
    contents = MATRICES.of(env).setdefault(docname, [])
    if content not in contents:
        contents.append(content)


def pages_with_new_cells(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages whose matrices are not those that they were written with, and note it."""
    shown: dict[str, str] = getattr(env, "optgallery_shown", {})
    now = {}
    for docname, contents in MATRICES.of(env).items():
        hashed = hashlib.sha256()
        for content in contents:
            hashed.update(Path(env.srcdir, content).read_bytes())
        now[docname] = hashed.hexdigest()
    env.optgallery_shown = now  # type: ignore[attr-defined]
    return [docname for docname, state in now.items() if shown.get(docname) != state]


def pages_with_matrices(env: BuildEnvironment) -> set[str]:
    """Name the pages that show a matrix."""
    return set(MATRICES.of(env))


def _shown_cells(env: BuildEnvironment) -> Iterator[MatrixCell]:
    for contents in MATRICES.of(env).values():
        for content in contents:
            path = Path(env.srcdir, content)
            yield from _content(path, path.stat().st_mtime_ns).cells


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


def _write_changed(site: Path, cells: dict[str, MatrixCell], store: Store) -> list[str]:
    """Write the files of cells, and name those whose picture is lost."""
    items = list(cells.items())
    tasks = [(site, items[i : i + _SHARE], store) for i in range(0, len(items), _SHARE)]
    jobs = None if parallel_is_faster(len(items) * _WRITING) else 1
    return [stem for _, lost in map_unordered(_write_cells, tasks, jobs=jobs) for stem in lost]


def _write_cells(site: Path, cells: Sequence[tuple[str, MatrixCell]], store: Store) -> list[str]:
    return [stem for stem, cell in cells if not _write_cell(Path(site, stem), cell, store)]


def _write_cell(stem: Path, cell: MatrixCell, store: Store) -> bool:
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


def _draw_again(cell: MatrixCell, store: Store) -> Drawn | None:
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


def _state(cell: MatrixCell) -> str:
    return hashlib.sha256(json.dumps(cell).encode()).hexdigest()[:32]
