"""plot_basins() and plot_trainability(): maps of many runs."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.basins import DIVERGED, NOT_ARRIVED, Basins
from optgallery.analysis.trainability import Trainability
from optgallery.plot.legend import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7B4F00")
"""Of minima: distinguishable with any colour vision, and neither black nor grey."""

_OF_LABEL = {NOT_ARRIVED: "#555555", DIVERGED: "#000000"}
_PALEST = 0.7  # share of white in the colour of the slowest starts
_SLOW = 0.98  # quantile of the evaluations beyond which all starts are equally pale
_NAMED = 8  # entries of the legend
_GAP = 0.2  # between the colours of both sides of the boundary
_BLUES = ("#08306B", "#2171B5", "#6BAED6", "#DEEBF7")
_ORANGES = ("#FEE6CE", "#FDAE6B", "#D94801", "#7F2704")


def plot_basins(basins: Basins, *, ax: "Axes | None" = None) -> "Axes":
    """Draw a map of the minimum at which the run from each start ends.

    Each minimum has a colour, which is paler for slower runs. Starts whose runs do not end at a
    minimum are grey, and those that diverge black. The legend shows the share of each.

    Parameters
    ----------
    basins : Basins
        The result of `basins`.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        With the function's domain as its limits.

    Raises
    ------
    TypeError
        If the argument is not a result of `basins`.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.plot_basins(og.basins("momentum", "himmelblau", lr=0.01, n=24))
    >>> ax.get_title()
    'SGD with momentum on Himmelblau, lr 0.01'
    """
    if not isinstance(basins, Basins):
        raise TypeError(f"plot_basins draws what basins() returns, got {basins!r}")
    from matplotlib.patches import Patch

    ax = new_axes(ax, (6.4, 5.6))
    labels = basins.labels
    picture, colors = basin_colors(basins)
    shares = {label: float((labels == label).mean()) for label in colors}
    xmin, xmax, ymin, ymax = basins.test_fn.domain
    ax.imshow(
        picture,
        extent=(xmin, xmax, ymin, ymax),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    shown = [label for label in shares if label >= 0]
    for label in shown:
        ax.plot(*basins.minima[label], "o", mfc=colors[label], mec="white", mew=1.5, ms=8)
    order = sorted(shares, key=lambda label: (label < 0, -shares[label]))
    few, others = order[:_NAMED], order[_NAMED:]
    handles = [
        Patch(color=colors[label], label=f"{basins.name(label)}: {percent(shares[label])}")
        for label in few
    ]
    if others:
        rest = sum(shares[label] for label in others)
        handles.append(Patch(color="none", label=f"{len(others)} others: {percent(rest)}"))
    columns = 2 if len(handles) > 1 else 1
    place: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12), "ncols": columns}
    ax.legend(handles=handles, fontsize="small", frameon=False, **place)
    ax.set_xlim(xmin, xmax)
    ax.set_ylim(ymin, ymax)
    ax.set_title(basins.title, fontsize="medium")
    ax.set_xlabel("$x$ of the start")
    ax.set_ylabel("$y$ of the start")
    return ax


def basin_colors(basins: Basins) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Return the colour of each start, and the colour of each label.

    Parameters
    ----------
    basins : Basins

    Returns
    -------
    picture : array of shape (n, n, 3)
        Shares of red, green and blue; rows are along y, upwards.
    colors : dict
        Hexadecimal colours by label, of those that occur.
    """
    from matplotlib.colors import to_rgb

    labels, spent = basins.labels, basins.evaluations
    arrived = spent[labels >= 0]
    # without the slowest few, which would make all others dark
    least, most = np.quantile(arrived, [0, _SLOW]) if arrived.size else (0, 1)
    pale = _PALEST * np.clip((spent - least) / max(1, most - least), 0, 1)
    picture = np.ones((*labels.shape, 3))
    colors = {label: _color(label) for label in np.unique(labels).tolist()}
    for label, color in colors.items():
        own = labels == label
        mix = pale[own][:, None] if label >= 0 else 0.0
        picture[own] = np.array(to_rgb(color)) * (1 - mix) + mix
    return picture, colors


def plot_trainability(trainability: Trainability, *, ax: "Axes | None" = None) -> "Axes":
    """Draw a map of the pairs of two hyper-parameters that converge.

    Blue pixels converged, and darker ones faster; orange ones did not converge, and darker ones
    diverged faster. Colours are assigned by rank within each group.

    Parameters
    ----------
    trainability : Trainability
        The result of `trainability`.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        With logarithmic axes.

    Raises
    ------
    TypeError
        If the argument is not a result of `trainability`.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.plot_trainability(og.trainability("sgd", "sphere", n=8))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('lr', '1 - momentum')
    """
    if not isinstance(trainability, Trainability):
        raise TypeError(
            f"plot_trainability draws what trainability() returns, got {trainability!r}"
        )
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Patch

    ax = new_axes(ax, (6.4, 5.2))
    ranks = trainability.ranks
    cmap = LinearSegmentedColormap.from_list("converged", [*_BLUES, *_ORANGES], N=512)
    spread = np.sign(ranks) * (_GAP + (1 - _GAP) * np.abs(ranks))
    ax.pcolormesh(
        _edges(trainability.x),
        _edges(trainability.y),
        spread,
        cmap=cmap,
        vmin=-1,
        vmax=1,
        rasterized=True,
    )
    ax.set_xscale("log")
    ax.set_yscale("log")
    share = float(trainability.converged.mean())
    handles = [
        Patch(color=_BLUES[1], label=f"converged: {share:.0%}"),
        Patch(color=_ORANGES[2], label=f"not: {1 - share:.0%}"),
    ]
    place: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12), "ncols": 2}
    ax.legend(handles=handles, fontsize="small", frameon=False, **place)
    ax.set_title(trainability.title, fontsize="medium")
    ax.set_xlabel(trainability.xname)
    ax.set_ylabel(trainability.yname)
    return ax


def percent(share: float) -> str:
    """Format a share as a percentage, with a small one as "< 1%" instead of 0%."""
    return f"{share:.0%}" if share == 0 or share >= 0.005 else "< 1%"


def _color(label: int) -> str:
    return _OF_LABEL[label] if label < 0 else COLORS[label % len(COLORS)]


def _edges(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of pixels with logarithmically spaced centres."""
    half = (centres[-1] / centres[0]) ** (0.5 / (len(centres) - 1))
    found: NDArray[np.float64] = np.append(centres / half, centres[-1] * half)
    return found
