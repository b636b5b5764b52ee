"""Which functions an optimizer solves."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.pages import solved as module
from optgallery.sphinxext.pages.solved import solved, solved_functions

FEW = [og.FUNCTIONS[name] for name in ("sphere", "rosenbrock")]


def test_solved_are_the_functions_that_one_rate_at_least_solves() -> None:
    swept = og.sweep("sgd", ["sphere", "rosenbrock"], [0.001, 0.1], steps=50)
    assert solved(swept, "sgd") == ["sphere"]


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the grid be two functions at one rate; return the optimizers that are swept on it."""
    names = []

    def few(spec: og.OptimizerSpec, *, store: Store, steps: int) -> og.Sweep:
        names.append(spec.name)
        return og.sweep(spec, FEW, [0.1], store=store, steps=steps, jobs=1)

    monkeypatch.setattr(module, "sweep", few)
    return names


def test_the_answer_is_kept_until_the_optimizer_changes(
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


def test_the_answer_for_an_optimizer_that_no_file_defines_is_not_kept(
    tmp_path: Path, swept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Local(torch.optim.SGD):
        pass

    spec = og.OptimizerSpec(name="local", title="Local", cls=Local)
    monkeypatch.setitem(og.OPTIMIZERS._entries, "local", spec)
    for _ in range(2):
        assert solved_functions(spec, Store(tmp_path)) == ["sphere"]
    assert swept == ["local", "local"]
