"""The GIF format, byte by byte: a header, image blocks, a trailer.

This module does not decide what is drawn. An image is an array of indices into a colour table; an
animation is a sequence of rectangles, each drawn over the previous ones.
"""

from collections.abc import Iterable
from functools import lru_cache
from struct import pack
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import _imaging

from optgallery.render.pillow_core import mapped

Indices = NDArray[np.uint8]

TRAILER = b";"
TRANSPARENT = 0  # the index that leaves a pixel unchanged
MIN_DELAY = 2  # centiseconds; browsers show a block with a shorter delay for 10

_LIMIT = 0xFFFF  # widths, heights, offsets and delays are 16-bit
_DO_NOT_DISPOSE = 1 << 2  # disposal method 1
_HAS_TRANSPARENT_INDEX = 1

_COMPLETE = 1
_SLACK = 1024  # bytes, for the codes that clear the table and end the data
_MAX_CODE_SIZE = 12  # bits
_SUB_BLOCK = 255  # bytes


def header(
    width: int, height: int, palette: NDArray[np.uint8], *, plays: int | None = None
) -> bytes:
    """Write everything that comes before the first image block.

    Parameters
    ----------
    width, height : int
        Size of the canvas in pixels, 1 to 65535.
    palette : array of shape (n, 3)
        The global colour table, RGB, at most 256 rows.
    plays : int, optional
        How many times the animation plays, 1 to 65536; forever if not given.

    Returns
    -------
    bytes
        Signature, screen descriptor, colour table and looping extension, which stores the number of
        plays after the first. Without that extension an animation plays once.

    Raises
    ------
    ValueError
        If a number does not fit the format.
    """
    for what, number in (("width", width), ("height", height)):
        if not 1 <= number <= _LIMIT:
            raise ValueError(f"the {what} of a GIF must be 1 to {_LIMIT} pixels, got {number}")
    if palette.ndim != 2 or palette.shape[1] != 3 or not 1 <= len(palette) <= 256:
        raise ValueError(
            f"a GIF's palette must have shape (n, 3) with n from 1 to 256, got {palette.shape}"
        )
    if plays is not None and not 1 <= plays <= _LIMIT + 1:
        raise ValueError(f"a GIF plays 1 to {_LIMIT + 1} times or forever, got {plays}")
    bits = max(1, (len(palette) - 1).bit_length())
    table = np.zeros((1 << bits, 3), np.uint8)
    table[: len(palette)] = palette
    screen = pack("<HHBBB", width, height, 0x80 | 7 << 4 | bits - 1, 0, 0)
    repeats = 0 if plays is None else plays - 1
    looping = b"!\xff\x0bNETSCAPE2.0" + pack("<BBHB", 3, 1, repeats, 0) if plays != 1 else b""
    return b"GIF89a" + screen + table.tobytes() + looping


def block(pixels: Indices, left: int, top: int, delay: int, *, common_rows: int = 0) -> bytes:
    """Write one image block: a rectangle drawn over the canvas.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w)
        Indices into the global colour table; where `TRANSPARENT`, the canvas shows through.
    left, top : int
        Position of the rectangle's upper left corner.
    delay : int
        Time until the next block, in centiseconds.
    common_rows : int
        The number of rows at the top that blocks of other animations have, too. They are compressed
        once, and their codes are cached.

    Returns
    -------
    bytes
        Graphic control extension, image descriptor and LZW data. The code size is the smallest
        that the largest index allows, so that blocks with few colours take fewer bits.
    """
    if not 0 <= delay <= _LIMIT:
        raise ValueError(f"a GIF's delay must be 0 to {_LIMIT} centiseconds, got {delay}")
    height, width = pixels.shape
    image = mapped(pixels)
    bits = max(2, image.getextrema()[1].bit_length())
    head = pack(
        "<BBBBHBBBHHHHBB",
        *(0x21, 0xF9, 4, _DO_NOT_DISPOSE | _HAS_TRANSPARENT_INDEX, delay, TRANSPARENT, 0),
        *(0x2C, left, top, width, height, 0),
        bits,
    )
    if 0 < common_rows < height:
        return head + _compress_two_parts(pixels, common_rows, bits) + b"\0"
    return head + _encode(image, width, height, bits) + b"\0"


