"""Colours and backgrounds: a function's surface in palette indices, drawn once and kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery import raster
from optgallery.surface import surface

if TYPE_CHECKING:
    from optgallery.functions import TestFunction

RGBA: TypeAlias = tuple[float, float, float, float]
Indices = NDArray[np.uint8]
Table: TypeAlias = NDArray[np.uint8]
"""Index of a colour laid over another, by the index beneath and the coverage level."""

STRIP = 1  # index of the caption strip's ground; 0 is the transparent one
LETTERS = 6  # shades of the letters, the indices after it: few and low, so that they cost few bits

_STRIP_COLOR = (0.086, 0.094, 0.118)
_LETTER_COLOR = (0.93, 0.94, 0.96)
_RIM: RGBA = (1.0, 1.0, 1.0, 1.0)
_MINIMUM: RGBA = (1.0, 1.0, 1.0, 0.9)


@dataclass(frozen=True)
class Look:
    """Everything about a picture's colours, and nothing about what it shows.

    Attributes
    ----------
    palette : str
        Name of a matplotlib colormap.
    levels : int
        Colours of the surface, 2 to 128.
    contours : int
        Number of contour lines, 0 to 64.
    resolution : int or None
        Grid points along each side of the surface; one for each pixel if None.
    contour, start, end, line : (red, green, blue, alpha)
        From 0 to 1.
    """

    palette: str
    levels: int
    contours: int
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
    contour, line, start, minimum : uint8 arrays of shape (n, LEVELS + 1)
        The index of each ink over each index, by coverage level.
    marker : uint8 array of shape (n, (LEVELS + 1) ** 2)
        The same for the end point, by ``rim * (LEVELS + 1) + fill``.
    """

    rgb: NDArray[np.uint8]
    surface: Indices
    contour: Table
    line: Table
    start: Table
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


def check_palette(name: Any) -> str:
    """Return the name of a matplotlib colormap, or raise a ValueError that suggests the nearest."""
    from matplotlib import colormaps

    if isinstance(name, str) and name in colormaps:
        return name
    near = get_close_matches(str(name), list(colormaps), n=3)
    advice = "did you mean " + " or ".join(map(repr, near)) if near else "try 'viridis'"
    raise ValueError(f"palette must name a matplotlib colormap, got {name!r}; {advice}")


@lru_cache(maxsize=32)
def inks(look: Look) -> Inks:
    """Choose the colour table of a look.

    Letters first, then the inks, then the surface's colours, then what lies at the edges of the
    inks. What has no row of its own takes the nearest; where levels are many, only some of them
    have blends of their own.
    """
    from matplotlib import colormaps

    ramp = np.linspace(0, 1, LETTERS + 1)[:, None]
    letters = np.array(_STRIP_COLOR) * (1 - ramp) + np.array(_LETTER_COLOR) * ramp
    ground = colormaps[look.palette](np.linspace(0, 1, look.levels))[:, :3]
    fixed = np.array([look.line[:3], look.end[:3], _RIM[:3]])
    pairs = [(look.line, fixed), (look.end, fixed), (_RIM, fixed)]
    seams = [_over(under, ink, level) for ink, under in pairs for level in (1, 2)]

    table = _distinct([np.zeros((1, 3)), letters, fixed, *seams, ground])
    edges = [(look.line, 1), (look.line, 2), (look.contour, 1), (look.contour, 2)]
    edges += [(look.contour, 3), (look.start, 3), (_RIM, 2)]
    room = (256 - len(table)) // len(edges)
    some = ground[np.linspace(0, look.levels - 1, min(room, look.levels)).round().astype(int)]
    table = _distinct([table, *(_over(some, ink, level) for ink, level in edges)])

    rgb = np.rint(table * 255).astype(np.uint8)
    fill = _table(table, look.end)
    steps = raster.LEVELS + 1
    return Inks(
        rgb=rgb,
        surface=_nearest(table, ground),
        contour=_table(table, look.contour),
        line=_table(table, look.line),
        start=_table(table, look.start),
        minimum=_table(table, _MINIMUM),
        marker=fill[_table(table, _RIM)].reshape(len(table), steps * steps),
    )


