"""The classes of behaviour of all runs of the grid, as one file that the page to find runs loads.

A run has a whole number, whose bit i says whether it belongs to class i of
`optgallery.analysis.behaviour.CLASSES`. The numbers are in the order of optimizers, functions and
learning rates (or values of an own axis): first the high bytes of all, then the low ones,
compressed with zlib and encoded in base64. The file is a script, so that it can be loaded from
``file://``, too. A second file has the outcomes and classes of the same runs as a table, for those
who compute with them.
"""

import base64
import warnings
import zlib
from contextlib import closing, suppress
from itertools import product
from pathlib import Path

import numpy as np

from optgallery.analysis import behaviour as behaviour_module
from optgallery.analysis.behaviour import CLASSES, behaviours
from optgallery.cache.fingerprint import UnidentifiableError, digest, identity, sources
from optgallery.cache.store import Store, StoreError
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.parallel.distribution import map_unordered
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sweeps import sweep as sweep_module
from optgallery.sweeps.sweep import Sweep
from optgallery.sweeps.tables import as_csv

FORMAT = 1
"""Version of the file, to be increased with every change; the script checks it."""

FILE = "behaviour/runs.js"
"""Its path in the site."""

TABLE = "behaviour/runs.csv"
"""The path of the table."""

_STORED = 2  # version of what the store has of an optimizer's runs

COLUMNS = (
    *("optimizer", "function", "lr", "setting", "outcome", "evaluations", "step", "reason"),
    *("x", "y", "value", "minimum", "behaviour"),
)
"""The columns of the table: those of `Sweep.to_csv`, and the classes of behaviour. ``setting`` is
that of an optimizer without a learning rate."""

_MASK = np.dtype(">u2")
_MIN_PARALLEL = 6  # optimizers; for fewer, starting processes takes longer than it saves


def publish_behaviour(site: Path, grid: Grid, store: Store) -> int:
    """Write the files, unless they are up to date.

    Parameters
    ----------
    site : Path
        The folder of the site.
    grid : Grid
        The runs.
    store : Store
        The store of the runs, and of their classes.

    Returns
    -------
    int
        The number of optimizers whose runs were classified now.
    """
    contents, computed = _contents(grid, store)
    sizes = [_MASK.itemsize * len(_runs_of(spec, grid)) for spec in grid.optimizers]
    parts = list(zip(contents, sizes, strict=True))
    masks = b"".join(content[:size] for content, size in parts)
    write(site / FILE, pack(np.frombuffer(masks, _MASK)))
    rows = b"".join(content[size:] for content, size in parts)
    write(site / TABLE, ",".join(COLUMNS).encode() + b"\n" + rows)
    return computed


def pack(masks: np.ndarray) -> bytes:
    """Return the file that contains the classes of runs.

    Parameters
    ----------
    masks : array of int of shape (n,)
        The number of each run.

    Examples
    --------
    >>> pack(np.array([1, 256])).decode()[:24]
    'optgallery.behaviours(1,'
    """
    octets = masks.astype(">u2").view(np.uint8).reshape(-1, 2).T.tobytes()
    body = base64.b64encode(zlib.compress(octets, 9)).decode()
    return f'optgallery.behaviours({FORMAT},"{body}");\n'.encode()


def _contents(grid: Grid, store: Store) -> tuple[list[bytes], int]:
    """Return the numbers and rows of each optimizer's runs, and how many were not stored."""
    states = [_state(spec, grid) for spec in grid.optimizers]
    contents = [None if state is None else store.get(state) for state in states]
    missing = [i for i, content in enumerate(contents) if content is None]
    tasks = [(grid.optimizers[i], grid, store) for i in missing]
    jobs = 1 if len(tasks) < _MIN_PARALLEL else None
    with closing(map_unordered(_classify, tasks, jobs=jobs)) as results:
        for position, (content, cacheable) in results:
            contents[missing[position]] = content
            state = states[missing[position]]
            if state is not None and cacheable:
                with suppress(StoreError):  # computing the runs has already warned
                    store.put(state, content)
    return [content or b"" for content in contents], len(missing)


def _runs_of(spec: OptimizerSpec, grid: Grid) -> list[tuple[TestFunction, float | None]]:
    return list(product(grid.functions, spec.values(grid.lrs)))


def _classify(
    spec: OptimizerSpec,
    grid: Grid,
    store: Store,
) -> tuple[bytes, bool]:
    """Return the numbers and rows of an optimizer's runs, and whether they may be stored."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the pages report failed runs
        swept = grid.sweep(spec, grid.functions, store=store, jobs=1)
    bits = {each.name: 1 << i for i, each in enumerate(CLASSES)}
    found = behaviours(swept)
    masks = [sum(bits[name] for name in names) for names in found]
    cacheable = all(run.status != "failed" for run in swept.values())
    return np.array(masks, _MASK).tobytes() + _rows(spec, swept, found).encode(), cacheable


def _rows(spec: OptimizerSpec, swept: Sweep, found: list[tuple[str, ...]]) -> str:
    """Return the rows of an optimizer's runs in the table, without its head."""
    axis = spec.own_axis
    parameter = None if axis is None else axis.parameter
    lines = as_csv(
        {
            **{name: row.get(name) for name in COLUMNS},
            "setting": parameter and f"{parameter}={row[parameter]!r}",
            "behaviour": "; ".join(names),
        }
        for row, names in zip(swept.rows(), found, strict=True)
    )
    return lines.partition("\n")[2]


def _state(spec: OptimizerSpec, grid: Grid) -> str | None:
    """Return a digest of what the classes of an optimizer's runs depend on; None if unknown."""
    code = sources(sweep_module, behaviour_module)
    with suppress(UnidentifiableError):
        entries = [identity(entry) for entry in (spec, *grid.functions)]
        return digest("behaviour", code, _STORED, entries, grid.lrs, grid.steps)
    return None
