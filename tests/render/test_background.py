from dataclasses import replace

import numpy as np
import pytest

from optgallery import FUNCTIONS
from optgallery.render.background import draw_background, to_pixels
from optgallery.render.colors import Look, check_cmap, color_tables, parse_color
from optgallery.render.surface import surface

LOOK = Look(
    cmap="viridis",
    colors=32,
    levels=10,
    labels=False,
    resolution=None,
    contour=parse_color("contour_color", "#FFFFFF7F"),
    start=parse_color("start_color", "#5050FF7F"),
    end=parse_color("end_color", "#FF5050FF"),
    line=parse_color("line_color", "#FF0000FF"),
)
PLAIN = replace(LOOK, levels=0)


@pytest.mark.parametrize("cmap", ["viridis", "gray", "tab10", "coolwarm", "Greys_r"])
@pytest.mark.parametrize("colors", [2, 7, 32, 100, 128])
def test_every_palette_has_at_most_256_colours_and_all_levels(cmap: str, colors: int) -> None:
    from matplotlib import colormaps

    look = replace(LOOK, cmap=cmap, colors=colors, line=(1.0, 0.0, 0.0, 0.5))
    tables = color_tables(look)
    assert len(tables.rgb) <= 256
    wanted = np.rint(colormaps[cmap](np.linspace(0, 1, colors))[:, :3] * 255)
    assert np.array_equal(tables.rgb[tables.surface], wanted)
    for table in (
        *(tables.contour, tables.line, tables.start),
        *(tables.halo, tables.minimum, tables.marker),
    ):
        assert table.shape[0] == len(tables.rgb)
        assert table[:, 1:].min() > 0, "nothing drawn may be transparent"


@pytest.mark.parametrize(
    ("name", "color"), [("line", (255, 0, 0)), ("end", (255, 80, 80))], ids=["line", "end"]
)
def test_full_coverage_shows_the_given_colour(name: str, color: tuple[int, ...]) -> None:
    table = color_tables(LOOK).line if name == "line" else color_tables(LOOK).marker
    assert {tuple(map(int, rgb)) for rgb in color_tables(LOOK).rgb[table[1:, -1]]} == {color}


def test_a_half_transparent_contour_lets_the_surface_through() -> None:
    tables = color_tables(LOOK)
    crossed = tables.surface[LOOK.contour_grounds]
    under = tables.rgb[crossed].astype(int)
    over = tables.rgb[tables.contour[crossed, -1]]
    expected = under + (255 - under) * 0x7F / 255
    assert np.abs(over - expected).max() <= 1


def test_a_surface_without_lines_has_only_its_own_colours() -> None:
    fn = replace(FUNCTIONS["beale"], minima=())
    index = draw_background(fn, PLAIN, 120)
    tone = surface(fn, 120).tone[::-1]
    expected = color_tables(PLAIN).surface[np.minimum((tone * 32).astype(int), 31)]
    assert np.array_equal(index, expected)


@pytest.mark.parametrize(
    ("levels", "heights"),
    [
        (10, np.array([3, 6, 9, 12, 15, 17, 20, 23, 26, 29]) / 32),  # where colours change
        (24, np.arange(1, 25) / 25),  # too many lines for that
    ],
)
def test_contours_are_drawn_where_the_tone_crosses_their_heights(
    levels: int, heights: np.ndarray
) -> None:
    fn = replace(FUNCTIONS["sphere"], minima=())
    lines = draw_background(fn, replace(LOOK, levels=levels), 300) != draw_background(
        fn, PLAIN, 300
    )
    tone = surface(fn, 300).tone[::-1]
    away = np.abs(tone[..., None] - heights).min(axis=-1)
    down, right = np.gradient(tone)
    pixels = away / np.hypot(down, right).clip(1e-9)
    assert lines[pixels < 0.4].all()
    assert not lines[pixels > 0.7].any()


def test_a_ring_marks_each_known_minimum() -> None:
    fn = FUNCTIONS["himmelblau"]
    changed = draw_background(fn, PLAIN, 200) != draw_background(replace(fn, minima=()), PLAIN, 200)
    x, y = np.rint(to_pixels(fn, np.array(fn.minima), 200)).astype(int).T
    near = np.zeros_like(changed)
    for cx, cy in zip(x, y, strict=True):
        window = changed[cy - 6 : cy + 7, cx - 6 : cx + 7]
        assert 10 < window.sum() < 60
        assert not changed[cy, cx]
        near[cy - 6 : cy + 7, cx - 6 : cx + 7] = True
    assert not changed[~near].any()


def test_a_coarse_surface_is_interpolated() -> None:
    fn = replace(FUNCTIONS["sphere"], minima=())
    coarse = draw_background(fn, replace(PLAIN, resolution=50), 300).astype(int)
    fine = draw_background(fn, PLAIN, 300).astype(int)
    assert (coarse != fine).mean() < 0.05
    assert (
        draw_background(fn, replace(PLAIN, resolution=5), 300).astype(int) != fine
    ).mean() > 0.05


def test_contour_labels_are_drawn() -> None:
    fn = FUNCTIONS["himmelblau"]
    labelled = draw_background(fn, replace(LOOK, labels=True), 400)
    share = (labelled != draw_background(fn, LOOK, 400)).mean()
    assert 0.001 < share < 0.02


def test_a_background_is_cached_and_read_only() -> None:
    index = draw_background(FUNCTIONS["beale"], LOOK, 160)
    assert draw_background(FUNCTIONS["beale"], LOOK, 160) is index
    with pytest.raises(ValueError, match="read-only"):
        index[0, 0] = 1


def test_the_edges_of_the_domain_are_the_outermost_pixels() -> None:
    fn = FUNCTIONS["bukin_n6"]  # not square
    xmin, xmax, ymin, ymax = fn.domain
    corners = np.array([(xmin, ymax), (xmax, ymin), ((xmin + xmax) / 2, (ymin + ymax) / 2)])
    assert to_pixels(fn, corners, 201) == pytest.approx(np.array([(0, 0), (200, 200), (100, 100)]))


def test_very_distant_points_keep_their_direction_and_stay_finite() -> None:
    fn = FUNCTIONS["beale"]
    far = np.array([(1e200, -2e200), (-1e308, 1e308), (0.0, 1e30)])
    pixels = to_pixels(fn, far, 401) - 200
    assert np.isfinite(pixels).all()
    direction = pixels / np.abs(pixels).max(axis=1, keepdims=True)
    assert direction == pytest.approx(np.array([(0.5, 1.0), (-1.0, -1.0), (0.0, -1.0)]))


def test_errors_about_colours_and_colormaps_suggest_valid_ones() -> None:
    with pytest.raises(ValueError, match=r'line_color must be a colour such as "#FF0000".*got 12'):
        parse_color("line_color", 12)
    with pytest.raises(
        ValueError,
        match="cmap must be a matplotlib colormap or its name, got 'viridi'; did you mean",
    ):
        check_cmap("viridi")
    with pytest.raises(ValueError, match="got 7; try 'viridis'"):
        check_cmap(7)
