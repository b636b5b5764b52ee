"""plot_loss(): values against cost."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

import optgallery as og


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_gap_to_the_minimum_is_drawn_against_evaluations():
    t = og.run("lbfgs", "goldstein_price", steps=6)
    ax = og.plot_loss(t)
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), t.evaluations)
    np.testing.assert_array_equal(line.get_ydata(), np.maximum(t.values - 3, 3 * 2.0**-52))
    assert ax.get_yscale() == "log"
    assert ax.get_xlabel() == "gradient evaluations"
    assert ax.get_title() == "How fast the value falls on Goldstein-Price"
    assert ax.get_ylabel() == "$f - f^*$"
    assert t.evaluations[-1] > 6


def test_steps_are_counted_from_0():
    ax = og.plot_loss(og.run("lbfgs", "beale", steps=6), against="steps")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), np.arange(7))
    assert ax.get_xlabel() == "steps"


def test_gaps_below_the_rounding_error_are_raised_to_it():
    t = og.run("sgd", "sphere", steps=50, lr=0.5)
    assert t.values[-1] == 0
    assert og.plot_loss(t).lines[0].get_ydata()[-1] == 2.0**-52


def test_the_value_is_drawn_if_the_minimum_is_infinite():
    t = og.run("adamw", "log_beale", steps=20, lr=0.1)
    ax = og.plot_loss(t)
    assert ax.get_yscale() == "linear"
    assert ax.get_ylabel() == "$f$"
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), t.values)


def test_the_values_are_drawn_if_one_minimum_is_infinite():
    runs = [og.run("adamw", name, steps=5, lr=0.1) for name in ("beale", "log_beale")]
    ax = og.plot_loss(runs)
    assert ax.get_yscale() == "linear"
    assert labels(ax) == ["AdamW on Beale, lr 0.1", "AdamW on log Beale, lr 0.1"]
    assert ax.get_ylabel() == "$f$"


def test_seven_runs_have_seven_colours_and_a_legend():
    runs = [og.run("adamw", "booth", steps=5, lr=lr) for lr in og.LEARNING_RATES]
    ax = og.plot_loss(runs)
    assert len({line.get_color() for line in ax.lines}) == 7
    assert {line.get_linestyle() for line in ax.lines} == {"-"}
    assert labels(ax) == [f"AdamW, lr {lr:g}" for lr in og.LEARNING_RATES]


def test_more_than_seven_runs_have_different_dashes():
    runs = [og.run("sgd", "booth", steps=2, lr=lr) for lr in np.linspace(0.001, 0.01, 9)]
    styles = [(line.get_color(), line.get_linestyle()) for line in og.plot_loss(runs).lines]
    assert len(set(styles)) == 9
    assert styles[7] == (styles[0][0], "--")


def test_the_colours_are_those_of_okabe_and_ito():
    # a palette that colour-blind readers can distinguish
    runs = [og.run("sgd", "booth", steps=2, lr=lr) for lr in og.LEARNING_RATES]
    colors = [line.get_color() for line in og.plot_loss(runs).lines]
    assert set(colors) == {
        "#000000",
        "#E69F00",
        "#56B4E9",
        "#009E73",
        "#0072B2",
        "#D55E00",
        "#CC79A7",
    }


def test_a_diverged_run_is_labelled_and_cut_off_at_the_top():
    good, bad = (og.run("sgd", "beale", lr=lr) for lr in (0.01, 1.0))
    assert bad.status == "diverged"
    ax = og.plot_loss([good, bad])
    assert labels(ax)[1] == f"SGD, lr 1 (diverged at step {bad.stopped_at})"
    drawn = ax.lines[1].get_ydata()
    assert np.isfinite(drawn).all()
    low, top = ax.get_ylim()
    assert top == good.values[0] * 100
    assert drawn.max() > top
    assert low < good.values.min()
    ax.figure.canvas.draw()


def test_a_diverged_run_is_cut_off_on_a_linear_axis_too():
    box = {"x0": 1, "y0": 1, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
    bowl = (lambda x, y: x**4 + y**4, box)
    good, bad = (og.run("sgd", bowl, lr=lr) for lr in (0.05, 2.0))
    assert bad.status == "diverged"
    assert og.plot_loss([good, bad]).get_ylim()[1] == 4 - good.values.min()
    assert og.plot_loss(bad).get_ylim()[1] == 4


@pytest.mark.parametrize(
    ("name", "lr"),
    [
        ("booth", 1e10),
        ("matyas", 1e10),
        ("sphere", 1e150),
        ("rastrigin", 1e150),
        ("levi_n13", 1e150),
    ],
)
@pytest.mark.parametrize("rates", [(), (0.01,)], ids=["alone", "beside a good run"])
def test_a_run_that_ends_near_the_largest_float_is_drawn_without_a_warning(name, lr, rates):
    runs = [og.run("sgd", name, lr=rate) for rate in (lr, *rates)]
    finite = runs[0].values[np.isfinite(runs[0].values)]
    assert finite.max() > 1e285
    ax = og.plot_loss(runs)
    ax.figure.canvas.draw()  # warnings are errors
    gap = runs[0].values[0] - og.FUNCTIONS[name].minimum
    assert ax.get_ylim()[1] == pytest.approx(100 * gap)


@pytest.mark.parametrize("rates", [(), (0.01,)], ids=["alone", "beside a good run"])
def test_a_run_that_starts_near_the_largest_float_is_drawn_without_a_warning(rates):
    far = og.run("sgd", "sphere", lr=0.01, start=(1e150, 1e150))
    ax = og.plot_loss([far, *(og.run("sgd", "sphere", lr=rate) for rate in rates)])
    ax.figure.canvas.draw()
    low, top = ax.get_ylim()
    assert low < min(line.get_ydata().min() for line in ax.lines) < top


def test_curves_that_are_not_cut_off_have_margins():
    t = og.run("adamw", "booth", steps=20, lr=0.1)
    ax = og.plot_loss(t)
    drawn = ax.lines[0].get_ydata()
    margins = np.log10([drawn.min() / ax.get_ylim()[0], ax.get_ylim()[1] / drawn.max()])
    np.testing.assert_allclose(margins, 0.05 * np.log10(drawn.max() / drawn.min()), rtol=1e-9)


def test_it_draws_on_the_given_axes(figures):
    _, ax = plt.subplots()
    assert og.plot_loss(og.run("sgd", "booth", steps=2, lr=0.01), ax=ax) is ax
    assert figures() == 1


@pytest.mark.parametrize(
    ("given", "against", "kind", "text"),
    [
        ([], "steps", ValueError, "^plot_loss needs at least one trajectory, got none$"),
        (["adamw"], "steps", TypeError, r"as run\(\) returns them, got 'adamw'$"),
        ([], "time", ValueError, '^against must be "evaluations" or "steps", got \'time\'$'),
    ],
)
def test_errors_say_what_is_allowed(given, against, kind, text, figures):
    with pytest.raises(kind, match=text):
        og.plot_loss(given, against=against)
    assert figures() == 0
