"""See how optimizers move: torch optimizers on two-dimensional test functions."""

from importlib.metadata import version

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.sweep import LEARNING_RATES, Sweep, sweep
from optgallery.trajectory import Trajectory, run

__version__ = version("optgallery")

__all__ = [
    "FUNCTIONS",
    "LEARNING_RATES",
    "OPTIMIZERS",
    "OptimizerSpec",
    "Sweep",
    "TestFunction",
    "Trajectory",
    "run",
    "sweep",
]
