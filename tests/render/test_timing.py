import io
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

import optgallery as og
from optgallery.render.timing import SHORTEST, Timing, plan, standing


@pytest.fixture(scope="module")
def trajectory() -> og.Trajectory:
    return og.run("adamw", "beale", steps=400, lr=0.1)


def planned(points: int = 401, **arguments: object) -> Timing:
    given = {"frames": None, "seconds": None, "fps": None, "hold": None} | arguments
    return plan(points, **given)


def by_pillow(data: bytes) -> float:
    """Return the seconds of a GIF or WebP."""
    with Image.open(io.BytesIO(data)) as image:
        durations = []
        for i in range(image.n_frames):
            image.seek(i)
            image.load()
            durations.append(image.info["duration"])
    return sum(durations) / 1000


def by_ffmpeg(path: Path) -> tuple[float, int, float]:
    """Return the seconds that a video says it has, its frames, and when the last one appears."""
    command = [get_ffmpeg_exe(), "-i", str(path), "-vf", "showinfo", "-fps_mode", "passthrough"]
    said = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, check=True, text=True
    ).stderr
    hours, minutes, seconds = map(
        float, re.search(r"Duration: (\d+):(\d+):([\d.]+)", said).groups()
    )
    times = [float(time) for time in re.findall(r"pts_time:([\d.]+)", said)]
    return 3600 * hours + 60 * minutes + seconds, len(times), times[-1]


def varied(count: int) -> list[dict[str, float]]:
    """Return arguments of animate(), the same ones every time."""
    rng = np.random.default_rng(23)
    cases = []
    for _ in range(count):
        seconds = round(float(10 ** rng.uniform(-1, 0.9)), int(rng.integers(1, 4)))
        hold = round(float(seconds * 10 ** rng.uniform(-3, -0.01)), 4)
        cases.append({"seconds": seconds, "hold": hold, "frames": int(rng.integers(1, 250))})
        if rng.random() < 0.3:
            del cases[-1]["frames"]
            cases[-1]["fps"] = float(rng.integers(5, 61))
    return cases


@pytest.mark.parametrize("arguments", [*varied(16), {"seconds": 0.02, "hold": 0.01}], ids=str)
def test_every_format_lasts_as_long_as_was_asked_to_one_frame(
    trajectory: og.Trajectory, tmp_path: Path, arguments: dict[str, float]
) -> None:
    animation = og.animate(trajectory, size=100, levels=0, resolution=20, **arguments)
    seconds = arguments["seconds"]
    assert animation.seconds == pytest.approx(seconds, abs=1e-12)
    assert by_pillow(animation.gif()) == pytest.approx(seconds, abs=0.0051)
    assert animation.durations.sum() / 100 == pytest.approx(seconds, abs=0.0051)
    webp = animation.save(tmp_path / "x.webp")
    assert by_pillow(webp.read_bytes()) == pytest.approx(seconds, abs=0.00051)
    lasts, frames, last = by_ffmpeg(animation.save(tmp_path / "x.mp4"))
    assert lasts == pytest.approx(seconds, abs=0.0101)  # ffmpeg prints hundredths, cut off
    assert last * frames / (frames - 1 or 1) == pytest.approx(
        seconds if frames > 1 else 0, abs=0.001
    )


def test_a_video_shows_motion_evenly_and_the_last_picture_long() -> None:
    for arguments in varied(200):
        timing = planned(**{"frames": None, "fps": None} | arguments)
        rate, frames = timing.video()
        assert float(sum(frames) / rate) == pytest.approx(timing.seconds, abs=0.00051)
        assert len(frames) == timing.pictures
        assert len(set(frames[:-1])) <= 1
        assert min(frames) >= 1
        if timing.pictures > 1:
            assert rate >= 19
            assert frames[-1] / rate == pytest.approx(timing.hold, abs=float(1 / rate))


