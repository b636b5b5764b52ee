"""Further axes in the explorer."""

from pathlib import Path
from typing import Any

import pytest

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.explorer.axes import axes_of, axis_file, index_of
from optgallery.sphinxext.explorer.data import DataItem, file_name, grid_states
from optgallery.sphinxext.incremental.cells import GRID_STEPS
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sphinxext.incremental.site_files import quoted
from optgallery.sweeps.across import Across

ADAMW, BEALE = og.OPTIMIZERS["adamw"], og.FUNCTIONS["beale"]
GRID = Grid((ADAMW,), (BEALE,), og.LEARNING_RATES, GRID_STEPS)


def cells(folder: Path, *arguments: Any, **options: Any) -> list[Any]:
    return Content.of(og.sweep(*arguments, **options), Store(folder)).cells


def test_axes_have_every_rate_of_the_grid_and_its_steps_and_numbers(tmp_path: Path) -> None:
    given = {"across": {"noise": [1.0, 0]}}
    full = cells(tmp_path, "adamw", ["beale", "sphere"], **given)
    assert axes_of(full) == {
        ("adamw", "beale"): {"noise": Across("noise", (0, 1.0))},
        ("adamw", "sphere"): {"noise": Across("noise", (0, 1.0))},
    }
    assert axes_of(full[:7]) == {("adamw", "beale"): {"noise": Across("noise", (1.0,))}}
    assert axes_of(full[:6]) == {}
    assert axes_of(cells(tmp_path, "adamw", "beale", steps=5, **given)) == {}
    assert axes_of(cells(tmp_path, "adamw", "beale")) == {}
    betas = {"betas": [(0.5, 0.9), (0.9, 0.99)]}
    assert axes_of(cells(tmp_path, "adam", "beale", across=betas)) == {}


def test_two_matrices_of_a_pair_give_one_axis_or_two(tmp_path: Path) -> None:
    one, other, noise = (
        cells(tmp_path, "adamw", "beale", across=across)
        for across in ({"weight_decay": [0, 0.1]}, {"weight_decay": [0.1, 1]}, {"noise": [0.5]})
    )
    assert axes_of([*one, *other, *noise])["adamw", "beale"] == {
        "weight_decay": Across("weight_decay", (0, 0.1, 1)),
        "noise": Across("noise", (0.5,)),
    }


def test_the_index_names_files_and_cells() -> None:
    axes = {("adamw", "beale"): {"noise": Across("noise", (0, 1e20))}}
    assert index_of(axes) == [
        {
            "optimizer": "adamw",
            "function": "beale",
            "file": "@noise",
            "settings": ["noise=0", "noise=1e+20"],
            "cells": ["noise-0", "noise-1e~2B20"],
        }
    ]


@pytest.mark.parametrize("name", ["adamw@noise", "@", "größe@x"])
def test_no_optimizer_has_the_file_of_an_axis(name: str) -> None:
    assert "@" not in quoted(name)
    assert axis_file(Across("noise", (1,))) == "@noise"


def test_a_pair_with_an_axis_has_a_further_file() -> None:
    across = Across("weight_decay", (0, 0.1))
    axes = {("adamw", "beale"): {"weight_decay": across}}
    states = grid_states(GRID, axes)
    assert [file_name(*item) for item in states] == [
        "beale/-surface",
        "beale/adamw",
        "beale/adamw@weight_decay",
    ]
    other = {("adamw", "beale"): {"weight_decay": Across("weight_decay", (0, 0.2))}}
    item, changed = DataItem(BEALE, ADAMW, across), grid_states(GRID, other)
    assert states[item] not in changed.values()
    assert states[DataItem(BEALE, ADAMW)] == changed[DataItem(BEALE, ADAMW)]
