"""The imports of modules, read from the sources."""

import os
import sys
from importlib import metadata

import pytest

from optgallery.cache.source_graph import (
    PACKAGE,
    UnidentifiableError,
    defining_module,
    file_digest,
    file_of,
    file_stamp,
    is_library,
    transitive_imports,
    version_of,
)


def test_imports_are_followed_through_a_user_s_modules_up_to_libraries(modules):
    names = first, second, third, late = [modules.fresh(f"graph_{n}") for n in "abcd"]
    modules.write(third, "import torch\n", load=False)
    modules.write(late, "import PIL\n", load=False)
    modules.write(second, f"import {third}\ndef f():\n    import {late}\n", load=False)
    modules.write(first, f"import numpy as np\nfrom {second} import f\n", load=False)
    own, libraries, eager = transitive_imports([first])
    assert {*own} == {*names}
    assert own[second] == modules.folder / f"{second}.py"
    assert libraries == {"numpy", "torch", "PIL"}
    assert eager == {first, second, third}
    assert not {*names} & {*sys.modules}, "nothing is imported"


def test_a_module_imported_both_lazily_and_eagerly_is_eager(modules):
    first, second = modules.fresh("both_a"), modules.fresh("both_b")
    modules.write(second, "A = 1\n", load=False)
    modules.write(first, f"def f():\n    import {second}\nimport {second}\n", load=False)
    assert transitive_imports([first])[2] == {first, second}


def test_circular_imports_are_followed_once(modules):
    first, second = modules.fresh("circle_a"), modules.fresh("circle_b")
    modules.write(first, f"import {second}\n", load=False)
    modules.write(second, f"import {first}\n", load=False)
    assert {*transitive_imports([first])[0]} == {first, second}


def test_a_module_that_does_not_exist_is_an_error_with_its_name():
    with pytest.raises(ModuleNotFoundError, match="'no_such_module' whose sources") as caught:
        transitive_imports(["no_such_module"])
    assert caught.value.name == "no_such_module"


def test_a_file_that_is_half_edited_is_an_error_that_names_it(modules):
    name = modules.fresh("half")
    modules.write(name, "def f(:\n", load=False)
    with pytest.raises(UnidentifiableError, match=rf"cannot tell what .*{name}\.py imports"):
        transitive_imports([name])


@pytest.mark.parametrize(
    ("module", "name", "defining"),
    [
        (PACKAGE, "OptimizerSpec", f"{PACKAGE}.optim.spec"),
        (f"{PACKAGE}.optim", "Yogi", f"{PACKAGE}.optim.yogi"),
        (f"{PACKAGE}.optim", "yogi", f"{PACKAGE}.optim.yogi"),
        (f"{PACKAGE}.optim", "no_such_name", f"{PACKAGE}.optim"),
        (f"{PACKAGE}.optim.spec", "Registry", f"{PACKAGE}.optim.spec"),
        (f"{PACKAGE}.optim", "*", f"{PACKAGE}.optim"),
        ("torch", "nn", "torch"),
    ],
)
def test_a_name_belongs_to_the_module_that_defines_it(module, name, defining):
    assert defining_module(module, name) == defining


@pytest.mark.parametrize("name", ["torch", "numpy.linalg", "json", "PIL.Image"])
def test_an_installed_module_is_a_library(name):
    assert is_library(name)


@pytest.mark.parametrize("name", [PACKAGE, f"{PACKAGE}.optim.yogi", "__main__", __name__])
def test_this_package_main_and_user_modules_are_not_libraries(name):
    assert not is_library(name)


def test_a_file_is_found_without_importing_its_package(modules):
    package = modules.fresh("unloaded")
    modules.write(f"{package}.__init__", "raise RuntimeError\n", load=False)
    modules.write(f"{package}.part", "A = 1\n", load=False)
    assert file_of(f"{package}.part") == modules.folder / package / "part.py"
    assert file_of(f"{package}.missing") is None
    assert package not in sys.modules


def test_a_digest_depends_on_the_content_and_not_on_the_time(tmp_path):
    path = tmp_path / "text.py"
    path.write_text("A = 1\n")
    first = file_digest(path)
    os.utime(path, ns=(10**18, 10**18))
    assert file_digest(path) == first
    path.write_text("A = 20\n")
    assert file_digest(path) != first
    assert file_stamp(path)[1] == 7


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(UnidentifiableError, match=r"what .*gone\.py contains: No such file"):
        file_digest(tmp_path / "gone.py")


def test_a_version_is_that_of_the_distribution():
    assert version_of("torch.optim") == metadata.version("torch")
    assert version_of("PIL") == metadata.version("pillow")
    assert version_of("json") == ".".join(map(str, sys.version_info[:3]))
    assert version_of("bs4") == f"beautifulsoup4 {metadata.version('beautifulsoup4')}"
