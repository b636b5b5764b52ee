"""Scenes: everything that is drawn for one or several trajectories, in any frame.

A scene is computed as a whole before its first frame is drawn: for every pixel, the frame in which
the path reaches it; for every frame, the marker and the caption. Any frame can be drawn from
scratch, or by updating the previous one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.render import raster
from optgallery.render.background import blit, draw_background, to_pixels
from optgallery.render.caption import Layout, StatusLine, choose_layout
from optgallery.render.colors import STRIP, ColorTables, Indices, Look, color_tables

if TYPE_CHECKING:
    from optgallery.runs.matrix_trajectory import MatrixTrajectory
    from optgallery.runs.trajectory import Trajectory

    AnyTrajectory: TypeAlias = Trajectory | MatrixTrajectory

Box: TypeAlias = tuple[int, int, int, int]
"""Top, bottom, left, right."""

_GAP = 8  # pixels between panels
_MAX_COMMON = 600  # pixels; the surfaces of larger animations are not worth their memory in a cache
_MAX_ROW = 4  # panels
_GRID = 8  # the path is rounded to eighths of a pixel: a run that does not move adds no pixels
_MARKER_GRID = 2


class AnyPanel(Protocol):
    """The part of a scene that shows one trajectory."""

    @property
    def background(self) -> Indices:
        """What is the same in all frames, above the caption: shape (height, size)."""

    def track(self, frame: int) -> Indices:
        """Return the background with the path so far, without the marker."""

    def draw(self, canvas: Indices, frame: int) -> None:
        """Draw the whole panel."""

    def advance(self, canvas: Indices, track: Indices, frame: int) -> list[Box]:
        """Update the canvas and the track of the previous frame, and return the changed boxes."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Panels on one canvas.

    Attributes
    ----------
    shape : (int, int)
        Height and width of the canvas.
    panels : tuple of AnyPanel
    frames : int
        The number of frames.
    """

    shape: tuple[int, int]
    panels: tuple["AnyPanel", ...]
    frames: int

    @property
    def common_rows(self) -> int:
        """The rows at the top of the first frame that every run from the same start has; 0 of many.

        That is the surface with the start of the run: what optimizers or learning rates differ in
        comes after the first frame, or is below, in the caption.
        """
        side = len(self.panels[0].background)
        return side if len(self.panels) == 1 and side <= _MAX_COMMON else 0

    def compose(self, frame: int) -> Indices:
        """Draw one frame from scratch, as palette indices."""
        canvas = np.full(self.shape, STRIP, np.uint8)
        for panel in self.panels:
            panel.draw(canvas, frame)
        return canvas

    def play(self) -> Iterator[tuple[Indices, list[Box]]]:
        """Draw every frame, each over the previous one.

        Yields
        ------
        canvas : uint8 array of shape `shape`
            The frame in palette indices: always the same array, overwritten by the next frame.
        boxes : list of boxes
            Where it may differ from the previous frame.
        """
        canvas = self.compose(0)
        tracks = [panel.track(0) for panel in self.panels]
        yield canvas, [(0, self.shape[0], 0, self.shape[1])]
        for frame in range(1, self.frames):
            boxes = []
            for panel, track in zip(self.panels, tracks, strict=True):
                boxes += panel.advance(canvas, track, frame)
            yield canvas, boxes


@dataclass(frozen=True, eq=False)
class Panel:
    """The part of a scene that shows one trajectory.

    Attributes
    ----------
    left, top : int
        Position of its upper left corner on the canvas.
    background : uint8 array of shape (size, size)
        Surface and start point, in palette indices.
    caption : uint8 array of shape (height, size)
        The caption without the status line.
    status_line : StatusLine
        The status line, at the position ``status_at``, (left, top), in the caption.
    path : Strokes
    colors : uint8 array
        The palette index of each of the path's entries.
    markers : Markers
        The current iterate.
    boxes : list of boxes
        Where path and marker in each frame may differ from those in the previous frame.
    tables : ColorTables
    """

    left: int
    top: int
    background: Indices
    caption: Indices
    status_line: StatusLine
    status_at: tuple[int, int]
    path: raster.Strokes
    colors: Indices
    markers: "Markers"
    boxes: list[Box]
    tables: ColorTables

    def track(self, frame: int) -> Indices:
        """Return the background with the path so far, without the marker."""
        track = self.background.copy()
        self._extend(track, 0, frame + 1)
        return track

    def draw(self, canvas: Indices, frame: int) -> None:
        """Draw the whole panel."""
        size = len(self.background)
        self._draw_track(canvas, self.track(frame), frame, (0, size, 0, size))
        bottom = self.top + size
        canvas[bottom : bottom + len(self.caption), self.left : self.left + size] = self.caption
        height, width = self.status_line.shape
        self._draw_status_line(canvas, frame, (0, height, 0, width))

    def advance(self, canvas: Indices, track: Indices, frame: int) -> list[Box]:
        """Update the canvas and the track of the previous frame, and return the changed boxes."""
        boxes = []
        if _area(box := self.boxes[frame]):
            self._extend(track, frame, frame + 1)
            boxes.append(self._draw_track(canvas, track, frame, box))
        top, bottom, left, right = self.status_line.boxes[frame].tolist()
        if _area(box := (top, bottom, left, right)):
            boxes.append(self._draw_status_line(canvas, frame, box))
        return boxes

    def _extend(self, track: Indices, first: int, end: int) -> None:
        new = slice(self.path.ends[first], self.path.ends[end])
        track.reshape(-1)[self.path.pixels[new]] = self.colors[new]

    def _draw_track(self, canvas: Indices, track: Indices, frame: int, box: Box) -> Box:
        y0, y1, x0, x1 = box
        size, marker = len(track), self.markers
        view = canvas[self.top : self.top + size, self.left : self.left + size]
        view[y0:y1, x0:x1] = track[y0:y1, x0:x1]
        corner = marker.left[frame], marker.top[frame]
        blit(view, *corner, marker.codes[frame], self.tables.marker)
        return self.top + y0, self.top + y1, self.left + x0, self.left + x1

    def _draw_status_line(self, canvas: Indices, frame: int, box: Box) -> Box:
        y0, y1, x0, x1 = box
        left, top = (
            self.left + self.status_at[0],
            self.top + len(self.background) + self.status_at[1],
        )
        target = top + y0, top + y1, left + x0, left + x1
        canvas[target[0] : target[1], target[2] : target[3]] = self.status_line.line(frame, box)
        return target


@dataclass(frozen=True, eq=False)
class Markers:
    """The marker in every frame: a disc, or an arrowhead at the edge while it is outside.

    Attributes
    ----------
    left, top : lists of int
        Corners of the windows.
    codes : uint8 array of shape (frames, side, side)
        Columns of `ColorTables.marker`.
    """

    left: list[int]
    top: list[int]
    codes: Indices

    def window(self, frame: int, size: int) -> tuple[slice, slice]:
        """Return the rows and columns of the marker in a frame, on a panel of this size."""
        side = self.codes.shape[1]
        top, left = self.top[frame], self.left[frame]
        return (
            slice(max(top, 0), max(min(top + side, size), 0)),
            slice(max(left, 0), max(min(left + side, size), 0)),
        )


@dataclass(frozen=True)
class Arrangement:
    """The positions of the panels.

    Attributes
    ----------
    layout : Layout
        Layout of each panel's caption.
    corners : tuple of (int, int)
        Left and top of each panel.
    shape : (int, int)
        Height and width of the whole canvas.
    """

    layout: Layout
    corners: tuple[tuple[int, int], ...]
    shape: tuple[int, int]


def arrange(
    trajectories: tuple["AnyTrajectory", ...], size: int, columns: int | None, extra: int = 0
) -> Arrangement:
    """Place panels side by side, in several rows if there are many.

    Parameters
    ----------
    trajectories : tuple of Trajectory
    size : int
        Side of each panel's square.
    columns : int or None
        Number of panels in a row.
    extra : int
        Pixels between each square and its caption.
    """
    layout = choose_layout(trajectories, size)
    count = len(trajectories)
    if columns is None:
        columns = -(-count // -(-count // _MAX_ROW))  # balanced rows
    columns = min(columns, count)
    rows = -(-count // columns)
    across, down = size + _GAP, size + extra + layout.height + _GAP
    corners = tuple((i % columns * across, i // columns * down) for i in range(count))
    return Arrangement(layout, corners, (rows * down - _GAP, columns * across - _GAP))


def make_scene(
    trajectories: tuple["Trajectory", ...],
    steps: NDArray[np.intp],
    look: Look,
    *,
    arrangement: Arrangement,
    line_width: float,
) -> Scene:
    """Return the scene of trajectories on one canvas.

    Parameters
    ----------
    trajectories : tuple of Trajectory
    steps : int array of shape (n,)
        The step that each frame shows, in ascending order.
    look : Look
    arrangement : Arrangement
        The result of `arrange` for these trajectories.
    line_width : float
        Width of the paths in pixels.
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
    size, fn, tables = layout.width, trajectory.test_fn, color_tables(look)
    radius = marker_radius(size)
    points = np.rint(to_pixels(fn, trajectory.points, size) * _GRID) / _GRID
    background = draw_background(fn, look, size).copy()
    window = raster.windows_around(points[:1].clip(-size, 2 * size), radius + 1.5)
    distance = raster.disc(window, radius + 0.5)
    for table, shape in ((tables.start, distance), (tables.halo, np.abs(distance - 0.5) - 0.5)):
        blit(background, int(window.left[0]), int(window.top[0]), raster.quantise(shape)[0], table)

    when = np.searchsorted(steps, np.arange(1, len(points)))
    path = raster.strokes(points, when, len(steps), (size, size), width)
    current = points[np.minimum(steps, len(points) - 1)]
    current = np.rint(current * _MARKER_GRID) / _MARKER_GRID
    markers = track_markers(current, size, radius)
    return Panel(
        left=at[0],
        top=at[1],
        background=background,
        caption=layout.draw_static(trajectory),
        status_line=layout.draw_status(trajectory, steps.tolist()),
        status_at=(layout.margin, layout.top(layout.lines)),
        path=path,
        colors=tables.line[background.reshape(-1)[path.pixels], path.levels],
        markers=markers,
        boxes=changed_boxes(path.boxes, markers, current, size),
        tables=tables,
    )


