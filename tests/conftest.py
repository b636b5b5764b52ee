import importlib
import itertools
import os
import sys
from textwrap import dedent

# what the tests need of the environment is set here, for the processes that they start too: torch
# reads the number of threads when it is imported, matplotlib the backend
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import pytest
import torch

torch.set_num_threads(1)


# what takes longest by itself, as `pytest --durations=0` shows
LONGEST = (
    "test_rebuild.py",
    "test_references.py",
    "test_distribution.py",
    "test_killed_build.py",
    "test_function_pages.py",
    "test_contract.py",
    "test_grid.py",
)


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no process is left with it while others idle."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(LONGEST)))


@pytest.fixture(autouse=True)
def shown():
    """Keep what is shown instead of opening a browser."""
    from optgallery.render.animation import shown_by

    animations = []
    with shown_by(animations.append):
        yield animations


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory):
    """Keep the tests' results and settings apart from those of the user who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTGALLERY_STORE", str(tmp_path_factory.mktemp("store")))
        yield


class Modules:
    """Modules such as a user writes, in a folder that Python imports from."""

    _numbers = itertools.count()

    def __init__(self, folder):
        self.folder = folder

    def fresh(self, name):
        """Return a name that no module has had."""
        return f"{name}_{next(self._numbers)}"

    def write(self, name, text, load=True):
        """Write a module's file, and import it unless it is loaded already."""
        path = self.folder.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name) if load else None

    def anew(self, name):
        """Import a module, and all others of this folder, as a new process would."""
        for other, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(str(self.folder)):
                del sys.modules[other]
        return importlib.import_module(name)


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Write modules, import them, edit them."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield Modules(tmp_path)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]
