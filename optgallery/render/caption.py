"""The strip beneath a picture: who runs on what, and where it stands."""

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
    from optgallery.runs.trajectory import Trajectory

_SEPARATOR = " \u00b7 "
_MOST_LINES = 3  # of the part that stands still
_BRIEFEST = 4
_LEAST_OF_A_REASON = 8  # characters; fewer would say nothing


def pieces(trajectory: "Trajectory") -> list[str]:
    """Say who runs on what, in pieces between which a line may break: the optimizer comes first."""
    return [trajectory.optimizer_title, trajectory.test_fn.title, *trajectory.settings]


def status(trajectory: "Trajectory", step: int, brevity: int = 0) -> str:
    """Say where a run stands after a step: step and value, or that it ended early, and why.

    Parameters
    ----------
    trajectory : Trajectory
    step : int
        Any number of steps; past the last row it is the last row that counts.
    brevity : int
        From 0 to `_BRIEFEST`: what to leave out where there is little room. First goes the reason,
        of which `Layout.moving` keeps what fits, then digit after digit, and the words in the end.

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
    if brevity == _BRIEFEST:
        return f"{count}/{total}  {value}"
    return f"step {count}/{total}  f = {value}"


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, all of them even where they are zeros.

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


class Ticker(NamedTuple):
    """The moving line in every picture.

    Attributes
    ----------
    ink : uint8 array of shape (columns, height)
        Columns of letters in palette indices.
    placed : unsigned int array of shape (pictures, width)
        Which of the columns stands at each pixel of each picture's line.
    boxes : int array of shape (pictures, 4)
        Top, bottom, left and right of what differs from the picture before; empty boxes have
        bottom <= top.
    """

    ink: Indices
    placed: NDArray[np.unsignedinteger]
    boxes: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the line."""
        return self.ink.shape[1], self.placed.shape[1]

    def line(self, picture: int, box: tuple[int, int, int, int]) -> Indices:
        """Return a part of a picture's line: palette indices."""
        top, bottom, left, right = box
        return self.ink[self.placed[picture, left:right], top:bottom].T


@dataclass(frozen=True)
class Layout:
    """Where the lines of a strip stand, the same for all panels of a picture.

    Attributes
    ----------
    width, height : int
        Size of the strip in pixels.
    font : int
        Size of the letters in pixels.
    lines : int
        Lines of the part that stands still; the moving line follows.
    """

    width: int
    height: int
    font: int
    lines: int

    @property
    def margin(self) -> int:
        """Pixels between the strip's edge and its letters."""
        return self.font // 2

    @property
    def room(self) -> int:
        """Pixels that a line may take."""
        return self.width - 2 * self.margin

    def top(self, line: int) -> int:
        """Return the first row of a line."""
        return self.margin + line * _spacing(self.font)

    def still(self, trajectory: "Trajectory") -> Indices:
        """Draw the part that does not move, as palette indices of shape (height, width)."""
        strip = np.full((self.height, self.width), STRIP, np.uint8)
        for i, line in enumerate(broken(pieces(trajectory), self.font, self.room)[: self.lines]):
            x = self.margin
            for text, face in line:
                letters = _shade(fonts.draw(text, face, self.font), FINE)
                width = min(letters.shape[1], self.width - x)
                strip[self.top(i) : self.top(i) + len(letters), x : x + width] = letters[:, :width]
                x += width
        return strip

    def moving(self, trajectory: "Trajectory", steps: Sequence[int]) -> Ticker:
        """Draw the moving line after each of the steps."""
        for brevity in range(_BRIEFEST + 1):
            # letters are wider than a pixel: what is cut off here would not fit
            texts = [self.told(trajectory, step, brevity)[: self.room] for step in steps]
            rare = fonts.rare(texts)
            placed = fonts.typeset(texts, self.font, rare)
            if placed.shape[1] <= self.room:
                break
        return _ticker(placed[:, : self.room], self.font, rare)

    def told(self, trajectory: "Trajectory", step: int, brevity: int = 0) -> str:
        """Say where a run stands after a step, with as much of the reason of its end as fits."""
        ending = trajectory.outcome.ending
        if not ending or step < len(trajectory) - 1:
            return status(trajectory, step, brevity)
        told = fonts.shorten(status(trajectory, step), "sans", self.font, self.room)
        least = len(f"{ending}: ") + min(len(trajectory.outcome.reason), _LEAST_OF_A_REASON)
        if len(told) < least:
            return fonts.shorten(ending, "sans", self.font, self.room)
        return told


def lay_out(trajectories: Iterable["Trajectory"], width: int) -> Layout:
    """Find letters and lines with which every trajectory's caption fits the width."""
    font = int(np.clip(round(8 + width / 100), 9, 24))
    room = width - 2 * (font // 2)
    lines = max(len(broken(pieces(t), font, room)) for t in trajectories)
    lines = min(lines, _MOST_LINES)
    height = 2 * (font // 2) + lines * _spacing(font) + fonts.line_height(font)
    return Layout(width, height + height % 2, font, lines)


Line = list[tuple[str, fonts.Face]]


def broken(texts: Sequence[str], font: int, room: int) -> list[Line]:
    """Break pieces into lines, the first piece bold; a piece wider than a line is shortened."""
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


def _spacing(font: int) -> int:
    return round(1.35 * font)


def _shade(coverage: NDArray[np.uint8], shades: Indices) -> Indices:
    """Turn the coverage of letters into palette indices."""
    ramp = shades[np.rint(np.linspace(0, len(shades) - 1, 256)).astype(np.intp)]
    return ramp[coverage]


@lru_cache(maxsize=32)
def _columns(font: int, rare: frozenset[str]) -> tuple[Indices, NDArray[np.intp], NDArray[np.intp]]:
    """Return the columns of letters in palette indices, and the rows that each one uses."""
    ink = _shade(fonts.columns(font, rare).ink, COARSE)
    used = ink != STRIP
    height = used.shape[1]
    top = np.where(used.any(axis=1), used.argmax(axis=1), height)
    bottom = np.where(used.any(axis=1), height - used[:, ::-1].argmax(axis=1), 0)
    return ink, top, bottom


def _ticker(placed: NDArray[np.intp], font: int, rare: frozenset[str]) -> Ticker:
    ink, top, bottom = _columns(font, rare)
    now, before = placed[1:], placed[:-1]
    changed = now != before
    tops = np.where(changed, np.minimum(top[now], top[before]), ink.shape[1])
    bottoms = np.where(changed, np.maximum(bottom[now], bottom[before]), 0)
    left = changed.argmax(axis=1)
    right = changed.shape[1] - changed[:, ::-1].argmax(axis=1)
    boxes = np.zeros((len(placed), 4), np.intp)
    boxes[1:] = np.stack([tops.min(axis=1), bottoms.max(axis=1), left, right], axis=1)
    return Ticker(ink, placed.astype(np.min_scalar_type(len(ink))), boxes)
