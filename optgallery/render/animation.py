"""animate(): the animation of one trajectory, or of several side by side."""

import os
import re
import sys
import tempfile
import warnings
import webbrowser
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.arguments import check_whole, renamed
from optgallery.cache.atomic_write import replacing
from optgallery.render import gif
from optgallery.render.colors import Look, check_cmap, inks, parse_color
from optgallery.render.scene import Scene, extent, merge, stage
from optgallery.render.video import write_mp4, write_webp

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

    from optgallery.runs.trajectory import Trajectory

Picture: TypeAlias = NDArray[np.uint8]

MOST_PANELS = 12
MOST_LEVELS = 128
MOST_CONTOURS = 64
MOST_RESOLUTION = 2000
WIDEST_LINE = 20

_viewers: "list[Callable[[Animation], object]]" = []


@contextmanager
def shown_by(viewer: "Callable[[Animation], object]") -> Iterator[None]:
    """Have `Animation.show` call a function, within a ``with`` block, instead of a browser."""
    _viewers.append(viewer)
    try:
        yield
    finally:
        _viewers.pop()


@renamed(palette="cmap", contours="levels")
def animate(
    trajectories: "Trajectory | Iterable[Trajectory]",
    *,
    size: int = 400,
    frames: int = 100,
    seconds: float | None = None,
    hold: float = 1.0,
    cmap: "str | Colormap" = "viridis",
    colors: int = 32,
    levels: int = 10,
    contour_labels: bool = False,
    contour_color: Any = "#FFFFFF7F",
    start_color: Any = "#5050FF7F",
    end_color: Any = "#FF5050FF",
    line_color: Any = "#FF0000FF",
    line_width: float = 2,
    resolution: int | None = None,
    columns: int | None = None,
) -> "Animation":
    """Show how optimizers move: one trajectory, or several side by side and in step.

    The picture explains itself: a strip beneath it names the optimizer, the function and the
    hyper-parameters, and counts steps and values. A ring marks each known minimum, a translucent
    point the start, and a full one where the optimizer stands; while it is outside the picture, an
    arrowhead at the edge points to it.

    Parameters
    ----------
    trajectories : Trajectory or iterable of Trajectory
        What to show; up to 12 of them become panels in one picture.
    size : int
        Side of each panel's square in pixels, 100 to 2000.
    frames : int
        The most pictures to show, at least 1. Steps are picked evenly, the first and the last
        among them, and the path between them is always whole.
    seconds : float, optional
        Length of the animation, more than ``hold`` and at most 600. There are fewer pictures where
        the time is too short for so many. Without it, about four seconds and ``hold``.
    hold : float
        How long the last picture stands, in seconds, before the animation repeats.
    cmap : str or Colormap
        A matplotlib colormap or its name, for the surface.
    colors : int
        Number of its colours, 2 to 128.
    levels : int
        Number of contour lines, 0 to 64.
    contour_labels : bool
        Whether to write its value on each contour line.
    contour_color, start_color, end_color, line_color : colour
        Any matplotlib colour, with its alpha.
    line_width : float
        Width of the path in pixels, above 0 and up to 20.
    resolution : int, optional
        Grid points along each side of the surface, 2 to 2000; one for each pixel if not given.
    columns : int, optional
        Number of panels in a row, at least 1; at most four if not given.

    Returns
    -------
    Animation

    Raises
    ------
    TypeError
        If something is no trajectory.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import optgallery as og
    >>> og.animate(og.run("adamw", "beale", lr=0.1))
    <Animation: 100 pictures of 400 x 444, 5.0 s; AdamW on Beale, lr 0.1>
    """
    shown = _check_trajectories(trajectories)
    _check_layout(size, columns)
    check_whole("frames", frames, 1, 10_000)
    check_whole("colors", colors, 2, MOST_LEVELS)
    check_whole("levels", levels, 0, MOST_CONTOURS)
    _check_real("line_width", line_width, WIDEST_LINE)
    _check_real("hold", hold, 600)
    if seconds is not None:
        _check_real("seconds", seconds, 600)
        if seconds <= hold:
            raise ValueError(f"seconds must be more than hold, got {seconds} and {hold}")
    if resolution is not None:
        check_whole("resolution", resolution, 2, MOST_RESOLUTION)
    look = Look(
        cmap=check_cmap(cmap),
        colors=colors,
        levels=levels,
        labels=bool(contour_labels),
        resolution=resolution,
        contour=parse_color("contour_color", contour_color),
        start=parse_color("start_color", start_color),
        end=parse_color("end_color", end_color),
        line=parse_color("line_color", line_color),
    )
    last = max(len(t) for t in shown) - 1
    count, durations = _schedule(min(frames, last + 1), seconds, hold, len(shown))
    steps = np.rint(np.linspace(0, last, count)).astype(np.intp) if count > 1 else np.array([last])
    return Animation(
        shown,
        look,
        size=size,
        columns=columns,
        line_width=float(line_width),
        steps=steps,
        durations=durations,
    )


