"""The valleys: their floors, local minima and symmetries."""

import numpy as np
import pytest
from derivatives import curvatures, gradient, local_minima, random_points

from optgallery import FUNCTIONS


@pytest.mark.parametrize(
    ("name", "point", "along"),
    [
        ("rosenbrock", lambda t: (t, t**2), lambda t: (1 - t) ** 2),
        ("leon", lambda t: (t, t**3), lambda t: (1 - t) ** 2),
        ("dixon_price", lambda t: (2 * t**2, t), lambda t: (2 * t**2 - 1) ** 2),
    ],
)
def test_the_floor_of_a_valley_follows_a_curve(name, point, along):
    t = np.linspace(-1.5, 1.5, 31)
    np.testing.assert_allclose(FUNCTIONS[name](*point(t)), along(t), atol=1e-12)
    for s in (-1.0, 0.1, 0.7):
        small, large = np.abs(curvatures(name, *point(s)))
        assert small < large / 3


def test_leons_walls_are_ten_times_as_curved_at_the_minimum_as_at_the_bend():
    bend, end = curvatures("leon", 0.0, 0.0)[1], curvatures("leon", 1.0, 1.0)[1]
    assert bend == pytest.approx(200)
    assert end / bend == pytest.approx(10, rel=0.01)


def test_beale_exceeds_a_hundred_thousand_in_its_corners():
    corners = FUNCTIONS["beale"](np.array([-4.5, 4.5]), 4.5)
    assert corners.max() > 1e5
    assert FUNCTIONS["beale"](3.0, 0.5) == 0


def test_dixon_price_is_even_in_y():
    x, y = random_points("dixon_price").T
    np.testing.assert_array_equal(FUNCTIONS["dixon_price"](x, -y), FUNCTIONS["dixon_price"](x, y))


def test_freudenstein_roth_has_the_published_local_minimum():
    """More, Garbow and Hillstrom: 48.98425... at (11.4127..., -0.896805...)."""
    fn = FUNCTIONS["freudenstein_roth"]
    lowest, local = sorted(local_minima("freudenstein_roth").tolist(), key=lambda p: fn(*p))
    assert lowest == pytest.approx([5, 4])
    assert local == pytest.approx([11.4127, -0.896805], abs=1e-4)
    assert fn(*local) == pytest.approx(48.98425, abs=1e-5)


@pytest.mark.parametrize(
    ("point", "value"), [((1.2, 0.8), 840), ((1.8, 0.2), 84), ((-0.6, -0.4), 30)]
)
def test_goldstein_price_has_three_local_minima(point, value):
    assert FUNCTIONS["goldstein_price"](*point) == pytest.approx(value, rel=1e-12)
    assert gradient("goldstein_price", *point) == pytest.approx([0, 0], abs=1e-8)
    assert curvatures("goldstein_price", *point)[0] > 0


def test_goldstein_price_has_values_from_three_to_a_million():
    x, y = np.meshgrid(np.linspace(-2, 2, 81), np.linspace(-2, 2, 81))
    z = FUNCTIONS["goldstein_price"](x, y)
    assert z.min() == 3
    assert 1e6 < z.max() < 1.1e6


@pytest.mark.parametrize(("name", "n"), [("six_hump_camel", 6), ("three_hump_camel", 3)])
def test_a_camel_has_as_many_minima_as_its_name_says_in_symmetric_pairs(name, n):
    fn = FUNCTIONS[name]
    x, y = random_points(name).T
    np.testing.assert_array_equal(fn(-x, -y), fn(x, y))
    minima = local_minima(name)
    assert len(minima) == n
    for minimum in minima:
        assert np.abs(minima + minimum).max(1).min() < 1e-9
    assert fn(*minima.T).min() == pytest.approx(fn.minimum, abs=1e-12)


def test_mccormick_falls_by_pi_with_each_period_along_its_valley():
    fn = FUNCTIONS["mccormick"]
    x, y = random_points("mccormick").T
    np.testing.assert_allclose(fn(x - np.pi, y - np.pi), fn(x, y) - np.pi, atol=1e-12)
    assert fn(*(np.array(fn.minima[0]) - np.pi)) < fn.minimum
    assert fn.lower_outside
