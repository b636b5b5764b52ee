import errno
import io
import os
import re
import shlex
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from forking import run_code
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

import optgallery as og
from optgallery.render.animation import MAX_PANELS, Animation, animate
from optgallery.render.background import to_pixels
from optgallery.render.gif import MIN_DELAY

RED, END = (255, 0, 0), (255, 80, 80)
EXTENSIONS = [".gif", ".png", ".mp4", ".webp"]


@pytest.fixture(scope="module")
def trajectory() -> og.Trajectory:
    return og.run("adamw", "beale", steps=200, lr=0.1, start=(1.0, 3.0))


@pytest.fixture(scope="module")
def diverged() -> og.Trajectory:
    return og.run("sgd", "rosenbrock", steps=50, lr=0.01)


def path_through(points: list[tuple[float, float]], fn: str = "sphere") -> og.Trajectory:
    """Return a trajectory through the given points, independent of any optimizer."""
    model = og.run("sgd", fn, steps=len(points) - 1, lr=0.1)
    path = np.array(points, dtype=float)
    values = np.array([og.FUNCTIONS[fn](x, y) for x, y in path.clip(-1e100, 1e100)])
    return replace(
        model,
        points=path,
        values=values,
        gradients=np.zeros_like(path),
        evaluations=np.arange(len(path)),
    )


def decode_with_pillow(data: bytes) -> tuple[list[np.ndarray], list[int]]:
    """Decode every block of a GIF: the canvas after it, and its delay in centiseconds."""
    image = Image.open(io.BytesIO(data))
    frames, delays = [], []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.asarray(image.convert("RGB")))
        delays.append(round(image.info["duration"] / 10))
    return frames, delays


def decode_with_ffmpeg(path: Path, height: int, width: int) -> np.ndarray:
    """Decode every block of a GIF, or every frame of a video, once, regardless of timing."""
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-fps_mode", "passthrough"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def last_blocks(delays: list[int], durations: np.ndarray) -> list[int]:
    """Return the index of the last block of each frame."""
    ends = {time: block for block, time in enumerate(accumulate(delays))}
    return [ends[time] for time in np.cumsum(durations).tolist()]


ANIMATIONS: dict[str, Callable[[], Animation]] = {
    "one": lambda: animate(og.run("adamw", "beale", lr=0.1), size=200),
    "tile": lambda: animate(og.run("adam", "goldstein_price", lr=0.03), size=160, frames=40),
    "odd": lambda: animate(og.run("adam", "bukin_n6", lr=0.3, steps=30), size=173),
    "diverging": lambda: animate(og.run("sgd", "rosenbrock", lr=0.01), size=160),
    "jumping": lambda: animate(og.run("sgd", "rastrigin", lr=0.3), size=160),
    "panels": lambda: animate(
        [og.run("sgd", "rosenbrock", lr=lr, steps=60) for lr in (0.001, 0.003, 0.01)], size=120
    ),
    "two rows": lambda: animate(
        [og.run("adam", fn, lr=0.1, steps=20) for fn in list(og.FUNCTIONS)[:5]], size=100
    ),
    "short": lambda: animate(
        [og.run("adam", "beale", lr=lr, steps=50) for lr in (0.1, 1.0)], size=120, seconds=2.1
    ),
    "motionless": lambda: animate(og.run("sgd", "easom", lr=1e-9, steps=20), size=120),
    "one frame": lambda: animate(og.run("adam", "sphere", lr=0.1), size=120, frames=1),
    "styled": lambda: animate(
        og.run("adam", "himmelblau", lr=0.1, steps=40),
        size=150,
        cmap="magma",
        colors=100,
        levels=5,
        contour_color="black",
        contour_labels=True,
        line_color=(0, 1, 1, 0.5),
        line_width=5.5,
        resolution=40,
    ),
}


@pytest.mark.parametrize("name", ANIMATIONS)
def test_two_decoders_reproduce_every_frame(name: str, tmp_path: Path) -> None:
    animation = ANIMATIONS[name]()
    pillow, delays = decode_with_pillow(animation.save(tmp_path / "x.gif").read_bytes())
    ffmpeg = decode_with_ffmpeg(tmp_path / "x.gif", *animation.shape)
    assert len(ffmpeg) == len(pillow)
    blocks = last_blocks(delays, animation.durations)
    composed = list(animation.frames())
    assert len(composed) == len(animation) == len(blocks)
    for frame, block in zip(composed, blocks, strict=True):
        assert np.array_equal(pillow[block], frame)
        assert np.array_equal(ffmpeg[block], frame)


