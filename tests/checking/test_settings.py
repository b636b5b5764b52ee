"""Which hyper-parameters of two classes mean the same."""

import pytest

from optgallery import OPTIMIZERS, OptimizerSpec
from optgallery.checking.settings import (
    defaults_of,
    differing_defaults,
    match_names,
    other_pairings,
)


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


def pairings(function, entry, fixed=None, own=None):
    names = match_names(spec(function), OPTIMIZERS[entry], fixed or {})
    others = other_pairings(spec(function), OPTIMIZERS[entry], names, fixed or {}, own or {})
    return [other.shared for other in others]


def test_unmatched_numbers_are_paired():
    def mine(params, lr=0.1, forget=0.9, flag=True, eps=1e-8): ...

    found = pairings(mine, "rmsprop")
    assert {"lr": "lr", "eps": "eps", "alpha": "forget"} in found
    assert not any("flag" in shared.values() for shared in found)
    assert {(shared["lr"], shared["eps"]) for shared in found} == {("lr", "eps")}


def test_members_are_paired_in_both_orders_and_a_tuple_as_a_whole():
    def mine(params, lr=0.1, mu=0.9, nu=0.99, pair=(0.9, 0.99), triple=(1.0, 1.0, 1.0)): ...

    found = {shared.get("betas") for shared in pairings(mine, "lion")}
    assert found >= {("mu", "nu"), ("nu", "mu"), "pair"}
    assert "triple" not in found


def test_plain_names_and_what_is_said_are_not_paired_otherwise():
    def mine(params, learning_rate=0.1, beta1=0.9, beta2=0.99, wd=0.0, size=1.0): ...

    assert pairings(mine, "lion") == []

    def other(params, lr=0.1, size=1.0, eps=1e-8): ...

    said = {"alpha": "size"}
    assert all(shared["alpha"] == "size" for shared in pairings(other, "rmsprop", said))
    assert not any("size" in s.values() for s in pairings(other, "rmsprop", own={"size": 2.0}))


def test_a_name_of_several_meanings_may_mean_another_setting():
    def mine(params, lr=0.1, beta=0.9, eps=1e-8): ...

    assert match_names(spec(mine), OPTIMIZERS["rmsprop"], {}).shared["momentum"] == "beta"
    assert {"lr": "lr", "alpha": "beta", "eps": "eps"} in pairings(mine, "rmsprop")
