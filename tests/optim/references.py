"""Our optimizers beside independent packages: the cases, and how far apart the two ever come.

``python tests/optim/references.py`` prints the record as JSON.
"""

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import pytorch_optimizer
import torch
from adabelief_pytorch import AdaBelief as AuthorsAdaBelief
from adabound import AdaBound as AuthorsAdaBound
from madgrad import MADGRAD as AuthorsMADGRAD
from qhoptim.pyt import QHAdam as AuthorsQHAdam
from replay import Points, descend, random_gradients, random_hessians, replay
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
    deprecated: str = ""
    """The message of the one torch deprecation that the package trips over, as a pattern."""

    def __str__(self) -> str:
        return f"{self.optimizer}, {self.setting}, {self.package}"

    @property
    def create_graph(self) -> bool:
        return OPTIMIZERS[self.optimizer].create_graph

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions to run down: none where more than the learning rate is set.

        What other settings do shows along fixed gradients, where no chaos magnifies roundings.
        """
        return FUNCTION_NAMES if set(self.hparams) <= {"lr"} else ()

    def ours(self, params: list[Tensor]) -> Optimizer:
        return OPTIMIZERS[self.optimizer].build(params, seed=0, **self.hparams)

    def theirs(self, params: list[Tensor]) -> Optimizer:
        with contextlib.redirect_stdout(io.StringIO()):  # adabelief-pytorch prints its settings
            return self.reference(params, **self.settings)

    @contextlib.contextmanager
    def surroundings(self) -> Iterator[None]:
        """What a reference needs around it: a global seed, and leave for its one deprecation."""
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            torch.manual_seed(0)
            if self.deprecated:
                warnings.filterwarnings("ignore", self.deprecated, UserWarning)
            yield

    def on_function(self, name: str) -> float:
        """Relative difference of the two runs down a function."""
        formula = FUNCTIONS[name].formula
        ours = descend(self.ours, formula, START, STEPS, self.create_graph)
        with self.surroundings():
            theirs = descend(self.theirs, formula, START, STEPS, self.create_graph)
        return relative_difference(ours, theirs)

    def on_replay(self) -> float:
        """Relative difference of the two runs along the same random gradients."""
        gradients = random_gradients(STEPS)
        hessians = random_hessians(STEPS) if self.create_graph else None
        ours = replay(self.ours, gradients, START, hessians)
        with self.surroundings():
            theirs = replay(self.theirs, gradients, START, hessians)
        return relative_difference(ours, theirs)


def relative_difference(ours: Points, theirs: Points) -> float:
    """Return the largest distance at equal steps over the largest distance from the start."""
    assert np.isfinite(theirs).all()
    travelled = np.abs(theirs - theirs[0]).max()
    return float(np.abs(ours - theirs).max() / travelled)


CASES = (
    *(
        Case(
            optimizer="adabelief",
            setting=setting,
            package="adabelief-pytorch",
            reference=AuthorsAdaBelief,
            hparams=hparams,
            settings={
                "print_change_log": False,
                "rectify": hparams.get("rectify", False),
                "weight_decouple": hparams.get("decoupled_weight_decay", True),
                **{k: hparams[k] for k in ("lr", "betas", "eps", "weight_decay") if k in hparams},
            },
            why="rectify is off here unless asked for, as in the paper; the package has it on",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "rectify": {"lr": 0.01, "rectify": True},
            "decoupled weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": False},
        }.items()
    ),
    *(
        Case(
            optimizer="adabelief",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.AdaBelief,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {"defaults": {}, "lr 0.01": {"lr": 0.01}}.items()
    ),
    *(
        Case(
            optimizer="adahessian",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.AdaHessian,
            hparams=hparams,
            settings={"lr": 0.15, "eps": 1e-4, **hparams},
            why="the package's defaults for lr and eps are not the authors'; "
            "it draws from the global generator, seeded as our private one",
        )
        for setting, hparams in {
            "defaults": {},
            "large eps": {"eps": 1e-1},
            "Hessian power 0.5": {"hessian_power": 0.5, "lr": 0.01},
            "weight decay": {"weight_decay": 0.1},
        }.items()
    ),
    *(
        Case(
            optimizer="adabound",
            setting=setting,
            package="adabound",
            reference=AuthorsAdaBound,
            hparams=hparams,
            settings=hparams,
            deprecated=r"This overload of add_? is deprecated",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "bounds that bind": {"lr": 0.01, "final_lr": 0.02, "gamma": 0.5},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="adabound",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.AdaBound,
    ),
    *(
        Case(
            optimizer="madgrad",
            setting=setting,
            package="madgrad",
            reference=AuthorsMADGRAD,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "large eps": {"eps": 0.1},
            "eps 0": {"eps": 0.0},
            "momentum 0": {"momentum": 0.0},
            "L2 penalty": {"weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="madgrad",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.MADGRAD,
        settings={"lr": 1e-2, "eps": 1e-6},
        why="the package's defaults are not the authors'",
    ),
    *(
        Case(
            optimizer="qhadam",
            setting=setting,
            package="qhoptim",
            reference=AuthorsQHAdam,
            hparams=hparams,
            settings={
                "betas": (0.995, 0.999),
                "nus": (0.7, 1.0),
                **{k: v for k, v in hparams.items() if k != "decoupled_weight_decay"},
                "decouple_weight_decay": hparams.get("decoupled_weight_decay", False),
            },
            why="the package defaults to Adam's betas and nus, we to those the paper recommends",
            deprecated=r"This overload of (add_?|addcdiv_) is deprecated",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "both nus": {"lr": 0.01, "nus": (0.8, 0.6), "betas": (0.9, 0.99)},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1},
            "decoupled weight decay": {
                "lr": 0.01,
                "weight_decay": 0.1,
                "decoupled_weight_decay": True,
            },
        }.items()
    ),
    *(
        Case(
            optimizer="yogi",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.Yogi,
            hparams=hparams,
            settings={"weight_decouple": False, **hparams},
            why="weight decay is an L2 penalty here, and decoupled there unless told otherwise",
        )
        for setting, hparams in {
            "defaults": {},
            "large eps": {"eps": 0.1},
            "large initial accumulator": {"initial_accumulator": 0.1},
            "L2 penalty": {"weight_decay": 0.1},
        }.items()
    ),
)


def measure(case: Case) -> dict[str, Any]:
    """Say against what a case was compared, and how far apart the two came at most."""
    differences = {"replay": case.on_replay()}
    differences |= {name: case.on_function(name) for name in case.functions}
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


if __name__ == "__main__":
    torch.set_num_threads(1)
    json.dump([measure(case) for case in CASES], sys.stdout, indent=2)
