"""Further axes in the explorer: those of which a page of the gallery shows a matrix."""

from collections.abc import Iterable
from typing import Any

from optgallery.optim import OPTIMIZERS
from optgallery.sphinxext.incremental import known
from optgallery.sphinxext.incremental.cells import MatrixCell, file_part, grid_stem, parsed
from optgallery.sphinxext.incremental.site_files import quoted
from optgallery.sweeps.across import Across
from optgallery.sweeps.sweep import LEARNING_RATES

Axes = dict[tuple[str, str], dict[str, Across]]
"""The axes of each pair of an optimizer and a function, by their names."""


def axes_of(cells: Iterable[MatrixCell]) -> Axes:
    """Return the axes that are shown at every learning rate of the grid, with numbers as values.

    Of an optimizer with an axis of its own, those that are shown at every value of that.

    Examples
    --------
    >>> axes_of([])
    {}
    """
    shown: dict[tuple[str, str], dict[str, dict[float, set[float | None]]]] = {}
    for cell in cells:
        found = parsed(cell["setting"])
        pair = cell["optimizer"], cell["function"]
        if found is None or isinstance(found[1], tuple):
            continue
        if cell["stem"] == grid_stem(*pair, cell["value"], cell["setting"]):
            by_value = shown.setdefault(pair, {}).setdefault(found[0], {})
            by_value.setdefault(found[1], set()).add(cell["value"])
    axes: Axes = {}
    for pair, by_name in shown.items():
        spec = known.find(OPTIMIZERS, pair[0])
        every = set(LEARNING_RATES if spec is None else spec.values(LEARNING_RATES))
        for name, by_value in by_name.items():
            values = [value for value, there in by_value.items() if there >= every]
            if values:
                axes.setdefault(pair, {})[name] = Across(name, tuple(sorted(values)))
    return axes


def index_of(axes: Axes) -> list[dict[str, Any]]:
    """Return the axes as JSON data for the scripts."""
    return [
        _described(pair, across) for pair, by_name in axes.items() for across in by_name.values()
    ]


def _described(pair: tuple[str, str], across: Across) -> dict[str, Any]:
    settings = [across.setting(value) for value in across.values]
    return {
        "optimizer": pair[0],
        "function": pair[1],
        "file": axis_file(across),
        "settings": settings,
        "cells": [file_part(setting) for setting in settings],
    }


def axis_file(across: Across) -> str:
    """Return what the name of the file of an axis ends in, after the optimizer's."""
    return f"@{quoted(across.name)}"  # no quoted name has this character
