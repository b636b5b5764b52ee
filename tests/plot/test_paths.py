"""plot_path(): paths, start and end points, and arrows to ends outside the axes."""

import re

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.text import Annotation

import optgallery as og


@pytest.fixture(scope="module")
def descent():
    return og.run("adamw", "beale", steps=40, lr=0.1)


@pytest.fixture(scope="module")
def escape():
    return og.run("sgd", "beale", lr=1.0)


def on_empty_axes(trajectory):
    """Draw a path on empty axes."""
    return og.plot_path(trajectory, ax=plt.subplots()[1])


def arrows(ax):
    return [t for t in ax.texts if isinstance(t, Annotation) and t.arrow_patch is not None]


def test_the_path_goes_through_every_point(descent):
    path, start, end = on_empty_axes(descent).lines
    np.testing.assert_array_equal(path.get_xydata(), descent.points)
    np.testing.assert_array_equal(start.get_xydata(), descent.points[:1])
    np.testing.assert_array_equal(end.get_xydata(), descent.points[-1:])


def test_default_colours_and_width_are_those_of_torchopt(descent):
    path, start, end = on_empty_axes(descent).lines
    assert to_rgba(path.get_color()) == to_rgba("#FF0000FF")
    assert to_rgba(start.get_markerfacecolor()) == to_rgba("#5050FF7F")
    assert to_rgba(end.get_markerfacecolor()) == to_rgba("#FF5050FF")
    assert path.get_linewidth() == 2

    path, start, end = og.plot_path(
        descent,
        ax=plt.subplots()[1],
        line_color="black",
        line_width=0.5,
        start_color="#00FF00",
        end_color=(0, 0, 1, 0.5),
        label="this one",
    ).lines
    assert to_rgba(path.get_color()) == to_rgba("black")
    assert to_rgba(start.get_markerfacecolor()) == (0, 1, 0, 1)
    assert to_rgba(end.get_markerfacecolor()) == (0, 0, 1, 0.5)
    assert path.get_linewidth() == 0.5
    assert path.get_label() == "this one"


def test_without_axes_the_surface_is_drawn_below(descent, figures):
    ax = og.plot_path(descent)
    assert figures() == 1
    assert len(ax.collections) == 2
    assert ax.axis() == descent.test_fn.domain


def test_empty_axes_get_the_functions_domain(descent):
    assert on_empty_axes(descent).axis() == descent.test_fn.domain


def test_a_path_that_leaves_the_axes_does_not_change_their_limits(escape):
    assert np.abs(escape.points).max() > 1e6
    assert on_empty_axes(escape).axis() == escape.test_fn.domain

    zoomed = og.plot_surface("beale")
    zoomed.axis((0, 1, 2, 3))
    assert og.plot_path(escape, ax=zoomed).axis() == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("start", "tip"),
    [
        ((20, 20), (0.995, 0.995)),
        ((-20, 0), (0.005, 0.5)),
        ((0, -20), (0.5, 0.005)),
        ((20, 10), (0.995, 0.7475)),
    ],
)
def test_an_arrow_at_the_edge_points_to_an_end_outside(start, tip):
    t = og.run("sgd", "flower", start=start, steps=1, lr=1e-9)
    ax = on_empty_axes(t)
    (arrow,) = arrows(ax)
    np.testing.assert_allclose(arrow.xy, tip, atol=1e-6)
    away = np.array(arrow.xy) - arrow.get_position()
    assert np.cross([*away, 0], [*start, 0])[2] == pytest.approx(0, abs=1e-6)
    assert away @ start > 0
    (label,) = (text.get_text() for text in ax.texts if text.get_text())
    assert label == f"at ({start[0]:.3g}, {start[1]:.3g})"


def test_there_is_no_arrow_if_the_run_ends_inside(descent):
    assert not on_empty_axes(descent).texts


def test_there_is_no_arrow_if_the_run_returns():
    t = og.run("adamw", "flower", start=(20, 20), steps=200, lr=0.1, weight_decay=1e-6)
    assert np.abs(t.points[-1]).max() < 3
    assert not on_empty_axes(t).texts


def test_a_run_to_the_largest_floats_is_drawn_without_a_warning():
    t = og.run("sgd", "rosenbrock", lr=1.0)
    assert t.status == "diverged"
    ax = on_empty_axes(t)
    path = ax.lines[0].get_xydata()
    assert np.isfinite(path).all()
    assert np.abs(path).max() < 1e8
    np.testing.assert_array_equal(path[:2], t.points[:2])
    end, drawn = t.points[-1], path[-1] - (0, 1)  # the domain's centre
    np.testing.assert_allclose(end / np.abs(end).max(), drawn / np.abs(drawn).max(), atol=1e-6)
    assert len(arrows(ax)) == 1
    ax.figure.canvas.draw()


