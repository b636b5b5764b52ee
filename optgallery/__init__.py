"""See how optimizers move: torch optimizers on two-dimensional test functions."""

from importlib import metadata

from optgallery.animation import Animation, animate
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.plot import plot_loss, plot_path, plot_surface, plot_surface_3d, test_optim
from optgallery.running import run
from optgallery.sweep import LEARNING_RATES, Sweep, sweep
from optgallery.trajectories import Trajectories
from optgallery.trajectory import Trajectory

__version__ = metadata.version("optgallery")

__all__ = [
    "FUNCTIONS",
    "LEARNING_RATES",
    "OPTIMIZERS",
    "Animation",
    "OptimizerSpec",
    "Sweep",
    "TestFunction",
    "Trajectories",
    "Trajectory",
    "animate",
    "plot_loss",
    "plot_path",
    "plot_surface",
    "plot_surface_3d",
    "run",
    "sweep",
    "test_optim",
]
