"""The explorer's data: a file for each function and each pair, rebuilt where it is stale."""

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

Thing: TypeAlias = tuple[TestFunction, OptimizerSpec | None]
"""What a file holds: the surface of a function, or the runs of an optimizer on it."""

_FEW = 6  # optimizers; below that, starting processes for them costs more than it saves


def refresh(
    folder: Path,
    states: Mapping[Thing, str | None],
    store: Store,
) -> tuple[int, int]:
    """Bring the explorer's data up to date.

    Parameters
    ----------
    folder : Path
        Where they lie.
    states : mapping
        Of each function's surface ``(fn, None)``, and of each pair ``(fn, spec)``, what it is made
        from, as `grid_states` returns them.
    store : Store
        Where runs are kept, and what was made of them.

    Returns
    -------
    changed, gone : int
        How many files were made or fetched, and how many deleted.
    """
    named = {file_name(*thing): thing for thing in states}
    files = {name: [f"{name}.js"] for name in named}
    by_name = {name: states[thing] for name, thing in named.items()}
    with publishing(folder, by_name, files, (".js",)) as published:
        stale = [named[name] for name in published.stale]
        for thing, content, lasting in _made(stale, states, store):
            name = file_name(*thing)
            write(folder / f"{name}.js", content)
            if lasting:
                published.written(name)
    return len(published.stale), len(published.gone)


def file_name(fn: TestFunction, spec: OptimizerSpec | None) -> str:
    """Name a file of the data, as the script asks for it."""
    return f"{quoted(fn.name)}/{quoted(spec.name) if spec else '-surface'}"


def grid_states(
    specs: Sequence[OptimizerSpec], fns: Sequence[TestFunction]
) -> dict[Thing, str | None]:
    """Return what each file is made from; None where that cannot be told."""
    code = sources(sweep_module, encoding)
    rates = (LEARNING_RATES, GRID_STEPS)
    runners = {spec: _state(spec) for spec in specs}
    states: dict[Thing, str | None] = {}
    for fn in fns:
        drawn = _state(fn)
        states[fn, None] = _joint(code, drawn)
        for spec, runner in runners.items():
            states[fn, spec] = _joint(code, drawn, runner, rates)
    return states


def _state(entry: OptimizerSpec | TestFunction) -> str | None:
    with suppress(UnidentifiableError):
        return identity(entry)
    return None


def _joint(*states: Any) -> str | None:
    return None if None in states else digest("explorer", *states)


def _made(
    stale: Sequence[Thing],
    states: Mapping[Thing, str | None],
    store: Store,
) -> Iterator[tuple[Thing, bytes, bool]]:
    """Yield the content of files, from the store or made now, and whether it stays what it is.

    A run that failed is tried again each time: what failed may have been the machine.
    """
    lacking: dict[OptimizerSpec | None, list[TestFunction]] = {}
    for fn, spec in stale:
        state = states[fn, spec]
        if state is not None and (content := store.get(state)) is not None:
            yield (fn, spec), content, True
        else:
            lacking.setdefault(spec, []).append(fn)
    tasks = [(spec, fns, store) for spec, fns in lacking.items()]
    jobs = 1 if len(tasks) < _FEW else None
    with closing(map_unordered(_pack, tasks, jobs=jobs)) as made:
        for index, contents in made:
            spec, fns, _ = tasks[index]
            for fn, (content, lasting) in zip(fns, contents, strict=True):
                state = states[fn, spec]
                if state is not None and lasting:
                    with suppress(StoreError):  # computing the runs has warned of it
                        store.put(state, content)
                yield (fn, spec), content, lasting


def _pack(
    spec: OptimizerSpec | None, fns: Sequence[TestFunction], store: Store
) -> list[tuple[bytes, bool]]:
    """Make the files of one optimizer, or the surfaces; say of each whether it stays what it is."""
    if spec is None:
        return [(pack_surface(file_name(fn, None), fn), True) for fn in fns]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of runs that failed: their pages say so
        swept = sweep(spec, fns, steps=GRID_STEPS, store=store, jobs=1)
    packed = []
    for fn in fns:
        runs = [swept[spec.name, fn.name, lr] for lr in swept.lrs]
        lasting = all(run.status != "failed" for run in runs)
        packed.append((pack_runs(file_name(fn, spec), runs), lasting))
    return packed
