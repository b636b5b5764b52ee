"""The ripples: lattices and rings of local minima, and their symmetries."""

import math

import numpy as np
import pytest
from derivatives import curvatures, derivatives_at, entries_of, gradient, random_points

from optgallery import FUNCTIONS
from optgallery.functions import ripples


@pytest.mark.parametrize("fn", entries_of(ripples), ids=lambda fn: fn.name)
def test_an_entry_is_multimodal(fn):
    assert {"multimodal", "trigonometric"} <= set(fn.tags)


@pytest.mark.parametrize(
    "name",
    ["ackley", "rastrigin", "griewank", "drop_wave", "salomon", "schaffer_n2", "schaffer_n4"],
)
def test_a_function_around_the_origin_is_even_in_each_coordinate(name):
    x, y = random_points(name).T
    for a, b in ((-x, y), (x, -y), (-x, -y)):
        np.testing.assert_array_equal(FUNCTIONS[name](a, b), FUNCTIONS[name](x, y))


@pytest.mark.parametrize("name", ["ackley", "rastrigin", "drop_wave", "salomon", "schaffer_n2"])
def test_the_coordinates_can_be_exchanged(name):
    x, y = random_points(name).T
    np.testing.assert_allclose(FUNCTIONS[name](y, x), FUNCTIONS[name](x, y), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ["drop_wave", "salomon"])
def test_rings_depend_only_on_the_distance_from_their_centre(name):
    angles = np.linspace(0, 2 * np.pi, 17)
    for r in (0.1, 0.5, 1.1):
        values = FUNCTIONS[name](r * np.cos(angles), r * np.sin(angles))
        np.testing.assert_allclose(values, values[0], atol=1e-12)


@pytest.mark.parametrize("name", ["drop_wave", "salomon"])
def test_rings_are_flat_at_their_centre(name):
    value, first, second = derivatives_at(name, 0.0, 0.0)
    assert value == FUNCTIONS[name].minimum
    assert first == [0.0, 0.0]
    assert all(map(math.isfinite, second))


def test_the_rings_of_salomon_rise_by_a_tenth():
    rings = FUNCTIONS["salomon"](np.arange(3.0), 0.0)
    np.testing.assert_allclose(rings, [0, 0.1, 0.2], atol=1e-15)


def test_salomons_slope_does_not_decrease_towards_its_minimum():
    assert math.hypot(*gradient("salomon", 3e-7, 4e-7)) == pytest.approx(0.1, rel=1e-3)


def test_ackley_is_exactly_zero_at_its_minimum_with_a_zero_gradient():
    value, first, second = derivatives_at("ackley", 0.0, 0.0)
    assert value == 0.0
    assert first == [0.0, 0.0]
    assert all(map(math.isfinite, second))


def test_ackleys_slope_does_not_decrease_towards_its_minimum():
    """It rises like 4 / sqrt(2) r: 20 * 0.2 times the root of one half."""
    slope = math.hypot(*gradient("ackley", 3e-7, 4e-7))
    assert slope == pytest.approx(4 / math.sqrt(2), rel=1e-4)


def test_rastrigin_has_a_local_minimum_near_every_integer_point():
    """In one coordinate, x^2 - 10 cos(2 pi x) has a minimum near each of -5, ..., 5."""
    x = np.linspace(-5.12, 5.12, 2001)
    values = FUNCTIONS["rastrigin"](x, 0.0)
    dents = x[1:-1][(values[1:-1] < values[:-2]) & (values[1:-1] < values[2:])]
    assert dents.round().tolist() == list(range(-5, 6))
    assert np.abs(dents - dents.round()).max() < 0.03
    separate = FUNCTIONS["rastrigin"](x, 0.0) + FUNCTIONS["rastrigin"](0.0, x[::-1])
    np.testing.assert_allclose(FUNCTIONS["rastrigin"](x, x[::-1]), separate, atol=1e-12)


def test_the_lowest_local_minima_of_griewank_differ_by_less_than_a_hundredth():
    fn = FUNCTIONS["griewank"]
    x, y = math.pi, math.sqrt(2) * math.pi
    assert 0 < fn(x, y) < 0.01
    assert curvatures("griewank", x, y)[0] > 0
    assert math.hypot(*gradient("griewank", x, y)) < 0.01


def test_the_ridges_of_levi_rise_away_from_the_minimum():
    fn = FUNCTIONS["levi_n13"]
    x = np.linspace(1, 6, 2001)
    values = fn(x, 1.0)
    crests = values[1:-1][(values[1:-1] > values[:-2]) & (values[1:-1] > values[2:])]
    assert len(crests) > 5
    assert (np.diff(crests) > 0).all()


def test_schaffer_n2_rises_by_a_thousandth_of_the_squared_distance_along_its_diagonals():
    fn = FUNCTIONS["schaffer_n2"]
    for r in (0.1, 0.5, 1.0):
        assert fn(r, r) == fn(r, -r) == pytest.approx(1e-3 * 2 * r**2, rel=0.01)


def test_the_minima_of_schaffer_n4_lie_between_the_arms_of_a_cross_of_ridges():
    fn = FUNCTIONS["schaffer_n4"]
    r = np.linspace(0, 2, 21)
    for arm in (fn(r, r), fn(r, -r)):
        assert (arm > 0.99).all()
    assert sorted(fn.minima) == sorted((y, x) for x, y in fn.minima)
