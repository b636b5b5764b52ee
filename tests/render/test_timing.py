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
from optgallery.render.timing import MIN_FRAME_SECONDS, Timing, plan, select_frames


@pytest.fixture(scope="module")
def trajectory() -> og.Trajectory:
    return og.run("adamw", "beale", steps=400, lr=0.1)


def plan_with(points: int = 401, **arguments: object) -> Timing:
    given = {"frames": None, "seconds": None, "fps": None, "hold": None} | arguments
    return plan(points, **given)


def pillow_duration(data: bytes) -> float:
    """Return the duration of a GIF or WebP in seconds."""
    with Image.open(io.BytesIO(data)) as image:
        durations = []
        for i in range(image.n_frames):
            image.seek(i)
            image.load()
            durations.append(image.info["duration"])
    return sum(durations) / 1000


def ffmpeg_times(path: Path) -> tuple[float, int, float]:
    """Return the stated duration of a video, its number of frames, and the time of the last one."""
    command = [get_ffmpeg_exe(), "-i", str(path), "-vf", "showinfo", "-fps_mode", "passthrough"]
    output = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, check=True, text=True
    ).stderr
    hours, minutes, seconds = map(
        float, re.search(r"Duration: (\d+):(\d+):([\d.]+)", output).groups()
    )
    times = [float(time) for time in re.findall(r"pts_time:([\d.]+)", output)]
    return 3600 * hours + 60 * minutes + seconds, len(times), times[-1]


def random_timings(count: int) -> list[dict[str, float]]:
    """Return seeded random arguments of animate()."""
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


@pytest.mark.parametrize(
    "arguments", [*random_timings(16), {"seconds": 0.02, "hold": 0.01}], ids=str
)
def test_every_format_has_the_given_duration(
    trajectory: og.Trajectory, tmp_path: Path, arguments: dict[str, float]
) -> None:
    animation = og.animate(trajectory, size=100, levels=0, resolution=20, **arguments)
    seconds = arguments["seconds"]
    assert animation.seconds == pytest.approx(seconds, abs=1e-12)
    assert pillow_duration(animation.gif()) == pytest.approx(seconds, abs=0.0051)
    assert animation.durations.sum() / 100 == pytest.approx(seconds, abs=0.0051)
    webp = animation.save(tmp_path / "x.webp")
    assert pillow_duration(webp.read_bytes()) == pytest.approx(seconds, abs=0.00051)
    lasts, frames, last = ffmpeg_times(animation.save(tmp_path / "x.mp4"))
    assert lasts == pytest.approx(seconds, abs=0.0101)  # ffmpeg prints truncated hundredths
    assert last * frames / (frames - 1 or 1) == pytest.approx(
        seconds if frames > 1 else 0, abs=0.001
    )


def test_a_video_repeats_frames_evenly_and_holds_the_last() -> None:
    for arguments in random_timings(200):
        timing = plan_with(**{"frames": None, "fps": None} | arguments)
        rate, repeats = timing.video()
        assert float(sum(repeats) / rate) == pytest.approx(timing.seconds, abs=0.00051)
        assert len(repeats) == timing.frames
        assert len(set(repeats[:-1])) <= 1
        assert min(repeats) >= 1
        if timing.frames > 1:
            assert rate >= 19
            assert repeats[-1] / rate == pytest.approx(timing.hold, abs=float(1 / rate))


@pytest.mark.parametrize("per_second", [100, 1000])
def test_rounding_errors_of_times_do_not_accumulate(per_second: int) -> None:
    for arguments in random_timings(200):
        timing = plan_with(**{"frames": None, "fps": None} | arguments)
        exact = np.linspace(0, timing.motion, timing.frames) * per_second
        ticks = timing.ticks(per_second)
        assert np.abs(ticks[:-1] - exact).max() <= 0.5 + 1e-6
        assert abs(ticks[-1] - timing.seconds * per_second) <= 0.5 + 1e-6
        assert (np.diff(ticks) >= 1).all()


@pytest.mark.parametrize(
    ("seconds", "hold"), [(1.0, 0.001), (0.5, 0.499), (2.0, 1.999), (0.04, 0.01)]
)
def test_hold_and_motion_last_at_least_two_hundredths(seconds: float, hold: float) -> None:
    timing = plan_with(seconds=seconds, hold=hold)
    assert timing.seconds == pytest.approx(seconds)
    assert timing.frames >= 2
    assert min(timing.motion, timing.hold) == pytest.approx(MIN_FRAME_SECONDS)


def test_a_single_frame_is_shown_for_the_whole_time() -> None:
    assert plan_with(seconds=7.5, frames=1) == Timing(1, 0.0, 7.5)
    assert plan_with(1, seconds=7.5) == Timing(1, 0.0, 7.5)
    assert plan_with(seconds=0.03, hold=0.01) == Timing(1, 0.0, 0.03)
    assert plan_with(frames=1) == Timing(1, 0.0, 1.0)


def test_hold_is_a_second_or_half_of_a_short_animation() -> None:
    assert [plan_with(seconds=s).hold for s in (10, 2, 1, 0.1)] == pytest.approx([1, 1, 0.5, 0.05])
    assert plan_with().hold == plan_with(fps=10).hold == 1
    assert plan_with(hold=1e-9).hold == MIN_FRAME_SECONDS


@pytest.mark.parametrize("fps", [1, 12.5, 24, 29.97, 30, 50, 60])
def test_fps_is_the_frame_rate_of_the_motion(fps: float) -> None:
    timing = plan_with(fps=fps, frames=61)
    assert (timing.frames - 1) / timing.motion == pytest.approx(fps)
    assert plan_with(fps=fps, seconds=3, hold=1).frames == 1 + round(2 * fps)
    rate, repeats = plan_with(fps=fps, frames=61).video()
    assert float(rate / repeats[0]) == pytest.approx(fps, rel=0.005)


def test_a_video_at_30_frames_per_second_has_that_rate() -> None:
    assert plan_with(fps=30).video()[0] == 30
    assert plan_with(fps=60, seconds=4).video() == (Fraction(60), [1] * 180 + [60])


def test_a_run_with_few_steps_has_fewer_frames_per_second() -> None:
    timing = plan_with(11, fps=30, seconds=3, hold=1)
    assert timing.frames == 11
    assert timing.motion == pytest.approx(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seconds": 1, "hold": 1}, "seconds must be more than hold, got 1 and 1"),
        (
            {"seconds": 0.01},
            "seconds must be at least 0.02, the shortest time for which browsers show a frame, got",
        ),
        (
            {"seconds": 5, "fps": 30, "frames": 100},
            "fps=30 makes 121 frames in the 4 s before hold, more than frames=100: leave out",
        ),
        (
            {"fps": 0.1},
            "100 frames at fps=0.1 last 990 s, more than 600: give fps=1 or more, or fewer",
        ),
    ],
)
def test_contradictory_arguments_are_rejected(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        plan_with(**arguments)


def test_consistent_frames_seconds_and_fps_are_accepted() -> None:
    assert plan_with(seconds=5, fps=30, frames=121) == plan_with(seconds=5, fps=30)


@pytest.mark.parametrize(
    ("ticks", "selected"),
    [
        ([0, 2, 4, 9], [0, 1, 2]),
        ([0, 1, 2, 3, 4, 9], [0, 2, 4]),
        ([0, 1, 2, 3, 9], [0, 3]),
        ([0, 1, 9], [1]),
        ([0, 5], [0]),
    ],
)
def test_frames_shown_too_briefly_are_omitted_except_the_last(
    ticks: list[int], selected: list[int]
) -> None:
    assert select_frames(ticks, 2) == selected
