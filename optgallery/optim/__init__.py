"""Optimizers: real `torch.optim.Optimizer` classes, each one entry of `OPTIMIZERS`."""

# The order of the tables: by family, PyTorch's own first.
# isort: off
from optgallery.optim import torch_optim  # noqa: F401  (importing a module adds its entries)

# momentum
from optgallery.optim.qhm import QHM
from optgallery.optim.aggmo import AggMo
from optgallery.optim.heavy_ball import HeavyBall
from optgallery.optim.armijo import Armijo

# averaging
from optgallery.optim.schedule_free import ScheduleFreeSGD, ScheduleFreeAdamW
from optgallery.optim.refined_schedule_free import RefinedScheduleFreeAdamW

# sign
from optgallery.optim.lion import Lion
from optgallery.optim.tiger import Tiger
from optgallery.optim.signum import Signum
from optgallery.optim.focus import FOCUS

# adaptive
from optgallery.optim.adabelief import AdaBelief
from optgallery.optim.adabound import AdaBound
from optgallery.optim.madgrad import MADGRAD
from optgallery.optim.qhadam import QHAdam
from optgallery.optim.swats import SWATS
from optgallery.optim.adan import Adan
from optgallery.optim.adopt import ADOPT
from optgallery.optim.ademamix import AdEMAMix
from optgallery.optim.laprop import LaProp
from optgallery.optim.grams import Grams
from optgallery.optim.cautious_adamw import CautiousAdamW
from optgallery.optim.stable_adamw import StableAdamW
from optgallery.optim.yogi import Yogi
from optgallery.optim.mars import MARS
from optgallery.optim.diffgrad import DiffGrad
from optgallery.optim.adamod import AdaMod
from optgallery.optim.nadamw import NAdamW
from optgallery.optim.simplified_ademamix import SimplifiedAdEMAMix
from optgallery.optim.adam_atan2 import AdamAtan2
from optgallery.optim.adamc import AdamC
from optgallery.optim.ano import Ano
from optgallery.optim.bcos import BCOS

# norm-scaled
from optgallery.optim.lamb import LAMB
from optgallery.optim.lars import LARS
from optgallery.optim.novograd import NovoGrad
from optgallery.optim.came import CAME

# second-order
from optgallery.optim.adahessian import AdaHessian
from optgallery.optim.sophia import Sophia
from optgallery.optim.newton import Newton
from optgallery.optim.trust_region import TrustRegion
from optgallery.optim.bfgs import BFGS
from optgallery.optim.conjugate_gradient import ConjugateGradient

# matrix
from optgallery.optim.shampoo import Shampoo
from optgallery.optim.soap import SOAP
from optgallery.optim.psgd_kron import PSGDKron
from optgallery.optim.scion import Scion
from optgallery.optim.normuon import NorMuon
from optgallery.optim.adamuon import AdaMuon
from optgallery.optim.polargrad import PolarGrad

# learning-rate-free
from optgallery.optim.prodigy import Prodigy
from optgallery.optim.dadapt_adam import DAdaptAdam
from optgallery.optim.dog import DoG
from optgallery.optim.dowg import DoWG
from optgallery.optim.cocob import COCOB
from optgallery.optim.polyak_step import PolyakStep
from optgallery.optim.alig import ALIG
from optgallery.optim.momo import MoMo

# wrapper
from optgallery.optim.lookahead import Lookahead

# modes
from optgallery.optim.sam import SAM, ASAM
from optgallery.optim.cautious import Cautious
from optgallery.optim.cautious_decay import CautiousDecay
from optgallery.optim.hyperball import Hyperball
from optgallery.optim.mars_correction import MARSCorrection
from optgallery.optim.gradient_centralization import GradientCentralization
from optgallery.optim.schedule_free_wrapper import ScheduleFreeWrapper
from optgallery.optim.modes import MODES, Mode, with_modes

from optgallery.optim.axis import Axis
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper, as_spec

# isort: on

__all__ = [
    "ADOPT",
    "ALIG",
    "ASAM",
    "BCOS",
    "BFGS",
    "CAME",
    "COCOB",
    "FOCUS",
    "LAMB",
    "LARS",
    "MADGRAD",
    "MARS",
    "MODES",
    "OPTIMIZERS",
    "QHM",
    "SAM",
    "SOAP",
    "SWATS",
    "AdEMAMix",
    "AdaBelief",
    "AdaBound",
    "AdaHessian",
    "AdaMod",
    "AdaMuon",
    "AdamAtan2",
    "AdamC",
    "Adan",
    "AggMo",
    "Ano",
    "Armijo",
    "Axis",
    "Cautious",
    "CautiousAdamW",
    "CautiousDecay",
    "ConjugateGradient",
    "DAdaptAdam",
    "DiffGrad",
    "DoG",
    "DoWG",
    "GradientCentralization",
    "Grams",
    "HeavyBall",
    "Hyperball",
    "LaProp",
    "Lion",
    "Lookahead",
    "MARSCorrection",
    "MoMo",
    "Mode",
    "NAdamW",
    "Newton",
    "NorMuon",
    "NovoGrad",
    "OptimizerSpec",
    "PSGDKron",
    "Paper",
    "PolarGrad",
    "PolyakStep",
    "Prodigy",
    "QHAdam",
    "RefinedScheduleFreeAdamW",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "ScheduleFreeWrapper",
    "Scion",
    "Shampoo",
    "Signum",
    "SimplifiedAdEMAMix",
    "Sophia",
    "StableAdamW",
    "Tiger",
    "TrustRegion",
    "Yogi",
    "as_spec",
    "with_modes",
]
