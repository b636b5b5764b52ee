import io
import struct
from itertools import product

import numpy as np
import pytest
from PIL import Image

from optgallery.render import gif

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
PALETTE = np.array([(0, 0, 0), RED, GREEN, BLUE], np.uint8)


def decode(data: bytes) -> list[np.ndarray]:
    image = Image.open(io.BytesIO(data))
    frames = []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.asarray(image.convert("RGB")))
    return frames


def test_an_image_is_decoded_in_the_colours_of_the_palette() -> None:
    pixels = np.array([[1, 2, 3], [3, 2, 1]], np.uint8)
    data = gif.assemble(gif.header(3, 2, PALETTE), [gif.block(pixels, 0, 0, 10)])
    assert np.array_equal(decode(data)[0], PALETTE[pixels])


@pytest.mark.parametrize("colors", [2, 4, 5, 8, 100, 128, 129, 255, 256])
def test_every_code_size_decodes(colors: int) -> None:
    rng = np.random.default_rng(colors)
    palette = rng.integers(0, 256, (colors, 3), np.uint8)
    pixels = rng.integers(1, colors, (70, 90), np.uint8)
    data = gif.assemble(gif.header(90, 70, palette), [gif.block(pixels, 0, 0, 2)])
    assert np.array_equal(decode(data)[0], palette[pixels])


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (37, 1), (12, 14), (300, 250)])
@pytest.mark.parametrize("bits", [2, 5, 8])
def test_compressed_bytes_are_those_of_pillows_images(shape: tuple[int, int], bits: int) -> None:
    rng = np.random.default_rng(bits)
    noise = rng.integers(0, 1 << bits, shape, np.uint8)
    for pixels in (noise, np.zeros(shape, np.uint8), noise * (noise > 1), noise.T):
        image = Image.fromarray(np.ascontiguousarray(pixels))
        assert gif.compress(pixels, bits) == image.tobytes("gif", ("L", bits, 0))


