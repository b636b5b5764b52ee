"""Stills: the last frame of an animation as lines and points, to be drawn over its surface.

A still takes some two hundred bytes and is sharp at any size. Its geometry is that of the frame: a
path of the same width, the start as a disc, and the end as a disc, or as an arrowhead at the edge
if it is outside. Coordinates are whole numbers, halves of a pixel.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

from optgallery.render.background import to_pixels
from optgallery.render.scene import arrow_radius, marker_radius, place_markers

if TYPE_CHECKING:
    from optgallery.runs.trajectory import Trajectory

GRID = 2
"""Units in a pixel."""

_TOLERANCE = 0.25  # pixels; matplotlib keeps within twice that of the path
_MARGIN = 4  # pixels around the panel in which a path is drawn, so that its cut ends are not seen
_CORNERS = np.deg2rad([0.0, 120.0, 240.0])


class Still(NamedTuple):
    """The last frame of an animation without its surface and caption.

    Attributes
    ----------
    path : str
        The iterates, as data of an SVG path.
    start : (int, int)
        The start.
    end : (int, int) or None
        The last iterate; None if it is outside.
    arrow : str
        The arrowhead at the edge if the last iterate is outside, as data of an SVG path.
    """

    path: str
    start: tuple[int, int]
    end: tuple[int, int] | None
    arrow: str


class Frame(NamedTuple):
    """What is the same for all stills of a size, in units.

    Attributes
    ----------
    box : str
        The value of ``viewBox``.
    start, end : str
        The radii of the discs, up to the middle of their rims.
    line, rim : int
        The widths of the path and of the rims.
    """

    box: str
    start: str
    end: str
    line: int
    rim: int


def frame(size: int, line_width: int = 2) -> Frame:
    """Return what is the same for all stills of a size.

    Parameters
    ----------
    size : int
        Side of the panel in pixels.
    line_width : int
        Width of the path in pixels.

    Examples
    --------
    >>> frame(240)
    Frame(box='-1 -1 480 480', start='8.3', end='7.3', line=4, rim=2)
    """
    edge, side = -GRID // 2, GRID * size  # the first pixel's centre is at 0
    radius = marker_radius(size)
    return Frame(
        box=f"{edge} {edge} {side} {side}",
        start=f"{GRID * (radius + 1):g}",
        end=f"{GRID * (radius + 0.5):g}",
        line=GRID * line_width,
        rim=GRID,
    )


def still(trajectory: "Trajectory", size: int) -> Still:
    """Return the still of a trajectory on a panel of this size.

    Parameters
    ----------
    trajectory : Trajectory
    size : int
        Side of the panel in pixels.

    Examples
    --------
    >>> import optgallery as og
    >>> still(og.run("sgd", "sphere", lr=0.1, steps=3), 240)
    Still(path='M48 120l93 58', start=(48, 120), end=(141, 178), arrow='')
    """
    points = to_pixels(trajectory.test_fn, trajectory.points, size)
    path = "".join(map(_path_data, _lines(points, size)))
    start = _units(points[0].clip(-size, 2 * size))
    (centre,), _, toward = place_markers(points[-1:], size)
    if len(toward):
        return Still(path, start, None, _arrowhead(centre, toward[0], arrow_radius(size)))
    return Still(path, start, _units(centre), "")


def _lines(points: NDArray[np.float64], size: int) -> Iterator[NDArray[np.float64]]:
    """Yield the parts of a path that are seen, without vertices that make no difference."""
    path = Path(points)
    path.simplify_threshold = _TOLERANCE
    low, high = -_MARGIN, size - 1 + _MARGIN
    seen = path.cleaned(simplify=True, clip=(low, low, high, high))
    vertices, codes = np.asarray(seen.vertices), np.asarray(seen.codes)
    begins = np.flatnonzero(codes == Path.MOVETO)
    # the last vertex only ends the path
    yield from np.split(vertices[: np.count_nonzero(codes != Path.STOP)], begins[1:])


def _path_data(line: NDArray[np.float64]) -> str:
    """Return a line as SVG: its first vertex and the moves from there; nothing if it has no length.

    Examples
    --------
    >>> _path_data(np.array([[1.0, 2.0], [1.5, 0.0], [1.5, 3.0]]))
    'M2 4l1-4 0 6'
    """
    units = np.rint(line * GRID).astype(np.intp)
    moves = np.diff(units, axis=0)
    moves = moves[moves.any(axis=1)]
    return f"M{_numbers(units[0])}l{_numbers(moves)}" if len(moves) else ""


def _arrowhead(centre: NDArray[np.float64], toward: NDArray[np.float64], radius: float) -> str:
    """Return a triangle, up to the middle of its rim."""
    # which is half a pixel beyond its edges; the corners are twice as far away
    angles = np.arctan2(toward[1], toward[0]) + _CORNERS
    corners = centre + (radius + 1) * np.column_stack([np.cos(angles), np.sin(angles)])
    return f"{_path_data(corners)}z"


def _numbers(units: NDArray[np.intp]) -> str:
    """Return numbers as SVG, which needs no space before a minus sign."""
    return " ".join(map(str, units.reshape(-1).tolist())).replace(" -", "-")


def _units(point: NDArray[np.float64]) -> tuple[int, int]:
    x, y = np.rint(point * GRID).astype(int).tolist()
    return x, y
