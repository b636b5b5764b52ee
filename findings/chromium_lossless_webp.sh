#!/usr/bin/env bash
# Chromium 156.0.8078.108: a lossless WebP of few pixels is many times as large as libwebp's.
# canvas.toBlob(done, "image/webp", 1) writes WebP without loss, as Pillow with lossless=True does.
# Seen for 1000 pixels of 90 colours on 447 x 494 transparent ones: 24610 bytes from the canvas, 736
# from Pillow's defaults for the same pixels. An animation whose frames hold only what changes is so
# far larger than the same GIF. Needs `chromium` on the PATH.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet playwright==1.65.2 pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import base64
import io
import shutil

from PIL import Image, features
from playwright.sync_api import sync_playwright

DRAW = """async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 447, height: 494 });
    const image = new ImageData(447, 494);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < 1000; i++) {
        const [x, y] = [((i * 7) % 40) + (i % 3) * 150, 3 * Math.floor(i / 40)];
        pixels[447 * y + x] = 0xff000000 | (((i % 90) * 7919 * 7919) % 0xffffff);
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/webp", 1));
    return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
}"""
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox"]
    )
    content = base64.b64decode(browser.new_page().evaluate(DRAW))
    print("Chromium", browser.version, "and libwebp", features.version("webp"), "in Pillow")
    browser.close()
image = Image.open(io.BytesIO(content)).convert("RGBA")
again = io.BytesIO()
image.save(again, "WEBP", lossless=True)
assert Image.open(again).convert("RGBA").tobytes() == image.tobytes()
assert b"VP8L" in content  # without loss
print(f"{len(content)} bytes from canvas.toBlob, {again.tell()} from Pillow")
raise SystemExit(0 if len(content) > 10 * again.tell() else 1)
PYTHON
