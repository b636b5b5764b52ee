"""What changes from picture to picture: the rectangles of which GIF and WebP files consist."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from optgallery.render.colors import TRANSPARENT, Indices
from optgallery.render.scene import Box, Scene, extent, merge
from optgallery.render.timing import standing


class Patch(NamedTuple):
    """A rectangle to be laid over the picture before.

    Attributes
    ----------
    pixels : uint8 array of shape (h, w)
        Palette indices; `TRANSPARENT` where nothing has changed.
    left, top : int
        Where its upper left corner lies on the canvas.
    """

    pixels: Indices
    left: int
    top: int


def changes(
    scene: Scene, ticks: Sequence[int], *, shortest: int, most: int | None = None, grid: int = 1
) -> Iterator[tuple[list[Patch], int]]:
    """Yield what is new in each picture, and how long it stands.

    Pictures that would stand too short are left out: what they bring comes with a later one.

    Parameters
    ----------
    scene : Scene
    ticks : sequence of n + 1 int
        When each picture appears, and the end, in the format's unit of time.
    shortest : int
        How long a format can show a rectangle at least.
    most : int, optional
        Rectangles in a picture; if not given, as many as its time allows.
    grid : int
        The rectangles' left and top are multiples of it.
    """
    shown = np.full(scene.shape, TRANSPARENT, np.uint8)
    chosen = standing(ticks, shortest)
    starts = [0, *(ticks[picture] for picture in chosen[1:]), ticks[-1]]
    durations = {k: starts[i + 1] - starts[i] for i, k in enumerate(chosen)}
    waiting: list[Box] = []
    for picture, (canvas, touched) in enumerate(scene.play()):
        waiting += touched
        if (duration := durations.get(picture)) is None:
            continue
        fitting = min(most or duration // shortest, len(touched) or 1)
        boxes = merge(waiting, fitting) or [(0, 1, 0, 1)]
        yield [_patch(canvas, shown, box, grid) for box in boxes], duration
        waiting = []


def _patch(canvas: Indices, shown: Indices, box: Box, grid: int) -> Patch:
    """Cut out what differs within a box, and note that it is shown."""
    top, bottom, left, right = box
    new, old = canvas[top:bottom, left:right], shown[top:bottom, left:right]
    y, x = extent(new != old)
    top, bottom = top + y.start, top + y.stop
    left, right = left + x.start, left + x.stop
    top, left = top - top % grid, left - left % grid
    new, old = canvas[top:bottom, left:right], shown[top:bottom, left:right]
    pixels = new * (new != old)  # unchanged: zero, which is transparent
    old[:] = new
    return Patch(pixels, left, top)
