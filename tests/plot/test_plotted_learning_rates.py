"""plot_lrs(): the learning rate of each update."""

from functools import partial

import numpy as np
import pytest
from matplotlib import pyplot as plt
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR

import optgallery as og

cosine = partial(CosineAnnealingLR, T_max=20)
to_zero = partial(LinearLR, start_factor=1.0, end_factor=0.0, total_iters=19)


def run(optimizer="sgd", function="booth", **options):
    return og.run(optimizer, function, **{"steps": 20, "lr": 0.1, **options})


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_rate_stands_at_the_step_that_its_update_leads_to():
    t = run(schedule=cosine)
    ax = og.plot_lrs(t)
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 21))
    np.testing.assert_array_equal(line.get_ydata(), t.lrs)
    assert ax.get_yscale() == "linear"
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == (
        "The learning rate of each update",
        "step",
        "learning rate",
    )


def test_a_linear_axis_shows_0_and_a_constant_rate_does_not_fill_it():
    low, high = og.plot_lrs(run()).get_ylim()
    assert low < 0
    assert 0.1 < high < 0.11


def test_a_logarithmic_axis_has_a_gap_where_the_rate_is_0():
    t = run(schedule=to_zero)
    assert t.lrs[-1] <= 0
    ax = og.plot_lrs(t, scale="log")
    assert ax.get_yscale() == "log"
    drawn = ax.lines[0].get_ydata()
    np.testing.assert_array_equal(drawn[:-1], t.lrs[:-1])
    assert np.isnan(drawn[-1])
    low, _ = ax.get_ylim()
    assert t.lrs[-2] / 3 < low < t.lrs[-2]


def test_labels_are_the_schedules():
    assert labels(og.plot_lrs([run(), run(schedule=cosine)])) == [
        "constant",
        "CosineAnnealingLR(T_max=20)",
    ]


def test_labels_say_what_else_differs():
    by_rate = og.plot_lrs([run(lr=0.05), run(schedule=cosine)])
    assert labels(by_rate) == ["lr 0.05, constant", "lr 0.1, CosineAnnealingLR(T_max=20)"]
    others = og.plot_lrs([run("adamw"), run(function="beale", schedule=cosine)])
    assert labels(others) == [
        "AdamW, Booth, constant",
        "SGD, Beale, CosineAnnealingLR(T_max=20)",
    ]


def test_a_function_of_the_step_and_a_hook_are_labelled_too():
    def slower(optimizer):
        def reduce(optimizer, _args, _kwargs):
            optimizer.param_groups[0]["lr"] *= 0.9

        optimizer.register_step_post_hook(reduce)

    runs = [run(schedule=lambda step: 1 / (1 + step)), run(prepare=slower), run(prepare=id)]
    assert labels(og.plot_lrs(runs)) == [
        "scheduled to 0.005 by a function",
        "prepared by slower",
        "constant",
    ]


def test_the_curve_of_a_run_that_diverges_ends_with_it():
    t = og.run("momentum", "rosenbrock", lr=0.005)
    ax = og.plot_lrs([t, og.run("momentum", "rosenbrock", lr=0.001)])
    assert labels(ax)[0] == f"lr 0.005, constant (diverged at step {t.stopped_at})"
    assert [len(line.get_xdata()) for line in ax.lines] == [len(t) - 1, 200]


def test_runs_from_many_starts_are_drawn():
    ax = og.plot_lrs(og.run("sgd", "booth", steps=5, lr=0.1, start=[(1, 1), (2, 2)]))
    assert len(ax.lines) == 2


def test_a_run_without_updates_has_no_curve():
    start = og.Trajectory.from_points([(1, 1)], "sphere", hparams={"lr": 0.1})
    ax = og.plot_lrs(start)
    assert len(ax.lines[0].get_xdata()) == 0
    ax.figure.canvas.draw()


def test_it_draws_on_the_given_axes(figures):
    _, ax = plt.subplots()
    assert og.plot_lrs(run(), ax=ax) is ax
    assert figures() == 1


ELSEWHERE = og.Trajectory.from_points([(1, 1), (0, 0)], "sphere", label="Newton")


@pytest.mark.parametrize(
    ("given", "scale", "kind", "text"),
    [
        ([], "linear", ValueError, "^plot_lrs needs at least one trajectory, got none$"),
        (["adamw"], "log", TypeError, r"as run\(\) returns them, got 'adamw'$"),
        ([], "symlog", ValueError, '^scale must be "linear" or "log", got \'symlog\'$'),
        (ELSEWHERE, "linear", ValueError, "^plot_lrs draws .*, and Newton on Sphere has none$"),
        (
            run(lr=0.0),
            "log",
            ValueError,
            'needs a rate above 0, and SGD on Booth, lr 0 has none: give scale="linear"$',
        ),
    ],
)
def test_errors_say_what_is_allowed(given, scale, kind, text, figures):
    with pytest.raises(kind, match=text):
        og.plot_lrs(given, scale=scale)
    assert figures() == 0


def test_labels_tell_runs_apart_by_other_hyper_parameters_and_starts():
    runs = [og.run("sgd", "booth", steps=3, lr=0.1, momentum=m) for m in (0.5, 0.9)]
    assert labels(og.plot_lrs(runs)) == ["momentum 0.5, constant", "momentum 0.9, constant"]
    runs = [og.run("sgd", "booth", steps=3, lr=0.1, start=start) for start in ((1, 2), (3, 4))]
    assert labels(og.plot_lrs(runs)) == ["from (1, 2), constant", "from (3, 4), constant"]
