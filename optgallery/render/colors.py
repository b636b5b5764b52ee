"""Colours: one table for all pictures of a look, and what comes of laying colour over colour."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.render.raster import LEVELS

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

RGBA: TypeAlias = tuple[float, float, float, float]
Indices: TypeAlias = NDArray[np.uint8]
Table: TypeAlias = NDArray[np.uint8]
"""Index of a colour laid over another, by the index beneath and the coverage level."""

TRANSPARENT = 0  # the index that leaves a pixel as it is
STRIP = 1  # index of the caption strip's ground
COARSE = np.array([1, 3, 2], np.uint8)  # moving letters, ground to full: two bits hold them all
FINE = np.array([1, 4, 5, 3, 6, 7, 2], np.uint8)  # letters that are drawn only once

_STRIP_COLOR = (0.086, 0.094, 0.118)
_LETTER_COLOR = (0.93, 0.94, 0.96)
Cmap: TypeAlias = "str | tuple[RGBA, ...]"

_RIM: RGBA = (1.0, 1.0, 1.0, 1.0)
_MINIMUM: RGBA = (1.0, 1.0, 1.0, 0.9)
_HALO: RGBA = (1.0, 1.0, 1.0, 0.6)


@dataclass(frozen=True)
class Look:
    """Everything about a picture's colours, and nothing about what it shows.

    Attributes
    ----------
    cmap : str or tuple of RGBA
        The name of a matplotlib colormap, or its colours.
    colors : int
        Colours of the surface, 2 to 128.
    levels : int
        Number of contour lines, 0 to 64.
    labels : bool
        Whether their values stand on them.
    resolution : int or None
        Grid points along each side of the surface; one for each pixel if None.
    contour, start, end, line : (red, green, blue, alpha)
        From 0 to 1.
    """

    cmap: Cmap
    colors: int
    levels: int
    labels: bool
    resolution: int | None
    contour: RGBA
    start: RGBA
    end: RGBA
    line: RGBA


@dataclass(frozen=True, eq=False)
class Inks:
    """One colour table for all pictures of a look, and what comes of laying colour over colour.

    Attributes
    ----------
    rgb : uint8 array of shape (n, 3)
        The colour table, at most 256 rows; row 0 stands for transparent.
    surface : uint8 array of shape (levels,)
        Indices of the surface's colours, lowest first.
    contour, line, start, halo, minimum : uint8 arrays of shape (n, LEVELS + 1)
        The index of each ink over each index, by coverage level.
    marker : uint8 array of shape (n, (LEVELS + 1) ** 2)
        The same for the end point, by ``rim * (LEVELS + 1) + fill``.
    """

    rgb: NDArray[np.uint8]
    surface: Indices
    contour: Table
    line: Table
    start: Table
    halo: Table
    minimum: Table
    marker: Table


def parse_color(what: str, color: Any) -> RGBA:
    """Turn any matplotlib colour, such as ``"#RRGGBBAA"``, into RGBA."""
    from matplotlib.colors import to_rgba

    try:
        red, green, blue, alpha = map(float, to_rgba(color))
    except (ValueError, TypeError):
        raise ValueError(
            f'{what} must be a colour such as "#FF0000", "#5050FF7F" or "red", got {color!r}'
        ) from None
    return red, green, blue, alpha


def check_cmap(cmap: Any, name: str = "cmap") -> Cmap:
    """Return the name of a matplotlib colormap, or the colours of one that has no name.

    Raises
    ------
    ValueError
        If it is neither a colormap nor the name of one; the message suggests the nearest.
    """
    from matplotlib import colormaps
    from matplotlib.colors import Colormap

    if isinstance(cmap, Colormap):
        if cmap.name in colormaps and colormaps[cmap.name] == cmap:
            return cmap.name
        return tuple(tuple(color) for color in cmap(np.arange(cmap.N)).tolist())
    if isinstance(cmap, str) and cmap in colormaps:
        return cmap
    near = get_close_matches(str(cmap), list(colormaps), n=3)
    advice = "did you mean " + " or ".join(map(repr, near)) if near else "try 'viridis'"
    raise ValueError(f"{name} must be a matplotlib colormap or its name, got {cmap!r}; {advice}")


def colormap(cmap: Cmap) -> "Colormap":
    """Return the matplotlib colormap that `check_cmap` has accepted."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return colormaps[cmap] if isinstance(cmap, str) else ListedColormap(cmap)