@pytest.mark.parametrize("shape", [(2, 1), (2, 90), (12, 14), (300, 250)])
@pytest.mark.parametrize("bits", [2, 5, 8])
def test_a_block_in_two_parts_decodes_to_the_same_pixels(shape: tuple[int, int], bits: int) -> None:
    rng = np.random.default_rng(bits)
    palette = rng.integers(0, 256, (256, 3), np.uint8)
    noise = rng.integers(1, 1 << bits, shape, np.uint8)
    noise.flat[0] = (1 << bits) - 1  # the code size
    head = gif.header(shape[1], shape[0], palette)
    for pixels in (noise, np.ones(shape, np.uint8), noise // 2 + 1):
        for rows in (1, shape[0] // 2, shape[0] - 1):
            for _ in range(2):  # the codes of the first rows are cached
                block = gif.block(pixels, 0, 0, 2, common_rows=rows)
                assert np.array_equal(decode(gif.assemble(head, [block]))[0], palette[pixels])


def strictly_decoded(data: bytes, bits: int, pixels: int) -> list[int]:
    """Decode LZW data as the specification says, and look whether all of the last code is there."""
    clear, end = 1 << bits, (1 << bits) + 1
    stream, available = int.from_bytes(data, "little"), 8 * len(data)
    size, table, before, found = bits + 1, {}, (), []
    while len(found) < pixels:
        assert available >= size, "the data end before the last pixel"
        code = stream & ((1 << size) - 1)
        stream, available = stream >> size, available - size
        assert code != end
        if code == clear:
            table = {i: (i,) for i in range(clear)} | {clear: (), end: ()}
            size, before = bits + 1, ()
            continue
        entry = table[code] if code in table else (*before, before[0])
        if before and len(table) < 4096:
            table[len(table)] = (*before, entry[0])
        # Pillow writes the code that ends the data a bit shorter if the size has just changed
        written = size
        if len(table) == 1 << size and size < 12:
            size += 1
        found += entry
        before = entry
    assert available >= written
    assert stream & ((1 << written) - 1) == end
    return found


def test_a_strict_decoder_finds_the_end_of_a_block_in_two_parts() -> None:
    rng = np.random.default_rng(0)
    for bits, width in product((2, 5, 7, 8), range(1, 90)):
        pixels = rng.integers(1, 1 << bits, (8, width), np.uint8)
        pixels[0, 0] = (1 << bits) - 1  # the code size
        block = gif.block(pixels, 0, 0, 2, common_rows=5)
        data = gif._without_sub_blocks(block[19:-1])
        assert strictly_decoded(data, bits, pixels.size) == pixels.ravel().tolist()


def test_few_colours_take_the_smallest_code_size() -> None:
    minimum_code_size = 18  # after the graphic control extension and the image descriptor
    for largest, bits in ((1, 2), (3, 2), (4, 3), (7, 3), (128, 8), (255, 8)):
        pixels = np.full((2, 2), largest, np.uint8)
        assert gif.block(pixels, 0, 0, 2)[minimum_code_size] == bits


def test_a_later_block_changes_only_its_rectangle() -> None:
    blocks = [
        gif.block(np.full((4, 5), 1, np.uint8), 0, 0, 10),
        gif.block(np.array([[2, 0], [0, 3]], np.uint8), 2, 1, 10),
    ]
    first, second = decode(gif.assemble(gif.header(5, 4, PALETTE), blocks))
    expected = first.copy()
    expected[1, 2], expected[2, 3] = GREEN, BLUE
    assert np.array_equal(second, expected)


def test_the_header_follows_the_specification() -> None:
    data = gif.header(400, 300, PALETTE, plays=4)
    signature, width, height, flags, background, aspect = struct.unpack_from("<6sHHBBB", data)
    assert (signature, width, height) == (b"GIF89a", 400, 300)
    assert flags == 0b1_111_0_001  # global table, 8 bits a channel, unsorted, 2^(1+1) rows
    assert (background, aspect) == (0, 0)
    assert data[13:25] == PALETTE.tobytes()
    assert data[25:] == b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", 3) + b"\0"


def test_without_the_looping_extension_a_gif_plays_once() -> None:
    assert b"NETSCAPE" not in gif.header(1, 1, PALETTE, plays=1)
    for plays, repeats in ((None, 0), (2, 1), (65536, 65535)):
        assert gif.header(1, 1, PALETTE, plays=plays).endswith(struct.pack("<H", repeats) + b"\0")


def test_delays_and_loop_are_read_back() -> None:
    pixels = np.ones((2, 2), np.uint8)
    blocks = [gif.block(pixels, 0, 0, delay) for delay in (2, 7)]
    image = Image.open(io.BytesIO(gif.assemble(gif.header(2, 2, PALETTE), blocks)))
    assert image.info["loop"] == 0
    assert [image.seek(i) or image.info["duration"] for i in range(2)] == [20, 70]


def test_a_rectangle_of_a_larger_array_need_not_be_contiguous() -> None:
    canvas = np.arange(16, dtype=np.uint8).reshape(4, 4) % 4
    data = gif.assemble(gif.header(2, 2, PALETTE), [gif.block(canvas[1:3, 1:3], 0, 0, 2)])
    assert np.array_equal(decode(data)[0], PALETTE[canvas[1:3, 1:3]])


@pytest.mark.parametrize(("total", "blocks"), [(2, 1), (4, 2), (5, 2), (100, 3)])
def test_delays_add_up_to_the_duration_of_a_frame(total: int, blocks: int) -> None:
    delays = gif.delays(total, blocks)
    assert sum(delays) == total
    assert len(delays) == blocks
    assert min(delays) >= gif.MIN_DELAY


def test_numbers_out_of_range_are_rejected() -> None:
    with pytest.raises(ValueError, match=r"width of a GIF must be 1 to 65535 pixels, got 0"):
        gif.header(0, 1, PALETTE)
    with pytest.raises(ValueError, match=r"height of a GIF must be 1 to 65535 pixels, got 70000"):
        gif.header(1, 70000, PALETTE)
    with pytest.raises(ValueError, match=r"shape \(n, 3\) with n from 1 to 256, got \(257, 3\)"):
        gif.header(1, 1, np.zeros((257, 3), np.uint8))
    for plays in (0, 65537):
        with pytest.raises(ValueError, match=f"plays 1 to 65536 times or forever, got {plays}"):
            gif.header(1, 1, PALETTE, plays=plays)
    with pytest.raises(ValueError, match="delay must be 0 to 65535 centiseconds, got 70000"):
        gif.block(np.ones((1, 1), np.uint8), 0, 0, 70000)
    with pytest.raises(ValueError, match="3 blocks need at least 6 centiseconds, got 5"):
        gif.delays(5, 3)
