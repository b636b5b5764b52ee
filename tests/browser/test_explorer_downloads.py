"""Downloads of what the explorer shows, decoded with Pillow and ffmpeg."""

import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np
import pytest
from conftest import SITE, Visit
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import optgallery as og

PAGE = "explorer.html"
RUNS = "#fn=abs_ravine&run=sgd@0.03&run=momentum@0.01&run=adam@0.03&step=120"
STEM = "abs_ravine-sgd-0.03-momentum-0.01-adam-0.03"
SECONDS = 200 / 36 + 1.5  # 36 steps a second, and a moment at the end
FRAMES = 101  # every second step
HEIGHTS = {240: 336, 480: 600, 960: 1198}


class Film(NamedTuple):
    """A decoded download: frames as RGB, and the milliseconds that each is shown."""

    frames: list[np.ndarray]
    durations: list[float]


def prepared(page: Page, address: str, runs: str = RUNS) -> Page:
    page.goto(f"{address}{runs}")
    expect(page.locator(".og-x-outcome").first).not_to_have_text("loading …")
    expect(page.locator(".og-x-picture")).to_have_attribute("data-ground", "sharp")
    page.get_by_text("Download what is shown").click()
    expect(page.locator(".og-x-told")).to_contain_text("pixels")
    return page


@pytest.fixture
def page(visit: Visit) -> Page:
    return prepared(visit.page, f"{visit.site}/{PAGE}")


def downloaded(page: Page, kind: str, side: int = 480) -> tuple[str, bytes]:
    """Return the name and the content of a download."""
    page.get_by_label("Format").select_option(kind)
    page.get_by_label("Width").select_option(str(side))
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Download", exact=True).click()
    name = download.value.suggested_filename
    expect(page.locator(".og-x-told")).to_contain_text(name)
    return name, Path(download.value.path()).read_bytes()


def decoded(content: bytes) -> Film:
    """Decode a GIF or a WebP file."""
    frames, durations = [], []
    with Image.open(BytesIO(content)) as image:
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            image.load()
            frames.append(np.asarray(image.convert("RGB"), np.int16))
            durations.append(image.info["duration"])
    return Film(frames, durations)


def video(content: bytes, folder: Path) -> tuple[list[np.ndarray], float]:
    """Decode an MP4 file with ffmpeg, each frame once; return them, and the seconds it lasts."""
    path = folder / "film.mp4"
    path.write_bytes(content)
    _, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    command += ["-fps_mode", "passthrough", "-c:v", "ppm", "-f", "image2pipe", "-"]
    stream = BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)
    frames = []
    while stream.tell() < len(stream.getvalue()):
        head = [stream.readline() for _ in range(3)]
        width, height = map(int, head[1].split())
        pixels = np.frombuffer(stream.read(3 * width * height), np.uint8)
        frames.append(pixels.reshape(height, width, 3).astype(np.int16))
    return frames, seconds


