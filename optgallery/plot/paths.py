"""plot_path(): the paths of optimizers."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optgallery.arguments import check_width, renamed
from optgallery.plot.legend import as_trajectories, labels, styles
from optgallery.plot.matrices import plot_outputs
from optgallery.plot.surfaces import plot_surface, set_domain
from optgallery.render.colors import parse_color
from optgallery.render.surface import Array
from optgallery.runs.matrix_trajectory import MatrixTrajectory
from optgallery.runs.trajectories import Trajectories
from optgallery.runs.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SINGLE = {"start": "#5050FF7F", "end": "#FF5050FF", "line": "#FF0000FF"}
_MAX_DISTANCE = 1e6  # half-widths of the axes; matplotlib overflows near the largest floats


@renamed(trajectory="trajectories")
def plot_path(
    trajectories: Trajectory | MatrixTrajectory | Trajectories | Iterable[Trajectory],
    *,
    ax: "Axes | None" = None,
    start_color: Any = "#5050FF7F",
    end_color: Any = None,
    line_color: Any = None,
    line_width: float = 2,
    label: str | None = None,
) -> "Axes":
    """Draw the paths of optimizers from start to end.

    The axes keep their limits. If a run ends outside them, an arrow at the edge points to the end
    and is labelled with its coordinates. Several trajectories have different colours and a legend;
    `Trajectories`, as `run` returns them for many starts, have one colour and one legend entry.

    Of a `MatrixTrajectory`, the paths of all outputs are drawn, with rings at their targets, in
    colours from the most to the least weight; colours and a label that are given do not apply.

    Parameters
    ----------
    trajectories : Trajectory, MatrixTrajectory, Trajectories or iterable of Trajectory
        The runs to draw, all on the same function.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; the surface of the function in a new figure if not given.
    start_color, end_color, line_color : colour, optional
        Colours of the start point, the end point and the path, for all trajectories. If not given,
        a single path is red, and several have different colours.
    line_width : float
        Width of the path in points, not negative; 0 draws only the start and end points.
    label : str, optional
        Label in the legend, for a single path or for `Trajectories`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If an item is not a trajectory.
    ValueError
        If there are none, if they are on several functions, or if a colour or the width is invalid.

    Examples
    --------
    >>> import optgallery as og
    >>> runs = [og.run("adamw", "beale", lr=lr) for lr in (0.1, 0.3)]
    >>> ax = og.plot_path(runs)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['AdamW, lr 0.1', 'AdamW, lr 0.3']
    """
    if isinstance(trajectories, MatrixTrajectory):
        check_width("line_width", line_width)
        return plot_outputs(trajectories, ax, line_width)
    shown = as_trajectories(trajectories, "plot_path")
    together = isinstance(trajectories, Trajectories)
    alone = isinstance(trajectories, Trajectory)
    if len({t.test_fn for t in shown}) > 1:
        names = ", ".join(dict.fromkeys(t.test_fn.title for t in shown))
        raise ValueError(f"plot_path draws paths on one function, got some on {names}")
    if label is not None and not (alone or together):
        raise ValueError(f"label names one path, got {label!r} for {len(shown)}; leave it out")
    given = {"start": start_color, "end": end_color, "line": line_color}
    checked = {
        name: None if color is None else parse_color(f"{name}_color", color)
        for name, color in given.items()
    }
    check_width("line_width", line_width)
    if ax is None:
        ax = plot_surface(shown[0].test_fn)
    elif not ax.has_data():
        set_domain(ax, shown[0].test_fn)
    if together:
        _many_paths(
            ax,
            shown,
            checked,
            line_width,
            label or f"{labels(shown[:1])[0]}, from {len(shown)} starts",
        )
        ax.legend()
    elif alone:
        _path(
            ax, shown[0], {**_SINGLE, **_without_none(checked)}, line_width=line_width, label=label
        )
    else:
        named = zip(shown, labels(shown), styles(len(shown)), strict=True)
        for trajectory, words, (dash, color) in named:
            own = {"line": color, "end": color, **_without_none(checked)}
            _path(ax, trajectory, own, line_width=line_width, dash=dash, label=words, several=True)
        ax.legend()
    return ax


def _without_none(colors: dict[str, Any]) -> dict[str, Any]:
    return {name: color for name, color in colors.items() if color is not None}


def _path(
    ax: "Axes",
    trajectory: Trajectory,
    colors: dict[str, Any],
    *,
    line_width: float,
    dash: str = "-",
    label: str | None = None,
    several: bool = False,
) -> None:
    """Draw one path with its start and end, and an arrow to an end outside the axes.

    One of several paths has a white outline, to contrast with the surface, and an arrow without a
    label, since labels would overlap.
    """
    from matplotlib.patheffects import withStroke

    limits = ax.axis()
    points = _limit_distance(trajectory.points, limits)
    ax.plot(
        *points.T,
        dash,
        color=colors["line"],
        lw=line_width,
        label=label,
        solid_joinstyle="round",
        path_effects=[withStroke(linewidth=line_width + 1.6, foreground="white")] * several,
    )
    for name, point in (("start", points[0]), ("end", points[-1])):
        ax.plot(*point, "o", color=colors[name], mec="white", mew=0.8, ms=8, zorder=3)
    ax.axis(limits)
    where = "" if several else f"at {_position(trajectory.points[-1], limits)}"
    _add_arrow(ax, points[-1], where, colors["end"])


def _many_paths(
    ax: "Axes",
    trajectories: Sequence[Trajectory],
    colors: dict[str, Any],
    line_width: float,
    label: str,
) -> None:
    """Draw the paths from many starts as one collection, with their ends and without arrows."""
    from matplotlib.collections import LineCollection

    chosen = {**_SINGLE, **_without_none(colors)}
    limits = ax.axis()
    paths = [_limit_distance(trajectory.points, limits) for trajectory in trajectories]
    width, alpha = line_width / 2, max(0.15, min(1.0, 60 / len(paths)))
    lines = LineCollection(paths, colors=[chosen["line"]], linewidths=width, alpha=alpha)
    ax.add_collection(lines, autolim=False)
    ends = np.array([path[-1] for path in paths])
    ax.plot(*ends.T, "o", color=chosen["end"], mec="white", mew=0.4, ms=4, zorder=3, label=label)
    ax.axis(limits)


def _limit_distance(points: Array, limits: tuple[float, ...]) -> Array:
    """Move very distant points towards the centre of the axes, in the same direction."""
    low, high = np.array(limits[::2]), np.array(limits[1::2])
    centre, half = (low + high) / 2, np.abs(high - low) / 2
    with np.errstate(over="ignore"):
        offset = ((points - centre) / half).clip(-1e150, 1e150)
    away = np.abs(offset).max(axis=1, keepdims=True) / _MAX_DISTANCE
    return np.where(away > 1, centre + offset / away.clip(1) * half, points)


def _position(point: Array, limits: tuple[float, ...]) -> str:
    """Format a point to the precision that the axes show."""
    step = np.abs(np.array(limits[1::2]) - limits[::2]) / 1000
    x, y = np.where(np.abs(point) < step, 0.0, point)
    return f"({x:.3g}, {y:.3g})"


def _add_arrow(ax: "Axes", drawn: Array, where: str, color: Any) -> None:
    """Add a labelled arrow at the edge of the axes that points to an end outside, if it is."""
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
        where,
        text,
        ha="left" if offset[0] < -0.3 * reach else "right" if offset[0] > 0.3 * reach else "center",
        va="bottom" if offset[1] < 0 else "top",
        color="white",
        fontsize="small",
        path_effects=[withStroke(linewidth=2.5, foreground="#202020")],
        xycoords="axes fraction",
    )
