"""Stationary points by Newton's method."""

import numpy as np
import pytest

from optgallery import FUNCTIONS
from optgallery.analysis.stationary_points import stationary_points


@pytest.mark.parametrize("name", ["himmelblau", "beale", "rosenbrock", "monkey_saddle", "branin"])
def test_every_minimum_is_found_from_beside_it(name: str) -> None:
    fn = FUNCTIONS[name]
    minima = np.array(fn.minima)
    found = stationary_points(fn, minima + 0.01)
    np.testing.assert_allclose(found.points, minima, atol=1e-6)
    np.testing.assert_allclose(found.values, fn.minimum, atol=1e-9)
    assert (found.lower > 0).all()


def test_a_saddle_point_has_eigenvalues_of_both_signs() -> None:
    found = stationary_points(FUNCTIONS["saddle"], np.array([[0.2, -0.1]]))
    np.testing.assert_allclose(found.points, [[0, 0]], atol=1e-7)
    # 2 and -2, by the square of the domain's side
    np.testing.assert_allclose([found.lower[0], found.upper[0]], [-50, 50])


def test_the_bottom_of_a_circular_trough_is_found() -> None:
    fn = FUNCTIONS["drop_wave"]
    found = stationary_points(fn, np.array([[0.36, -0.36]]))
    radius = float(np.hypot(*found.points[0]))
    assert 0.5 < radius < 0.55
    assert found.values[0] > -1
    assert abs(found.lower[0]) < 1e-3 * found.upper[0]


def test_a_kink_is_no_stationary_point() -> None:
    fn = FUNCTIONS["abs_ravine"]
    found = stationary_points(fn, np.array([[1.0, 0.0], [1.0, 1e-9], [2.0, 1.0]]))
    assert np.isnan(found.points).all()


def test_no_start_gives_no_point() -> None:
    assert stationary_points(FUNCTIONS["beale"], np.empty((0, 2))).points.shape == (0, 2)


def test_each_start_has_its_own_result() -> None:
    fn, rng = FUNCTIONS["levi_n13"], np.random.default_rng(0)
    starts = rng.uniform(-4, 6, (40, 2))
    together = stationary_points(fn, starts).points
    alone = np.concatenate([stationary_points(fn, start[None]).points for start in starts])
    np.testing.assert_array_equal(np.isnan(together), np.isnan(alone))
    np.testing.assert_allclose(together, alone, rtol=1e-9)
