"""The caption below a panel: optimizer, function and settings, and the current step and value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, isnan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optgallery.render import fonts
from optgallery.render.colors import COARSE, FINE, STRIP, Indices

if TYPE_CHECKING:
    from optgallery.runs.recorded import RecordedRun

_SEPARATOR = " \u00b7 "
_MAX_LINES = 3  # of the static part
_MAX_BREVITY = 4
_MIN_REASON = 8  # characters; fewer would say nothing


def caption_parts(trajectory: "RecordedRun") -> list[str]:
    """Return optimizer, function and settings; a line may be broken between these parts."""
    return [trajectory.optimizer_title, trajectory.minimised.title, *trajectory.settings]


def status(trajectory: "RecordedRun", step: int, brevity: int = 0) -> str:
    """Return the step and the value, or at the end of a run that ended early, how and why it ended.

    Parameters
    ----------
    trajectory : Trajectory
    step : int
        Any step; past the last row, the last row is used.
    brevity : int
        From 0 to `_MAX_BREVITY`: how much to omit if there is little room, first the reason, of
        which `Layout.status` keeps what fits, then more and more digits, and finally the words.

    Examples
    --------
    >>> import optgallery as og
    >>> trajectory = og.run("adamw", "beale", steps=5, lr=0.1, start=(1, 3))
    >>> status(trajectory, 0)
    'step 0/5  f = 937'
    """
    last = len(trajectory) - 1
    step = min(step, last)
    if step == last and trajectory.outcome.ending:
        ending, reason = trajectory.outcome.ending, trajectory.outcome.reason
        return ending if brevity or not reason else f"{ending}: {reason}"
    total = str(trajectory.steps)
    count = str(step).rjust(len(total), fonts.FIGURE_SPACE)
    value = number(float(trajectory.values[step]), digits=(3, 3, 2, 1, 1)[brevity])
    if brevity == _MAX_BREVITY:
        return f"{count}/{total}  {value}"
    return f"step {count}/{total}  f = {value}"


def number(value: float, digits: int = 3) -> str:
    """Format a number with this many significant digits, including trailing zeros.

    Examples
    --------
    >>> number(14.203125), number(0.5), number(51063.2), number(1.5e-7), number(-1e200, 1)
    ('14.2', '0.500', '51063', '1.50e-07', '-1e+200')
    """
    if not isfinite(value):
        return "undefined" if isnan(value) else "-inf" if value < 0 else "inf"
    if value == 0:
        return "0"
    if 10**digits <= abs(value) < 1e5:
        return f"{value:.0f}"
    return f"{value:#.{digits}g}".removesuffix(".").replace(".e", "e")


class StatusLine(NamedTuple):
    """The changing line of a caption, in every frame.

    Attributes
    ----------
    columns : uint8 array of shape (k, height)
        Pixel columns of glyphs, in palette indices.
    placed : unsigned int array of shape (frames, width)
        The column at each pixel of the line, in each frame.
    boxes : int array of shape (frames, 4)
        Top, bottom, left and right of what differs from the previous frame; empty boxes have
        bottom <= top.
    """

    columns: Indices
    placed: NDArray[np.unsignedinteger]
    boxes: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the line."""
        return self.columns.shape[1], self.placed.shape[1]

    def line(self, frame: int, box: tuple[int, int, int, int]) -> Indices:
        """Return a part of the line in a frame, in palette indices."""
        top, bottom, left, right = box
        return self.columns[self.placed[frame, left:right], top:bottom].T


