import unicodedata

import pytest

from optgallery.render.glyphs import MISSING, drawable, one_line


def has(character: str) -> bool:
    """Whether a font has a character: no emoji, ideographs, Devanagari or full-width forms."""
    devanagari = "\u0900" <= character <= "\u097f"
    return "\ufb50" <= character <= "\ufefc" or (character < "\u3000" and not devanagari)


def drawn(text: str) -> str:
    return "".join(drawable(text, has))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, 1e-7", "plain text, 1e-7"),
        ("two  spaces", "two  spaces"),
        ("a\n\t b\r\nc\u2028d", "a b c d"),
        ("\x1b[31mred\x1b[0m\x00\x7f\x85x", "\\x1b[31mred\\x1b[0m\\x00\\x7f x"),
        ("\ud800 \udcff", "\\ud800 \\udcff"),
        ("\N{COLLISION SYMBOL} left", f"{MISSING} left"),
        ("\u5024\u304c", MISSING * 2),
        ("\uff21\uff11\uff01", "A1!"),
        ("e\u0301 x\u0301 \u0301", "\u00e9 x\u0301 \u0301"),
        ("\u5024\u0301", MISSING),
        ("\u0928\u093f", MISSING),
        ("a\u200bb\u202ec\ufeff\ufe0f", "abc"),
        ("\ue000\U0010ffff\u0378", MISSING * 3),
        ("", ""),
        ("\u0301", ""),
    ],
)
def test_any_text_becomes_one_line_of_glyphs_of_the_font(text: str, expected: str) -> None:
    assert drawn(text) == expected


HEBREW, REVERSED = "\u05e9\u05dc\u05d5\u05dd", "\u05dd\u05d5\u05dc\u05e9"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEBREW, REVERSED),
        (f"see {HEBREW}, end", f"see {REVERSED}, end"),
        (f"{HEBREW} {HEBREW}", f"{REVERSED} {REVERSED}"),
        (f"{HEBREW} 12.5 ok", f"12.5 {REVERSED} ok"),
        (f"{HEBREW} (7) ok", f"(7) {REVERSED} ok"),
        (f"a ({HEBREW}) b", f"a ({REVERSED}) b"),
        (f"f = 12 {HEBREW}", f"f = 12 {REVERSED}"),
        ("\u05d0\u05b8\u05d1", "\u05d1\u05d0\u05b8"),
    ],
)
def test_hebrew_is_reversed_and_numbers_in_it_are_not(text: str, expected: str) -> None:
    assert drawn(text) == expected


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("\u0633\u0644\u0645", ["INITIAL", "MEDIAL", "FINAL"]),
        ("\u062f\u0627\u0631", ["ISOLATED", "ISOLATED", "ISOLATED"]),
        ("\u0628\u0627\u0628", ["INITIAL", "FINAL", "ISOLATED"]),
        ("\u0633\u0644\u0627\u0645", ["INITIAL", "FINAL", "ISOLATED"]),  # lam-alef is one glyph
    ],
)
def test_arabic_letters_are_joined(word: str, forms: list[str]) -> None:
    names = [unicodedata.name(character) for character in reversed(drawn(word))]
    assert [name.split()[-2] for name in names] == forms


def test_a_vowel_mark_does_not_separate_arabic_letters() -> None:
    assert [c for c in drawn("\u0628\u064e\u0628") if c != "\u064e"] == ["\ufe90", "\ufe91"]


def test_one_line_changes_only_control_characters_and_line_breaks() -> None:
    assert one_line("\u5024 \N{COLLISION SYMBOL}\n\x07 \xa0x") == (
        "\u5024 \N{COLLISION SYMBOL} \\x07 \xa0x"
    )
    assert one_line("  a  ") == "  a  "


def test_a_million_spaces_become_one() -> None:
    assert one_line(" " * 1_000_000 + "\n") == " "
