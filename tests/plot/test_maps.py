"""plot_basins() and plot_trainability(): the data of the artists."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import optgallery as og
from optgallery import plot_basins, plot_trainability


@pytest.fixture(scope="module")
def basins():
    return og.basins("momentum", "himmelblau", lr=0.02, n=16)


@pytest.fixture(scope="module")
def trainability():
    return og.trainability("sgd", "sphere", n=8)


def test_pixels_of_a_minimum_share_a_hue_and_are_paler_for_slower_runs(basins):
    (image,) = plot_basins(basins).get_images()
    picture = np.asarray(image.get_array())
    for label in range(4):
        own = basins.labels == label
        colors, spent = picture[own], basins.evaluations[own]
        order = np.argsort(spent, kind="stable")
        assert (np.diff(colors.sum(1)[order]) >= -1e-12).all()
        # mixed with white: the ratios of the distances from white stay the same
        away = 1 - colors
        share = away / away.max(1, keepdims=True)
        np.testing.assert_allclose(share, np.broadcast_to(share[0], share.shape), atol=1e-9)


def test_runs_that_did_not_arrive_are_grey_and_diverged_ones_black(basins):
    labels = basins.labels.copy()
    labels[3], labels[5] = -1, -2
    found = replace(basins, labels=labels)
    ax = plot_basins(found)
    picture = np.asarray(ax.get_images()[0].get_array())
    assert not picture[found.labels == -2].any()
    grey = picture[found.labels == -1]
    np.testing.assert_allclose(grey, np.broadcast_to(to_rgb("#555555"), grey.shape))


def test_the_legend_says_how_many_starts_each_minimum_has(basins):
    ax = plot_basins(basins)
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    for name, share in basins.shares.items():
        percent = "< 1%" if share < 0.005 else f"{share:.0%}"
        assert (f"{name}: {percent}" in words) == (share > 0)
    assert ax.get_xlim() == (-5, 5)


def test_the_legend_names_the_largest_of_many_basins():
    found = og.basins("sgd", "rastrigin", lr=0.001, n=16)
    words = [t.get_text() for t in plot_basins(found).get_legend().get_texts()]
    assert len(words) == 9
    assert "others" in words[-1]


def test_both_sides_of_the_boundary_have_distinct_colours(trainability):
    ax = plot_trainability(trainability)
    values = np.asarray(ax.collections[0].get_array()).reshape(8, 8)
    assert values[trainability.converged].max() < -0.2
    assert values[~trainability.converged].min() > 0.2
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


@pytest.mark.parametrize("plot", [plot_basins, plot_trainability])
def test_other_objects_are_rejected(plot):
    with pytest.raises(TypeError, match=rf"{plot.__name__} draws what .*\(\) returns, got 3"):
        plot(3)
