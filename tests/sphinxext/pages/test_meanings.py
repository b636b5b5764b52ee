"""Explanations of hyper-parameters."""

import inspect

import pytest
import torch

from optgallery import OPTIMIZERS, optim
from optgallery.sphinxext.pages.meanings import (
    COMMON,
    IMPLEMENTATION,
    PARTICULAR,
    hyper_parameters,
    meanings,
)

THEIRS = {
    spec.cls.__name__: spec.cls
    for spec in OPTIMIZERS.values()
    if spec.cls.__module__.startswith("torch.")
}


@pytest.mark.parametrize("name", PARTICULAR)
def test_only_existing_classes_and_parameters_of_pytorch_are_explained(name: str) -> None:
    assert set(PARTICULAR[name]) <= set(hyper_parameters(THEIRS[name]))


def test_shared_explanations_are_of_parameters_of_several_classes() -> None:
    taken = [set(hyper_parameters(cls)) - set(PARTICULAR.get(n, {})) for n, cls in THEIRS.items()]
    for name in COMMON:
        assert any(name in names for names in taken), name


def test_a_class_may_have_its_own_explanation() -> None:
    assert meanings(torch.optim.AdamW)["weight_decay"] == PARTICULAR["AdamW"]["weight_decay"]
    assert meanings(torch.optim.Adam)["weight_decay"] == COMMON["weight_decay"]


def test_classes_of_this_package_are_explained_by_their_docstrings() -> None:
    found = meanings(optim.Lookahead)
    assert found["k"] == ":math:`k`, at least 1: steps in each round."
    assert found["settings"] == "Hyper-parameters of the inner optimizer, such as ``lr``."


def test_a_class_without_a_docstring_has_no_explanations() -> None:
    class Undocumented:
        pass

    assert meanings(Undocumented) == {}


@pytest.mark.parametrize("name", THEIRS)
def test_implementation_settings_are_not_hyper_parameters(name: str) -> None:
    cls = THEIRS[name]
    first, *others = inspect.signature(cls).parameters
    assert first == "params"
    assert list(hyper_parameters(cls)) == [n for n in others if n not in IMPLEMENTATION]


def test_what_a_constructor_passes_on_is_no_hyper_parameter() -> None:
    class Theirs(torch.optim.SGD):
        def __init__(self, params, lr=0.1, *rest, damping=0.5, **kwargs) -> None:
            super().__init__(params, lr, *rest, **kwargs)

    assert list(hyper_parameters(Theirs)) == ["lr", "damping"]
