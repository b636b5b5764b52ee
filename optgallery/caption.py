"""The strip beneath a picture: who runs on what, and where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optgallery import lettering

if TYPE_CHECKING:
    from optgallery.trajectory import Trajectory

Coverage = NDArray[np.uint8]

_SEPARATOR = " \u00b7 "
_MOST_LINES = 3  # of the part that stands still


def pieces(trajectory: "Trajectory") -> list[str]:
    """Say who runs on what, in pieces between which a line may break: the optimizer comes first."""
    rate = [] if trajectory.lr is None else [f"lr {trajectory.lr:g}"]
    others = [
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in trajectory.hparams.items()
        if name != "lr"
    ]
    return [trajectory.optimizer.title, trajectory.test_fn.title, *rate, *others]


def status(trajectory: "Trajectory", step: int, *, columns: int = 40) -> str:
    """Say where a run stands after a step: step and value, or that it diverged.

    Parameters
    ----------
    trajectory : Trajectory
    step : int
        Any number of steps; past the last row it is the last row that counts.
    columns : int
        How many characters there is room for.

    Examples
    --------
    >>> import optgallery as og
    >>> status(og.run("adamw", "beale", steps=5, lr=0.1), 0)
    'step 0/5  f = 126.4531'
    """
    last = len(trajectory) - 1
    if step >= last and trajectory.status == "diverged":
        brief = f"diverged at step {trajectory.stopped_at}"
        full = f"{brief}: {trajectory.reason}"
        return full if len(full) <= columns else brief
    count = f"step {min(step, last):>{len(str(trajectory.steps))}}/{trajectory.steps}"
    room = columns - len(count)
    equals = "  f = " if room >= 16 else " f="
    return count + equals + number(float(trajectory.values[min(step, last)]), room - len(equals))


def number(value: float, width: int = 10) -> str:
    """Write a number so that its digits stay in place while it changes, in at most ``width``.

    Examples
    --------
    >>> number(14.203125), number(1.5e-7), number(-1e200)
    ('   14.2031', ' 1.500e-07', '-1.00e+200')
    """
    width = max(6, min(width, 10))
    if not isfinite(value):
        return "undefined" if np.isnan(value) else "-inf" if value < 0 else "inf"
    decimals = 4 if width == 10 else 2
    plain = f"{value:.{decimals}f}"
    if len(plain) <= width and (value == 0 or abs(value) >= 10 ** (1 - decimals)):
        return plain.rjust(width)
    for digits in (3, 2, 1, 0):
        text = f"{value:.{digits}e}"
        if len(text) <= width:
            break
    return text.rjust(width)


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

    @property
    def columns(self) -> int:
        """Characters that the moving line may take."""
        return self.room // lettering.measure("0", "mono", self.font)

    def top(self, line: int) -> int:
        """Return the first row of a line."""
        return self.margin + line * _spacing(self.font)

    def still(self, trajectory: "Trajectory") -> Coverage:
        """Draw the part that does not move, as coverage of shape (height, width)."""
        strip = np.zeros((self.height, self.width), np.uint8)
        for i, line in enumerate(broken(pieces(trajectory), self.font, self.room)[: self.lines]):
            x = self.margin
            for text, face in line:
                letters = lettering.draw(text, face, self.font)
                width = min(letters.shape[1], self.width - x)
                target = strip[self.top(i) : self.top(i) + len(letters), x : x + width]
                np.maximum(target, letters[:, :width], out=target)
                x += width
        return strip

    def moving(self, trajectory: "Trajectory", steps: Sequence[int]) -> Coverage:
        """Draw the moving line after each of the steps, as (len(steps), line height, room)."""
        texts = [status(trajectory, step, columns=self.columns)[: self.columns] for step in steps]
        return lettering.typewrite(texts, self.font)


def lay_out(trajectories: Iterable["Trajectory"], width: int) -> Layout:
    """Find letters and lines with which every trajectory's caption fits the width."""
    font = int(np.clip(round(8.5 + width / 90), 9, 24))
    room = width - 2 * (font // 2)
    lines = max(len(broken(pieces(t), font, room)) for t in trajectories)
    lines = min(lines, _MOST_LINES)
    height = 2 * (font // 2) + lines * _spacing(font) + lettering.line_height(font)
    return Layout(width, height + height % 2, font, lines)


Line = list[tuple[str, lettering.Face]]


def broken(texts: Sequence[str], font: int, room: int) -> list[Line]:
    """Break pieces into lines, the first piece bold; a piece wider than a line is shortened."""
    lines: list[Line] = []
    used = room + 1
    for i, text in enumerate(texts):
        face: lettering.Face = "sans" if i else "bold"
        joined = _SEPARATOR + text
        width = lettering.measure(joined, face, font)
        if lines and used + width <= room:
            lines[-1].append((joined, face))
            used += width
        else:
            fitting = lettering.shorten(text, face, font, room)
            lines.append([(fitting, face)])
            used = lettering.measure(fitting, face, font)
    return lines


def _spacing(font: int) -> int:
    return round(1.35 * font)