class Animation:
    """An animation, which shows itself in notebooks. Made by :func:`animate`.

    Attributes
    ----------
    trajectories : tuple of Trajectory
        What it shows, one for each panel.
    steps : int array of shape (n,)
        The step that each picture shows.
    durations : int array of shape (n,)
        How long each picture stands, in centiseconds.

    Examples
    --------
    >>> import optgallery as og
    >>> animation = og.animate(og.run("adamw", "beale", lr=0.1), size=200, frames=10)
    >>> len(animation), int(animation.steps[-1])
    (10, 200)
    >>> next(animation.frames()).shape
    (238, 200, 3)
    """

    def __init__(
        self,
        trajectories: tuple["Trajectory", ...],
        look: Look,
        *,
        size: int,
        columns: int | None,
        line_width: float,
        steps: NDArray[np.intp],
        durations: NDArray[np.intp],
    ) -> None:
        self.trajectories = trajectories
        self.steps = steps
        self.durations = durations
        self._look = look
        self._size = size
        self._columns = columns
        self._line_width = line_width

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        height, width = self.shape
        number = f"{len(self)} picture{'s' if len(self) != 1 else ''}"
        titles = "; ".join(t.title for t in self.trajectories)
        return (
            f"<Animation: {number} of {width} x {height}, "
            f"{self.durations.sum() / 100:.1f} s; {titles}>"
        )

    def _repr_html_(self) -> str:
        height, width = self.shape
        data = b64encode(self.gif()).decode("ascii")
        return (
            f'<img src="data:image/gif;base64,{data}" width="{width}" height="{height}" '
            f'alt="{escape(self.alt)}" style="max-width: 100%; height: auto">'
        )

    @property
    def alt(self) -> str:
        """What the picture shows, in words, for those who do not see it."""
        return "; ".join(t.summary for t in self.trajectories)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the whole picture in pixels."""
        return self._scene.shape

    def settings(self) -> tuple[Any, ...]:
        """Return what decides the pictures beside the trajectories: equal, if they are."""
        layout = (self._size, self._columns, self._line_width)
        return self._look, layout, self.steps.tobytes(), self.durations.tobytes()

    @cached_property
    def _scene(self) -> Scene:
        return stage(
            self.trajectories,
            self.steps,
            self._look,
            size=self._size,
            columns=self._columns,
            line_width=self._line_width,
        )

    def resized(self, size: int, columns: int | None = None) -> "Animation":
        """Return the same animation with panels of another size, or in other rows."""
        _check_layout(size, columns)
        return Animation(
            self.trajectories,
            self._look,
            size=size,
            columns=columns,
            line_width=self._line_width,
            steps=self.steps,
            durations=self.durations,
        )

    def frames(self) -> Iterator[Picture]:
        """Yield every picture as a uint8 array of shape (height, width, 3)."""
        rgb = inks(self._look).rgb
        for picture in range(len(self)):
            yield rgb[self._scene.compose(picture)]

    def poster(self) -> Picture:
        """Return the last picture, with the whole path, as uint8 of shape (height, width, 3)."""
        return inks(self._look).rgb[self._scene.compose(len(self) - 1)]

    def png(self) -> bytes:
        """Return the poster as a small PNG file with a palette."""
        from PIL import Image

        image = Image.fromarray(self._scene.compose(len(self) - 1))
        image.putpalette(inks(self._look).rgb.tobytes())
        file = BytesIO()
        image.save(file, "PNG", compress_level=6)
        return file.getvalue()

    def gif(self) -> bytes:
        """Return the animation as a GIF file that loops forever.

        The first picture is whole; each later one is a few small rectangles of what has changed:
        the path and the caption are far apart, and one rectangle around both would be mostly empty.
        """
        height, width = self.shape
        shown = np.full(self.shape, gif.TRANSPARENT, np.uint8)
        blocks = []
        pictures = zip(self.durations.tolist(), self._scene.play(), strict=True)
        for duration, (canvas, touched) in pictures:
            boxes = merge(touched, duration // gif.SHORTEST_DELAY) or [(0, 1, 0, 1)]
            for box, delay in zip(boxes, gif.delays(duration, len(boxes)), strict=True):
                top, bottom, left, right = box
                new, old = canvas[top:bottom, left:right], shown[top:bottom, left:right]
                changed = new != old
                y, x = extent(changed)
                patch = new[y, x] * changed[y, x]  # unchanged: zero, which is transparent
                blocks.append(gif.block(patch, left + x.start, top + y.start, delay))
                old[y, x] = new[y, x]
        return gif.assemble(gif.header(width, height, inks(self._look).rgb), blocks)

    def show(self) -> None:
        """Show the animation: in the notebook's cell, or else in the web browser.

        For the browser it is written to the folder for temporary files.
        """
        if _viewers:
            _viewers[-1](self)
        elif (ipython := _notebook()) is not None:
            ipython.display.display(self)
        else:
            _browse(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the animation to a file; its extension says in which format.

        Parameters
        ----------
        path : str or path
            Ends in ``.gif``, ``.mp4``, ``.webp`` (lossless) or ``.png`` (the poster).

        Returns
        -------
        Path
            Where it was written. A file that was there before is replaced only when the new one is
            complete.

        Raises
        ------
        ValueError
            If the extension is none of these.
        OSError
            If the file cannot be written there.
        """
        path = Path(path)
        writers: dict[str, Callable[[Path], object]] = {
            ".gif": lambda file: file.write_bytes(self.gif()),
            ".png": lambda file: file.write_bytes(self.png()),
            ".mp4": lambda file: write_mp4(file, self.frames(), self.durations),
            ".webp": lambda file: write_webp(file, list(self.frames()), self.durations),
        }
        if (writer := writers.get(path.suffix.lower())) is None:
            raise ValueError(f"the path must end in {', '.join(writers)}, got {os.fspath(path)!r}")
        try:
            with replacing(path, path.suffix.lower()) as part:
                part.touch(exist_ok=False)  # or a video writer's own error names no cause
                writer(part)
        except OSError as error:
            raise type(error)(
                f"cannot write {os.fspath(path)!r}: {error.strerror or error}; "
                "choose a folder that exists and can be written to"
            ) from error
        return path


