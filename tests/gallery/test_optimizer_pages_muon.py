"""Claims about runs on the pages of Scion, NorMuon, AdaMuon and PolarGrad."""

import numpy as np
import pytest
from pages import away, cell, moves, runs, solves, step_lengths

from optgallery import LEARNING_RATES


def test_scion_is_held_in_its_ball():
    free, disk, square = runs("opt_scion")
    assert free.outcome.kind == "solved"
    assert away(free).argmin() < 120  # it goes past the minimum
    assert step_lengths(free) == pytest.approx(0.03 * 3 / np.sqrt(2), rel=1e-6)
    sizes = (
        np.linalg.norm(disk.points, axis=1) / (3 / np.sqrt(2)),
        np.abs(square.points).max(axis=1) / 1.5,
    )
    for size in sizes:
        inside = size <= 1
        assert not inside[0]
        assert inside[15:].all()
        assert size[-1] > 0.99


def test_scion_held_ends_near_a_lowest_point_of_its_ball():
    _, disk, square = runs("opt_scion")
    x, y = np.meshgrid(*2 * [np.linspace(-2.2, 2.2, 441)])
    values = disk.test_fn(x, y)
    for run, inside in ((disk, x**2 + y**2 <= 4.5), (square, np.maximum(abs(x), abs(y)) <= 1.5)):
        beside = np.hypot(x - run.points[-1][0], y - run.points[-1][1]) < 0.6
        values_inside = np.where(inside & beside, values, np.inf)
        at = np.unravel_index(values_inside.argmin(), values.shape)
        assert np.linalg.norm(run.points[-1] - (x[at], y[at])) < 0.25
        assert run.values[-1] < values_inside.min() + 0.02 * run.values[0]


def test_muon_goes_straight_through_and_normuon_turns_into_the_basin():
    muon, normuon = runs("opt_normuon")
    assert muon.outcome.kind != "solved"
    assert step_lengths(muon) == pytest.approx(0.07, abs=0.005)
    assert step_lengths(normuon) == pytest.approx(np.sqrt(2) * 0.0696, abs=0.001)
    assert np.abs(moves(normuon)[0]) == pytest.approx(0.0696, abs=1e-4)  # a diagonal
    directions = np.unwrap(np.arctan2(*moves(muon)[:30].T))
    assert np.ptp(directions) < np.radians(40)
    assert away(normuon)[-1] < 0.3


def test_muon_solves_goldstein_price_at_no_rate():
    assert not any(solves("muon", "goldstein_price", lr) for lr in LEARNING_RATES)
    solved = [lr for lr in LEARNING_RATES if solves("normuon", "goldstein_price", lr)]
    assert solved == [0.03, 0.1, 0.3]


def test_adamuon_takes_the_path_of_lion():
    _, adamuon, lion = runs("opt_adamuon")
    assert np.abs(adamuon.points - lion.points).max() < 1e-12
    signs = {tuple(step) for step in np.sign(moves(adamuon)).tolist()}
    assert signs <= {(a, b) for a in (1, -1) for b in (1, -1)}
    assert np.abs(moves(adamuon)) == pytest.approx(0.06, rel=0.07)  # and the decay
    nearest = away(adamuon).argmin()
    assert away(adamuon)[nearest] < 0.3
    assert away(adamuon)[-1] > 1


def test_adamuon_needs_larger_rates_than_muon():
    for function in ("sphere", "rosenbrock"):
        assert solves("muon", function, 0.03)


def test_polargrad_settles_and_muon_goes_round():
    muon, polargrad = runs("opt_polargrad")
    assert step_lengths(muon) == pytest.approx(0.07, abs=0.005)
    assert 3 < step_lengths(polargrad).max() / step_lengths(muon).mean() < 3.5
    distance = away(polargrad)
    peaks = [d for a, d, b in zip(distance, distance[1:], distance[2:], strict=False) if a < d > b]
    assert len(peaks) >= 4
    assert (np.diff(peaks) < 0).all()
    assert distance[-40:].max() < 0.01
    assert away(muon)[-40:].max() > 0.05


def test_polargrad_diverges_where_muon_does_not():
    for function, lr in (("goldstein_price", 0.1), ("freudenstein_roth", 1)):
        assert cell("polargrad", function, lr).outcome.kind == "diverged"
        assert cell("muon", function, lr).outcome.kind != "diverged"
