r"""Any text as one line of glyphs that a font has, in visual order.

Captions contain arbitrary names and error messages. They are converted in these steps:

1. Letters with combining marks become composed characters where Unicode has them.
2. A line break, a tab or another separator becomes a space; other control characters and lone
   surrogates are escaped, as in ``\x1b``; formatting characters are removed.
3. A character that the font lacks becomes a compatible one, such as a normal letter in place of a
   full-width one, or else a square, ``□``.
4. Arabic letters take their joined forms, and right-to-left text is reversed, by the directions of
   the characters, without embedding levels.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import groupby, pairwise

MISSING = "\u25a1"  # a white square

_SPACES = re.compile("[ \t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MIRRORED = str.maketrans("()[]{}<>\u00ab\u00bb", ")(][}{><\u00bb\u00ab")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_ARABIC = re.compile("[\u0620-\u06ff]")
_LETTERS = re.compile("\u0644[\u0622\u0623\u0625\u0627]|.", re.DOTALL)  # lam-alef is one glyph


def one_line(text: str) -> str:
    r"""Return a text without line breaks, control characters or lone surrogates.

    Examples
    --------
    >>> one_line("two\n  lines \x00")
    'two lines \\x00'
    """
    text = _SPACES.sub(lambda found: " " if found[0].strip(" ") else found[0], text)
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def drawable(text: str, has: Callable[[str], bool]) -> list[str]:
    r"""Return the glyphs of a text from left to right.

    Parameters
    ----------
    text : str
    has : function
        Returns whether the font has a character.

    Returns
    -------
    list of str
        Each a character with its combining marks.

    Examples
    --------
    >>> "".join(drawable("two\nlines \x1b[1m\U0001f4a5", lambda character: character < "\u3000"))
    'two lines \\x1b[1m□'
    """
    text = _VARIATION_SELECTORS.sub("", one_line(unicodedata.normalize("NFC", text)))
    glyphs: list[str] = []
    for character in (drawn for c in _joined(text) for drawn in _replacement(c, has)):
        if not unicodedata.category(character).startswith("M"):
            glyphs.append(character)
        elif glyphs and glyphs[-1] != MISSING:
            glyphs[-1] += character
    return _left_to_right(glyphs)


def _replacement(character: str, has: Callable[[str], bool]) -> str:
    """Return what is drawn for a character: the character itself, others, or nothing."""
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category not in {"Cn", "Co"}:
        if has(character):
            return character
        compatible = unicodedata.normalize("NFKC", character)
        if compatible != character and all(map(has, compatible)):
            return compatible
    return "" if category.startswith("M") else MISSING


@cache
def _arabic_forms() -> dict[tuple[str, str], str]:
    """Return the presentation forms of letters, by the letters and their position in a word."""
    forms: dict[tuple[str, str], str] = {}
    for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD)):
        form, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        if form in {"<isolated>", "<initial>", "<medial>", "<final>"}:
            text = "".join(chr(int(letter, 16)) for letter in letters)
            forms.setdefault((text, form.strip("<>")), chr(code))
    return forms


def _joined(text: str) -> list[str]:
    """Return the characters of a text, Arabic letters in their joined forms."""
    if not _ARABIC.search(text):
        return list(text)
    forms = _arabic_forms()
    characters: list[str] = _LETTERS.findall(text)
    letters = [i for i, c in enumerate(characters) if not unicodedata.combining(c[0])]
    joined = [
        (characters[i], "initial") in forms and (characters[j], "final") in forms
        for i, j in pairwise(letters)
    ]
    sides = zip([False, *joined], [*joined, False], strict=True)
    for i, (before, after) in zip(letters, sides, strict=True):
        form = ("medial" if after else "final") if before else ("initial" if after else "isolated")
        characters[i] = forms.get((characters[i], form), characters[i])
    return characters


def _left_to_right(glyphs: list[str]) -> list[str]:
    """Reverse right-to-left text, except for the numbers in it."""
    levels = _levels(glyphs)
    placed = [
        glyph.translate(_MIRRORED) if level == 1 else glyph
        for glyph, level in zip(glyphs, levels, strict=True)
    ]
    for lowest in (2, 1):
        placed, levels = _reversed(placed, levels, lowest)
    return placed


def _levels(glyphs: list[str]) -> list[int]:
    """Return the level of each glyph: 0 left to right, 1 right to left, 2 a number within level 1.

    A glyph without a direction, such as a space, takes the direction of its neighbours if they
    agree, and a closing bracket that of the opening one.
    """
    own = _own_levels([unicodedata.bidirectional(glyph[0]) for glyph in glyphs])
    following = [0]
    for level in reversed(own):
        following.append(following[-1] if level is None else level)
    levels: list[int] = []
    opened: list[int] = []
    for glyph, level, right in zip(glyphs, own, following[:0:-1], strict=True):
        left = levels[-1] if levels else 0
        opening = opened.pop() if glyph in _CLOSING and opened else min(left, right, 1)
        levels.append(opening if level is None else level)
        if glyph in _OPENING:
            opened.append(levels[-1])
    return levels


def _own_levels(directions: list[str]) -> list[int | None]:
    levels: list[int | None] = []
    last = "L"
    for direction in directions:
        if direction in {"L", "R", "AL"}:
            last = direction
        number = direction == "AN" or (direction == "EN" and last != "L")
        levels.append(2 if number else {"L": 0, "EN": 0, "R": 1, "AL": 1}.get(direction))
    for i, direction in enumerate(directions[1:-1], 1):  # a separator or a sign within a number
        if direction in {"CS", "ES"} and levels[i - 1] == levels[i + 1] == 2:
            levels[i] = 2
    return levels


def _reversed(glyphs: list[str], levels: list[int], lowest: int) -> tuple[list[str], list[int]]:
    """Reverse every run of glyphs of at least this level."""
    pairs: list[tuple[str, int]] = []
    for deep, run in groupby(zip(glyphs, levels, strict=True), lambda pair: pair[1] >= lowest):
        pairs += list(run)[:: -1 if deep else 1]
    return [glyph for glyph, _ in pairs], [level for _, level in pairs]
