"""Quantities of a run that a page's text can print."""

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

import optgallery as og
from optgallery.sphinxext.incremental.quantities import NAMED_STEPS, ProseError, rounded, say

RUN = og.run("sgd", "booth", lr=0.03, steps=60)
NEWTON = og.Trajectory.from_points([(1, 1), (0, 0)], "sphere", label="Newton")
RUNS = {"runs": [og.run("adam", "booth", lr=0.1, steps=5), RUN], "by_rate": {0.03: RUN}, "n": 3}


def test_a_run_is_named_by_a_variable_an_index_or_a_cell() -> None:
    variables = {"run": RUN, **RUNS}
    texts = ("run", "runs[1]", "runs[-1]", "by_rate[0.03]", "sgd booth 0.03", "sgd\nbooth 0.03")
    assert {say("cost", text, variables) for text in texts} == {str(RUN.evaluations_to_solve())}


def test_a_cell_may_have_a_further_value() -> None:
    decayed = og.run("adamw", "booth", lr=0.3, weight_decay=0.1)
    assert say("cost", "adamw booth 0.3 weight_decay=0.1", {}) == str(decayed.outcome.cost)
    assert say("cost", "adamw booth 0.3 weight_decay=0.10", {}) == str(decayed.outcome.cost)
    noisy = og.run("sgd", og.functions.noisy("booth", 0.5), lr=0.03)
    assert say("value", "sgd booth 0.03 noise=0.5 at 20", {}) == rounded(noisy.values[20])
    assert say("cost", "sgd booth 0.03 noise=0", {}) == say("cost", "sgd booth 0.03", {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("adamw booth 0.3 momentum=0.1", "AdamW has no hyper-parameter 'momentum'"),
        ("adamw booth 0.3 noise=-1", "noise is a standard deviation"),
        ("adamw booth 0.3 weight_decay=", "a run is named by a variable"),
        ("adamw booth 0.3 weight_decay", "a run is named by a variable"),
    ],
)
def test_a_further_value_that_there_is_not_is_answered(text: str, message: str) -> None:
    with pytest.raises(ProseError, match=message):
        say("cost", text, {})


def test_a_step_is_a_number_or_a_name() -> None:
    assert say("value", "runs[1]", RUNS) == say("value", "runs[1] at end", RUNS)
    assert say("value", "runs[1] at 60", RUNS) == say("value", "runs[1] at end", RUNS)
    assert say("step", "runs[1] at start", RUNS) == "0"
    assert say("step", "runs[1] at solved", RUNS) == say("cost", "runs[1]", RUNS)
    assert say("step", "runs[1] at lowest", RUNS) == say("step", "runs[1] at end", RUNS)
    assert say("step", "runs[1] at nearest", RUNS) == "60"
    assert say("step", "runs[1] at farthest", RUNS) == "0"
    for name, extreme in (("left", RUN.points[:, 0].min()), ("top", RUN.points[:, 1].max())):
        axis = "x" if name == "left" else "y"
        assert say("point", f"runs[1] at {name} along {axis}", RUNS) == rounded(extreme)


def test_steps_at_which_a_run_enters_and_leaves_the_domain() -> None:
    flower = replace(og.FUNCTIONS["flower"], start=(20.0, 20.0))
    run = og.run("adamw", flower, lr=0.7, weight_decay=1e-6)
    entered = int(say("step", "run at entering", {"run": run}))
    inside = run.test_fn.domain.contains(run.points)
    assert inside[entered]
    assert not inside[:entered].any()
    assert say("step", "run at leaving", {"run": run}) == "0"
    with pytest.raises(ProseError, match="the run never leaves the picture"):
        say("step", "runs[1] at leaving", RUNS)


def test_quantities_agree_with_the_arrays() -> None:
    step = RUN.points[7] - RUN.points[6]
    assert say("length", "runs[1] at 7 to 3 digits", RUNS) == f"{np.hypot(*step):.3g}"
    assert say("length", "runs[1] at 7 along y", RUNS) == f"{abs(step[1]):.2g}"
    assert say("slope", "runs[1] at 7", RUNS) == f"{np.hypot(*RUN.gradients[7]):.2g}"
    assert say("distance", "runs[1] at 7", RUNS) == f"{np.hypot(*(RUN.points[7] - (1, 3))):.2g}"
    assert say("distance", "runs[1] at 7 from start", RUNS) == (
        rounded(np.hypot(*(RUN.points[7] - RUN.points[0])))
    )
    assert say("distance", "runs[1] at 7 along x from (0, 2)", RUNS) == (
        f"{abs(RUN.points[7, 0]):.2g}"
    )
    x, y = RUN.points[7]
    assert say("point", "runs[1] at 7", RUNS) == f"({x:.2g}, {y:.2g})"
    assert say("point", "runs[1] at 7 along y to 4 digits", RUNS) == f"{y:.4g}"
    assert say("gradient", "runs[1] at 7 along x", RUNS) == f"{RUN.gradients[7, 0]:.2g}"
    decaying = {"run": og.run("sgd", "booth", lr=0.1, schedule=lambda step: 1 / (1 + step))}
    assert say("rate", "run at 1", decaying) == "0.1"
    assert say("rate", "run at 3 to 3 digits", decaying) == "0.0333"
    assert say("rate", "run", decaying) == "0.0005"
    searched = {"run": og.run("lbfgs", "booth", lr=1.0, steps=3)}
    assert int(say("evaluations", "run at 1", searched)) > 1


