from functools import partial
from unittest import mock

import pytorch_optimizer
import torch
from pytorch_optimizer.optimizer.muon import normuon as module

from references import Case


class InDoublePrecision(pytorch_optimizer.NorMuon):
    """The package's NorMuon, with its Newton-Schulz rounds in float64 instead of bfloat16."""

    def __init__(self, params, **settings):
        # loops: in batches, the package steps all matrices of a shape by one number of rows
        super().__init__([{"params": params, "use_muon": True}], foreach=False, **settings)

    def step(self, closure=None):
        name = "zero_power_via_newton_schulz_5"
        precise = partial(getattr(module, name), dtype=torch.float64)
        with mock.patch.object(module, name, precise):
            return super().step(closure)


CHAOTIC = {"defaults": ("rastrigin",), "lr 0.01": ("ackley", "rastrigin")}

CASES = tuple(
    Case(
        optimizer="normuon",
        setting=setting,
        package="pytorch_optimizer",
        reference=InDoublePrecision,
        hparams=hparams,
        settings=settings,
        chaotic=CHAOTIC.get(setting, ()),
        why="the package has other names, and orthogonalizes in bfloat16",
    )
    for setting, hparams, settings in (
        ("defaults", {}, {}),
        ("lr 0.01", {"lr": 0.01}, {"lr": 0.01}),
        ("lr 0.001", {"lr": 0.001}, {"lr": 0.001}),
        ("other betas", {"betas": (0.9, 0.99)}, {"momentum": 0.9, "beta2": 0.99}),
        ("large eps", {"eps": 1e-2}, {"eps": 1e-2}),
        ("weight decay", {"weight_decay": 0.5}, {"weight_decay": 0.5}),
        ("no Nesterov", {"nesterov": False}, {"nesterov": False}),
        (
            "root mean square of Adam's",
            {"match_rms": True, "nesterov": False},
            {"update_scale": "match_rms", "nesterov": False},
        ),
    )
)