@pytest.mark.parametrize("name", ANIMATIONS)
def test_no_delay_is_shorter_than_browsers_allow(name: str) -> None:
    animation = ANIMATIONS[name]()
    _, delays = decode_with_pillow(animation.gif())
    assert min(delays) >= MIN_DELAY
    assert sum(delays) == animation.durations.sum()


def test_a_gif_is_complete(trajectory: og.Trajectory) -> None:
    data = animate(trajectory, size=120, frames=5).gif()
    assert data.startswith(b"GIF89a")
    assert data.endswith(b"\0;")


@pytest.mark.parametrize("loop", [None, 0, 1, 2, 65535])
def test_loop_sets_the_number_of_plays_of_gif_and_webp(
    trajectory: og.Trajectory, tmp_path: Path, loop: int | None
) -> None:
    animation = animate(trajectory, size=100, frames=3, loop=loop)
    # a GIF stores the number of plays after the first, a WebP that of all plays
    with Image.open(animation.save(tmp_path / "x.gif")) as gif:
        assert gif.info.get("loop") == (None if loop == 1 else loop - 1 if loop else 0)
    with Image.open(animation.save(tmp_path / "x.webp")) as webp:
        assert webp.info["loop"] == (loop or 0)
    assert animation.plays == animation.resized(120).plays == (loop or None)
    words = {1: ", plays once;", 2: ", plays 2 times;"}.get(loop or 0, " s")
    assert words in repr(animation)


def test_settings_depend_on_timing_and_loop(trajectory: og.Trajectory) -> None:
    assert animate(trajectory).settings() != animate(trajectory, loop=1).settings()
    assert animate(trajectory).settings() != animate(trajectory, fps=30).settings()
    assert animate(trajectory).settings() == animate(trajectory, fps=25, loop=0).settings()


def test_a_gif_omits_frames_that_browsers_would_show_too_late(
    trajectory: og.Trajectory, tmp_path: Path
) -> None:
    animation = animate(trajectory, size=120, fps=60, seconds=2.5, hold=1)
    assert len(animation) == 91
    pillow, delays = decode_with_pillow(animation.save(tmp_path / "x.gif").read_bytes())
    assert min(delays) == MIN_DELAY
    assert sum(delays) == 250
    composed = list(animation.frames())
    assert np.array_equal(pillow[0], composed[0])
    assert np.array_equal(pillow[-1], composed[-1])
    ends = np.cumsum(delays)
    starts = animation.durations.cumsum() - animation.durations
    for frame, end in list(zip(pillow, ends, strict=True))[4:-1:9]:
        recent = [k for k, start in enumerate(starts) if abs(start - end) <= 4]
        assert min(np.abs(composed[k].astype(int) - frame).mean() for k in recent) < 0.5


@pytest.mark.parametrize(("size", "frames", "kilobytes"), [(400, 100, 45), (160, 40, 16)])
@pytest.mark.parametrize("lr", og.LEARNING_RATES)
def test_a_gif_on_beale_stays_small(size: int, frames: int, kilobytes: int, lr: float) -> None:
    if (size, lr) == (400, 1.0):
        kilobytes = 47  # jumps across the whole panel redraw large rectangles
    animation = animate(og.run("adamw", "beale", lr=lr), size=size, frames=frames)
    assert len(animation.gif()) <= 1000 * kilobytes


@pytest.mark.parametrize("lr", [0.003, 1.0])
def test_a_gif_of_madgrad_on_beale_stays_small(lr: float) -> None:
    assert len(animate(og.run("madgrad", "beale", lr=lr)).gif()) <= 45_000


def test_a_block_encloses_only_what_changed() -> None:
    image = Image.open(io.BytesIO(animate(path_through([(-4, 0), (4, 0), (4, 0)]), size=200).gif()))
    drawn = np.asarray(image.convert("RGB"))
    image.seek(1)
    left, top, right, bottom = image.dispose_extent
    rows, columns = np.nonzero((np.asarray(image.convert("RGB")) != drawn).any(axis=2))
    assert (left, right) == (columns.min(), columns.max() + 1)
    assert (top, bottom) == (rows.min(), rows.max() + 1)


def test_the_poster_is_the_last_frame_and_a_small_png(trajectory: og.Trajectory) -> None:
    animation = animate(trajectory, size=160, frames=40)
    last = list(animation.frames())[-1]
    assert np.array_equal(animation.poster(), last)
    data = animation.png()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), last)
    assert len(data) <= 7000


def test_the_first_and_the_last_step_are_always_shown(trajectory: og.Trajectory) -> None:
    for frames in (2, 3, 7, 100, 201, 500):
        steps = animate(trajectory, frames=frames).steps
        assert (steps[0], steps[-1]) == (0, 200)
        assert len(steps) == min(frames, 201)
        assert (np.diff(steps) > 0).all()
    assert animate(trajectory, frames=1).steps.tolist() == [200]


def test_the_path_is_complete_for_any_number_of_frames(trajectory: og.Trajectory) -> None:
    posters = [animate(trajectory, size=200, frames=n).poster() for n in (1, 2, 10, 201)]
    for poster in posters[1:]:
        assert np.array_equal(poster, posters[0])


def test_durations_add_up_to_the_given_seconds(trajectory: og.Trajectory) -> None:
    for seconds, hold in ((5.0, 1.0), (3.33, 0.5), (8.0, 2.0)):
        durations = animate(trajectory, seconds=seconds, hold=hold).durations
        assert durations.sum() == round(100 * seconds)
        assert durations[-1] == round(100 * hold)
        assert np.ptp(durations[:-1]) <= 1
    default = animate(trajectory).durations
    assert 400 <= default.sum() <= 600
    assert default[-1] == 100


def test_short_animations_have_fewer_frames(trajectory: og.Trajectory) -> None:
    animation = animate(trajectory, seconds=2.0, hold=1.0)
    assert len(animation) == 51
    assert animation.durations.min() == MIN_DELAY


def test_the_marker_is_at_the_current_iterate() -> None:
    animation = animate(path_through([(-4, -4), (0, 2), (3, -1)]), size=200)
    fn = og.FUNCTIONS["sphere"]
    for frame, point in zip(animation.frames(), [(-4, -4), (0, 2), (3, -1)], strict=True):
        x, y = np.rint(to_pixels(fn, np.array([point], float), 200)[0]).astype(int)
        assert tuple(frame[y, x]) == END
        ends = np.argwhere((frame[:200] == END).all(axis=2))
        assert np.abs(ends - (y, x)).max() <= 5


def test_the_line_joins_the_points() -> None:
    points = [(-4.0, -4.0), (0.0, 2.0), (3.0, -1.0)]
    poster = animate(path_through(points), size=200).poster()
    for share in (0.3, 0.5, 0.7):
        for here, there in pairwise(points):
            middle = (1 - share) * np.array(here) + share * np.array(there)
            x, y = to_pixels(og.FUNCTIONS["sphere"], middle[None], 200)[0]
            near = poster[int(y) : int(y) + 2, int(x) : int(x) + 2].reshape(-1, 3)
            assert RED in {tuple(map(int, rgb)) for rgb in near}


def test_an_iterate_outside_is_marked_by_an_arrowhead_at_the_edge() -> None:
    outside = [(-4.0, 0.0), (1e3, 0.0), (0.0, 1e200), (-1e300, -1e300), (1.0, 1.0)]
    animation = animate(path_through(outside), size=200)
    where = {1: (slice(85, 115), slice(180, 200)), 2: (slice(0, 20), slice(85, 115))}
    where[3] = (slice(180, 200), slice(0, 20))
    inside = np.argwhere((next(animation.frames())[:200] == END).all(axis=2))
    for k, frame in enumerate(animation.frames()):
        ends = (frame[:200] == END).all(axis=2)
        if k in where:
            assert ends[where[k]].sum() > 15
            assert ends.sum() == ends[where[k]].sum()
            y, x = np.argwhere(ends).mean(axis=0).round().astype(int)
            assert not ends[y, x], "the arrowhead is hollow, unlike the disc"
        else:
            assert ends.sum() == pytest.approx(len(inside), abs=8)


def test_a_start_outside_the_domain_is_not_marked() -> None:
    far, near = (
        path_through([(50.0, 50.0), (60.0, 60.0)]),
        path_through([(50.0, 50.0), (1.0, 1.0)]),
    )
    default = animate(far, size=200).poster()[20:180, 20:180]
    lime = animate(far, size=200, start_color="lime").poster()[20:180, 20:180]
    assert np.array_equal(default, lime)
    assert (animate(near, size=200).poster()[20:100, 120:180] == RED).all(axis=2).any()


def test_long_jumps_are_drawn_and_the_gif_stays_small(diverged: og.Trajectory) -> None:
    assert np.abs(diverged.points).max() > 1e50
    animation = animate(diverged, size=160)
    assert len(animation) == len(diverged)
    assert len(animation.gif()) < 20_000


def test_an_undefined_last_value_changes_only_the_caption(trajectory: og.Trajectory) -> None:
    values = trajectory.values.copy()
    values[-1] = np.nan
    broken = replace(
        trajectory, values=values, status="diverged", stopped_at=200, reason="the value became NaN"
    )
    good, bad = (animate(t, size=200).poster() for t in (trajectory, broken))
    assert np.array_equal(good[:200], bad[:200])
    assert not np.array_equal(good[200:], bad[200:])


def test_the_caption_changes_in_every_frame(trajectory: og.Trajectory) -> None:
    frames = list(animate(trajectory, size=200, frames=20).frames())
    for before, after in pairwise(frames):
        assert (before[200:] != after[200:]).any()


def test_before_the_first_step_learning_rates_differ_only_in_the_caption() -> None:
    runs = [og.run("adam", "beale", lr=lr, steps=5) for lr in (0.1, 0.3)]
    one, other = (next(animate(run, size=200).frames()) for run in runs)
    assert np.array_equal(one[:200], other[:200])
    assert (one[200:] != other[200:]).any()


def test_panels_are_side_by_side_and_show_the_same_steps(trajectory: og.Trajectory) -> None:
    slow = og.run("adamw", "beale", steps=200, lr=0.01, start=(1.0, 3.0))
    both = list(animate([trajectory, slow], size=150, frames=9).frames())
    single = [list(animate(t, size=150, frames=9).frames()) for t in (trajectory, slow)]
    for k in range(9):
        assert np.array_equal(both[k][:, :150], single[0][k])
        assert np.array_equal(both[k][:, 158:], single[1][k])


def test_a_run_that_ended_early_stays_at_its_last_frame(
    trajectory: og.Trajectory, diverged: og.Trajectory
) -> None:
    frames = list(animate([trajectory, diverged], size=150, frames=201).frames())
    alone = animate(diverged, size=150).poster()
    for frame in frames[len(diverged) :]:
        assert np.array_equal(frame[:150, 158:], alone[:150])


def test_many_panels_take_two_rows(trajectory: og.Trajectory) -> None:
    one = animate(trajectory, size=100)
    height, width = one.shape
    assert animate([trajectory] * 4, size=100).shape == (height, 4 * width + 3 * 8)
    assert animate([trajectory] * 5, size=100).shape == (2 * height + 8, 3 * width + 2 * 8)
    assert animate([trajectory] * 8, size=100).shape == (2 * height + 8, 4 * width + 3 * 8)


def test_colours_are_those_given(trajectory: og.Trajectory) -> None:
    poster = animate(
        trajectory, size=200, cmap="gray", levels=0, line_color="lime", end_color="#123456"
    ).poster()[:200]
    colors = {tuple(map(int, rgb)) for rgb in poster.reshape(-1, 3)}
    assert {(0, 255, 0), (0x12, 0x34, 0x56), (255, 255, 255)} <= colors
    assert RED not in colors


def test_equal_calls_give_equal_bytes(trajectory: og.Trajectory) -> None:
    one, other = (animate(trajectory, size=120, frames=9) for _ in range(2))
    assert one.gif() == other.gif() == one.gif()
    assert one.png() == other.png()


