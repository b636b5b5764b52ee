"""plot_surface() and plot_surface_3d(): the artists on the axes."""

import re

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.contour import QuadContourSet
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

import optgallery as og
from optgallery.render.surface import surface

ALL = list(og.FUNCTIONS)


def contour_sets(ax):
    """Return the filled contours, and the contour lines or None."""
    sets = [artist for artist in ax.collections if isinstance(artist, QuadContourSet)]
    filled = [s for s in sets if s.filled]
    lines = [s for s in sets if not s.filled]
    assert len(filled) == 1
    assert len(lines) <= 1
    return filled[0], lines[0] if lines else None


@pytest.mark.parametrize("name", ALL)
def test_every_function_fills_its_domain_and_marks_its_minima(name):
    fn = og.FUNCTIONS[name]
    ax = og.plot_surface(name, resolution=60)
    assert ax.axis() == fn.domain
    filled, _ = contour_sets(ax)
    box = filled.get_datalim(ax.transData)
    np.testing.assert_allclose([box.x0, box.x1, box.y0, box.y1], fn.domain)
    marked = [tuple(p) for line in ax.lines for p in line.get_xydata()]
    assert marked == list(fn.minima)
    ax.figure.canvas.draw()


def test_default_colours_and_levels_are_those_of_torchopt():
    filled, lines = contour_sets(og.plot_surface("beale"))
    np.testing.assert_allclose(filled.levels, np.linspace(0, 1, 33))
    assert filled.get_cmap().name == "viridis"
    np.testing.assert_allclose(lines.levels, np.arange(1, 11) / 11)
    np.testing.assert_allclose(lines.get_edgecolor()[0], to_rgba("#FFFFFF7F"))


def test_the_function_is_constant_on_contour_lines():
    fn = og.FUNCTIONS["sphere"]
    ax = og.plot_surface(fn, resolution=301, levels=3)
    _, lines = contour_sets(ax)
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        np.testing.assert_allclose(fn(*path.vertices.T), level * 50, rtol=1e-3)


def test_a_rectangular_domain_keeps_its_aspect_ratio():
    ax = og.plot_surface("bukin_n6")
    assert ax.axis() == (-15, -5, -3, 3)
    assert ax.get_aspect() == 1
    filled, _ = contour_sets(ax)
    points = filled.get_paths()[0].vertices  # the darkest band: the crease
    np.testing.assert_allclose(points[:, 1], points[:, 0] ** 2 / 100, atol=0.1)


def test_a_narrow_domain_is_stretched():
    strip = {"x0": 1, "y0": 0, "xmin": 0, "xmax": 100, "ymin": -1, "ymax": 1}
    assert og.plot_surface((torch.hypot, strip)).get_aspect() == "auto"


def test_it_draws_on_the_given_axes(figures):
    _, (left, right) = plt.subplots(1, 2)
    assert og.plot_surface("booth", ax=right) is right
    assert not left.has_data()
    assert figures() == 1


def test_without_axes_it_makes_a_new_figure(figures):
    first, second = og.plot_surface("booth"), og.plot_surface("beale")
    assert first.figure is not second.figure
    assert figures() == 2


def test_colours_and_levels_can_be_changed():
    ax = og.plot_surface(
        "booth",
        resolution=30,
        cmap="magma",
        colors=8,
        levels=3,
        contour_color="black",
        minima=False,
    )
    filled, lines = contour_sets(ax)
    assert len(filled.levels) == 9
    assert filled.get_cmap().name == "magma"
    assert len(lines.levels) == 3
    np.testing.assert_array_equal(lines.get_edgecolor()[0], to_rgba("black"))
    assert not ax.lines


def test_zero_levels_draw_no_lines():
    assert contour_sets(og.plot_surface("booth", levels=0))[1] is None


def test_contour_labels_are_values_of_the_function():
    ax = og.plot_surface("sphere", levels=4, contour_labels=True, resolution=301)
    labels = {float(text.get_text()) for text in ax.texts}
    assert labels <= {10, 20, 30, 40}
    assert len(labels) >= 3


