"""What hyper-parameters mean."""

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
def test_no_class_and_no_parameter_is_explained_that_pytorch_does_not_have(name: str) -> None:
    assert set(PARTICULAR[name]) <= set(hyper_parameters(THEIRS[name]))


def test_what_is_explained_for_all_classes_is_in_several() -> None:
    taken = [set(hyper_parameters(cls)) - set(PARTICULAR.get(n, {})) for n, cls in THEIRS.items()]
    for name in COMMON:
        assert any(name in names for names in taken), name


def test_a_class_has_its_own_meaning_where_it_differs() -> None:
    assert meanings(torch.optim.AdamW)["weight_decay"] == PARTICULAR["AdamW"]["weight_decay"]
    assert meanings(torch.optim.Adam)["weight_decay"] == COMMON["weight_decay"]


def test_a_class_written_here_has_those_of_its_docstring() -> None:
    found = meanings(optim.Lookahead)
    assert found["k"] == ":math:`k`, at least 1: steps in each round."
    assert found["settings"] == "Hyper-parameters of the inner optimizer, such as ``lr``."


def test_a_class_without_a_docstring_has_none() -> None:
    class Undocumented:
        pass

    assert meanings(Undocumented) == {}


@pytest.mark.parametrize("name", THEIRS)
def test_parameters_and_settings_of_the_implementation_are_no_hyper_parameters(name: str) -> None:
    cls = THEIRS[name]
    first, *others = inspect.signature(cls).parameters
    assert first == "params"
    assert list(hyper_parameters(cls)) == [n for n in others if n not in IMPLEMENTATION]
