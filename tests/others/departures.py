"""What single classes need beyond ``cls(params, lr=0.01)`` and ``step()``, and which have no loop."""

from typing import Any

import torch
from torch import nn
from torch.optim import SGD

from others.loops import LR, Loop

MATRIX = (1, 2)


def each(where: str, names: str, /, **how: Any) -> dict[str, Loop]:
    """Use several classes of one module in the same way."""
    return {f"{where}.{name}": Loop(**how) for name in names.split()}


def over_sgd(cls, params, lr):
    """Wrap an instance of plain gradient descent."""
    return cls(SGD(params, lr=lr))


def in_group_of_one(cls, params, lr, **settings):
    """Build in a process group with this process alone."""
    if not torch.distributed.is_initialized():
        store = torch.distributed.HashStore()
        torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    return cls(params, lr=lr, **settings)


def both_muon_and_adam(cls, params, lr):
    return cls(params, [], lr=lr, remove_muon_params_from_params=False)


LOOPS: dict[str, Loop] = {
    **each("adafactor8bit", "Adafactor8Bit", dtype=torch.float32),
    **each(
        "adam_atan2_pytorch", "MuonAdamAtan2 PolarAdamAtan2", build=both_muon_and_adam, shape=MATRIX
    ),
    **each("adam_mini", "Adam_mini", given="pairs"),
    **each("adams", "Adams_ZeRO", dtype=torch.float32),
    **each("apollo_torch.adafactor", "Adafactor", hparams={"relative_step": False}),
    **each("apollo_torch.adamw8bit", "AdamW8bit", cause="needs a GPU"),
    **each(
        "apollo_torch.q_apollo",
        "AdamW",
        cause="reads a setting that bitsandbytes no longer has: KeyError 'percentile_clipping'",
    ),
    **each(
        "bitsandbytes.optim",
        "LARS LARS8bit LARS32bit SGD SGD8bit SGD32bit",
        hparams={"momentum": 0.9},
    ),
    **each("bitsandbytes.optim", "PytorchLARS", dtype=torch.float32),
}
