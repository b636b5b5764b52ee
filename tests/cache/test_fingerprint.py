"""Identities depend on sources, versions, values and loaded code."""

import compileall
import functools
import importlib
import json
import os
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest
import pytorch_optimizer
import torch
from forking import run_code

import optgallery
from optgallery import OPTIMIZERS
from optgallery.cache.fingerprint import (
    UnidentifiableError,
    digest,
    identity,
    package_digest,
    public_modules,
    sources,
)
from optgallery.functions.valleys import beale, rosenbrock

KEYS = """
import json, optgallery as og
from optgallery.sweeps.trajectory_cache import key
sphere, sgd = og.FUNCTIONS["sphere"], og.OPTIMIZERS["sgd"]
optimizers = {name: key(spec, sphere, 0.1, 5) for name, spec in og.OPTIMIZERS.items()}
functions = {name: key(sgd, fn, 0.1, 5) for name, fn in og.FUNCTIONS.items()}
print(json.dumps({"file": og.__file__, "keys": optimizers, "functions": functions}))
"""
CLASS = """
import json, {module}
from optgallery.cache.fingerprint import identity
print(json.dumps(identity({module}.Mine)))
"""
# a process that has loaded torch forks itself for each piece of code
FORKING = """
import json, os, sys
import matplotlib.figure, numpy, torch
for folder, code in json.loads(sys.argv[1]):
    sys.stdout.flush()
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
    else:
        sys.path.insert(0, folder)
        try:
            exec(code, {"__name__": "asked"})
            sys.stdout.flush()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
"""


def ask(questions, hash_seed=None):
    """Return the output of each piece of code in a process with its folder on the import path."""
    code_by_folder = json.dumps([(str(folder), code) for folder, code in questions])
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if hash_seed is None:
        done = run_code(FORKING, code_by_folder, environment=environment)
    else:
        done = subprocess.run(
            [sys.executable, "-c", FORKING, code_by_folder],
            capture_output=True,
            text=True,
            check=False,
            env={**environment, "PYTHONHASHSEED": hash_seed},
        )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


EDITS = {
    "nothing": {},
    "one optimizer": {"optim/yogi.py": "\n# edited\n"},
    "the base of all own optimizers": {"optim/base.py": "\n# edited\n"},
    "one file of functions": {"functions/valleys.py": "\n# edited\n"},
    "what only passes names on": {"optim/__init__.py": "\nEDITED = 1\n"},
    "pictures": {"render/gif.py": "\n# edited\n", "plot/losses.py": "\n# edited\n"},
    "the code that takes the steps": {"runs/loop.py": "\n# edited\n"},
    "the code that takes the steps of batches": {"runs/batched.py": "\n# edited\n"},
}


def install(folder, version, text, extra=""):
    """Create an installed library whose module is not named like its distribution."""
    site = folder / "site-packages"
    (site / "stepping").mkdir(parents=True)
    (site / "stepping/__init__.py").write_text("from stepping.mine import Mine\n")
    (site / "stepping/mine.py").write_text(text)
    (site / "stepping/other.py").write_text(extra)
    info = site / f"stepping_along-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: stepping-along\nVersion: {version}\n"
    )
    (info / "top_level.txt").write_text("stepping\n")
    return site


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Compute keys in a new process for each edit of the package and each state of a library."""
    original = tmp_path_factory.mktemp("original")
    shutil.copytree(
        Path(optgallery.__file__).parent,
        original / "optgallery",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    compileall.compile_dir(original, quiet=1)  # once, and not in each copy
    questions = {}
    for name, changes in EDITS.items():
        folder = tmp_path_factory.mktemp("edited")
        shutil.copytree(original / "optgallery", folder / "optgallery")
        for path, addition in changes.items():
            file = folder / "optgallery" / path
            file.write_text(file.read_text() + addition)
        questions[name] = folder, KEYS
    text = "from torch.optim import SGD\nclass Mine(SGD):\n    pass\n"
    for name, args in {
        "library 1": ("1.0", text),
        "library 2": ("2.0", text),
        "library 1 elsewhere": ("1.0", text),
        "library 1, another file": ("1.0", text, "changed = 1\n"),
        "library 1, installed again": ("1.0", text + "    changed = 1\n"),
    }.items():
        site = install(tmp_path_factory.mktemp("library"), *args)
        questions[name] = site, CLASS.format(module="stepping")
    found = dict(zip(questions, ask(questions.values()), strict=True))
    another = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    found["another hash seed"] = ask([questions["nothing"]], hash_seed=another)[0]
    found["another hash seed"]["file"] = found["nothing"]["file"]
    return found


def changed(answers, edit, kind="keys"):
    before, after = answers["nothing"][kind], answers[edit][kind]
    assert None not in before.values()
    assert answers[edit]["file"] != optgallery.__file__
    return {name for name in before if before[name] != after[name]}


def own_optimizers():
    return {n for n, s in OPTIMIZERS.items() if s.cls.__module__.startswith("optgallery.")}


def test_editing_an_optimizer_changes_only_its_own_keys(answers):
    assert changed(answers, "one optimizer") == {"yogi"}
    assert not changed(answers, "one optimizer", "functions")


def test_editing_a_base_class_changes_the_keys_of_its_subclasses(answers):
    assert changed(answers, "the base of all own optimizers") == own_optimizers()
    assert len(own_optimizers()) >= 7
    assert not changed(answers, "the base of all own optimizers", "functions")


def test_editing_a_file_of_functions_changes_their_keys_and_those_of_variants(answers):
    functions = changed(answers, "one file of functions", "functions")
    assert {"rosenbrock", "beale", "log_rosenbrock"} < functions
    assert "sphere" not in functions
    assert not changed(answers, "one file of functions")


def test_editing_an_init_that_only_reexports_changes_no_key(answers):
    assert not changed(answers, "what only passes names on")


def test_editing_rendering_code_changes_no_key_of_a_run(answers):
    assert not changed(answers, "pictures")
    assert not changed(answers, "pictures", "functions")


@pytest.mark.parametrize("of", ["", " of batches"])
def test_editing_the_loop_changes_all_keys(answers, of):
    edit = f"the code that takes the steps{of}"
    assert changed(answers, edit) == set(answers["nothing"]["keys"])
    assert changed(answers, edit, "functions") == set(answers["nothing"]["functions"])


def test_keys_are_the_same_in_a_process_with_another_hash_seed(answers):
    assert answers["another hash seed"] == answers["nothing"]


def test_identity_of_a_library_class_covers_version_and_file(answers):
    first = answers["library 1"]
    assert first == answers["library 1 elsewhere"] == answers["library 1, another file"]
    assert "stepping-along 1.0" in first
    assert "stepping-along 2.0" in answers["library 2"]
    assert answers["library 1, installed again"] != first


def test_identity_of_installed_classes_includes_their_version():
    assert f"AdamW {importlib.metadata.version('torch')}" in identity(torch.optim.AdamW)
    version = importlib.metadata.version("pytorch_optimizer")
    assert f"pytorch_optimizer.optimizer.lion.Lion {version}" in identity(pytorch_optimizer.Lion)


OPTIMIZER = """
    from torch.optim import SGD
    from {sibling} import FACTOR, scaled

    class Mine(SGD):
        def step(self, closure=None):
            for group in self.param_groups:
                group["lr"] = scaled(group["lr"])
            return super().step(closure)
"""
SIBLING = """
    FACTOR = 1.0
    def scaled(lr):
        return lr * FACTOR
"""


def test_identity_covers_a_module_s_text_and_its_siblings(modules):
    modules.write("sibling_one", SIBLING)
    mine = modules.write("mine_one", OPTIMIZER.format(sibling="sibling_one")).Mine
    first = identity(mine)
    assert first.startswith("mine_one.Mine ")
    modules.write("sibling_one", SIBLING.replace("1.0", "2.0"))
    assert identity(modules.reimport("mine_one").Mine) != first
    modules.write("sibling_one", SIBLING)
    assert identity(modules.reimport("mine_one").Mine) == first
    modules.write("mine_one", OPTIMIZER.format(sibling="sibling_one") + "    # a remark\n")
    assert identity(modules.reimport("mine_one").Mine) != first


def test_identity_covers_a_base_class_imported_by_its_module(modules):
    modules.write("base_two", "import torch\nclass Base(torch.optim.SGD):\n    pass\n")
    text = "import base_two as b\nclass Mine(b.Base):\n    pass\n"
    first = identity(modules.write("mine_two", text).Mine)
    modules.write("base_two", "import torch\nclass Base(torch.optim.Adam):\n    pass\n")
    modules.reimport("base_two")
    assert identity(modules.reimport("mine_two").Mine) != first


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ("import {sibling}", True),
        ("from {sibling} import *", True),
        ("def later():\n    import {sibling}", True),
        ("try:\n    import {sibling}\nexcept ImportError:\n    pass", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {sibling}", False),
        ("import typing\nif typing.TYPE_CHECKING:\n    import {sibling}", False),
        ("import typing\nif typing.TYPE_CHECKING:\n    pass\nelse:\n    import {sibling}", True),
        ("from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import {sibling}", True),
        ("'import {sibling}'", False),
    ],
)
def test_identity_covers_executed_imports_but_not_type_checking_ones(modules, statement, counts):
    name = modules.fresh("sibling")
    modules.write(name, "A = 1\n")
    text = statement.format(sibling=name) + "\ndef bowl(x, y):\n    return x**2 + y**2\n"
    own = modules.fresh("bowl")
    first = identity(modules.write(own, text).bowl)
    modules.write(name, "A = 1\n# a remark\n")
    assert (identity(modules.reimport(own).bowl) != first) is counts


@pytest.mark.parametrize(
    ("init", "edited", "counts"),
    [
        ("from .a import f\nfrom .b import g\n", "b", False),
        ("from .a import f\nfrom .b import g\n", "a", True),
        ("from .a import f\nfrom .b import g\n", "__init__", False),
        ("from .a import *\nfrom .b import *\n", "b", True),
        ("from .b import f\nfrom .a import f\n", "b", True),
        ("from .a import f\nfrom .b import g\nf = g\n", "b", True),
    ],
)
def test_reexported_name_is_resolved_to_its_defining_module(modules, init, edited, counts):
    package = modules.fresh("package")
    texts = {"__init__": init, "a": "def f(x, y):\n    return x + y\n"}
    texts["b"] = "def f(x, y):\n    return x - y\ndef g(x, y):\n    return x * y\n"
    for name, text in texts.items():
        modules.write(f"{package}.{name}", text, load=False)
    own = modules.fresh("through")
    modules.write(own, f"from {package} import f\ndef h(x, y):\n    return f(x, y)\n")
    first = identity(sys.modules[own].h)
    modules.write(f"{package}.{edited}", texts[edited] + "# a remark\n", load=False)
    modules.reimport(package)
    assert (identity(modules.reimport(own).h) != first) is counts


def test_reloading_an_edited_module_changes_its_identity(modules):
    text = "A = 2\ndef bowl(x, y):\n    return A * x**2 + y**2\n"
    module = modules.write("bowl_three", text)
    first = identity(module.bowl)
    modules.write("bowl_three", text.replace("2\n", "30\n", 1), load=False)
    assert identity(importlib.reload(module).bowl) != first


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y**2 + bent(x)", "3 * y**2 + bent(x)"),  # the formula itself
        ("x**3", "x**4 "),  # what it calls
        ("A = 2", "A = 30"),
        ("[1, 2]", "[1, 3, 3]"),
        ("tensor([1.0])", "tensor([1.00001])"),
        ("power=2", "power=40"),
        ("rate = 0.5", "rate = 0.75"),
    ],
)
def test_edited_module_that_is_not_reloaded_has_another_identity(modules, before, after):
    text = """
    import torch
    A = 2
    B = [1, 2]
    C = torch.tensor([1.0])
    class Settings:
        rate = 0.5
    def bent(x, power=2):
        return x**3
    def bowl(x, y):
        return A + sum(B) + C + Settings.rate + y**2 + bent(x)
    """
    name = modules.fresh("bowl")
    running = modules.write(name, text).bowl
    modules.write(name, text.replace(before, after), load=False)
    still_running = identity(running)
    assert identity(modules.reimport(name).bowl) != still_running


def test_edited_sibling_that_is_not_reloaded_changes_the_identity(modules):
    modules.write("sibling_four", SIBLING)
    running = modules.write("mine_four", OPTIMIZER.format(sibling="sibling_four")).Mine
    modules.write("sibling_four", SIBLING.replace("1.0", "20.0"), load=False)
    still_running = identity(running)
    modules.reimport("sibling_four")
    assert identity(modules.reimport("mine_four").Mine) != still_running


def test_identity_covers_patched_module_attributes(modules):
    module = modules.write("mine_five", "A = 1\ndef bowl(x, y):\n    return A * x**2 + y**2\n")
    first = identity(module.bowl)
    module.A = 2
    assert identity(module.bowl) != first
    module.A = 1
    assert identity(module.bowl) == first


def test_torchs_wrapping_of_step_changes_no_identity(modules):
    text = """
    from torch.optim import SGD
    class Inheriting(SGD):
        pass
    class Stepping(SGD):
        def step(self, closure=None):
            return super().step(closure)
    class Further(Stepping):
        pass
    """
    module = modules.write("mine_six", text)
    classes = [module.Inheriting, module.Stepping, module.Further]
    before = [identity(cls) for cls in classes]
    for cls in reversed(classes):
        cls([torch.zeros(2, requires_grad=True)], lr=0.1).step()
    assert hasattr(module.Further.step, "__wrapped__")
    assert [identity(cls) for cls in classes] == before


def test_finding_a_module_imports_nothing(modules):
    modules.write("noisy.__init__", "raise RuntimeError('imported')\n", load=False)
    modules.write("noisy.part", "A = 1\n", load=False)
    text = """
    def bowl(x, y):
        if x.numel() > 10**9:
            from noisy.part import A
        return x**2 + y**2
    """
    bowl = modules.write("bowl_seven", text).bowl
    first = identity(bowl)
    assert "noisy" not in sys.modules
    modules.write("noisy.part", "A = 1\n# a remark\n", load=False)
    assert identity(bowl) != first


def test_identity_of_a_compiled_module_covers_its_bytes(modules, tmp_path):
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    compiled = tmp_path / f"compiled_eight{suffix}"
    compiled.write_bytes(b"\x7fELF\0")
    text = "def bowl(x, y):\n    import compiled_eight\n    return x**2 + y**2\n"
    bowl = modules.write("bowl_eight", text).bowl
    first = identity(bowl)
    compiled.write_bytes(b"\x7fELF\0\0")
    assert identity(bowl) != first


@pytest.mark.parametrize("state", ["broken", "gone"])
def test_file_that_is_half_written_or_deleted_has_no_identity(modules, state):
    name = modules.fresh("bowl")
    bowl = modules.write(name, "def bowl(x, y):\n    return x**2 + y**2\n").bowl
    if state == "broken":
        modules.write(name, "def bowl(x, y:\n", load=False)
    else:
        Path(sys.modules[name].__file__).unlink()
    with pytest.raises(UnidentifiableError, match=r"cannot tell what .* (imports|contains)"):
        identity(bowl)


def local():
    def bowl(x, y):
        return x**2 + y**2

    return bowl


def noisy(formula, sigma):
    @functools.wraps(formula)
    def noised(x, y):
        return formula(x, y) + sigma

    return noised


def made_by_exec(text, name, **namespace):
    exec(text, namespace)
    return namespace[name]


def without_module(module=None):
    bowl = made_by_exec("def bowl(x, y):\n    return x + y", "bowl")
    bowl.__module__ = module
    return bowl


class Unprintable:
    def __repr__(self):
        raise LookupError("nothing to show")


def shifted_by(number):
    def bowl(x, y):
        return beale(x, y) + number

    return bowl


@dataclass
class Incomplete:
    number: int = field(init=False)


def traced():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated, but still in use
        return torch.jit.trace(lambda x, y: x + y, (torch.ones(()), torch.ones(())))


def endless():
    value = []
    value.append(value)
    return value


def of_a_notebook():
    return FunctionType((lambda x, y: x + y).__code__, {"__name__": "__main__"}, "bowl")


@pytest.mark.parametrize(
    "value",
    [
        lambda x, y: x + y,
        local(),
        noisy(beale, 0.1),
        of_a_notebook(),
        type("Mine", (torch.optim.SGD,), {"__module__": "__main__"}),
        type("SGD", (torch.optim.SGD,), {"__module__": "torch.optim.sgd"}),
        without_module(),
        without_module("never.imported"),
        without_module("builtins"),
        without_module(""),
        made_by_exec("class Mine(Base): pass", "Mine", Base=torch.optim.SGD),
        made_by_exec("class Mine(Base): pass", "Mine", Base=torch.optim.SGD, __name__=None),
        functools.partial(without_module(), 1),
        shifted_by(1.0),
        OPTIMIZERS["sgd"].build,
        torch.sin,
        traced(),
        Unprintable(),
        Incomplete(),
        torch.zeros(2, device="meta"),
        torch.zeros(2).to_sparse(),
        endless(),
        torch.nn.Linear(2, 1),
        torch.optim.SGD([torch.zeros(2)], lr=0.1),
        functools.partial(local(), 1),
        np.array([object()]),
        np.poly1d([1, 2]),
        torch.Generator(),
        object(),
        iter([]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_not_defined_in_a_file_have_no_identity(value):
    for given in (value, [value], {"formula": value}):
        with pytest.raises(UnidentifiableError, match=r"(?s)cannot tell what .* depends on"):
            identity(given)
    with pytest.raises(UnidentifiableError):
        digest(value)


CLOSURES = """
    import functools, os
    def make(factor):
        def bowl(x, y):
            return factor * x**2 + y**2
        bowl.__qualname__ = "bowl"
        return bowl
    def times(factor):
        def decorate(formula):
            @functools.wraps(formula)
            def scaled(x, y):
                return factor * formula(x, y)
            return scaled
        return decorate
    FACTOR = [float(os.environ["FACTOR"])]