def test_repr_and_alt_describe_the_trajectories(
    trajectory: og.Trajectory, diverged: og.Trajectory
) -> None:
    animation = animate([trajectory, diverged], size=120)
    assert animation.alt == f"{trajectory.summary}; {diverged.summary}"
    assert repr(animate(trajectory)) == (
        f"<Animation: 100 frames of 400 x {animate(trajectory).shape[0]}, 5.0 s; "
        "AdamW on Beale, lr 0.1>"
    )
    assert repr(animate(trajectory, frames=1)).startswith("<Animation: 1 frame of")
    assert ", 0.15 s; " in repr(animate(trajectory, seconds=0.15))


def test_notebooks_display_the_gif(trajectory: og.Trajectory) -> None:
    animation = animate(trajectory, size=120, frames=5)
    shown = animation._repr_html_()
    data = re.search(r'src="data:image/gif;base64,([^"]+)"', shown)
    assert data is not None
    assert b64decode(data[1]) == animation.gif()
    height, width = animation.shape
    assert f'width="{width}" height="{height}"' in shown
    assert f'alt="{trajectory.summary}"' in shown


def test_png_and_webp_are_lossless(trajectory: og.Trajectory, tmp_path: Path) -> None:
    animation = animate(trajectory, size=120, frames=9)
    assert np.array_equal(iio.imread(animation.save(tmp_path / "x.png")), animation.poster())
    image = Image.open(animation.save(tmp_path / "x.webp"))
    assert image.n_frames == len(animation)
    for k, frame in enumerate(animation.frames()):
        image.seek(k)
        assert np.array_equal(np.asarray(image.convert("RGB")), frame)


def test_mp4_has_even_sides_and_shows_every_frame(
    trajectory: og.Trajectory, tmp_path: Path
) -> None:
    animation = animate(trajectory, size=121, frames=20, seconds=3.0)
    height, width = animation.shape
    assert width % 2 == 1
    path = animation.save(tmp_path / "x.mp4")
    video = decode_with_ffmpeg(path, height + height % 2, width + 1)
    each = len(video) // 3 * 2 // 19  # video frames for each frame in the two seconds of motion
    for k, frame in enumerate(animation.frames()):
        assert np.abs(video[k * each, :height, :width].astype(int) - frame).mean() < 6
        assert np.array_equal(video[k * each].shape, video[-1].shape)


def test_save_takes_strings_paths_and_capital_extensions(
    trajectory: og.Trajectory, tmp_path: Path
) -> None:
    animation = animate(trajectory, size=120, frames=3)
    assert animation.save(str(tmp_path / "x.GIF")) == tmp_path / "x.GIF"
    assert (tmp_path / "x.GIF").read_bytes() == animation.gif()
    assert [path.name for path in tmp_path.iterdir()] == ["x.GIF"]


@pytest.mark.parametrize("name", ["x.jpg", "x", ".gif", ""])
def test_an_unknown_extension_is_rejected(
    trajectory: og.Trajectory, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ValueError, match=r"must end in \.gif, \.png, \.mp4, \.webp, got '"):
        animate(trajectory, size=120).save(f"{tmp_path}/{name}" if name else "")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_path_without_a_valid_folder_is_rejected(
    trajectory: og.Trajectory, tmp_path: Path, extension: str
) -> None:
    animation = animate(trajectory, size=120, frames=2)
    with pytest.raises(FileNotFoundError, match=r"cannot write '.*/no/x\..*choose a folder that"):
        animation.save(tmp_path / "no" / f"x{extension}")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match=r"cannot write '.*/file/x\."):
        animation.save(tmp_path / "file" / f"x{extension}")
    (tmp_path / f"folder{extension}").mkdir()
    with pytest.raises(IsADirectoryError, match=r"cannot write '.*/folder\."):
        animation.save(tmp_path / f"folder{extension}")
    assert {path.name for path in tmp_path.iterdir()} == {"file", f"folder{extension}"}


FAILED_SAVES = """import io, resource, signal, sys
import optgallery as og

animation = og.animate(og.run("adamw", "beale", steps=60, lr=0.1), size=200)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for path in sys.argv[1:]:
    try:
        animation.save(path)
    except OSError as error:
        print(error)
with open(sys.argv[1] + ".object", "wb", buffering=0) as file:
    file.write(b"older")
    try:
        animation.save(file, format="gif")
    except OSError as error:
        print(error)
"""


