"""What the pages of Signum and Tiger say is true of the runs they show."""

from functools import cache
from inspect import signature

import numpy as np
import pytest
from pages import away, step_lengths

import optgallery as og
from optgallery.optim import Signum, Tiger

run = cache(og.run)


def default(cls, name):
    return signature(cls).parameters[name].default


def voted(beta, lr=0.1, steps=100):
    return run("signum", "beale", lr=lr, steps=steps, momentum=beta)


class TestSignum:
    def test_its_decay_is_zero(self):
        assert default(Signum, "weight_decay") == 0
        assert default(Signum, "momentum") == 0.9

    @pytest.mark.parametrize("beta", [0, 0.9])
    def test_every_step_is_the_rate_along_each_axis(self, beta):
        assert np.abs(np.diff(voted(beta).points, axis=0)) == pytest.approx(0.1)

    def test_without_momentum_it_goes_to_and_fro_between_two_points(self):
        shown = voted(0)
        assert np.abs(shown.points[3:] - shown.points[1:-2]).max() < 1e-9
        assert shown.gradients[1] == pytest.approx([3.1, -4.6], abs=0.05)
        assert shown.gradients[2] == pytest.approx([-7.7, 0.7], abs=0.05)

    def test_what_the_walls_differ_by_points_along_the_valley(self):
        down = -voted(0).gradients[1:3].sum(axis=0)
        way = np.subtract(og.FUNCTIONS["beale"].minima[0], voted(0).points[2])
        assert (np.sign(down) == np.sign(way)).all()

    def test_with_momentum_it_passes_the_minimum_at_step_31(self):
        shown = voted(0.9)
        assert away(shown).argmin() == 31
        assert away(shown)[31] < 0.1
        assert shown.verdict == "solved"
        assert away(shown)[40] > 0.5

    @pytest.mark.parametrize("function", ["goldstein_price", "rosenbrock"])
    def test_solves_where_slopes_are_steep(self, function):
        assert run("signum", function, lr=0.1).verdict == "solved"
        assert run("sgd", function, lr=0.1).verdict == "diverged"

    def test_adam_needs_117_on_goldstein_price(self):
        assert run("adam", "goldstein_price", lr=0.1).solved() == 117

    def test_goes_round_the_spheres_minimum(self):
        shown = run("signum", "sphere", lr=0.3)
        x, y = shown.points[-100:].T
        assert np.ptp(np.unwrap(np.arctan2(y, x))) > 4 * np.pi
        assert shown.verdict == "unsolved"

    def test_is_thrown_off_rosenbrock_at_a_large_rate(self):
        assert run("signum", "rosenbrock", lr=1.0).verdict == "climbed"


class TestTiger:
    def test_is_signum_with_a_longer_memory_and_a_decay(self):
        assert (default(Tiger, "beta"), default(Tiger, "weight_decay")) == (0.965, 0.01)
        assert round(1 / (1 - 0.965)) == 29
        assert round(1 / (1 - 0.9)) == 10
        tiger = run("tiger", "sphere", lr=0.1)
        signum = og.run("signum", "sphere", lr=0.1, momentum=0.965, weight_decay=0.01)
        assert np.abs(tiger.points - signum.points).max() < 1e-9

    @pytest.mark.parametrize(
        ("name", "on", "east", "west"), [("signum", 9, 0.9, 0.5), ("tiger", 15, 2.0, 1.4)]
    )
    def test_how_far_it_goes_on_behind_the_minimum(self, name, on, east, west):
        x, y = run(name, "sphere", lr=0.1).points.T
        assert np.flatnonzero(y < 0.01)[0] == 25
        assert abs(y[25]) < 0.05
        assert y[:50].argmin() - 25 == on
        assert x.max() == pytest.approx(east, abs=0.05)
        assert x[x.argmax() :].min() == pytest.approx(-west, abs=0.06)

    def test_both_run_through_the_hole_on_the_right(self):
        for name in ("signum", "tiger"):
            x = run(name, "styblinski_tang", lr=0.1).points[:, 0]
            assert x[:40].min() < 2.5

    def test_signum_turns_back_and_tiger_gets_over_the_rim(self):
        signum, tiger = (run(name, "styblinski_tang", lr=0.1) for name in ("signum", "tiger"))
        turn = signum.points[:40, 0].argmin()
        assert signum.gradients[turn, 0] < 0  # uphill still, to the west
        assert signum.points[turn:, 0].min() > 1
        over = np.flatnonzero(tiger.points[:, 0] < 0.1)[0]
        assert (np.diff(tiger.points[:over, 0]) < 0).all()
        assert tiger.gradients[over + 1, 0] > 0
        assert tiger.verdict == "solved"

    def test_it_is_the_memory_and_not_the_decay(self):
        assert run("tiger", "styblinski_tang", lr=0.1, weight_decay=0).verdict == "solved"

    @pytest.mark.parametrize(
        ("function", "lr"), [("styblinski_tang", 0.1), ("rosenbrock", 0.03), ("leon", 0.1)]
    )
    def test_solves_what_signum_does_not(self, function, lr):
        assert run("tiger", function, lr=lr).verdict == "solved"
        assert run("signum", function, lr=lr).verdict == "unsolved"

    @pytest.mark.parametrize(("function", "signums"), [("himmelblau", 48), ("beale", 33)])
    def test_swings_where_signum_has_arrived(self, function, signums):
        assert run("signum", function, lr=0.1).solved() == signums
        assert run("tiger", function, lr=0.1).solved() > 2 * signums
        assert step_lengths(run("tiger", function, lr=0.1)).min() > 0.05
