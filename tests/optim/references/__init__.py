"""Our optimizers compared with independent packages: the cases, and the largest differences.

Each optimizer has a module of its name here, with its ``CASES`` or, where no package is right, with
the reason why it is ``HAND_DERIVED``. ``python tests/optim/references`` prints the record as JSON.
"""

import contextlib
import io
import pkgutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import torch
from replay import (
    Descent,
    Points,
    descend_each,
    points_or_raise,
    random_gradients,
    random_hessians,
    replay,
)
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
    def deprecation_ignored(self) -> Iterator[None]:
        """The context of a reference: its one deprecation warning is ignored."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", self.deprecated)
            yield

    def descent(
        self, functions: Sequence[str], start: tuple[float, float] = START, *, theirs: bool = False
    ) -> Descent:
        """Return how ours or theirs runs on functions.

        The entry says whether rows or parameters keep to themselves. A package's optimizer that
        mixed them would differ from ours.
        """
        spec = OPTIMIZERS[self.optimizer]
        return Descent(
            self.theirs if theirs else self.ours,
            [FUNCTIONS[name].formula for name in functions],
            start,
            self.shape,
            "parameter" if spec.elementwise else "optimizer" if spec.layerwise else "nothing",
            self.create_graph,
            self.deprecation_ignored if theirs and self.deprecated else contextlib.nullcontext,
        )

    @cached_property
    def growth(self) -> dict[str, float]:
        """Relative difference of our runs from the start and from the next float beside it."""
        beside = (float(np.nextafter(START[0], 3)), START[1])
        begun = [self.descent(self.chaotic, start) for start in (START, beside)]
        here, there = map(points_or_raise, descend_each(begun, STEPS))
        return dict(zip(self.chaotic, map(relative_difference, here, there), strict=True))

    def on_replay(self) -> float:
        """Relative difference of the two runs on the same random gradients."""
        gradients = random_gradients(STEPS)
        hessians = random_hessians(STEPS) if self.create_graph else None
        ours = replay(self.ours, gradients, START, hessians, self.shape)
        context = self.deprecation_ignored if self.deprecated else contextlib.nullcontext
        with seeded(), context():
            theirs = replay(self.theirs, gradients, START, hessians, self.shape)
        return relative_difference(ours, theirs)


@contextlib.contextmanager
def seeded() -> Iterator[None]:
    """The context of references: a seed of the global generator, which is restored."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


class Compared(NamedTuple):
    """How a case ran on its functions: the points of ours and theirs, or what was raised."""

    case: Case
    ours: list[Points] | Exception
    theirs: list[Points] | Exception

    def differences(self) -> dict[str, float]:
        """Return the relative difference of the two runs on each function."""
        both = zip(points_or_raise(self.ours), points_or_raise(self.theirs), strict=True)
        return {
            name: relative_difference(*points)
            for name, points in zip(self.case.functions, both, strict=True)
        }


def compare(cases: Iterable[Case]) -> dict[str, Compared]:
    """Run cases on their functions, all of ours in one batch, and all of theirs in another.

    Those with graphs of their gradients, which are dear, are kept apart.

    Returns
    -------
    dict
        By the names of the cases.
    """
    found: dict[str, Compared] = {}
    on_functions = sorted((case for case in cases if case.functions), key=_has_graph)
    for batch in (list(same) for _, same in groupby(on_functions, key=_has_graph)):
        ours = [case.descent(case.functions) for case in batch]
        theirs = [case.descent(case.functions, theirs=True) for case in batch]
        with seeded():
            ran = zip(descend_each(ours, STEPS), descend_each(theirs, STEPS), strict=True)
        found |= {str(case): Compared(case, *both) for case, both in zip(batch, ran, strict=True)}
    return found


def _has_graph(case: Case) -> bool:
    return case.create_graph


def relative_difference(ours: Points, theirs: Points) -> float:
    """Return the largest distance at equal steps over the largest distance from the start."""
    assert np.isfinite(theirs).all()
    travelled = np.abs(theirs - theirs[0]).max()
    return float(np.abs(ours - theirs).max() / travelled)


def measure(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return what each case was compared with, and the largest difference."""
    compared = compare(cases)
    found = {str(case): {"replay": case.on_replay()} for case in cases}
    for name, both in compared.items():
        found[name] |= both.differences()
    return [_entry(case, found[str(case)]) for case in cases]


def _entry(case: Case, found: Mapping[str, float]) -> dict[str, Any]:
    return {
        "optimizer": case.optimizer,
        "setting": case.setting,
        "package": case.package,
        "version": version(case.package),
        "steps": STEPS,
        "compared_on": list(found),
        "largest_relative_difference": max(found.values()),
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