"""


@pytest.mark.parametrize(
    "definition",
    [
        "bowl = make(FACTOR.pop())",
        "@times(FACTOR.pop())\n    def bowl(x, y):\n        return x + y",
        "bowl = functools.partial(make, FACTOR.pop())",
    ],
)
def test_closures_over_different_values_have_different_identities(modules, monkeypatch, definition):
    name, found = modules.fresh("closure"), []
    modules.write(name, CLOSURES + f"    {definition}\n", load=False)
    for factor in ("1", "2", "1"):
        monkeypatch.setenv("FACTOR", factor)
        found.append(identity(modules.reimport(name).bowl))
    assert found[0] == found[2] != found[1]


def test_closure_over_an_unidentifiable_value_has_no_identity(modules):
    text = CLOSURES.replace('[float(os.environ["FACTOR"])]', "[object()]")
    module = modules.write(modules.fresh("closure"), text + "    bowl = make(FACTOR.pop())\n")
    with pytest.raises(UnidentifiableError, match="cannot tell what <object object"):
        identity(module.bowl)


def test_subclass_of_an_exec_made_class_has_no_identity(modules):
    text = """
    import torch
    made = {"SGD": torch.optim.SGD}
    exec("class Base(SGD): pass", made)
    class Mine(made["Base"]):
        pass
    """
    module = modules.write(modules.fresh("based"), text)
    assert module.Mine.__mro__[1].__module__ == "builtins"
    with pytest.raises(UnidentifiableError, match="cannot tell what Base depends on"):
        identity(module.Mine)


def test_error_about_a_function_without_a_file_gives_advice():
    text = (
        "bowl depends on, because it cannot be imported from a file; move it to a separate module"
    )
    with pytest.raises(UnidentifiableError, match=text):
        identity(local())


@dataclass(frozen=True)
class Shifted:
    formula: object
    offset: torch.Tensor
    seed: int = field(default=0, compare=False)


def shifted(by, **options):
    return Shifted(rosenbrock, torch.tensor([by, 2.0], dtype=torch.float64), **options)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0.0, -0.0),
        (1, True),
        ("1", 1),
        ("a', 'b", ("a", "b")),
        (("a",), "a"),
        ((1, (2, 3)), (1, 2, 3)),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        (torch.float64, torch.float32),
        (torch.tensor([1.0, 2.0]), torch.tensor([1.00001, 2.0])),
        (torch.zeros(2), torch.zeros(1, 2)),
        (torch.zeros(2), torch.zeros(2, dtype=torch.float64)),
        (torch.zeros(2), np.zeros(2, np.float32)),
        (np.arange(2000), np.where(np.arange(2000) == 1000, 0, np.arange(2000))),
        (functools.partial(beale, y=1.0), functools.partial(beale, y=2.0)),
        (functools.partial(beale, y=1.0), beale),
        (beale, rosenbrock),
        (torch.optim.Adam, torch.optim.AdamW),
        (shifted(1.0), shifted(1.00001)),
        (shifted(1.0), shifted(1.0, seed=1)),
    ],
)
def test_different_values_have_different_identities(one, other):
    assert identity(one) != identity(other)
    assert digest(one) != digest(other)


def test_equal_values_have_equal_identities():
    assert identity({"a": 1, "b": 2}) == identity({"b": 2, "a": 1})
    assert identity((1, 2)) == identity([1, 2])
    assert identity({"x", "y", "z"}) == identity({"z", "y", "x"})
    assert identity(shifted(1.0)) == identity(shifted(1.0))
    assert identity(torch.zeros(3)[::2]) == identity(torch.zeros(2))


def test_adjacent_values_are_separated():
    assert digest("a", "b") != digest("ab") != digest("a", "b", "")
    assert len(digest()) == 32


def test_identity_covers_the_default_dtype():
    before = digest(beale)
    torch.set_default_dtype(torch.float64)
    try:
        assert digest(beale) != before
    finally:
        torch.set_default_dtype(torch.float32)
    assert digest(beale) == before


def test_public_modules_are_those_that_define_public_names():
    modules = public_modules()
    assert {
        "optgallery.sweeps.sweep",
        "optgallery.render.animation",
        "optgallery.runs.trajectory",
        "optgallery.problems.memory",
    } < set(modules)
    assert "optgallery.optim.spec" in modules
    assert "optgallery" not in modules
    assert "optgallery.optim" not in modules


def test_sources_cover_everything_that_a_module_imports():
    assert len(sources("optgallery.runs.run")) == 32
    assert sources("optgallery.runs.run") == sources(
        "optgallery.runs.run", "optgallery.runs.trajectory"
    )
    assert sources("optgallery.runs.run") != sources("optgallery.runs.trajectory")
    assert sources("optgallery.optim.yogi") != sources("optgallery.optim.adabelief")


@pytest.mark.parametrize("name", ["optgallery.lane", "nowhere", "nowhere.to.be.seen"])
def test_unknown_module_is_rejected(name):
    told = (
        f"^there is no module '{name}' whose sources could be read; name one that can be imported"
    )
    with pytest.raises(ModuleNotFoundError, match=told):
        sources("optgallery.sweeps.sweep", name)


def test_two_installations_of_one_version_have_equal_digests(tmp_path, answers):
    folder = tmp_path / "optgallery"
    copied = Path(answers["nothing"]["file"]).parent
    shutil.copytree(copied, folder)
    code = "import json\nfrom optgallery.cache.fingerprint import package_digest\n"
    code += "print(json.dumps(package_digest()))\n"
    edited = Path(answers["one optimizer"]["file"]).parents[1]
    one, same, other = ask([(copied.parent, code), (tmp_path, code), (edited, code)])
    assert one == same != other
    assert len(package_digest()) == 32
