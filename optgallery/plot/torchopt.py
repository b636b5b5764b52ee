"""test_optim(): torchopt's plotting function, with torchopt's parameters."""

# ruff: noqa: PT028  (despite its name, this is not a test)

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optgallery.arguments import check_whole, check_width
from optgallery.optim import as_spec
from optgallery.plot.paths import plot_path
from optgallery.plot.surfaces import plot_surface
from optgallery.render.animation import (
    MAX_COLORS,
    MAX_LEVELS,
    MAX_LINE_WIDTH,
    MAX_RESOLUTION,
    Animation,
    animate,
)
from optgallery.render.colors import check_cmap, parse_color
from optgallery.runs.run import run

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def test_optim(
    optim: Any,
    *,
    opt_hparams: Mapping[str, Any] | None = None,
    test_fn: Any = "beale",
    steps: int = 200,
    pt_start_color: Any = "#5050FF7F",
    pt_end_color: Any = "#FF5050FF",
    ln_color: Any = "#FF0000FF",
    ln_weight: float = 2,
    bg_xy_breaks: int = 100,
    bg_z_breaks: int = 32,
    bg_palette: str = "viridis",
    ct_levels: int = 10,
    ct_labels: bool = False,
    ct_color: Any = "#FFFFFF7F",
    plot_each_step: bool = False,
    ax: "Axes | None" = None,
) -> "Axes | Animation":
    """Run an optimizer on a test function and draw its path, as torchopt's ``test_optim`` does.

    Parameters
    ----------
    optim : str, OptimizerSpec or torch.optim.Optimizer class
        The optimizer, including those that need a closure, such as L-BFGS.
    opt_hparams : mapping, optional
        Its hyper-parameters, such as ``{"lr": 0.1}``. Parameters of `run`, such as ``start``, are
        not allowed.
    test_fn : str, TestFunction or (callable, domain)
        The function.
    steps : int
        Number of steps, at least 1.
    pt_start_color, pt_end_color, ln_color : colour
        Colours of the start point, the end point and the path.
    ln_weight : float
        Width of the path in points, not negative; in an animation in pixels, above 0 and up to
        20.
    bg_xy_breaks : int
        Grid points along each side of the surface, at least 2; in an animation at most 2000.
    bg_z_breaks : int
        Number of the surface's colours, at least 2; in an animation at most 128.
    bg_palette : str
        Name of a matplotlib colormap.
    ct_levels : int
        Number of contour lines, which may be 0; in an animation at most 64.
    ct_labels : bool
        Write the function's value on each contour line.
    ct_color : colour
        Colour of the contour lines.
    plot_each_step : bool
        Return an animation instead of a plot.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes or Animation
        An `Animation` if ``plot_each_step`` is set.

    Raises
    ------
    TypeError, ValueError
        If the optimizer, the function, a hyper-parameter or an argument is invalid.

    See Also
    --------
    run : Run an optimizer without drawing.
    animate : Animate any trajectories.

    Examples
    --------
    >>> import optgallery as og
    >>> ax = og.test_optim("adamw", opt_hparams={"lr": 0.1}, test_fn="rosenbrock")
    >>> ax.get_title().splitlines()[0]
    'AdamW on Rosenbrock, lr 0.1'
    """
    check_whole("bg_xy_breaks", bg_xy_breaks, 2)
    check_whole("bg_z_breaks", bg_z_breaks, 2)
    check_whole("ct_levels", ct_levels, 0)
    check_width("ln_weight", ln_weight)
    check_cmap(bg_palette, "bg_palette")
    start = parse_color("pt_start_color", pt_start_color)
    end = parse_color("pt_end_color", pt_end_color)
    line = parse_color("ln_color", ln_color)
    contour = parse_color("ct_color", ct_color)
    if plot_each_step:
        if ax is not None:
            raise ValueError("an animation has no axes; leave out ax or plot_each_step")
        _check_animation_limit("bg_xy_breaks", bg_xy_breaks, MAX_RESOLUTION)
        _check_animation_limit("bg_z_breaks", bg_z_breaks, MAX_COLORS)
        _check_animation_limit("ct_levels", ct_levels, MAX_LEVELS)
        _check_animation_limit("ln_weight", ln_weight, MAX_LINE_WIDTH, above_zero=True)
    if opt_hparams is not None:
        _check_hparams(optim, opt_hparams)
    trajectory = run(optim, test_fn, steps=steps, hparams=opt_hparams)
    if plot_each_step:
        return animate(
            trajectory,
            resolution=bg_xy_breaks,
            cmap=bg_palette,
            colors=bg_z_breaks,
            levels=ct_levels,
            contour_color=contour,
            contour_labels=ct_labels,
            start_color=start,
            end_color=end,
            line_color=line,
            line_width=ln_weight,
        )
    ax = plot_surface(
        trajectory.test_fn,
        ax=ax,
        resolution=bg_xy_breaks,
        cmap=bg_palette,
        colors=bg_z_breaks,
        levels=ct_levels,
        contour_color=contour,
        contour_labels=ct_labels,
    )
    plot_path(
        trajectory,
        ax=ax,
        start_color=start,
        end_color=end,
        line_color=line,
        line_width=ln_weight,
    )
    ax.set_title(f"{trajectory.title}\n{trajectory.outcome}", fontsize="small")
    return ax


def _check_hparams(optim: Any, given: Any) -> None:
    """Reject parameters of `run` that are not hyper-parameters of the optimizer."""
    if not isinstance(given, Mapping):
        raise TypeError(f'opt_hparams must be a mapping such as {{"lr": 0.1}}, got {given!r}')
    spec = as_spec(optim)
    for name, parameter in inspect.signature(run).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY or name == "test_fn":
            if name not in given or spec.takes(name):
                continue
            if name in ("steps", "test_fn"):
                advice = f"pass {name} to test_optim() itself"
            else:
                advice = "use run(), and plot_path() or animate() for the picture"
            raise TypeError(
                f"opt_hparams holds hyper-parameters of the optimizer, and {name!r} is a parameter "
                f"of run(); {advice}"
            )


test_optim.__test__ = False  # type: ignore[attr-defined]  # pytest must not collect it


def _check_animation_limit(
    what: str, number: float, most: int, *, above_zero: bool = False
) -> None:
    """Raise a ValueError for a number that is allowed in a plot but not in an animation."""
    if number > most or (above_zero and number == 0):
        positive = "more than 0 and " if above_zero else ""
        raise ValueError(
            f"{what} must be {positive}at most {most} in an animation, got {number!r}; "
            "leave out plot_each_step for a plot"
        )
