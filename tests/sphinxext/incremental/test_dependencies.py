"""The entries that a page depends on."""

from dataclasses import replace

import pytest
import torch

import optgallery as og
from optgallery.cache.fingerprint import UnidentifiableError
from optgallery.registry import EVERY, Registry
from optgallery.sphinxext.incremental import dependencies
from optgallery.sphinxext.incremental.dependencies import Entries, identify, lookups


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry[og.OptimizerSpec]:
    """Let the registry of optimizers be one of two entries, which a test may change."""
    own: Registry[og.OptimizerSpec] = Registry("optimizer")
    for name in ("sgd", "adam"):
        own.add(og.OPTIMIZERS[name])
    monkeypatch.setattr(dependencies, "OPTIMIZERS", own)
    monkeypatch.setattr(dependencies, "_identities", {})
    return own


def test_the_union_has_every_name_once_and_in_order() -> None:
    several = [Entries(("sgd", "adam")), Entries(("adam",), ("beale",)), Entries()]
    assert Entries.union(several) == Entries(("adam", "sgd"), ("beale",))
    assert Entries.union([]) == Entries()


def test_every_entry_takes_the_place_of_names() -> None:
    assert Entries.union([Entries(("sgd",)), Entries((EVERY,))]) == Entries((EVERY,))


def test_what_is_looked_up_is_collected_as_it_is_so_far() -> None:
    with lookups() as found:
        og.OPTIMIZERS["sgd"]
        assert found() == Entries(("sgd",))
        og.FUNCTIONS["beale"]
        assert found() == Entries(("sgd",), ("beale",))
        list(og.FUNCTIONS)
        assert found() == Entries(("sgd",), (EVERY,))


def test_the_digest_is_that_of_the_entries_that_are_named(
    registry: Registry[og.OptimizerSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [Entries((name,)).digest() for name in ("sgd", "adam", EVERY)]
    assert len({*before, Entries().digest()}) == 4
    other = replace(registry["adam"], summary="Other words.")
    monkeypatch.setitem(registry._entries, "adam", other)
    after = [Entries((name,)).digest() for name in ("sgd", "adam", EVERY)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, False]


def test_an_entry_that_is_added_changes_the_digest_of_all(
    registry: Registry[og.OptimizerSpec],
) -> None:
    every, one = Entries((EVERY,)).digest(), Entries(("sgd",)).digest()
    registry.add(og.OPTIMIZERS["lion"])
    assert Entries((EVERY,)).digest() != every
    assert Entries(("sgd",)).digest() == one


def test_an_entry_that_no_file_defines_has_no_digest(
    registry: Registry[og.OptimizerSpec],
) -> None:
    class Local(torch.optim.SGD):
        pass

    registry.add(og.OptimizerSpec(name="local", title="Local", cls=Local))
    assert Entries(("local",)).digest() is None
    assert Entries((EVERY,)).digest() is None
    with pytest.raises(UnidentifiableError, match="Local"):
        identify(registry, "local")


def test_the_digest_of_a_name_that_is_gone_is_another(
    registry: Registry[og.OptimizerSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Entries(("adam",)).digest()
    monkeypatch.delitem(registry._entries, "adam")
    assert Entries(("adam",)).digest() != before
