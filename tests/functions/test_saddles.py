"""The saddles and plateaus: stationary points and flat regions far from the minimum."""

import numpy as np
import pytest
from derivatives import curvatures, gradient, hessian, random_points

from optgallery import FUNCTIONS


def test_the_saddle_has_curvatures_of_both_signs_at_its_centre():
    assert gradient("saddle", 0.0, 0.0).tolist() == [0, 0]
    np.testing.assert_array_equal(hessian("saddle", 0.0, 0.0), [[2, 0], [0, -2]])


def test_the_gradient_on_the_ridge_of_the_saddle_leads_along_it():
    for x in (-2.0, 0.5, 2.0):
        assert gradient("saddle", x, 0.0).tolist() == [2 * x, 0]


def test_even_the_hessian_is_zero_at_the_monkey_saddle():
    assert gradient("monkey_saddle", 0.0, 0.0).tolist() == [0, 0]
    assert not hessian("monkey_saddle", 0.0, 0.0).any()


def test_the_monkey_saddle_is_the_same_after_a_third_of_a_rotation():
    fn, (c, s) = FUNCTIONS["monkey_saddle"], (-0.5, np.sqrt(3) / 2)
    for x, y in random_points("monkey_saddle"):
        assert fn(c * x - s * y, s * x + c * y) == pytest.approx(fn(x, y), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", ["saddle", "monkey_saddle", "gramacy_lee"])
def test_a_reflection_of_y_changes_nothing(name):
    x, y = random_points(name).T
    np.testing.assert_array_equal(FUNCTIONS[name](x, -y), FUNCTIONS[name](x, y))


def test_easom_is_flat_at_a_distance_of_four_from_its_minimum():
    angles = np.linspace(0, 2 * np.pi, 24)
    for x, y in zip(np.pi + 4 * np.cos(angles), np.pi + 4 * np.sin(angles), strict=True):
        assert np.hypot(*gradient("easom", x, y)) < 1e-5
    assert curvatures("easom", np.pi, np.pi) == pytest.approx([3, 3])


def test_easom_is_symmetric_in_its_coordinates():
    x, y = random_points("easom").T
    np.testing.assert_array_equal(FUNCTIONS["easom"](y, x), FUNCTIONS["easom"](x, y))


def test_the_maximum_of_gramacy_lee_is_the_mirror_image_of_its_minimum():
    fn = FUNCTIONS["gramacy_lee"]
    x, y = random_points("gramacy_lee").T
    np.testing.assert_array_equal(fn(-x, y), -fn(x, y))
    ((x, y),) = fn.minima
    assert gradient("gramacy_lee", -x, y) == pytest.approx([0, 0], abs=1e-15)
    assert curvatures("gramacy_lee", -x, y)[1] < 0
