#!/usr/bin/env bash
# Chromium 156.0.8078.108: an H.264 video that is tagged with its matrix only is shown as if it were
# not: with BT.601 below 720 lines, with BT.709 from there on. The tag counts where primaries and
# transfer are tagged, too; H.264 specifies each by itself, and ffmpeg takes them so. Seen on a canvas
# for (33, 145, 33): BT.709 at 360 lines (41, 164, 37) by the matrix alone, (32, 145, 37) by all three
# tags; BT.601 at 720 lines (25, 128, 33) by the matrix alone, (34, 145, 33) by all three.
# Needs `chromium` on the PATH.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet playwright==1.65.2 imageio-ffmpeg==0.8.1
"$folder/venv/bin/python" - <<'PYTHON'
import base64
import shutil
import subprocess
import tempfile

from imageio_ffmpeg import get_ffmpeg_exe
from playwright.sync_api import sync_playwright

COLOR = (33, 145, 33)
REST = ":color_primaries=bt709:color_trc=bt709"
CANVAS = """async bytes => {
    const data = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
    const video = document.createElement("video");
    document.body.append(video);
    await new Promise((resolve, reject) => {
        video.requestVideoFrameCallback(resolve);
        video.onerror = () => reject(video.error.message);
        video.src = URL.createObjectURL(new Blob([data], {type: "video/mp4"}));
    });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    return [...context.getImageData(32, 32, 1, 1).data].slice(0, 3);
}"""


def video(lines, matrix, rest):
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        filters = f"scale=out_color_matrix={matrix}:out_range=tv:flags=accurate_rnd,"
        filters += f"setparams=colorspace={matrix}:range=tv{rest}"
        command = f"{get_ffmpeg_exe()} -v error -y -f rawvideo -pix_fmt rgb24 -video_size 64x{lines}"
        command += f" -framerate 25 -i - -vf {filters} -crf 1 -pix_fmt yuv420p {file.name}"
        frames = bytes(COLOR) * (64 * lines * 5)
        subprocess.run(command.split(), input=frames, check=True)
        return base64.b64encode(file.read()).decode()


def difference(color):
    return max(abs(a - b) for a, b in zip(color, COLOR, strict=True))


holds = True
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
    )
    page = browser.new_page()
    print("Chromium", browser.version, "shows", COLOR, "as")
    for lines in (360, 720):
        for matrix, guessed in (("bt709", lines >= 720), ("smpte170m", lines < 720)):
            alone, whole = (page.evaluate(CANVAS, video(lines, matrix, r)) for r in ("", REST))
            print(f"{lines} lines, {matrix}: {alone} by the matrix alone, {whole} by all three tags")
            holds &= difference(whole) <= 4 and (difference(alone) <= 4) == guessed
    browser.close()
raise SystemExit(0 if holds else 1)
PYTHON
