"""The WebP encoder of the explorer's downloads, against Pillow's decoder."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from conftest import Visit
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "optgallery/sphinxext/explorer/static/explorer-vp8l.js"


def riff(content: bytes) -> bytes:
    """Return a WebP file of a chunk's content."""
    padded = content + b"\0" * (len(content) % 2)
    chunk = b"VP8L" + len(content).to_bytes(4, "little") + padded
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def drawn(kind: str, width: int, height: int) -> np.ndarray:
    """Return pixels of a picture, of shape (height, width, 4); transparent ones are all zero."""
    random = np.random.default_rng(5)
    colours = random.integers(0, 256, (height, width, 4), np.uint8)
    shown = {
        "nothing": np.zeros((height, width), bool),
        "everything": np.ones((height, width), bool),
        "a hundredth": random.random((height, width)) < 0.01,
        "one colour": random.random((height, width)) < 0.5,
        "stripes": (np.arange(width) // 5 % 2 == 0) & np.ones((height, 1), bool),
    }[kind]
    if kind in ("one colour", "stripes"):
        colours[:] = (17, 34, 51, 255)
    colours[..., 3] = 255
    colours[~shown] = 0
    return colours


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 5), (64, 64), (301, 190)])
@pytest.mark.parametrize("kind", ["nothing", "everything", "a hundredth", "one colour", "stripes"])
def test_every_pixel_is_read_again(visit: Visit, kind: str, width: int, height: int) -> None:
    page = visit.page
    page.goto("about:blank")
    page.evaluate("globalThis.optgallery = {}")
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
    pixels = drawn(kind, width, height)
    written = page.evaluate(
        "([pixels, w, h]) => [...optgallery.vp8l(Uint32Array.from(pixels), w, h)]",
        [pixels.view("<u4").ravel().tolist(), width, height],
    )
    with Image.open(BytesIO(riff(bytes(written)))) as image:
        assert np.array_equal(np.asarray(image.convert("RGBA")), pixels)


def test_very_frequent_pixels_do_not_make_codes_too_long(visit: Visit) -> None:
    """Counts that grow like Fibonacci's numbers would have Huffman codes of over 15 bits."""
    page = visit.page
    page.goto("about:blank")
    page.evaluate("globalThis.optgallery = {}")
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
    counts = [1, 1]
    while len(counts) < 22:
        counts.append(counts[-1] + counts[-2])
    values = np.repeat(np.arange(22, dtype="<u4") * 11 + 0xFF000000, counts)
    values = np.random.default_rng(2).permutation(values)[: 200 * (len(values) // 200)]
    written = page.evaluate(
        "([pixels, w, h]) => [...optgallery.vp8l(Uint32Array.from(pixels), w, h)]",
        [values.tolist(), 200, len(values) // 200],
    )
    with Image.open(BytesIO(riff(bytes(written)))) as image:
        found = np.ascontiguousarray(np.asarray(image.convert("RGBA")))
    assert np.array_equal(found.view("<u4").ravel(), values)
