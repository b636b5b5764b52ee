"""test_optim(): torchopt's plot, with torchopt's parameters."""

import inspect
import re

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.contour import QuadContourSet

import optgallery as og

BOX = {"x0": 20, "y0": 20, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}


def flower(x, y):
    return torch.hypot(x, y) + torch.sin(4 * torch.atan2(y, x))


def sets(ax):
    return [artist for artist in ax.collections if isinstance(artist, QuadContourSet)]


def test_parameters_and_defaults_are_those_of_torchopt():
    parameters = inspect.signature(og.test_optim).parameters
    defaults = {name: p.default for name, p in parameters.items() if name != "optim"}
    assert defaults == {
        "opt_hparams": None,
        "test_fn": "beale",
        "steps": 200,
        "pt_start_color": "#5050FF7F",
        "pt_end_color": "#FF5050FF",
        "ln_color": "#FF0000FF",
        "ln_weight": 2,
        "bg_xy_breaks": 100,
        "bg_z_breaks": 32,
        "bg_palette": "viridis",
        "ct_levels": 10,
        "ct_labels": False,
        "ct_color": "#FFFFFF7F",
        "plot_each_step": False,
        "ax": None,
    }
    assert all(p.kind is p.KEYWORD_ONLY for name, p in parameters.items() if name != "optim")


def test_the_plot_looks_like_torchopts():
    ax = og.test_optim("adamw", opt_hparams={"lr": 0.1})
    filled, lines = sets(ax)
    assert filled.get_cmap().name == "viridis"
    assert len(filled.levels) - 1 == 32
    assert len(lines.levels) == 10
    np.testing.assert_allclose(lines.get_edgecolor()[0], to_rgba("#FFFFFF7F"))
    expected = og.run("adamw", "beale", lr=0.1).points
    minima, path, start, end = ax.lines
    np.testing.assert_array_equal(minima.get_xydata(), [(3, 0.5)])
    np.testing.assert_array_equal(path.get_xydata(), expected)
    assert to_rgba(path.get_color()) == to_rgba("#FF0000FF")
    assert path.get_linewidth() == 2
    assert to_rgba(start.get_markerfacecolor()) == to_rgba("#5050FF7F")
    assert to_rgba(end.get_markerfacecolor()) == to_rgba("#FF5050FF")


def test_every_parameter_affects_the_plot():
    ax = og.test_optim(
        "sgd",
        opt_hparams={"lr": 0.01, "momentum": 0.5},
        test_fn="booth",
        steps=7,
        pt_start_color="white",
        pt_end_color="black",
        ln_color="orange",
        ln_weight=5,
        bg_xy_breaks=11,
        bg_z_breaks=6,
        bg_palette="magma",
        ct_levels=4,
        ct_labels=True,
        ct_color="cyan",
    )
    filled, lines = sets(ax)
    _, path, start, end = ax.lines
    assert len(path.get_xydata()) == 8
    assert to_rgba(path.get_color()) == to_rgba("orange")
    assert path.get_linewidth() == 5
    assert to_rgba(start.get_markerfacecolor()) == to_rgba("white")
    assert to_rgba(end.get_markerfacecolor()) == to_rgba("black")
    assert filled.get_cmap().name == "magma"
    assert len(filled.levels) == 7
    assert len(lines.levels) == 4
    np.testing.assert_array_equal(lines.get_edgecolor()[0], to_rgba("cyan"))
    assert ax.texts
    across = np.concatenate([path.vertices[:, 0] for path in filled.get_paths()])
    assert set(np.linspace(-10, 10, 11)) <= set(across.round(12))


def test_the_title_names_the_run_and_its_outcome():
    ax = og.test_optim("adamw", opt_hparams={"lr": 0.1}, test_fn="sphere")
    t = og.run("adamw", "sphere", lr=0.1)
    assert ax.get_title() == f"AdamW on Sphere, lr 0.1\n{t.outcome}"
    assert t.solved


def test_l_bfgs_runs_like_other_optimizers():
    ax = og.test_optim("lbfgs", test_fn="rosenbrock", steps=30)
    end = ax.lines[-1].get_xydata()
    np.testing.assert_allclose(end, [(1, 1)], atol=1e-4)


def test_any_optimizer_class_can_be_passed():
    class Halving(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        @torch.no_grad()
        def step(self, closure):
            closure()
            for group in self.param_groups:
                for p in group["params"]:
                    p.mul_(0.5)

    ax = og.test_optim(Halving, test_fn="sphere", steps=2)
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [(-4, 2.5), (-2, 1.25), (-1, 0.625)])


def test_a_function_with_a_domain_can_be_passed_as_in_torchopt():
    ax = og.test_optim("adamw", opt_hparams={"lr": 0.01}, test_fn=(flower, lambda: BOX))
    assert ax.axis() == (-3, 3, -3, 3)
    assert ax.get_title().startswith("AdamW on flower, lr 0.01")
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["at (17.6, 17.6)"]


@pytest.mark.parametrize("name", ["bukin_n6", "rosenbrock"])
def test_the_axes_are_x_and_y_of_the_domain(name):
    fn = og.FUNCTIONS[name]
    ax = og.test_optim("adamw", opt_hparams={"lr": 0.1}, test_fn=name)
    assert ax.axis() == fn.domain
    box = sets(ax)[0].get_datalim(ax.transData)
    np.testing.assert_allclose([box.x0, box.x1, box.y0, box.y1], fn.domain)


def test_it_draws_on_the_given_axes(figures):
    _, ax = plt.subplots()
    assert og.test_optim("sgd", ax=ax, steps=2) is ax
    assert figures() == 1


def test_plot_each_step_returns_an_animation(figures):
    animation = og.test_optim(
        "adamw", opt_hparams={"lr": 0.1}, steps=9, plot_each_step=True, ln_color="white"
    )
    assert isinstance(animation, og.Animation)
    assert len(animation) == 10
    (t,) = animation.trajectories
    np.testing.assert_array_equal(t.points, og.run("adamw", "beale", steps=9, lr=0.1).points)
    assert figures() == 0


def test_parameters_affect_the_animation():
    def last(**look):
        animation = og.test_optim("sgd", opt_hparams={"lr": 0.01}, plot_each_step=True, **look)
        *_, frame = animation.frames()
        return frame

    def share(frame, color):
        return (np.abs(frame.astype(int) - color).max(axis=-1) < 40).mean()

    assert share(last(ln_color="#FF00FF"), (255, 0, 255)) > share(last(), (255, 0, 255))
    assert share(last(bg_palette="gray"), (253, 231, 37)) < share(last(), (253, 231, 37))
    assert (last(ct_labels=True) != last()).any()
    assert (last(ct_levels=3) != last()).any()
    assert (last(bg_z_breaks=5) != last()).any()


@pytest.mark.parametrize("plot_each_step", [False, True])
@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"bg_xy_breaks": 1}, ValueError, "bg_xy_breaks must be a whole number >= 2, got 1"),
        ({"bg_z_breaks": 1}, ValueError, "bg_z_breaks must be a whole number >= 2, got 1"),
        ({"bg_z_breaks": 8.5}, ValueError, "bg_z_breaks must be a whole number >= 2, got 8.5"),
        ({"ct_levels": -1}, ValueError, "ct_levels must be a whole number >= 0, got -1"),
        ({"ln_weight": -2}, ValueError, "ln_weight must be a width in points >= 0, got -2"),
        (
            {"bg_palette": "magmaa"},
            ValueError,
            "bg_palette must be a matplotlib colormap",
        ),
        ({"pt_start_color": "x"}, ValueError, "pt_start_color must be a colour such as"),
        ({"pt_end_color": None}, ValueError, "pt_end_color must be a colour such as"),
        ({"ln_color": "#1234567"}, ValueError, "ln_color must be a colour such as"),
        ({"ct_color": (1, 2)}, ValueError, "ct_color must be a colour such as"),
        ({"steps": 0}, ValueError, "steps must be a whole number >= 1, got 0"),
        ({"test_fn": "bealle"}, ValueError, "unknown test function 'bealle'; did you mean 'beale'"),
        ({"opt_hparams": [0.1]}, TypeError, 'opt_hparams must be a mapping such as {"lr": 0.1}'),
        ({"opt_hparams": {"rl": 0.1}}, TypeError, "AdamW has no hyper-parameter 'rl'"),
    ],
)
def test_errors_say_what_is_allowed(plot_each_step, arguments, kind, text, figures):
    with pytest.raises(kind, match=f"^{re.escape(text)}"):
        og.test_optim("adamw", plot_each_step=plot_each_step, **arguments)
    assert figures() == 0


