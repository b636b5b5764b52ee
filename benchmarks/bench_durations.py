"""Durations of 50 animations in three decoders, compared with the requested ones.

    python benchmarks/bench_durations.py [--count 50]

Seconds, hold, and either frames or the frame rate are random, with a fixed seed; four cases are as
short as possible. Pillow reads GIF and WebP, ffmpeg GIF and MP4, Chromium all three, as on a page.
Numbers are seconds. Chromium's columns are empty without Chromium or Playwright, which
`nox -s browser` installs.
"""

import argparse
import base64
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

import optgallery as og

IMAGE = """async ([bytes, type]) => {
    const data = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
    const decoder = new ImageDecoder({data, type});
    await decoder.tracks.ready;
    await decoder.completed;
    let microseconds = 0;
    for (let i = 0; i < decoder.tracks.selectedTrack.frameCount; i++)
        microseconds += (await decoder.decode({frameIndex: i})).image.duration;
    return microseconds / 1e6;
}"""

VIDEO = """async ([bytes, type]) => {
    const data = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
    const video = document.createElement("video");
    await new Promise((resolve, reject) => {
        video.onloadeddata = resolve;
        video.onerror = () => reject(video.error.message);
        video.src = URL.createObjectURL(new Blob([data], {type}));
    });
    return video.duration;
}"""


def random_arguments(count: int) -> list[dict[str, Any]]:
    """Return seeded random arguments of animate()."""
    cases: list[dict[str, Any]] = [
        {"seconds": 0.02, "hold": 0.01},
        {"seconds": 1.0, "hold": 0.001},
        {"seconds": 0.5, "hold": 0.499},
        {"seconds": 2.0, "hold": 1.999},
    ]
    rng = np.random.default_rng(50)
    while len(cases) < count:
        seconds = round(float(10 ** rng.uniform(-0.5, 1.2)), 3)
        case = {"seconds": seconds, "hold": round(seconds * float(rng.uniform(0.01, 0.9)), 3)}
        if rng.random() < 0.5:
            case["frames"] = int(rng.integers(1, 200))
        else:
            case["fps"] = int(rng.integers(2, 61))
        cases.append(case)
    return cases[:count]


def by_pillow(data: bytes) -> float:
    """Return the duration of a GIF or WebP in seconds."""
    milliseconds = 0.0
    with Image.open(io.BytesIO(data)) as image:
        for i in range(image.n_frames):
            image.seek(i)
            image.load()
            milliseconds += image.info["duration"]
    return milliseconds / 1000


def by_ffmpeg(data: bytes, name: str) -> float:
    """Return the end of the last frame in seconds, from the times of the file's packets."""
    command = [get_ffmpeg_exe(), "-v", "error", "-f", name, "-i", "-", "-c", "copy"]
    output = subprocess.run(
        [*command, "-f", "framecrc", "-"], input=data, capture_output=True, check=True
    ).stdout.decode()
    base = re.search(r"#tb 0: (\d+)/(\d+)", output)
    packets = re.findall(r"^0, +-?\d+, +(\d+), +(\d+),", output, re.MULTILINE)
    end = max(int(start) + int(length) for start, length in packets)
    return end * int(base[1]) / int(base[2])


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield a page, or None without Chromium or Playwright."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        executable = None
    if executable is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()
        # ImageDecoder exists only in secure contexts, such as localhost
        page.route("http://localhost/", lambda route: route.fulfill(body="<!doctype html>"))
        page.goto("http://localhost/")
        yield page
        browser.close()


def by_chromium(page: Any, data: bytes, name: str) -> float:
    """Return the duration of a file in a page, in seconds."""
    kind = "video" if name == "mp4" else "image"
    script = VIDEO if name == "mp4" else IMAGE
    return page.evaluate(script, [base64.b64encode(data).decode(), f"{kind}/{name}"])


def main() -> None:
    """Print a row for each animation, and the largest difference in each column."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50)
    count = parser.parse_args().count
    trajectory = og.run("adamw", "beale", steps=400, lr=0.1)
    columns = ["Pillow GIF", "Pillow WebP", "ffmpeg GIF", "ffmpeg MP4"]
    columns += ["Chromium GIF", "Chromium WebP", "Chromium MP4"]
    print(f"| requested | hold | frames | {' | '.join(columns)} |")
    print("|---" * 3 + "|---:" * len(columns) + "|")
    differences = []
    with chromium() as page:
        for arguments in random_arguments(count):
            animation = og.animate(trajectory, size=100, levels=0, resolution=30, **arguments)
            files = {name: io.BytesIO() for name in ("gif", "webp", "mp4")}
            for name, file in files.items():
                animation.save(file, format=name)
            gif, webp, mp4 = (file.getvalue() for file in files.values())
            durations = [
                by_pillow(gif),
                by_pillow(webp),
                by_ffmpeg(gif, "gif"),
                by_ffmpeg(mp4, "mp4"),
            ]
            if page:
                for name, file in files.items():
                    durations.append(by_chromium(page, file.getvalue(), name))
            durations += [np.nan] * (len(columns) - len(durations))
            differences.append(np.abs(np.array(durations) - arguments["seconds"]))
            numbers = " | ".join("" if np.isnan(s) else f"{s:.3f}" for s in durations)
            print(
                f"| {arguments['seconds']:.3f} | {arguments['hold']:.3f} | {len(animation)} "
                f"| {numbers} |",
                flush=True,
            )
    worst = " | ".join(f"{1000 * d:.1f} ms" for d in np.max(differences, axis=0))
    print(f"| largest difference | | | {worst} |")


if __name__ == "__main__":
    main()
