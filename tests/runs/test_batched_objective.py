"""Batched objectives have the bits of single points, if the formula rounds alike in long rows."""

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS
from optgallery.runs.batched_objective import (
    SHORT,
    BatchedObjective,
    evaluate,
    multiply_hessian,
    rounds_alike,
)
from optgallery.runs.objective import Objective

MANY = 10 * SHORT  # of which a tenth are far outside and a tenth on whole numbers

every_function = pytest.mark.parametrize("fn", FUNCTIONS.values(), ids=lambda fn: fn.name)


def points_of(fn, n):
    """Return random points in the domain, some of them scaled or rounded to integers."""
    xmin, xmax, ymin, ymax = fn.domain
    points = np.random.default_rng(7).uniform((xmin, ymin), (xmax, ymax), (n, 2))
    points[::10] *= 1000
    points[5::10] = points[5::10].round()
    return torch.from_numpy(points)


def vectors(n):
    """Return a random vector for each point."""
    return torch.from_numpy(np.random.default_rng(8).standard_normal((n, 2)))


def assert_equal(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def in_rows(formula, n, size):
    return [(formula, min(size, n - i)) for i in range(0, n, size)]


@every_function
def test_short_rows_have_the_bits_of_single_points(fn):
    points = points_of(fn, MANY)
    objective = Objective(fn, [points[0].clone().requires_grad_()], create_graph=False)
    values, gradients = zip(*(objective.at(point) for point in points.tolist()), strict=True)
    pieces = in_rows(fn.formula, len(points), SHORT)
    assert_equal(evaluate(pieces, points), map(np.array, (values, gradients)))


@every_function
@pytest.mark.filterwarnings("ignore:Using backward:UserWarning")  # given once in a process
def test_hessian_vector_products_in_short_rows_have_the_bits_of_single_points(fn):
    points, directions = points_of(fn, MANY), vectors(MANY)
    expected = []
    for point, vector in zip(points, directions, strict=True):
        p = point.clone().requires_grad_()
        objective = Objective(fn, [p], create_graph=True)
        objective()
        expected += (
            torch.autograd.grad(p.grad, p, vector, materialize_grads=True)
            if p.grad.requires_grad
            else [torch.zeros(2)]
        )
        p.grad = None  # it refers to p
    found = multiply_hessian(in_rows(fn.formula, len(points), SHORT), points, directions)
    np.testing.assert_array_equal(found, torch.stack(expected))


@every_function
def test_long_rows_have_the_bits_of_short_ones_if_the_formula_rounds_alike(fn):
    n = 2000
    points, long, short = points_of(fn, n), [(fn.formula, n)], in_rows(fn.formula, n, SHORT)
    if rounds_alike(fn.formula):
        expected = evaluate(short, points)
        assert_equal(evaluate(long, points), expected)
        assert_equal(evaluate(in_rows(fn.formula, n, 701), points), expected)


@every_function
def test_long_rows_have_the_same_hessian_vector_products_if_the_formula_rounds_alike(fn):
    n = 500
    points, directions = points_of(fn, n), vectors(n)
    if rounds_alike(fn.formula, 2):
        long, short = [(fn.formula, n)], in_rows(fn.formula, n, SHORT)
        products = (multiply_hessian(pieces, points, directions) for pieces in (long, short))
        np.testing.assert_array_equal(*products)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", ["beale", "rosenbrock", "himmelblau", "ackley"])
def test_polynomials_sines_and_exponentials_round_alike(name, order):
    assert rounds_alike(FUNCTIONS[name].formula, order)


def test_hypot_and_atan2_do_not_round_alike():
    assert not rounds_alike(FUNCTIONS["flower"].formula)


def test_each_row_has_its_own_function_and_each_setting_its_own_points():
    fns = [FUNCTIONS[name] for name in ("beale", "flower", "booth")]
    z = torch.stack([points_of(fns[0], 3) + setting for setting in range(9)])
    values, gradients, _ = BatchedObjective(fns, 9).at(z)
    products = BatchedObjective(fns, 9).hessian_times(z, torch.ones_like(z))
    for setting, row in ((0, 0), (4, 1), (8, 2)):
        alone = [(fns[row].formula, 1)]
        point = z[setting, row].view(1, 2)
        value, gradient = evaluate(alone, point)
        assert values[setting, row] == value[0]
        np.testing.assert_array_equal(gradients[setting, row], gradient[0])
        product = multiply_hessian(alone, point, torch.ones_like(point))
        np.testing.assert_array_equal(products[setting, row], product[0])
