"""Registries: read-only except for add(), with suggestions for wrong names."""

import re
from collections import namedtuple

import pytest
import torch

import optgallery as og
from optgallery.registry import EVERY, Registry, UnknownNameError, check_name

Thing = namedtuple("Thing", "name")


@pytest.fixture
def registry():
    registry = Registry("thing")
    for name in ("apple", "pear", "plum"):
        registry.add(Thing(name))
    return registry


def test_it_is_a_mapping_in_the_order_of_addition(registry):
    assert list(registry) == ["apple", "pear", "plum"]
    assert len(registry) == 3
    assert "pear" in registry
    assert "nut" not in registry
    assert registry.get("nut") is None
    assert registry["plum"] == Thing("plum")
    assert repr(registry) == "<3 things: apple, pear, plum>"


def test_add_returns_the_entry(registry):
    fig = Thing("fig")
    assert registry.add(fig) is fig
    assert registry["fig"] is fig


def test_name_cannot_be_added_twice(registry):
    text = "the thing 'pear' exists already; choose another name"
    with pytest.raises(ValueError, match=f"^{text}$"):
        registry.add(Thing("pear"))


def test_it_cannot_be_written_or_emptied(registry):
    with pytest.raises(TypeError):
        registry["apple"] = Thing("pear")
    with pytest.raises(TypeError):
        del registry["apple"]
    assert not hasattr(registry, "pop")
    assert not hasattr(registry, "clear")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("aple", "unknown thing 'aple'; did you mean 'apple'?"),
        ("PEAR", "unknown thing 'PEAR'; did you mean 'pear'?"),
        ("xyz", "unknown thing 'xyz'; known are apple, pear, plum"),
        (3, "unknown thing 3; known are apple, pear, plum"),
        (["pear"], "unknown thing ['pear']; did you mean 'pear'?"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(registry, name, message):
    with pytest.raises(UnknownNameError, match=f"^{re.escape(message)}$"):
        registry[name]


def test_an_unknown_name_is_a_key_error_and_a_value_error(registry):
    for kind in (KeyError, ValueError):
        with pytest.raises(kind):
            registry["nut"]


def test_misspelt_names_are_suggested():
    with pytest.raises(UnknownNameError, match=r"did you mean 'goldstein_price'"):
        og.FUNCTIONS["goldstein-price"]
    with pytest.raises(UnknownNameError, match=r"did you mean 'adamw'"):
        og.run("AdmaW")


@pytest.mark.parametrize(
    ("look", "looked_up"),
    [
        (lambda r: r["pear"], {"pear"}),
        (lambda r: (r["pear"], r["plum"], r["pear"]), {"pear", "plum"}),
        (lambda r: r.get("pear"), {"pear"}),
        (lambda r: "pear" in r, {"pear"}),
        (lambda r: r.get("nut"), set()),
        (lambda r: "nut" in r, set()),
        (list, {EVERY}),
        (repr, {EVERY}),
        (lambda r: list(r.keys()), {EVERY}),
        (lambda r: list(r.values()), {EVERY, "apple", "pear", "plum"}),
        (lambda r: list(r.items()), {EVERY, "apple", "pear", "plum"}),
        (lambda r: next(iter(r)), {EVERY}),
        (lambda r: r.names, set()),
        (lambda r: r.peek("pear"), set()),
        (lambda r: r.add(Thing("fig")), set()),
        (lambda r: len(r), set()),  # noqa: PLW0108  (what a case above does with list)
    ],
)
def test_lookups_are_recorded(registry, look, looked_up):
    with registry.lookups() as names:
        assert names == set()
        look(registry)
    assert names == looked_up


def test_unknown_name_is_not_recorded_as_looked_up(registry):
    with registry.lookups() as names, pytest.raises(UnknownNameError):
        registry["nut"]
    assert names == set()


def test_lookups_are_recorded_within_their_block_only(registry):
    with registry.lookups() as outer:
        registry["pear"]
        with registry.lookups() as inner:
            registry["plum"]
        registry["apple"]
    list(registry)
    assert (outer, inner) == ({"pear", "plum", "apple"}, {"plum"})


def test_peeking_finds_an_entry_or_none(registry):
    assert registry.peek("pear") == Thing("pear")
    assert registry.peek("nut") is None


def test_the_names_are_those_in_the_order_of_addition(registry):
    registry.add(Thing("fig"))
    assert registry.names == ("apple", "pear", "plum", "fig")


def test_run_looks_up_its_function_and_the_entry_of_a_class():
    class Own(torch.optim.SGD):
        pass

    def looked_up(optimizer, *args):
        with og.OPTIMIZERS.lookups() as optimizers, og.FUNCTIONS.lookups() as functions:
            og.run(optimizer, *args, steps=1)
        return optimizers, functions

    assert looked_up("adamw", "beale") == ({"adamw"}, {"beale"})
    assert looked_up(Own) == (set(), {"beale"})
    assert looked_up(og.OPTIMIZERS.peek("sgd").cls) == ({"sgd"}, {"beale"})


@pytest.mark.parametrize(
    "name",
    [
        "noisy_beale_0.5",
        "rotated_beale_-22.5",
        "Größe",
        "f(k=1)",
        "x y",
        "50%",
        "é·x",
    ],
)
def test_visible_names_are_accepted(name):
    check_name(name, "thing")
    assert (
        og.TestFunction(
            name=name, title="T", formula=torch.hypot, domain=(-1, 1, -1, 1), start=(1, 1)
        ).name
        == name
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "be empty"),
        ("  ", "be empty"),
        ("../../../esc", "contain '/'"),
        ("a/b", "contain '/'"),
        ("a\\b", "contain '\\\\'"),
        ("..", "contain '..' or be '.', which are folders"),
        ("a..b", "contain '..' or be '.', which are folders"),
        (".", "contain '..' or be '.', which are folders"),
        ("a\nb", "contain '\\n'"),
        ("a\0", "contain '\\x00'"),
        ("\x1b[31m", "contain '\\x1b'"),
        ("a\x7f", "contain '\\x7f'"),
        ("a\u2028b", "contain '\\u2028'"),
        ("\ud800", "contain '\\ud800'"),
        (" a", "begin or end with a space"),
        ("a ", "begin or end with a space"),
    ],
    ids=ascii,
)
def test_name_that_cannot_be_part_of_a_path_is_rejected(name, words):
    message = f"^the name of an optimizer must not {re.escape(words)}, got {re.escape(repr(name))}$"
    with pytest.raises(ValueError, match=message):
        og.OptimizerSpec(name=name, title="T", cls=torch.optim.SGD)
    with pytest.raises(ValueError, match="the name of a test function must not"):
        og.TestFunction(
            name=name, title="T", formula=torch.hypot, domain=(-1, 1, -1, 1), start=(1, 1)
        )


@pytest.mark.parametrize("name", [None, 3, b"beale", ["beale"]])
def test_a_name_is_a_string(name):
    with pytest.raises(TypeError, match=r"^the name of a thing must be a string, got"):
        check_name(name, "thing")
