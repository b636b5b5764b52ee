from unittest import mock

import pytorch_optimizer
import torch

from references import Case


class InDoublePrecision(pytorch_optimizer.Kron):
    """The package's Kron, which casts to torch.float32 for triangular systems only."""

    def step(self, closure=None):
        with mock.patch.object(torch, "float32", torch.float64):
            return super().step(closure)


NAMES = {"momentum", "lr", "weight_decay"}

CASES = tuple(
    Case(
        optimizer="psgd_kron",
        setting=setting,
        package="pytorch_optimizer",
        reference=InDoublePrecision,
        hparams=hparams,
        settings={
            **{name: value for name, value in hparams.items() if name in NAMES},
            "precondition_dtype": torch.float64,
            "pre_conditioner_update_probability": 1 / hparams.get("precondition_frequency", 1),
            "balance_prob": 0.0,
        },
        chaotic=("ackley", "rastrigin") if hparams == {"lr": 0.01} else (),
        why="the package keeps its factors in single precision, rebalances them at random, and "
        "says as a probability how often they are updated",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "other momentum": {"lr": 0.01, "momentum": 0.5},
        "weight decay": {"lr": 0.01, "weight_decay": 0.1},
    }.items()
)