@pytest.fixture(scope="module")
def failed_saves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Save to a folder with files limited to 4096 bytes; return the folder and the errors."""
    folder = tmp_path_factory.mktemp("full")
    paths = [folder / f"x{extension}" for extension in EXTENSIONS]
    for path in paths:
        path.write_bytes(b"older")
    # child processes of Python have the default signal handlers; a full disk sends no signal
    ffmpeg = tmp_path_factory.mktemp("programs") / "ffmpeg"
    ffmpeg.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec {shlex.quote(get_ffmpeg_exe())} \"$@\"\n")
    ffmpeg.chmod(0o755)
    settings = {
        "IMAGEIO_FFMPEG_EXE": str(ffmpeg),
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = run_code(FAILED_SAVES, *map(str, paths), environment=os.environ | settings)
    assert (done.returncode, done.stderr) == (0, "")
    return folder, done.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_failed_save_keeps_the_old_file_and_leaves_no_other(
    failed_saves: tuple[Path, list[str]], extension: str
) -> None:
    folder, errors = failed_saves
    path = folder / f"x{extension}"
    error = errors[EXTENSIONS.index(extension)]
    assert error.startswith(f"cannot write {str(path)!r}: ")
    assert "File too large" in error
    assert error.endswith("choose a folder that exists and can be written to")
    assert path.read_bytes() == b"older"
    names = {f"x{known}" for known in EXTENSIONS} | {"x.gif.object"}
    assert {file.name for file in folder.iterdir()} == names


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
def test_a_failed_save_to_a_file_object_truncates_what_it_wrote(
    failed_saves: tuple[Path, list[str]],
) -> None:
    folder, errors = failed_saves
    assert errors[-1].startswith("cannot write to <_io.FileIO ")
    assert errors[-1].endswith(": File too large")
    assert (folder / "x.gif.object").read_bytes() == b"older"


def test_a_killed_encoder_is_a_failed_save(
    trajectory: og.Trajectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ffmpeg = tmp_path / "ffmpeg"
    ffmpeg.write_text("#!/bin/sh\nhead -c 1000 > /dev/null\nkill -KILL $$\n")
    ffmpeg.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(ffmpeg))
    with pytest.raises(OSError, match=r"x\.mp4': ffmpeg failed: it ended with status -9; choose"):
        animate(trajectory, size=200).save(tmp_path / "x.mp4")
    assert list(tmp_path.iterdir()) == [ffmpeg]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_folder_without_write_permission_is_rejected(
    trajectory: og.Trajectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "touch", refuse)  # root may write to any folder
    path = tmp_path / f"x{extension}"
    text = (
        f"cannot write {str(path)!r}: Permission denied; "
        "choose a folder that exists and can be written to"
    )
    with pytest.raises(PermissionError, match=f"^{re.escape(text)}$"):
        animate(trajectory, size=120, frames=2).save(path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 99}, "size must be a whole number from 100 to 2000, got 99"),
        ({"size": 200.0}, "size must be a whole number from 100 to 2000, got 200.0"),
        ({"frames": 0}, "frames must be a whole number from 1 to 10000, got 0"),
        ({"frames": True}, "frames must be a whole number"),
        ({"colors": 1}, "colors must be a whole number from 2 to 128, got 1"),
        ({"levels": -1}, "levels must be a whole number from 0 to 64, got -1"),
        ({"resolution": 1}, "resolution must be a whole number from 2 to 2000, got 1"),
        ({"line_width": 0}, "line_width must be more than 0 and at most 20, got 0"),
        ({"line_width": float("nan")}, "line_width must be more than 0 and at most 20, got nan"),
        ({"hold": -1}, "hold must be more than 0 and at most 600, got -1"),
        ({"fps": 0}, "fps must be more than 0 and at most 60, got 0"),
        ({"fps": 61}, "fps must be more than 0 and at most 60, got 61"),
        ({"loop": -1}, "loop must be a whole number from 0 to 65535, got -1"),
        ({"loop": True}, "loop must be a whole number from 0 to 65535, got True"),
        ({"loop": 65536}, "loop must be a whole number from 0 to 65535, got 65536"),
        ({"seconds": 0}, "seconds must be more than 0 and at most 600, got 0"),
        ({"seconds": "5"}, "seconds must be more than 0 and at most 600, got '5'"),
        ({"seconds": 1, "hold": 1}, "seconds must be more than hold, got 1 and 1"),
        ({"cmap": "viridi"}, "cmap must be a matplotlib colormap or its name, got 'viridi'"),
        ({"end_color": "rot"}, "end_color must be a colour"),
    ],
)
def test_an_argument_out_of_range_is_rejected(
    trajectory: og.Trajectory, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        animate(trajectory, **arguments)


def test_other_objects_than_trajectories_are_rejected(trajectory: og.Trajectory) -> None:
    for wrong in ("adamw", 3, [trajectory, "adamw"], og.sweep("adam", "beale", [0.1], steps=2)):
        with pytest.raises(TypeError, match=r"shows what run\(\) returns, .* got (str|int|Sweep)"):
            animate(wrong)
    for count in (0, MAX_PANELS + 1):
        with pytest.raises(ValueError, match=f"shows 1 to {MAX_PANELS} trajectories, got {count}"):
            animate([trajectory] * count)


def test_too_many_pixels_are_rejected_before_drawing(trajectory: og.Trajectory) -> None:
    long = replace(
        trajectory,
        points=np.zeros((20_000, 2)),
        values=np.zeros(20_000),
        evaluations=np.arange(20_000),
        steps=19_999,
    )
    with pytest.raises(
        ValueError, match=r"^10000 frames of 8024 x \d+ pixels are too many: .* frames=\d+ fit"
    ) as raised:
        animate([long] * 12, size=2000, frames=10_000)
    fitting = re.search(r"frames=(\d+) fit", str(raised.value))
    assert fitting is not None
    assert len(animate([long] * 12, size=2000, frames=int(fitting[1]))) == int(fitting[1])


def test_a_generator_of_trajectories_is_accepted() -> None:
    animation = animate(og.run("sgd", "sphere", lr=lr, steps=3) for lr in (0.1, 0.3))
    assert [t.lr for t in animation.trajectories] == [0.1, 0.3]


def test_drawing_does_not_advance_random_generators(trajectory: og.Trajectory) -> None:
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    animate(trajectory, size=120, frames=3).gif()
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002


def test_resizing_keeps_steps_durations_and_style(trajectory: og.Trajectory) -> None:
    style = {"cmap": "magma", "line_color": "lime", "line_width": 4}
    animation = animate([trajectory] * 2, size=200, frames=7, seconds=3.0, **style)
    small = animation.resized(120)
    direct = animate([trajectory] * 2, size=120, frames=7, seconds=3.0, **style)
    assert small.gif() == direct.gif()
    assert animation.shape == animate([trajectory] * 2, size=200).shape
    assert np.array_equal(small.durations, animation.durations)


@pytest.mark.parametrize(
    ("columns", "rows", "across"), [(1, 3, 1), (2, 2, 2), (3, 1, 3), (7, 1, 3)]
)
def test_columns_sets_the_number_of_panels_in_a_row(
    trajectory: og.Trajectory, columns: int, rows: int, across: int
) -> None:
    height, width = animate(trajectory, size=100).shape
    expected = rows * height + (rows - 1) * 8, across * width + (across - 1) * 8
    animation = animate([trajectory] * 3, size=100, columns=columns)
    assert animation.shape == expected
    assert animation.resized(100).shape == (height, 3 * width + 2 * 8)
    assert animation.resized(100, columns).gif() == animation.gif()


def test_panels_in_several_rows_are_in_reading_order() -> None:
    runs = [og.run("sgd", "sphere", lr=lr, steps=5) for lr in (0.01, 0.1, 0.3)]
    poster = animate(runs, size=120, columns=2).poster()
    alone = [animate(run, size=120).poster() for run in runs]
    height, width = alone[0].shape[:2]
    assert np.array_equal(poster[:height, :width], alone[0])
    assert np.array_equal(poster[:height, width + 8 :], alone[1])
    assert np.array_equal(poster[height + 8 :, :width], alone[2])


def test_resized_validates_its_arguments_as_animate_does(
    trajectory: og.Trajectory,
) -> None:
    animation = animate(trajectory, size=120)
    with pytest.raises(ValueError, match="size must be a whole number from 100 to 2000, got 99"):
        animation.resized(99)
    with pytest.raises(ValueError, match="columns must be a whole number from 1 to 12, got 0"):
        animation.resized(120, columns=0)
