"""The functions that an optimizer solves."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.pages import solved as module
from optgallery.sphinxext.pages.solved import solved, solved_functions

FEW = [og.FUNCTIONS[name] for name in ("sphere", "rosenbrock")]


def test_a_function_counts_as_solved_if_at_least_one_rate_solves_it() -> None:
    swept = og.sweep("sgd", ["sphere", "rosenbrock"], [0.001, 0.1], steps=50)
    assert solved(swept, "sgd") == ["sphere"]


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Reduce the grid to two functions at one rate; return the optimizers that are swept on it."""
    names = []

    def few(spec: og.OptimizerSpec, *, store: Store, steps: int) -> og.Sweep:
        names.append(spec.name)
        return og.sweep(spec, FEW, [0.1], store=store, steps=steps, jobs=1)

    monkeypatch.setattr(module, "sweep", few)
    return names


def test_the_result_is_stored_until_the_optimizer_changes(
    tmp_path: Path, swept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    spec = og.OPTIMIZERS["sgd"]
    assert solved_functions(spec, store) == solved_functions(spec, store) == ["sphere"]
    assert swept == ["sgd"]
    other = replace(spec, title="Descent")
    monkeypatch.setitem(og.OPTIMIZERS._entries, "sgd", other)
    assert solved_functions(other, store) == ["sphere"]
    assert swept == ["sgd", "sgd"]


def test_the_result_of_an_optimizer_not_defined_in_a_file_is_not_stored(
    tmp_path: Path, swept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Local(torch.optim.SGD):
        pass

    spec = og.OptimizerSpec(name="local", title="Local", cls=Local)
    monkeypatch.setitem(og.OPTIMIZERS._entries, "local", spec)
    for _ in range(2):
        assert solved_functions(spec, Store(tmp_path)) == ["sphere"]
    assert swept == ["local", "local"]
