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
    """Replace the registry of optimizers by one with two entries, which a test may change."""
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


def test_every_entry_replaces_single_names() -> None:
    assert Entries.union([Entries(("sgd",)), Entries((EVERY,))]) == Entries((EVERY,))


def test_lookups_are_collected() -> None:
    with lookups() as found:
        og.OPTIMIZERS["sgd"]
        assert found() == Entries(("sgd",))
        og.FUNCTIONS["beale"]
        assert found() == Entries(("sgd",), ("beale",))
        list(og.FUNCTIONS)
        assert found() == Entries(("sgd",), (EVERY,))


def test_the_digest_depends_on_the_named_entries_only(
    registry: Registry[og.OptimizerSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [Entries((name,)).digest() for name in ("sgd", "adam", EVERY)]
    assert len({*before, Entries().digest()}) == 4
    other = replace(registry["adam"], summary="Other words.")
    monkeypatch.setitem(registry._entries, "adam", other)
    after = [Entries((name,)).digest() for name in ("sgd", "adam", EVERY)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, False]


def test_an_added_entry_changes_the_digest_of_all_entries(
    registry: Registry[og.OptimizerSpec],
) -> None:
    every, one = Entries((EVERY,)).digest(), Entries(("sgd",)).digest()
    registry.add(og.OPTIMIZERS["lion"])
    assert Entries((EVERY,)).digest() != every
    assert Entries(("sgd",)).digest() == one


def test_an_entry_not_defined_in_a_file_has_no_digest(
    registry: Registry[og.OptimizerSpec],
) -> None:
    class Local(torch.optim.SGD):
        pass

    registry.add(og.OptimizerSpec(name="local", title="Local", cls=Local))
    assert Entries(("local",)).digest() is None
    assert Entries((EVERY,)).digest() is None
    with pytest.raises(UnidentifiableError, match="Local"):
        identify(registry, "local")


def test_the_digest_changes_if_a_name_is_removed(
    registry: Registry[og.OptimizerSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Entries(("adam",)).digest()
    monkeypatch.delitem(registry._entries, "adam")
    assert Entries(("adam",)).digest() != before
