"""Plots of a function's surface: coloured contours, and in three dimensions."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from optgallery.arguments import check_whole, renamed
from optgallery.functions import TestFunction, as_test_function
from optgallery.render.colors import check_cmap, colormap, parse_color
from optgallery.render.surface import Array, Surface, surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from mpl_toolkits.mplot3d import Axes3D


@renamed(palette="cmap", contours="levels")
def plot_surface(
    test_fn: Any,
    *,
    ax: "Axes | None" = None,
    resolution: int = 200,
    cmap: "str | Colormap" = "viridis",
    colors: int = 32,
    levels: int = 10,
    contour_color: Any = "#FFFFFF7F",
    contour_labels: bool = False,
    minima: bool = True,
) -> "Axes":
    """Draw a function's filled contours, contour lines and minima.

    The colour scale is linear or logarithmic, depending on the function's ``scale``. In a PDF or
    SVG, the filled contours are an image, with the ``dpi`` of ``savefig``; lines and text stay
    shapes.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        The function to draw.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; a new figure if not given.
    resolution : int
        Grid points along each side, at least 2.
    cmap : str or Colormap
        A matplotlib colormap or its name.
    colors : int
        Number of colours, at least 2.
    levels : int
        Number of contour lines, which may be 0.
    contour_color : colour
        Colour of the contour lines.
    contour_labels : bool
        Write the function's value on each contour line.
    minima : bool
        Mark the known minima with white rings.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with the function's domain as limits.

    Raises
    ------
    TypeError, ValueError
        If the function or an argument is invalid.

    Examples
    --------
    >>> import optgallery as og
    >>> og.plot_surface("himmelblau")
    <Axes: title={'center': 'Himmelblau'}, xlabel='$x$', ylabel='$y$'>
    """
    fn = as_test_function(test_fn, dtype=None)
    check_whole("resolution", resolution, 2)
    check_whole("colors", colors, 2)
    check_whole("levels", levels, 0)
    line_color = parse_color("contour_color", contour_color)
    surface_cmap = colormap(check_cmap(cmap))
    sampled = surface(fn, resolution)
    ax = _domain_axes(fn) if ax is None else ax
    bands = np.linspace(0, 1, colors + 1)
    # in a PDF or SVG the fills are one image: as shapes they would be most of the file
    ax.contourf(sampled.x, sampled.y, sampled.tone, levels=bands, cmap=surface_cmap).set_rasterized(
        True
    )
    if levels and sampled.tone.any():
        heights = np.linspace(0, 1, levels + 2)[1:-1]
        lines = ax.contour(
            sampled.x, sampled.y, sampled.tone, levels=heights, colors=[line_color], linewidths=1
        )
        if contour_labels:
            values = np.interp(heights, *_tone_to_value(sampled))
            texts = {h: f"{float(f'{v:.3g}'):g}" for h, v in zip(heights, values, strict=True)}
            ax.clabel(lines, fmt=texts, fontsize="x-small")
    if minima and fn.minima:
        ax.plot(*zip(*fn.minima, strict=True), "o", mfc="none", mec="white", mew=1.5, ms=7)
    set_domain(ax, fn)
    ax.set_title(fn.title, fontsize="medium")
    return ax


@renamed(palette="cmap", levels="colors")
def plot_surface_3d(
    test_fn: Any,
    *,
    ax: "Axes3D | None" = None,
    resolution: int = 150,
    cmap: "str | Colormap" = "viridis",
    colors: int = 32,
    view: tuple[float, float] = (38.0, -60.0),
    minima: bool = True,
) -> "Axes3D":
    """Draw a function's surface in three dimensions, above its filled contours.

    Heights and colours are on the function's scale, linear or logarithmic; the labels of the
    vertical axis are values.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        The function to draw.
    ax : mpl_toolkits.mplot3d.Axes3D, optional
        The axes to draw on; a new figure if not given.
    resolution : int
        Grid points along each side, at least 2.
    cmap : str or Colormap
        A matplotlib colormap or its name.
    colors : int
        Number of colours of the filled contours, at least 2.
    view : (float, float)
        Elevation and azimuth of the camera in degrees.
    minima : bool
        Mark the known minima on the filled contours.

    Returns
    -------
    mpl_toolkits.mplot3d.Axes3D

    Raises
    ------
    TypeError, ValueError
        If the function or an argument is invalid.

    Examples
    --------
    >>> import optgallery as og
    >>> og.plot_surface_3d("rastrigin", view=(60, 30)).elev
    60
    """
    fn = as_test_function(test_fn, dtype=None)
    check_whole("resolution", resolution, 2)
    check_whole("colors", colors, 2)
    surface_cmap = colormap(check_cmap(cmap))
    sampled = surface(fn, resolution)
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(figsize=(6.4, 5.6), layout="constrained").add_subplot(projection="3d")
    elif ax.name != "3d":
        raise TypeError(
            "ax must be three-dimensional, such as plt.figure().add_subplot(projection='3d'), "
            f"got {type(ax).__name__}"
        )
    from matplotlib.ticker import FixedFormatter, FixedLocator

    x, y, tone, floor = sampled.x, sampled.y, sampled.tone, -0.7
    bands = np.linspace(0, 1, colors + 1)
    ax.computed_zorder = False  # matplotlib would draw the contours over the surface
    ax.contourf(x, y, tone, bands, zdir="z", offset=floor, cmap=surface_cmap, zorder=1)
    if minima:
        for minimum in fn.minima:
            ax.plot(*minimum, floor, "o", mfc="none", mec="white", ms=5, mew=1.2, zorder=2)
    fine = {"rcount": resolution, "ccount": resolution, "linewidth": 0, "antialiased": False}
    ax.plot_surface(x, y, tone, cmap=surface_cmap, vmin=0, vmax=1, zorder=3, **fine)
    ax.set(xlim=fn.domain[:2], ylim=fn.domain[2:], zlim=(floor, 1), xlabel="$x$", ylabel="$y$")
    ticks = _ticks(sampled, fn.scale)
    tones, values = _tone_to_value(sampled)
    # with set_zticks, matplotlib before 3.11.2 finds no room for the constrained layout
    ax.zaxis.set_major_locator(FixedLocator(np.interp(ticks, values, tones).tolist()))
    ax.zaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    ax.locator_params(axis="x", nbins=5)
    ax.locator_params(axis="y", nbins=5)
    ax.set_box_aspect((1, 1, 0.9))
    ax.view_init(*view)
    ax.set_title(f"Surface of {fn.title}", fontsize="medium")
    return ax


def _domain_axes(fn: TestFunction) -> "Axes":
    """Create axes with an equal aspect ratio, unless the domain is a strip."""
    from matplotlib import pyplot as plt

    ax = plt.subplots(figsize=(5.6, 5.6), layout="constrained")[1]
    xmin, xmax, ymin, ymax = fn.domain
    if 1 / 3 <= (ymax - ymin) / (xmax - xmin) <= 3:
        ax.set_aspect("equal")
    return ax


def set_domain(ax: "Axes", fn: TestFunction) -> None:
    """Set the limits of axes to a function's domain, and label them."""
    ax.set(xlim=fn.domain[:2], ylim=fn.domain[2:], xlabel="$x$", ylabel="$y$")


def _tone_to_value(sampled: Surface) -> tuple[Array, Array]:
    """Return the tones and values of the surface's points, both in ascending order."""
    finite = np.isfinite(sampled.z)
    order = np.argsort(sampled.z[finite])
    return sampled.tone[finite][order], sampled.z[finite][order]


def _ticks(sampled: Surface, scale: Literal["linear", "log"]) -> Array:
    """Return round values that are far enough apart on the colour scale."""
    from matplotlib.ticker import MaxNLocator

    tones, values = _tone_to_value(sampled)
    low, high = values[tones == 0][-1], values[-1]  # many values may have the lowest tone
    if scale == "log" and high > 0:
        top = int(np.floor(np.log10(high)))
        candidates = [10.0**power for power in range(top, top - 9, -1)]
    else:
        candidates = list(MaxNLocator(5).tick_values(low, high))
    ticks: list[float] = []
    for value in candidates:
        tone = np.interp([value, *ticks], values, tones)
        if low <= value <= high and np.all(np.abs(tone[0] - tone[1:]) > 0.12):
            ticks.append(float(value))
    return np.array(sorted(ticks))
