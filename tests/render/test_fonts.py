import numpy as np

from optgallery.render import fonts


def test_digits_and_the_figure_space_are_of_one_width() -> None:
    for size in range(8, 25):
        texts = [*"0123456789", fonts.FIGURE_SPACE]
        widths = {fonts.typeset([text], size).shape[1] for text in texts}
        assert len(widths) == 1


def test_a_typeset_text_looks_like_its_letters_side_by_side() -> None:
    texts = ["step 17/200", "f = -1.25e-07", "diverged"]
    ink = fonts.columns(12).ink
    placed = fonts.typeset(texts, 12)
    for text, columns in zip(texts, placed, strict=True):
        letters = np.concatenate([fonts.draw(c, "sans", 12) for c in text], axis=1).T
        assert np.array_equal(ink[columns[: len(letters)]], letters)
        assert not ink[columns[len(letters) :]].any()


def test_equal_beginnings_stand_in_equal_places() -> None:
    seven, eight = fonts.typeset(["step 7/200", "step 8/200"], 11)
    changed = np.flatnonzero(seven != eight)
    assert changed.size
    assert changed[0] >= fonts.measure("step", "sans", 11)
    assert changed[-1] < fonts.measure("step 8", "sans", 11)


def test_letters_beyond_ascii_are_set_like_others() -> None:
    texts = ["\u0416x\u0301 = \u221e", "abc"]
    rare = fonts.rare(texts)
    assert rare == {"\u0416", "x\u0301", "\u221e"}
    placed = fonts.typeset(texts, 12, rare)
    ink = fonts.columns(12, rare).ink
    glyphs = ["\u0416", "x\u0301", " ", "=", " ", "\u221e"]
    letters = np.concatenate([fonts.draw(glyph, "sans", 12) for glyph in glyphs], axis=1).T
    assert np.array_equal(ink[placed[0, : len(letters)]], letters)
    assert np.array_equal(fonts.columns(12).ink, ink[: len(fonts.columns(12).ink)])


def test_what_the_font_lacks_is_a_square_in_both_faces() -> None:
    for face in ("sans", "bold"):
        square = fonts.draw("\u25a1", face, 12)
        assert np.array_equal(fonts.draw("\N{COLLISION SYMBOL}", face, 12), square)
        assert square.any()


def test_letters_are_not_cut_off() -> None:
    for size in range(8, 25):
        for face in ("sans", "bold"):
            left, top, right, bottom = fonts._font(face, size).getbbox("pqyjQ|", anchor="ls")
            height, width = fonts.draw("pqyjQ|", face, size).shape
            assert left >= 0
            assert right <= width
            assert size + top >= 0
            assert size + bottom <= height


def test_a_text_that_is_too_wide_is_shortened_visibly() -> None:
    long = "AnOptimizerWithAnUnusuallyLongName"
    short = fonts.shorten(long, "bold", 10, 100)
    assert short.endswith(fonts.ELLIPSIS)
    assert long.startswith(short[:-1])
    assert 80 <= fonts.measure(short, "bold", 10) <= 100
    assert fonts.shorten("AdamW", "bold", 10, 100) == "AdamW"
