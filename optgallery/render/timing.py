"""Timing: when each picture of an animation appears, one plan for all file formats.

The pictures before the last follow each other evenly, and the last one stands at the end. Each
format counts time in units of its own; it rounds the times of the plan and not each picture's
duration, so that nothing adds up over many pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

SHORTEST = 0.02
"""Seconds that a picture stands at least unless a frame rate is given: GIF's limit in browsers."""

LONGEST = 600
"""Seconds that the motion, the last picture, or both together where asked for, may last."""

HIGHEST_RATE = 60
"""Pictures per second at most: what most screens show."""

_PICTURES = 100
_HOLD = 1.0
_SMOOTHEST = 20  # frames per second that a video has at least: players seek badly with fewer
_NOISE = 6  # decimals beyond which a time in units is floating-point noise


@dataclass(frozen=True)
class Timing:
    """When the pictures of an animation appear.

    Attributes
    ----------
    pictures : int
        How many there are, at least 1.
    motion : float
        Seconds that all but the last stand together, each as long as the others.
    hold : float
        Seconds that the last one stands.
    """

    pictures: int
    motion: float
    hold: float

    @property
    def seconds(self) -> float:
        """Length of the whole."""
        return self.motion + self.hold

    def ticks(self, per_second: int) -> NDArray[np.intp]:
        """Return when each picture appears, and the end, in whole units of time.

        Parameters
        ----------
        per_second : int
            Units in a second.

        Returns
        -------
        int array of shape (pictures + 1,)

        Examples
        --------
        >>> Timing(4, 0.1, 0.9).ticks(100).tolist()
        [0, 3, 7, 10, 100]
        """
        starts = np.linspace(0, self.motion, self.pictures)
        times = np.append(starts, self.seconds) * per_second
        ticks: NDArray[np.intp] = np.rint(times.round(_NOISE)).astype(np.intp)
        return ticks

    def video(self) -> tuple[Fraction, list[int]]:
        """Return a frame rate, and how many frames each picture takes.

        The pictures before the last take equally many frames. The rate is the one nearest to that
        of the motion, or to a multiple of it, with which the whole lasts to the millisecond as long
        as it should.

        Examples
        --------
        >>> rate, frames = Timing(5, 0.4, 0.55).video()
        >>> float(rate), frames, float(sum(frames) / rate)
        (20.0, [2, 2, 2, 2, 11], 0.95)
        """
        milliseconds = max(1, round(1000 * self.seconds))
        moving = self.pictures - 1
        spacing = self.motion / moving if moving else self.seconds
        each = max(1, ceil(round(_SMOOTHEST * spacing, _NOISE)))
        least = each * moving + 1
        total = max(least, round(self.seconds * each / spacing))
        rate = Fraction(1000 * total, milliseconds)
        return rate, [each] * moving + [total - each * moving]


def plan(
    points: int,
    *,
    frames: int | None,
    seconds: float | None,
    fps: float | None,
    hold: float | None,
    panels: int = 1,
) -> Timing:
    """Plan the times of an animation.

    Parameters
    ----------
    points : int
        Rows of the longest trajectory: there are no more pictures than these.
    frames, seconds, fps, hold
        As for :func:`optgallery.animate`.
    panels : int
        How many trajectories move at once.

    Raises
    ------
    ValueError
        If the arguments contradict each other, or ask for more or less time than there can be.

    Examples
    --------
    >>> plan(201, frames=None, seconds=3, fps=25, hold=0.5)
    Timing(pictures=63, motion=2.5, hold=0.5)
    """
    if hold is None:
        hold = _HOLD if seconds is None else min(_HOLD, seconds / 2)
    if seconds is not None and seconds <= hold:
        raise ValueError(f"seconds must be more than hold, got {seconds} and {hold}")
    if seconds is not None and seconds < SHORTEST:
        raise ValueError(
            f"seconds must be at least {SHORTEST}, as short as browsers show a picture, "
            f"got {seconds}"
        )
    shortest = SHORTEST if fps is None else min(SHORTEST, 1 / fps)
    pictures = min(frames or _PICTURES, points)
    if seconds is None:
        motion = _usual_motion(pictures, fps, panels)
        return Timing(pictures, motion, max(hold, SHORTEST))

    motion = min(max(seconds - hold, shortest), seconds - SHORTEST)
    if fps is not None:
        pictures = _at_rate(fps, motion, frames, points)
    if pictures == 1 or motion < shortest:  # the last picture alone
        return Timing(1, 0.0, float(seconds))
    pictures = min(pictures, 1 + floor(round(motion / shortest, _NOISE)))
    return Timing(pictures, motion, seconds - motion)


def _usual_motion(pictures: int, fps: float | None, panels: int) -> float:
    if pictures == 1:
        return 0.0
    if fps is None:
        shortest = 4 if panels == 1 else 6  # centiseconds
        each = min(max(400 / (pictures - 1), shortest), 20)
        return round(each) * (pictures - 1) / 100
    motion = (pictures - 1) / fps
    if motion > LONGEST:
        raise ValueError(
            f"{pictures} pictures at fps={fps} last {motion:.0f} s, more than {LONGEST}: "
            f"give fps={ceil((pictures - 1) / LONGEST)} or more, or fewer frames"
        )
    return motion


def _at_rate(fps: float, motion: float, frames: int | None, points: int) -> int:
    """Return the number of pictures that a rate makes, if no other argument says otherwise."""
    wanted = 1 + max(1, round(motion * fps))
    if frames is not None and frames < min(wanted, points):
        raise ValueError(
            f"fps={fps} makes {wanted} pictures in the {motion:g} s before hold, more than "
            f"frames={frames}: leave out frames, seconds or fps"
        )
    return min(wanted, points)


def standing(ticks: Sequence[int], shortest: int) -> list[int]:
    """Choose pictures that stand no shorter than a format can show, the last one among them.

    Parameters
    ----------
    ticks : sequence of n + 1 int
        When each picture appears, and the end.
    shortest : int
        How long each chosen picture stands at least until the next chosen one.

    Returns
    -------
    list of int
        Their indices, ascending.

    Examples
    --------
    >>> standing([0, 1, 2, 4, 5, 50], 2)
    [0, 2, 4]
    >>> standing([0, 2, 3, 50], 2)
    [0, 2]
    """
    chosen = [0]
    last = len(ticks) - 2
    for picture in range(1, last + 1):
        if ticks[picture] - ticks[chosen[-1]] >= shortest:
            chosen.append(picture)
    return chosen if chosen[-1] == last else [*chosen[:-1], last]
