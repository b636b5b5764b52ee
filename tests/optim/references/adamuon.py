from unittest import mock

import torch
from adv_optm import AdaMuon_adv

from references import Case


class InDoublePrecision(AdaMuon_adv):
    """The package's AdaMuon, with its Newton-Schulz rounds in float64 instead of bfloat16."""

    def __init__(
        self,
        params,
        lr=0.02,
        betas=(0.95, 0.95),
        eps=1e-8,
        weight_decay=0.01,
        *,
        nesterov=True,
    ):
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            nesterov=nesterov,
            use_muon=True,
            stochastic_rounding=False,
        )

    def step(self, closure=None):
        with mock.patch.object(torch, "bfloat16", torch.float64):
            return super().step(closure)


CASES = tuple(
    Case(
        optimizer="adamuon",
        setting=setting,
        package="adv_optm",
        reference=InDoublePrecision,
        hparams=hparams,
        settings=hparams,
        why="the package has other defaults, and orthogonalizes in bfloat16",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "other betas": {"betas": (0.9, 0.99)},
        "large eps": {"eps": 1e-2},
        "strong weight decay": {"weight_decay": 0.5},
        "no Nesterov": {"nesterov": False},
    }.items()
)
