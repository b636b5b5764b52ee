"""plot_profile() and plot_log_ratio(): profiles and ratios of a comparison."""

from typing import TYPE_CHECKING, Any

import numpy as np

from optgallery.analysis.profiles import LogRatio, Profile
from optgallery.plot.legend import new_axes, place_legend, styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_profile(profile: Profile, *, ax: "Axes | None" = None, interval: bool = True) -> "Axes":
    """Draw a data profile, a performance profile or a runtime ECDF.

    Parameters
    ----------
    profile : Profile
        The result of `Comparison.data_profile`, `Comparison.performance_profile` or
        `Comparison.ecdf`.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.
    interval : bool
        Whether to shade the confidence interval of each curve, if there are at most four.

    Returns
    -------
    matplotlib.axes.Axes
        With a legend in which the highest curve is first.

    Raises
    ------
    TypeError
        If the argument is not a profile.

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare(["sgd", "adamw"], ["booth", "beale"], [0.01, 0.1], starts=2)
    >>> ax = og.plot_profile(c.data_profile())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['SGD', 'AdamW']
    """
    if not isinstance(profile, Profile):
        raise TypeError(f"plot_profile draws a profile of a comparison, got {profile!r}")
    ax = new_axes(ax)
    log = profile.kind != "data"
    begin = 1.0 if log else 0.0
    if profile.kind == "performance" and profile.reference:
        ratios = profile.at[profile.at > 0]
        begin = min(1.0, float(ratios.min(initial=1.0)))
    end = profile.end if profile.kind != "performance" else max(1.1 * profile.end, 2.0)
    inner = profile.at[(profile.at > begin) & (profile.at < end)]
    at = np.array([begin, *inner, end])
    before = np.searchsorted(profile.at, at, side="right") - 1

    def shown(shares: Any) -> Any:
        return np.where(before < 0, 0.0, shares[before])

    curves = [shown(row) for row in profile.shares]
    order = sorted(range(len(curves)), key=lambda i: (-curves[i][-1], -curves[i].mean()))
    line_styles = styles(len(curves))
    for place in order:
        dash, color = line_styles[place]
        ax.step(
            at, curves[place], dash, where="post", color=color, lw=1.8, label=profile.names[place]
        )
        if interval and len(curves) <= 4:
            limits = (shown(profile.low[place]), shown(profile.high[place]))
            ax.fill_between(at, *limits, step="post", color=color, alpha=0.12, lw=0)
    if log:
        ax.set_xscale("log", base=2 if profile.kind == "performance" else 10)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlim(begin, end)
    ax.set_ylim(0, 1.01)
    ax.set_title(
        f"{profile.title[0].upper()}{profile.title[1:]}, {profile.problems} problems",
        fontsize="medium",
    )
    ax.set_xlabel(profile.xlabel)
    ax.set_ylabel(profile.ylabel)
    ax.grid(alpha=0.25)
    place_legend(ax, len(curves))
    return ax


def plot_log_ratio(ratio: LogRatio, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the factor by which one of two optimizers is faster, problem by problem.

    A bar below the axis means that the first optimizer is faster on a problem, and one above it the
    second. Hatched bars reach the edge: only one of the two solved the problem.

    Parameters
    ----------
    ratio : LogRatio
        The result of `Comparison.log_ratio`.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If the argument is not a result of `Comparison.log_ratio`.
    ValueError
        If neither solved any problem.

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare(["sgd", "adamw"], ["booth", "beale"], [0.01, 0.1], starts=2)
    >>> ax = og.plot_log_ratio(c.log_ratio("sgd", "adamw"))
    >>> ax.get_title()
    'SGD against AdamW'
    """
    if not isinstance(ratio, LogRatio):
        raise TypeError(f"plot_log_ratio draws what log_ratio() returns, got {ratio!r}")
    if not len(ratio.values):
        raise ValueError(f"neither {ratio.a} nor {ratio.b} solved any problem")
    ax = new_axes(ax)
    finite = ratio.values[np.isfinite(ratio.values)]
    edge = max(1.0, 1.15 * float(np.abs(finite).max(initial=0.0)))
    heights = np.clip(ratio.values, -edge, edge)
    (_, first), (_, second) = styles(2)
    colors = [first if value < 0 else second for value in ratio.values]
    bars = ax.bar(np.arange(len(heights)), heights, width=0.9, color=colors, linewidth=0)
    for bar, value in zip(bars, ratio.values, strict=True):
        if np.isinf(value):
            bar.set(hatch="////", edgecolor="white")
    won, lost, tied = ratio.wins
    ax.axhline(0, color="0.4", lw=0.8)
    ax.set_ylim(-edge, edge)
    ax.set_xlim(-0.6, len(heights) - 0.4)
    whole = int(edge)
    step = max(1, -(-whole // 4))
    ticks = [k for k in range(-whole, whole + 1) if k % step == 0]
    ax.set_yticks(ticks, [f"{2 ** abs(k)}x" for k in ticks])
    ax.set_xticks([])
    ax.set_xlabel("problems" + (f"; {ratio.neither} solved by neither" if ratio.neither else ""))
    ax.set_ylabel("faster by a factor of")
    words = [(0.97, 0.04, "right", "bottom", f"{ratio.a} faster: {won}", first)]
    words += [(0.03, 0.96, "left", "top", f"{ratio.b} faster: {lost}", second)]
    for x, y, ha, va, text, color in words:
        ax.text(x, y, text, ha=ha, va=va, color=color, weight="bold", transform=ax.transAxes)
    ties = f", {tied} tie{'s' if tied != 1 else ''}" if tied else ""
    ax.set_title(f"{ratio.a} against {ratio.b}{ties}", fontsize="medium")
    ax.grid(axis="y", alpha=0.25)
    return ax
