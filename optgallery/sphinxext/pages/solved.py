"""The functions that each optimizer solves at one or more of the gallery's learning rates."""

import json

from optgallery.cache.fingerprint import digest
from optgallery.cache.store import Store
from optgallery.optim import OptimizerSpec
from optgallery.registry import EVERY
from optgallery.sphinxext.incremental.cells import GRID_STEPS
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.records import package_state
from optgallery.sweeps.sweep import LEARNING_RATES, Sweep, sweep


def solved_functions(spec: OptimizerSpec, store: Store) -> list[str]:
    """Return the names of the functions of the grid that an optimizer solves at some rate.

    The result is cached in the store, because reading all runs of the grid takes seconds.
    """
    state = Entries((spec.name,), (EVERY,)).digest()
    if state is None:
        return solved(sweep(spec, store=store, steps=GRID_STEPS), spec.name)
    key = digest("solved", state, package_state(), LEARNING_RATES, GRID_STEPS)

    def find() -> bytes:
        return json.dumps(solved(sweep(spec, store=store, steps=GRID_STEPS), spec.name)).encode()

    return list(json.loads(store.get_or_compute(key, find)))


def solved(swept: Sweep, optimizer: str) -> list[str]:
    """Return the names of the functions of a sweep that an optimizer solves at some rate."""
    return [
        fn.name
        for fn in swept.functions
        if any(swept[optimizer, fn.name, lr].solved for lr in swept.lrs)
    ]