def test_a_distance_is_measured_from_the_nearest_of_several_minima() -> None:
    run = og.run("sgd", "himmelblau", lr=0.01)
    nearest = min(np.hypot(*(run.points[-1] - place)) for place in run.test_fn.minima)
    assert say("distance", "run at end", {"run": run}) == rounded(nearest, noise=1e-15)


@pytest.mark.parametrize(
    ("role", "text", "message"),
    [
        (
            "cost",
            "run",
            r"there is no run here; the runs are runs\[0\], runs\[1\], by_rate\[0.03\]",
        ),
        ("cost", "runs[2]", r"there is no runs\[2\] here"),
        ("cost", "n", "n is no run but int"),
        ("cost", "runs[1].lr", "a run is named by a variable, as runs"),
        ("cost", "og.run('sgd')", "a run is named by a variable"),
        ("cost", "sgd both 0.1", "did you mean 'booth'"),
        ("cost", "sgdd booth 0.1", "did you mean 'sgd'"),
        ("cost", "runs[0]", "never solved its function has no cost: Adam on Booth"),
        ("cost", "runs[1] at 3", ":cost: has no use for 'at'"),
        ("step", "runs[1] at 3 along x", ":step: has no use for 'along'"),
        ("value", "runs[1] at 61", "the run has 60 steps; there is no step 61"),
        ("value", "runs[1] at noon", "a step is a number or one of start, end, solved"),
        ("value", "runs[1] to 0 digits", "digits must be from 1 to 6, got 0"),
        ("value", "runs[1] to 9 digits", "digits must be from 1 to 6, got 9"),
        ("length", "runs[1] at start", "the start is no step"),
        ("rate", "runs[1] at start", "the start is no step, and has no learning rate"),
        ("rate", "newton", "the learning rate of Newton on Sphere is not one number"),
        ("rate", "runs[1] at 3 along x", ":rate: has no use for 'along'"),
        ("distance", "runs[1] from (1, 2, 3)", r"a place is \(x, y\), got \(1, 2, 3\)"),
        ("distance", "sgd flower 0.1", "Flower has no minimum"),
    ],
)
def test_a_number_that_does_not_exist_is_an_error(role: str, text: str, message: str) -> None:
    with pytest.raises(ProseError, match=message):
        say(role, text, {**RUNS, "newton": NEWTON} if text == "newton" else RUNS)


def test_every_named_step_is_valid() -> None:
    run = og.run("adam", "easom", lr=0.1)
    for name in set(NAMED_STEPS) - {"leaving"}:
        assert 0 <= int(say("step", f"run at {name}", {"run": run})) <= 200


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0.0, 2, "0"),
        (0.1, 3, "0.1"),
        (0.0998, 2, "0.1"),
        (9.99, 2, "10"),
        (417.3, 2, "417"),
        (-87.31, 3, "-87.3"),
        (9876.5, 2, "9876"),
        (12345.0, 2, "1.2·10⁴"),
        (0.00012, 1, "0.0001"),
        (0.000012, 2, "1.2·10⁻⁵"),
        (1.04e-9, 2, "10⁻⁹"),
        (-3.2e-9, 2, "-3.2·10⁻⁹"),
        (inf, 2, "infinity"),
        (-inf, 2, "-infinity"),
        (nan, 2, "NaN"),
    ],
)
def test_numbers_are_rounded_to_the_given_digits(number: float, digits: int, text: str) -> None:
    assert rounded(number, digits) == text


def test_digits_below_the_rounding_error_are_not_printed() -> None:
    assert rounded(1.2345e-3, 6, noise=1e-5) == "0.0012"
    assert rounded(1.2345e-15, 2, noise=1e-15) == "0"
    diverged = {"run": og.run("sgd", "booth", lr=0.3)}
    assert say("length", "run at 1", diverged) != "0", "though the last point is about 1e125"
    converged = {"run": og.run("sgd", "booth", lr=0.1)}
    assert 0 < np.hypot(*(converged["run"].points[-1] - (1, 3))) < 1e-14
    assert say("distance", "run", converged) == "0"
