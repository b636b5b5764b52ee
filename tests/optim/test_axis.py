import re
from dataclasses import replace

import pytest
import torch

import optgallery as og


class Damped(torch.optim.Optimizer):
    """Take steps whose length is damped."""

    def __init__(self, params, damping=1.0):
        super().__init__(params, {"damping": damping})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p -= p.grad / (group["damping"] + p.grad.norm())


DAMPED = og.OptimizerSpec(
    name="damped", title="Damped", cls=Damped, axis=og.Axis("damping", (1, 10.0, 100))
)
RATES = (0.1, 1.0)


def test_an_optimizer_without_another_axis_is_shown_along_its_learning_rate():
    adam = og.OPTIMIZERS["adam"]
    assert adam.own_axis is None
    assert adam.values(RATES) == RATES
    assert adam.at(0.1) == {"lr": 0.1}


def test_an_own_axis_takes_the_place_of_the_learning_rate():
    assert DAMPED.values(RATES) == (1, 10.0, 100)
    assert DAMPED.at(10.0) == {"damping": 10.0}
    assert DAMPED.at_rate(0.1) == {}


def test_an_own_axis_is_used_also_if_the_class_takes_a_rate():
    spec = replace(og.OPTIMIZERS["adam"], axis=og.Axis("eps", (1e-8, 1e-2)))
    assert spec.values(RATES) == (1e-8, 1e-2)
    assert spec.at(1e-2) == {"eps": 1e-2}
    assert spec.at_rate(0.1) == {}


@pytest.mark.parametrize("axis", [None, og.Axis()])
def test_an_optimizer_with_nothing_to_choose_has_one_value(axis):
    spec = replace(DAMPED, axis=axis)
    assert spec.values(RATES) == (None,)
    assert spec.at(None) == {}
    assert spec.own_axis.words(None) == ""


def test_values_keep_their_type_and_are_named_in_words():
    axis = og.Axis("history_size", [1, 10])
    assert axis.values == (1, 10)
    assert all(type(value) is int for value in axis.values)
    assert axis.words(10) == "history size 10"
    assert og.Axis("c1", (1e-4,), title="Armijo's constant").words(1e-4) == (
        "Armijo's constant 0.0001"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, (1.0,)), 'needs the name of its hyper-parameter: Axis("damping", [1.0])'),
        ((None, (), "radius"), "needs the name of its hyper-parameter"),
        (("", (1.0,)), "an axis is the name of a hyper-parameter, got ''"),
        (("lr", (1.0,)), "the learning rate is the axis of every optimizer without another"),
        (("damping",), "the axis damping needs at least one value, got none"),
        (("damping", (1, 1.0)), "values of damping must be distinct, got 1.0 more than once"),
        (("damping", (1, "2")), "values of damping must be numbers, got '2'"),
        (("damping", (1, True)), "values of damping must be numbers, got True"),
        (("damping", (1, float("nan"))), "values of damping must be finite, got nan"),
    ],
)
def test_an_invalid_axis_is_refused(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        og.Axis(*arguments)


def test_an_axis_must_be_a_hyperparameter_of_the_class():
    with pytest.raises(ValueError, match="Damped has no hyper-parameter 'radius', which its axis"):
        replace(DAMPED, axis=og.Axis("radius", (1.0,)))