def _notebook() -> Any:
    """Return IPython if it runs a Jupyter kernel, which shows rich output, and None elsewhere."""
    ipython = sys.modules.get("IPython")
    running = ipython is not None and hasattr(ipython.get_ipython(), "kernel")
    return ipython if running else None


def _browse(animation: Animation) -> None:
    words = re.sub(r"[^a-z0-9.]+", "-", animation.trajectories[0].title.lower()).strip("-")
    path = Path(tempfile.mkdtemp(prefix="optgallery-"), f"{words}.gif")
    animation.save(path)
    if not webbrowser.open(path.as_uri()):
        warnings.warn(
            f"no browser could be opened; the animation is in {path}, and save() puts it elsewhere",
            stacklevel=3,
        )


def _schedule(
    pictures: int, seconds: float | None, hold: float, panels: int
) -> tuple[int, NDArray[np.intp]]:
    """Return how many pictures there are, and how long each stands in centiseconds."""
    last = max(gif.SHORTEST_DELAY * 2, round(100 * hold))
    if pictures == 1:
        return 1, np.array([last])
    shortest = 4 if panels == 1 else 6
    if seconds is None:
        each = min(max(400 / (pictures - 1), shortest), 20)
        motion = round(each) * (pictures - 1)
    else:
        motion = max(2, round(100 * (seconds - hold)))
        pictures = min(pictures, 1 + motion // gif.SHORTEST_DELAY)
    ticks = np.rint(np.linspace(0, motion, pictures)).astype(np.intp)
    return pictures, np.append(np.diff(ticks), last)


def _check_trajectories(given: Any) -> tuple["Trajectory", ...]:
    several = isinstance(given, Iterable) and not isinstance(given, (str, Mapping))
    listed = tuple(given) if several else (given,)
    for item in listed:
        if not all(hasattr(item, name) for name in ("points", "values", "test_fn", "optimizer")):
            raise TypeError(
                "animate() shows what run() returns, a Trajectory or several, "
                f"got {type(item).__name__}: {item!r}"
            )
    if not 1 <= len(listed) <= MOST_PANELS:
        raise ValueError(f"a picture shows 1 to {MOST_PANELS} trajectories, got {len(listed)}")
    return listed


def _check_layout(size: int, columns: int | None) -> None:
    check_whole("size", size, 100, 2000)
    if columns is not None:
        check_whole("columns", columns, 1, MOST_PANELS)


def _check_real(what: str, value: Any, most: float) -> None:
    real = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not real or not 0 < value <= most:
        raise ValueError(f"{what} must be more than 0 and at most {most}, got {value!r}")
