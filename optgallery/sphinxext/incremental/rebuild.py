"""Keep pages true to the package: run again what is stale, and only that."""

import gc
import os
import shutil
from collections.abc import Iterator
from itertools import product
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
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.matrices import GRID_STEPS, NotRenewableError
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.pictures import draw_tiles
from optgallery.sphinxext.incremental.publish import CELLS, pages_with_matrices
from optgallery.sphinxext.incremental.records import Record, record_path
from optgallery.sphinxext.incremental.scraper import spare_what_is_loaded
from optgallery.sweeps.sweep import LEARNING_RATES, grid_functions, sweep
from optgallery.sweeps.trajectory_cache import TrajectoryCache

logger = logging.getLogger(__name__)

PRINTED: PageNotes[tuple[Entries, str | None]] = PageNotes("printed")
"""The entries that each page prints, and a digest of what they were when it was read."""

_MARK = ".unfinished"  # a file that is there while a build is under way
_FEW = 6  # scripts; below that, starting processes for them costs more than it saves


def scripts_run(config: Config) -> bool:
    """Whether the build runs the gallery's scripts, and does not only read their prose."""
    return config.sphinx_gallery_conf["plot_gallery"] not in (False, "False", "0", 0)


def grid_is_known(config: Config) -> bool:
    """Whether the build runs the whole grid, so that its outcomes can be told."""
    return bool(config.optgallery_grid) and scripts_run(config)


def prepare(app: Sphinx) -> None:
    """Make sphinx-gallery run what is stale, and compute what that will ask for."""
    _repair(app)
    spare_what_is_loaded()
    conf = app.config.sphinx_gallery_conf
    if not scripts_run(app.config):
        return
    store = default_store()
    try:
        store.check()
    except StoreError as error:
        raise ConfigError(error.strerror) from error
    scripts = list(_scripts(app))
    stale, renewable = _sort(scripts, store)
    logger.info(
        "%d of %d scripts are to be run, the matrices of %d others are rebuilt",
        len(stale),
        len(scripts),
        len(renewable),
    )
    if (stale or renewable) and app.config.optgallery_grid:
        compute_grid(store)
    for target, record in renewable.items():
        try:
            record.renew(target, store)
        except NotRenewableError as error:
            logger.info("%s is run after all: %s", target.name, error)
            stale.append(target)
    for target in stale:
        for trace in (Path(f"{target}.md5"), record_path(target)):
            trace.unlink(missing_ok=True)
    if len(stale) >= _FEW and not conf["parallel"]:
        conf["parallel"] = os.cpu_count() or 1


def _sort(scripts: list[tuple[Path, Path]], store: Store) -> tuple[list[Path], dict[Path, Record]]:
    """Return the scripts that have to be run, and the records of those whose matrices are stale."""
    stale: list[Path] = []
    renewable: dict[Path, Record] = {}
    for script, target in scripts:
        record = Record.read(target)
        try:
            if record is None or not record.is_current(script, store):
                stale.append(target)
            elif not record.has_current_matrices(store):
                renewable[target] = record
        except (UnidentifiableError, UnknownNameError):  # an entry is gone
            stale.append(target)
    return stale, renewable


def compute_grid(store: Store) -> None:
    """Run and draw what the store lacks of the grid: every optimizer, function and rate."""
    cache = TrajectoryCache(store, GRID_STEPS)
    lacking = {
        run[0].name
        for run in product(OPTIMIZERS.values(), grid_functions(), LEARNING_RATES)
        if cache.lacks(*run)
    }
    if lacking:
        known = [spec for spec in OPTIMIZERS.values() if spec.name in lacking]
        # torch loads its compiler with the first optimizer: once here, not in each process
        known[0].build([torch.zeros(2, requires_grad=True)])
        swept = sweep(known, store=store)
        count = draw_tiles(list(swept.values()), store)
        logger.info("%d cells of the grid were computed, of %s", count, ", ".join(sorted(lacking)))


def _scripts(app: Sphinx) -> Iterator[tuple[Path, Path]]:
    """Yield each script of the galleries, and sphinx-gallery's copy of it."""
    conf = app.config.sphinx_gallery_conf
    for examples, gallery in zip(conf["examples_dirs"], conf["gallery_dirs"], strict=True):
        for script in sorted(Path(app.srcdir, examples).glob("plot_*.py")):
            yield script, Path(app.srcdir, gallery, script.name)


def _repair(app: Sphinx) -> None:
    """Have every page written again after a build that was killed while it wrote.

    Sphinx takes a page that is half-written for a new one. Sources, what was read of them, and the
    matrices' cells, which appear whole or not at all, stay.
    """
    mark = Path(app.outdir, _MARK)
    if mark.exists():
        logger.info("the last build was not finished: all pages are written again")
        for path in Path(app.outdir).iterdir():
            if path.is_symlink() or path.is_file():
                # hidden files are not Sphinx's, as a checkout's .git, but for one
                if not path.name.startswith(".") or path.name == ".buildinfo":
                    path.unlink()
            elif not (
                path.name.startswith(".")
                or path.name == CELLS
                or Path(app.doctreedir).is_relative_to(path)
            ):
                shutil.rmtree(path)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Note that the build has come to its end."""
    if exception is None:
        Path(app.outdir, _MARK).unlink(missing_ok=True)
    gc.freeze()  # or Python looks through all that torch has loaded for garbage, before it exits


def note_entries(env: BuildEnvironment, docname: str, entries: Entries) -> None:
    """Note that a page prints what the registries say of these entries."""
    printed = PRINTED.of(env)
    known, _ = printed.get(docname, (Entries(), ""))
    merged = Entries.union([known, entries])
    printed[docname] = merged, merged.digest()


def outdated(
    _app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    _changed: set[str],
    removed: set[str],
) -> list[str]:
    """Name the pages that print entries which are not what they were.

    Rows of matrices link the pages that exist: where one comes or goes, they are written again.
    """
    stale = {
        docname
        for docname, (entries, state) in PRINTED.of(env).items()
        if state is None or entries.digest() != state
    }
    if added or removed:
        stale |= pages_with_matrices(env)
    return sorted(stale & env.found_docs)
