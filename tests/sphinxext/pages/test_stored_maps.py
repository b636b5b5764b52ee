"""Maps of a function's page that are stored as they are shown."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optgallery as og
from optgallery import FUNCTIONS
from optgallery.cache.store import Store
from optgallery.functions import TestFunction
from optgallery.sphinxext.pages import function_maps as maps
from optgallery.sphinxext.pages import stored_maps


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "STARTS", 8)
    monkeypatch.setattr(maps, "SETTINGS", 8)
    monkeypatch.setattr(maps, "BUDGET", 40)


@pytest.fixture
def fn() -> TestFunction:
    return FUNCTIONS["himmelblau"]


def test_maps_of_basins_are_read_as_they_were_computed(tmp_path: Path, fn: TestFunction) -> None:
    first, alone = Store(tmp_path / "first"), Store(tmp_path / "alone")
    computed = stored_maps.basin_maps(fn, None, first)
    key = stored_maps._key(stored_maps._asked(fn, None))
    assert key is not None
    content = first.get(key)
    assert content is not None
    alone.put(key, content)
    read = stored_maps.basin_maps(fn, None, alone)
    assert len(list(alone.files())) == 1  # no run was computed for them
    for one, other in zip(computed, read, strict=True):
        assert one.picture == other.picture == maps.picture(other.basins)
        assert one.basins.title == other.basins.title
        for name in ("x", "y", "labels", "evaluations", "minima"):
            np.testing.assert_array_equal(getattr(one.basins, name), getattr(other.basins, name))
    apart = og.basins("sgd", fn, lr=0.001, n=8, budget=40, store=tmp_path / "apart")
    by_name = {each.basins.optimizer.name: each.basins for each in read}
    np.testing.assert_array_equal(by_name["sgd"].evaluations, apart.evaluations)


def test_a_map_of_trainability_is_read_as_it_was_computed(tmp_path: Path, fn: TestFunction) -> None:
    first, alone = Store(tmp_path / "first"), Store(tmp_path / "alone")
    computed = stored_maps.trainability_map(fn, first)
    key = stored_maps._key_of_training(fn)
    assert key is not None
    content = first.get(key)
    assert content is not None
    alone.put(key, content)
    read = stored_maps.trainability_map(fn, alone)
    assert len(list(alone.files())) == 1
    apart = og.trainability("sgd", fn, n=8, budget=40, store=tmp_path / "apart")
    for other in (computed, read):
        assert other.title == apart.title
        assert other.setting(0, 7) == apart.setting(0, 7)
        np.testing.assert_array_equal(other.measure, apart.measure)


def test_what_is_stored_is_not_computed_before_reading(tmp_path: Path, fn: TestFunction) -> None:
    store = Store(tmp_path)
    stored_maps.basin_maps(fn, None, store)
    stored_maps.trainability_map(fn, store)
    before = {path for path, _ in store.files()}
    for path in before:
        key_of_maps = stored_maps._key(stored_maps._asked(fn, None))
        keys = (key_of_maps, stored_maps._key_of_training(fn))
        if not any(key and path == store._path(key) for key in keys):
            path.unlink()
    stored_maps.compute_maps([fn], [fn], None, store)
    assert len(list(store.files())) == 2


@pytest.mark.parametrize("changed", ["domain", "start", "minima"])
def test_maps_of_a_function_that_changed_are_computed_again(fn: TestFunction, changed: str) -> None:
    xmin, xmax, ymin, ymax = fn.domain
    values = {
        "domain": (xmin, xmax + 1, ymin, ymax),
        "start": (fn.start[0] + 0.5, fn.start[1]),
        "minima": fn.minima[:2],
    }
    other = replace(fn, **{changed: values[changed]})
    before, after = (stored_maps._key(stored_maps._asked(each, None)) for each in (fn, other))
    assert before != after
    assert stored_maps._key_of_training(fn) != stored_maps._key_of_training(other)


def test_maps_with_runs_that_failed_are_not_stored(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def warned() -> dict[str, np.ndarray]:
        warnings.warn("1 of 2 runs failed", RuntimeWarning, stacklevel=2)
        return {"x": np.zeros(2)}

    with pytest.warns(RuntimeWarning, match="1 of 2 runs failed"):
        stored_maps._stored(store, "0" * 32, warned)
    assert list(store.files()) == []
    assert set(stored_maps._stored(store, "0" * 32, lambda: {"x": np.zeros(2)})) == {"x"}
    assert len(list(store.files())) == 1
