"""The way that an optimizer took."""

from typing import TYPE_CHECKING, Any

import numpy as np

from optgallery.arguments import check_width
from optgallery.plot.surfaces import frame, plot_surface
from optgallery.render.colors import parse_color
from optgallery.render.surface import Array
from optgallery.runs.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FAR = 1e6  # domain widths; matplotlib's transformations overflow near the largest floats


def plot_path(
    trajectory: Trajectory,
    *,
    ax: "Axes | None" = None,
    start_color: Any = "#5050FF7F",
    end_color: Any = "#FF5050FF",
    line_color: Any = "#FF0000FF",
    line_width: float = 2,
    label: str | None = None,
) -> "Axes":
    """Draw the way that an optimizer took, from its start to its end.

    The axes keep their limits. Where the run ends outside of them, an arrow at the edge points to
    the end and says where it is.

    Parameters
    ----------
    trajectory : Trajectory
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the surface of the trajectory's function in a new figure if not given.
    start_color, end_color, line_color : colour
        Of the start point, the end point and the path.
    line_width : float
        In points, not negative; 0 leaves the end points alone.
    label : str, optional
        What a legend says of the path.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If it is no trajectory.
    ValueError
        If a colour or the width is refused.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.plot_surface("beale")
    >>> for lr in (0.1, 0.3):
    ...     ax = og.plot_path(og.run("adamw", "beale", lr=lr), ax=ax, label=f"lr {lr}")
    >>> [line.get_label() for line in ax.lines if not line.get_label().startswith("_")]
    ['lr 0.1', 'lr 0.3']
    """
    if not isinstance(trajectory, Trajectory):
        raise TypeError(f"plot_path draws a Trajectory, as run() returns it, got {trajectory!r}")
    colors = {
        "start": parse_color("start_color", start_color),
        "end": parse_color("end_color", end_color),
        "line": parse_color("line_color", line_color),
    }
    check_width("line_width", line_width)
    if ax is None:
        ax = plot_surface(trajectory.test_fn)
    elif not ax.has_data():
        frame(ax, trajectory.test_fn)
    limits = ax.axis()
    points = _within_reach(trajectory.points, limits)
    ax.plot(*points.T, color=colors["line"], lw=line_width, label=label, solid_joinstyle="round")
    for name, point in (("start", points[0]), ("end", points[-1])):
        ax.plot(*point, "o", color=colors[name], mec="white", mew=0.8, ms=8, zorder=3)
    ax.axis(limits)
    _point_outside(ax, points[-1], _spell(trajectory.points[-1], limits), colors["end"])
    return ax


def _within_reach(points: Array, limits: tuple[float, ...]) -> Array:
    """Pull points that are very far away nearer to the axes, in the same direction."""
    low, high = np.array(limits[::2]), np.array(limits[1::2])
    centre, half = (low + high) / 2, np.abs(high - low) / 2
    with np.errstate(over="ignore"):
        offset = ((points - centre) / half).clip(-1e150, 1e150)
    away = np.abs(offset).max(axis=1, keepdims=True) / _FAR
    return np.where(away > 1, centre + offset / away.clip(1) * half, points)


def _spell(point: Array, limits: tuple[float, ...]) -> str:
    """Write a point down as exactly as it can be seen."""
    step = np.abs(np.array(limits[1::2]) - limits[::2]) / 1000
    x, y = np.where(np.abs(point) < step, 0.0, point)
    return f"({x:.3g}, {y:.3g})"


def _point_outside(ax: "Axes", drawn: Array, where: str, color: Any) -> None:
    """If the end is outside of the axes, point to it from the edge and say where it is."""
    from matplotlib.patheffects import withStroke

    offset = ax.transAxes.inverted().transform(ax.transData.transform(drawn)) - 0.5
    reach = np.abs(offset).max()
    if reach <= 0.5:
        return
    tip, tail, text = (0.5 + offset / reach * part for part in (0.495, 0.43, 0.42))
    arrow = {"arrowstyle": "-|>,head_width=0.35,head_length=0.6", "lw": 2.5, "color": color}
    ax.annotate(
        "",
        tip,
        tail,
        xycoords="axes fraction",
        textcoords="axes fraction",
        arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0},
    )
    ax.annotate(
        f"at {where}",
        text,
        ha="left" if offset[0] < -0.3 * reach else "right" if offset[0] > 0.3 * reach else "center",
        va="bottom" if offset[1] < 0 else "top",
        color="white",
        fontsize="small",
        path_effects=[withStroke(linewidth=2.5, foreground="#202020")],
        xycoords="axes fraction",
    )
