"""Our optimizers compared with independent packages: the cases, and the largest differences.

Each optimizer has a module of its name here, with its ``CASES`` or, where no package is right, with
the reason why it is ``HAND_DERIVED``. ``python tests/optim/references`` prints the record as JSON.
"""

import contextlib
import io
import pkgutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from replay import Points, descend, descend_each, random_gradients, random_hessians, replay
from torch import Tensor
from torch.optim import Optimizer

from optgallery import FUNCTIONS, OPTIMIZERS

FUNCTION_NAMES = ("sphere", "rosenbrock", "beale", "himmelblau", "ackley", "rastrigin", "flower")
START = (2.0, 1.7)
STEPS = 200
TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Case:
    """One setting in which one of our optimizers and a package's must agree."""

    optimizer: str
    setting: str
    package: str
    reference: Callable[..., Optimizer]
    hparams: Mapping[str, Any] = field(default_factory=dict)
    """What our entry is given."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the reference is given in order to mean the same."""
    why: str = ""
    """Why the two are given different arguments."""
    down: tuple[str, ...] = ()
    """Functions to run down whatever is set, for what fixed gradients do not show."""
    chaotic: tuple[str, ...] = ()
    """Functions on which a last digit grows beyond the tolerance, compared at another rate."""
    deprecated: str = ""
    """The message of the one torch deprecation that the package trips over, as a pattern."""

    def __str__(self) -> str:
        return f"{self.optimizer}, {self.setting}, {self.package}"

    @property
    def create_graph(self) -> bool:
        return OPTIMIZERS[self.optimizer].create_graph

    @property
    def shape(self) -> tuple[int, ...]:
        return OPTIMIZERS[self.optimizer].parameter_shape

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions to run on: few or none if more than the learning rate is set.

        Other settings are compared on fixed gradients, where no chaos amplifies rounding errors.
        """
        if not set(self.hparams) <= {"lr"}:
            return self.down
        return tuple(name for name in FUNCTION_NAMES if name not in self.chaotic)

    def ours(self, params: list[Tensor]) -> Optimizer:
        return OPTIMIZERS[self.optimizer].build(params, seed=0, **self.hparams)

    def theirs(self, params: list[Tensor]) -> Optimizer:
        with contextlib.redirect_stdout(io.StringIO()):  # adabelief-pytorch prints its settings
            return self.reference(params, **self.settings)

    @contextlib.contextmanager
    def surroundings(self) -> Iterator[None]:
        """The context of a reference: a global seed, and its one deprecation warning ignored."""
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            torch.manual_seed(0)
            if self.deprecated:
                warnings.filterwarnings("ignore", self.deprecated)
            yield

    @cached_property
    def on_functions(self) -> dict[str, float]:
        """Relative difference of the two runs on each function."""
        if not self.functions:
            return {}
        formulas = [FUNCTIONS[name].formula for name in self.functions]
        settings = (formulas, START, STEPS, self.create_graph, self.shape)
        ours = descend_each(self.ours, *settings)
        with self.surroundings():
            theirs = descend_each(self.theirs, *settings)
        return dict(zip(self.functions, map(relative_difference, ours, theirs), strict=True))

    def growth(self, name: str) -> float:
        """Relative difference of our runs from the start and from the next float beside it."""
        formula, (x, y) = FUNCTIONS[name].formula, START
        beside = (float(np.nextafter(x, 3)), y)
        here, there = (
            descend(self.ours, formula, start, STEPS, self.create_graph, self.shape)
            for start in (START, beside)
        )
        return relative_difference(here, there)

    def on_replay(self) -> float:
        """Relative difference of the two runs on the same random gradients."""
        gradients = random_gradients(STEPS)
        hessians = random_hessians(STEPS) if self.create_graph else None
        ours = replay(self.ours, gradients, START, hessians, self.shape)
        with self.surroundings():
            theirs = replay(self.theirs, gradients, START, hessians, self.shape)
        return relative_difference(ours, theirs)


def relative_difference(ours: Points, theirs: Points) -> float:
    """Return the largest distance at equal steps over the largest distance from the start."""
    assert np.isfinite(theirs).all()
    travelled = np.abs(theirs - theirs[0]).max()
    return float(np.abs(ours - theirs).max() / travelled)


def measure(case: Case) -> dict[str, Any]:
    """Return what a case was compared with, and the largest difference."""
    differences = {"replay": case.on_replay()}
    differences |= case.on_functions
    return {
        "optimizer": case.optimizer,
        "setting": case.setting,
        "package": case.package,
        "version": version(case.package),
        "steps": STEPS,
        "compared_on": list(differences),
        "largest_relative_difference": max(differences.values()),
        "note": case.why,
    }


# last, because the modules import Case from here
MODULES = {
    name: import_module(f"{__name__}.{name}")
    for _, name, _ in pkgutil.iter_modules(__path__)
    if name != "__main__"
}
CASES: tuple[Case, ...] = tuple(
    case for module in MODULES.values() for case in getattr(module, "CASES", ())
)
HAND_DERIVED: dict[str, str] = {
    name: module.HAND_DERIVED for name, module in MODULES.items() if hasattr(module, "HAND_DERIVED")
}
