"""Text in DejaVu, which matplotlib ships, rasterized once into small arrays of coverage.

Any text can be drawn: `optgallery.render.glyphs` replaces characters that the font lacks.
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
    # the basic layout places every glyph at a whole pixel
    return ImageFont.truetype(_path(face), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2)
def _characters(face: Face) -> frozenset[str]:
    """Return the characters of a face."""
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(_path(face)).get_charmap()))


def _glyphs(text: str, face: Face) -> Sequence[str]:
    """Return the glyphs that are drawn for a text, from left to right."""
    return text if _PLAIN.issuperset(text) else drawable(text, _characters(face).__contains__)


@lru_cache(maxsize=4096)
def measure(text: str, face: Face, size: int) -> int:
    """Return the width of a text in pixels."""
    return int(np.ceil(_font(face, size).getlength("".join(_glyphs(text, face)))))


def line_height(size: int) -> int:
    """Return the height of a line in pixels, including descenders, for both faces."""
    return int(np.ceil(1.25 * size))


@lru_cache(maxsize=512)
def draw(text: str, face: Face, size: int) -> Coverage:
    """Draw a line of text.

    Returns
    -------
    uint8 array of shape (line height, width)
        Coverage from 0 to 255, with the baseline at the same height for every face.
    """
    canvas = Image.new("L", (max(1, measure(text, face, size)), line_height(size)))
    glyphs = "".join(_glyphs(text, face))
    ImageDraw.Draw(canvas).text((0, size), glyphs, 255, _font(face, size), anchor="ls")
    coverage = np.asarray(canvas)
    coverage.flags.writeable = False
    return coverage


class Columns(NamedTuple):
    """Glyphs as pixel columns: a text is a sequence of columns.

    Attributes
    ----------
    coverage : uint8 array of shape (k, line height)
        The columns. Column 0 is blank.
    number : dict
        The position of each glyph in ``first`` and ``width``.
    first, width : int arrays of shape (number of glyphs,)
        The first column of each glyph, and its number of columns.
    """

    coverage: Coverage
    number: dict[str, int]
    first: NDArray[np.intp]
    width: NDArray[np.intp]


def extra(texts: Sequence[str]) -> frozenset[str]:
    """Return the glyphs of texts that are not in the basic set."""
    if _PLAIN.issuperset("".join(texts)):
        return frozenset()
    return frozenset(glyph for text in texts for glyph in _glyphs(text, "sans")) - _PLAIN


@lru_cache(maxsize=32)
def columns(size: int, extra: frozenset[str] = frozenset()) -> Columns:
    """Return the columns of ASCII, the figure space, the ellipsis and extra glyphs."""
    glyphs = {c: draw(c, "sans", size).T for c in (*sorted(_PLAIN), *sorted(extra))}
    glyphs[FIGURE_SPACE] = np.zeros_like(glyphs["0"])
    widths = np.array([len(glyph) for glyph in glyphs.values()])
    blank = np.zeros((1, line_height(size)), np.uint8)
    return Columns(
        coverage=np.concatenate([blank, *glyphs.values()]),
        number={glyph: i for i, glyph in enumerate(glyphs)},
        first=np.cumsum(widths) - widths + 1,
        width=widths,
    )


def typeset(
    texts: Sequence[str], size: int, extra: frozenset[str] = frozenset()
) -> NDArray[np.intp]:
    """Typeset many short texts at once.

    All digits and the figure space have the same width, so that changing numbers do not jitter.

    Parameters
    ----------
    texts : sequence of str
    size : int
    extra : set of str
        The result of `extra` for these texts, or for more.

    Returns
    -------
    int array of shape (len(texts), width of the widest)
        The column at each pixel; 0 after the end of a text.
    """
    _, number, first, advance = columns(size, extra)
    lines = [_glyphs(text, "sans") for text in texts]
    code = np.array([number[glyph] for line in lines for glyph in line], np.intp)
    row = np.repeat(np.arange(len(texts)), [len(line) for line in lines])
    width = np.bincount(row, advance[code], len(texts)).astype(np.intp)
    nth = _ranges(advance[code])
    placed = np.zeros((len(texts), max(1, width.max())), np.intp)
    placed[np.repeat(np.arange(len(texts)), width), _ranges(width)] = nth + np.repeat(
        first[code], advance[code]
    )
    return placed


def _ranges(lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the concatenated ranges 0, 1, ..., length - 1 of these lengths."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)


def shorten(text: str, face: Face, size: int, width: int) -> str:
    """Truncate a text that is too wide, with an ellipsis at the end."""
    if len(text) <= 2 * width and measure(text, face, size) <= width:
        return text
    text = text[: 2 * width]  # the rest would not fit anyway
    while text and measure(text + ELLIPSIS, face, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS
