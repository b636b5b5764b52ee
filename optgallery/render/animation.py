"""animate(): the animation of one trajectory, or of several side by side."""

import os
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from optgallery.arguments import check_whole, renamed
from optgallery.cache.atomic_write import replacing
from optgallery.render import gif, saving, webp
from optgallery.render.background import draw_background
from optgallery.render.changes import changes
from optgallery.render.colors import TRANSPARENT, Look, check_cmap, color_tables, parse_color
from optgallery.render.glyphs import one_line
from optgallery.render.matrix_scene import (
    arrange_matrices,
    is_matrix,
    make_matrix_scene,
    palette,
)
from optgallery.render.scene import Arrangement, Scene, arrange, make_scene
from optgallery.render.showing import show
from optgallery.render.timing import MAX_FPS, MAX_SECONDS, Timing, plan
from optgallery.render.video import write_mp4

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

    from optgallery.runs.matrix_trajectory import MatrixTrajectory
    from optgallery.runs.trajectory import Trajectory

    AnyTrajectory: TypeAlias = Trajectory | MatrixTrajectory

Frame: TypeAlias = NDArray[np.uint8]

MAX_PANELS = 12
MAX_COLORS = 128
MAX_LEVELS = 64
MAX_RESOLUTION = 2000
MAX_LINE_WIDTH = 20
MIN_SIZE, MAX_SIZE = 100, 2000  # pixels along each side of a panel
MAX_PIXELS = 50_000_000_000  # in all frames together: hours of drawing

_CENTISECONDS, _MILLISECONDS = 100, 1000  # in a second


