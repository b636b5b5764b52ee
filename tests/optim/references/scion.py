from functools import partial
from unittest import mock

import pytorch_optimizer
import torch
from pytorch_optimizer.optimizer import scion as module
from pytorch_optimizer.optimizer.scion import LMONorm

from references import Case

NORMS = {
    "spectral": LMONorm.AUTO,
    "sign": LMONorm.SIGN,
    "column": LMONorm.COL,
    "row": LMONorm.ROW,
}


class InDoublePrecision(pytorch_optimizer.SCION):
    """The package's SCION with our names, its rounds in float64 instead of bfloat16."""

    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0.9,
        radius=1.0,
        weight_decay=0.0,
        *,
        norm="spectral",
        constrained=False,
    ):
        super().__init__(
            params,
            lr=lr,
            momentum=1 - momentum,
            constraint=constrained,
            norm_type=NORMS[norm],
            scale=radius,
            weight_decay=weight_decay,
        )

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
        settings=hparams,
        why="the package has other names, takes 1 - momentum, and orthogonalizes in bfloat16",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "other momentum": {"momentum": 0.5},
        "no momentum": {"momentum": 0.0},
        "weight decay": {"weight_decay": 0.5},
        "constrained": {"lr": 0.1, "constrained": True, "radius": 3.0},
        **{
            f"{norm} norm": {"lr": 0.1, "norm": norm, "constrained": True}
            for norm in ("sign", "column", "row")
        },
    }.items()
)
