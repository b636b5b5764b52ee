"""plot_stability(): the curvature along a path, and the stability threshold."""

from typing import TYPE_CHECKING

import numpy as np

from optgallery.analysis.stability import Stability
from optgallery.plot.legend import new_axes, styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_stability(stability: Stability, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the largest eigenvalue of the Hessian along a path, and the stability threshold.

    Parameters
    ----------
    stability : Stability
        The result of `stability`.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; those of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        With a logarithmic axis; linear near 0 if an eigenvalue is not positive.

    Raises
    ------
    TypeError
        If the argument is not a result of `stability`.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.plot_stability(og.stability(og.run("sgd", "rosenbrock", lr=0.002)))
    >>> ax.get_ylabel()
    'largest eigenvalue of the Hessian'
    """
    if not isinstance(stability, Stability):
        raise TypeError(f"plot_stability draws what stability() returns, got {stability!r}")
    ax = new_axes(ax, (6.4, 3.6))
    sharpness, threshold = stability.sharpness, stability.threshold
    steps = np.arange(len(sharpness))
    (_, color), (_, above) = styles(2)
    finite = np.isfinite(sharpness)
    if (sharpness[finite] > 0).all():
        ax.set_yscale("log")
    else:
        ax.set_yscale("symlog", linthresh=threshold / 10)
    ax.plot(steps[finite], sharpness[finite], color=color, lw=1.6, label="along the path")
    over = finite & stability.unstable
    if over.any():
        ax.plot(steps[over], sharpness[over], ".", color=above, ms=5, label="above the threshold")
    label = f"${stability.formula}$ = {threshold:.4g}"
    ax.axhline(threshold, color="0.25", lw=1.2, ls="--", label=label)
    ax.set_title(stability.trajectory.title, fontsize="medium")
    ax.set_xlabel("step")
    what = "preconditioned\nHessian" if stability.preconditioned else "Hessian"
    ax.set_ylabel(f"largest eigenvalue of the {what}")
    ax.grid(alpha=0.25)
    ax.legend()
    return ax