@renamed(palette="cmap", contours="levels")
def animate(
    trajectories: "AnyTrajectory | Iterable[AnyTrajectory]",
    *,
    size: int = 400,
    frames: int | None = None,
    seconds: float | None = None,
    fps: float | None = None,
    hold: float | None = None,
    loop: int | None = None,
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

    A caption below each panel names the optimizer, the function and the hyper-parameters, and shows
    the current step and value. A ring marks each known minimum, a translucent point the start, and
    an opaque one the current iterate; while that is outside the domain, an arrowhead at the edge
    points to it.

    Of a matrix problem, dots are the outputs, which walk to their targets, the rings of the same
    colour: the more weight an output has, the larger is its dot. Under them are the singular values
    of the matrix, and of its change in each step; bright is the largest.

    Parameters
    ----------
    trajectories : Trajectory, MatrixTrajectory or iterable of one of them
        What to show; up to 12 of them become panels of one animation.
    size : int
        Side of each panel's square in pixels, 100 to 2000.
    frames : int, optional
        The largest number of frames, 1 to 10000; 100 if not given, or what follows from ``seconds``
        and ``fps``. The steps shown are evenly spaced and include the first and the last, and the
        path between them is always complete. There are at most as many frames as points, and fewer
        if the time is too short for them.
    seconds : float, optional
        Length of the whole animation, more than ``hold``, 0.02 to 600. If not given, it follows
        from ``frames`` and ``fps``, or is about four seconds plus ``hold``.
    fps : float, optional
        Frames per second before ``hold``, above 0 and up to 60. Above 50, the most that browsers
        show, a GIF omits some frames. Together with ``seconds`` it sets the number of frames; a run
        with fewer steps than that has fewer frames per second.
    hold : float, optional
        How long the last frame is shown, in seconds, up to 600; less than 0.02 is raised to 0.02,
        at the expense of the motion. If not given, one second, or half of ``seconds`` if that is
        less.
    loop : int, optional
        How many times a GIF or WebP plays, 1 to 65535; forever if not given or 0. An MP4 stores no
        such number: the player decides.
    cmap : str or Colormap
        A matplotlib colormap or its name, for the surface; for the paths, if there is no surface.
    colors : int
        Number of colours of the surface, 2 to 128.
    levels : int
        Number of contour lines, 0 to 64.
    contour_labels : bool
        Whether to label each contour line with its value.
    contour_color, start_color, end_color, line_color : colour
        Any matplotlib colour, with or without alpha.
    line_width : float
        Width of the path in pixels, above 0 and up to 20.
    resolution : int, optional
        Grid points along each side of the surface, 2 to 2000; one for each pixel if not given.
    columns : int, optional
        Number of panels in a row, at least 1; up to four if not given.

    Returns
    -------
    Animation

    Raises
    ------
    TypeError
        If something is not a trajectory.
    ValueError
        If an argument is out of its range, if points and matrices are mixed, if ``frames``,
        ``seconds`` and ``fps`` contradict each other, or if all frames together have more than
        50,000 million pixels.

    Examples
    --------
    >>> import optgallery as og
    >>> trajectory = og.run("adamw", "beale", lr=0.1)
    >>> og.animate(trajectory)
    <Animation: 100 frames of 400 x 444, 5.0 s; AdamW on Beale, lr 0.1>
    >>> og.animate(trajectory, fps=30, seconds=3.5, loop=1)
    <Animation: 76 frames of 400 x 444, 3.5 s, plays once; AdamW on Beale, lr 0.1>
    """
    shown = _check_trajectories(trajectories)
    _check_layout(size, columns)
    if frames is not None:
        check_whole("frames", frames, 1, 10_000)
    if loop is not None:
        check_whole("loop", loop, 0, webp.MAX_PLAYS)
    check_whole("colors", colors, 2, MAX_COLORS)
    check_whole("levels", levels, 0, MAX_LEVELS)
    _check_real("line_width", line_width, MAX_LINE_WIDTH)
    for name, value, most in (
        ("hold", hold, MAX_SECONDS),
        ("seconds", seconds, MAX_SECONDS),
        ("fps", fps, MAX_FPS),
    ):
        if value is not None:
            _check_real(name, value, most)
    if resolution is not None:
        check_whole("resolution", resolution, 2, MAX_RESOLUTION)
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
    timing = plan(last + 1, frames=frames, seconds=seconds, fps=fps, hold=hold, panels=len(shown))
    count = timing.frames
    steps = np.rint(np.linspace(0, last, count)).astype(np.intp) if count > 1 else np.array([last])
    animation = Animation(
        shown,
        look,
        size=size,
        columns=columns,
        line_width=float(line_width),
        steps=steps,
        timing=timing,
        plays=loop or None,
    )
    _check_pixels(animation, size)
    return animation


class Animation:
    """An animation, displayed by notebooks. Made by :func:`animate`.

    Attributes
    ----------
    trajectories : tuple of Trajectory
        The trajectories, one for each panel.
    steps : int array of shape (n,)
        The step that each frame shows.
    plays : int or None
        How many times it plays; None means forever.

    Examples
    --------
    >>> import optgallery as og
    >>> animation = og.animate(og.run("adamw", "beale", lr=0.1), size=200, frames=10)
    >>> len(animation), int(animation.steps[-1]), animation.seconds
    (10, 200, 2.8)
    >>> next(animation.frames()).shape
    (238, 200, 3)
    """

    def __init__(
        self,
        trajectories: tuple["AnyTrajectory", ...],
        look: Look,
        *,
        size: int,
        columns: int | None,
        line_width: float,
        steps: NDArray[np.intp],
        timing: Timing,
        plays: int | None,
    ) -> None:
        self.trajectories = trajectories
        self.steps = steps
        self.plays = plays
        self._timing = timing
        self._look = look
        self._size = size
        self._columns = columns
        self._line_width = line_width

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        height, width = self.shape
        number = f"{len(self)} frame{'s' if len(self) != 1 else ''}"
        titles = "; ".join(t.title for t in self.trajectories)
        length = f"{self.seconds:.1f}" if self.seconds >= 1 else f"{self.seconds:.2g}"
        plays = {None: "", 1: ", plays once"}.get(self.plays, f", plays {self.plays} times")
        return f"<Animation: {number} of {width} x {height}, {length} s{plays}; {titles}>"

    def _repr_html_(self) -> str:
        height, width = self.shape
        data = b64encode(self.gif()).decode("ascii")
        return (
            f'<img src="data:image/gif;base64,{data}" width="{width}" height="{height}" '
            f'alt="{escape(self.alt)}" style="max-width: 100%; height: auto">'
        )

    @property
    def alt(self) -> str:
        """A description in one line of text, for readers who cannot see the animation."""
        return one_line("; ".join(t.summary for t in self.trajectories))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._arrangement.shape

    @property
    def seconds(self) -> float:
        """The duration, from the first frame to the end of the last."""
        return self._timing.seconds

    @cached_property
    def durations(self) -> NDArray[np.intp]:
        """How long each frame is shown, in centiseconds: an int array of shape (n,)."""
        return np.diff(self._timing.ticks(_CENTISECONDS))

    def settings(self) -> tuple[Any, ...]:
        """Return everything that determines the frames besides the trajectories, for comparison."""
        layout = (self._size, self._columns, self._line_width)
        return self._look, layout, self.steps.tobytes(), self._timing, self.plays

    @property
    def _of_matrices(self) -> bool:
        return is_matrix(self.trajectories[0])

    @cached_property
    def _rgb(self) -> Frame:
        """The palette: an array of shape (n, 3)."""
        if self._of_matrices:
            return palette(self._any_trajectories, self._look).rgb
        return color_tables(self._look).rgb

    @property
    def _any_trajectories(self) -> Any:
        """The trajectories, which are all of one kind."""
        return self.trajectories

    @cached_property
    def _arrangement(self) -> Arrangement:
        return self._arranged(self._size)

    def _arranged(self, size: int) -> Arrangement:
        place = arrange_matrices if self._of_matrices else arrange
        return place(self._any_trajectories, size, self._columns)

    @cached_property
    def _scene(self) -> Scene:
        make = make_matrix_scene if self._of_matrices else make_scene
        return make(
            self._any_trajectories,
            self.steps,
            self._look,
            arrangement=self._arrangement,
            line_width=self._line_width,
        )

    def resized(self, size: int, columns: int | None = None) -> "Animation":
        """Return the same animation with panels of another size or in another arrangement."""
        _check_layout(size, columns)
        return Animation(
            self.trajectories,
            self._look,
            size=size,
            columns=columns,
            line_width=self._line_width,
            steps=self.steps,
            timing=self._timing,
            plays=self.plays,
        )

    def frames(self) -> Iterator[Frame]:
        """Yield every frame as a uint8 array of shape (height, width, 3)."""
        rgb = self._rgb
        for number in range(len(self)):
            yield rgb[self._scene.compose(number)]

    def poster(self) -> Frame:
        """Return the last frame, with the whole path, as uint8 of shape (height, width, 3)."""
        return self._rgb[self._scene.compose(len(self) - 1)]

    def surface(self, density: int = 1) -> Frame:
        """Return the first panel's surface, without start, path and caption.

        Parameters
        ----------
        density : int
            Dots in a pixel, along each side: 2 for a sharper picture of the same surface.

        Returns
        -------
        uint8 array of shape (size * density, size * density, 3)

        Examples
        --------
        >>> import optgallery as og
        >>> og.animate(og.run("adamw", "beale", lr=0.1), size=200).surface(density=2).shape
        (400, 400, 3)
        """
        check_whole("density", density, 1, 4)
        first: Any = self.trajectories[0]
        fn = first.problem.surface if self._of_matrices else first.test_fn
        if fn is None:
            raise ValueError(f"{first.problem.title} has no surface")
        return color_tables(self._look).rgb[draw_background(fn, self._look, self._size, density)]

    def png(self) -> bytes:
        """Return the poster as a PNG file with a palette."""
        from PIL import Image

        image = Image.fromarray(self._scene.compose(len(self) - 1))
        image.putpalette(self._rgb.tobytes())
        file = BytesIO()
        image.save(file, "PNG", compress_level=6)
        return file.getvalue()

    def gif(self) -> bytes:
        """Return the animation as a GIF file.

        The first frame is complete; each later one consists of a few small rectangles around what
        has changed. The path and the caption are far apart, and one rectangle around both would be
        mostly unchanged.
        """
        height, width = self.shape
        ticks = self._timing.ticks(_CENTISECONDS).tolist()
        patches = (
            (patch, delay)
            for patches, duration in changes(self._scene, ticks, shortest=gif.MIN_DELAY)
            for patch, delay in zip(patches, gif.delays(duration, len(patches)), strict=True)
        )
        first, delay = next(patches)
        blocks = [gif.block(*first, delay, common_rows=self._scene.common_rows)]
        blocks += [gif.block(*patch, delay) for patch, delay in patches]
        header = gif.header(width, height, self._rgb, plays=self.plays)
        return gif.assemble(header, blocks)

    def _webp(self) -> bytes:
        height, width = self.shape
        rgb = self._rgb
        rgba = np.insert(rgb, 3, 255, axis=1)
        rgba[TRANSPARENT] = 0
        ticks = self._timing.ticks(_MILLISECONDS).tolist()
        frames = [
            webp.frame((rgb if patch.pixels.all() else rgba)[patch.pixels], *patch[1:], duration)
            for (patch,), duration in changes(self._scene, ticks, shortest=1, most=1, grid=2)
        ]
        return webp.assemble(width, height, frames, self.plays)

    def _write_mp4(self, path: Path) -> None:
        rate, repeats = self._timing.video()
        write_mp4(path, self.frames(), rate=rate, repeats=repeats)

    def _mp4(self) -> bytes:
        with tempfile.TemporaryDirectory(prefix="optgallery-") as folder:
            path = Path(folder, "animation.mp4")
            self._write_mp4(path)
            return path.read_bytes()

    def show(self) -> None:
        """Show the animation in the notebook's cell, or else in the web browser.

        For the browser it is saved in a temporary folder.
        """
        show(self, self.trajectories[0].title)

    @overload
    def save(self, file: str | os.PathLike[str], format: str | None = None) -> Path: ...

    @overload
    def save(self, file: IO[bytes], format: str) -> None: ...

    @renamed(path="file")
    def save(
        self,
        file: str | os.PathLike[str] | IO[bytes],
        format: str | None = None,  # noqa: A002, the name used by Pillow and matplotlib
    ) -> Path | None:
        """Write the animation to a file in the format of its extension, or in ``format``.

        It has the same duration in each format: to the millisecond as MP4 and WebP, to a hundredth
        of a second as GIF.

        Parameters
        ----------
        file : str, path or binary file
            Where to write it: a path that ends in ``.gif``, ``.mp4``, ``.webp`` (lossless) or
            ``.png`` (the poster), or a file object that takes bytes, such as ``io.BytesIO()``.
        format : {"gif", "mp4", "webp", "png"}, optional
            Needed for a file object, and for a path without one of these extensions.

        Returns
        -------
        Path or None
            The path, or None for a file object. An existing file is replaced only when the new one
            is complete, and nothing is written to a file object before everything is computed.

        Raises
        ------
        TypeError
            If the file is neither a path nor a binary file.
        ValueError
            If no format is named, if the file object is not open for writing, or if the frames are
            larger than the format allows: 16384 pixels a side and 35.6 million in total as MP4,
            16383 pixels a side as WebP.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import io
        >>> import optgallery as og
        >>> animation = og.animate(og.run("adamw", "beale", lr=0.1), size=120, frames=5)
        >>> file = io.BytesIO()
        >>> animation.save(file, format="webp")
        >>> file.getvalue()[8:12]
        b'WEBP'
        """
        chosen = saving.format_of(file, format)
        chosen.check(
            self._size,
            lambda size: self._arranged(size).shape,
            smallest=MIN_SIZE,
        )
        encoders: dict[str, Callable[[], bytes]] = {
            "gif": self.gif,
            "png": self.png,
            "mp4": self._mp4,
            "webp": self._webp,
        }
        if not isinstance(file, (str, os.PathLike)):
            saving.write(file, encoders[chosen.name]())
            return None
        path = Path(file)
        try:
            with replacing(path, chosen.suffix) as part:
                part.touch(exist_ok=False)  # ffmpeg's own error would not name the cause
                if chosen.name == "mp4":
                    self._write_mp4(part)
                else:
                    part.write_bytes(encoders[chosen.name]())
        except OSError as error:
            raise type(error)(
                f"cannot write {os.fspath(path)!r}: {error.strerror or error}; "
                "choose a folder that exists and can be written to"
            ) from error
        return path


def _check_trajectories(given: Any) -> tuple["AnyTrajectory", ...]:
    several = isinstance(given, Iterable) and not isinstance(given, (str, Mapping))
    listed = tuple(given) if several else (given,)
    for item in listed:
        drawn = hasattr(item, "points") or is_matrix(item)
        if not drawn or not all(hasattr(item, a) for a in ("values", "test_fn", "optimizer")):
            raise TypeError(
                "animate() shows what run() returns, a Trajectory or several, "
                f"got {type(item).__name__}: {item!r}"
            )
    if not 1 <= len(listed) <= MAX_PANELS:
        raise ValueError(f"an animation shows 1 to {MAX_PANELS} trajectories, got {len(listed)}")
    if len({is_matrix(item) for item in listed}) > 1:
        raise ValueError(
            "an animation shows trajectories of points or of matrices, got both: show them in two"
        )
    return listed


def _check_layout(size: int, columns: int | None) -> None:
    check_whole("size", size, MIN_SIZE, MAX_SIZE)
    if columns is not None:
        check_whole("columns", columns, 1, MAX_PANELS)


def _check_pixels(animation: Animation, size: int) -> None:
    # a caption is less than twice as high as its panel; its exact height takes time to compute
    if 3 * size**2 * len(animation) * len(animation.trajectories) <= MAX_PIXELS:
        return
    height, width = animation.shape
    if len(animation) * height * width > MAX_PIXELS:
        raise ValueError(
            f"{len(animation)} frames of {width} x {height} pixels are too many: together they may "
            f"have {MAX_PIXELS} pixels; frames={MAX_PIXELS // (height * width)} fit, or "
            "choose a smaller size"
        )


def _check_real(what: str, value: Any, most: float) -> None:
    real = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not real or not 0 < value <= most:
        raise ValueError(f"{what} must be more than 0 and at most {most}, got {value!r}")
