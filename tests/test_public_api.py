"""The public names: complete, documented, and quick to import."""

import inspect
import subprocess
import sys
from dataclasses import fields, is_dataclass

import pytest
from forking import run_code
from numpydoc.docscrape import ClassDoc
from numpydoc.validate import validate

import optgallery
import optgallery.optim
import optgallery.problems

FUNCTIONS = [n for n in optgallery.__all__ if inspect.isfunction(getattr(optgallery, n))]
PACKAGES = (optgallery.functions, optgallery.optim, optgallery.problems)
CLASSES = [n for n in optgallery.__all__ if inspect.isclass(getattr(optgallery, n))]

# numpydoc's codes: no docstring, no summary, parameters missing, unknown or out of order, no
# type or description of one, no returns, no example
REQUIRED = {"GL08", "SS01", "PR01", "PR02", "PR03", "PR04", "PR07", "RT01", "EX01"}


def by_kind(name):
    """Sort constants before classes before functions, as ruff does."""
    return (not name.isupper(), not name[0].isupper(), name)


@pytest.mark.parametrize("module", [optgallery, optgallery.optim], ids=lambda m: m.__name__)
def test_all_is_the_sorted_list_of_public_names(module):
    public = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and (value in PACKAGES or not inspect.ismodule(value))
    ]
    assert module.__all__ == sorted(public, key=by_kind)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_all_docstring_sections(name):
    errors = validate(f"optgallery.{name}")["errors"]
    assert not [f"{code}: {text}" for code, text in errors if code in REQUIRED]


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_documents_its_attributes_or_parameters(name):
    cls = getattr(optgallery, name)
    doc = ClassDoc(cls)
    documented = {entry.name for entry in (*doc["Parameters"], *doc["Attributes"])}
    names = {part for entry in documented for part in entry.split(", ")}
    assert "".join(doc["Summary"])
    assert names
    if is_dataclass(cls):
        assert {field.name for field in fields(cls) if field.name[0] != "_"} <= names


@pytest.mark.parametrize("name", CLASSES)
def test_public_methods_and_properties_have_docstrings(name):
    for member, value in vars(getattr(optgallery, name)).items():
        if not member.startswith("_") and (
            inspect.isfunction(value) or isinstance(value, property)
        ):
            assert inspect.getdoc(value), f"{name}.{member}"


@pytest.mark.parametrize("name", ["test_optim", "TestFunction"])
def test_pytest_does_not_collect_public_names(name):
    assert getattr(optgallery, name).__test__ is False


def test_importing_causes_no_warnings_and_loads_no_heavy_modules():
    heavy = {"matplotlib.pyplot", "sphinx", "joblib", "imageio", "optgallery.sphinxext"}
    code = f"import sys, optgallery; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_importing_and_running_do_not_change_global_state():
    code = """
import matplotlib, numpy, torch
def state():
    generator = numpy.random.get_state()[1].tolist()
    return (
        dict(matplotlib.rcParams), torch.get_default_dtype(), torch.get_rng_state().tolist(),
        torch.get_num_threads(), generator, numpy.geterr(),
    )
before = state()
import optgallery
optgallery.run("adahessian", "beale", steps=3)
assert state() == before
"""
    done = run_code(code)
    assert done.returncode == 0, done.stderr
