from functools import partial
from unittest import mock

import pytorch_optimizer
import torch
from pytorch_optimizer.optimizer import scion as module
from pytorch_optimizer.optimizer.scion import LMONorm

from references import Case


class InDoublePrecision(pytorch_optimizer.SCION):
    """The package's SCION, with its Newton-Schulz rounds in float64 instead of bfloat16."""

    def step(self, closure=None):
        name = "zero_power_via_newton_schulz_5"
        precise = partial(getattr(module, name), dtype=torch.float64)
        with mock.patch.object(module, name, precise):
            return super().step(closure)


CASES = tuple(
    Case(
        optimizer="scion",
        setting=setting,
        package="pytorch_optimizer",
        reference=InDoublePrecision,
        hparams=hparams,
        settings=settings,
        why="the package has other names, takes 1 - momentum, and orthogonalizes in bfloat16",
    )
    for setting, hparams, settings in (
        ("defaults", {}, {"momentum": 0.1}),
        ("lr 0.01", {"lr": 0.01}, {"lr": 0.01, "momentum": 0.1}),
        ("other momentum", {"momentum": 0.5}, {"momentum": 0.5}),
        ("no momentum", {"momentum": 0.0}, {"momentum": 1.0}),
        ("weight decay", {"weight_decay": 0.5}, {"momentum": 0.1, "weight_decay": 0.5}),
        (
            "constrained",
            {"lr": 0.1, "constrained": True, "radius": 3.0},
            {"lr": 0.1, "momentum": 0.1, "constraint": True, "scale": 3.0},
        ),
        *(
            (
                f"{name} norm",
                {"lr": 0.1, "norm": name, "constrained": True},
                {"lr": 0.1, "momentum": 0.1, "norm_type": number, "constraint": True},
            )
            for name, number in (
                ("sign", LMONorm.SIGN),
                ("column", LMONorm.COL),
                ("row", LMONorm.ROW),
            )
        ),
    )
)
