"""Palettes, their blending tables, and what is accepted as a colour or a colormap."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from looks import LOOK
from matplotlib.colors import ListedColormap

from optgallery.render.colors import check_cmap, color_tables, colormap, parse_color
from optgallery.render.raster import LEVELS


@pytest.mark.parametrize("colors", [2, 24, 128])
def test_a_palette_has_at_most_256_colours_with_those_of_the_surface(colors):
    for levels in (0, 10, 64):
        tables = color_tables(replace(LOOK, colors=colors, levels=levels))
        assert len(tables.rgb) <= 256
    expected = mpl.colormaps["viridis"](np.linspace(0, 1, colors))[:, :3] * 255
    assert np.abs(tables.rgb[tables.surface] - expected).max() <= 0.5


@pytest.mark.parametrize(("colors", "levels"), [(22, 10), (20, 4), (16, 64)])
def test_up_to_22_colours_make_a_palette_of_seven_bits(colors, levels):
    assert len(color_tables(replace(LOOK, colors=colors, levels=levels)).rgb) <= 128


def test_contour_lines_are_between_two_colours_of_the_surface():
    for colors, levels in ((22, 10), (32, 10), (24, 7)):
        look = replace(LOOK, colors=colors, levels=levels)
        np.testing.assert_allclose(look.contour_tones * colors, look.contour_grounds)
        assert len(set(look.contour_grounds)) == levels


def test_full_coverage_by_an_opaque_line_is_its_colour_and_none_leaves_the_index():
    tables = color_tables(LOOK)
    indices = np.arange(len(tables.rgb))
    np.testing.assert_array_equal(tables.line[:, 0], indices)
    assert (tables.rgb[tables.line[1:, LEVELS]] == (255, 0, 0)).all()


def test_a_blend_is_near_the_exact_mixture():
    tables = color_tables(LOOK)
    under = tables.rgb[tables.surface].astype(float)
    half = LEVELS // 2
    exact = under + (np.array([255, 0, 0]) - under) * half / LEVELS
    assert np.abs(tables.rgb[tables.line[tables.surface, half]] - exact).max() < 24


def test_no_blend_is_transparent():
    tables = color_tables(LOOK)
    for name in ("contour", "line", "start", "halo", "minimum"):
        assert (getattr(tables, name)[1:] > 0).all(), name


@pytest.mark.parametrize(
    ("color", "parsed"),
    [
        ("#FF000080", (1.0, 0.0, 0.0, 128 / 255)),
        ("white", (1.0, 1.0, 1.0, 1.0)),
        ((0, 0.5, 1), (0.0, 0.5, 1.0, 1.0)),
    ],
)
def test_colours_are_those_of_matplotlib(color, parsed):
    assert parse_color("line", color) == pytest.approx(parsed)


def test_what_is_no_colour_is_named():
    with pytest.raises(ValueError, match=r"line must be a colour such as .*, got '#12'"):
        parse_color("line", "#12")


def test_a_colormap_without_a_name_is_kept_as_its_colours():
    own = ListedColormap(["red", "blue"], name="of_a_user")
    kept = check_cmap(own)
    assert kept == ((1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0))
    assert colormap(kept)(1.0) == (0.0, 0.0, 1.0, 1.0)
    assert check_cmap(mpl.colormaps["magma"]) == "magma"


def test_a_misspelt_colormap_is_answered_with_similar_names():
    with pytest.raises(ValueError, match="did you mean 'viridis'"):
        check_cmap("viridiss")
