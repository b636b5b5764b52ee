"""Animated WebP: a header and frames, each a rectangle drawn over the canvas.

Like `optgallery.render.gif`, this module does not decide what is drawn. It writes only the
container; imageio compresses the pixels of each rectangle, one at a time to save memory.

References
----------
WebP Container Specification, https://developers.google.com/speed/webp/docs/riff_container.
"""

from collections.abc import Iterable
from struct import pack

import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 16383  # pixels: 14 bits in the lossless format
MAX_DURATION = 0xFFFFFF  # milliseconds of a frame
MAX_PLAYS = 0xFFFF

_ANIMATION, _ALPHA = 0x02, 0x10
_BLEND_AND_DO_NOT_DISPOSE = 0  # neither flag is set
_RIFF_HEAD = 12  # bytes before the first chunk


def frame(pixels: NDArray[np.uint8], left: int, top: int, duration: int) -> bytes:
    """Write one frame: a rectangle drawn over the canvas, compressed without loss.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3) or (h, w, 4)
        RGB or RGBA; where alpha is 0, the canvas shows through.
    left, top : int
        Position of the rectangle's upper left corner: even numbers, since the format halves them.
    duration : int
        Time until the next frame, in milliseconds.

    Returns
    -------
    bytes
        An ``ANMF`` chunk.

    Raises
    ------
    ValueError
        If a number does not fit the format.
    """
    import imageio.v3 as iio

    if left % 2 or top % 2:
        raise ValueError(f"a WebP's frames begin at even pixels, got {left}, {top}")
    if not 0 <= duration <= MAX_DURATION:
        raise ValueError(
            f"a WebP's duration must be 0 to {MAX_DURATION} milliseconds, got {duration}"
        )
    still = iio.imwrite(
        "<bytes>",
        pixels,
        plugin="pillow",
        extension=".webp",
        lossless=True,
        quality=100,  # of a lossless file: the effort; less makes larger files
        method=4,
    )
    height, width = pixels.shape[:2]
    numbers = (left // 2, top // 2, width - 1, height - 1, duration)
    head = b"".join(map(_three_bytes, numbers)) + bytes([_BLEND_AND_DO_NOT_DISPOSE])
    return _chunk(b"ANMF", head + still[_RIFF_HEAD:])


def assemble(width: int, height: int, frames: Iterable[bytes], plays: int | None = None) -> bytes:
    """Join frames into a whole file.

    Parameters
    ----------
    width, height : int
        Size of the canvas in pixels, at most `MAX_SIDE`.
    frames : iterable of bytes
        Results of `frame`.
    plays : int, optional
        How many times the animation plays, at most `MAX_PLAYS`; forever if not given.

    Raises
    ------
    ValueError
        If a number does not fit the format.
    """
    for what, number in (("width", width), ("height", height)):
        if not 1 <= number <= MAX_SIDE:
            raise ValueError(f"the {what} of a WebP must be 1 to {MAX_SIDE} pixels, got {number}")
    if plays is not None and not 1 <= plays <= MAX_PLAYS:
        raise ValueError(f"a WebP plays 1 to {MAX_PLAYS} times or forever, got {plays}")
    canvas = pack("<L", _ANIMATION | _ALPHA) + _three_bytes(width - 1) + _three_bytes(height - 1)
    background = pack("<L", 0)
    chunks = b"".join(
        [
            b"WEBP",
            _chunk(b"VP8X", canvas),
            _chunk(b"ANIM", background + pack("<H", plays or 0)),
            *frames,
        ]
    )
    return _chunk(b"RIFF", chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + pack("<L", len(content)) + content + b"\0" * (len(content) % 2)


def _three_bytes(number: int) -> bytes:
    return pack("<L", number)[:3]
