"""The bowls: convex, with the condition numbers and symmetries that they are chosen for."""

import numpy as np
import pytest
from derivatives import curvatures, entries_of, gradient, hessian, random_points

from optgallery import FUNCTIONS
from optgallery.functions import bowls

NAMES = [fn.name for fn in entries_of(bowls)]


@pytest.mark.parametrize("name", NAMES)
def test_a_bowl_is_convex(name):
    assert {"bowl", "convex", "polynomial"} <= set(FUNCTIONS[name].tags)
    for point in random_points(name):
        assert curvatures(name, *point)[0] >= 0


@pytest.mark.parametrize(
    ("name", "condition"),
    [("sphere", 1), ("rotated_quadratic", 100), ("booth", 9), ("matyas", 25)],
)
def test_a_quadratic_has_the_stated_condition_number_everywhere(name, condition):
    first, *others = (hessian(name, *point) for point in random_points(name))
    smallest, largest = np.linalg.eigvalsh(first)
    assert largest / smallest == pytest.approx(condition)
    for other in others:
        np.testing.assert_allclose(other, first, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "direction"),
    [("rotated_quadratic", (4, 3)), ("booth", (1, -1)), ("matyas", (1, 1))],
)
def test_a_trough_has_the_stated_direction(name, direction):
    values, vectors = np.linalg.eigh(hessian(name, 0.0, 0.0))
    along = np.array(direction) / np.hypot(*direction)
    assert abs(vectors[:, 0] @ along) == pytest.approx(1)
    assert values[0] < values[1]


def test_the_gradient_of_the_sphere_points_at_its_minimum():
    for point in random_points("sphere"):
        np.testing.assert_array_equal(gradient("sphere", *point), 2 * point)


def test_zakharov_is_quadratic_along_one_line_and_of_fourth_degree_along_another():
    fn = FUNCTIONS["zakharov"]
    t = np.array([0.5, 1.0, 2.0])
    np.testing.assert_allclose(fn(2 * t, -t), 5 * t**2)  # x / 2 + y = 0
    s = 2.5 * t  # x / 2 + y at (t, 2 t)
    np.testing.assert_allclose(fn(t, 2 * t), 5 * t**2 + s**2 + s**4)
