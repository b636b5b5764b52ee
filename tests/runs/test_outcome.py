"""Outcomes: the kind of each run, and how it is shown."""

import numpy as np
import pytest

import optgallery as og
from optgallery.runs.outcome import (
    LEGEND,
    OUTCOMES,
    SHORT_LEGEND,
    Ends,
    Outcome,
    kinds,
    outcome_of,
)

ENDS = {
    "failed": {"status": "failed", "cost": 3, "first": 1.0, "last": 0.0, "step": 4},
    "diverged": {"status": "diverged", "cost": 3, "first": 1.0, "last": np.inf, "step": 4},
    "solved": {"status": "completed", "cost": 0, "first": 1.0, "last": 2.0},
    "climbed": {"status": "completed", "cost": None, "first": 1.0, "last": 2.0},
    "unsolved": {"status": "completed", "cost": None, "first": 1.0, "last": 1.0},
}


def outcome(kind: str) -> Outcome:
    return outcome_of(**ENDS[kind], steps=9, reason="why")


@pytest.mark.parametrize("kind", ENDS)
def test_an_outcome_is_of_the_first_kind_that_holds(kind):
    assert outcome(kind).kind == kind


def test_the_cases_here_cover_every_kind():
    assert {of_kind.kind for of_kind in OUTCOMES} == set(ENDS)


def test_kinds_of_many_runs_equal_those_of_single_runs():
    runs = list(ENDS.values())
    ends = Ends(
        np.array([run["status"] == "failed" for run in runs]),
        np.array([run["status"] == "diverged" for run in runs]),
        np.array([run["cost"] is not None for run in runs]),
        np.array([run["first"] for run in runs]),
        np.array([run["last"] for run in runs]),
    )
    assert kinds(ends).tolist() == list(ENDS)


def test_only_a_solved_run_has_a_cost():
    assert {kind: outcome(kind).cost for kind in ENDS if outcome(kind).cost is not None} == {
        "solved": 0
    }


@pytest.mark.parametrize(
    ("kind", "words", "mark", "ending"),
    [
        ("failed", "failed at step 4: why", "! step 4", "failed at step 4"),
        ("diverged", "diverged at step 4: why", "✗ step 4", "diverged at step 4"),
        ("solved", "solved after 0 gradient evaluations", "✓ 0", ""),
        ("climbed", "climbed from 1 to 2 in 9 steps", "↗ 2", ""),
        ("unsolved", "not solved in 9 steps, f from 1 to 1", "f 1", ""),
    ],
)
def test_an_outcome_in_words_and_in_a_table(kind, words, mark, ending):
    found = outcome(kind)
    assert (str(found), found.mark, found.ending) == (words, mark, ending)
    assert repr(found) == f"<Outcome: {words}>"


def test_marks_begin_with_the_symbols_of_the_legend_which_are_distinct():
    assert all(outcome(kind).mark.startswith(outcome(kind).symbol) for kind in ENDS)
    assert len(LEGEND) == len(OUTCOMES)
    for column in zip(*LEGEND, strict=True):
        assert len(set(column)) == len(column)
    assert {css for css, _, _ in LEGEND} == {outcome(kind).css_class for kind in ENDS}


def test_a_run_that_failed_with_its_process_has_no_step():
    ended = outcome_of("failed", cost=None, first=1.0, last=1.0, reason="exit code 9")
    assert (str(ended), ended.mark) == ("failed: exit code 9", "! ended")


def test_an_outcome_of_a_run_that_never_moved_includes_the_reason():
    idle = outcome_of(
        "completed", cost=None, first=1.0, last=1.0, steps=9, never_moved=True, reason="it runs so"
    )
    assert str(idle) == "never moved from its start in 9 steps, f = 1; it runs so"


def test_rounding_is_mentioned_for_every_kind():
    for ends in ENDS.values():
        plain, rounded = (str(outcome_of(**ends, rounded=flag)) for flag in (False, True))
        assert rounded == f"{plain}; the optimizer rounds every point to float32"


