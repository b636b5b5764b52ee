"""The multimodal functions: separability, symmetries, and minima other than the published ones."""

import math

import numpy as np
import pytest
import torch
from derivatives import entries_of, gradient, random_points

from optgallery import FUNCTIONS
from optgallery.functions import multimodal


@pytest.mark.parametrize("fn", entries_of(multimodal), ids=lambda fn: fn.name)
def test_an_entry_is_multimodal(fn):
    assert {"multimodal", "trigonometric"} <= set(fn.tags)


@pytest.mark.parametrize("name", ["schwefel", "michalewicz"])
def test_a_sum_of_functions_of_one_coordinate_is_separable(name):
    fn = FUNCTIONS[name]
    x, y = random_points(name).T
    np.testing.assert_allclose(fn(x, y) + fn(0.0, 0.0), fn(x, 0.0) + fn(0.0, y), atol=1e-10)


def test_schwefel_is_level_where_its_coordinates_are_zero():
    p = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    value = FUNCTIONS["schwefel"].formula(*p)
    (first,) = torch.autograd.grad(value, p, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), p)
    assert value.item() == 837.9658
    assert first.tolist() == [0.0, 0.0]
    assert torch.isfinite(second).all()


def test_the_minimum_of_schwefel_is_that_of_its_published_domain():
    fn = FUNCTIONS["schwefel"]
    x, y = np.meshgrid(*[np.linspace(-500, 500, 1001)] * 2)
    assert fn(x, y).min() >= fn.minimum
    assert fn(x, y).min() < 0.01


def test_michalewicz_is_practically_flat_away_from_its_valleys():
    assert np.abs(gradient("michalewicz", 0.5, 0.5)).max() < 1e-9
    assert FUNCTIONS["michalewicz"](0.5, 0.5) == pytest.approx(0, abs=1e-12)


def test_langermann_is_deepest_at_the_centre_with_the_largest_weight():
    fn = FUNCTIONS["langermann"]
    centres = fn(np.array([3.0, 5.0, 2.0, 1.0, 7.0]), np.array([5.0, 2.0, 1.0, 4.0, 9.0]))
    assert centres.argmin() == 2
    assert math.dist(fn.minima[0], (2, 1)) < 0.01


def test_shubert_is_a_product_with_the_period_of_the_cosine():
    fn = FUNCTIONS["shubert"]
    x, y = random_points("shubert").T
    np.testing.assert_allclose(fn(x, y) * fn(0.0, 0.0), fn(x, 0.0) * fn(0.0, y), atol=1e-9)
    np.testing.assert_allclose(fn(x + 2 * np.pi, y), fn(x, y), atol=1e-9)
    np.testing.assert_array_equal(fn(y, x), fn(x, y))


def test_shuberts_gradients_exceed_a_thousand():
    slopes = [math.hypot(*gradient("shubert", x, y)) for x, y in random_points("shubert", 100)]
    assert max(slopes) > 1000


def test_published_minimum_of_eggholder_holds_only_in_its_domain():
    fn = FUNCTIONS["eggholder"]
    x, y = np.meshgrid(np.linspace(-512, 512, 1025), np.linspace(-512, 512, 1025))
    edge = fn(512.0, 404.2318058008512)
    assert edge == pytest.approx(-959.6406627208507, abs=1e-9)
    assert fn(x, y).min() >= edge
    assert fn.minimum < edge
    assert fn.minima[0][0] > 512
