"""Colours: one palette for all frames of a style, with lookup tables for blending."""

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
"""The index of a colour blended over another, by the index below and the coverage level."""

TRANSPARENT = 0  # the index that leaves a pixel unchanged
STRIP = 1  # index of the caption's background
COARSE = np.array([1, 3, 2], np.uint8)  # text that changes, by coverage: two bits a pixel
FINE = np.array([1, 4, 5, 3, 6, 7, 2], np.uint8)  # text that is drawn once

_STRIP_COLOR = (0.086, 0.094, 0.118)
_TEXT_COLOR = (0.93, 0.94, 0.96)
Cmap: TypeAlias = "str | tuple[RGBA, ...]"

_RIM: RGBA = (1.0, 1.0, 1.0, 1.0)
_MINIMUM: RGBA = (1.0, 1.0, 1.0, 0.9)
_HALO: RGBA = (1.0, 1.0, 1.0, 0.6)


@dataclass(frozen=True)
class Look:
    """The style of an animation, independent of the trajectories.

    Attributes
    ----------
    cmap : str or tuple of RGBA
        The name of a matplotlib colormap, or its colours.
    colors : int
        Colours of the surface, 2 to 128.
    levels : int
        Number of contour lines, 0 to 64.
    labels : bool
        Whether contour lines are labelled with their values.
    resolution : int or None
        Grid points along each side of the surface; one for each pixel if None.
    contour, start, end, line : (red, green, blue, alpha)
        Colours, with components from 0 to 1.
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

    @property
    def contour_tones(self) -> NDArray[np.float64]:
        """The tones of the contour lines, from 0 to 1: evenly spaced, between two colours each.

        A line between two colours takes fewer bytes than one within a colour. If there are too many
        lines for that, they are evenly spaced only.
        """
        tones = np.arange(1, self.levels + 1) / (self.levels + 1)
        if 2 * self.levels <= self.colors:
            tones = np.rint(tones * self.colors) / self.colors
        return tones

    @property
    def contour_grounds(self) -> NDArray[np.intp]:
        """The number of the surface's colour above each contour line, which the whole line covers.

        One colour for the whole line compresses better than those on both sides of it.
        """
        return (self.contour_tones * self.colors).round(6).astype(np.intp)


@dataclass(frozen=True, eq=False)
class ColorTables:
    """The palette of all frames of a style, and tables of the results of blending.

    Attributes
    ----------
    rgb : uint8 array of shape (n, 3)
        The palette, at most 256 rows; row 0 means transparent.
    surface : uint8 array of shape (levels,)
        Indices of the surface's colours, from the lowest value to the highest.
    contour, line, start, halo, minimum : uint8 arrays of shape (n, LEVELS + 1)
        The index of this colour blended over each index, by coverage level.
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
    """Convert any matplotlib colour, such as ``"#RRGGBBAA"``, to RGBA."""
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
        If it is neither a colormap nor the name of one; the message suggests similar names.
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
def color_tables(look: Look) -> ColorTables:
    """Choose the palette of a style, and compute its blending tables.

    The order is: text, lines and markers, the surface, then blends at the edges of lines and
    markers. A blend without a row of its own takes the nearest one; if the surface has many
    colours, only some of them have blends of their own. Contour lines and the start point are
    blends over a few of the surface's colours only: with up to 22 of these the palette has at most
    128 rows, and then a GIF has half the table and shorter codes.
    """
    ramp = (np.argsort(FINE) / (len(FINE) - 1))[:, None]  # in the order of their indices
    text = np.array(_STRIP_COLOR) * (1 - ramp) + np.array(_TEXT_COLOR) * ramp
    surface = colormap(look.cmap)(np.linspace(0, 1, look.colors))[:, :3]
    fixed = np.array([look.line[:3], look.end[:3], _RIM[:3]])
    seams = [blended(fixed[[0]], _RIM, level) for level in (1, 2)]
    seams += [blended(fixed[[2]], look.end, level) for level in (1, 2)]
    # The colours of moving parts come first: indices below 128 make smaller blocks.
    edges = [(look.line, level) for level in ((1, 2) if look.line[3] == 1 else (1, 2, 3))]
    crossed = surface[np.unique(look.contour_grounds)]
    for count in range(look.colors, 0, -1):
        some = _evenly_picked(surface, count)
        lines = _evenly_picked(crossed, min(len(crossed), (count + 1) // 2))
        table = distinct(
            [
                *(np.zeros((1, 3)), text, fixed, *seams, surface),
                *(blended(some, color, level) for color, level in edges),
                blended(_evenly_picked(surface, (count + 1) // 2), _RIM, 2),
                *(blended(lines, look.contour, level) for level in (2, 3)),
                blended(_evenly_picked(surface, (count + 1) // 2), look.start, 3),
            ]
        )
        if len(table) <= 256:
            break

    rgb = np.rint(table * 255).astype(np.uint8)
    fill = table_of(table, look.end)
    steps = LEVELS + 1
    return ColorTables(
        rgb=rgb,
        surface=nearest(table, surface),
        contour=table_of(table, look.contour),
        line=table_of(table, look.line),
        start=table_of(table, look.start),
        halo=table_of(table, _HALO),
        minimum=table_of(table, _MINIMUM),
        marker=fill[table_of(table, _RIM)].reshape(len(table), steps * steps),
    )


def blended(under: NDArray[np.float64], color: RGBA, level: int) -> NDArray[np.float64]:
    """Return a colour blended over others at a coverage level: arrays of shape (n, 3)."""
    alpha = color[3] * level / LEVELS
    mixed: NDArray[np.float64] = under * (1 - alpha) + np.array(color[:3]) * alpha
    return mixed


def _evenly_picked(colors: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return colors[np.linspace(0, len(colors) - 1, count).round().astype(np.intp)]


def distinct(colors: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Join colours without repetitions; the first row is the transparent one."""
    joined = np.concatenate(list(colors))
    _, first = np.unique(np.rint(joined[1:] * 255), axis=0, return_index=True)
    return joined[[0, *sorted(first + 1)]]


def nearest(table: NDArray[np.float64], colors: NDArray[np.float64]) -> Indices:
    """Return the nearest index to each colour, except for the transparent one."""
    distance = ((colors[:, None] - table[None, 1:]) ** 2).sum(axis=-1)
    found: Indices = (1 + distance.argmin(axis=1)).astype(np.uint8)
    return found


def table_of(table: NDArray[np.float64], color: RGBA) -> Table:
    """Return the index of a colour blended over each row of a palette, by coverage level."""
    rows = [nearest(table, blended(table, color, level)) for level in range(1, LEVELS + 1)]
    return np.stack([np.arange(len(table), dtype=np.uint8), *rows], axis=1)
