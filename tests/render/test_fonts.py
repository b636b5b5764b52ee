import numpy as np

from optgallery.render import fonts


def test_digits_and_the_figure_space_have_the_same_width() -> None:
    for size in range(8, 25):
        texts = [*"0123456789", fonts.FIGURE_SPACE]
        widths = {fonts.typeset([text], size).shape[1] for text in texts}
        assert len(widths) == 1


def test_a_typeset_text_is_its_glyphs_side_by_side() -> None:
    texts = ["step 17/200", "f = -1.25e-07", "diverged"]
    coverage = fonts.columns(12).coverage
    placed = fonts.typeset(texts, 12)
    for text, columns in zip(texts, placed, strict=True):
        letters = np.concatenate([fonts.draw(c, "sans", 12) for c in text], axis=1).T
        assert np.array_equal(coverage[columns[: len(letters)]], letters)
        assert not coverage[columns[len(letters) :]].any()


def test_equal_prefixes_are_typeset_in_equal_places() -> None:
    seven, eight = fonts.typeset(["step 7/200", "step 8/200"], 11)
    changed = np.flatnonzero(seven != eight)
    assert changed.size
    assert changed[0] >= fonts.measure("step", "sans", 11)
    assert changed[-1] < fonts.measure("step 8", "sans", 11)


def test_glyphs_beyond_ascii_are_typeset_like_others() -> None:
    texts = ["\u0416x\u0301 = \u221e", "abc"]
    extra = fonts.extra(texts)
    assert extra == {"\u0416", "x\u0301", "\u221e"}
    placed = fonts.typeset(texts, 12, extra)
    coverage = fonts.columns(12, extra).coverage
    glyphs = ["\u0416", "x\u0301", " ", "=", " ", "\u221e"]
    letters = np.concatenate([fonts.draw(glyph, "sans", 12) for glyph in glyphs], axis=1).T
    assert np.array_equal(coverage[placed[0, : len(letters)]], letters)
    basic = fonts.columns(12).coverage
    assert np.array_equal(basic, coverage[: len(basic)])


def test_a_character_that_the_font_lacks_is_a_square_in_both_faces() -> None:
    for face in ("sans", "bold"):
        square = fonts.draw("\u25a1", face, 12)
        assert np.array_equal(fonts.draw("\N{COLLISION SYMBOL}", face, 12), square)
        assert square.any()


def test_glyphs_are_not_cut_off() -> None:
    for size in range(8, 25):
        for face in ("sans", "bold"):
            left, top, right, bottom = fonts._font(face, size).getbbox("pqyjQ|", anchor="ls")
            height, width = fonts.draw("pqyjQ|", face, size).shape
            assert left >= 0
            assert right <= width
            assert size + top >= 0
            assert size + bottom <= height


def test_a_text_that_is_too_wide_ends_with_an_ellipsis() -> None:
    long = "AnOptimizerWithAnUnusuallyLongName"
    short = fonts.shorten(long, "bold", 10, 100)
    assert short.endswith(fonts.ELLIPSIS)
    assert long.startswith(short[:-1])
    assert 80 <= fonts.measure(short, "bold", 10) <= 100
    assert fonts.shorten("AdamW", "bold", 10, 100) == "AdamW"