def reference(page: Page, side: int) -> np.ndarray:
    """Return the PNG of the step shown."""
    _, content = downloaded(page, "png", side)
    with Image.open(BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def at_step(page: Page, step: int, side: int = 480) -> np.ndarray:
    page.get_by_label("Step", exact=True).fill(str(step))
    return reference(page, side)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean absolute difference of two pictures, of 255."""
    assert one.shape == other.shape
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("side", HEIGHTS)
def test_a_film_has_every_frame_for_its_time(page: Page, kind: str, side: int) -> None:
    name, content = downloaded(page, kind, side)
    assert name == f"{STEM}-{side}px.{kind}"
    film = decoded(content)
    assert len(film.frames) == FRAMES
    assert all(frame.shape == (HEIGHTS[side], side, 3) for frame in film.frames)
    assert sum(film.durations) == pytest.approx(1000 * SECONDS, abs=10)
    assert film.durations[:-1] == pytest.approx([2000 / 36] * (FRAMES - 1), abs=10)
    assert film.durations[-1] == pytest.approx(1500, abs=10)
    # the palette of a GIF; and paths that are drawn step by step overlap in another order
    limit = 3.5 if kind == "gif" else 1.0
    for step in (0, 120, 200):
        assert difference(film.frames[step // 2], at_step(page, step, side)) <= limit


@pytest.mark.parametrize("side", [240, 960])
def test_an_mp4_has_every_frame_for_its_time(page: Page, side: int, tmp_path: Path) -> None:
    name, content = downloaded(page, "mp4", side)
    assert name == f"{STEM}-{side}px.mp4"
    frames, seconds = video(content, tmp_path)
    assert seconds == pytest.approx(SECONDS, abs=0.1)
    assert len(frames) == FRAMES
    assert all(frame.shape == (HEIGHTS[side], side, 3) for frame in frames)
    for step in (0, 120, 200):
        assert difference(frames[step // 2], at_step(page, step, side)) < 6


def test_the_page_states_the_codec_of_an_mp4_before_the_click(page: Page) -> None:
    option = page.locator("[name=format] option[value=mp4]")
    assert option.text_content() in ("MP4 (H.264)", "MP4 (VP9)", "MP4 (AV1)")


def test_what_the_browser_cannot_write_is_not_offered(visit: Visit) -> None:
    visit.page.add_init_script(
        """delete globalThis.VideoEncoder;
        const written = HTMLCanvasElement.prototype.toDataURL;
        HTMLCanvasElement.prototype.toDataURL = function (type) {
            return written.call(this, type === "image/webp" ? "image/png" : type);
        };"""
    )
    page = prepared(visit.page, f"{visit.site}/{PAGE}")
    for kind, words in [
        ("mp4", "MP4: this browser has no encoder"),
        ("webp", "WebP: this browser cannot write it"),
    ]:
        option = page.locator(f"[name=format] option[value={kind}]")
        expect(option).to_be_disabled()
        expect(option).to_have_text(words)


def test_a_picture_says_what_it_shows(page: Page) -> None:
    """The function, runs, rates and values, and the credit line, are drawn below the picture."""
    name, content = downloaded(page, "png", 960)
    assert name == f"{STEM}-step-120-960px.png"
    with Image.open(BytesIO(content)) as image:
        assert image.size == (960, HEIGHTS[960])
        below = np.asarray(image.convert("L"))[960:]
    written = (below < 200).any(axis=1)
    lines = int(np.diff(written.astype(int)).clip(min=0).sum())
    assert lines == 5  # the function, three runs, the step with the credit line
    index = page.locator(".og-explorer > script").text_content() or ""
    assert f'"credit":"optgallery {og.__version__}"' in index
    last = below[np.nonzero(written)[0][-1] - 18 :]
    assert (last[:, -250:] < 200).any()  # the credit line is at the right
    assert (last[:, :250] < 200).any()


def test_a_film_is_in_the_colours_of_the_page_and_its_view(page: Page) -> None:
    light = reference(page, 240)
    assert light[250:].mean() > 200
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(200)
    dark = reference(page, 240)
    assert dark[250:].mean() < 80
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(500)
    assert difference(reference(page, 240)[:240], dark[:240]) > 5


def test_a_download_can_be_cancelled(page: Page) -> None:
    page.get_by_label("Format").select_option("gif")
    page.get_by_label("Width").select_option("960")
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page.get_by_role("progressbar", name="Progress of the download")).to_be_visible()
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_focused()
    cancel.click()
    expect(page.locator(".og-x-told")).to_have_text("Cancelled.")
    expect(page.get_by_role("button", name="Download", exact=True)).to_be_focused()
    name, _ = downloaded(page, "png", 240)
    assert name.endswith(".png")


def test_a_run_that_ends_early_makes_a_short_film(visit: Visit) -> None:
    run = og.run("sgd", "rosenbrock", lr=0.03)
    assert len(run) < 20
    page = prepared(visit.page, f"{visit.site}/{PAGE}", "#fn=rosenbrock&run=sgd@0.03&step=2")
    film = decoded(downloaded(page, "gif", 240)[1])
    assert sum(film.durations) == pytest.approx(1000 * ((len(run) - 1) / 36 + 1.5), abs=15)


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_libraries_are_loaded_on_demand(page: Page, kind: str) -> None:
    library = {"gif": "vendor/gifenc.js", "mp4": "vendor/mediabunny.js"}[kind]
    loaded = "performance.getEntriesByType('resource').map(entry => entry.name)"
    assert not any(
        "vendor/gifenc" in name or "mediabunny" in name for name in page.evaluate(loaded)
    )
    downloaded(page, kind, 240)
    names = [name for name in page.evaluate(loaded) if "gifenc" in name or "mediabunny" in name]
    assert len(names) == 1
    assert names[0].endswith(library)


@pytest.fixture
def local(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        visit = Visit(context.new_page(), "file:")
        yield prepared(visit.page, (SITE / PAGE).as_uri())
        assert visit.faults == []


@pytest.mark.parametrize("kind", ["gif", "webp", "mp4", "png"])
def test_every_format_is_written_from_a_local_folder(local: Page, kind: str) -> None:
    name, content = downloaded(local, kind, 240)
    assert name.endswith(f"240px.{kind}")
    heads = {"gif": b"GIF89a", "png": b"\x89PNG", "webp": b"RIFF", "mp4": b"ftyp"}
    assert heads[kind] in content[:12]
