"""See how optimizers move: torch optimizers on two-dimensional test functions."""

from importlib import metadata

from optgallery.analysis.basins import Basins, basins
from optgallery.analysis.behaviour import behaviour, behaviours
from optgallery.analysis.comparing import compare
from optgallery.analysis.comparison import Comparison
from optgallery.analysis.rate_transfer import RateTransfer, rate_transfer
from optgallery.analysis.sensitivity import Sensitivity, sensitivity
from optgallery.analysis.stability import Stability, stability
from optgallery.analysis.trainability import Trainability, trainability
from optgallery.checking.check import Check, check
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import MODES, OPTIMIZERS, Axis, OptimizerSpec, with_modes
from optgallery.plot import (
    plot_basins,
    plot_heatmap,
    plot_log_ratio,
    plot_loss,
    plot_lrs,
    plot_path,
    plot_profile,
    plot_rate_transfer,
    plot_sensitivity,
    plot_singular_values,
    plot_stability,
    plot_surface,
    plot_surface_3d,
    plot_trainability,
    test_optim,
)
from optgallery.problems import PROBLEMS, MatrixProblem
from optgallery.render.animation import Animation, animate
from optgallery.runs.matrix_trajectory import MatrixTrajectory
from optgallery.runs.run import run
from optgallery.runs.trajectories import Trajectories
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.sweep import LEARNING_RATES, MatrixSweep, Sweep, sweep

__version__ = metadata.version("optgallery")

__all__ = [
    "FUNCTIONS",
    "LEARNING_RATES",
    "MODES",
    "OPTIMIZERS",
    "PROBLEMS",
    "Animation",
    "Axis",
    "Basins",
    "Check",
    "Comparison",
    "MatrixProblem",
    "MatrixSweep",
    "MatrixTrajectory",
    "OptimizerSpec",
    "RateTransfer",
    "Sensitivity",
    "Stability",
    "Sweep",
    "TestFunction",
    "Trainability",
    "Trajectories",
    "Trajectory",
    "animate",
    "basins",
    "behaviour",
    "behaviours",
    "check",
    "compare",
    "functions",
    "optim",
    "plot_basins",
    "plot_heatmap",
    "plot_log_ratio",
    "plot_loss",
    "plot_lrs",
    "plot_path",
    "plot_profile",
    "plot_rate_transfer",
    "plot_sensitivity",
    "plot_singular_values",
    "plot_stability",
    "plot_surface",
    "plot_surface_3d",
    "plot_trainability",
    "problems",
    "rate_transfer",
    "run",
    "sensitivity",
    "stability",
    "sweep",
    "test_optim",
    "trainability",
    "with_modes",
]
