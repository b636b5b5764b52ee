"""Which functions each optimizer solves at the best of the gallery's rates."""

import json
from contextlib import suppress

from optgallery.optim import OptimizerSpec
from optgallery.provenance import digest
from optgallery.registry import EVERY
from optgallery.sphinxext.records import Entries, package_state
from optgallery.sphinxext.scraper import GRID_STEPS
from optgallery.store import Store, StoreError
from optgallery.sweep import LEARNING_RATES, Sweep, sweep


def solved_functions(spec: OptimizerSpec, store: Store) -> list[str]:
    """Name the functions of the grid that an entry solves at one rate at least.

    Its runs are taken from the store, or taken now; the answer is kept there too, as reading all
    runs of the grid takes seconds.
    """
    state = Entries((spec.name,), (EVERY,)).digest()
    if state is None:
        return solved(sweep(spec, store=store, steps=GRID_STEPS), spec.name)
    name = digest("solved", state, package_state(), LEARNING_RATES, GRID_STEPS)
    if (kept := store.get(name)) is not None:
        return list(json.loads(kept))
    found = solved(sweep(spec, store=store, steps=GRID_STEPS), spec.name)
    with suppress(StoreError):  # the sweep has warned of it
        store.put(name, json.dumps(found).encode())
    return found


def solved(swept: Sweep, optimizer: str) -> list[str]:
    """Name the functions of a sweep that an optimizer solves at one of its rates."""
    return [
        fn.name
        for fn in swept.functions
        if any(swept[optimizer, fn.name, lr].verdict == "solved" for lr in swept.lrs)
    ]
