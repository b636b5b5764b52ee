"""plot_rate_transfer(): by what power learning rates move when a function is scaled."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from optgallery.analysis.rate_transfer import RateTransfer
from optgallery.plot.legend import new_axes, styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 0.19  # inches for each optimizer
_SHIFT = 0.17  # of the two marks of a row from its middle, in rows


def plot_rate_transfer(
    transfers: RateTransfer | Iterable[RateTransfer], *, ax: "Axes | None" = None
) -> "Axes":
    """Draw by what power the learning rate of each optimizer moves when a function is scaled.

    Each optimizer has a row with a square for the values and a circle for the coordinates. A mark
    is filled if the path is then the same, and open if it is only the nearest one. At the right
    stands what a rotation does to the path: "same", or the distance as a share of its size.

    Parameters
    ----------
    transfers : RateTransfer or iterable of RateTransfer
        Results of `rate_transfer`.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        Rows are ordered by both exponents, the largest ones at the top.

    Raises
    ------
    TypeError
        If an argument is something else.
    ValueError
        If none is given.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.plot_rate_transfer([og.rate_transfer(name) for name in ("adam", "sgd")])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['SGD', 'Adam']
    """
    several = [transfers] if isinstance(transfers, RateTransfer) else transfers
    shown: list[Any] = list(several)
    if not shown:
        raise ValueError("plot_rate_transfer needs at least one result, got none")
    if others := [each for each in shown if not isinstance(each, RateTransfer)]:
        raise TypeError(f"plot_rate_transfer draws what rate_transfer() returns, got {others[0]!r}")
    shown.sort(key=lambda t: (-t.coordinates.exponent, t.values.exponent, t.rotation))
    ax = new_axes(ax, (6.4, 1.6 + _ROW * len(shown)))
    for (_, color), marker, kind, side, label in zip(
        styles(2),
        "so",
        ("values", "coordinates"),
        (-_SHIFT, _SHIFT),
        ("values multiplied", "coordinates multiplied"),
        strict=True,
    ):
        rows = [row + side for row in range(len(shown))]
        found = [getattr(each, kind) for each in shown]
        faces = [color if each.same else "none" for each in found]
        ax.scatter(
            [each.exponent for each in found],
            rows,
            marker=marker,
            s=26,
            edgecolors=color,
            facecolors=faces,
            zorder=3,
        )
        ax.plot([], [], marker, color=color, ms=5, label=label)
    ax.plot([], [], "o", mfc="none", mec="0.3", ms=5, label="open: path not the same")
    for row, each in enumerate(shown):
        words = "same" if each.invariant else f"{each.rotation:.2g}"
        ax.text(1.02, row, words, transform=ax.get_yaxis_transform(), va="center", fontsize="small")
    ax.text(1.02, 1.0, "rotated", transform=ax.transAxes, va="bottom", fontsize="small")
    ax.set_yticks(range(len(shown)), [each.optimizer.title for each in shown], fontsize="small")
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xticks([-1, -0.5, 0, 0.5, 1, 1.5, 2])
    ax.set_xlim(-1.3, 2.3)
    ax.grid(axis="x", alpha=0.4)
    ax.grid(axis="y", alpha=0.15)
    functions = {each.test_fn.title for each in shown}
    ax.set_title(f"How learning rates move on {', '.join(sorted(functions))}", fontsize="medium")
    ax.set_xlabel("exponent of the factor in the learning rate")
    # below the label of the axis, however high the axes are
    place: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": 4.0}
    ax.legend(fontsize="small", frameon=False, ncols=3, **place)
    return ax
