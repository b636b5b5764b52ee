"""What tells several trajectories apart in one figure: colours, dashes and words."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice, product
from typing import TYPE_CHECKING

from optgallery.render.caption import pieces
from optgallery.runs.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's, which hold for all kinds of colour vision, but for the yellow that is too light
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", "--", ":", "-.")
_INSIDE, _LINES = 7, 22  # entries of a legend in the axes, and of a column beside them


def as_trajectories(given: Trajectory | Iterable[Trajectory], function: str) -> list[Trajectory]:
    """Return one or several trajectories as a list.

    Raises
    ------
    TypeError
        If something is no trajectory; the message names the plotting function.
    ValueError
        If there is none.
    """
    advice = f"{function} draws trajectories, as run() returns them"
    if isinstance(given, Trajectory):
        return [given]
    if not isinstance(given, Iterable):
        raise TypeError(f"{advice}, got {given!r}")
    shown = list(given)
    if not shown:
        raise ValueError(f"{function} needs at least one trajectory, got none")
    if strangers := [t for t in shown if not isinstance(t, Trajectory)]:
        raise TypeError(f"{advice}, got {strangers[0]!r}")
    return shown


def styles(n: int) -> list[tuple[str, str]]:
    """Return a dash pattern and a colour for each of several curves."""
    return list(islice(cycle(product(_DASHES, _COLORS)), n))


def labels(trajectories: Sequence[Trajectory]) -> list[str]:
    """Name each trajectory by its optimizer and settings, and by its function if these differ."""
    one_function = len({t.test_fn.name for t in trajectories}) == 1
    return [_label(trajectory, one_function) for trajectory in trajectories]


def _label(trajectory: Trajectory, one_function: bool) -> str:
    optimizer, function, *settings = pieces(trajectory)
    words = [optimizer if one_function else f"{optimizer} on {function}", *settings]
    end = f" ({trajectory.outcome.ending})" if trajectory.outcome.ending else ""
    return ", ".join(words) + end


def new_axes(ax: "Axes | None", figsize: tuple[float, float] = (6.4, 4.4)) -> "Axes":
    """Return axes in a new figure, or those that are given."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=figsize, layout="constrained")[1]


def place_legend(ax: "Axes", curves: int) -> None:
    """Add a legend: inside the axes for a few curves, beside them for many."""
    if curves <= _INSIDE:
        ax.legend()
        return
    columns = -(-curves // _LINES)
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize="small", ncols=columns)