@dataclass(frozen=True)
class Layout:
    """The positions of a caption's lines, the same for all panels of an animation.

    Attributes
    ----------
    width, height : int
        Size of the caption in pixels.
    font : int
        Font size in pixels.
    lines : int
        Number of lines of the static part; the status line follows.
    """

    width: int
    height: int
    font: int
    lines: int

    @property
    def margin(self) -> int:
        """Pixels between the caption's edge and its text."""
        return self.font // 2

    @property
    def room(self) -> int:
        """Pixels available to a line."""
        return self.width - 2 * self.margin

    def top(self, line: int) -> int:
        """Return the first row of a line."""
        return self.margin + line * _line_spacing(self.font)

    def draw_static(self, trajectory: "RecordedRun") -> Indices:
        """Draw the static part, as palette indices of shape (height, width)."""
        strip = np.full((self.height, self.width), STRIP, np.uint8)
        for i, line in enumerate(
            wrap(caption_parts(trajectory), self.font, self.room)[: self.lines]
        ):
            x = self.margin
            for text, face in line:
                letters = _shade(fonts.draw(text, face, self.font), FINE)
                width = min(letters.shape[1], self.width - x)
                strip[self.top(i) : self.top(i) + len(letters), x : x + width] = letters[:, :width]
                x += width
        return strip

    def draw_status(self, trajectory: "RecordedRun", steps: Sequence[int]) -> StatusLine:
        """Draw the status line after each of the steps."""
        for brevity in range(_MAX_BREVITY + 1):
            # glyphs are at least a pixel wide: characters cut off here would not fit
            texts = [self.status(trajectory, step, brevity)[: self.room] for step in steps]
            extra = fonts.extra(texts)
            placed = fonts.typeset(texts, self.font, extra)
            if placed.shape[1] <= self.room:
                break
        return _status_line(placed[:, : self.room], self.font, extra)

    def status(self, trajectory: "RecordedRun", step: int, brevity: int = 0) -> str:
        """Return the status of a run after a step, with as much of a reason as fits."""
        ending = trajectory.outcome.ending
        if not ending or step < len(trajectory) - 1:
            return status(trajectory, step, brevity)
        text = fonts.shorten(status(trajectory, step), "sans", self.font, self.room)
        least = len(f"{ending}: ") + min(len(trajectory.outcome.reason), _MIN_REASON)
        return text if len(text) >= least else fonts.shorten(ending, "sans", self.font, self.room)


def choose_layout(trajectories: Iterable["RecordedRun"], width: int) -> Layout:
    """Choose a font size and a number of lines with which every caption fits the width."""
    font = int(np.clip(round(8 + width / 100), 9, 24))
    room = width - 2 * (font // 2)
    lines = max(len(wrap(caption_parts(t), font, room)) for t in trajectories)
    lines = min(lines, _MAX_LINES)
    height = 2 * (font // 2) + lines * _line_spacing(font) + fonts.line_height(font)
    return Layout(width, height + height % 2, font, lines)


Line = list[tuple[str, fonts.Face]]


def wrap(texts: Sequence[str], font: int, room: int) -> list[Line]:
    """Break parts into lines, the first part bold; a part wider than a line is shortened."""
    lines: list[Line] = []
    used = room + 1
    for i, text in enumerate(texts):
        face: fonts.Face = "sans" if i else "bold"
        joined = _SEPARATOR + text
        width = fonts.measure(joined, face, font)
        if lines and used + width <= room:
            lines[-1].append((joined, face))
            used += width
        else:
            fitting = fonts.shorten(text, face, font, room)
            lines.append([(fitting, face)])
            used = fonts.measure(fitting, face, font)
    return lines


def _line_spacing(font: int) -> int:
    return round(1.35 * font)


def _shade(coverage: NDArray[np.uint8], shades: Indices) -> Indices:
    """Convert the coverage of glyphs to palette indices."""
    ramp = shades[np.rint(np.linspace(0, len(shades) - 1, 256)).astype(np.intp)]
    return ramp[coverage]


@lru_cache(maxsize=32)
def _columns(
    font: int, extra: frozenset[str]
) -> tuple[Indices, NDArray[np.intp], NDArray[np.intp]]:
    """Return the pixel columns of glyphs in palette indices, and the rows that each one uses."""
    indices = _shade(fonts.columns(font, extra).coverage, COARSE)
    used = indices != STRIP
    height = used.shape[1]
    top = np.where(used.any(axis=1), used.argmax(axis=1), height)
    bottom = np.where(used.any(axis=1), height - used[:, ::-1].argmax(axis=1), 0)
    return indices, top, bottom


def _status_line(placed: NDArray[np.intp], font: int, extra: frozenset[str]) -> StatusLine:
    columns, top, bottom = _columns(font, extra)
    now, before = placed[1:], placed[:-1]
    changed = now != before
    tops = np.where(changed, np.minimum(top[now], top[before]), columns.shape[1])
    bottoms = np.where(changed, np.maximum(bottom[now], bottom[before]), 0)
    left = changed.argmax(axis=1)
    right = changed.shape[1] - changed[:, ::-1].argmax(axis=1)
    boxes = np.zeros((len(placed), 4), np.intp)
    boxes[1:] = np.stack([tops.min(axis=1), bottoms.max(axis=1), left, right], axis=1)
    return StatusLine(columns, placed.astype(np.min_scalar_type(len(columns))), boxes)
