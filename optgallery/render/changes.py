"""Differences between frames: the rectangles that a GIF or WebP file stores."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from optgallery.render.colors import TRANSPARENT, Indices
from optgallery.render.pillow_core import mapped
from optgallery.render.scene import Box, Scene, merge
from optgallery.render.timing import select_frames


class Patch(NamedTuple):
    """A rectangle to be drawn over the previous frame.

    Attributes
    ----------
    pixels : uint8 array of shape (h, w)
        Palette indices; `TRANSPARENT` where nothing changes.
    left, top : int
        Position of its upper left corner on the canvas.
    """

    pixels: Indices
    left: int
    top: int


def changes(
    scene: Scene, ticks: Sequence[int], *, shortest: int, most: int | None = None, grid: int = 1
) -> Iterator[tuple[list[Patch], int]]:
    """Yield the patches of each frame and its duration.

    Frames that would be shown too briefly are omitted, and a later frame contains their changes.

    Parameters
    ----------
    scene : Scene
    ticks : sequence of n + 1 int
        When each frame appears, and the end, in the format's unit of time.
    shortest : int
        The shortest duration that the format allows.
    most : int, optional
        The largest number of rectangles in a frame; if not given, as many as its duration allows.
    grid : int
        Left and top of the rectangles are multiples of it.
    """
    shown = np.full(scene.shape, TRANSPARENT, np.uint8)
    chosen = select_frames(ticks, shortest)
    starts = [0, *(ticks[number] for number in chosen[1:]), ticks[-1]]
    durations = {k: starts[i + 1] - starts[i] for i, k in enumerate(chosen)}
    waiting: list[Box] = []
    for number, (canvas, touched) in enumerate(scene.play()):
        waiting += touched
        if (duration := durations.get(number)) is None:
            continue
        fitting = min(most or duration // shortest, len(touched) or 1)
        boxes = merge(waiting, fitting) or [(0, 1, 0, 1)]
        yield [_patch(canvas, shown, box, grid) for box in boxes], duration
        waiting = []


def _patch(canvas: Indices, shown: Indices, box: Box, grid: int) -> Patch:
    """Return the smallest patch of the differences in a box, and update ``shown``."""
    top, bottom, left, right = box
    top, left = top - top % grid, left - left % grid
    new, old = canvas[top:bottom, left:right], shown[top:bottom, left:right]
    changed = new != old
    # one pixel if nothing changes, since a frame needs a patch
    x0, y0, x1, y1 = mapped(changed).getbbox() or (0, 0, 1, 1)
    y0, x0 = y0 - y0 % grid, x0 - x0 % grid
    part = slice(y0, y1), slice(x0, x1)
    # 0, which is transparent, where nothing changes
    pixels = new[part] * changed[part].view(np.uint8)
    old[part] = new[part]
    return Patch(pixels, left + x0, top + y0)
