"""Numbers of a run: the same bits as floats and as tensors of many runs."""

from math import inf, nan

import pytest
import torch

from optgallery.optim.per_run import (
    choose,
    draws,
    flag,
    larger,
    mapping,
    number,
    power,
    power_of_elements,
    runs_in_rows,
)

NUMBERS = torch.rand(5000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
NUMBERS = NUMBERS * 10.0 ** torch.arange(5000).remainder(17).sub(8)


@pytest.mark.parametrize("exponent", [2, 0.5])
def test_a_power_of_many_numbers_is_rounded_as_that_of_a_float(exponent):
    expected = [power(each, exponent) for each in NUMBERS.tolist()]
    assert power(NUMBERS, exponent).tolist() == expected
    assert torch.vmap(lambda each: power(each, exponent))(NUMBERS).tolist() == expected


@pytest.mark.parametrize("exponent", [-0.25, -0.5])
def test_powers_of_many_pairs_are_those_of_each(exponent):
    pairs = NUMBERS.view(-1, 2)
    alone = torch.stack([power_of_elements(pair, exponent) for pair in pairs])
    with mapping():
        mapped = torch.vmap(lambda pair: power_of_elements(pair, exponent))(pairs)
    assert torch.equal(alone, mapped)


def test_a_number_is_a_float_unless_a_step_is_mapped():
    one = torch.tensor(0.25)
    assert number(one) == 0.25
    assert isinstance(number(one), float)
    assert flag(one > 0) is True
    with mapping():
        assert number(one) is one
        assert isinstance(flag(one > 0), torch.Tensor)
    assert isinstance(number(one), float)


def test_the_larger_number_is_that_of_max_also_with_nan():
    firsts, seconds = [1.0, 2.0, nan, 1.0, inf, -0.0], [2.0, 1.0, 1.0, nan, 1.0, 0.0]
    expected = list(map(max, firsts, seconds))
    found = larger(torch.tensor(firsts), torch.tensor(seconds)).tolist()
    assert repr(found) == repr(expected)
    assert repr(list(map(larger, firsts, seconds))) == repr(expected)


def test_a_choice_is_made_for_each_run():
    assert choose(True, 1.0, 2.0) == 1.0
    assert choose(torch.tensor([True, False]), torch.tensor([1.0, 3.0]), 2.0).tolist() == [1, 2]


def test_rows_and_parameters_share_one_draw():
    def draw(theta):
        return torch.randn(theta.shape, generator=generator)

    generator = torch.Generator().manual_seed(3)
    alone = draw(torch.empty(2))
    generator.manual_seed(3)
    with runs_in_rows():
        found = draws(draw, [torch.empty(4, 2), torch.empty(3, 2)])
    assert [tuple(each.shape) for each in found] == [(4, 2), (3, 2)]
    assert all(torch.equal(row, alone) for each in found for row in each)
    generator.manual_seed(3)
    one, other = draws(draw, [torch.empty(2), torch.empty(2)])
    assert torch.equal(one, alone)
    assert not torch.equal(one, other)


def test_floats_are_chosen_in_float64():
    conditions = torch.tensor([True, False])
    chosen = torch.vmap(lambda each: choose(each, 1.0, 1 - 1e-9))(conditions)
    assert chosen.tolist() == [1.0, 1 - 1e-9]
