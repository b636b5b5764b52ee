"""Refusals that say what was given and what would do."""

from math import isfinite
from typing import Any

import numpy as np


def check_whole(what: str, number: Any, least: int) -> None:
    """Refuse what is not a whole number of at least ``least``."""
    whole = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
    if not whole or number < least:
        raise ValueError(f"{what} must be a whole number >= {least}, got {number!r}")


def check_width(what: str, width: Any) -> None:
    """Refuse what is not a finite width of at least 0."""
    real = isinstance(width, (int, float, np.number)) and not isinstance(width, bool)
    if not real or not isfinite(width) or width < 0:
        raise ValueError(f"{what} must be a width in points >= 0, got {width!r}")


def check_moving(what: str, number: float, most: int, *, above_zero: bool = False) -> None:
    """Refuse what a still picture can draw and a moving one cannot."""
    if number > most or (above_zero and number == 0):
        least = "more than 0 and " if above_zero else ""
        raise ValueError(
            f"{what} must be {least}at most {most} in a moving picture, got {number!r}; "
            "leave out plot_each_step for a still one"
        )
