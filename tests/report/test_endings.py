"""Whether a run is still at the minimum at its end."""

import numpy as np
import pytest

import optgallery as og
from optgallery.report.endings import (
    best_ending,
    held,
    holds_at_end,
    leaves,
    mark,
    recommended_rates,
    value_words,
    words,
)
from optgallery.report.loading import load_optimizers


@pytest.fixture
def hovering(user_file):
    return load_optimizers([f"{user_file}:Hovering"])[0]


def test_a_run_that_stays_is_marked_with_its_cost():
    run = og.run("sgd", "booth", steps=60, lr=0.1)
    assert holds_at_end(run)
    assert not leaves(run)
    assert mark(run) == run.outcome.mark
    assert words(run) == ""


def test_a_run_that_leaves_is_marked_with_its_end(hovering):
    run = og.run(hovering, "booth", steps=60, lr=0.5)
    assert run.solved
    assert leaves(run)
    assert mark(run) == f"✓ {run.outcome.cost}, then f {run.values[-6:].max():.3g}"
    assert words(run).startswith("but did not stay there, and rose to f = ")


def test_a_run_that_jumps_across_the_minimum_does_not_stay_though_its_last_point_is_near(hovering):
    run = og.run(hovering, "booth", steps=300, lr=0.1)
    assert run.values[-1] < 1e-3 * run.values[0]
    assert leaves(run)


def test_a_run_that_reaches_the_minimum_with_its_last_step_stays(hovering):
    cost = og.run(hovering, "booth", steps=60, lr=0.5).outcome.cost
    run = og.run(hovering, "booth", steps=cost, lr=0.5)
    assert run.outcome.cost == cost
    assert holds_at_end(run)


def test_a_run_that_never_reaches_the_minimum_does_not_leave_it():
    run = og.run("sgd", "booth", steps=5, lr=1e-4)
    assert not holds_at_end(run)
    assert not leaves(run)


def test_the_best_run_is_the_one_with_the_best_end(hovering):
    sweep = og.sweep(hovering, "booth", [0.003, 0.03, 0.5], steps=300)
    runs = list(sweep.values())
    assert sweep.best("hovering", "booth").lr == 0.5
    assert best_ending(runs).lr == 0.03
    assert best_ending(runs[::2]).lr == 0.5


def test_next_to_nothing_is_written_as_zero_and_the_outside_is_named():
    run = og.run("sgd", "gramacy_lee", steps=5, lr=100.0)
    assert 0 < abs(run.values[-1]) < 1e-12
    assert value_words(run.values[-1], run) == "0"
    assert mark(run).endswith(" 0, outside")
    assert words(run) == "ended outside of the domain"


def test_the_recommended_rate_is_that_of_most_good_ends(hovering):
    rates = (0.003, 0.1, 0.5)
    comparison = og.compare([hovering, "sgd"], ["booth", "matyas"], rates, starts=3)
    shares = held(comparison)
    assert np.all(shares <= comparison.solved().share)
    assert np.any(shares[0] < comparison.solved().share[0])
    rate = recommended_rates(comparison)["hovering"]
    assert shares[0, rates.index(rate)] == shares[0].max()