def marker_radius(size: int) -> float:
    """Return the radius of the marker on a panel of this size, without its rim, in pixels."""
    return 1.65 + size / 160


def arrow_radius(size: int) -> float:
    """Return the radius of the circle through the arrowhead's corners, without its rim."""
    return 1.8 * marker_radius(size)


def place_markers(
    at: NDArray[np.float64], size: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Place markers at points, or arrowheads at the edge of the panel for those outside.

    Parameters
    ----------
    at : array of shape (n, 2)
        Points in pixels.
    size : int
        Side of the panel.

    Returns
    -------
    centres : array of shape (n, 2)
        Centres of the discs and arrowheads.
    outside : bool array of shape (n,)
        Which points are outside.
    toward : array of shape (m, 2)
        The directions of the arrowheads, as unit vectors.
    """
    edge = at.clip(0, size - 1)
    away = at - edge
    outside = (np.abs(away) > 0.5).any(axis=1)
    if not outside.any():
        return at, outside, np.empty((0, 2))
    toward = away[outside] / np.hypot(*away[outside].T)[:, None]
    centres = edge.copy()
    centres[outside] -= toward * (arrow_radius(size) + 1)
    return centres, outside, toward


def track_markers(at: NDArray[np.float64], size: int, radius: float) -> Markers:
    """Return the marker in every frame.

    Parameters
    ----------
    at : array of shape (frames, 2)
        Where it is, in pixels.
    size : int
        Side of the panel.
    radius : float
        Radius of the disc without its rim, in pixels.
    """
    length = arrow_radius(size)
    centres, outside, toward = place_markers(at, size)
    if not outside.any():
        window = raster.windows_around(at, radius + 1)
        distance = raster.disc(window, radius)
        rim, fill = raster.quantise(distance - 1), raster.quantise(distance)
    else:
        window = raster.windows_around(centres, length + 2.5)
        distance = raster.disc(window, radius)
        rim, fill = raster.quantise(distance - 1), raster.quantise(distance)
        left, top, dx, dy = window
        arrows = raster.Windows(left[outside], top[outside], dx[outside], dy[outside])
        hollow = np.abs(raster.arrowhead(arrows, toward, length) + 1)
        rim[outside], fill[outside] = raster.quantise(hollow - 2), raster.quantise(hollow - 1)
    codes: Indices = rim * np.uint8(raster.LEVELS + 1) + fill
    return Markers(window.left.tolist(), window.top.tolist(), codes)


def changed_boxes(
    path: NDArray[np.intp], markers: Markers, at: NDArray[np.float64], size: int
) -> list[Box]:
    """Return boxes around the new path, the marker and the previous marker, if anything changed."""
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
    """Join boxes, those first that add the smallest area, until at most ``most`` are left."""
    while len(boxes) > most:
        pairs = [(a, b) for i, b in enumerate(boxes) for a in boxes[:i]]
        a, b = min(pairs, key=lambda pair: _area(_union(*pair)) - _area(pair[0]) - _area(pair[1]))
        boxes = [box for box in boxes if box is not a and box is not b] + [_union(a, b)]
    return boxes


def _union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), max(a[3], b[3])


def _area(box: Box) -> int:
    return max(0, box[1] - box[0]) * max(0, box[3] - box[2])