def compress(pixels: Indices, bits: int) -> bytes:
    """Compress indices below ``2**bits`` with LZW, in sub-blocks of up to 255 bytes.

    This is ``Image.tobytes("gif", ("L", bits, 0))`` without the checks and copies around Pillow's
    encoder, which take several times as long as the encoder itself for a rectangle of a few hundred
    pixels, and an animation has a hundred of those.

    Raises
    ------
    OSError
        If the encoder fails.
    """
    height, width = pixels.shape
    return _encode(mapped(pixels), width, height, bits)


def _encode(image: Any, width: int, height: int, bits: int) -> bytes:
    """Compress an image of Pillow's C core as `compress` does."""
    encoder = _imaging.gif_encoder("L", "L", bits, 0)
    encoder.setimage(image, (0, 0, width, height))
    # a code has at most 12 bits, and a sub-block one byte more
    _, state, data = encoder.encode(2 * width * height + _SLACK)
    if state != _COMPLETE:
        raise OSError(f"Pillow's GIF encoder ended with {state} on {width} x {height} pixels")
    compressed: bytes = data
    return compressed


def _compress_two_parts(pixels: Indices, rows: int, bits: int) -> bytes:
    """Compress as `compress` does, with a table that is cleared after the first rows."""
    stream, length = _first_codes(pixels[:rows].tobytes(), pixels.shape[1], bits)
    codes = _without_sub_blocks(compress(pixels[rows:], bits))
    # without the code that clears the table, which the first part ends with
    rest = int.from_bytes(codes, "little") >> bits + 1
    whole = length + 8 * len(codes) - bits - 1
    data = (stream | rest << length).to_bytes((whole + 7) // 8, "little")
    parts = (data[i : i + _SUB_BLOCK] for i in range(0, len(data), _SUB_BLOCK))
    return b"".join(bytes([len(part)]) + part for part in parts)


@lru_cache(maxsize=8)
def _first_codes(pixels: bytes, width: int, bits: int) -> tuple[int, int]:
    """Return the codes of the first rows of an image as one number, and its length in bits.

    The last code clears the table, instead of ending the data.
    """
    rows = np.frombuffer(pixels, np.uint8).reshape(-1, width)
    data = _without_sub_blocks(compress(rows, bits))
    clear = 1 << bits
    literals = [1] * clear + [0, 0]
    position, buffer, available = 0, 0, 0
    size, lengths, before = bits + 1, literals.copy(), clear
    following = iter(data)
    remaining = len(pixels)
    while remaining:
        while available < size:
            buffer |= next(following) << available
            available += 8
        code = buffer & ((1 << size) - 1)
        buffer >>= size
        available -= size
        position += size
        if code == clear:
            size, lengths = bits + 1, literals.copy()
        elif before != clear and len(lengths) < 1 << _MAX_CODE_SIZE:
            # a decoder adds an entry: the string before and one pixel more
            lengths.append(lengths[before] + 1)
            if len(lengths) == 1 << size and size < _MAX_CODE_SIZE:
                size += 1
        remaining -= lengths[code]
        before = code
    codes = int.from_bytes(data, "little") & ((1 << position) - 1)
    return codes | clear << position, position + size


def _without_sub_blocks(data: bytes) -> bytes:
    """Return the bytes of sub-blocks without those that tell their length."""
    parts = []
    position = 0
    while position < len(data):
        end = position + 1 + data[position]
        parts.append(data[position + 1 : end])
        position = end
    return b"".join(parts)


def delays(total: int, blocks: int) -> list[int]:
    """Divide a frame's duration among its blocks: all but the last get the shortest delay.

    Raises
    ------
    ValueError
        If there is less time than `MIN_DELAY` for each block.

    Examples
    --------
    >>> delays(5, 2)
    [2, 3]
    """
    if total < MIN_DELAY * blocks:
        raise ValueError(
            f"{blocks} blocks need at least {MIN_DELAY * blocks} centiseconds, got {total}"
        )
    return [MIN_DELAY] * (blocks - 1) + [total - MIN_DELAY * (blocks - 1)]


def assemble(head: bytes, blocks: Iterable[bytes]) -> bytes:
    """Join header and blocks into a whole file."""
    return b"".join([head, *blocks, TRAILER])
