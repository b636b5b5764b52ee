from dataclasses import replace

import numpy as np
import pytest

from optgallery import FUNCTIONS
from optgallery.render.background import backdrop, to_pixels
from optgallery.render.colors import Look, check_cmap, inks, parse_color
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


def colours(index: np.ndarray, look: Look) -> set[tuple[int, ...]]:
    return {tuple(map(int, rgb)) for rgb in np.unique(inks(look).rgb[index].reshape(-1, 3), axis=0)}


@pytest.mark.parametrize("cmap", ["viridis", "gray", "tab10", "coolwarm", "Greys_r"])
@pytest.mark.parametrize("colors", [2, 7, 32, 100, 128])
def test_every_look_has_at_most_256_colours_and_all_levels(cmap: str, colors: int) -> None:
    from matplotlib import colormaps

    look = replace(LOOK, cmap=cmap, colors=colors, line=(1.0, 0.0, 0.0, 0.5))
    ink = inks(look)
    assert len(ink.rgb) <= 256
    wanted = np.rint(colormaps[cmap](np.linspace(0, 1, colors))[:, :3] * 255)
    assert np.array_equal(ink.rgb[ink.surface], wanted)
    for table in (ink.contour, ink.line, ink.start, ink.halo, ink.minimum, ink.marker):
        assert table.shape[0] == len(ink.rgb)
        assert table[:, 1:].min() > 0, "nothing drawn may be transparent"


@pytest.mark.parametrize(
    ("name", "ink"), [("line", (255, 0, 0)), ("end", (255, 80, 80))], ids=["line", "end"]
)
def test_full_coverage_shows_the_colour_that_was_asked_for(name: str, ink: tuple[int, ...]) -> None:
    table = inks(LOOK).line if name == "line" else inks(LOOK).marker
    assert {tuple(map(int, rgb)) for rgb in inks(LOOK).rgb[table[1:, -1]]} == {ink}


def test_a_half_transparent_contour_lets_the_surface_through() -> None:
    ink = inks(LOOK)
    under, over = ink.rgb[ink.surface].astype(int), ink.rgb[ink.contour[ink.surface, -1]]
    expected = under + (255 - under) * 0x7F / 255
    assert np.abs(over - expected).max() <= 1


def test_a_surface_without_lines_has_the_palettes_colours_only() -> None:
    fn = replace(FUNCTIONS["beale"], minima=())
    index = backdrop(fn, PLAIN, 120)
    tone = surface(fn, 120).tone[::-1]
    expected = inks(PLAIN).surface[np.minimum((tone * 32).astype(int), 31)]
    assert np.array_equal(index, expected)


@pytest.mark.parametrize(
    ("levels", "heights"),
    [
        (10, np.array([3, 6, 9, 12, 15, 17, 20, 23, 26, 29]) / 32),  # where colours change
        (24, np.arange(1, 25) / 25),  # too many for that
    ],
)
def test_contours_are_drawn_where_the_tone_passes_their_heights(
    levels: int, heights: np.ndarray
) -> None:
    fn = replace(FUNCTIONS["sphere"], minima=())
    lines = backdrop(fn, replace(LOOK, levels=levels), 300) != backdrop(fn, PLAIN, 300)
    tone = surface(fn, 300).tone[::-1]
    away = np.abs(tone[..., None] - heights).min(axis=-1)
    down, right = np.gradient(tone)
    pixels = away / np.hypot(down, right).clip(1e-9)
    assert lines[pixels < 0.4].all()
    assert not lines[pixels > 0.7].any()


def test_a_ring_marks_each_known_minimum() -> None:
    fn = FUNCTIONS["himmelblau"]
    changed = backdrop(fn, PLAIN, 200) != backdrop(replace(fn, minima=()), PLAIN, 200)
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
    coarse = backdrop(fn, replace(PLAIN, resolution=50), 300).astype(int)
    fine = backdrop(fn, PLAIN, 300).astype(int)
    assert (coarse != fine).mean() < 0.05
    assert (backdrop(fn, replace(PLAIN, resolution=5), 300).astype(int) != fine).mean() > 0.05


def test_labels_stand_on_the_contours() -> None:
    fn = FUNCTIONS["himmelblau"]
    labelled = backdrop(fn, replace(LOOK, labels=True), 400)
    share = (labelled != backdrop(fn, LOOK, 400)).mean()
    assert 0.001 < share < 0.02


def test_a_backdrop_is_drawn_once_and_cannot_be_written_to() -> None:
    index = backdrop(FUNCTIONS["beale"], LOOK, 160)
    assert backdrop(FUNCTIONS["beale"], LOOK, 160) is index
    with pytest.raises(ValueError, match="read-only"):
        index[0, 0] = 1


def test_the_domains_edges_are_the_outermost_pixels() -> None:
    fn = FUNCTIONS["bukin_n6"]  # not square
    xmin, xmax, ymin, ymax = fn.domain
    corners = np.array([(xmin, ymax), (xmax, ymin), ((xmin + xmax) / 2, (ymin + ymax) / 2)])
    assert to_pixels(fn, corners, 201) == pytest.approx(np.array([(0, 0), (200, 200), (100, 100)]))


def test_far_points_keep_their_direction_and_stay_finite() -> None:
    fn = FUNCTIONS["beale"]
    far = np.array([(1e200, -2e200), (-1e308, 1e308), (0.0, 1e30)])
    pixels = to_pixels(fn, far, 401) - 200
    assert np.isfinite(pixels).all()
    direction = pixels / np.abs(pixels).max(axis=1, keepdims=True)
    assert direction == pytest.approx(np.array([(0.5, 1.0), (-1.0, -1.0), (0.0, -1.0)]))


def test_a_wrong_colour_or_palette_says_what_would_do() -> None:
    with pytest.raises(ValueError, match=r'line_color must be a colour such as "#FF0000".*got 12'):
        parse_color("line_color", 12)
    with pytest.raises(
        ValueError,
        match="cmap must be a matplotlib colormap or its name, got 'viridi'; did you mean",
    ):
        check_cmap("viridi")
    with pytest.raises(ValueError, match="got 7; try 'viridis'"):
        check_cmap(7)
