"""plot_stability(): the data of the artists."""

import numpy as np
import pytest

import optgallery as og
from optgallery import plot_stability


def test_the_threshold_is_a_line_and_points_above_it_are_marked():
    found = og.stability(og.run("sgd", "rosenbrock", lr=0.002))
    ax = plot_stability(found)
    lines = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_array_equal(lines["along the path"].get_ydata(), found.sharpness)
    np.testing.assert_array_equal(
        lines["above the threshold"].get_xdata(), np.flatnonzero(found.unstable)
    )
    assert "= 1000" in ax.get_legend().get_texts()[-1].get_text()
    assert ax.get_yscale() == "log"


def test_negative_curvature_has_an_axis_that_passes_zero():
    found = og.stability(og.run("sgd", "three_hump_camel", lr=0.01))
    shifted = og.Stability(
        found.trajectory, found.sharpness - found.sharpness.max(), 1.0, False, "1"
    )
    assert plot_stability(shifted).get_yscale() == "symlog"


def test_other_objects_are_rejected():
    with pytest.raises(TypeError, match=r"plot_stability draws what stability\(\) returns, got 3"):
        plot_stability(3)
