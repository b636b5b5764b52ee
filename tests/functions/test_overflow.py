"""Values become infinite where a polynomial overflows, and nowhere else."""

import math

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions import logged, rotated, scaled, shifted
from optgallery.functions.overflow import infinite_if_beyond_range, value_beyond_range

POLYNOMIALS = [
    fn for fn in og.FUNCTIONS.values() if "polynomial" in fn.tags and fn.variant_of is None
]
SIGNS = [(1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0.5), (0.5, -1)]
every = pytest.mark.parametrize("fn", POLYNOMIALS, ids=lambda fn: fn.name)


@every
@pytest.mark.parametrize("size", [1e160, 1e200, 1e300])
def test_polynomial_is_infinite_far_from_the_origin(fn, size):
    for x, y in SIGNS:
        value = fn(x * size, y * size)
        assert value == math.inf or value > 1e150


@every
@pytest.mark.parametrize("size", [1e20, 1e30])
def test_logarithm_works_in_single_precision(fn, size):
    for x, y in SIGNS:
        value = fn(*(torch.tensor(c * size) for c in (x, y)))
        assert value == math.inf or value > 1e15


@every
def test_nan_coordinate_gives_nan(fn):
    assert math.isnan(fn(math.nan, 1.0))
    assert math.isnan(fn(1.0, math.nan))


@pytest.mark.parametrize("name", ["styblinski_tang", "saddle", "monkey_saddle", "three_hump_camel"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda f: f,
        lambda f: shifted(f, 1, 2),
        lambda f: scaled(f, x=2),
        lambda f: rotated(f, 30),
    ],
    ids=["as it is", "shifted", "scaled", "rotated"],
)
def test_a_run_says_that_the_value_became_infinite(name, wrap):
    t = og.run("sgd", wrap(og.FUNCTIONS[name]), lr=30.0)
    assert t.status == "diverged"
    assert "not a number" not in t.reason
    assert np.isinf(t.values[-1]) or "gradient" in t.reason


def test_the_logarithm_of_an_infinite_value_is_infinite():
    assert logged("matyas")(1e200, 1e200) == math.inf


def test_derivatives_keep_their_bits():
    p = torch.tensor([1.3, -0.7], dtype=torch.float64, requires_grad=True)
    x, y = p
    plain = x**2 - y**2 + (y**2) ** 2 / 4
    guarded = infinite_if_beyond_range(plain, x, y)
    (one,) = torch.autograd.grad(plain, p, create_graph=True)
    (other,) = torch.autograd.grad(guarded, p, create_graph=True)
    assert torch.equal(one, other)
    second = [torch.autograd.grad(first.sum(), p, retain_graph=True)[0] for first in (one, other)]
    assert torch.equal(*second)


@pytest.mark.parametrize(
    ("formula", "point", "expected"),
    [
        (lambda x, y: x**4 - 16 * x**2 + y**2, (1e200, 0.0), math.inf),
        (lambda x, y: 16 * x**2 - x**4 + y**2, (-1e200, 1.0), -math.inf),
        (lambda x, y: torch.exp(x) - torch.exp(y), (1e5, 1e5 + 1), None),
        (lambda x, y: torch.log(x) + y, (-1.0, 0.0), math.nan),
        (lambda x, y: torch.sqrt(x) + y, (-1e200, 0.0), math.nan),
        (lambda x, y: 1 / x - 1 / x + 0 * torch.log(x) + y, (-1e300, 0.0), math.nan),
    ],
)
def test_only_overflow_becomes_infinite(formula, point, expected):
    found = value_beyond_range(formula, point)
    if (
        expected is None
    ):  # the sign of the difference of exponentials is unknown, but it is not finite
        assert not math.isfinite(found)
    elif math.isnan(expected):
        assert math.isnan(found)
    else:
        assert found == expected


def test_overflow_of_a_user_polynomial_is_reported_as_infinite():
    box = {"x0": 2.0, "y0": 1.0, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
    t = og.run("sgd", (lambda x, y: x**4 - 16 * x**2 + y**2, box), lr=1.0)
    assert t.reason == "the value became infinite"
