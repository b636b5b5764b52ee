"""Which hyper-parameters of two classes mean the same."""

import pytest

from optgallery import OPTIMIZERS, OptimizerSpec
from optgallery.checking.settings import defaults_of, differing_defaults, match_names


def spec(function):
    return OptimizerSpec(name="mine", title="Mine", cls=function)


def test_equal_names_are_shared():
    names = match_names(OPTIMIZERS["adam"], OPTIMIZERS["adabelief"], {})
    assert names.shared["betas"] == "betas"
    assert names.only_entry == ("rectify",)
    assert names.only_implementation == ("amsgrad",)


def test_usual_names_are_recognized():
    def mine(params, learning_rate, b1=0.9, b2=0.99, wd=0.0): ...

    names = match_names(spec(mine), OPTIMIZERS["lion"], {})
    assert names.shared == {"lr": "learning_rate", "betas": ("b1", "b2"), "weight_decay": "wd"}
    assert names.for_implementation({"lr": 0.1, "betas": (0.5, 0.6)}) == {
        "learning_rate": 0.1,
        "b1": 0.5,
        "b2": 0.6,
    }


def test_what_is_said_comes_first():
    def mine(params, lr, heaviness=0.9, mu=0.5): ...

    given = {"momentum": "heaviness"}
    assert match_names(spec(mine), OPTIMIZERS["momentum"], given).shared["momentum"] == "heaviness"


def test_numbers_and_tuples_are_not_the_same():
    def mine(params, lr, betas=(0.9, 0.99, 0.999)): ...

    assert match_names(spec(mine), OPTIMIZERS["lion"], {}).only_entry == ("betas", "weight_decay")


def test_settings_of_torchs_implementations_are_none_of_the_update():
    assert not {"foreach", "fused", "maximize"} & set(defaults_of(OPTIMIZERS["adam"]))


@pytest.mark.parametrize(("default", "told"), [(1e-8, False), (1e-6, True)])
def test_defaults_that_differ_are_told(default, told):
    def mine(params, lr=1e-3, epsilon=default): ...

    names = match_names(spec(mine), OPTIMIZERS["adam"], {})
    sentences = differing_defaults(spec(mine), OPTIMIZERS["adam"], names)
    assert sentences == ["your default of epsilon is 1e-06, the entry's eps is 1e-08"] * told
