"""Text in DejaVu, which matplotlib ships, rasterised once into small arrays of coverage."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Coverage = NDArray[np.uint8]
Face = Literal["sans", "bold"]

ELLIPSIS = "\u2026"
FIGURE_SPACE = "\u2007"  # as wide as a digit

_FILES = {"sans": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}


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
    """Return the height in pixels of a line of either face, descenders included."""
    return int(np.ceil(1.25 * size))


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


class Columns(NamedTuple):
    """All letters of a face, cut into columns of one pixel: a text is a sequence of columns.

    Attributes
    ----------
    ink : uint8 array of shape (columns, line height)
        Coverage. Column 0 is blank.
    first, width : int arrays of shape (number of character codes,)
        The first column of each character, and how many it has.
    """

    ink: Coverage
    first: NDArray[np.intp]
    width: NDArray[np.intp]


@lru_cache(maxsize=32)
def columns(size: int) -> Columns:
    """Cut ASCII, the figure space and the ellipsis; any other character becomes a question mark."""
    characters = [*map(chr, range(32, 127)), FIGURE_SPACE, ELLIPSIS]
    glyphs = {ord(c): draw(c, "sans", size).T for c in characters}
    glyphs[ord(FIGURE_SPACE)] = np.zeros_like(glyphs[ord("0")])
    widths = np.array([len(glyph) for glyph in glyphs.values()])
    first = np.cumsum(widths) - widths + 1
    which = np.full(max(glyphs) + 1, list(glyphs).index(ord("?")))
    which[list(glyphs)] = np.arange(len(glyphs))
    blank = np.zeros((1, line_height(size)), np.uint8)
    return Columns(np.concatenate([blank, *glyphs.values()]), first[which], widths[which])


def typeset(texts: Sequence[str], size: int) -> NDArray[np.intp]:
    """Set many short texts at once.

    Digits are all of one width, and so is the figure space: numbers that change do not jitter.

    Returns
    -------
    int array of shape (len(texts), width of the widest)
        Which of the `columns` stands at each pixel; 0 after the end of a text.
    """
    _, first, advance = columns(size)
    code = np.frombuffer("".join(texts).encode("utf-16-le", "replace"), np.uint16)
    code = np.minimum(code, len(first) - 1)
    row = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    width = np.bincount(row, advance[code], len(texts)).astype(np.intp)
    nth = _counting(advance[code])
    placed = np.zeros((len(texts), max(1, width.max())), np.intp)
    placed[np.repeat(np.arange(len(texts)), width), _counting(width)] = nth + np.repeat(
        first[code], advance[code]
    )
    return placed


def _counting(lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Count 0, 1, ... up to each of the lengths, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)


def shorten(text: str, face: Face, size: int, width: int) -> str:
    """Cut a text that is too wide, and mark the cut by an ellipsis."""
    if measure(text, face, size) <= width:
        return text
    while text and measure(text + ELLIPSIS, face, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS
