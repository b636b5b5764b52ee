"""Digests of definitions: what changes them, and what does not."""

import ast
from dataclasses import replace

import pytest
import torch

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec
from optgallery.analysis import definitions
from optgallery.analysis.definitions import code, of_optimizer, of_problems
from optgallery.analysis.problems import problems
from optgallery.cache.source_graph import UnidentifiableError

MODULE = '''
"""Words."""

def step(x):
    """Words."""
    # a comment
    if x < 0:
        raise ValueError(f"x must be >= 0, got {x}")
    return 2 * x
'''


@pytest.fixture
def digest_of(tmp_path, monkeypatch):
    path = tmp_path / "module_under_test.py"
    monkeypatch.setattr(definitions, "file_of", lambda _: path)

    def digest(text):
        path.write_text(text, encoding="utf-8")
        return code("module_under_test")

    return digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Words."""', '"""Other words."""'),
        ("# a comment", ""),
        ("x must be >= 0", "x must not be negative"),
        ("2 * x", "(2 * x)"),
    ],
)
def test_words_and_layout_do_not_count(digest_of, old, new):
    assert old in MODULE
    assert digest_of(MODULE.replace(old, new)) == digest_of(MODULE)


@pytest.mark.parametrize(("old", "new"), [("2 * x", "3 * x"), ("x < 0", "x <= 0")])
def test_code_counts(digest_of, old, new):
    assert digest_of(MODULE.replace(old, new)) != digest_of(MODULE)


def test_a_digest_is_that_of_any_version_of_python():
    # Python 3.12 added a field to functions and classes, which is empty where it is not used
    tree = ast.parse("def step(x): return x")
    with_field = ast.parse("def step(x): return x")
    with_field.body[0].type_params = []
    assert definitions._plain(tree) == definitions._plain(with_field)


def test_settings_and_class_count():
    lion = OPTIMIZERS["lion"]
    known = of_optimizer(lion)
    assert of_optimizer(lion) == known
    assert of_optimizer(replace(lion, defaults={"betas": (0.5, 0.9)})) != known
    assert of_optimizer(replace(lion, cls=OPTIMIZERS["tiger"].cls)) != known
    assert of_optimizer(replace(lion, title="Another title")) == known


def test_a_class_of_torch_is_known_by_its_name():
    assert of_optimizer(OPTIMIZERS["adam"]) != of_optimizer(OPTIMIZERS["sgd"])


def test_a_class_without_a_file_is_refused():
    class Local(torch.optim.SGD):
        pass

    Local.__module__ = "no_such_module"
    spec = OptimizerSpec(name="local", title="Local", cls=Local)
    with pytest.raises(UnidentifiableError, match="no_such_module"):
        of_optimizer(spec)


def test_minimum_and_starts_count():
    beale = FUNCTIONS["beale"]
    known = of_problems(problems([beale], 3))
    assert of_problems(problems([beale], 3)) == known
    assert of_problems(problems([beale], 2)) != known
    assert of_problems(problems([replace(beale, minimum=-1.0)], 3)) != known
