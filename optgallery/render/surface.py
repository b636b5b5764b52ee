"""The values of a function on a grid, and their tones on a colour scale."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_DARKEST = 0.01  # share of the domain that a logarithmic scale does not resolve any further
_POLE = 0.001  # share of the domain around a pole at -inf that is drawn in one tone


class Drawable(Protocol):
    """The attributes of a test function that drawing needs: no tensors."""

    @property
    def name(self) -> str:
        """The name in error messages."""

    @property
    def scale(self) -> Literal["linear", "log"]:
        """The colour scale."""

    @property
    def minimum(self) -> float | None:
        """The minimum, if it is known."""

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
        The values on the colour scale, from 0 (lowest) to 1 (highest); always finite.
    """

    x: Array
    y: Array
    z: Array
    tone: Array


def surface(test_fn: Drawable, n: int | tuple[int, int] = 100) -> Surface:
    r"""Sample a function and map its values to its colour scale.

    On a linear scale the tone is the height :math:`h = z - \min z`, scaled to its range. On a
    logarithmic one it is :math:`\log(h + q)`, scaled to its range, where :math:`q` is the quantile
    of the heights at one hundredth: each function has its own scale.

    Infinite values take the tone of the highest or the lowest finite one, NaN the highest. A
    function whose ``minimum`` is :math:`-\infty` is clipped at its quantile at one thousandth;
    otherwise the grid point nearest to the pole would determine the scale.

    Parameters
    ----------
    test_fn : TestFunction
        The function; its ``scale`` is the colour scale.
    n : int or (int, int)
        Number of grid points along x and y.

    Returns
    -------
    Surface

    Raises
    ------
    ValueError
        If no value on the domain is finite.

    Examples
    --------
    >>> import optgallery as og
    >>> tone = surface(og.FUNCTIONS["sphere"], 101).tone
    >>> float(tone.min()), float(tone[50, 100]), float(tone.max())
    (0.0, 0.5, 1.0)
    """
    x, y, z = test_fn.grid(n)
    finite = z[np.isfinite(z)]
    if not finite.size:
        raise ValueError(f"{test_fn.name} has no finite value on its domain: nothing can be drawn")
    low, high = float(finite.min()), float(finite.max())
    if test_fn.minimum == -np.inf:
        low = float(np.quantile(finite, _POLE))
    heights = np.nan_to_num(z, nan=high, posinf=high, neginf=low).clip(low) - low
    if test_fn.scale == "log":
        heights = np.log(_above_zero(heights, low, test_fn.minimum))
        heights -= heights.min()
    return Surface(x, y, z, heights / (heights.max() or 1.0))


def _above_zero(heights: Array, low: float, minimum: float | None) -> Array:
    """Measure heights from the minimum instead of the lowest sample, and add a positive offset."""
    if minimum is not None and minimum < low and np.isfinite(minimum):
        heights = heights + (low - minimum)
    offset = float(np.quantile(heights, _DARKEST))
    # the quantile is 0 if the lowest region, such as a plateau, is larger than that share
    return heights + (offset or 1e-5 * float(heights.max()) or 1.0)
