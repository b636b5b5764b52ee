"""Incremental builds: run stale scripts again, rebuild stale matrices, and leave the rest."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging

from optgallery.cache.fingerprint import UnidentifiableError
from optgallery.cache.store import Store, StoreError, default_store
from optgallery.optim import OPTIMIZERS
from optgallery.registry import UnknownNameError
from optgallery.sphinxext.incremental.cells import GRID_STEPS
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.gallery import (
    is_run,
    is_watched,
    scripts_run,
    sections,
    thumbnails,
)
from optgallery.sphinxext.incremental.matrices import NotRebuildableError
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.pictures import draw_tiles
from optgallery.sphinxext.incremental.publish import CELLS, pages_with_matrices
from optgallery.sphinxext.incremental.records import Record, record_path
from optgallery.sphinxext.incremental.scraper import freeze_loaded_objects
from optgallery.sweeps.sweep import grid_functions, plan, sweep
from optgallery.sweeps.trajectory_cache import TrajectoryCache

logger = logging.getLogger(__name__)

PRINTED: PageNotes[tuple[Entries, str | None]] = PageNotes("printed")
"""The registry entries that each page prints, and their digest when the page was read."""

MARKER = ".unfinished"  # a file that exists while a build is running
_MIN_PARALLEL = 6  # scripts


def grid_is_known(config: Config) -> bool:
    """Whether the build computes the grid, so that its outcomes are known."""
    return bool(config.optgallery_grid or config.optgallery_explorer) and scripts_run(config)


def prepare(app: Sphinx) -> None:
    """Mark stale scripts for sphinx-gallery, rebuild stale matrices, and compute the grid."""
    if not (is_watched(app.config) or app.config.optgallery_grid) or not scripts_run(app.config):
        return
    freeze_loaded_objects()
    store = default_store()
    try:
        store.check()
    except StoreError as error:
        raise ConfigError(error.strerror) from error
    scripts = list(_scripts(app)) if is_watched(app.config) else []
    stale, rebuildable = _find_stale(scripts, store)
    if scripts:
        logger.info(
            "%d of %d scripts are to be run, the matrices of %d others are rebuilt",
            len(stale),
            len(scripts),
            len(rebuildable),
        )
    if (stale or rebuildable) and app.config.optgallery_grid:
        compute_grid(store)
    for target, record in rebuildable.items():
        try:
            record.rebuild(target, store)
        except NotRebuildableError as error:
            logger.info("%s is run after all: %s", target.name, error)
            stale.append(target)
    for target in stale:
        for path in (Path(f"{target}.md5"), record_path(target), *thumbnails(target)):
            path.unlink(missing_ok=True)


def _find_stale(
    scripts: list[tuple[Path, Path]], store: Store
) -> tuple[list[Path], dict[Path, Record]]:
    """Return the scripts to be run, and the records of others that have stale matrices."""
    stale: list[Path] = []
    rebuildable: dict[Path, Record] = {}
    for script, target in scripts:
        record = Record.read(target)
        try:
            if record is None or not record.is_current(script, store):
                stale.append(target)
            elif not record.has_current_matrices(store):
                rebuildable[target] = record
        except (UnidentifiableError, UnknownNameError):  # an entry was removed
            stale.append(target)
    return stale, rebuildable


def compute_grid(store: Store) -> None:
    """Compute and draw the cells of the grid that are not in the store."""
    cache = TrajectoryCache(store, GRID_STEPS)
    missing = {
        run.spec.name
        for run in plan(OPTIMIZERS, grid_functions()).runs.values()
        if cache.lacks(*run)
    }
    if missing:
        specs = [spec for spec in OPTIMIZERS.values() if spec.name in missing]
        # the first optimizer makes torch import its compiler: do it before the processes are forked
        specs[0].build([torch.zeros(2, requires_grad=True)])
        swept = sweep(specs, store=store)
        count = draw_tiles(list(swept.values()), store)
        logger.info("%d cells of the grid were computed, of %s", count, ", ".join(sorted(missing)))


def _scripts(app: Sphinx) -> Iterator[tuple[Path, Path]]:
    """Yield each script of the galleries, and sphinx-gallery's copy of it."""
    for examples, pages in sections(app):
        for script in sorted(examples.glob("*.py")):
            if is_run(script, app.config):
                yield script, pages / script.name


def run_in_parallel(app: Sphinx) -> None:
    """Run many stale scripts in several processes; few take longer to distribute than to run."""
    conf = app.config.sphinx_gallery_conf
    stale = [target for _, target in _scripts(app) if not Path(f"{target}.md5").exists()]
    if len(stale) >= _MIN_PARALLEL and scripts_run(app.config) and not conf["parallel"]:
        conf["parallel"] = os.cpu_count() or 1


def delete_unfinished_pages(app: Sphinx) -> None:
    """Delete all pages if the last build was killed, since Sphinx may take half a page for current.

    Sources, doctrees and the cells of matrices, which are written atomically, are kept.
    """
    marker = Path(app.outdir, MARKER)
    if marker.exists():
        logger.info("the last build was not finished: all pages are written again")
        for path in Path(app.outdir).iterdir():
            if path.is_symlink() or path.is_file():
                # hidden files, such as a checkout's .git, are not Sphinx's, except .buildinfo
                if not path.name.startswith(".") or path.name == ".buildinfo":
                    path.unlink()
            elif not (
                path.name.startswith(".")
                or path.name == CELLS
                or Path(app.doctreedir).is_relative_to(path)
            ):
                shutil.rmtree(path)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Mark the build as finished."""
    if exception is None:
        Path(app.outdir, MARKER).unlink(missing_ok=True)
    gc.freeze()  # speeds up the exit, where Python collects garbage once more


def note_entries(env: BuildEnvironment, docname: str, entries: Entries) -> None:
    """Record that a page prints facts from the registries about these entries."""
    printed = PRINTED.of(env)
    known, _ = printed.get(docname, (Entries(), ""))
    merged = Entries.union([known, entries])
    printed[docname] = merged, merged.digest()


def note_index(env: BuildEnvironment, folder: str) -> None:
    """Read the page again when a page of a gallery is added or removed.

    sphinx-gallery then rewrites the gallery's index. A file that does not exist would count as
    changed in every build.
    """
    index = f"{folder}/index.rst"
    if Path(env.srcdir, index).exists():
        env.note_dependency(index)


def outdated(
    _app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    _changed: set[str],
    removed: set[str],
) -> list[str]:
    """Return the pages that print changed entries.

    If a page was added or removed, all pages with matrices are included, since rows link pages.
    """
    stale = {
        docname
        for docname, (entries, state) in PRINTED.of(env).items()
        if state is None or entries.digest() != state
    }
    if added or removed:
        stale |= pages_with_matrices(env)
    return sorted(stale & env.found_docs)
