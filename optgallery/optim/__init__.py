"""Optimizers: real `torch.optim.Optimizer` classes, each one entry of `OPTIMIZERS`."""

from optgallery.optim import (  # noqa: F401  (importing a module adds its entries)
    torch_optim,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper, as_spec

__all__ = ["OPTIMIZERS", "OptimizerSpec", "Paper", "as_spec"]
