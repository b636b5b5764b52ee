"""The maps of a function's page, which are stored as they are shown.

A page is written again whenever a run of its matrix changes. To find the minima at which the runs
of its maps end, and to draw them, takes longer than to read those runs from the store.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, TypeVar

import numpy as np

from optgallery.analysis import trainability
from optgallery.analysis.basins import Basins, arrivals, empty_map, map_basins
from optgallery.analysis.computing import Keys, Request
from optgallery.analysis.engine import Setting
from optgallery.analysis.outcomes import Arrays, packed, unpacked
from optgallery.analysis.problems import Problem
from optgallery.analysis.trainability import Trainability, map_trainability
from optgallery.cache.fingerprint import digest, sources
from optgallery.cache.store import Store, StoreError
from optgallery.functions import TestFunction
from optgallery.optim import OPTIMIZERS
from optgallery.sphinxext.pages import function_maps as maps
from optgallery.sphinxext.pages.experiment_record import Findings

_AXES = "lr", "1 - momentum"

Asked = tuple[str, TestFunction, Setting]
Result = TypeVar("Result")


class DrawnMap(NamedTuple):
    """A map of basins and its picture.

    Attributes
    ----------
    basins : Basins
    picture : bytes
        A PNG file.
    """

    basins: Basins
    picture: bytes


def compute_maps(
    basins_of: Sequence[TestFunction],
    trained_on: Sequence[TestFunction],
    found: Findings | None,
    store: Store,
) -> None:
    """Compute what the store lacks of the maps of these functions, in one set of tasks each."""
    missing = [asked for fn in basins_of if not _has(store, _key(asked := _asked(fn, found)))]
    for n in (maps.STARTS, maps.FEWER):
        if some := [each for asked in missing for each in asked if maps.starts(each[1]) == n]:
            map_basins(some, n, maps.BUDGET, store=store)
    possible = [
        fn for fn in trained_on if maps.can_be_trained(fn) and not _has(store, _key_of_training(fn))
    ]
    for n in (maps.SETTINGS, maps.FEWER):
        if fns := [fn for fn in possible if maps.settings(fn) == n]:
            map_trainability(maps.TRAINED, fns, *_AXES, n=n, budget=maps.BUDGET, store=store)


def basin_maps(fn: TestFunction, found: Findings | None, store: Store) -> list[DrawnMap]:
    """Return a map for each optimizer, with the same label for the same minimum in all of them."""
    asked, n = _asked(fn, found), maps.starts(fn)

    def drawn() -> Arrays:
        mapped = maps.unified(map_basins(asked, n, maps.BUDGET, store=store, jobs=1))
        arrays: Arrays = {"minima": mapped[0].minima}
        for each in mapped:
            name = each.optimizer.name
            arrays[f"labels {name}"] = each.labels
            arrays[f"evaluations {name}"] = each.evaluations
            arrays[f"picture {name}"] = np.frombuffer(maps.picture(each), np.uint8)
        return arrays

    arrays = _stored(store, _key(asked), drawn)
    return [
        DrawnMap(
            replace(
                empty_map(name, fn, given, n, maps.BUDGET),
                labels=arrays[f"labels {name}"],
                evaluations=arrays[f"evaluations {name}"],
                minima=arrays["minima"],
            ),
            arrays[f"picture {name}"].tobytes(),
        )
        for name, _, given in asked
    ]


def trainability_map(fn: TestFunction, store: Store) -> Trainability:
    """Return the map of the pairs of learning rate and momentum that converge."""

    def computed() -> Arrays:
        (map_,) = map_trainability(
            maps.TRAINED,
            [fn],
            *_AXES,
            n=maps.settings(fn),
            budget=maps.BUDGET,
            store=store,
            jobs=1,
        )
        return {"x": map_.x, "y": map_.y, "measure": map_.measure}

    arrays = _stored(store, _key_of_training(fn), computed)
    return Trainability(
        OPTIMIZERS[maps.TRAINED],
        Problem(fn, fn.start, fn),
        maps.BUDGET,
        *_AXES,
        arrays["x"],
        arrays["y"],
        arrays["measure"],
        {},
    )


def _asked(fn: TestFunction, found: Findings | None) -> list[Asked]:
    """Return the optimizer, the function and the setting of each map."""
    return [(name, fn, {"lr": rate.lr}) for name, rate in maps.rates(fn, found).items()]


def _stored(store: Store, key: str | None, compute: Callable[[], Arrays]) -> Arrays:
    """Return the arrays under a key, or compute and store them, unless a run failed."""
    content = None if key is None else store.get(key)
    if content is not None:
        return unpacked(content)
    arrays, complete = _without_failures(compute)
    if key is not None and complete:
        with suppress(StoreError):  # computing the runs has warned of it
            store.put(key, packed(arrays))
    return arrays


def _without_failures(compute: Callable[[], Result]) -> tuple[Result, bool]:
    """Call a function that warns of runs that failed; return whether it did not."""
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        result = compute()
    for each in raised:
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    return result, not raised


def _has(store: Store, key: str | None) -> bool:
    return key is not None and key in store


def _key(asked: Sequence[Asked]) -> str | None:
    """Return a key that covers everything that the maps of a function depend on; None if unknown.

    The starts follow from the domain and their number, so that the key of one run of each map is
    enough.
    """
    runs = [
        _keys(arrivals).key(
            Request(OPTIMIZERS[name], (Problem(fn, fn.start, fn),), (given,), maps.BUDGET)
        )
        for name, fn, given in asked
    ]
    if None in runs:
        return None
    return digest("maps of basins", sources(__name__), runs, maps.starts(asked[0][1]))


def _key_of_training(fn: TestFunction) -> str | None:
    """Return the same for the map of trainability, whose settings follow from their number."""
    spec = OPTIMIZERS[maps.TRAINED]
    run = _keys(trainability.convergence).key(
        Request(spec, (Problem(fn, fn.start, fn),), ({"lr": 1.0},), maps.BUDGET)
    )
    if run is None:
        return None
    return digest("map of trainability", sources(__name__), run, maps.settings(fn))


@cache
def _keys(reduce: Any) -> Keys:
    return Keys(reduce)
