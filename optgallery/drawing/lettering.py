"""Lettering: DejaVu, which matplotlib ships, drawn once into small arrays of coverage."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Coverage = NDArray[np.uint8]
Face = Literal["sans", "bold", "mono"]

ELLIPSIS = "\u2026"

_FILES = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
}


@lru_cache(maxsize=32)
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", _FILES[face])
    # the basic layout puts every glyph at a whole pixel
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def measure(text: str, face: Face, size: int) -> int:
    """Return how many pixels a text is wide."""
    return int(np.ceil(_font(face, size).getlength(text)))


def line_height(size: int) -> int:
    """Return the height in pixels of a line of any face: from the ascenders to the descenders."""
    return int(np.ceil(1.2 * size))


@lru_cache(maxsize=512)
def draw(text: str, face: Face, size: int) -> Coverage:
    """Draw a line of text.

    Returns
    -------
    uint8 array of shape (line height, width)
        Coverage from 0 to 255, the base line at the same height for every face.
    """
    canvas = Image.new("L", (max(1, measure(text, face, size)), line_height(size)))
    ImageDraw.Draw(canvas).text((0, size), text, 255, _font(face, size), anchor="ls")
    coverage = np.asarray(canvas)
    coverage.flags.writeable = False
    return coverage


@lru_cache(maxsize=32)
def cells(size: int) -> Coverage:
    """Draw every ASCII character of the monospaced face into a cell of its own.

    Returns
    -------
    uint8 array of shape (128, line height, advance)
        Coverage by character code; control characters are blank.
    """
    blank = np.zeros_like(draw("0", "mono", size))
    atlas = np.stack([draw(chr(c), "mono", size) if 32 < c < 127 else blank for c in range(128)])
    atlas.flags.writeable = False
    return atlas


def shorten(text: str, face: Face, size: int, width: int) -> str:
    """Cut a text that is too wide, and mark the cut by an ellipsis."""
    if measure(text, face, size) <= width:
        return text
    while text and measure(text + ELLIPSIS, face, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS
