"""The GIF format, byte by byte: a header, image blocks, a trailer.

This module does not decide what is drawn. An image is an array of indices into a colour table; an
animation is a sequence of rectangles, each drawn over the previous ones.
"""

from collections.abc import Iterable
from struct import pack

import numpy as np
from numpy.typing import NDArray
from PIL import _imaging

Indices = NDArray[np.uint8]

TRAILER = b";"
TRANSPARENT = 0  # the index that leaves a pixel unchanged
MIN_DELAY = 2  # centiseconds; browsers show a block with a shorter delay for 10

_LIMIT = 0xFFFF  # widths, heights, offsets and delays are 16-bit
_DO_NOT_DISPOSE = 1 << 2  # disposal method 1
_HAS_TRANSPARENT_INDEX = 1

_RAW = ("raw", 0, ("L", 0, 1))  # how Pillow reads the rows of an array of bytes
_COMPLETE = 1
_SLACK = 1024  # bytes, for the codes that clear the table and end the data


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


def block(pixels: Indices, left: int, top: int, delay: int) -> bytes:
    """Write one image block: a rectangle drawn over the canvas.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w)
        Indices into the global colour table; where `TRANSPARENT`, the canvas shows through.
    left, top : int
        Position of the rectangle's upper left corner.
    delay : int
        Time until the next block, in centiseconds.

    Returns
    -------
    bytes
        Graphic control extension, image descriptor and LZW data. The code size is the smallest
        that the largest index allows, so that blocks with few colours take fewer bits.
    """
    if not 0 <= delay <= _LIMIT:
        raise ValueError(f"a GIF's delay must be 0 to {_LIMIT} centiseconds, got {delay}")
    height, width = pixels.shape
    bits = max(2, int(pixels.max()).bit_length())
    head = pack(
        "<BBBBHBBBHHHHBB",
        *(0x21, 0xF9, 4, _DO_NOT_DISPOSE | _HAS_TRANSPARENT_INDEX, delay, TRANSPARENT, 0),
        *(0x2C, left, top, width, height, 0),
        bits,
    )
    return head + compress(pixels, bits) + b"\0"


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
    image = _imaging.map_buffer(np.ascontiguousarray(pixels), (width, height), *_RAW)
    encoder = _imaging.gif_encoder("L", "L", bits, 0)
    encoder.setimage(image, (0, 0, width, height))
    # a code has at most 12 bits, and a sub-block one byte more
    _, state, data = encoder.encode(2 * pixels.size + _SLACK)
    if state != _COMPLETE:
        raise OSError(f"Pillow's GIF encoder ended with {state} on {width} x {height} pixels")
    compressed: bytes = data
    return compressed


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
