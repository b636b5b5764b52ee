"""Scenes: everything that is drawn of one or several trajectories, at any time of the animation.

A scene is known as a whole before its first picture is drawn: of every pixel, the picture in which
the path reaches it; of every picture, the marker and the caption. Any picture can be drawn from
nothing, and also from the one before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.render import raster
from optgallery.render.background import backdrop, stamp, to_pixels
from optgallery.render.caption import Layout, Ticker, lay_out
from optgallery.render.colors import STRIP, Indices, Inks, Look, inks

if TYPE_CHECKING:
    from optgallery.runs.trajectory import Trajectory

Box: TypeAlias = tuple[int, int, int, int]
"""Top, bottom, left, right."""

_GAP = 8  # pixels between panels
_WIDEST_ROW = 4  # panels
_GRID = 8  # the path is drawn at eighths of a pixel: a run that stands still costs nothing
_MARKER_GRID = 2


@dataclass(frozen=True, eq=False)
class Scene:
    """Panels on one canvas.

    Attributes
    ----------
    shape : (int, int)
        Height and width of the canvas.
    panels : tuple of Panel
    pictures : int
    """

    shape: tuple[int, int]
    panels: tuple["Panel", ...]
    pictures: int

    def compose(self, picture: int) -> Indices:
        """Draw one picture from nothing, as palette indices."""
        canvas = np.full(self.shape, STRIP, np.uint8)
        for panel in self.panels:
            panel.draw(canvas, picture)
        return canvas

    def play(self) -> Iterator[tuple[Indices, list[Box]]]:
        """Draw every picture, each one over the one before.

        Yields
        ------
        canvas : uint8 array of shape `shape`
            The picture in palette indices: always the same array, to be read before going on.
        boxes : list of boxes
            Where it may differ from the picture before.
        """
        canvas = self.compose(0)
        tracks = [panel.track(0) for panel in self.panels]
        yield canvas, [(0, self.shape[0], 0, self.shape[1])]
        for picture in range(1, self.pictures):
            boxes = []
            for panel, track in zip(self.panels, tracks, strict=True):
                boxes += panel.advance(canvas, track, picture)
            yield canvas, boxes


@dataclass(frozen=True, eq=False)
class Panel:
    """One trajectory's part of a scene.

    Attributes
    ----------
    left, top : int
        Where it stands on the canvas.
    ground : uint8 array of shape (size, size)
        Surface and start point, in palette indices.
    strip : uint8 array of shape (height, size)
        The caption's part that stands still.
    ticker : Ticker
        The caption's part that moves, at the strip's ``ticker_at``, (left, top).
    path : Strokes
    colors : uint8 array
        The palette index of each of the path's entries.
    markers : Markers
        Where the optimizer stands.
    boxes : list of boxes
        Where path and marker of each picture may differ from those of the picture before.
    ink : Inks
    """

    left: int
    top: int
    ground: Indices
    strip: Indices
    ticker: Ticker
    ticker_at: tuple[int, int]
    path: raster.Strokes
    colors: Indices
    markers: "Markers"
    boxes: list[Box]
    ink: Inks

    def track(self, picture: int) -> Indices:
        """Return the ground with the path as far as it has come, without the marker."""
        track = self.ground.copy()
        self._extend(track, 0, picture + 1)
        return track

    def draw(self, canvas: Indices, picture: int) -> None:
        """Draw the whole panel."""
        size = len(self.ground)
        self._draw_track(canvas, self.track(picture), picture, (0, size, 0, size))
        bottom = self.top + size
        canvas[bottom : bottom + len(self.strip), self.left : self.left + size] = self.strip
        height, width = self.ticker.shape
        self._draw_ticker(canvas, picture, (0, height, 0, width))

    def advance(self, canvas: Indices, track: Indices, picture: int) -> list[Box]:
        """Draw what may differ from the picture before, whose track this is, and return where."""
        boxes = []
        if _area(box := self.boxes[picture]):
            self._extend(track, picture, picture + 1)
            boxes.append(self._draw_track(canvas, track, picture, box))
        top, bottom, left, right = self.ticker.boxes[picture].tolist()
        if _area(box := (top, bottom, left, right)):
            boxes.append(self._draw_ticker(canvas, picture, box))
        return boxes

    def _extend(self, track: Indices, first: int, end: int) -> None:
        new = slice(self.path.ends[first], self.path.ends[end])
        track.reshape(-1)[self.path.pixels[new]] = self.colors[new]

    def _draw_track(self, canvas: Indices, track: Indices, picture: int, box: Box) -> Box:
        y0, y1, x0, x1 = box
        size, marker = len(track), self.markers
        view = canvas[self.top : self.top + size, self.left : self.left + size]
        view[y0:y1, x0:x1] = track[y0:y1, x0:x1]
        corner = marker.left[picture], marker.top[picture]
        stamp(view, *corner, marker.codes[picture], self.ink.marker)
        return self.top + y0, self.top + y1, self.left + x0, self.left + x1

    def _draw_ticker(self, canvas: Indices, picture: int, box: Box) -> Box:
        y0, y1, x0, x1 = box
        left, top = self.left + self.ticker_at[0], self.top + len(self.ground) + self.ticker_at[1]
        target = top + y0, top + y1, left + x0, left + x1
        canvas[target[0] : target[1], target[2] : target[3]] = self.ticker.line(picture, box)
        return target


@dataclass(frozen=True, eq=False)
class Markers:
    """The end point in every picture: a disc, or an arrowhead at the edge while it is outside.

    Attributes
    ----------
    left, top : lists of int
        Corners of the windows.
    codes : uint8 array of shape (pictures, side, side)
        Columns of `Inks.marker`.
    """

    left: list[int]
    top: list[int]
    codes: Indices


@dataclass(frozen=True)
class Arrangement:
    """Where the panels of a picture stand.

    Attributes
    ----------
    layout : Layout
        Of each panel's strip.
    corners : tuple of (int, int)
        Left and top of each panel.
    shape : (int, int)
        Height and width of the whole picture.
    """

    layout: Layout
    corners: tuple[tuple[int, int], ...]
    shape: tuple[int, int]


def arrange(trajectories: tuple["Trajectory", ...], size: int, columns: int | None) -> Arrangement:
    """Place panels side by side, in several rows where they are many.

    Parameters
    ----------
    trajectories : tuple of Trajectory
    size : int
        Side of each panel's square.
    columns : int or None
        Number of panels in a row.
    """
    layout = lay_out(trajectories, size)
    count = len(trajectories)
    if columns is None:
        columns = -(-count // -(-count // _WIDEST_ROW))  # rows as full as each other
    columns = min(columns, count)
    rows = -(-count // columns)
    across, down = size + _GAP, size + layout.height + _GAP
    corners = tuple((i % columns * across, i // columns * down) for i in range(count))
    return Arrangement(layout, corners, (rows * down - _GAP, columns * across - _GAP))


def stage(
    trajectories: tuple["Trajectory", ...],
    steps: NDArray[np.intp],
    look: Look,
    *,
    arrangement: Arrangement,
    line_width: float,
) -> Scene:
    """Put trajectories on one canvas.

    Parameters
    ----------
    trajectories : tuple of Trajectory
    steps : int array of shape (n,)
        The step that each picture shows, in ascending order.
    look : Look
    arrangement : Arrangement
        What `arrange` returned for these trajectories.
    line_width : float
        Width of the paths.
    """
    panels = tuple(
        _panel(trajectory, steps, look, layout=arrangement.layout, width=line_width, at=corner)
        for trajectory, corner in zip(trajectories, arrangement.corners, strict=True)
    )
    return Scene(arrangement.shape, panels, len(steps))


def _panel(
    trajectory: "Trajectory",
    steps: NDArray[np.intp],
    look: Look,
    *,
    layout: Layout,
    width: float,
    at: tuple[int, int],
) -> Panel:
    size, fn, ink = layout.width, trajectory.test_fn, inks(look)
    radius = 1.65 + size / 160
    points = np.rint(to_pixels(fn, trajectory.points, size) * _GRID) / _GRID
    ground = backdrop(fn, look, size).copy()
    window = raster.stamps(points[:1].clip(-size, 2 * size), radius + 1.5)
    distance = raster.disc(window, radius + 0.5)
    for table, shape in ((ink.start, distance), (ink.halo, np.abs(distance - 0.5) - 0.5)):
        stamp(ground, int(window.left[0]), int(window.top[0]), raster.quantise(shape)[0], table)

    when = np.searchsorted(steps, np.arange(1, len(points)))
    path = raster.strokes(points, when, len(steps), (size, size), width)
    current = points[np.minimum(steps, len(points) - 1)]
    current = np.rint(current * _MARKER_GRID) / _MARKER_GRID
    markers = _markers(current, size, radius)
    return Panel(
        left=at[0],
        top=at[1],
        ground=ground,
        strip=layout.still(trajectory),
        ticker=layout.moving(trajectory, steps.tolist()),
        ticker_at=(layout.margin, layout.top(layout.lines)),
        path=path,
        colors=ink.line[ground.reshape(-1)[path.pixels], path.levels],
        markers=markers,
        boxes=_boxes(path.boxes, markers, current, size),
        ink=ink,
    )


def _markers(at: NDArray[np.float64], size: int, radius: float) -> Markers:
    edge = at.clip(0, size - 1)
    away = at - edge
    outside = (np.abs(away) > 0.5).any(axis=1)
    if not outside.any():
        window = raster.stamps(at, radius + 1)
        distance = raster.disc(window, radius)
        rim, fill = raster.quantise(distance - 1), raster.quantise(distance)
    else:
        length = 1.8 * radius
        toward = away[outside] / np.hypot(*away[outside].T)[:, None]
        centres = edge.copy()
        centres[outside] -= toward * (length + 1)
        window = raster.stamps(centres, length + 2.5)
        distance = raster.disc(window, radius)
        rim, fill = raster.quantise(distance - 1), raster.quantise(distance)
        arrows = raster.Stamps(*(a[outside] for a in window))
        hollow = np.abs(raster.arrowhead(arrows, toward, length) + 1)
        rim[outside], fill[outside] = raster.quantise(hollow - 2), raster.quantise(hollow - 1)
    codes: Indices = rim * np.uint8(raster.LEVELS + 1) + fill
    return Markers(window.left.tolist(), window.top.tolist(), codes)


def _boxes(
    path: NDArray[np.intp], markers: Markers, at: NDArray[np.float64], size: int
) -> list[Box]:
    """Join what each picture adds to the path with its marker and the one before, if it moved."""
    side = markers.codes.shape[1]
    top, left = np.array(markers.top), np.array(markers.left)
    window = np.stack([top, top + side, left, left + side], axis=1).clip(0, size)
    before = np.roll(window, 1, axis=0)
    low = np.minimum(np.minimum(window, before), path)
    high = np.maximum(np.maximum(window, before), path)
    boxes = np.stack([low[:, 0], high[:, 1], low[:, 2], high[:, 3]], axis=1)
    stays = (path[:, 1] <= path[:, 0]) & (at == np.roll(at, 1, axis=0)).all(axis=1)
    boxes[stays] = 0
    return [(t, b, l, r) for t, b, l, r in boxes.tolist()]  # noqa: E741


def merge(boxes: list[Box], most: int) -> list[Box]:
    """Join boxes, those first that lose least by it, until there are no more than ``most``."""
    while len(boxes) > most:
        pairs = [(a, b) for i, b in enumerate(boxes) for a in boxes[:i]]
        a, b = min(pairs, key=lambda pair: _area(_union(*pair)) - _area(pair[0]) - _area(pair[1]))
        boxes = [box for box in boxes if box is not a and box is not b] + [_union(a, b)]
    return boxes


def extent(changed: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns around all that has changed, or one pixel where nothing has."""
    # as bytes, which are searched faster than arrays so small
    rows, columns = (np.logical_or.reduce(changed, axis).tobytes() for axis in (1, 0))
    if (top := rows.find(1)) < 0:
        return slice(0, 1), slice(0, 1)
    return slice(top, rows.rfind(1) + 1), slice(columns.find(1), columns.rfind(1) + 1)


def _union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), max(a[3], b[3])


def _area(box: Box) -> int:
    return max(0, box[1] - box[0]) * max(0, box[3] - box[2])
