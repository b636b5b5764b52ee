"""The verdict: sentences made from what was found."""

from dataclasses import replace

import pytest

from optgallery.report.coincidences import Coincidence
from optgallery.report.endings import held, recommended_rates
from optgallery.report.findings import Plan, collect
from optgallery.report.invariances import Invariance
from optgallery.report.loading import load_functions, load_optimizers
from optgallery.report.verdict import SPACE, figures, paragraphs


@pytest.fixture
def found(report):
    return report.findings[0]


def words(report, found):
    return " ".join(paragraphs(report, found))


def test_it_says_what_is_solved_and_where(report, found):
    first = paragraphs(report, found)[0]
    assert first.startswith("HandAdam solves 1 of 2 functions within 80 steps at one of the rates")
    assert "not Rosenbrock." in first
    assert "does not stay" not in first


def test_it_compares_with_the_baselines(report, found):
    text = words(report, found)
    rate = recommended_rates(report.comparison)["handadam"]
    own, other = (round(100 * share) for share in held(report.comparison).max(1))
    assert text.count("learning rate of") == 1
    assert f"Use a learning rate of {rate:g}, at which it ends at the minimum of {own}" in text
    assert f"{own}{SPACE}% of 4 problems (SGD {other}{SPACE}%)." in text
    table = report.comparison.sensitivity()
    width = table.values[0, table.columns.index("width")]
    assert f"is about {float(f'{10**width:.1g}'):.0f} times the lowest (SGD " in text


def test_it_says_that_runs_do_not_stay(user_file, store):
    (hovering,) = load_optimizers([f"{user_file}:Hovering"])
    functions = load_functions(["booth", "matyas"])
    rates = (0.3, 0.5)
    made = collect(Plan((hovering,), (), functions, rates, 60, 1, store, 1, rates, rates))
    text = words(made, made.findings[0])
    assert text.startswith("Hovering reaches the minimum of 2 of 2 functions within 60 steps")
    assert (
        "But it does not stay at the minimum of any of them: at every rate the run leaves" in text
    )
    assert "At no learning rate does it end at the minimum of any of 2 problems; it comes" in text
    assert "It reaches the minimum of " in text
    shown = {each.words: each.number for each in figures(made, made.findings[0])}
    assert shown["functions solved"] == "0 of 2"
    assert shown["reached, but left again"] == "2"


def test_it_names_what_coincides(report, found):
    assert "It takes the same path as Adam, up to rounding." in words(report, found)
    exact = (Coincidence("adam", "Adam", 0.0, True), Coincidence("swats", "SWATS", 0.0, True))
    text = words(report, replace(found, coincidences=exact))
    assert "the same path as Adam and SWATS, bit for bit." in text
    near = (Coincidence("adam", "Adam", 3e-8, False),)
    assert "nearly the same path as Adam, to 3e-08" in words(
        report, replace(found, coincidences=near)
    )


def test_it_says_what_the_path_depends_on(report, found):
    def with_distances(*distances):
        names = ("values times 64", "coordinates times 64", "turned by 30°", "shifted by (3, -2)")
        made = [Invariance(name, d, 1, "") for name, d in zip(names, distances, strict=True)]
        return words(report, replace(found, invariances=tuple(made)))

    assert "unit of the values and the coordinates. Turning the axes does not change its path." in (
        with_distances(0.0, 0.0, 0.0, 0.0)
    )
    text = with_distances(1.0, 1.0, 1.0, 1.0)
    assert "does not depend" not in text
    assert "does not change" not in text
    assert "It depends on the origin" in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (0.0, "It keeps no state."),
        (1.0, "It keeps 1 number for each parameter."),
        (2.5, "It keeps 2.5 numbers for each parameter."),
        (None, "Its state grows with each step."),
    ],
)
def test_it_tells_the_cost(report, found, state, sentence):
    last = paragraphs(report, replace(found, state=state))[-1]
    small, large = (f"{time.ratio:.1f} times" for time in found.times)
    assert f"{SPACE}µs, {small} as long as one of SGD; of 512 by 512, {large}." in last
    assert last.endswith(sentence)


def test_the_figures_at_the_top_are_those_of_the_sentences(report, found):
    shown = {each.words: each.number for each in figures(report, found)}
    assert shown["functions solved"] == "1 of 2"
    assert shown["takes the same path"] == "Adam"
    assert shown["numbers per parameter"] == "2"


def test_it_tells_divergence_and_failures(user_file, store):
    (touchy,) = load_optimizers([f"{user_file}:Touchy"])
    functions = load_functions(["matyas", "rosenbrock"])
    made = collect(Plan((touchy,), (), functions, (0.1, 1.0), 10, 1, store, 1, (0.1, 1.0)))
    text = words(made, made.findings[0])
    assert "2 runs raised an exception, first on Rosenbrock: RuntimeError: a gradient is" in text


def test_it_tells_the_lowest_rate_at_which_a_run_diverges(store):
    functions = load_functions(["sphere", "rosenbrock"])
    rates = (0.1, 1.0)
    made = collect(
        Plan(load_optimizers(["sgd"]), (), functions, (0.001, 0.1), 10, 1, store, 1, rates, rates)
    )
    text = words(made, made.findings[0])
    assert "The lowest rate at which it diverges is 0.1, on Rosenbrock." in text
