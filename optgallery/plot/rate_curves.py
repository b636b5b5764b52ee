"""plot_sensitivity() and plot_heatmap(): results by learning rate."""

from collections.abc import Iterable
from math import inf, sqrt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.profiles import interval, resamples
from optgallery.analysis.sensitivity import Sensitivity
from optgallery.plot.legend import new_axes, place_legend, styles
from optgallery.render.colors import check_cmap, colormap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

_DIVERGED = "#D55E00"


def plot_sensitivity(
    sensitivities: Sensitivity | Iterable[Sensitivity] | Comparison, *, ax: "Axes | None" = None
) -> "Axes":
    """Draw the ends of runs against the learning rate: a flat curve means robustness.

    Parameters
    ----------
    sensitivities : Sensitivity, iterable of Sensitivity, or Comparison
        Results of `sensitivity`, with one curve each: the gap to the minimum at the end, the gap at
        the start as a dashed line, and a cross at each rate that diverged. For a `Comparison`, the
        share of the gap that remains, averaged over its problems.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        With a legend.

    Raises
    ------
    TypeError
        If an argument is something else.
    ValueError
        If none is given, or a minimum is not known.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.plot_sensitivity([og.sensitivity(name, "booth") for name in ("sgd", "adamw")])
    >>> ax.get_ylabel()
    '$f - f^*$ at the end'
    """
    if isinstance(sensitivities, Comparison):
        return _of_comparison(sensitivities, new_axes(ax))
    several = [sensitivities] if isinstance(sensitivities, Sensitivity) else sensitivities
    shown: list[Any] = list(several)
    if not shown:
        raise ValueError("plot_sensitivity needs at least one sensitivity, got none")
    if others := [each for each in shown if not isinstance(each, Sensitivity)]:
        raise TypeError(f"plot_sensitivity draws what sensitivity() returns, got {others[0]!r}")
    curves = [each.gaps for each in shown]
    ax = new_axes(ax)
    functions = {each.problem.fn.title for each in shown}
    ceilings = {each.ceiling for each in shown}
    top = 10 * max(ceilings)
    for each, gaps, (dash, color) in zip(shown, curves, styles(len(shown)), strict=True):
        eps = float(np.finfo(np.float64).eps) * max(1.0, abs(each.problem.minimum or 0.0))
        lrs, stopped = np.array(each.lrs), ~np.isfinite(gaps)
        curve = np.where(stopped, np.nan, np.maximum(gaps, eps))
        name = each.optimizer.title
        label = name if len(functions) == 1 else each.title
        ax.plot(lrs, np.minimum(curve, 2 * top), dash, color=color, lw=1.8, label=label)
        ax.plot(
            lrs[stopped], np.full(stopped.sum(), top / 1.6), "x", color=color, ms=5, clip_on=True
        )
        stable, unstable = each.edge
        if len(shown) == 1 and stable > 0 and unstable < inf:
            ax.axvline(
                sqrt(stable * unstable), color="0.5", lw=1, ls=":", label="first unstable rate"
            )
    for ceiling in ceilings if len(ceilings) == 1 else ():
        ax.axhline(ceiling, color="0.4", lw=1, ls="--", label="at the start")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(top=top)
    where = functions.pop() if len(functions) == 1 else "several functions"
    ax.set_title(f"Where runs end on {where}, by learning rate", fontsize="medium")
    ax.set_xlabel("learning rate")
    ax.set_ylabel("$f - f^*$ at the end")
    ax.grid(alpha=0.25)
    place_legend(ax, len(shown))
    return ax


