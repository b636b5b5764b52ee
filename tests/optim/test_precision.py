"""Half precision is converted to single precision, and nothing else is."""

import pytest
import torch

from optgallery.optim.precision import HALF, in_single_precision


@pytest.mark.parametrize("dtype", HALF)
def test_half_precision_becomes_float32_without_a_change_of_value(dtype):
    T = torch.tensor([1.0, -0.1, 6e-5], dtype=dtype)
    converted = in_single_precision(T)
    assert converted.dtype == torch.float32
    assert torch.equal(converted.to(dtype), T)


def test_both_half_precisions_are_converted():
    converted = {
        dtype
        for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64)
        if in_single_precision(torch.zeros(1, dtype=dtype)).dtype != dtype
    }
    assert converted == set(HALF)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_higher_precision_is_not_copied(dtype):
    T = torch.ones(2, dtype=dtype)
    assert in_single_precision(T) is T


def test_squares_overflow_in_float16_but_not_after_the_conversion():
    T = torch.tensor(300.0, dtype=torch.float16)
    assert (T**2).isinf()
    assert in_single_precision(T) ** 2 == 90_000


def test_a_slow_average_stalls_in_bfloat16_but_not_after_the_conversion():
    average = torch.tensor(1.0, dtype=torch.bfloat16)
    assert 0.999 * average == average
    assert 0.999 * in_single_precision(average) < 1
