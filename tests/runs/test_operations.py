"""Lists of operations: what is left out, and what NumPy computes."""

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS
from optgallery.runs.operations import POINTS, Recording, listings
from optgallery.runs.traced import differentiate


def recorded(formula):
    x, y = torch.linspace(0.3, 0.9, 2 * POINTS, dtype=torch.float64).view(2, -1).unbind()
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    with Recording() as recording:
        found = differentiate(formula, x, y)
    return listings(x, y, recording.calls, found)


def by_numpy(formula):
    """Return the names of the functions of NumPy, and how many operations torch is left with."""
    operations = recorded(formula).by_both.operations
    names = [o.function.__name__ for o in operations if o.kind == "numpy"]
    return names, len(operations) - len(names)


def test_powers_are_products_and_a_square_is_computed_once():
    names, by_torch = by_numpy(lambda x, y: x**3 * y**2 + y * y)
    assert "power" not in names
    assert by_torch == 0
    squares = recorded(lambda x, y: y**2 * x + y * y).by_both.operations
    assert len([o for o in squares if o[:2] == (np.multiply, (1, 1))]) == 1


def test_a_sum_with_a_negative_is_a_difference():
    beale = recorded(FUNCTIONS["beale"].formula)
    assert torch.neg in [o.function for o in beale.by_torch.operations]
    assert np.negative not in [o.function for o in beale.by_both.operations]


def test_symmetric_operations_are_the_same_in_either_order():
    products = [
        o for o in recorded(lambda x, y: x * y + (y * x) * x).by_both.operations
        if o.function is np.multiply and sorted(o.arguments) == [0, 1]
    ]  # fmt: skip
    assert len(products) == 1


def test_what_no_result_depends_on_is_left_out():
    def formula(x, y):
        torch.exp(x)
        return x * y

    assert by_numpy(formula)[1] == by_numpy(lambda x, y: x * y)[1]


def test_functions_of_torch_fill_buffers():
    kinds = {o.kind for o in recorded(FUNCTIONS["easom"].formula).by_both.operations}
    assert kinds == {"numpy", "torch into"}


def test_square_roots_are_left_to_torch():
    names, _ = by_numpy(lambda x, y: torch.sqrt(x * x + y * y))
    assert "sqrt" not in names


@pytest.mark.parametrize("formula", [lambda x, y: torch.cat([x, y]), lambda x, y: x.add_(y)])
def test_what_is_not_a_function_of_tensors_of_one_shape_is_refused(formula):
    with pytest.raises((ValueError, RuntimeError)):
        recorded(formula)