@pytest.mark.parametrize("per_second", [100, 1000])
def test_rounded_times_never_drift(per_second: int) -> None:
    for arguments in varied(200):
        timing = planned(**{"frames": None, "fps": None} | arguments)
        exact = np.linspace(0, timing.motion, timing.pictures) * per_second
        ticks = timing.ticks(per_second)
        assert np.abs(ticks[:-1] - exact).max() <= 0.5 + 1e-6
        assert abs(ticks[-1] - timing.seconds * per_second) <= 0.5 + 1e-6
        assert (np.diff(ticks) >= 1).all()


@pytest.mark.parametrize(
    ("seconds", "hold"), [(1.0, 0.001), (0.5, 0.499), (2.0, 1.999), (0.04, 0.01)]
)
def test_a_tiny_hold_or_motion_takes_two_hundredths_from_the_other(
    seconds: float, hold: float
) -> None:
    timing = planned(seconds=seconds, hold=hold)
    assert timing.seconds == pytest.approx(seconds)
    assert timing.pictures >= 2
    assert min(timing.motion, timing.hold) == pytest.approx(SHORTEST)


def test_one_picture_stands_for_the_whole_time() -> None:
    assert planned(seconds=7.5, frames=1) == Timing(1, 0.0, 7.5)
    assert planned(1, seconds=7.5) == Timing(1, 0.0, 7.5)
    assert planned(seconds=0.03, hold=0.01) == Timing(1, 0.0, 0.03)
    assert planned(frames=1) == Timing(1, 0.0, 1.0)


def test_hold_is_a_second_or_half_of_a_short_animation() -> None:
    assert [planned(seconds=s).hold for s in (10, 2, 1, 0.1)] == pytest.approx([1, 1, 0.5, 0.05])
    assert planned().hold == planned(fps=10).hold == 1
    assert planned(hold=1e-9).hold == SHORTEST


@pytest.mark.parametrize("fps", [1, 12.5, 24, 29.97, 30, 50, 60])
def test_fps_is_the_rate_of_the_motion(fps: float) -> None:
    timing = planned(fps=fps, frames=61)
    assert (timing.pictures - 1) / timing.motion == pytest.approx(fps)
    assert planned(fps=fps, seconds=3, hold=1).pictures == 1 + round(2 * fps)
    rate, frames = planned(fps=fps, frames=61).video()
    assert float(rate / frames[0]) == pytest.approx(fps, rel=0.005)


def test_a_video_at_thirty_pictures_per_second_has_that_rate() -> None:
    assert planned(fps=30).video()[0] == 30
    assert planned(fps=60, seconds=4).video() == (Fraction(60), [1] * 180 + [60])


def test_a_run_of_few_steps_has_fewer_pictures_per_second() -> None:
    timing = planned(11, fps=30, seconds=3, hold=1)
    assert timing.pictures == 11
    assert timing.motion == pytest.approx(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seconds": 1, "hold": 1}, "seconds must be more than hold, got 1 and 1"),
        (
            {"seconds": 0.01},
            "seconds must be at least 0.02, as short as browsers show a picture, got 0.01",
        ),
        (
            {"seconds": 5, "fps": 30, "frames": 100},
            "fps=30 makes 121 pictures in the 4 s before hold, more than frames=100: leave out",
        ),
        (
            {"fps": 0.1},
            "100 pictures at fps=0.1 last 990 s, more than 600: give fps=1 or more, or fewer",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        planned(**arguments)


def test_frames_seconds_and_fps_that_agree_are_taken() -> None:
    assert planned(seconds=5, fps=30, frames=121) == planned(seconds=5, fps=30)


@pytest.mark.parametrize(
    ("ticks", "chosen"),
    [
        ([0, 2, 4, 9], [0, 1, 2]),
        ([0, 1, 2, 3, 4, 9], [0, 2, 4]),
        ([0, 1, 2, 3, 9], [0, 3]),
        ([0, 1, 9], [1]),
        ([0, 5], [0]),
    ],
)
def test_pictures_that_stand_too_short_are_left_out_and_the_last_never(
    ticks: list[int], chosen: list[int]
) -> None:
    assert standing(ticks, 2) == chosen
