"""Text in DejaVu, which matplotlib ships, rasterised once into small arrays of coverage.

Any text can be drawn: `optgallery.render.glyphs` says what is drawn of it.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from optgallery.render.glyphs import drawable

Coverage = NDArray[np.uint8]
Face = Literal["sans", "bold"]

ELLIPSIS = "\u2026"
FIGURE_SPACE = "\u2007"  # as wide as a digit

_FILES = {"sans": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
_PLAIN = frozenset((*map(chr, range(32, 127)), FIGURE_SPACE, ELLIPSIS))


def _path(face: Face) -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", _FILES[face]))


@lru_cache(maxsize=32)
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    # the basic layout puts every glyph at a whole pixel
    return ImageFont.truetype(_path(face), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2)
def _characters(face: Face) -> frozenset[str]:
    """Return the characters that a face has."""
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(_path(face)).get_charmap()))


def _glyphs(text: str, face: Face) -> Sequence[str]:
    """Return what is drawn of a text, from left to right."""
    return text if _PLAIN.issuperset(text) else drawable(text, _characters(face).__contains__)


@lru_cache(maxsize=4096)
def measure(text: str, face: Face, size: int) -> int:
    """Return how many pixels a text is wide."""
    return int(np.ceil(_font(face, size).getlength("".join(_glyphs(text, face)))))


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
    glyphs = "".join(_glyphs(text, face))
    ImageDraw.Draw(canvas).text((0, size), glyphs, 255, _font(face, size), anchor="ls")
    coverage = np.asarray(canvas)
    coverage.flags.writeable = False
    return coverage


class Columns(NamedTuple):
    """Glyphs cut into columns of one pixel: a text is a sequence of columns.

    Attributes
    ----------
    ink : uint8 array of shape (columns, line height)
        Coverage. Column 0 is blank.
    which : dict
        The number of each glyph.
    first, width : int arrays of shape (number of glyphs,)
        The first column of each glyph, and how many it has.
    """

    ink: Coverage
    which: dict[str, int]
    first: NDArray[np.intp]
    width: NDArray[np.intp]


def rare(texts: Sequence[str]) -> frozenset[str]:
    """Return the glyphs of texts that are not among those which most texts consist of."""
    return frozenset(glyph for text in texts for glyph in _glyphs(text, "sans")) - _PLAIN


@lru_cache(maxsize=32)
def columns(size: int, rare: frozenset[str] = frozenset()) -> Columns:
    """Cut ASCII, the figure space, the ellipsis and rare glyphs."""
    glyphs = {c: draw(c, "sans", size).T for c in (*sorted(_PLAIN), *sorted(rare))}
    glyphs[FIGURE_SPACE] = np.zeros_like(glyphs["0"])
    widths = np.array([len(glyph) for glyph in glyphs.values()])
    blank = np.zeros((1, line_height(size)), np.uint8)
    return Columns(
        ink=np.concatenate([blank, *glyphs.values()]),
        which={glyph: i for i, glyph in enumerate(glyphs)},
        first=np.cumsum(widths) - widths + 1,
        width=widths,
    )


def typeset(
    texts: Sequence[str], size: int, rare: frozenset[str] = frozenset()
) -> NDArray[np.intp]:
    """Set many short texts at once.

    Digits are all of one width, and so is the figure space: numbers that change do not jitter.

    Parameters
    ----------
    texts : sequence of str
    size : int
    rare : set of str
        What `rare` returned for these texts, or for more of them.

    Returns
    -------
    int array of shape (len(texts), width of the widest)
        Which of the `columns` stands at each pixel; 0 after the end of a text.
    """
    _, which, first, advance = columns(size, rare)
    lines = [_glyphs(text, "sans") for text in texts]
    code = np.array([which[glyph] for line in lines for glyph in line], np.intp)
    row = np.repeat(np.arange(len(texts)), [len(line) for line in lines])
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
    if len(text) <= 2 * width and measure(text, face, size) <= width:
        return text
    text = text[: 2 * width]  # of which the rest would not fit anyway
    while text and measure(text + ELLIPSIS, face, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS
