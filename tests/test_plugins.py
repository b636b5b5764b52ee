"""Entries that installed packages offer by name."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import optgallery as og
from optgallery.functions import conversion
from optgallery.optim import spec
from optgallery.plugins import PluginError
from optgallery.registry import UnknownNameError

Install = Callable[[str, str], None]

MODULE = '''
"""A package of somebody else."""

import torch

import optgallery as og


class Halved(torch.optim.SGD):
    """Gradient descent at half the rate."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr=lr / 2)


ENTRY = og.OptimizerSpec(name="other", title="Halved too", cls=Halved, family="momentum")
EGG_BOX = (
    lambda x, y: torch.sin(x) ** 2 + torch.sin(y) ** 2,
    {"x0": 1, "y0": 1, "xmin": -4, "xmax": 4, "ymin": -4, "ymax": 4, "name": "crate"},
)
TEXT = "adamw"
'''

OPTIMIZERS = """\
[optgallery.optimizers]
halved = halved_package:Halved
halved_too = halved_package:ENTRY
missing = halved_package:Missing
nowhere = no_such_package:Halved
word = halved_package:TEXT
no_optimizer = halved_package:EGG_BOX
adamw = halved_package:Halved

[optgallery.functions]
egg_box = halved_package:EGG_BOX
torn = halved_package:Halved
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs a package of this name with these entry points."""

    def forget() -> None:
        for plugins in (spec.PLUGINS, conversion.PLUGINS):
            vars(plugins).pop("_offered", None)
            plugins._loaded.clear()

    def write(name: str, entry_points: str) -> None:
        info = tmp_path / f"{name}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
        (info / "entry_points.txt").write_text(entry_points)
        forget()

    (tmp_path / "halved_package.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield write
    forget()
    sys.modules.pop("halved_package", None)


@pytest.fixture
def halved(install: Install) -> None:
    install("halved-package", OPTIMIZERS)


@pytest.mark.usefixtures("halved")
def test_run_knows_an_installed_packages_optimizer_by_its_name() -> None:
    run = og.run("halved", "sphere", lr=0.2, steps=5)
    assert run.points.tolist() == og.run("sgd", "sphere", lr=0.1, steps=5).points.tolist()
    assert run.title.startswith("Halved on Sphere")
    assert "from halved_package import Halved" in run.code()


@pytest.mark.usefixtures("halved")
def test_an_entry_has_the_name_that_the_package_offers_it_under() -> None:
    known = spec.as_spec("halved_too")
    assert (known.name, known.title, known.family) == ("halved_too", "Halved too", "momentum")
    assert spec.as_spec("halved_too") is known


@pytest.mark.usefixtures("halved")
def test_run_knows_an_installed_packages_function_by_its_name() -> None:
    run = og.run("sgd", "egg_box", lr=0.1, steps=30)
    assert run.test_fn.name == "egg_box"
    assert run.values[-1] < run.values[0]


@pytest.mark.usefixtures("halved")
def test_lists_contain_no_installed_packages_entries_and_load_none() -> None:
    before = len(og.OPTIMIZERS)
    assert {"halved", "missing"} <= set(spec.PLUGINS.names)
    assert "adamw" not in spec.PLUGINS.names  # an entry of the registry takes precedence
    assert "halved_package" not in sys.modules
    spec.as_spec("halved")
    assert len(og.OPTIMIZERS) == len(list(og.OPTIMIZERS)) == before
    assert "halved" not in og.OPTIMIZERS
    assert og.run("adamw", "sphere", steps=1).optimizer is og.OPTIMIZERS["adamw"]


@pytest.mark.usefixtures("halved")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "'halved_package:Missing', cannot be used: AttributeError"),
        ("nowhere", "'no_such_package:Halved', cannot be used: ModuleNotFoundError"),
        ("word", "it must be an optimizer class or an OptimizerSpec, got 'adamw'"),
        ("no_optimizer", "TypeError: optimizer must be a name, an OptimizerSpec"),
    ],
)
def test_a_broken_optimizer_is_an_error_that_names_the_package(name: str, words: str) -> None:
    with pytest.raises(PluginError) as caught:
        og.run(name)
    assert f"the optimizer {name!r}, which the package halved-package 1.5 offers" in str(caught)
    assert words in str(caught.value)


@pytest.mark.usefixtures("halved")
def test_a_broken_function_is_an_error_that_names_the_package() -> None:
    with pytest.raises(PluginError, match=r"the test function 'torn', which the package halved-"):
        og.run("sgd", "torn")


def test_a_name_that_two_packages_offer_is_ambiguous(install: Install) -> None:
    install("halved-package", OPTIMIZERS)
    install("second", "[optgallery.optimizers]\nhalved = halved_package:Halved\n")
    with pytest.raises(PluginError, match=r"by several packages, .*: uninstall one") as caught:
        og.run("halved")
    assert {"halved-package 1.5", "second 1.5"} <= set(
        str(caught.value).partition("packages, ")[2].partition(":")[0].split(" and ")
    )


@pytest.mark.usefixtures("halved")
def test_a_misspelt_name_is_answered_with_what_packages_offer() -> None:
    with pytest.raises(UnknownNameError, match=r"Installed packages offer 'halved"):
        og.run("halvedd")


@pytest.mark.usefixtures("halved")
def test_a_sweep_takes_names_that_packages_offer() -> None:
    swept = og.sweep(["halved", "sgd"], ["sphere", "egg_box"], [0.1], steps=3)
    assert ("halved", "egg_box", 0.1) in swept
