"""Backgrounds: a function's surface in palette indices, drawn once and cached."""

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from optgallery.render import fonts, raster
from optgallery.render.colors import ColorTables, Indices, Look, Table, color_tables
from optgallery.render.surface import Surface, surface

if TYPE_CHECKING:
    from optgallery.functions import TestFunction


class WithDomain(Protocol):
    """What is drawn in a rectangle."""

    @property
    def domain(self) -> tuple[float, float, float, float]:
        """The rectangle: xmin, xmax, ymin, ymax."""


@lru_cache(maxsize=64)
def draw_background(test_fn: "TestFunction", look: Look, size: int, density: int = 1) -> Indices:
    """Draw a function's surface, its contour lines and its known minima.

    Parameters
    ----------
    test_fn : TestFunction
    look : Look
    size : int
        Side of the square in pixels.
    density : int
        Dots in a pixel, along each side: the same picture, with finer lines for screens that show
        them.

    Returns
    -------
    uint8 array of shape (size * density, size * density)
        Palette indices, the highest y in the first row. Read-only and shared: copy before drawing.
    """
    tables = color_tables(look)
    # the centres of the outermost pixels are on the edge of the domain
    sample = surface(test_fn, look.resolution or (size - 1) * density + 1)
    tone = _resize(sample.tone[::-1], size, density)
    index: Indices = tables.surface[(tone * look.colors).astype(np.intp).clip(0, look.colors - 1)]
    lines = look.contour_tones
    if len(lines):
        levels, nearest = _contour_levels(tone, lines, density)
        grounds = tables.surface[look.contour_grounds]
        index = np.where(levels, tables.contour[grounds[nearest], levels], index)
    if look.labels:
        _label_contours(index, tone, sample, lines, tables)
    for minimum in test_fn.minima:
        _ring(index, to_pixels(test_fn, np.array([minimum]), size), size, density, tables)
    index.flags.writeable = False
    return index


def _resize(tone: NDArray[np.float64], size: int, density: int) -> NDArray[np.float64]:
    """Interpolate bilinearly, one axis after the other."""
    resolution = len(tone)
    if resolution == size:
        return tone
    dots = (np.arange(size * density) + 0.5) / density - 0.5  # in pixels
    at = np.interp(dots, np.arange(size), np.linspace(0, resolution - 1, size))
    low = at.astype(np.intp).clip(0, resolution - 2)
    part = at - low
    rows = tone[low] * (1 - part)[:, None] + tone[low + 1] * part[:, None]
    both: NDArray[np.float64] = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return both


def _contour_levels(
    tone: NDArray[np.float64], heights: NDArray[np.float64], width: int
) -> tuple[Indices, NDArray[np.intp]]:
    """Return the coverage of lines of this width at these tones, and the line nearest each pixel.

    To first order the distance from a line is the difference in tone divided by the slope.
    """
    nearest = np.searchsorted((heights[1:] + heights[:-1]) / 2, tone)
    down, right = np.gradient(tone)
    slope = np.hypot(down, right).clip(1e-4)
    levels = raster.quantise(np.abs(tone - heights[nearest]) / slope - width / 2)
    levels[levels == 1] = 0  # barely visible, and most of the bytes
    return levels, nearest


def _label_contours(
    index: Indices,
    tone: NDArray[np.float64],
    sample: Surface,
    heights: NDArray[np.float64],
    tables: ColorTables,
) -> None:
    """Label each contour with its value, as far as possible from the earlier labels."""
    size = len(index)
    font = round(8 + size / 200)
    order = np.argsort(sample.tone, axis=None)
    taken = np.zeros((1, 2))
    for level in heights:
        value = np.interp(level, sample.tone.flat[order], sample.z.flat[order])
        letters = fonts.draw(f"{value:.3g}", "sans", font)
        height, width = letters.shape
        inner = tone[height : size - height, width : size - width]
        below = inner < level
        crossed = (below[1:, 1:] != below[1:, :-1]) | (below[1:, 1:] != below[:-1, 1:])
        spots = np.argwhere(crossed) + np.array([height + 1, width + 1])
        if not len(spots):
            continue
        gaps = np.hypot(*(spots[:, None] - taken).transpose(2, 0, 1)).min(axis=1)
        spot = spots[gaps.argmax()]
        taken = np.vstack([taken, spot])
        levels = np.rint(letters / 255 * raster.LEVELS).astype(np.uint8)
        blit(index, int(spot[1]) - width // 2, int(spot[0]) - height // 2, levels, tables.minimum)


def _ring(
    index: Indices, centre: NDArray[np.float64], size: int, density: int, tables: ColorTables
) -> None:
    radius, half = (2.2 + size / 160) * density, 0.6 * density  # of its line
    window = raster.windows_around((centre + 0.5) * density - 0.5, radius + half)
    distance = np.abs(raster.disc(window, radius)) - half
    blit(index, window.left[0], window.top[0], raster.quantise(distance)[0], tables.minimum)


def blit(index: Indices, left: int, top: int, levels: Indices, table: Table) -> None:
    """Blend a colour over part of an index image, clipped to its edges."""
    y0, y1 = max(top, 0), min(top + len(levels), len(index))
    x0, x1 = max(left, 0), min(left + levels.shape[1], index.shape[1])
    if y0 < y1 and x0 < x1:
        target = index[y0:y1, x0:x1]
        target[:] = table[target, levels[y0 - top : y1 - top, x0 - left : x1 - left]]


def to_pixels(drawn: WithDomain, points: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Map points of the plane to pixels of a square canvas; the domain fills it edge to edge.

    Very distant points are moved closer in the same direction, so that later arithmetic does not
    overflow.
    """
    xmin, xmax, ymin, ymax = drawn.domain
    centre = np.array([(xmin + xmax) / 2, (ymin + ymax) / 2])
    half = np.array([(xmax - xmin) / 2, (ymin - ymax) / 2])
    with np.errstate(over="ignore"):
        offset = ((points - centre) / half).clip(-1e300, 1e300)
    away = np.abs(offset).max(axis=1, keepdims=True) / 1e6
    pixels: NDArray[np.float64] = (offset / away.clip(1.0) + 1) * (size - 1) / 2
    return pixels
