"""plot_sensitivity() and plot_heatmap(): the data of the artists."""

import numpy as np
import pytest

import optgallery as og
from optgallery import plot_heatmap, plot_sensitivity

LRS = (0.01, 0.1, 3.0)


@pytest.fixture(scope="module")
def comparison():
    return og.compare(["sgd", "adamw"], ["booth", "matyas"], LRS, starts=2)


@pytest.fixture(scope="module")
def sgd():
    return og.sensitivity("sgd", "booth", np.geomspace(0.001, 10, 17))


def test_a_curve_holds_the_gaps_and_crosses_mark_what_diverged(sgd):
    ax = plot_sensitivity(sgd)
    curve, crosses = ax.get_lines()[:2]
    finite = np.isfinite(sgd.gaps)
    shown = curve.get_ydata()[finite]
    eps = np.finfo(float).eps
    expected = np.minimum(np.maximum(sgd.gaps[finite], eps), 20 * sgd.ceiling)
    np.testing.assert_array_equal(shown, expected)
    np.testing.assert_array_equal(crosses.get_xdata(), np.array(sgd.lrs)[~finite])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_the_start_and_the_edge_are_lines(sgd):
    ax = plot_sensitivity(sgd)
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert set(lines["at the start"].get_ydata()) == {sgd.ceiling}
    stable, unstable = sgd.edge
    assert stable < lines["first unstable rate"].get_xdata()[0] < unstable


def test_a_curve_of_a_comparison_is_the_mean_over_its_problems(comparison):
    ax = plot_sensitivity(comparison)
    remaining = comparison.remaining().mean(-1)
    for i, line in enumerate(ax.get_lines()):
        np.testing.assert_array_equal(line.get_ydata(), remaining[i])
    assert ax.get_ylim()[0] == 0


def test_a_cell_holds_the_share_solved_and_a_bar_the_share_diverged(comparison):
    ax = plot_heatmap(comparison, order="given")
    (image,) = ax.get_images()
    np.testing.assert_array_equal(image.get_array(), comparison.solved().share)
    words = [text.get_text() for text in ax.texts]
    assert words == [f"{100 * share:.0f}" for share in comparison.solved().share.ravel()]
    widths = [bar.get_width() / 0.92 for bar in ax.patches]
    diverged = comparison.ended("diverged").share
    np.testing.assert_allclose(sorted(widths), sorted(diverged[diverged > 0]))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.01", "0.1", "3"]


def test_the_most_robust_optimizer_is_at_the_top(comparison):
    ax = plot_heatmap(comparison)
    shares = ax.get_images()[0].get_array().mean(1)
    assert shares[0] >= shares[1]


def test_other_objects_are_rejected(comparison, sgd):
    with pytest.raises(TypeError, match="plot_heatmap draws a comparison, got"):
        plot_heatmap(sgd)
    with pytest.raises(ValueError, match='order must be "robust" or "given"'):
        plot_heatmap(comparison, order="name")
    with pytest.raises(ValueError, match="did you mean"):
        plot_heatmap(comparison, cmap="viridi")
    with pytest.raises(ValueError, match="at least one sensitivity, got none"):
        plot_sensitivity([])
    with pytest.raises(TypeError, match=r"draws what sensitivity\(\) returns, got 3"):
        plot_sensitivity([3])
