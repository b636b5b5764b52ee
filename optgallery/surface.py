"""The values of a function on a grid, and the tones that a picture gives them."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Drawable(Protocol):
    """What a picture needs of a test function: no tensors."""

    @property
    def scale(self) -> Literal["linear", "log"]:
        """How values are coloured."""

    @property
    def minimum(self) -> float | None:
        """The least value, if it is known."""

    def grid(self, n: int | tuple[int, int] = 100) -> tuple[Array, Array, Array]:
        """Sample x, y and the values, each of shape (ny, nx)."""


@dataclass(frozen=True, eq=False)
class Surface:
    """A function sampled on a regular grid, ready to be coloured.

    Attributes
    ----------
    x, y, z : arrays of shape (ny, nx)
        Coordinates and values; rows are y from bottom to top, columns are x.
    tone : array of shape (ny, nx)
        The values on the colour scale, from 0 (lowest) to 1 (highest), linear or logarithmic as the
        function asks; always finite.
    """

    x: Array
    y: Array
    z: Array
    tone: Array


def surface(test_fn: Drawable, n: int | tuple[int, int] = 100) -> Surface:
    """Sample a function and put its values on its colour scale."""
    x, y, z = test_fn.grid(n)
    return Surface(x, y, z, _tone(z, test_fn))


def _tone(z: Array, test_fn: Drawable) -> Array:
    finite = z[np.isfinite(z)]
    if not finite.size:
        raise ValueError("the function has no finite value on its domain: nothing can be drawn")
    low, high = float(finite.min()), float(finite.max())
    z = np.nan_to_num(z, nan=high, posinf=high, neginf=low)
    if test_fn.scale == "log":
        floor = low if test_fn.minimum is None else min(low, test_fn.minimum)
        offset = 1e-5 * (high - floor) or 1.0
        z = np.log(z - floor + offset)
        low, high = float(z.min()), float(z.max())
    return (z - low) / ((high - low) or 1.0)
