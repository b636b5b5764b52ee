"""Formulas repeated without autograd: every bit of what autograd computes."""

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS
from optgallery.functions import rotated, shifted
from optgallery.runs.batched_objective import evaluate_traced
from optgallery.runs.traced import differentiate, trace

every_function = pytest.mark.parametrize("fn", FUNCTIONS.values(), ids=lambda fn: fn.name)


def points_of(fn, n):
    """Draw points in the domain, some far outside of it, on axes, and not finite."""
    xmin, xmax, ymin, ymax = fn.domain
    points = np.random.default_rng(11).uniform((xmin, ymin), (xmax, ymax), (n, 2))
    points[::10] *= 10.0 ** np.random.default_rng(12).uniform(-9, 9, (len(points[::10]), 1))
    points[5::10] = points[5::10].round()
    points[1::100] = np.inf, 0.0
    points[2::100] = 1e160, -1e200
    points[3::100] = np.nan, 1.0
    return torch.from_numpy(points)


def evaluated(pieces, points):
    """Return values and both derivatives."""
    (values,), (gradients,), _ = evaluate_traced(pieces, points.numpy())
    return values, *gradients.T


def assert_bits_of_autograd(formula, points):
    x, y = (c.clone().requires_grad_() for c in points.T)
    repeated = evaluated([(formula, len(points))], points)
    for found, expected in zip(repeated, differentiate(formula, x, y), strict=True):
        np.testing.assert_array_equal(found, expected)
        bits = (each.contiguous().view(torch.int64) for each in (found, expected))
        assert torch.equal(*bits)  # signs of 0 and of NaN, too


@every_function
def test_a_traced_formula_has_the_bits_of_autograd(fn):
    assert trace(fn.formula) is not None
    assert_bits_of_autograd(fn.formula, points_of(fn, 20_000))


@every_function
def test_a_shifted_function_is_traced_too(fn):
    formula = shifted(fn, 0.37, -1.21).formula
    assert trace(formula) is not None
    assert_bits_of_autograd(formula, points_of(fn, 1000))


def test_a_rotated_function_is_traced_too():
    formula = rotated(FUNCTIONS["rosenbrock"], 30).formula
    assert trace(formula) is not None
    assert_bits_of_autograd(formula, points_of(FUNCTIONS["rosenbrock"], 1000))


def test_a_trace_serves_any_number_of_points():
    formula = FUNCTIONS["ackley"].formula
    for n in (1, 7, 3000, 2, 3000):
        assert_bits_of_autograd(formula, points_of(FUNCTIONS["ackley"], n))


def test_less_is_done_than_by_autograd():
    """Of 50 operations on Beale, 11 are multiplications by one, first powers and repetitions.

    By NumPy, three signs are changed in subtractions.
    """
    traced = trace(FUNCTIONS["beale"].formula)
    assert len(traced.by_torch.operations) == 39
    assert len(traced.by_both.operations) == 36


def by_shape(x, y):
    return torch.stack([x, y]).sum(0) * x.shape[0]


def in_place(x, y):
    z = x * y
    z.add_(1.0)
    return z * z


def by_value(x, y):
    return x * y if float(x.detach().sum()) > 0 else x + y


def raising(x, y):
    raise ValueError(f"outside: {x}, {y}")


@pytest.mark.parametrize("formula", [by_shape, in_place, by_value, raising])
def test_what_is_more_than_a_list_of_operations_is_left_to_autograd(formula):
    assert trace(formula) is None
    if formula is not raising:
        assert_bits_of_autograd(formula, torch.rand(50, 2, dtype=torch.float64) + 0.1)


def test_a_formula_of_one_coordinate_has_a_gradient_of_zeros():
    def slope(x, _):
        return 3.0 * x

    _, dx, dy = evaluated([(slope, 40)], torch.rand(40, 2, dtype=torch.float64))
    assert (dx.tolist(), dy.tolist()) == ([3.0] * 40, [0.0] * 40)


def test_formulas_side_by_side_are_evaluated_each_at_its_points():
    fns = [FUNCTIONS[name] for name in ("beale", "flower", "beale")]
    points = points_of(fns[0], 90)
    together = evaluated([(fn.formula, 30) for fn in fns], points)
    for i, fn in enumerate(fns):
        part = slice(30 * i, 30 * i + 30)
        alone = evaluated([(fn.formula, 30)], points[part])
        for found, expected in zip(together, alone, strict=True):
            np.testing.assert_array_equal(found[part], expected)
