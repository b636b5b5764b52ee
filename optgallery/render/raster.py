"""Antialiased shapes as coverage: how much of each pixel a line, a disc or an arrow covers.

Coordinates are in pixels, (x, y) with y pointing down; the centre of pixel (0, 0) is at (0, 0). At
a signed distance d from the edge of a shape (negative inside), the shape covers the share
``clip(1/2 - d, 0, 1)`` of a pixel. It is rounded to a level, a whole number from 0 to `LEVELS`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Levels = NDArray[np.uint8]

LEVELS = 3
NEVER = np.iinfo(np.uint16).max

_MAX_PIECE = 12.0  # pixels; the area of the box around a diagonal piece grows quadratically


class Strokes(NamedTuple):
    """A path that grows from frame to frame, as the pixels that each frame adds.

    Attributes
    ----------
    pixels : int array of shape (n,)
        Indices into the flattened canvas, in the order in which the path covers them.
    levels : uint8 array of shape (n,)
        Their levels, 1 to `LEVELS`; a pixel whose level rises later is listed again.
    ends : list of int
        Frame k adds the entries from ``ends[k]`` up to ``ends[k + 1]``.
    boxes : int array of shape (frames, 4)
        Top, bottom, left and right of the pixels that a frame adds, as in
        ``[top:bottom, left:right]``; empty boxes have bottom <= top.
    """

    pixels: NDArray[np.intp]
    levels: Levels
    ends: list[int]
    boxes: NDArray[np.intp]


def clip_segments(
    start: Floats, end: Floats, box: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Clip segments to a box with the algorithm of Liang and Barsky, vectorized.

    Parameters
    ----------
    start, end : arrays of shape (n, 2)
        End points.
    box : array of shape (2, 2)
        The corners with the smallest and the largest coordinates.

    Returns
    -------
    start, end : arrays of shape (m, 2)
        End points of the parts inside.
    inside : bool array of shape (n,)
        Which segments have a part inside.

    References
    ----------
    Liang and Barsky (1984), A new concept and method for line clipping, ACM Transactions on
    Graphics 3(1), doi:10.1145/357332.357333.
    """
    direction = end - start
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossings = (box[:, None] - start) / direction  # (low and high, n, x and y)
    parallel = direction == 0
    misses = (parallel & ((start < box[0]) | (start > box[1]))).any(axis=1)
    enter = np.where(parallel, 0.0, crossings.min(axis=0)).max(axis=1, initial=0.0)
    leave = np.where(parallel, 1.0, crossings.max(axis=0)).min(axis=1, initial=1.0)
    inside = ~misses & (enter <= leave)
    start, direction = start[inside], direction[inside]
    enter, leave = enter[inside, None], leave[inside, None]
    return start + enter * direction, start + leave * direction, inside


def strokes(
    points: Floats, when: NDArray[np.intp], frames: int, shape: tuple[int, int], width: float
) -> Strokes:
    """Draw a polyline with round caps and joins, and record when each pixel is covered.

    Parameters
    ----------
    points : array of shape (n, 2)
        Vertices in pixels.
    when : int array of shape (n - 1,)
        The frame in which each segment appears, in ascending order.
    frames : int
        The number of frames.
    shape : (int, int)
        Height and width of the canvas.
    width : float
        Width of the line in pixels.

    Returns
    -------
    Strokes
    """
    height, breadth = shape
    boxes = np.tile(np.array([height, 0, breadth, 0], np.intp), (frames, 1))
    reach = width / 2 + 1
    canvas = np.array([[-reach, -reach], [breadth - 1 + reach, height - 1 + reach]])
    moves = (points[1:] != points[:-1]).any(axis=1)
    start, end, inside = clip_segments(points[:-1][moves], points[1:][moves], canvas)
    start, end, when = _pieces(start, end, when[moves][inside])

    limit = np.array([breadth, height])
    low = np.floor(np.minimum(start, end) - reach + 1).astype(np.intp).clip(0, limit)
    high = np.ceil(np.maximum(start, end) + reach).astype(np.intp).clip(0, limit)
    for edge, column, corner in ((np.minimum, 0, low), (np.maximum, 1, high)):
        edge.at(boxes[:, column], when, corner[:, 1])
        edge.at(boxes[:, column + 2], when, corner[:, 0])

    # In reverse order: where pieces overlap, the last assignment wins, and is the earliest piece.
    start, end, when, low, high = start[::-1], end[::-1], when[::-1], low[::-1], high[::-1]
    area = (high - low).prod(axis=1)
    piece = np.repeat(np.arange(len(area)), area)
    x, y = _box_pixels(low, high, area, piece)
    coverage = width / 2 + 0.5 - _distance_to_segments(x, y, start, end, area)
    coverage *= LEVELS
    reached = np.full((LEVELS, height * breadth), NEVER, np.uint16)
    near = np.flatnonzero(coverage >= 0.5)
    coverage, pixel, appears = coverage[near], (y * breadth + x)[near], when[piece[near]]
    for below, plane in enumerate(reached):
        covered = coverage >= below + 0.5
        plane[pixel[covered]] = appears[covered]

    entries = np.flatnonzero(reached.reshape(-1) != NEVER)
    first = reached.reshape(-1)[entries]
    order = np.argsort(first, kind="stable")  # within a frame the highest level comes last
    ends = np.searchsorted(first[order], np.arange(frames + 1)).tolist()
    levels, pixels = np.divmod(entries[order], height * breadth)
    return Strokes(pixels, (levels + 1).astype(np.uint8), ends, boxes)


