"""Classes of other packages take the path of a plain loop: a sample of `nox -s others`."""

import itertools
import pathlib
import warnings
from importlib import import_module
from importlib.metadata import version

import pytest
from forking import run_code
from torch.optim import SGD

from others import compare as comparison
from others.compare import Verdict, compare
from others.departures import LOOPS
from others.loops import Loop, Path
from others.packages import packages

TESTS = pathlib.Path(__file__).parents[1]

SAMPLE = {
    "adabelief-pytorch": "adabelief_pytorch.AdaBelief",
    "dadaptation": "dadaptation.DAdaptAdam dadaptation.DAdaptLion",
    "lion-pytorch": "lion_pytorch.cautious_lion.Lion",
    "madgrad": "madgrad.MirrorMADGRAD",
    "prodigyopt": "prodigyopt.Prodigy",
    "pytorch-optimizer": " ".join(
        f"pytorch_optimizer.{name}"
        for name in (
            *("AdaLOMO", "AdamMini", "AliG", "BSAM", "FAdam", "GSAM", "Kron", "LOMO", "LoRARite"),
            *("Lookahead", "MuonClip", "PCGrad", "Ranger21", "SAM", "SafeFP16Optimizer", "SophiaH"),
            *("ScheduleFreeWrapper", "WSAM"),
        )
    ),
    "schedulefree": "schedulefree.AdamWScheduleFree schedulefree.RAdamScheduleFreeClosure",
    "torch-optimi": "optimi.StableAdamW",
    "torch-optimizer": "torch_optimizer.Adahessian torch_optimizer.Lookahead torch_optimizer.RAdam",
}
"""Of each kind some: what their departures say, wrappers, averages, hooks, random numbers."""

CLASSES = [(package, path) for package, paths in SAMPLE.items() for path in paths.split()]


@pytest.mark.parametrize(("name", "path"), CLASSES, ids=[path for _, path in CLASSES])
def test_a_class_takes_the_path_of_a_plain_loop(name, path):
    package = packages()[name]
    assert path in package.paths()
    if version(name) != package.version:
        pytest.skip(f"its loop is written for {package.requirement}, not for {version(name)}")
    module, _, cls = path.rpartition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package
        verdict = compare(getattr(import_module(module), cls), LOOPS.get(path, Loop()))
    assert verdict == Verdict("same bits")


def test_each_departure_is_that_of_a_listed_class():
    listed = [path for package in packages().values() for path in package.paths()]
    assert len(set(listed)) == len(listed)
    assert set(LOOPS) <= set(listed)


def test_no_loop_runs_of_few_classes_alone():
    listed = sum(len(package.paths()) for package in packages().values())
    left_out = sum(bool(loop.left_out) for loop in LOOPS.values())
    assert sum(bool(loop.cause) for loop in LOOPS.values()) < 0.02 * (listed - left_out)
    assert left_out < 0.04 * listed


def test_a_class_without_a_loop_is_told_with_its_cause():
    assert compare(SGD, Loop(left_out="a base")) == Verdict("left out", "a base")
    assert compare(SGD, Loop(cause="it raises")) == Verdict("no loop runs", "it raises")


def test_another_path_is_found(monkeypatch):
    def elsewhere(cls, loop, fn):
        path = comparison.plain_loop(cls, loop, fn)
        x, y = path.points[7]
        path.points[7] = (x, y + 2**-50)
        return path

    monkeypatch.setattr(comparison, "path_here", elsewhere)
    verdict = compare(SGD, Loop(lr=0.001))
    assert verdict.kind == "other bits"
    assert "at step 7" in verdict.cause


def test_an_early_end_is_found(monkeypatch):
    def shorter(cls, loop, fn):
        return Path(comparison.plain_loop(cls, loop, fn).points[:-1])

    monkeypatch.setattr(comparison, "path_here", shorter)
    verdict = compare(SGD, Loop(lr=0.001))
    assert verdict == Verdict(
        "other bits",
        "rosenbrock: the plain loop has 31 points (no error), optgallery 30 (no error)",
    )


def test_what_differs_from_loop_to_loop_is_not_repeatable():
    count = itertools.count(1)

    class Counted(SGD):
        def __init__(self, params, lr):
            super().__init__(params, lr=lr / next(count))

    assert compare(Counted, Loop(lr=0.001)).kind == "not repeatable"


def test_a_loop_that_raises_says_what():
    class Broken(SGD):
        def step(self):
            raise KeyError("momentum")

    assert compare(Broken, Loop()) == Verdict("loop fails", "rosenbrock: KeyError: 'momentum'")


def test_a_class_that_is_refused_says_why(monkeypatch):
    def refused(cls, _, fn):
        raise ValueError(f"{cls.__name__} is refused on {fn.title}")

    monkeypatch.setattr(comparison, "path_here", refused)
    assert compare(SGD, Loop(lr=0.001)) == Verdict(
        "refused", "rosenbrock: ValueError: SGD is refused on Rosenbrock"
    )


def test_a_class_that_does_nothing_is_told_from_one_that_moves():
    class Idle(SGD):
        def step(self):
            pass

    assert compare(Idle, Loop()) == Verdict("same bits", "it never moves")
    assert compare(SGD, Loop(lr=1e308)).cause == "its first step leaves the finite numbers"


FORKING = """
import time
from others.processes import InOtherProcessError, in_own_process
from others.loops import Path

assert in_own_process(lambda: Path([(1.0, 2.0)])) == Path([(1.0, 2.0)])
for call, seconds in ((lambda: 1 / 0, 60), (lambda: time.sleep(60), 1)):
    try:
        in_own_process(call, seconds)
    except InOtherProcessError as error:
        print(error)
"""


def test_a_process_of_its_own_hands_back_a_value_or_says_why_it_has_none():
    # in a new process: JAX, which other tests load, has threads that a fork must not lose
    done = run_code(FORKING, folder=TESTS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["ZeroDivisionError: division by zero", "took more than 1 s"]
