"""Saved animations in a browser: duration, number of plays, colours."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import optgallery as og

IMAGE = """async ([bytes, type]) => {
    const data = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
    const decoder = new ImageDecoder({data, type});
    await decoder.tracks.ready;
    await decoder.completed;
    const track = decoder.tracks.selectedTrack;
    const durations = [];
    for (let i = 0; i < track.frameCount; i++)
        durations.push((await decoder.decode({frameIndex: i})).image.duration / 1e6);
    return {durations, repeats: track.repetitionCount};
}"""

VIDEO = """async ([bytes, type]) => {
    const data = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
    const video = document.createElement("video");
    document.body.append(video);
    await new Promise((resolve, reject) => {
        video.requestVideoFrameCallback(resolve);
        video.onerror = () => reject(video.error.message);
        video.src = URL.createObjectURL(new Blob([data], {type}));
    });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    const middle = context.getImageData(0, canvas.height >> 1, canvas.width, 1).data;
    video.remove();
    return {duration: video.duration, middle: [...middle]};
}"""


@pytest.fixture(scope="module")
def trajectory() -> og.Trajectory:
    return og.run("adamw", "beale", steps=200, lr=0.1)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    # ImageDecoder exists only in secure contexts, such as localhost
    page.route("http://localhost/", lambda route: route.fulfill(body="<!doctype html>"))
    page.goto("http://localhost/")
    yield page
    page.close()


def opened(page: Page, animation: og.Animation, name: str) -> dict[str, Any]:
    file = io.BytesIO()
    animation.save(file, format=name)
    kind, script = ("video", VIDEO) if name == "mp4" else ("image", IMAGE)
    data = base64.b64encode(file.getvalue()).decode()
    return page.evaluate(script, [data, f"{kind}/{name}"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"seconds": 0.02, "hold": 0.01},
        {"seconds": 1.0, "hold": 0.001},
        {"seconds": 0.5, "hold": 0.499},
        {"seconds": 3.5, "frames": 101},
        {"seconds": 5.539, "frames": 6},
        {"seconds": 2.783, "fps": 60},
    ],
    ids=str,
)
def test_every_format_has_the_given_duration(
    page: Page, trajectory: og.Trajectory, arguments: dict[str, float]
) -> None:
    animation = og.animate(trajectory, size=100, levels=0, resolution=20, **arguments)
    for name, unit in (("gif", 0.01), ("webp", 0.001)):
        seen = opened(page, animation, name)
        assert sum(seen["durations"]) == pytest.approx(arguments["seconds"], abs=0.51 * unit)
        assert min(seen["durations"]) > 0.01, "or browsers play it at a tenth of a second"
    assert opened(page, animation, "mp4")["duration"] == pytest.approx(
        arguments["seconds"], abs=0.001
    )


@pytest.mark.parametrize("loop", [None, 1, 2, 65535])
def test_loop_sets_the_number_of_plays(
    page: Page, trajectory: og.Trajectory, loop: int | None
) -> None:
    animation = og.animate(trajectory, size=100, frames=3, loop=loop)
    for name in ("gif", "webp"):
        repeats = opened(page, animation, name)["repeats"]
        assert repeats == (np.inf if loop is None else loop - 1), name


@pytest.mark.parametrize("size", [300, 800])
def test_a_video_has_the_colours_of_the_animation(
    page: Page, trajectory: og.Trajectory, size: int
) -> None:
    animation = og.animate(trajectory, size=size, frames=2)
    seen = opened(page, animation, "mp4")["middle"]
    picture = next(animation.frames())
    middle = picture[(len(picture) + len(picture) % 2) // 2].astype(int)
    shown = np.array(seen).reshape(-1, 4)[: len(middle), :3]
    off = np.median(np.abs(shown - middle), axis=0)
    assert off.max() <= 5
