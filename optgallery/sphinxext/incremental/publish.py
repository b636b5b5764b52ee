"""Publish what matrices show: a GIF for each cell, and a picture of each function's surface.

Stills are part of the pages. The outcomes of an optimizer's runs are in one JSON file, for visitors
who read data.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

from optgallery.cache.store import Store, default_store
from optgallery.parallel.distribution import map_unordered, parallel_is_faster
from optgallery.registry import UnknownNameError
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental.cells import (
    MatrixCell,
    as_across,
    outcomes_file,
    value_of,
)
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.gallery import sections
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.pictures import (
    Tile,
    drawn_surface,
    drawn_tile,
    last_frame,
    surface_key,
    tile_key,
)
from optgallery.sphinxext.incremental.publication import publishing
from optgallery.sphinxext.incremental.scraper import COVERS
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sweeps.sweep import LEARNING_RATES, sweep

logger = logging.getLogger(__name__)

CELLS = "cells"
"""The site's folder of the matrices' pictures."""

MATRICES: PageNotes[list[str]] = PageNotes("matrices")
"""The matrix files of each page."""

_THUMBNAIL = re.compile(r'src="([^"]*sphx_glr_([^"/]+)_thumb\.gif)"')
_SUFFIXES = (".gif", ".png", ".json", ".webp")
_DESCRIPTION = (
    *("optimizer", "optimizer_title", "function", "function_title", "axis", "value"),
    *("setting", "steps"),
    *("stem", "summary", "outcome", "kind", "mark", "code"),
)
_CHUNK = 300  # cells in one task
_SECONDS = 0.0004  # to write a cell


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write new and changed cells, and delete those that no page shows any more."""
    if exception or not runs_scripts(app.builder):
        return
    cells = {_inside(cell["stem"]): cell for cell in shown_cells(app.env)}
    covers = {f"thumbnails/{stem}_poster.png": cover for stem, cover in _covers(app).items()}
    folder = Path(app.outdir, CELLS)
    if not cells and not covers and not folder.exists():
        return
    surfaces = {_inside(cell["surface"]): cell for cell in cells.values()}
    outcomes = _outcomes_files(cells.values())
    states = {stem: _state(cell["picture"]) for stem, cell in cells.items()}
    states |= {name: _state(cell["surface_picture"]) for name, cell in surfaces.items()}
    states |= {name: _state(content.decode()) for name, content in outcomes.items()}
    files = {stem: [f"{stem}.gif"] for stem in cells}
    files |= {name: [name] for name in (*surfaces, *outcomes, *covers)}
    with publishing(folder, states, files, _SUFFIXES) as published:
        stale = set(published.stale)
        changed = {stem: cell for stem, cell in cells.items() if stem in stale}
        behind = {name: cell for name, cell in surfaces.items() if name in stale}
        lost = _write_changed(folder, changed, default_store())
        lost += _write_surfaces(folder, behind, default_store())
        for name in lost:
            logger.warning(
                "the picture of %s was lost from the store: build again, then it is drawn again",
                {**changed, **behind}[name]["summary"],
                type="optgallery",
                subtype="cell",
            )
        for name in stale.intersection(outcomes):
            write(folder / name, outcomes[name])
        for name in stale.difference(lost):
            published.mark_written(name)
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


def _write_surfaces(folder: Path, cells: Mapping[str, MatrixCell], store: Store) -> list[str]:
    """Write the surfaces of cells, by file, and return the files of those that are lost."""
    contents = {name: surface_of(cell, store) for name, cell in cells.items()}
    for name, content in contents.items():
        if content is not None:
            write(folder / name, content)
    return [name for name, content in contents.items() if content is None]


def _write_changed(site: Path, cells: dict[str, MatrixCell], store: Store) -> list[str]:
    """Write the files of cells, and return the stems of those whose picture is lost."""
    items = list(cells.items())
    tasks = [(site, items[i : i + _CHUNK], store) for i in range(0, len(items), _CHUNK)]
    jobs = None if parallel_is_faster(len(items) * _SECONDS) else 1
    return [stem for _, lost in map_unordered(_write_cells, tasks, jobs=jobs) for stem in lost]


def _write_cells(site: Path, cells: Sequence[tuple[str, MatrixCell]], store: Store) -> list[str]:
    return [stem for stem, cell in cells if not _write_cell(Path(site, stem), cell, store)]


def _write_cell(stem: Path, cell: MatrixCell, store: Store) -> bool:
    """Write the GIF of a cell; return False if its picture is lost."""
    drawn = _tile_of(cell, store)
    if drawn is None:
        return False
    write(Path(f"{stem}.gif"), drawn.gif)
    return True


def still_of(cell: MatrixCell, store: Store) -> bytes | None:
    """Return a cell's still as a PNG, with its caption; None if its picture is lost."""
    drawn = _tile_of(cell, store)
    return None if drawn is None else last_frame(drawn.gif)


def surface_of(cell: MatrixCell, store: Store) -> bytes | None:
    """Return the surface under a cell's still as a WebP; None if it is lost."""
    content = store.get(cell["surface_picture"])
    if content is not None:
        return content
    run = _run_again(cell)
    known = run is not None and surface_key(run.test_fn) == cell["surface_picture"]
    return drawn_surface(run, store) if run and known else None


def _tile_of(cell: MatrixCell, store: Store) -> Tile | None:
    content = store.get(cell["picture"])
    if content is not None:
        return Tile.unpack(content)
    run = _run_again(cell)
    return drawn_tile(run, store) if run and tile_key(run) == cell["picture"] else None


def _run_again(cell: MatrixCell) -> Trajectory | None:
    """Repeat the run of a cell whose picture was damaged or pruned after its script ran.

    Returns
    -------
    Trajectory or None
        None if only the script can repeat the run, for instance on a function that it defines.
    """
    try:
        swept = sweep(
            cell["optimizer"],
            cell["function"],
            [cell["value"]] if cell["axis"] == "lr" and cell["value"] else LEARNING_RATES,
            across=as_across(cell["setting"]),
            steps=cell["steps"],
        )
    except UnknownNameError:
        return None
    return next((run for run in swept.values() if value_of(run) == cell["value"]), None)


def _outcomes_files(cells: Iterable[MatrixCell]) -> dict[str, bytes]:
    """Return the files of the outcomes of each optimizer's runs: JSON, with a line for each."""
    lines: dict[str, list[str]] = {}
    for cell in sorted(cells, key=itemgetter("stem")):
        described = {name: value for name, value in cell.items() if name in _DESCRIPTION}
        described["lr"] = cell["value"] if cell["axis"] == "lr" else None
        lines.setdefault(cell["optimizer"], []).append(json.dumps(described))
    return {
        _inside(outcomes_file(optimizer)): ("[\n" + ",\n".join(runs) + "\n]\n").encode()
        for optimizer, runs in lines.items()
    }


def _inside(path: str) -> str:
    """Return a path in the site as one in the folder of the cells."""
    return path.removeprefix(f"{CELLS}/")


def _state(described: str) -> str:
    return hashlib.sha256(described.encode()).hexdigest()[:32]
