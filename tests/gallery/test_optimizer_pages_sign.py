"""Claims about runs on the pages of Signum and Tiger."""

import numpy as np
import pytest
from pages import away, cell, moves, runs, solves, step_lengths

import optgallery as og


def test_signum_jumps_between_walls_without_momentum_and_follows_the_valley_with_it():
    plain, averaged = runs("opt_signum")
    for trajectory in (plain, averaged):
        assert np.abs(moves(trajectory)) == pytest.approx(trajectory.lr)
    assert np.abs(plain.points[3:] - plain.points[1:-2]).max() < 1e-9
    assert (np.sign(plain.gradients[1]) == -np.sign(plain.gradients[2])).all()
    down = -plain.gradients[1:3].sum(axis=0)
    assert (np.sign(down) == np.sign(plain.test_fn.minima[0] - plain.points[2])).all()
    assert averaged.outcome.kind == "solved"
    nearest = away(averaged).argmin()
    assert away(averaged)[nearest + 9] > 0.5


def test_signum_takes_steep_slopes_and_does_not_come_closer_than_the_rate():
    for function in ("goldstein_price", "rosenbrock"):
        assert cell("sgd", function, 0.1).status == "diverged"
    sphere = cell("signum", "sphere", 0.3)
    late = np.unwrap(np.arctan2(*sphere.points[-100:].T))
    assert np.ptp(late) > 4 * np.pi
    assert cell("signum", "rosenbrock", 1).outcome.kind == "climbed"


def test_tiger_goes_on_farther_than_signum_behind_the_minimum():
    signum, tiger, *_ = runs("opt_tiger")
    arrived = [int((t.points[:, 1] < 0.01).argmax()) for t in (signum, tiger)]
    assert arrived[0] == arrived[1]
    for trajectory in (signum, tiger):
        assert (np.abs(np.diff(np.abs(moves(trajectory)), axis=1)) < 5e-3).all()
    back = [t.points[t.points[:, 0].argmax() :, 0].min() for t in (signum, tiger)]
    assert back[1] < back[0] < 0


def test_tiger_gets_over_the_ridge_where_signum_turns_back():
    _, _, signum, tiger = runs("opt_tiger")
    for trajectory in (signum, tiger):
        assert trajectory.points[:40, 0].min() < 2.5  # through the local minimum
    turn = signum.points[:40, 0].argmin()
    assert signum.gradients[turn, 0] < 0  # uphill still, to the left
    assert signum.points[turn:, 0].min() > 1
    over = np.flatnonzero(tiger.points[:, 0] < 0.1)[0]
    assert (np.diff(tiger.points[:over, 0]) < 0).all()
    assert tiger.gradients[over + 1, 0] > 0
    assert tiger.outcome.kind == "solved"
    without_decay = og.run("tiger", "styblinski_tang", lr=0.1, weight_decay=0)
    assert without_decay.outcome.kind == "solved"


def test_tiger_solves_what_signum_does_not_and_oscillates_where_signum_has_arrived():
    for function, lr in (("styblinski_tang", 0.1), ("rosenbrock", 0.03), ("leon", 0.1)):
        assert not solves("signum", function, lr)
    for function in ("himmelblau", "beale"):
        tiger = cell("tiger", function, 0.1)
        assert (
            tiger.evaluations_to_solve() > 2 * cell("signum", function, 0.1).evaluations_to_solve()
        )
        assert step_lengths(tiger).min() > 0.05
