"""Colours, dash patterns and labels that distinguish several trajectories in one figure."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice, product
from textwrap import fill
from typing import TYPE_CHECKING, Any

from optgallery.render.caption import caption_parts
from optgallery.runs.recorded import RecordedRun
from optgallery.runs.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette for colour-blind readers, without its yellow, which is too light
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_WIDEST = 60  # characters of a line in a legend
_DASHES = ("-", "--", ":", "-.")
_INSIDE, _LINES = 7, 22  # entries of a legend in the axes, and of a column beside them


def as_trajectories(given: Trajectory | Iterable[Trajectory], function: str) -> list[Trajectory]:
    """Return one or several trajectories of points as a list, as `as_records` does."""
    shown = as_records(given, function)
    if invalid := [t for t in shown if not isinstance(t, Trajectory)]:
        raise TypeError(f"{function} draws trajectories of points, got {invalid[0]!r}")
    return [t for t in shown if isinstance(t, Trajectory)]


def as_records(given: Any, function: str) -> list[RecordedRun]:
    """Return one or several trajectories as a list.

    Raises
    ------
    TypeError
        If an item is not a trajectory; the message names the plotting function.
    ValueError
        If there are none.
    """
    advice = f"{function} draws trajectories, as run() returns them"
    if isinstance(given, RecordedRun):
        return [given]
    if not isinstance(given, Iterable):
        raise TypeError(f"{advice}, got {given!r}")
    shown = list(given)
    if not shown:
        raise ValueError(f"{function} needs at least one trajectory, got none")
    if invalid := [t for t in shown if not isinstance(t, RecordedRun)]:
        raise TypeError(f"{advice}, got {invalid[0]!r}")
    return shown


def styles(n: int) -> list[tuple[str, str]]:
    """Return ``n`` different pairs of a dash pattern and a colour."""
    return list(islice(cycle(product(_DASHES, _COLORS)), n))


def labels(trajectories: Sequence[RecordedRun]) -> list[str]:
    """Return labels with optimizer and settings, and the function if there are several.

    Long labels are broken into lines.
    """
    one_function = len({t.minimised.name for t in trajectories}) == 1
    return [_label(trajectory, one_function) for trajectory in trajectories]


def _label(trajectory: RecordedRun, one_function: bool) -> str:
    optimizer, function, *settings = caption_parts(trajectory)
    words = [optimizer if one_function else f"{optimizer} on {function}", *settings]
    return with_ending(", ".join(words), trajectory)


def with_ending(words: str, trajectory: RecordedRun) -> str:
    """Return a label with how the run ended, if that was early; long ones are broken into lines."""
    end = f" ({trajectory.outcome.ending})" if trajectory.outcome.ending else ""
    # an entry wider than the figure would take all of its room from the axes
    return fill(words + end, _WIDEST, break_long_words=False, break_on_hyphens=False)


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
