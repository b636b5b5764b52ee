"""Optimizers: real `torch.optim.Optimizer` classes, each one entry of `OPTIMIZERS`."""

from optgallery.optim import torch_optim  # noqa: F401  (importing a module adds its entries)
from optgallery.optim.adabelief import AdaBelief
from optgallery.optim.adabound import AdaBound
from optgallery.optim.adahessian import AdaHessian
from optgallery.optim.madgrad import MADGRAD
from optgallery.optim.qhadam import QHAdam
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper, as_spec
from optgallery.optim.swats import SWATS
from optgallery.optim.yogi import Yogi

__all__ = [
    "MADGRAD",
    "OPTIMIZERS",
    "SWATS",
    "AdaBelief",
    "AdaBound",
    "AdaHessian",
    "OptimizerSpec",
    "Paper",
    "QHAdam",
    "Yogi",
    "as_spec",
]
