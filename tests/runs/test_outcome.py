"""Outcomes: the kind of each run, and how it is shown."""

import numpy as np
import pytest

import optgallery as og
from optgallery.runs.outcome import LEGEND, OUTCOMES, Ends, Outcome, kinds, outcome_of

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
