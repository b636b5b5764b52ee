"""Runs on matrices: the paths of the outputs, and the singular values step by step."""

from typing import TYPE_CHECKING

import numpy as np

from optgallery.plot.legend import new_axes
from optgallery.plot.surfaces import plot_surface
from optgallery.runs.matrix_trajectory import MatrixTrajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_LABELS = 8  # singular values in a legend


def plot_outputs(trajectory: MatrixTrajectory, ax: "Axes | None", line_width: float) -> "Axes":
    """Draw the paths of the outputs from start to end, and their targets as rings."""
    from matplotlib import colormaps

    problem, paths = trajectory.problem, trajectory.paths
    if ax is None and problem.surface is not None:
        ax = plot_surface(problem.surface)
    elif ax is None:
        ax = new_axes(None, (4.8, 4.8))
    if not ax.has_data():
        xmin, xmax, ymin, ymax = problem.domain
        ax.set(xlim=(xmin, xmax), ylim=(ymin, ymax), xlabel="x", ylabel="y")
        ax.set_aspect("equal")
    limits = ax.axis()
    k = paths.shape[1]
    heavy = np.ones(k) if problem.weights is None else problem.weights / problem.weights.max()
    colors = colormaps["viridis"](np.linspace(0.9, 0.15, k)) if k > 1 else ["#FF0000FF"]
    for color, i in zip(colors, np.argsort(-heavy, kind="stable").tolist(), strict=True):
        size = 4 + 4 * np.sqrt(heavy[i])
        ax.plot(*paths[:, i].T, "-", color=color, lw=line_width, solid_joinstyle="round")
        ax.plot(*paths[-1, i], "o", color=color, mec="white", mew=0.8, ms=size, zorder=3)
        if problem.targets is not None:
            ax.plot(*problem.targets[i], "o", mfc="none", mec=color, mew=1.2, ms=size + 4)
    ax.axis(limits)
    return ax


def plot_singular_values(
    trajectory: MatrixTrajectory, *, ax: "Axes | None" = None, updates: bool = False
) -> "Axes":
    """Plot the singular values of a run's matrix, or of its updates, step by step.

    Parameters
    ----------
    trajectory : MatrixTrajectory
        The run.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; a new figure if not given.
    updates : bool
        Whether to plot those of the change in each step, on a logarithmic axis, in place of those
        of the matrix.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a legend.

    Raises
    ------
    TypeError
        If it is not the trajectory of a run on matrices.

    Examples
    --------
    >>> import optgallery as og
    >>> run = og.run("muon", "associative_memory", steps=50, lr=0.1, weight_decay=0)
    >>> ax = og.plot_singular_values(run)
    >>> [line.get_label() for line in ax.lines]
    ['largest', '2nd']
    """
    if not isinstance(trajectory, MatrixTrajectory):
        raise TypeError(
            "plot_singular_values draws a run on matrices, as run() returns it for a problem in "
            f"PROBLEMS, got {trajectory!r}"
        )
    ax = new_axes(ax)
    values = trajectory.update_singular_values if updates else trajectory.singular_values
    steps = np.arange(len(values)) + int(updates)
    for rank, curve in enumerate(values.T[:_MAX_LABELS]):
        shown = np.isfinite(curve) & (curve > 0 if updates else True)
        ax.plot(steps[shown], curve[shown], lw=1.8, label=_ordinal(rank))
    if updates and (values > 0).any():
        ax.set_yscale("log")
    what = "of each update" if updates else "of the matrix"
    ax.set(title=f"Singular values {what}, {trajectory.optimizer_title}", xlabel="step")
    ax.set_ylabel("singular value")
    ax.title.set_fontsize("medium")
    ax.grid(alpha=0.25)
    ax.legend()
    return ax


def _ordinal(rank: int) -> str:
    return "largest" if rank == 0 else {1: "2nd", 2: "3rd"}.get(rank, f"{rank + 1}th")