def _pieces(
    start: Floats, end: Floats, when: NDArray[np.intp]
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Split segments into pieces of bounded length, in the same order."""
    direction = end - start
    count = np.ceil(np.hypot(*direction.T) / _MAX_PIECE).astype(np.intp).clip(1)
    segment = np.repeat(np.arange(len(when)), count)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    piece = direction[segment] / count[segment, None]
    first = start[segment] + nth[:, None] * piece
    return first, first + piece, when[segment]


def _box_pixels(
    low: NDArray[np.intp], high: NDArray[np.intp], area: NDArray[np.intp], box: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return x and y of every pixel of every box, given the area and the number of the boxes."""
    nth = np.arange(len(box)) - np.repeat(np.cumsum(area) - area, area)
    row, column = np.divmod(nth, (high - low)[box, 0])
    column += low[box, 0]
    row += low[box, 1]
    return column, row


def _distance_to_segments(
    x: NDArray[np.intp], y: NDArray[np.intp], start: Floats, end: Floats, area: NDArray[np.intp]
) -> Floats:
    """Return the distance of each pixel to its segment; ``area`` counts the pixels of each one."""
    direction = end - start
    square = np.maximum((direction**2).sum(axis=1), 1e-12)
    lines = np.column_stack([start, direction, square]).T
    x0, y0, across, down, length = np.repeat(lines, area, axis=1)
    x0, y0 = np.subtract(x, x0, out=x0), np.subtract(y, y0, out=y0)
    along = x0 * across
    along += y0 * down
    along /= length
    np.clip(along, 0.0, 1.0, out=along)
    x0 -= np.multiply(across, along, out=across)
    y0 -= np.multiply(down, along, out=down)
    distance: Floats = np.hypot(x0, y0, out=x0)
    return distance


class Windows(NamedTuple):
    """Small square windows, one around each point.

    Attributes
    ----------
    left, top : int arrays of shape (n,)
        The pixel in the upper left corner of each window; it may lie outside the canvas.
    dx, dy : arrays of shape (n, m, m)
        From the point to each pixel of its window.
    """

    left: NDArray[np.intp]
    top: NDArray[np.intp]
    dx: Floats
    dy: Floats


def windows_around(centres: Floats, reach: float) -> Windows:
    """Return a window around each point, large enough for a shape of this radius in pixels."""
    half = int(reach + 1 - 0.5 / LEVELS)  # coverage is rounded to level 0 beyond that
    corner = np.rint(centres).astype(np.intp) - half
    offset = np.arange(2 * half + 1)
    from_point = corner - centres
    dx = (from_point[:, 0, None, None] + offset).repeat(len(offset), axis=1)
    dy = (from_point[:, 1, None, None] + offset[:, None]).repeat(len(offset), axis=2)
    return Windows(corner[:, 0], corner[:, 1], dx, dy)


def disc(window: Windows, radius: float) -> Floats:
    """Return the signed distance to a circle around each window's point."""
    distance: Floats = np.hypot(window.dx, window.dy) - radius
    return distance


def arrowhead(window: Windows, direction: Floats, radius: float) -> Floats:
    """Return the signed distance to an equilateral triangle that points along ``direction``.

    Parameters
    ----------
    window : Windows
        Windows around the triangle's centre.
    direction : array of shape (n, 2)
        Unit vectors.
    radius : float
        Radius of the circumscribed circle.
    """
    x, y = direction[:, 0, None, None], direction[:, 1, None, None]
    along = window.dx * x + window.dy * y
    across = np.abs(window.dy * x - window.dx * y)
    sides = 0.5 * along + np.sqrt(0.75) * across
    distance: Floats = np.maximum(sides, -along) - radius / 2
    return distance


def quantise(distance: Floats) -> Levels:
    """Convert signed distances to coverage levels, 0 to `LEVELS`."""
    levels: Levels = np.rint((0.5 - distance).clip(0.0, 1.0) * LEVELS).astype(np.uint8)
    return levels
