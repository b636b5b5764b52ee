"""Optimizers: real `torch.optim.Optimizer` classes, each one entry of `OPTIMIZERS`."""

from optgallery.optim import torch_optim  # noqa: F401  (importing a module adds its entries)
from optgallery.optim.adabelief import AdaBelief
from optgallery.optim.adahessian import AdaHessian
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper, as_spec
from optgallery.optim.swats import SWATS

__all__ = [
    "OPTIMIZERS",
    "SWATS",
    "AdaBelief",
    "AdaHessian",
    "OptimizerSpec",
    "Paper",
    "as_spec",
]
