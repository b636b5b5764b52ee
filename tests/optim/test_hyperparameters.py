"""Values of hyper-parameters: how they are copied and formatted."""

import numpy as np
import pytest
import torch

from optgallery.optim.hyperparameters import as_rate, format_value, own_copy


def decay(step):
    return 1 / step


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (3, "3"),
        (True, "True"),
        (None, "None"),
        ((0.9, 0.999), "(0.9, 0.999)"),
        (torch.tensor([0.1, 0.02], dtype=torch.float64), "(0.1, 0.02)"),
        (np.array(0.5), "0.5"),
        (torch.optim.SGD, "SGD"),
        (decay, "decay"),
        (lambda step: step, "a function"),
        ({"k": (1, 2.0)}, "{k: (1, 2)}"),
        ("two\nlines", "two lines"),
        ("x" * 99, "x" * 39 + "…"),
    ],
)
def test_values_are_formatted_briefly(value, text):
    assert format_value(value) == text


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        (0.1, 0.1),
        (1, 1.0),
        (torch.tensor(0.5), 0.5),
        (torch.tensor([0.5]), 0.5),
        (np.float32(0.5), 0.5),
        ([0.1, 0.2], (0.1, 0.2)),
        (decay, decay),
        ("auto", "auto"),
        (None, None),
        (True, None),
        ([0.1, "x"], None),
    ],
)
def test_rate_with_one_element_is_a_number(given, rate):
    assert as_rate(given) == rate


def test_tensors_are_copied_inside_collections_and_other_objects_are_not():
    leaf = torch.tensor([1.0], requires_grad=True)
    given = {"a": [leaf, (np.ones(2), decay)], "b": torch.optim.SGD, "c": leaf * 2}
    copied = own_copy(given)
    with torch.no_grad():
        copied["a"][0].zero_()
    copied["a"][1][0][:] = 0
    assert leaf.item() == 1
    assert given["a"][1][0].tolist() == [1, 1]
    assert copied["a"][0].requires_grad
    assert copied["a"][1][1] is decay
    assert copied["b"] is torch.optim.SGD
    assert copied["c"].is_leaf
