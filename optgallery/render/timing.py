"""Timing: when each frame of an animation appears, the same for all file formats.

The frames before the last are evenly spaced, and the last one is held. Each format has its own unit
of time: the times at which frames appear are rounded to it, not their durations, so that rounding
errors do not accumulate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

MIN_FRAME_SECONDS = 0.02
"""The shortest duration of a frame unless a frame rate is given: the limit of GIF in browsers."""

MAX_SECONDS = 600
"""The longest duration of the motion, of the last frame, and of both together if that is given."""

MAX_FPS = 60
"""The largest number of frames per second: the refresh rate of most screens."""

_DEFAULT_FRAMES = 100
_DEFAULT_HOLD = 1.0
_MIN_VIDEO_FPS = 20  # players seek poorly in videos with fewer frames per second
_DECIMALS = 6  # of a time in units; any further ones are rounding errors


@dataclass(frozen=True)
class Timing:
    """When the frames of an animation appear.

    Attributes
    ----------
    frames : int
        Number of frames, at least 1.
    motion : float
        Seconds from the first frame to the last; the frames before the last have equal durations.
    hold : float
        Seconds for which the last frame is shown.
    """

    frames: int
    motion: float
    hold: float

    @property
    def seconds(self) -> float:
        """The total duration."""
        return self.motion + self.hold

    def ticks(self, per_second: int) -> NDArray[np.intp]:
        """Return when each frame appears, and the end, in whole units of time.

        Parameters
        ----------
        per_second : int
            Units in a second.

        Returns
        -------
        int array of shape (frames + 1,)

        Examples
        --------
        >>> Timing(4, 0.1, 0.9).ticks(100).tolist()
        [0, 3, 7, 10, 100]
        """
        starts = np.linspace(0, self.motion, self.frames)
        times = np.append(starts, self.seconds) * per_second
        ticks: NDArray[np.intp] = np.rint(times.round(_DECIMALS)).astype(np.intp)
        return ticks

    def video(self) -> tuple[Fraction, list[int]]:
        """Return the frame rate of a video, and how often the video repeats each frame.

        The frames before the last are repeated equally often. The rate is the one nearest to that
        of the motion, or to a multiple of it, for which the total duration is right to the
        millisecond.

        Examples
        --------
        >>> rate, repeats = Timing(5, 0.4, 0.55).video()
        >>> float(rate), repeats, float(sum(repeats) / rate)
        (20.0, [2, 2, 2, 2, 11], 0.95)
        """
        milliseconds = max(1, round(1000 * self.seconds))
        moving = self.frames - 1
        spacing = self.motion / moving if moving else self.seconds
        each = max(1, ceil(round(_MIN_VIDEO_FPS * spacing, _DECIMALS)))
        total = max(each * moving + 1, round(self.seconds * each / spacing))
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
    """Plan the timing of an animation.

    Parameters
    ----------
    points : int
        Rows of the longest trajectory, and the largest number of frames.
    frames, seconds, fps, hold
        As for :func:`optgallery.animate`.
    panels : int
        Number of trajectories shown.

    Raises
    ------
    ValueError
        If the arguments contradict each other, or the duration is too short or too long.

    Examples
    --------
    >>> plan(201, frames=None, seconds=3, fps=25, hold=0.5)
    Timing(frames=63, motion=2.5, hold=0.5)
    """
    if hold is None:
        hold = _DEFAULT_HOLD if seconds is None else min(_DEFAULT_HOLD, seconds / 2)
    if seconds is not None and seconds <= hold:
        raise ValueError(f"seconds must be more than hold, got {seconds} and {hold}")
    if seconds is not None and seconds < MIN_FRAME_SECONDS:
        raise ValueError(
            f"seconds must be at least {MIN_FRAME_SECONDS}, the shortest time for which browsers "
            f"show a frame, got {seconds}"
        )
    shortest = MIN_FRAME_SECONDS if fps is None else min(MIN_FRAME_SECONDS, 1 / fps)
    count = min(frames or _DEFAULT_FRAMES, points)
    if seconds is None:
        motion = _default_motion(count, fps, panels)
        return Timing(count, motion, max(hold, MIN_FRAME_SECONDS))

    motion = min(max(seconds - hold, shortest), seconds - MIN_FRAME_SECONDS)
    if fps is not None:
        count = _frames_at_rate(fps, motion, frames, points)
    if count == 1 or motion < shortest:  # only the last frame is shown
        return Timing(1, 0.0, float(seconds))
    count = min(count, 1 + floor(round(motion / shortest, _DECIMALS)))
    return Timing(count, motion, seconds - motion)


def _default_motion(frames: int, fps: float | None, panels: int) -> float:
    if frames == 1:
        return 0.0
    if fps is None:
        shortest = 4 if panels == 1 else 6  # centiseconds
        each = min(max(400 / (frames - 1), shortest), 20)
        return round(each) * (frames - 1) / 100
    motion = (frames - 1) / fps
    if motion > MAX_SECONDS:
        raise ValueError(
            f"{frames} frames at fps={fps} last {motion:.0f} s, more than {MAX_SECONDS}: "
            f"give fps={ceil((frames - 1) / MAX_SECONDS)} or more, or fewer frames"
        )
    return motion


def _frames_at_rate(fps: float, motion: float, frames: int | None, points: int) -> int:
    """Return the number of frames at a frame rate, unless another argument contradicts it."""
    wanted = 1 + max(1, round(motion * fps))
    if frames is not None and frames < min(wanted, points):
        raise ValueError(
            f"fps={fps} makes {wanted} frames in the {motion:g} s before hold, more than "
            f"frames={frames}: leave out frames, seconds or fps"
        )
    return min(wanted, points)


def select_frames(ticks: Sequence[int], shortest: int) -> list[int]:
    """Select frames that are shown for at least the shortest time of a format, always the last.

    Parameters
    ----------
    ticks : sequence of n + 1 int
        When each frame appears, and the end.
    shortest : int
        The shortest time between two selected frames.

    Returns
    -------
    list of int
        Their indices, ascending.

    Examples
    --------
    >>> select_frames([0, 1, 2, 4, 5, 50], 2)
    [0, 2, 4]
    >>> select_frames([0, 2, 3, 50], 2)
    [0, 2]
    """
    selected = [0]
    last = len(ticks) - 2
    for frame in range(1, last + 1):
        if ticks[frame] - ticks[selected[-1]] >= shortest:
            selected.append(frame)
    return selected if selected[-1] == last else [*selected[:-1], last]
