"""The explorer's data files: one for each function, pair and further axis, updated when stale."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from optgallery.cache.fingerprint import UnidentifiableError, digest, identity, sources
from optgallery.cache.store import Store, StoreError
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.parallel.distribution import map_unordered
from optgallery.sphinxext.explorer import encoding
from optgallery.sphinxext.explorer.axes import Axes, axis_file
from optgallery.sphinxext.explorer.encoding import pack_runs, pack_surface
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sphinxext.incremental.publication import publishing
from optgallery.sphinxext.incremental.site_files import quoted, write
from optgallery.sweeps import sweep as sweep_module
from optgallery.sweeps.across import Across


class DataItem(NamedTuple):
    """The content of one file: the surface of a function, or the runs of an optimizer on it.

    Attributes
    ----------
    fn : TestFunction
    spec : OptimizerSpec or None
        None for the surface.
    across : Across or None
        The further axis of the runs.
    """

    fn: TestFunction
    spec: OptimizerSpec | None = None
    across: Across | None = None


_MIN_PARALLEL = 6  # optimizers; for fewer, starting processes takes longer than it saves


def refresh(
    folder: Path,
    states: Mapping[DataItem, str | None],
    grid: Grid,
    store: Store,
) -> tuple[int, int]:
    """Update the explorer's data files.

    Parameters
    ----------
    folder : Path
        The folder of the files.
    states : mapping
        The digest of each item, from `grid_states`.
    grid : Grid
        The learning rates and the steps of the runs.
    store : Store
        The store of the runs and of the files' contents.

    Returns
    -------
    written, deleted : int
        The numbers of files.
    """
    named = {file_name(*item): item for item in states}
    files = {name: [f"{name}.js"] for name in named}
    by_name = {name: states[item] for name, item in named.items()}
    with publishing(folder, by_name, files, (".js",)) as published:
        stale = [named[name] for name in published.stale]
        for item, content, cacheable in _contents(stale, states, grid, store):
            name = file_name(*item)
            write(folder / f"{name}.js", content)
            if cacheable:
                published.mark_written(name)
    return len(published.stale), len(published.deleted)


def file_name(fn: TestFunction, spec: OptimizerSpec | None, across: Across | None = None) -> str:
    """Return the name, without extension, under which the script requests a file."""
    axis = axis_file(across) if across else ""
    return f"{quoted(fn.name)}/{quoted(spec.name) if spec else '-surface'}{axis}"


def grid_states(grid: Grid, axes: Axes | None = None) -> dict[DataItem, str | None]:
    """Return a digest of everything each file depends on; None if that cannot be determined.

    Parameters
    ----------
    grid : Grid
    axes : mapping, optional
        The further axes of some of the pairs.
    """
    code = sources(sweep_module, encoding)
    rates = (grid.lrs, grid.steps)
    spec_states = {spec: _state(spec) for spec in grid.optimizers}
    states: dict[DataItem, str | None] = {}
    for fn in grid.functions:
        fn_state = _state(fn)
        states[DataItem(fn)] = _combined(code, fn_state)
        for spec, spec_state in spec_states.items():
            states[DataItem(fn, spec)] = _combined(code, fn_state, spec_state, rates)
            for across in (axes or {}).get((spec.name, fn.name), {}).values():
                state = _combined(code, fn_state, spec_state, rates, across)
                states[DataItem(fn, spec, across)] = state
    return states


def _state(entry: OptimizerSpec | TestFunction) -> str | None:
    with suppress(UnidentifiableError):
        return identity(entry)
    return None


def _combined(*states: Any) -> str | None:
    return None if None in states else digest("explorer", *states)


def _contents(
    stale: Sequence[DataItem],
    states: Mapping[DataItem, str | None],
    grid: Grid,
    store: Store,
) -> Iterator[tuple[DataItem, bytes, bool]]:
    """Yield each item, its content (from the store or computed now), and whether to cache it.

    Files with a failed run are not cached, since the machine may have caused the failure.
    """
    missing: dict[tuple[OptimizerSpec | None, Across | None], list[TestFunction]] = {}
    for item in stale:
        state = states[item]
        if state is not None and (content := store.get(state)) is not None:
            yield item, content, True
        else:
            missing.setdefault((item.spec, item.across), []).append(item.fn)
    tasks = [(spec, across, fns, grid, store) for (spec, across), fns in missing.items()]
    jobs = 1 if len(tasks) < _MIN_PARALLEL else None
    with closing(map_unordered(_pack, tasks, jobs=jobs)) as results:
        for index, contents in results:
            spec, across, fns, *_ = tasks[index]
            for fn, (content, cacheable) in zip(fns, contents, strict=True):
                item = DataItem(fn, spec, across)
                state = states[item]
                if state is not None and cacheable:
                    with suppress(StoreError):  # computing the runs has already warned
                        store.put(state, content)
                yield item, content, cacheable


def _pack(
    spec: OptimizerSpec | None,
    across: Across | None,
    fns: Sequence[TestFunction],
    grid: Grid,
    store: Store,
) -> list[tuple[bytes, bool]]:
    """Return the files of an optimizer (or the surfaces), and whether each may be cached."""
    if spec is None:
        return [(pack_surface(file_name(fn, None), fn), True) for fn in fns]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the pages report failed runs
        axis = {across.name: across.values} if across else None
        swept = grid.sweep(spec, fns, across=axis, store=store, jobs=1)
    packed = []
    for fn in fns:
        # value after value, at each all rates
        runs = [run for name, run in swept.items() if name[1] == fn.name]
        cacheable = all(run.status != "failed" for run in runs)
        packed.append((pack_runs(file_name(fn, spec, across), runs), cacheable))
    return packed