@pytest.mark.parametrize(
    ("argument", "allowed", "refused", "range_"),
    [
        ("bg_xy_breaks", 2000, 3000, "at most 2000"),
        ("bg_z_breaks", 128, 200, "at most 128"),
        ("ct_levels", 64, 100, "at most 64"),
        ("ln_weight", 20, 30, "more than 0 and at most 20"),
        ("ln_weight", 0.5, 0, "more than 0 and at most 20"),
    ],
)
def test_limits_of_animations_are_reported_with_torchopts_names(argument, allowed, refused, range_):
    text = f"{argument} must be {range_} in an animation, got {refused}; leave out"
    with pytest.raises(ValueError, match=f"^{re.escape(text)} plot_each_step for a plot$"):
        og.test_optim("sgd", steps=1, plot_each_step=True, **{argument: refused})
    og.test_optim("sgd", steps=1, plot_each_step=True, **{argument: allowed})


@pytest.mark.parametrize("argument", [{"bg_z_breaks": 200}, {"ct_levels": 100}, {"ln_weight": 0}])
def test_a_plot_has_no_limits_of_animations(argument):
    filled, lines = sets(ax := og.test_optim("sgd", steps=1, **argument))
    drawn = {
        "bg_z_breaks": len(filled.levels) - 1,
        "ct_levels": len(lines.levels),
        "ln_weight": ax.lines[1].get_linewidth(),
    }
    assert drawn.items() >= argument.items()


RUN_PARAMETERS = {
    "test_fn": "sphere",
    "steps": 3,
    "start": (1.0, 1.0),
    "seed": 1,
    "dtype": torch.float32,
    "coordinates": "scalars",
    "schedule": torch.optim.lr_scheduler.ConstantLR,
    "grad_clip": 1.0,
    "prepare": id,
    "hparams": {"lr": 0.2},
}


def test_all_parameters_of_run_are_tested():
    parameters = inspect.signature(og.run).parameters
    assert ["optimizer", *RUN_PARAMETERS, "keywords"] == list(parameters)


@pytest.mark.parametrize("name", RUN_PARAMETERS)
def test_parameters_of_run_are_rejected(name, figures):
    advice = "use run(), and plot_path() or animate() for the picture"
    if name in ("test_fn", "steps"):
        advice = f"pass {name} to test_optim() itself"
    text = (
        f"opt_hparams holds hyper-parameters of the optimizer, and {name!r} is a parameter of "
        f"run(); {advice}"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        og.test_optim("adamw", opt_hparams={"lr": 0.1, name: RUN_PARAMETERS[name]})
    assert figures() == 0


class Counted(torch.optim.SGD):
    """SGD with hyper-parameters that have the names of parameters of `run`."""

    def __init__(self, params, lr=0.1, steps=1, seed=0):
        super().__init__(params, lr=lr * steps)


@pytest.mark.usefixtures("figures")
def test_a_hyper_parameter_may_have_the_name_of_a_parameter_of_run():
    ax = og.test_optim(Counted, opt_hparams={"lr": 0.01, "steps": 3}, steps=5, test_fn="sphere")
    assert ax.get_title().startswith("Counted on Sphere, lr 0.01, steps 3\n")


@pytest.mark.usefixtures("figures")
def test_a_wrapper_receives_its_inner_optimizer():
    hparams = {"optimizer": torch.optim.SGD, "lr": 0.01}
    ax = og.test_optim("lookahead", opt_hparams=hparams, steps=5)
    assert ax.get_title().startswith("Lookahead over SGD on Beale, lr 0.01\n")


def test_an_animation_cannot_be_drawn_on_axes():
    with pytest.raises(ValueError, match=r"^an animation has no axes; leave out ax"):
        og.test_optim("adamw", plot_each_step=True, ax=plt.subplots()[1])


def test_unknown_optimizers_suggest_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'adamw'"):
        og.test_optim("adamww")
