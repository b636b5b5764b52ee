"""See how optimizers move: torch optimizers on two-dimensional test functions."""

from importlib import metadata

from optgallery.analysis.comparison import Comparison, compare
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.plot import plot_loss, plot_path, plot_surface, plot_surface_3d, test_optim
from optgallery.render.animation import Animation, animate
from optgallery.runs.run import run
from optgallery.runs.trajectories import Trajectories
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.sweep import LEARNING_RATES, Sweep, sweep

__version__ = metadata.version("optgallery")

__all__ = [
    "FUNCTIONS",
    "LEARNING_RATES",
    "OPTIMIZERS",
    "Animation",
    "Comparison",
    "OptimizerSpec",
    "Sweep",
    "TestFunction",
    "Trajectories",
    "Trajectory",
    "animate",
    "compare",
    "functions",
    "optim",
    "plot_loss",
    "plot_path",
    "plot_surface",
    "plot_surface_3d",
    "run",
    "sweep",
    "test_optim",
]
