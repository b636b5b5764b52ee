import io
import re
import struct

import numpy as np
import pytest
from PIL import Image

from optgallery.render import webp

RED, GREEN = (255, 0, 0), (0, 255, 0)


def filled(height: int, width: int, *color: int) -> np.ndarray:
    return np.full((height, width, len(color)), color, np.uint8)


def decode(data: bytes) -> tuple[list[np.ndarray], list[int]]:
    image = Image.open(io.BytesIO(data))
    frames, durations = [], []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.asarray(image.convert("RGB")))
        durations.append(image.info["duration"])
    return frames, durations


def test_frames_are_drawn_over_each_other() -> None:
    patch = filled(3, 3, *GREEN, 255)
    patch[1, 1, 3] = 0
    frames = [webp.frame(filled(7, 9, *RED), 0, 0, 40), webp.frame(patch, 4, 2, 1234)]
    (first, second), durations = decode(webp.assemble(9, 7, frames))
    assert durations == [40, 1234]
    expected = filled(7, 9, *RED)
    assert np.array_equal(first, expected)
    expected[2:5, 4:7] = GREEN
    expected[3, 5] = RED
    assert np.array_equal(second, expected)


def test_colours_are_lossless() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (31, 45, 3), np.uint8)
    (frame,), _ = decode(webp.assemble(45, 31, [webp.frame(pixels, 0, 0, 10)]))
    assert np.array_equal(frame, pixels)


def test_the_file_follows_the_specification() -> None:
    frames = [webp.frame(filled(1, 1, *RED), 2, 4, 0x010203)]
    data = webp.assemble(300, 200, frames, plays=5)
    assert data[:4] == b"RIFF"
    assert struct.unpack_from("<L", data, 4)[0] == len(data) - 8
    assert data[8:16] == b"WEBPVP8X"
    assert data[16:20] == struct.pack("<L", 10)
    assert data[24:30] == struct.pack("<L", 299)[:3] + struct.pack("<L", 199)[:3]
    assert data[30:44] == b"ANIM" + struct.pack("<LLH", 6, 0, 5)
    assert data[44:48] == b"ANMF"
    assert data[52:67] == bytes([1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1])
    assert len(data) % 2 == 0


def test_numbers_out_of_range_are_rejected() -> None:
    pixel = filled(1, 1, *RED)
    with pytest.raises(ValueError, match="begin at even pixels, got 1, 0"):
        webp.frame(pixel, 1, 0, 0)
    with pytest.raises(ValueError, match="duration must be 0 to 16777215 milliseconds, got -1"):
        webp.frame(pixel, 0, 0, -1)
    with pytest.raises(ValueError, match="width of a WebP must be 1 to 16383 pixels, got 16384"):
        webp.assemble(16384, 1, [])
    with pytest.raises(ValueError, match="height of a WebP must be 1 to 16383 pixels, got 0"):
        webp.assemble(1, 0, [])
    with pytest.raises(ValueError, match=re.escape("plays 1 to 65535 times or forever, got 0")):
        webp.assemble(1, 1, [], plays=0)
