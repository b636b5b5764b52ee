"""Animations in the store: their keys and files, each drawn once."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import optgallery as og
from optgallery.cache.store import Store
from optgallery.render.animation import animate
from optgallery.render.still import still
from optgallery.sphinxext.incremental import pictures
from optgallery.sphinxext.incremental.pictures import (
    Drawn,
    Tile,
    draw_tiles,
    drawn,
    drawn_surface,
    drawn_tile,
    picture_key,
    surface_key,
    tile,
    tile_key,
)


def run(optimizer: Any = "sgd", function: Any = "booth", **options: Any) -> og.Trajectory:
    return og.run(optimizer, function, **{"lr": 0.1, "steps": 5, **options})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_the_files_are_those_of_the_animation(store: Store) -> None:
    animation = tile(run())
    files = drawn(animation, store)
    assert files == Drawn(animation.gif(), animation.png())
    assert files.size == Image.open(BytesIO(files.png)).size
    assert files.size[0] == pictures.TILE["size"]
    assert Drawn.unpack(files.pack()) == files


def test_a_cell_has_the_gif_of_its_animation_and_a_still(store: Store) -> None:
    pictures_of_cell = drawn_tile(run(), store)
    assert pictures_of_cell == Tile(tile(run()).gif(), still(run(), pictures.TILE["size"]))
    assert pictures_of_cell.size == Image.open(BytesIO(pictures_of_cell.gif)).size
    assert Tile.unpack(pictures_of_cell.pack()) == pictures_of_cell
    assert drawn_tile(run(), store) == pictures_of_cell
    outside = drawn_tile(run(lr=1.0), store)
    assert outside.still.end is None
    assert Tile.unpack(outside.pack()) == outside


def test_a_surface_is_that_of_the_function_whatever_its_name(store: Store) -> None:
    renamed = replace(og.FUNCTIONS["booth"], name="other", title="Other")
    keys = {surface_key(fn) for fn in (og.FUNCTIONS["booth"], renamed)}
    assert len(keys) == 1
    assert picture_key(tile(run())) != picture_key(tile(run(function=renamed)))
    assert keys.isdisjoint({surface_key(og.FUNCTIONS["matyas"])})
    assert surface_key(replace(renamed, minima=())) not in keys
    with Image.open(BytesIO(drawn_surface(run(), store))) as picture:
        assert (np.asarray(picture.convert("RGB")) == tile(run()).surface(2)).all()


def test_an_animation_is_drawn_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawn(tile(run()), store)
    monkeypatch.setattr(pictures, "_draw", None)
    assert drawn(tile(run()), store) == first
    with pytest.raises(TypeError):
        drawn(tile(run(lr=0.3)), store)


PLANE = {"x0": 1, "y0": 1, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
OTHERS = {
    "another path": lambda: tile(run(lr=0.2)),
    "another function": lambda: tile(run(function="matyas")),
    "another optimizer's name on the same path": lambda: tile(run("momentum", momentum=0.0)),
    "more steps": lambda: tile(run(steps=6)),
    "two panels": lambda: animate([run(), run()], **pictures.TILE),
    "another size": lambda: animate(run(), **{**pictures.TILE, "size": 120}),
    "fewer pictures": lambda: animate(run(), **{**pictures.TILE, "frames": 3}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_the_key_covers_everything_that_is_drawn(other: Any) -> None:
    key = picture_key(tile(run()))
    assert picture_key(tile(run())) == key
    assert picture_key(other()) != key


def test_values_identify_a_formula_not_defined_in_a_file() -> None:
    def key(formula: Any) -> str:
        return picture_key(tile(run(function=(formula, {**PLANE, "name": "mine"}))))

    first = key(lambda x, y: x**2 + y**2)
    assert key(lambda x, y: x * x + y * y) == first
    assert key(lambda x, y: x**2 + y**2 + (x > 1.9)) != first


def test_only_missing_tiles_are_drawn(store: Store) -> None:
    runs = [run(), run(lr=0.2), run(function="matyas")]
    assert draw_tiles(runs[:1], store) == 1
    assert draw_tiles(runs, store) == 2
    assert draw_tiles(runs, store) == 0
    for trajectory in runs:
        content = store.get(tile_key(trajectory))
        assert content is not None
        assert Tile.unpack(content).gif == tile(trajectory).gif()
        assert surface_key(trajectory.test_fn) in store


def test_a_tile_shared_by_two_runs_is_drawn_once(store: Store) -> None:
    assert draw_tiles([run(), run()], store) == 1


def test_tiles_from_other_processes_are_byte_for_byte_equal(store: Store, tmp_path: Path) -> None:
    runs = [run(lr=lr) for lr in (0.01, 0.1)]
    other = Store(tmp_path / "other")
    assert draw_tiles(runs, store, jobs=1) == draw_tiles(runs, other, jobs=2) == 2
    for trajectory in runs:
        key = tile_key(trajectory)
        assert key in store
        assert store.get(key) == other.get(key)
