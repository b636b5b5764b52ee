"""Figures of runs on matrices: paths of outputs, values, singular values."""

import numpy as np
import pytest

import optgallery as og


@pytest.fixture(scope="module")
def trajectory():
    return og.run("adam", "associative_memory", lr=0.1, steps=40)


def test_plot_path_draws_every_output_its_end_and_its_target(trajectory):
    ax = og.plot_path(trajectory)
    assert len(ax.lines) == 3 * 8
    drawn = {tuple(line.get_xydata()[-1].round(9)) for line in ax.lines[::3]}
    assert drawn == {tuple(end) for end in trajectory.paths[-1].round(9)}
    assert ax.axis() == pytest.approx(tuple(trajectory.problem.domain))


def test_plot_path_draws_decision_space_over_the_surface_of_the_function():
    surface = og.plot_surface("rosenbrock")
    ax = og.plot_path(og.run("adam", "decision_space", lr=0.1, steps=10))
    assert ax.axis() == surface.axis()
    assert len(ax.lines) == len(surface.lines) + 3


def test_plot_loss_takes_matrices(trajectory):
    ax = og.plot_loss([trajectory, og.run("sgd", "associative_memory", lr=1.0, steps=40)])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), trajectory.values)
    assert ax.get_title() == "How fast the value falls on Associative memory"


@pytest.mark.parametrize(("updates", "first"), [(False, 0), (True, 1)])
def test_plot_singular_values_draws_a_curve_for_each(trajectory, updates, first):
    ax = og.plot_singular_values(trajectory, updates=updates)
    values = trajectory.update_singular_values if updates else trajectory.singular_values
    for line, expected in zip(ax.lines, values.T, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), expected)
        assert line.get_xdata()[0] == first
    assert ax.get_yscale() == ("log" if updates else "linear")


def test_plot_singular_values_refuses_points():
    with pytest.raises(TypeError, match="draws a run on matrices"):
        og.plot_singular_values(og.run("sgd", "sphere"))
