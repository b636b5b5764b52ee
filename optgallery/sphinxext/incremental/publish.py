"""Publish the cells of all matrices: for each a GIF, a still, and a description as JSON."""

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
from optgallery.sphinxext.incremental.cells import MatrixCell, as_across
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.gallery import sections
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.pictures import Drawn, drawn, last_frame, picture_key, tile
from optgallery.sphinxext.incremental.publication import publishing
from optgallery.sphinxext.incremental.scraper import COVERS
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sweeps.sweep import sweep

logger = logging.getLogger(__name__)

CELLS = "cells"
"""The site's folder of the matrices' pictures."""

MATRICES: PageNotes[list[str]] = PageNotes("matrices")
"""The matrix files of each page."""

_THUMBNAIL = re.compile(r'src="([^"]*sphx_glr_([^"/]+)_thumb\.gif)"')
_SUFFIXES = (".gif", ".png", ".json")
_CHUNK = 300  # cells in one task
_SECONDS = 0.0008  # to write a cell


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write new and changed cells, and delete those that no page shows any more."""
    if exception or not runs_scripts(app.builder):
        return
    cells = {cell["stem"].removeprefix(f"{CELLS}/"): cell for cell in shown_cells(app.env)}
    covers = {f"thumbnails/{stem}_poster.png": cover for stem, cover in _covers(app).items()}
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
            published.mark_written(stem)
        for name, cover in covers.items():
            content = cover.read_bytes()
            write(folder / name, last_frame(content) if cover.suffix == ".gif" else content)
    deleted = sum(1 for name in published.deleted if name.endswith(".gif"))
    logger.info("%d cells published, %d deleted", len(changed), deleted)


def use_still_thumbnails(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Replace animated thumbnails of sphinx-gallery by lazily loaded stills.

    An index of fifty pages would otherwise load fifty GIFs. The page's script plays the GIF under
    the pointer.
    """
    stills = _covers(app)
    here = app.builder.get_target_uri(pagename)

    def still(found: re.Match[str]) -> str:
        gif, stem = found.groups()
        if stem not in stills:
            return found[0]
        poster = relative_uri(here, f"{CELLS}/thumbnails/{stem}_poster.png")
        return f'src="{poster}" data-gif="{gif}" loading="lazy"'

    if "_thumb.gif" in context.get("body", ""):
        context["body"] = _THUMBNAIL.sub(still, context["body"])


def report(app: Sphinx, exception: Exception | None) -> None:
    """Warn of failed runs in every build, even if their pages are unchanged."""
    if exception:
        return
    failed = {cell["summary"] for cell in shown_cells(app.env) if cell["kind"] == "failed"}
    if failed:
        logger.warning(
            "%s failed:\n%s",
            "1 cell" if len(failed) == 1 else f"{len(failed)} cells",
            "\n".join(sorted(failed)),
            type="optgallery",
            subtype="cell",
        )


def note_matrix(env: BuildEnvironment, docname: str, content: str) -> None:
    """Record that a page shows a matrix file, given by its path in the source folder."""
    contents = MATRICES.of(env).setdefault(docname, [])
    if content not in contents:
        contents.append(content)


def pages_with_new_cells(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages whose matrices have changed since they were last written."""
    shown: dict[str, str] = getattr(env, "optgallery_shown", {})
    now = {}
    for docname, contents in MATRICES.of(env).items():
        hashed = hashlib.sha256()
        for path in (Path(env.srcdir, content) for content in contents):
            hashed.update(path.read_bytes() if path.exists() else b"not computed")
        now[docname] = hashed.hexdigest()
    env.optgallery_shown = now  # type: ignore[attr-defined]
    return [docname for docname, state in now.items() if shown.get(docname) != state]


def pages_with_matrices(env: BuildEnvironment) -> set[str]:
    """Return the docnames of the pages that show a matrix."""
    return set(MATRICES.of(env))


def shown_cells(env: BuildEnvironment) -> Iterator[MatrixCell]:
    """Yield the cells of all matrices that a page shows."""
    for contents in MATRICES.of(env).values():
        for content in contents:
            path = Path(env.srcdir, content)
            if path.exists():  # else it was not computed
                yield from _content(path, path.stat().st_mtime_ns).cells


@cache
def _content(path: Path, _written: int) -> Content:
    return Content.read(path)


def _covers(app: Sphinx) -> dict[str, Path]:
    """Return the still of each script's animated thumbnail, or the GIF itself if it has none."""
    if not app.config.optgallery_still_thumbnails:
        return {}
    found: dict[str, Path] = {}
    for _, pages in sections(app):
        thumbnails = sorted(Path(pages, "images", "thumb").glob("sphx_glr_*_thumb.gif"))
        for gif in thumbnails:
            found[gif.stem.removeprefix("sphx_glr_").removesuffix("_thumb")] = gif
        for still in sorted((pages / COVERS).glob("*_poster.png")):
            found[still.name.removesuffix("_poster.png")] = still
    return found


def _write_changed(site: Path, cells: dict[str, MatrixCell], store: Store) -> list[str]:
    """Write the files of cells, and return the stems of those whose picture is lost."""
    items = list(cells.items())
    tasks = [(site, items[i : i + _CHUNK], store) for i in range(0, len(items), _CHUNK)]
    jobs = None if parallel_is_faster(len(items) * _SECONDS) else 1
    return [stem for _, lost in map_unordered(_write_cells, tasks, jobs=jobs) for stem in lost]


def _write_cells(site: Path, cells: Sequence[tuple[str, MatrixCell]], store: Store) -> list[str]:
    return [stem for stem, cell in cells if not _write_cell(Path(site, stem), cell, store)]


def _write_cell(stem: Path, cell: MatrixCell, store: Store) -> bool:
    """Write the files of a cell; return False if its picture is lost."""
    files = _files_of(cell, store)
    if files is None:
        return False
    description = {name: value for name, value in cell.items() if name != "picture"}
    write(Path(f"{stem}.gif"), files.gif)
    write(Path(f"{stem}.png"), files.png)
    write(Path(f"{stem}.json"), json.dumps(description, indent=1).encode())
    return True


def still_of(cell: MatrixCell, store: Store) -> bytes | None:
    """Return a cell's still as a PNG; None if its picture is lost."""
    files = _files_of(cell, store)
    return None if files is None else files.png


def _files_of(cell: MatrixCell, store: Store) -> Drawn | None:
    content = store.get(cell["picture"])
    return Drawn.unpack(content) if content is not None else _draw_again(cell, store)


def _draw_again(cell: MatrixCell, store: Store) -> Drawn | None:
    """Draw a cell whose picture was damaged or pruned after its script ran.

    Returns
    -------
    Drawn or None
        None if only the script can repeat the run, for instance on a function that it defines.
    """
    try:
        swept = sweep(
            *(cell["optimizer"], cell["function"], [cell["lr"]]),
            across=as_across(cell["setting"]),
            steps=cell["steps"],
        )
    except UnknownNameError:
        return None
    animation = tile(*swept.values())
    return drawn(animation, store) if picture_key(animation) == cell["picture"] else None


def _state(cell: MatrixCell) -> str:
    return hashlib.sha256(json.dumps(cell).encode()).hexdigest()[:32]