@lru_cache(maxsize=32)
def inks(look: Look) -> Inks:
    """Choose the colour table of a look.

    Letters first, then the inks, then the surface's colours, then what lies at the edges of the
    inks. What has no row of its own takes the nearest; where colours are many, only some of them
    have blends of their own.
    """
    ramp = (np.argsort(FINE) / (len(FINE) - 1))[:, None]  # in the order of their indices
    letters = np.array(_STRIP_COLOR) * (1 - ramp) + np.array(_LETTER_COLOR) * ramp
    ground = colormap(look.cmap)(np.linspace(0, 1, look.colors))[:, :3]
    fixed = np.array([look.line[:3], look.end[:3], _RIM[:3]])
    seams = [_over(fixed[[0]], _RIM, level) for level in (1, 2)]
    seams += [_over(fixed[[2]], look.end, level) for level in (1, 2)]
    # What moves comes first: indices below 128 make smaller blocks.
    edges = [(look.line, level) for level in ((1, 2) if look.line[3] == 1 else (1, 2, 3))]
    rest = [(look.contour, 2), (look.contour, 3), (look.start, 3)]
    for count in range(look.colors, 0, -1):
        some = _picked(ground, count)
        table = _distinct(
            [
                *(np.zeros((1, 3)), letters, fixed, *seams, ground),
                *(_over(some, ink, level) for ink, level in edges),
                _over(_picked(ground, (count + 1) // 2), _RIM, 2),
                *(_over(some, ink, level) for ink, level in rest),
            ]
        )
        if len(table) <= 256:
            break

    rgb = np.rint(table * 255).astype(np.uint8)
    fill = _table(table, look.end)
    steps = LEVELS + 1
    return Inks(
        rgb=rgb,
        surface=_nearest(table, ground),
        contour=_table(table, look.contour),
        line=_table(table, look.line),
        start=_table(table, look.start),
        halo=_table(table, _HALO),
        minimum=_table(table, _MINIMUM),
        marker=fill[_table(table, _RIM)].reshape(len(table), steps * steps),
    )


def _over(under: NDArray[np.float64], ink: RGBA, level: int) -> NDArray[np.float64]:
    alpha = ink[3] * level / LEVELS
    blended: NDArray[np.float64] = under * (1 - alpha) + np.array(ink[:3]) * alpha
    return blended


def _picked(colors: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return colors[np.linspace(0, len(colors) - 1, count).round().astype(np.intp)]


def _distinct(colors: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Join colours and drop what is there already; the first row is the transparent one."""
    joined = np.concatenate(list(colors))
    _, first = np.unique(np.rint(joined[1:] * 255), axis=0, return_index=True)
    return joined[[0, *sorted(first + 1)]]


def _nearest(table: NDArray[np.float64], colors: NDArray[np.float64]) -> Indices:
    """Return the index nearest to each colour, the transparent one excepted."""
    distance = ((colors[:, None] - table[None, 1:]) ** 2).sum(axis=-1)
    nearest: Indices = (1 + distance.argmin(axis=1)).astype(np.uint8)
    return nearest


def _table(table: NDArray[np.float64], ink: RGBA) -> Table:
    rows = [_nearest(table, _over(table, ink, level)) for level in range(1, LEVELS + 1)]
    return np.stack([np.arange(len(table), dtype=np.uint8), *rows], axis=1)
