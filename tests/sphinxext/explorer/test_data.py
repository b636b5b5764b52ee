"""The files of the explorer: written once, and again when their inputs change."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from explorer_files import FNS, SPECS, read

from optgallery.cache.store import Store
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.sphinxext.explorer import data
from optgallery.sphinxext.incremental.cells import GRID_STEPS
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sweeps.sweep import LEARNING_RATES


def grid(specs: Sequence[OptimizerSpec], fns: Sequence[TestFunction]) -> Grid:
    return Grid(tuple(specs), tuple(fns), LEARNING_RATES, GRID_STEPS)


GRID = grid(SPECS, FNS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_files_are_rewritten_only_if_their_inputs_change(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "explorer"
    states = data.grid_states(grid(SPECS, FNS))
    assert data.refresh(folder, states, GRID, store) == (6, 0)
    paths = sorted(folder.rglob("*.js"))
    assert [path.relative_to(folder).as_posix() for path in paths] == [
        f"{fn}/{name}.js" for fn in ("beale", "sphere") for name in ("-surface", "adamw", "sgd")
    ]
    times = [path.stat().st_mtime_ns for path in paths]

    # nothing changed: nothing is computed
    with monkeypatch.context() as patch:
        patch.setattr(data, "_pack", None)
        assert data.refresh(folder, states, GRID, store) == (0, 0)

    # one optimizer changed: its files are rebuilt, and written only if they differ
    edited = data.grid_states(grid([SPECS[0], replace(SPECS[1], summary="Other words.")], FNS))
    assert data.refresh(folder, edited, GRID, store) == (2, 0)
    assert [path.stat().st_mtime_ns for path in paths] == times

    # a missing file is restored from the store
    paths[1].unlink()
    with monkeypatch.context() as patch:
        patch.setattr(data, "_pack", None)
        assert data.refresh(folder, edited, GRID, store) == (1, 0)

    # the files of a removed optimizer are deleted
    (folder / "beale" / ".adamw.js.0badc0de").write_text("half")
    assert data.refresh(folder, data.grid_states(grid(SPECS[:1], FNS)), GRID, store) == (0, 3)
    assert data.refresh(folder, {}, GRID, store) == (0, 4)
    assert [path.name for path in folder.iterdir()] == [".published.json"]


def test_after_a_killed_build_every_file_is_checked_again(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "explorer"
    states = data.grid_states(grid(SPECS[:1], FNS[:1]))
    data.refresh(folder, states, GRID, store)
    (folder / ".published.json").unlink()
    pair = folder / "sphere" / "sgd.js"
    content = pair.read_bytes()
    pair.write_bytes(content[:100])
    assert data.refresh(folder, states, GRID, store) == (2, 0)
    assert pair.read_bytes() == content


def test_the_list_of_files_does_not_depend_on_earlier_builds(tmp_path: Path, store: Store) -> None:
    states = data.grid_states(grid(SPECS[:1], FNS))
    lists = []
    for name in ("whole", "resumed"):
        folder = tmp_path / name
        data.refresh(folder, states, GRID, store)
        if name == "resumed":
            first, *_ = states
            (folder / f"{data.file_name(*first)}.js").unlink()
            data.refresh(folder, dict(reversed(states.items())), GRID, store)
        lists.append((folder / ".published.json").read_bytes())
    assert lists[0] == lists[1]


def test_a_failed_run_is_repeated(tmp_path: Path, store: Store) -> None:
    broken = replace(SPECS[0], name="broken", defaults={"no_such": 1})
    states = data.grid_states(grid([broken], FNS[:1]))
    assert data.refresh(tmp_path / "explorer", states, GRID, store) == (2, 0)
    assert data.refresh(tmp_path / "explorer", states, GRID, store) == (1, 0)
    (_, _, head), _ = read((tmp_path / "explorer" / "sphere" / "broken.js").read_bytes())
    assert {run["kind"] for run in head["runs"]} == {"failed"}