def test_the_outcome_of_a_trajectory_agrees_with_its_fields():
    solved, diverged = og.run("adamw", "sphere", lr=0.1), og.run("sgd", "beale", lr=1.0)
    assert solved.solved
    assert solved.outcome.cost == solved.evaluations_to_solve()
    assert not diverged.solved
    assert diverged.outcome.step == diverged.stopped_at
    assert diverged.outcome.reason == diverged.reason
    assert diverged.outcome.last == diverged.values[-1]


def unsolved(first: float, last: float, minimum: float | None) -> Outcome:
    return outcome_of(
        "completed", cost=None, first=first, last=last, minimum=minimum, steps=9, reason=""
    )


@pytest.mark.parametrize(
    ("first", "last", "minimum", "share", "short", "shade"),
    [
        (10.0, 10.0, 0.0, 0.0, "0%", 0),
        (10.0, 1.7, 0.0, 0.83, "83%", 83),
        (12.0, 3.7, 2.0, 0.83, "83%", 83),
        (1.0, 0.0011, 0.0, 0.9989, "99%", 99),  # never the 100% that would be solved
        (1.0, -1.0, 0.0, 2.0, ">100%", 0),  # lower than the minimum, outside of the domain
        (10.0, 0.123456, None, None, "0.12", 0),
        (10.0, -123456.0, -np.inf, None, "-1.2e+05", 0),
        (1.0, 1.0, 1.0, None, "1", 0),
    ],
)
def test_the_short_mark_of_an_unsolved_run_is_its_share_of_the_way_down(
    first, last, minimum, share, short, shade
):
    found = unsolved(first, last, minimum)
    assert found.kind == "unsolved"
    assert found.share == (None if share is None else pytest.approx(share))
    assert (found.short, found.shade) == (short, shade)


def test_the_share_of_a_run_that_climbed_is_negative():
    climbed = unsolved(1.0, 3.0, 0.0)
    assert (climbed.kind, climbed.share, climbed.short) == ("climbed", -2.0, "↗")


@pytest.mark.parametrize(
    ("kind", "short"),
    [("failed", "! 4"), ("diverged", "✗ 4"), ("solved", "✓ 0"), ("climbed", "↗")],
)
def test_short_marks(kind, short):
    assert outcome(kind).short == short


def test_a_run_that_failed_with_its_process_has_only_the_symbol():
    assert outcome_of("failed", cost=None, first=1.0, last=1.0).short == "!"


def test_the_sooner_a_run_is_solved_the_stronger_its_colour():
    shades = [
        outcome_of("completed", cost=cost, first=1.0, last=0.0, steps=200).shade
        for cost in (0, 5, 20, 100, 200, 4000)
    ]
    assert shades == [100, 100, 76, 48, 36, 30]


def test_the_short_legend_has_a_mark_of_every_kind_as_runs_have_it():
    assert [css for css, _, _ in SHORT_LEGEND] == [css for css, _, _ in LEGEND]
    samples = {css: sample for css, sample, _ in SHORT_LEGEND}
    assert samples == {
        "og-failed": outcome_of("failed", cost=None, first=1.0, last=1.0, step=7).short,
        "og-diverged": outcome("diverged").short,
        "og-solved": outcome_of("completed", cost=98, first=1.0, last=0.0).short,
        "og-climbed": outcome("climbed").short,
        "og-unsolved": unsolved(10.0, 1.7, 0.0).short,
    }


def test_the_share_of_a_trajectory_is_that_of_its_last_value():
    run = og.run("sgd", "rosenbrock", lr=1e-3)
    first, last = run.values[0], run.values[-1]
    assert run.outcome.share == pytest.approx((first - last) / first)
    assert run.outcome.short == f"{int(100 * run.outcome.share)}%"