def test_contour_labels_on_a_logarithmic_scale_are_at_their_values():
    fn = og.FUNCTIONS["rosenbrock"]
    ax = og.plot_surface(fn, contour_labels=True, resolution=401)
    assert len(ax.texts) > 5
    for text in ax.texts:
        assert fn(*text.get_position()) == pytest.approx(float(text.get_text()), rel=0.15)


def test_a_constant_function_is_drawn_without_lines_and_without_a_warning():
    box = {"x0": 0, "y0": 0, "xmin": 0, "xmax": 1, "ymin": 0, "ymax": 1}
    assert contour_sets(og.plot_surface((lambda x, y: 0 * (x + y), box)))[1] is None


@pytest.mark.parametrize("draw", [og.plot_surface, og.plot_surface_3d])
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"resolution": 1}, "resolution must be a whole number >= 2, got 1"),
        ({"resolution": 2.5}, "resolution must be a whole number >= 2, got 2.5"),
        ({"colors": 1}, "colors must be a whole number >= 2, got 1"),
        ({"colors": True}, "colors must be a whole number >= 2, got True"),
        (
            {"cmap": "viridsi"},
            "cmap must be a matplotlib colormap or its name, got 'viridsi'; did you mean 'viridis'",
        ),
    ],
)
def test_errors_say_what_is_allowed(draw, arguments, text, figures):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        draw("beale", **arguments)
    assert figures() == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"levels": -1}, "levels must be a whole number >= 0, got -1"),
        ({"contour_color": "whitish"}, "contour_color must be a colour such as"),
    ],
)
def test_invalid_contours_are_rejected(arguments, text, figures):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        og.plot_surface("beale", **arguments)
    assert figures() == 0


@pytest.mark.parametrize("name", ALL)
def test_every_function_is_drawn_in_3d_above_its_contours(name, monkeypatch):
    drawn = []

    def spy(self, *coordinates, **options):
        drawn.append(coordinates)
        return plot_surface(self, *coordinates, **options)

    plot_surface = Axes3D.plot_surface
    monkeypatch.setattr(Axes3D, "plot_surface", spy)
    fn = og.FUNCTIONS[name]
    ax = og.plot_surface_3d(name, resolution=40)
    (coordinates,) = drawn
    expected = surface(fn, 40)
    np.testing.assert_array_equal(coordinates, [expected.x, expected.y, expected.tone])
    assert (ax.get_xlim(), ax.get_ylim()) == (fn.domain[:2], fn.domain[2:])
    floor, top = ax.get_zlim()
    assert floor < 0
    assert top == 1
    assert [tuple(np.ravel(line.get_data_3d())) for line in ax.lines] == [
        (*minimum, floor) for minimum in fn.minima
    ]
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", ["beale", "sphere", "easom", "log_booth"])
def test_the_vertical_axis_is_labelled_with_values(name):
    fn = og.FUNCTIONS[name]
    ax = og.plot_surface_3d(name, resolution=101)
    drawn = surface(fn, 101)
    labels = [
        float(text.get_text().replace("\N{MINUS SIGN}", "-")) for text in ax.get_zticklabels()
    ]
    assert len(labels) >= 3
    for tone, value in zip(ax.get_zticks(), labels, strict=True):
        near = np.abs(drawn.tone - tone).argmin()
        assert drawn.z.flat[near] == pytest.approx(value, rel=0.05, abs=0.05)


def test_plot_surface_3d_needs_three_dimensional_axes():
    _, flat = plt.subplots()
    with pytest.raises(TypeError, match=r"^ax must be three-dimensional, .* got Axes$"):
        og.plot_surface_3d("beale", ax=flat)
    solid = plt.figure().add_subplot(projection="3d")
    assert og.plot_surface_3d("beale", ax=solid, view=(10, 20)) is solid
    assert (solid.elev, solid.azim) == (10, 20)


def test_plot_surface_3d_uses_the_given_colormap():
    ax = og.plot_surface_3d("sphere", cmap="magma", resolution=20)
    solid = [artist for artist in ax.collections if isinstance(artist, Poly3DCollection)][-1]
    assert solid.get_cmap() == matplotlib.colormaps["magma"]


def test_the_title_contains_the_functions_title():
    assert og.plot_surface("beale").get_title() == "Beale"
    assert og.plot_surface_3d("beale").get_title() == "Surface of Beale"
