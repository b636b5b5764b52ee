"""The functions with several basins: how many minima there are, and how they are arranged."""

import numpy as np
import pytest
from derivatives import curvatures, entries_of, gradient, local_minima, random_points

from optgallery import FUNCTIONS
from optgallery.functions import basins


@pytest.mark.parametrize("fn", entries_of(basins), ids=lambda fn: fn.name)
def test_an_entry_is_multimodal(fn):
    assert "multimodal" in fn.tags
    assert len(fn.minima) > 1 or fn.name in ("styblinski_tang", "bohachevsky_1")


def test_the_four_minima_of_himmelblau_surround_a_maximum():
    """The value at the maximum is given in the literature with five digits."""
    x, y = -0.270844590667, -0.923038522271
    assert gradient("himmelblau", x, y) == pytest.approx([0, 0], abs=1e-5)
    assert curvatures("himmelblau", x, y)[1] < 0
    assert FUNCTIONS["himmelblau"](x, y) == pytest.approx(181.617, abs=5e-4)
    angles = sorted(np.arctan2(b - y, a - x) for a, b in FUNCTIONS["himmelblau"].minima)
    assert np.diff([*angles, angles[0] + 2 * np.pi]).max() < np.pi


def test_branin_has_a_cosine_along_the_floor_of_its_valley():
    x = np.linspace(-5, 10, 31)
    floor = 5.1 / (4 * np.pi**2) * x**2 - 5 / np.pi * x + 6
    along = 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10
    np.testing.assert_allclose(FUNCTIONS["branin"](x, floor), along, atol=1e-12)
    np.testing.assert_allclose(FUNCTIONS["branin"](x, floor - 2), along + 4, rtol=1e-12)


def test_styblinski_tang_is_a_sum_with_a_low_and_a_high_minimum_in_each_coordinate():
    fn = FUNCTIONS["styblinski_tang"]
    x, y = random_points("styblinski_tang").T
    np.testing.assert_allclose(fn(x, 0.0) + fn(0.0, y), fn(x, y), rtol=1e-12, atol=1e-12)
    low, high = fn.minima[0][0], 2.7468027709908
    for point in [(low, low), (low, high), (high, low), (high, high)]:
        assert gradient("styblinski_tang", *point) == pytest.approx([0, 0], abs=1e-9)
        assert curvatures("styblinski_tang", *point)[0] > 0
    assert fn(low, low) < fn(low, high) == fn(high, low) < fn(high, high)


def test_bohachevsky_has_local_minima_around_the_global_one():
    minima = local_minima("bohachevsky_1")
    values = np.sort(FUNCTIONS["bohachevsky_1"](*minima.T))
    assert len(minima) >= 9
    assert values[0] == pytest.approx(0, abs=1e-12)
    assert values[1] > 0.1
    directions = np.sign(minima[np.abs(minima).max(1) > 0.1].round(3))
    assert len({tuple(direction) for direction in directions.tolist()}) == 8


def test_bohachevsky_is_even_in_each_coordinate():
    x, y = random_points("bohachevsky_1").T
    for a, b in ((-x, y), (x, -y), (-x, -y)):
        np.testing.assert_array_equal(
            FUNCTIONS["bohachevsky_1"](a, b), FUNCTIONS["bohachevsky_1"](x, y)
        )


def test_the_bird_repeats_along_the_diagonal():
    fn = FUNCTIONS["bird"]
    x, y = random_points("bird").T
    np.testing.assert_allclose(fn(x + 2 * np.pi, y + 2 * np.pi), fn(x, y), rtol=1e-9, atol=1e-9)
    upper, lower = fn.minima
    assert np.subtract(upper, lower) == pytest.approx([2 * np.pi, 2 * np.pi], abs=1e-9)
