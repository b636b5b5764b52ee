"""Coordinates are converted exactly, or rejected with a message that names the value."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions.coordinates import as_point, as_tensors

SPHERE = og.FUNCTIONS["sphere"]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (torch.tensor(2), 0.5),
        (0.5, torch.tensor(2)),
        (torch.tensor(2), torch.tensor(0.5)),
        (torch.tensor(2, dtype=torch.int8), np.float64(0.5)),
        (np.int32(2), torch.tensor(0.5, dtype=torch.float64)),
        (2, Fraction(1, 2)),
        (Decimal(2), Decimal("0.5")),
    ],
    ids=str,
)
def test_integers_beside_a_fraction_do_not_round_it(x, y):
    assert float(SPHERE(x, y)) == 4.25


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int16, torch.int64])
def test_powers_of_whole_numbers_do_not_wrap(dtype):
    assert SPHERE(torch.tensor([100, 7], dtype=dtype), 0).tolist() == [10000.0, 49.0]
    goldstein_price = og.FUNCTIONS["goldstein_price"]
    assert goldstein_price(torch.tensor(3000), torch.tensor(0)) == goldstein_price(3000.0, 0.0)


def test_arrays_of_small_whole_numbers_do_not_wrap():
    assert SPHERE(np.array([100], dtype=np.int8), 0).tolist() == [10000.0]


def test_integer_coordinates_work_in_trigonometric_formulas():
    assert og.FUNCTIONS["flower"](torch.tensor(3), torch.tensor(4)) == og.FUNCTIONS["flower"](3, 4)


@pytest.mark.parametrize(
    "x", [2**53 + 1, np.int64(2**53 + 1), torch.tensor(2**53 + 1), np.uint64(2**64 - 1)], ids=str
)
def test_integer_with_too_many_digits_is_rejected(x):
    with pytest.raises(
        ValueError, match=r"^x contains whole numbers that .*float64 cannot represent"
    ):
        SPHERE(x, 0)


def test_number_beyond_the_float_range_is_rejected():
    with pytest.raises(ValueError, match=r"^x is too large for a floating point number"):
        SPHERE(10**400, 0)


def test_float32_tensor_keeps_its_dtype_beside_small_integers_only():
    half = torch.tensor(0.5)
    assert SPHERE(torch.tensor(3), half).dtype == torch.float32
    found = SPHERE(torch.tensor(16777217), half)  # one more digit than single precision has
    assert found.dtype == torch.float64
    assert found == 16777217.0**2 + 0.25


def test_the_more_precise_of_two_tensors_decides():
    x, y = torch.tensor(0.5), torch.tensor(0.1, dtype=torch.float64)
    for found in (SPHERE(x, y), SPHERE(y, x)):
        assert found.dtype == torch.float64
        assert found == 0.5**2 + 0.1**2


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (None, "None"),
        ("1", "'1'"),
        ([1, None], "None"),
        (np.array(["2"]), "'2'"),
        (True, "True"),
        (np.array([True, False]), "True"),
        (1j, "1j"),
        (np.array([1 + 0j]), "(1+0j)"),
        (torch.tensor(1j), "a tensor of torch.complex64"),
        (torch.tensor([True]), "a tensor of torch.bool"),
        ([1, [2]], "[1, [2]]"),
        ({}, "{}"),
    ],
    ids=str,
)
@pytest.mark.parametrize("other", [0.5, torch.tensor(0.5)], ids=["number", "tensor"])
def test_non_real_coordinates_are_rejected(x, said, other):
    text = f"must be a real number, an array or a tensor of them, got {said}"
    with pytest.raises(TypeError, match=f"^x {re.escape(text)}$"):
        SPHERE(x, other)
    with pytest.raises(TypeError, match=f"^y {re.escape(text)}$"):
        SPHERE(other, x)


def test_masked_entries_are_rejected_and_unmasked_arrays_are_not():
    masked = np.ma.array([1.0, 2.0], mask=[0, 1])
    with pytest.raises(ValueError, match=r"^y has masked entries: fill them with numbers"):
        SPHERE(0.0, masked)
    assert SPHERE(0.0, np.ma.array([1.0, 2.0])).tolist() == [1.0, 4.0]


def test_single_numbers_and_nan_pass():
    assert SPHERE(np.float32(0.5), [torch.tensor(1.0), torch.tensor(2.0)]).tolist() == [1.25, 4.25]
    assert np.isnan(SPHERE(float("nan"), 0))


def test_gradients_flow_through_the_conversion():
    x = torch.tensor(3.0, requires_grad=True)
    first, second = as_tensors(x, torch.tensor(1, dtype=torch.int64), torch.float64)
    (first * second).backward()
    assert x.grad == 1.0


@pytest.mark.parametrize(
    "point", [("1", 2), (True, 1), (np.ma.masked, 0), (None, 1), (1j, 0), (1, 2, 3), 5]
)
def test_point_must_be_two_real_numbers(point):
    with pytest.raises(ValueError, match=r"^start must be two numbers \(x, y\), got"):
        as_point(point, "start")
    with pytest.raises(ValueError, match=r"^start must be two numbers"):
        og.run("sgd", "sphere", start=point if isinstance(point, tuple) else (point,), lr=0.1)


def test_domain_of_strings_is_rejected():
    with pytest.raises(ValueError, match=r"^domain must be four numbers"):
        og.TestFunction(
            name="f", title="F", formula=torch.hypot, domain=("-1", 1, -1, 1), start=(0, 0)
        )
