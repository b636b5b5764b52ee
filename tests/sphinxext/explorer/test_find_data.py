"""The file of the classes of all runs."""

import csv
import json
import re
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from explorer_files import FNS, SPECS

import optgallery as og
from optgallery.analysis.behaviour import CLASSES
from optgallery.cache.store import Store
from optgallery.sphinxext.explorer import find_data
from optgallery.sphinxext.incremental.project import Grid

GRID = Grid(tuple(SPECS), tuple(FNS), (0.01, 0.1, 1.0), 50)


def masks(site: Path) -> list[int]:
    """Return the numbers of all runs in the written file."""
    script = (site / find_data.FILE).read_text()
    call = re.fullmatch(r"optgallery\.behaviours\((.*)\);\n", script)
    assert call is not None
    number, body = json.loads(f"[{call[1]}]")
    assert number == find_data.FORMAT
    high, low = np.frombuffer(zlib.decompress(b64decode(body)), np.uint8).reshape(2, -1)
    return (256 * high.astype(int) + low).tolist()


def test_the_file_contains_the_classes_of_all_runs(tmp_path: Path) -> None:
    assert find_data.publish_behaviour(tmp_path, GRID, Store(tmp_path / "store")) == 2
    swept = og.sweep(SPECS, FNS, GRID.lrs, steps=50)
    expected = og.behaviours(swept.values())
    found = [
        tuple(each.name for i, each in enumerate(CLASSES) if mask >> i & 1)
        for mask in masks(tmp_path)
    ]
    assert found == expected
    assert any(found)


def test_the_table_has_the_outcome_and_the_classes_of_every_run(tmp_path: Path) -> None:
    axis = og.Axis("weight_decay", [0.0, 0.1])
    decayed = replace(og.OPTIMIZERS["adamw"], name="decayed", axis=axis)
    grid = GRID._replace(optimizers=(*GRID.optimizers, decayed))
    find_data.publish_behaviour(tmp_path, grid, Store(tmp_path / "store"))
    with (tmp_path / find_data.TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    swept = og.sweep(grid.optimizers, FNS, GRID.lrs, steps=50)
    assert len(rows) == len(swept) == 2 * 2 * 3 + 2 * 2
    for row, (cell, run), names in zip(rows, swept.items(), og.behaviours(swept), strict=True):
        assert (row["optimizer"], row["function"]) == cell[:2]
        own = cell[0] == "decayed"
        assert row["lr"] == ("" if own else repr(cell[2]))
        assert row["setting"] == (f"weight_decay={cell[2]!r}" if own else "")
        assert row["outcome"] == run.outcome.kind
        assert row["evaluations"] == ("" if run.outcome.cost is None else str(run.outcome.cost))
        assert float(row["value"]) == pytest.approx(run.values[-1], nan_ok=True)
        assert row["behaviour"] == "; ".join(names)


def test_all_classes_fit_into_two_bytes() -> None:
    assert len(CLASSES) <= 16


def test_only_what_is_new_is_classified(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert find_data.publish_behaviour(tmp_path, GRID, store) == 2
    written = (tmp_path / find_data.FILE).stat().st_mtime_ns
    assert find_data.publish_behaviour(tmp_path, GRID, store) == 0
    assert (tmp_path / find_data.FILE).stat().st_mtime_ns == written
    third = og.OPTIMIZERS["lion"]
    more = GRID._replace(optimizers=(*GRID.optimizers, third))
    assert find_data.publish_behaviour(tmp_path, more, store) == 1
    assert len(masks(tmp_path)) == 3 * 2 * 3


@pytest.mark.parametrize("change", [{"steps": 49}, {"lrs": (0.01, 0.1, 2.0)}])
def test_other_runs_are_classified_again(change: dict[str, object], tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    find_data.publish_behaviour(tmp_path, GRID, store)
    assert find_data.publish_behaviour(tmp_path, GRID._replace(**change), store) == 2  # type: ignore[arg-type]
