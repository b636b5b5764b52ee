"""Values, optimizers and functions as JSON, and back without running any code."""

import json
from math import inf, nan

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec
from optgallery.runs.expressions import Description
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.json_form import (
    UnknownFunctionError,
    function_from_json,
    function_to_json,
    is_incomplete,
    is_known,
    optimizer_from_json,
    optimizer_to_json,
    value_from_json,
    value_to_json,
)


def through_json(form):
    """Return what a file of JSON that has no other numbers would hold."""
    return json.loads(json.dumps(form, allow_nan=False))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, "Adam", 0.1, -inf),
        [1, [2.5, "x"]],
        (0.9, 0.999),
        {"a": (1, 2), 3: None},
        torch.float32,
        torch.optim.SGD,
    ],
    ids=repr,
)
def test_a_value_is_read_back(value):
    back = value_from_json(through_json(value_to_json(value)))
    assert (back, type(back)) == (value, type(value))


def test_not_a_number_is_read_back():
    assert np.isnan(value_from_json(through_json(value_to_json(nan))))


@pytest.mark.parametrize("requires_grad", [False, True])
def test_a_tensor_is_read_back_with_its_dtype_and_shape(requires_grad):
    tensor = torch.tensor([[0.1, inf], [-0.0, 2.0]], dtype=torch.float32)
    tensor.requires_grad_(requires_grad)
    back = value_from_json(through_json(value_to_json(tensor)))
    assert (back.dtype, back.requires_grad) == (torch.float32, requires_grad)
    np.testing.assert_array_equal(back.detach(), tensor.detach())
    assert torch.signbit(back[1, 0])


def test_an_empty_array_keeps_its_shape():
    array = np.zeros((0, 2), np.float32)
    back = value_from_json(through_json(value_to_json(array)))
    assert (back.shape, back.dtype) == ((0, 2), np.float32)


def test_what_would_have_to_be_imported_is_a_description():
    back = value_from_json(through_json(value_to_json({"inner": [print]})))
    assert isinstance(back["inner"][0], Description)
    assert is_incomplete(back)
    assert not is_incomplete({"inner": [(1, 2)]})


@pytest.mark.parametrize("form", [{"float": "1e3"}, {"import": "os"}, {}], ids=str)
def test_an_invalid_form_is_refused(form):
    with pytest.raises(ValueError, match="no value"):
        value_from_json(form)


def test_an_entry_is_read_back_by_its_name():
    adamw = OPTIMIZERS["adamw"]
    assert optimizer_from_json(through_json(optimizer_to_json(adamw))) == (adamw, True)


def test_an_optimizer_of_the_user_is_read_back_as_its_title():
    mine = OptimizerSpec(name="mine", title="Mine", cls=torch.optim.SGD)
    form = through_json(optimizer_to_json(mine))
    assert optimizer_from_json(form) == (ExternalOptimizer("Mine"), False)
    bfgs = ExternalOptimizer("BFGS")
    assert optimizer_from_json(through_json(optimizer_to_json(bfgs))) == (bfgs, True)


@pytest.mark.parametrize(
    "fn",
    [
        FUNCTIONS["beale"],
        og.functions.noisy("beale", 0.5),
        og.functions.shifted(og.functions.rotated("booth", 30), 1, -2),
    ],
    ids=lambda fn: fn.name,
)
def test_entries_and_their_transformations_are_known(fn):
    form = through_json(function_to_json(fn))
    assert is_known(form)
    assert function_from_json(form) == fn


def test_a_function_of_the_user_is_completed_by_its_formula():
    def bowl(x, y):
        return x**2 + y**2

    sides = {"xmin": -3.0, "xmax": 3.0, "ymin": -2.0, "ymax": 5.0}
    fn = og.run("sgd", (bowl, {"x0": 1.0, "y0": 2.0, **sides}), steps=1, lr=0.1).test_fn
    form = through_json(function_to_json(fn))
    assert not is_known(form)
    with pytest.raises(UnknownFunctionError, match="give it to load\\(\\) as test_fn="):
        function_from_json(form)
    back = function_from_json(form, bowl)
    assert (back.name, back.domain, back.start) == (fn.name, fn.domain, fn.start)
    assert float(back(3.0, 4.0)) == 25.0
