"""plot_lrs(): the learning rate of each update, one curve for each run."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from optgallery.optim.hyperparameters import format_value
from optgallery.plot.legend import as_trajectories, new_axes, styles, with_ending
from optgallery.render.surface import Array
from optgallery.runs.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = 0.5  # inches that the axis and its label take


def plot_lrs(
    trajectories: Trajectory | Iterable[Trajectory],
    *,
    ax: "Axes | None" = None,
    scale: Literal["linear", "log"] = "linear",
) -> "Axes":
    """Plot the learning rate of each update against the step that the update leads to.

    Curves are labelled by their schedules, and by optimizer, function, base rate, other
    hyper-parameters and, on one function, the start where the runs differ in these.

    Parameters
    ----------
    trajectories : Trajectory or iterable of Trajectory
        The runs to compare.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; a new figure if not given.
    scale : {"linear", "log"}
        The scale of the vertical axis. A logarithmic one has no place for a rate of 0: the curve
        has a gap there.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a legend.

    Raises
    ------
    TypeError
        If an item is not a trajectory.
    ValueError
        If there are none, one has no rate that is a single number, ``scale`` is something else, or
        no rate of a run is positive on a logarithmic axis.

    Examples
    --------
    >>> from functools import partial
    >>> from torch.optim.lr_scheduler import CosineAnnealingLR
    >>> import optgallery as og
    >>> schedules = [None, partial(CosineAnnealingLR, T_max=50)]
    >>> runs = [og.run("sgd", "booth", steps=50, lr=0.1, schedule=s) for s in schedules]
    >>> ax = og.plot_lrs(runs)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['constant', 'CosineAnnealingLR(T_max=50)']
    >>> ax.lines[1].get_ydata()[[0, 25, 49]].round(4).tolist()
    [0.1, 0.05, 0.0001]
    """
    if scale not in ("linear", "log"):
        raise ValueError(f'scale must be "linear" or "log", got {scale!r}')
    shown = as_trajectories(trajectories, "plot_lrs")
    curves = [_rates(trajectory, scale) for trajectory in shown]
    ax = new_axes(ax, (6.4, 3.6))
    ax.set_yscale(scale)
    for lrs, label, (dash, color) in zip(curves, _labels(shown), styles(len(shown)), strict=True):
        ax.plot(np.arange(1, len(lrs) + 1), lrs, dash, color=color, lw=1.8, label=label)
    if scale == "linear":
        lrs = np.concatenate([*curves, [0.0]])
        margin = 0.05 * (lrs.max() - lrs.min()) or None
        ax.set_ylim(margin and lrs.min() - margin, margin and lrs.max() + margin)
    ax.set_title("The learning rate of each update", fontsize="medium")
    ax.set_xlabel("step")
    ax.set_ylabel("learning rate")
    ax.grid(alpha=0.25)
    _place_legend(ax)
    return ax


def _place_legend(ax: "Axes") -> None:
    """Add a legend beneath the axes: descriptions of schedules are long, and would cover curves."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    assert figure is not None
    below_labels = ScaledTranslation(0, -_LABELS, figure.dpi_scale_trans)
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + below_labels,
        borderaxespad=0,
        frameon=False,
    )


def _rates(trajectory: Trajectory, scale: str) -> Array:
    """Return the rates of a run; NaN where they cannot be drawn on a logarithmic axis."""
    lrs = trajectory.lrs
    if np.isnan(lrs).any():
        raise ValueError(
            "plot_lrs draws learning rates that are one number each, and "
            f"{trajectory.title} has none"
        )
    if scale == "log":
        if len(lrs) and lrs.max() <= 0:
            raise ValueError(
                f"a logarithmic axis needs a rate above 0, and {trajectory.title} has none: give "
                'scale="linear"'
            )
        lrs = np.where(lrs > 0, lrs, np.nan)
    return lrs


def _labels(shown: Sequence[Trajectory]) -> list[str]:
    """Return the schedules in words, and what else differs between the runs."""
    columns = [
        [trajectory.optimizer_title for trajectory in shown],
        [trajectory.test_fn.title for trajectory in shown],
        [f"lr {format_value(trajectory.lr)}" for trajectory in shown],
    ]
    hparams = {name: None for trajectory in shown for name in trajectory.hparams if name != "lr"}
    columns += [
        [
            f"{name} {format_value(trajectory.hparams[name])}" if name in trajectory.hparams else ""
            for trajectory in shown
        ]
        for name in hparams
    ]
    if len({trajectory.test_fn.name for trajectory in shown}) == 1:
        columns.append(["from ({:g}, {:g})".format(*trajectory.points[0]) for trajectory in shown])
    columns = [column for column in columns if len(set(column)) > 1]
    columns.append([_schedule(trajectory) for trajectory in shown])
    return [
        with_ending(", ".join(filter(None, words)), trajectory)
        for *words, trajectory in zip(*columns, shown, strict=True)
    ]


def _schedule(trajectory: Trajectory) -> str:
    """Say what set the rates of a run."""
    if trajectory.schedule_title:
        return trajectory.additions[0]
    if trajectory.prepare is not None and np.ptp(trajectory.lrs) > 0:
        return trajectory.additions[-1]
    return "constant"
