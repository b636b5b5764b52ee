"""plot_profile() and plot_log_ratio(): the data of the artists."""

from math import inf

import numpy as np
import pytest
from matplotlib import pyplot as plt

from optgallery import plot_log_ratio, plot_profile
from optgallery.analysis.profiles import data_profile, ecdf, log_ratio, performance_profile

COSTS = np.array([[3.0, 10.0, inf, 40.0], [5.0, 5.0, 5.0, inf], [inf, inf, inf, 60.0]])
NAMES = ("A", "B", "C")


def line(ax, name):
    return next(each for each in ax.get_lines() if each.get_label() == name)


def test_a_curve_is_drawn_as_the_steps_of_its_profile():
    profile = data_profile(COSTS, NAMES, 100)
    ax = plot_profile(profile)
    for i, name in enumerate(NAMES):
        x, y = line(ax, name).get_data()
        assert line(ax, name).get_drawstyle() == "steps-post"
        np.testing.assert_array_equal(y, profile(x)[i])
        assert (x[0], x[-1]) == (0, 100)
    assert ax.get_xlim() == (0, 100)
    assert ax.get_xscale() == "linear"
    assert ax.get_xlabel() == "gradient evaluations"
    assert len(ax.collections) == 3  # an interval for each


def test_the_legend_begins_with_the_highest_curve():
    ax = plot_profile(data_profile(COSTS, NAMES, 100))
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["B", "A", "C"]


def test_a_performance_profile_begins_at_the_ratio_one():
    profile = performance_profile(COSTS, NAMES)
    ax = plot_profile(profile)
    assert ax.get_xscale() == "log"
    assert ax.get_xlim() == (1, pytest.approx(2.2))
    assert line(ax, "A").get_ydata()[0] == 0.5


def test_with_a_reference_the_axis_begins_at_the_lowest_ratio():
    ax = plot_profile(performance_profile(COSTS, NAMES, reference=0))
    assert ax.get_xlim()[0] == 0.5
    assert "those of A" in ax.get_xlabel()


def test_a_runtime_ecdf_has_a_logarithmic_axis_from_one_evaluation():
    hits = np.array([[[0.0, 4.0, inf]], [[1.0, 8.0, 90.0]]])
    ax = plot_profile(ecdf(hits, NAMES[:2], 100))
    assert (ax.get_xscale(), ax.get_xlim()) == ("log", (1, 100))
    assert line(ax, "A").get_ydata()[0] == pytest.approx(1 / 3)


def test_many_curves_have_no_intervals_and_a_legend_beside_the_axes():
    names = [f"s{i}" for i in range(9)]
    ax = plot_profile(data_profile(np.arange(1, 37).reshape(9, 4), names, 40))
    assert not ax.collections
    assert len(ax.get_legend().get_texts()) == 9
    assert ax.get_legend().get_bbox_to_anchor()._bbox.x0 > 1


def test_curves_are_drawn_on_the_given_axes():
    _, ax = plt.subplots()
    assert plot_profile(data_profile(COSTS, NAMES, 9), ax=ax, interval=False) is ax
    assert not ax.collections


def test_bars_of_log_ratios_are_sorted_and_reach_the_edge_if_infinite():
    ratio = log_ratio(COSTS[0], COSTS[1], ("A", "B"), list("pqrs"))
    ax = plot_log_ratio(ratio)
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == sorted(heights)
    edge = ax.get_ylim()[1]
    assert (heights[0], heights[-1]) == (-edge, edge)
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [True, False, False, True]
    colors = {
        height > 0: bar.get_facecolor() for bar, height in zip(ax.patches, heights, strict=True)
    }
    assert colors[True] != colors[False]
    assert {text.get_text() for text in ax.texts} == {"A faster: 2", "B faster: 2"}


def test_other_objects_than_profiles_are_rejected():
    with pytest.raises(TypeError, match="plot_profile draws a profile of a comparison, got 3"):
        plot_profile(3)
    with pytest.raises(TypeError, match=r"plot_log_ratio draws what log_ratio\(\) returns"):
        plot_log_ratio(3)
    with pytest.raises(ValueError, match="neither A nor B solved any problem"):
        plot_log_ratio(log_ratio([inf], [inf], ("A", "B"), ["p"]))
