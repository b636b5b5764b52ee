"""plot_loss(): the function's value against cost, one curve for each run."""

from collections.abc import Iterable
from math import isfinite, log10
from typing import TYPE_CHECKING, Literal

import numpy as np

from optgallery.plot.legend import as_records, labels, styles
from optgallery.render.surface import Array
from optgallery.runs.recorded import RecordedRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_loss(
    trajectories: RecordedRun | Iterable[RecordedRun],
    *,
    ax: "Axes | None" = None,
    against: Literal["evaluations", "steps"] = "evaluations",
) -> "Axes":
    r"""Plot the function's value against gradient evaluations or steps.

    If the minimum :math:`f^*` of every function is known, the gap :math:`f - f^*` is drawn on a
    logarithmic axis, and gaps below the rounding error of the values are raised to it. Otherwise
    the value is drawn on a linear axis. The axis is cut off if a run rises far above all starts.

    Parameters
    ----------
    trajectories : Trajectory, MatrixTrajectory or iterable of them
        The runs to compare.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; a new figure if not given.
    against : {"evaluations", "steps"}
        The cost on the horizontal axis. Only evaluations compare different optimizers fairly.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a legend.

    Raises
    ------
    TypeError
        If an item is not a trajectory.
    ValueError
        If there are none, or ``against`` is something else.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.plot_loss([og.run(name, "booth", steps=50, lr=0.1) for name in ("sgd", "adamw")])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['SGD, lr 0.1', 'AdamW, lr 0.1']
    """
    if against not in ("evaluations", "steps"):
        raise ValueError(f'against must be "evaluations" or "steps", got {against!r}')
    shown = as_records(trajectories, "plot_loss")
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")[1]
    floors = [t.minimised.minimum for t in shown]
    gaps = all(floor is not None and isfinite(floor) for floor in floors)
    one_function = len({t.minimised.name for t in shown}) == 1
    curves = [_gap(t) if gaps else t.values for t in shown]
    if gaps:
        ax.set_yscale("log")
    # set limits first: autoscaling overflows if a curve comes near the largest float
    if (limits := _limits(curves, gaps)) is not None:
        ax.set_ylim(limits)
    drawn = zip(shown, curves, labels(shown), styles(len(shown)), strict=True)
    for trajectory, curve, label, (dash, color) in drawn:
        cost = trajectory.evaluations if against == "evaluations" else np.arange(len(trajectory))
        finite = np.isfinite(curve)
        ax.plot(cost[finite], curve[finite], dash, color=color, lw=1.8, label=label)
    where = shown[0].minimised.title if one_function else "several functions"
    ax.set_title(f"How fast the value falls on {where}", fontsize="medium")
    ax.set_ylabel("$f - f^*$" if gaps else "$f$")
    ax.set_xlabel("gradient evaluations" if against == "evaluations" else "steps")
    ax.grid(alpha=0.25)
    ax.legend()
    return ax


def _gap(trajectory: RecordedRun) -> Array:
    minimum = trajectory.minimised.minimum
    assert minimum is not None
    rounding_error = float(np.finfo(np.float64).eps) * max(1.0, abs(minimum))
    return np.maximum(trajectory.values - minimum, rounding_error)


def _limits(curves: list[Array], log: bool) -> tuple[float, float] | None:
    """Return the limits of the axis, cut off if a run rises far above all starts.

    None if all values are the same.
    """
    heights = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    starts = [float(curve[0]) for curve in curves if np.isfinite(curve[0])]
    if not starts:
        return None
    low, high, highest = float(heights.min()), max(starts), float(heights.max())
    top = high * 100 if log else high + ((high - low) or abs(high) or 1.0)
    if log:  # matplotlib computes ticks above the axis, which must not overflow
        top = min(top, 10 ** ((307 + 0.5 * log10(low)) / 1.5))
    cut = highest > top
    top = min(top, highest)
    if low >= top:
        return None
    if log:
        margin = (top / low) ** 0.05
        return low / margin, top if cut else top * margin
    margin = 0.05 * (top - low)
    return low - margin, top if cut else top + margin
