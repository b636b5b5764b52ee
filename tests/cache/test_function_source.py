"""A function's identity covers the part of its module that it depends on, or the whole module."""

import sys

import pytest

from optgallery.cache.fingerprint import identity

HEAD = '''
import math
from math import {root} as root
import torch
import optgallery as og

WEIGHT = 3
SHIFT = (0.5 * WEIGHT, math.pi)


def scaled(y):
    return WEIGHT * y**2


def bowl(x, y):
    return (x - SHIFT[0])**2 + scaled(y) + root(4)


BOWL = bowl, {{"x0": 2, "y0": 1, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}}
ENTRY = og.TestFunction(
    name="bowl", title="Bowl", formula=bowl, domain=(-3.0, 3.0, -3.0, 3.0), start=(1.0, 1.0)
)


class Damped(torch.optim.Optimizer):
    """Gradient descent with damping."""

    shares = [0.5]

    def __init__(self, params, lr=0.1, damping=0.5):
        super().__init__(params, {{"lr": lr, "damping": damping}})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * (1 - group["damping"]) * p.grad


if __name__ == "__main__":
    og.run(Damped, BOWL)
'''.format(root="sqrt")
STEP = '                p -= group["lr"] * (1 - group["damping"]) * p.grad\n'


def changes(modules, before, after, function="bowl"):
    """Whether an edit of a module changes the identity of its function."""
    name = modules.fresh("beside")
    first = identity(getattr(modules.write(name, before), function))
    modules.write(name, after)
    return identity(getattr(modules.reimport(name), function)) != first


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(1 - group", "(1 + group"),
        ("shares = [0.5]", "shares = [0.7]"),
        ('"x0": 2', '"x0": 1'),  # the domain is identified by its values
        ("def step(self):", "def other(self):\n        pass\n\n    def step(self):"),
        ("class Damped", "def further(x, y):\n    return x\n\n\nclass Damped"),
        ("import math\n", "# a remark\n\nimport math\n"),
    ],
)
def test_an_edit_beside_a_function_leaves_its_identity(modules, old, new):
    assert HEAD.count(old) == 1
    assert not changes(modules, HEAD, HEAD.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+ root(4)", "- root(4)"),
        ("WEIGHT = 3", "WEIGHT = 4"),
        ("0.5 * WEIGHT", "0.6 * WEIGHT"),
        ("math.pi", "math.e"),
        ("WEIGHT * y**2", "WEIGHT * y**4"),
        ("import sqrt as", "import exp as"),
        ("class Damped", "def root(x):\n    return x\n\n\nclass Damped"),
    ],
)
def test_an_edit_of_what_a_function_names_changes_its_identity(modules, old, new):
    assert HEAD.count(old) == 1
    assert changes(modules, HEAD, HEAD.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (STEP, f"{STEP}                bowl.calls = 1\n"),
        (STEP, f"{STEP}                globals().update(WEIGHT=4)\n"),
        (STEP, f'{STEP}                setattr(og, "WEIGHT", 4)\n'),
        (STEP, f"{STEP}                math.pi = 3\n"),
        (STEP, f"{STEP}                f = bowl\n                f.__defaults__ = (1, 1)\n"),
        ("    def step(self):\n", "    def step(self):\n        global WEIGHT\n"),
        ("WEIGHT = 3", "WEIGHT = [3][0]"),
        ("WEIGHT = 3", "WEIGHT = torch.tensor(3)"),
        ("WEIGHT = 3", "WEIGHT = 2\nWEIGHT = 3"),
        ("WEIGHT = 3", "WEIGHT = 2\nWEIGHT += 1"),
        ("WEIGHT = 3", "WEIGHT = 3\ntorch.manual_seed(1)"),
        ("WEIGHT = 3", "WEIGHT = 3\nSEED = torch.manual_seed(1)"),
        ("WEIGHT = 3", "try:\n    WEIGHT = 3\nfinally:\n    pass"),
        ("from math import sqrt as root", "from math import *; root = sqrt"),
        ("import torch\n", "import torch\nimport {own}\n"),
        ("def scaled", "def same(f):\n    return f\n\n\n@same\ndef scaled"),
        ("class Damped", "def mark(c):\n    return c\n\n\n@mark\nclass Damped"),
        ("def bowl(x, y)", "def bowl(x, y, kept=[])"),
    ],
)
def test_a_function_that_its_module_may_change_depends_on_the_whole_module(modules, old, new):
    assert HEAD.count(old) == 1
    name = modules.fresh("whole")
    text = HEAD.replace(old, new.replace("{own}", name))
    first = identity(modules.write(name, text).bowl)
    modules.write(name, text.replace("(1 - group", "(1 + group"))
    assert identity(modules.reimport(name).bowl) != first


def test_a_function_that_builds_an_optimizer_depends_on_its_class(modules):
    text = HEAD + "\n\ndef build(params, lr):\n    return Damped(params, lr)\n"
    assert changes(modules, text, text.replace("(1 - group", "(1 + group"), "build")


def test_the_code_that_is_loaded_counts_as_well_as_the_file(modules):
    name = modules.fresh("loaded")
    module = modules.write(name, HEAD)
    first = identity(module.bowl)
    modules.write(name, HEAD.replace("WEIGHT = 3", "WEIGHT = 4"), load=False)
    stale = identity(sys.modules[name].bowl)
    fresh = identity(modules.reimport(name).bowl)
    assert len({first, stale, fresh}) == 3


@pytest.mark.parametrize("attribute", ["WEIGHT", "scaled", "root", "abs"])
def test_a_patched_name_counts(modules, monkeypatch, attribute):
    text = HEAD.replace("root(4)", "abs(root(4))")
    module = modules.write(modules.fresh("patched"), text)
    first = identity(module.bowl)
    monkeypatch.setattr(module, attribute, 7, raising=False)
    assert identity(module.bowl) != first
