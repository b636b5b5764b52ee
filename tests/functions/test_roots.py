"""A square root with a finite derivative at zero."""

import pytest
import torch

from optgallery.functions.roots import sqrt_flat_at_zero


def at(*numbers):
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)


def test_values_are_those_of_the_square_root():
    s = at(0.0, 1e-300, 0.25, 4.0, 1e300, torch.inf)
    assert torch.equal(sqrt_flat_at_zero(s), s.sqrt())
    assert sqrt_flat_at_zero(at(-1.0)).isnan().all()


def test_derivatives_are_those_of_the_square_root_away_from_zero_and_zero_there():
    s = at(0.0, 0.25, 4.0)
    (first,) = torch.autograd.grad(sqrt_flat_at_zero(s).sum(), s, create_graph=True)
    assert first.tolist() == [0.0, 1.0, 0.25]
    (second,) = torch.autograd.grad(first.sum(), s)
    assert second.tolist() == pytest.approx([0.0, -2.0, -1 / 32])
    tiny = at(1e-300)
    (slope,) = torch.autograd.grad(sqrt_flat_at_zero(tiny).sum(), tiny)
    assert slope.tolist() == pytest.approx([5e149])


def test_a_kink_has_the_subgradient_zero_at_its_corner():
    x = at(0.0)
    (kink,) = torch.autograd.grad(sqrt_flat_at_zero(x**2).sum(), x)
    (plain,) = torch.autograd.grad((x**2).sqrt().sum(), x)
    assert kink.tolist() == [0.0]
    assert plain.isnan().all(), "otherwise the function is not needed"