def plot_heatmap(
    comparison: Comparison,
    *,
    ax: "Axes | None" = None,
    order: Literal["robust", "given"] = "robust",
    cmap: "str | Colormap" = "viridis",
) -> "Axes":
    """Draw the share of problems that each optimizer solves at each rate.

    A bar at the bottom of a cell shows the share of problems on which the optimizer diverged. The
    row of an optimizer without a learning rate has one number.

    Parameters
    ----------
    comparison : Comparison
        The result of `compare`.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.
    order : {"robust", "given"}
        With the optimizer at the top that solves most over all rates, or in the order of the
        comparison.
    cmap : str or Colormap
        A matplotlib colormap or its name.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If the argument is not a comparison.
    ValueError
        If ``order`` is invalid, or a minimum is not known.

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare(["sgd", "adamw"], ["booth", "beale"], [0.01, 0.1, 1.0], starts=2)
    >>> [label.get_text() for label in og.plot_heatmap(c).get_yticklabels()]
    ['SGD', 'AdamW']
    """
    if not isinstance(comparison, Comparison):
        raise TypeError(f"plot_heatmap draws a comparison, got {comparison!r}")
    if order not in ("robust", "given"):
        raise ValueError(f'order must be "robust" or "given", got {order!r}')
    table = comparison.solved()
    shares = table.share
    diverged = comparison.ended("diverged").share
    rows = np.arange(len(shares))
    if order == "robust":
        rows = np.argsort(-shares.mean(1), kind="stable")
    columns = np.argsort(comparison.lrs)
    shares, diverged = shares[np.ix_(rows, columns)], diverged[np.ix_(rows, columns)]
    constant = [table.constant[i] for i in rows]
    n, m = shares.shape
    height = 1.4 + (0.34 if n <= 20 else 0.21) * n
    ax = new_axes(ax, (2.2 + 0.52 * m, max(2.2, height)))
    colors = colormap(check_cmap(cmap))
    image = ax.imshow(shares, cmap=colors, vmin=0, vmax=1, aspect="auto")
    for i, j in zip(*np.nonzero(diverged), strict=True):
        ax.add_patch(_bar(float(j), float(i), float(diverged[i, j])))
    if n <= 20:
        for (i, j), share in np.ndenumerate(shares):
            if j != m // 2 and constant[i]:
                continue  # one run, which has no rate
            red, green, blue = colors(float(share))[:3]
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
            ax.text(
                j,
                i,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize="small",
                color="white" if dark else "black",
            )
    names = [
        f"{comparison.names[i]} (no rate)" if table.constant[i] else comparison.names[i]
        for i in rows
    ]
    ax.set_yticks(range(n), names, fontsize="medium" if n <= 20 else "small")
    ax.set_xticks(
        range(m), [f"{comparison.lrs[j]:g}" for j in columns], rotation=0 if m <= 7 else 45
    )
    ax.tick_params(length=0)
    ax.set_xlabel("learning rate")
    problems = len(comparison.problems)
    ax.set_title(f"Solved of {problems} problems, in %; bar: diverged", fontsize="medium")
    ax.figure.colorbar(image, ax=ax, shrink=min(1.0, 4 / max(height, 0.1)), label="share solved")
    return ax


def _of_comparison(comparison: Comparison, ax: "Axes") -> "Axes":
    remaining = comparison.remaining()
    drawn = resamples(len(comparison.problems), 0)
    order = np.argsort(comparison.lrs)
    lrs = np.array(comparison.lrs)[order]
    for name, own, (dash, color) in zip(
        comparison.names, remaining, styles(len(comparison.names)), strict=True
    ):
        ax.plot(lrs, own.mean(1)[order], dash, color=color, lw=1.8, label=name)
        if len(comparison.names) <= 4:
            low, high = interval(drawn @ own.T)
            ax.fill_between(lrs, low[order], high[order], color=color, alpha=0.12, lw=0)
    ax.set_xscale("log")
    ax.set_ylim(0, 1.01)
    problems = len(comparison.problems)
    ax.set_title(f"Where runs end on {problems} problems, by learning rate", fontsize="medium")
    ax.set_xlabel("learning rate")
    ax.set_ylabel("share of the way to the minimum that remains")
    ax.grid(alpha=0.25)
    place_legend(ax, len(comparison.names))
    return ax


def _bar(x: float, y: float, share: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.46, y + 0.34), 0.92 * share, 0.11, color=_DIVERGED, lw=0)