def test_inverted_axes_stay_inverted(escape):
    ax = og.plot_surface("beale")
    ax.invert_yaxis()
    limits = ax.axis()
    og.plot_path(escape, ax=ax)
    assert ax.axis() == limits
    (arrow,) = arrows(ax)
    end = escape.points[-1]
    assert np.sign(arrow.xy[1] - 0.5) == -np.sign(end[1])


def test_several_calls_draw_on_the_same_axes(descent, escape, figures):
    ax = og.plot_surface("beale")
    og.plot_path(descent, ax=ax, label="a")
    og.plot_path(escape, ax=ax, label="b", line_color="white")
    assert figures() == 1
    assert ax.get_legend_handles_labels()[1] == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"line_width": -1}, "line_width must be a width in points >= 0, got -1"),
        ({"line_width": np.nan}, "line_width must be a width in points >= 0, got nan"),
        ({"line_width": "2"}, "line_width must be a width in points >= 0, got '2'"),
        ({"line_color": "#12"}, "line_color must be a colour such as"),
        ({"start_color": 5}, "start_color must be a colour such as"),
        ({"end_color": "redd"}, "end_color must be a colour such as"),
    ],
)
def test_errors_say_what_is_allowed(descent, arguments, text, figures):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        og.plot_path(descent, **arguments)
    assert figures() == 0


def test_other_objects_than_trajectories_are_rejected(descent):
    message = r"^plot_path draws trajectories, as run\(\) returns them, got "
    for given in (np.zeros((3, 2)), 5, [descent, "adamw"]):
        with pytest.raises(TypeError, match=message):
            og.plot_path(given)
    with pytest.raises(ValueError, match="at least one trajectory"):
        og.plot_path([])


def test_several_trajectories_have_different_colours_and_a_legend(descent, escape):
    ax = og.plot_path([descent, escape], ax=plt.subplots()[1])
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["AdamW, lr 0.1", f"SGD, lr 1 ({escape.outcome.ending})"]
    one, two = ax.lines[0], ax.lines[3]
    assert one.get_color() != two.get_color()
    np.testing.assert_array_equal(one.get_xydata(), descent.points)
    assert ax.lines[2].get_markerfacecolor() == one.get_color()


def test_arrows_of_several_paths_have_no_labels(escape):
    ax = og.plot_path([escape, escape], ax=plt.subplots()[1])
    assert len(arrows(ax)) == 2
    assert not any(text.get_text() for text in ax.texts)


def test_a_given_colour_applies_to_all_trajectories(descent, escape):
    ax = og.plot_path([descent, escape], ax=plt.subplots()[1], line_color="black")
    assert {to_rgba(ax.lines[i].get_color()) for i in (0, 3)} == {to_rgba("black")}
    assert ax.lines[2].get_markerfacecolor() != ax.lines[5].get_markerfacecolor()


def test_runs_from_many_starts_have_one_colour_and_one_label():
    starts = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    runs = og.run("sgd", "beale", start=starts, lr=0.01, steps=20)
    ax = og.plot_path(runs, ax=plt.subplots()[1])
    (paths,) = ax.collections
    assert len(paths.get_segments()) == 40
    inside = next(i for i, run in enumerate(runs) if np.abs(run.points).max() < 10)
    np.testing.assert_array_equal(paths.get_segments()[inside], runs[inside].points)
    (ends,) = ax.lines
    np.testing.assert_array_equal(ends.get_xydata()[inside], runs[inside].points[-1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "SGD, lr 0.01, from 40 starts"
    ]


def test_several_functions_and_one_label_for_several_paths_are_rejected(descent, figures):
    other = og.run("sgd", "sphere", steps=3)
    with pytest.raises(ValueError, match="on one function, got some on Beale, Sphere"):
        og.plot_path([descent, other])
    with pytest.raises(ValueError, match="label names one path, got 'mine' for 2"):
        og.plot_path([descent, descent], label="mine")
    assert figures() == 0


def test_the_deprecated_name_of_the_parameter_still_works(descent):
    with pytest.warns(DeprecationWarning, match="trajectory= of plot_path"):
        og.plot_path(trajectory=descent, ax=plt.subplots()[1])