def _over(under: NDArray[np.float64], ink: RGBA, level: int) -> NDArray[np.float64]:
    alpha = ink[3] * level / raster.LEVELS
    blended: NDArray[np.float64] = under * (1 - alpha) + np.array(ink[:3]) * alpha
    return blended


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
    rows = [_nearest(table, _over(table, ink, level)) for level in range(1, raster.LEVELS + 1)]
    return np.stack([np.arange(len(table), dtype=np.uint8), *rows], axis=1)


@lru_cache(maxsize=64)
def backdrop(test_fn: "TestFunction", look: Look, size: int) -> Indices:
    """Draw a function's surface, its contour lines and its known minima.

    Returns
    -------
    uint8 array of shape (size, size)
        Palette indices, the highest y in the first row. Read-only and shared: copy before drawing.
    """
    ink = inks(look)
    tone = _tone(test_fn, look.resolution or size, size)
    index = ink.surface[(tone * look.levels).astype(np.intp).clip(0, look.levels - 1)]
    if look.contours:
        index = ink.contour[index, _contour_levels(tone, look.contours)]
    for minimum in test_fn.minima:
        _ring(index, to_pixels(test_fn, np.array([minimum]), size), size, ink)
    index.flags.writeable = False
    return index


def _tone(test_fn: "TestFunction", resolution: int, size: int) -> NDArray[np.float64]:
    tone = surface(test_fn, resolution).tone[::-1]
    if resolution == size:
        return tone
    # bilinear, one axis after the other
    at = np.linspace(0, resolution - 1, size)
    low = at.astype(np.intp).clip(0, resolution - 2)
    part = at - low
    rows = tone[low] * (1 - part)[:, None] + tone[low + 1] * part[:, None]
    both: NDArray[np.float64] = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return both


def _contour_levels(tone: NDArray[np.float64], contours: int) -> Indices:
    """Return the coverage of lines one pixel wide where the tone passes 1/(n+1), ..., n/(n+1)."""
    scaled = tone * (contours + 1)
    nearest = np.rint(scaled).clip(1, contours)
    down, right = np.gradient(scaled)
    slope = np.hypot(down, right).clip(1e-3)
    return raster.quantise(np.abs(scaled - nearest) / slope - 0.5)


def _ring(index: Indices, centre: NDArray[np.float64], size: int, ink: Inks) -> None:
    radius = 2.2 + size / 160
    window = raster.stamps(centre, radius + 1)
    distance = np.abs(raster.disc(window, radius)) - 0.6
    stamp(index, window.left[0], window.top[0], raster.quantise(distance)[0], ink.minimum)


def stamp(index: Indices, left: int, top: int, levels: Indices, table: Table) -> None:
    """Lay an ink over part of an index image; what lies beyond its edges is cut off."""
    y0, y1 = max(top, 0), min(top + len(levels), len(index))
    x0, x1 = max(left, 0), min(left + levels.shape[1], index.shape[1])
    if y0 < y1 and x0 < x1:
        target = index[y0:y1, x0:x1]
        target[:] = table[target, levels[y0 - top : y1 - top, x0 - left : x1 - left]]


def to_pixels(
    test_fn: "TestFunction", points: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Put points of the plane on a square canvas: the domain's edges at the outermost pixels.

    Points very far away are drawn nearer, in the same direction, so that what follows can
    calculate with them.
    """
    xmin, xmax, ymin, ymax = test_fn.domain
    centre = np.array([(xmin + xmax) / 2, (ymin + ymax) / 2])
    half = np.array([(xmax - xmin) / 2, (ymin - ymax) / 2])
    with np.errstate(over="ignore"):
        offset = ((points - centre) / half).clip(-1e150, 1e150)
    away = np.abs(offset).max(axis=1, keepdims=True) / 1e6
    return (offset / away.clip(1.0) + 1) * (size - 1) / 2
