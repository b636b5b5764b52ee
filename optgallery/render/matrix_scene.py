"""Scenes of matrices: k outputs that walk to their targets, over curves of singular values."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optgallery.render import fonts, raster
from optgallery.render.background import blit, draw_background, to_pixels
from optgallery.render.caption import Layout, StatusLine
from optgallery.render.colors import FINE, STRIP, Indices, Look, Table
from optgallery.render.matrix_colors import MAX_HUES, MatrixColors, matrix_colors
from optgallery.render.scene import (
    Arrangement,
    Box,
    Markers,
    Scene,
    arrange,
    changed_boxes,
    marker_radius,
    track_markers,
)

if TYPE_CHECKING:
    from optgallery.runs.matrix_trajectory import MatrixTrajectory

Array = NDArray[np.float64]

_GRID = 8  # paths are rounded to eighths of a pixel
_MARKER_GRID = 2
_STRIP_SHARE = 0.24  # of the panel's side
_DECADES = 4  # of the updates' axis
_RANGE = (0.75, 0.65)  # the smallest radius of a dot, and how much more the largest has


def is_matrix(trajectory: Any) -> bool:
    """Whether a trajectory is one of matrices, whose outputs are drawn."""
    return hasattr(trajectory, "paths")


def strip_height(size: int) -> int:
    """Return the height of the strip of singular values on a panel of this size, in pixels."""
    return 2 * round(_STRIP_SHARE * size / 2)


def palette(trajectories: tuple["MatrixTrajectory", ...], look: Look) -> MatrixColors:
    """Return the colours of an animation of matrices."""
    hues = max(min(t.paths.shape[1], MAX_HUES) for t in trajectories)
    surface = any(t.problem.surface is not None for t in trajectories)
    return matrix_colors(look, hues, surface=surface)


def arrange_matrices(
    trajectories: tuple["MatrixTrajectory", ...], size: int, columns: int | None
) -> Arrangement:
    """Place panels as `arrange` does, with room for the strip of each."""
    return arrange(trajectories, size, columns, extra=strip_height(size))


@dataclass(frozen=True, eq=False)
class MatrixPanel:
    """The part of a scene that shows one trajectory of matrices.

    Attributes
    ----------
    left, top : int
        Position of its upper left corner on the canvas.
    background : uint8 array of shape (height, size)
        Ground or surface with the targets, and below it the axes of the singular values.
    caption : uint8 array of shape (height, size)
        The caption without the status line.
    status_line : StatusLine
    status_at : (int, int)
    pixels, colors : arrays of shape (m,)
        The entries of all paths and curves, frame by frame: where, and the palette index.
    ends : list of int
        Frame k adds the entries from ``ends[k]`` up to ``ends[k + 1]``.
    markers : list of (Markers, Table)
        The outputs in every frame, those drawn first first.
    boxes : list of lists of boxes
        For each frame, where it may differ from the previous one.
    """

    left: int
    top: int
    background: Indices
    caption: Indices
    status_line: StatusLine
    status_at: tuple[int, int]
    pixels: NDArray[np.intp]
    colors: Indices
    ends: list[int]
    markers: list[tuple[Markers, Table]]
    boxes: list[list[Box]]

    def track(self, frame: int) -> Indices:
        """Return the background with paths and curves so far, without the markers."""
        track = self.background.copy()
        self._extend(track, 0, frame + 1)
        return track

    def draw(self, canvas: Indices, frame: int) -> None:
        """Draw the whole panel."""
        height, size = self.background.shape
        view = canvas[self.top : self.top + height, self.left : self.left + size]
        view[:] = self.track(frame)
        self._draw_markers(view, frame)
        bottom = self.top + height
        canvas[bottom : bottom + len(self.caption), self.left : self.left + size] = self.caption
        rows, columns = self.status_line.shape
        self._draw_status_line(canvas, frame, (0, rows, 0, columns))

    def advance(self, canvas: Indices, track: Indices, frame: int) -> list[Box]:
        """Update the canvas and the track of the previous frame, and return the changed boxes."""
        self._extend(track, frame, frame + 1)
        height, size = track.shape
        view = canvas[self.top : self.top + height, self.left : self.left + size]
        found = []
        for y0, y1, x0, x1 in self.boxes[frame]:
            view[y0:y1, x0:x1] = track[y0:y1, x0:x1]
            found.append((self.top + y0, self.top + y1, self.left + x0, self.left + x1))
        if found:  # markers may overlap: all are drawn again, each on a clean track
            for marker, _ in self.markers:
                rows, columns = marker.window(frame, size)
                view[rows, columns] = track[rows, columns]
            self._draw_markers(view, frame)
        top, bottom, left, right = self.status_line.boxes[frame].tolist()
        if bottom > top and right > left:
            found.append(self._draw_status_line(canvas, frame, (top, bottom, left, right)))
        return found

    def _extend(self, track: Indices, first: int, end: int) -> None:
        new = slice(self.ends[first], self.ends[end])
        track.reshape(-1)[self.pixels[new]] = self.colors[new]

    def _draw_markers(self, view: Indices, frame: int) -> None:
        """Draw all markers, in order."""
        square = view[: view.shape[1]]
        for marker, table in self.markers:
            blit(square, marker.left[frame], marker.top[frame], marker.codes[frame], table)

    def _draw_status_line(self, canvas: Indices, frame: int, box: Box) -> Box:
        y0, y1, x0, x1 = box
        left = self.left + self.status_at[0]
        top = self.top + len(self.background) + self.status_at[1]
        target = top + y0, top + y1, left + x0, left + x1
        canvas[target[0] : target[1], target[2] : target[3]] = self.status_line.line(frame, box)
        return target


class Chart(NamedTuple):
    """A small chart of singular values in the strip: its rectangle and its scale.

    Attributes
    ----------
    left, right, top, bottom : int
        The rectangle of the curves, in pixels of the panel.
    low, high : float
        The values at bottom and top.
    log : bool
        Whether the axis is logarithmic.
    title : str
    """

    left: int
    right: int
    top: int
    bottom: int
    low: float
    high: float
    log: bool
    title: str

    def heights(self, values: Array) -> Array:
        """Map values to rows of pixels; those beyond the axis are drawn at its ends."""
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            if self.log:
                share = (np.log10(values) - log10(self.low)) / log10(self.high / self.low)
            else:
                share = values / self.high
        shown = np.nan_to_num(share, nan=1.0, posinf=1.0, neginf=0.0).clip(0, 1)
        rows: Array = self.bottom - shown * (self.bottom - self.top)
        return rows


class _Stroke(NamedTuple):
    """The entries that one path or curve adds, frame by frame, and the boxes around them."""

    pixels: NDArray[np.intp]
    colors: Indices
    frames: NDArray[np.intp]
    boxes: NDArray[np.intp]


def make_matrix_scene(
    trajectories: tuple["MatrixTrajectory", ...],
    steps: NDArray[np.intp],
    look: Look,
    *,
    arrangement: Arrangement,
    line_width: float,
) -> Scene:
    """Return the scene of trajectories of matrices on one canvas.

    Parameters
    ----------
    trajectories : tuple of MatrixTrajectory
    steps : int array of shape (n,)
        The step that each frame shows, in ascending order.
    look : Look
    arrangement : Arrangement
        The result of `arrange_matrices` for these trajectories.
    line_width : float
        Width of the paths in pixels.
    """
    colors = palette(trajectories, look)
    charts = _charts(trajectories, arrangement.layout.width)
    last = int(steps[-1])
    panels = tuple(
        _panel(
            trajectory,
            steps,
            look,
            colors=colors,
            layout=arrangement.layout,
            charts=charts,
            last=last,
            width=line_width,
            at=corner,
        )
        for trajectory, corner in zip(trajectories, arrangement.corners, strict=True)
    )
    return Scene(arrangement.shape, panels, len(steps))


def _charts(trajectories: tuple["MatrixTrajectory", ...], size: int) -> tuple[Chart, Chart]:
    """Return the charts of the matrix and of the updates, with the same axes for all panels."""
    height, edge = strip_height(size), max(4, size // 50)
    text = fonts.line_height(_font(size))
    top, bottom = size + text + edge, size + height - edge
    middle = size // 2
    highest = max(_largest(t.singular_values) for t in trajectories)
    moved = max(_largest(t.update_singular_values) for t in trajectories)
    decade = ceil(log10(moved)) if moved > 0 else 0
    return (
        Chart(edge, middle - edge, top, bottom, 0.0, highest or 1.0, False, "singular values"),
        Chart(
            *(middle + edge, size - 1 - edge, top, bottom),
            *(10.0 ** (decade - _DECADES), 10.0**decade),
            True,
            "of each update (log)",
        ),
    )


def _largest(values: Array) -> float:
    """Return the largest finite value within what a picture can show; 0 if there is none."""
    finite = values[np.isfinite(values)]
    return float(min(finite.max(initial=0.0), 1e300))


def _font(size: int) -> int:
    return int(np.clip(round(7 + size / 130), 8, 20))


def _panel(
    trajectory: "MatrixTrajectory",
    steps: NDArray[np.intp],
    look: Look,
    *,
    colors: MatrixColors,
    layout: Layout,
    charts: tuple[Chart, Chart],
    last: int,
    width: float,
    at: tuple[int, int],
) -> MatrixPanel:
    size, problem, frames = layout.width, trajectory.problem, len(steps)
    k = trajectory.paths.shape[1]
    order, hues, radii = _styles(problem.weights, k, marker_radius(size))
    if problem.surface is not None:
        hues = np.full(k, len(colors.lines) - 1)
    background = _background(
        trajectory, look, size, colors=colors, hues=hues, radii=radii, charts=charts
    )

    parts: list[_Stroke] = []
    markers: list[tuple[Markers, Table]] = []
    moves: list[list[Box]] = []
    for i in order:
        pixels = np.rint(to_pixels(problem, trajectory.paths[:, i], size) * _GRID) / _GRID
        line = colors.lines[hues[i]]
        parts.append(_stroke(pixels, steps, background, table=line, rows=(0, size), width=width))
        now = pixels[np.minimum(steps, len(pixels) - 1)]
        now = np.rint(now * _MARKER_GRID) / _MARKER_GRID
        marker = track_markers(now, size, float(radii[i]))
        markers.append((marker, colors.markers[hues[i]]))
        moves.append(changed_boxes(parts[-1].boxes, marker, now, size))
    curves = (trajectory.singular_values, trajectory.update_singular_values)
    for chart, values, first in zip(charts, curves, (0, 1), strict=True):
        for rank in reversed(range(values.shape[1])):
            if len(values) < 2:
                continue
            x = chart.left + (np.arange(len(values)) + first) / max(last, 1) * (
                chart.right - chart.left
            )
            points = np.column_stack([x, chart.heights(values[:, rank])])
            points = np.rint(points * _GRID) / _GRID
            table = colors.curves[min(rank, 1)]
            shown = np.maximum(steps - first, 0)
            part = _stroke(
                *(points, shown, background),
                table=table,
                rows=(size, len(background)),
                width=max(0.75 * width, 1.0),
            )
            parts.append(part)
            boxes = [(t, b, l, r) for t, b, l, r in part.boxes.tolist()]  # noqa: E741
            moves.append(boxes)

    number = np.concatenate([part.frames for part in parts])
    sort = np.argsort(number, kind="stable")
    return MatrixPanel(
        left=at[0],
        top=at[1],
        background=background,
        caption=layout.draw_static(trajectory),
        status_line=layout.draw_status(trajectory, steps.tolist()),
        status_at=(layout.margin, layout.top(layout.lines)),
        pixels=np.concatenate([part.pixels for part in parts])[sort],
        colors=np.concatenate([part.colors for part in parts])[sort],
        ends=np.searchsorted(number[sort], np.arange(frames + 1)).tolist(),
        markers=markers,
        boxes=[
            [box for box in found if box[1] > box[0] and box[3] > box[2]]
            for found in zip(*moves, strict=True)
        ],
    )


def _styles(
    weights: Array | None, k: int, radius: float
) -> tuple[list[int], NDArray[np.intp], Array]:
    """Return the order of drawing, the colour and the radius of each output.

    The heaviest come first, are the largest and have the first colour; lighter ones are drawn over
    them.
    """
    heavy = np.ones(k) if weights is None else weights / weights.max()
    order = np.argsort(-heavy, kind="stable")
    ranks = np.empty(k, np.intp)
    ranks[order] = np.arange(k)
    hues = ranks * MAX_HUES // max(k, MAX_HUES)
    low, more = _RANGE
    return order.tolist(), hues, radius * (low + more * np.sqrt(heavy))


def _background(
    trajectory: "MatrixTrajectory",
    look: Look,
    size: int,
    *,
    colors: MatrixColors,
    hues: NDArray[np.intp],
    radii: Array,
    charts: tuple[Chart, Chart],
) -> Indices:
    """Draw ground or surface, targets and starts, and the axes of the singular values."""
    problem = trajectory.problem
    canvas = np.full((size + strip_height(size), size), STRIP, np.uint8)
    square = canvas[:size]
    if problem.surface is not None:
        square[:] = draw_background(problem.surface, look, size)
    else:
        square[:] = colors.ground
        ((x, y),) = to_pixels(problem, np.zeros((1, 2)), size).round().astype(int).tolist()
        if 0 <= y < size:
            square[y] = colors.grid
        if 0 <= x < size:
            square[:, x] = colors.grid
        if problem.targets is not None:
            places = to_pixels(problem, problem.targets, size)
            for centre, hue, radius in zip(places, hues, radii, strict=True):
                _ring(square, centre, radius + 3, colors.lines[hue])
    starts = np.unique(to_pixels(problem, trajectory.paths[0], size).clip(-size, 2 * size), axis=0)
    for start in starts:
        _ring(square, start, 0.6 * marker_radius(size), colors.curves[1])
    for chart in charts:
        canvas[chart.bottom + 1, chart.left : chart.right + 1] = colors.grid
        canvas[chart.top : chart.bottom + 2, chart.left] = colors.grid
        if chart.log:
            for decade in range(round(log10(chart.low)) + 1, floor(log10(chart.high)) + 1):
                (row,) = np.rint(chart.heights(np.array([10.0**decade]))).astype(int).tolist()
                canvas[row, chart.left : chart.right + 1 : 4] = colors.grid
        _write(canvas, chart, _font(size))
    return canvas


def _write(canvas: Indices, chart: Chart, font: int) -> None:
    """Write the title of a chart above it."""
    room = chart.right - chart.left
    letters = fonts.draw(fonts.shorten(chart.title, "sans", font, room), "sans", font)
    ramp = FINE[np.rint(np.linspace(0, len(FINE) - 1, 256)).astype(np.intp)]
    top = chart.top - fonts.line_height(font)
    view = canvas[top : top + len(letters), chart.left : chart.left + letters.shape[1]]
    view[:] = ramp[letters][: view.shape[0], : view.shape[1]]


def _ring(square: Indices, centre: Array, radius: float, table: Table) -> None:
    window = raster.windows_around(centre[None], radius + 1)
    distance = np.abs(raster.disc(window, radius)) - 0.7
    blit(square, int(window.left[0]), int(window.top[0]), raster.quantise(distance)[0], table)


def _stroke(
    points: Array,
    steps: NDArray[np.intp],
    background: Indices,
    *,
    table: Table,
    rows: tuple[int, int],
    width: float,
) -> _Stroke:
    """Draw a path or curve in some rows of the panel, from ``rows[0]`` up to ``rows[1]``."""
    (first, end), frames = rows, len(steps)
    size = background.shape[1]
    when = np.searchsorted(steps, np.arange(1, len(points)))
    when = np.minimum(when, frames - 1)
    drawn = raster.strokes(points - (0, first), when, frames, (end - first, size), width)
    pixels = drawn.pixels + first * size
    numbers = np.repeat(np.arange(frames), [b - a for a, b in pairwise(drawn.ends)])
    boxes = drawn.boxes.copy()
    boxes[:, :2] += first
    colors = table[background.reshape(-1)[pixels], drawn.levels]
    return _Stroke(pixels, colors, numbers, boxes)
