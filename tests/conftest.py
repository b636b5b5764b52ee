import gc
import importlib
import itertools
import os
import sys
from textwrap import dedent

# environment variables are set here, so that processes started by tests inherit them; torch
# reads the number of threads when it is imported, matplotlib the backend
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import pytest

# a tenth of the time of all tests would go into looking for garbage among what is there for good
gc.set_threshold(50_000)


# the slowest test files, according to `pytest --durations=0`
LONGEST = (
    "test_function_pages.py",  # with all of its folder, see below
    "test_check.py",
    "test_rebuild.py",
    "test_distribution.py",
    "test_references.py",
    "test_killed_build.py",
    "comparing.rst",
    "test_grid.py",
    "test_sweep.py",
    "test_loop.py",
    "test_comparison.py",
    "test_cards.py",  # with most of its folder
    "test_entries.py",
    "test_checkpoints.py",
    "test_contract.py",
    "test_isolation.py",
    "test_training.py",
    "test_batched_objective.py",
    "test_fingerprint.py",
    "test_collection.py",
)


def pytest_collection_modifyitems(items):
    """Run the slowest files first, so that no process is left with one while others idle."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(LONGEST)))


# folders whose files share results that take long: the runs of pages, a built site
SHARING = ("tests/gallery", "tests/sphinxext")
# files of these folders that share nothing with the others
INDEPENDENT = ("test_rebuild.py", "test_killed_build.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Run all files of a folder that shares results in one process, with ``--dist=loadfile``."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            if file.rpartition("/")[2] in INDEPENDENT:
                return file
            return next((folder for folder in SHARING if file.startswith(f"{folder}/")), file)

    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish():
    gc.freeze()


@pytest.fixture(autouse=True)
def shown():
    """Record what is shown instead of opening a browser."""
    from optgallery.render.showing import shown_by

    animations = []
    with shown_by(animations.append):
        yield animations


@pytest.fixture(autouse=True)
def figures_closed():
    """Close pyplot's figures: it warns, and so fails a test, when more than 20 are open."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Run torch on one thread; the process that hands out tests to others does not load it."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory):
    """Use a store of the tests' own, separate from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTGALLERY_STORE", str(tmp_path_factory.mktemp("store")))
        yield


class Modules:
    """Modules like a user's, in a folder on the import path."""

    _numbers = itertools.count()

    def __init__(self, folder):
        self.folder = folder

    def fresh(self, name):
        """Return an unused module name."""
        return f"{name}_{next(self._numbers)}"

    def write(self, name, text, load=True):
        """Write a module's file, and import it unless ``load`` is false."""
        path = self.folder.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name) if load else None

    def reimport(self, name):
        """Import a module, and all others in this folder, again, as a new process would."""
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
