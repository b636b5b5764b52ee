"""The explorer's data files: one for each function and one for each pair, updated when stale."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeAlias

from optgallery.cache.fingerprint import UnidentifiableError, digest, identity, sources
from optgallery.cache.store import Store, StoreError
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.parallel.distribution import map_unordered
from optgallery.sphinxext.explorer import encoding
from optgallery.sphinxext.explorer.encoding import pack_runs, pack_surface
from optgallery.sphinxext.incremental.matrices import GRID_STEPS
from optgallery.sphinxext.incremental.publication import publishing
from optgallery.sphinxext.incremental.site_files import quoted, write
from optgallery.sweeps import sweep as sweep_module
from optgallery.sweeps.sweep import LEARNING_RATES, sweep

DataItem: TypeAlias = tuple[TestFunction, OptimizerSpec | None]
"""The content of one file: the surface of a function, or the runs of an optimizer on it."""

_MIN_PARALLEL = 6  # optimizers; for fewer, starting processes takes longer than it saves


def refresh(
    folder: Path,
    states: Mapping[DataItem, str | None],
    store: Store,
) -> tuple[int, int]:
    """Update the explorer's data files.

    Parameters
    ----------
    folder : Path
        The folder of the files.
    states : mapping
        The digest of each surface ``(fn, None)`` and each pair ``(fn, spec)``, from `grid_states`.
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
        for item, content, cacheable in _contents(stale, states, store):
            name = file_name(*item)
            write(folder / f"{name}.js", content)
            if cacheable:
                published.mark_written(name)
    return len(published.stale), len(published.deleted)


def file_name(fn: TestFunction, spec: OptimizerSpec | None) -> str:
    """Return the name, without extension, under which the script requests a file."""
    return f"{quoted(fn.name)}/{quoted(spec.name) if spec else '-surface'}"


def grid_states(
    specs: Sequence[OptimizerSpec], fns: Sequence[TestFunction]
) -> dict[DataItem, str | None]:
    """Return a digest of everything each file depends on; None if that cannot be determined."""
    code = sources(sweep_module, encoding)
    rates = (LEARNING_RATES, GRID_STEPS)
    spec_states = {spec: _state(spec) for spec in specs}
    states: dict[DataItem, str | None] = {}
    for fn in fns:
        fn_state = _state(fn)
        states[fn, None] = _combined(code, fn_state)
        for spec, spec_state in spec_states.items():
            states[fn, spec] = _combined(code, fn_state, spec_state, rates)
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
    store: Store,
) -> Iterator[tuple[DataItem, bytes, bool]]:
    """Yield each item, its content (from the store or computed now), and whether to cache it.

    Files with a failed run are not cached, since the machine may have caused the failure.
    """
    missing: dict[OptimizerSpec | None, list[TestFunction]] = {}
    for fn, spec in stale:
        state = states[fn, spec]
        if state is not None and (content := store.get(state)) is not None:
            yield (fn, spec), content, True
        else:
            missing.setdefault(spec, []).append(fn)
    tasks = [(spec, fns, store) for spec, fns in missing.items()]
    jobs = 1 if len(tasks) < _MIN_PARALLEL else None
    with closing(map_unordered(_pack, tasks, jobs=jobs)) as results:
        for index, contents in results:
            spec, fns, _ = tasks[index]
            for fn, (content, cacheable) in zip(fns, contents, strict=True):
                state = states[fn, spec]
                if state is not None and cacheable:
                    with suppress(StoreError):  # computing the runs has already warned
                        store.put(state, content)
                yield (fn, spec), content, cacheable


def _pack(
    spec: OptimizerSpec | None, fns: Sequence[TestFunction], store: Store
) -> list[tuple[bytes, bool]]:
    """Return the files of an optimizer (or the surfaces), and whether each may be cached."""
    if spec is None:
        return [(pack_surface(file_name(fn, None), fn), True) for fn in fns]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the pages report failed runs
        swept = sweep(spec, fns, steps=GRID_STEPS, store=store, jobs=1)
    packed = []
    for fn in fns:
        runs = [swept[spec.name, fn.name, lr] for lr in swept.lrs]
        cacheable = all(run.status != "failed" for run in runs)
        packed.append((pack_runs(file_name(fn, spec), runs), cacheable))
    return packed
