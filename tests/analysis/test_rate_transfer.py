"""rate_transfer(): exponents against theory, and distances of paths."""

from functools import partial

import numpy as np
import pytest

import optgallery as og
from optgallery import FUNCTIONS, functions, rate_transfer
from optgallery.analysis.rate_transfer import SAME

transfer = partial(rate_transfer, jobs=1)


@pytest.mark.parametrize(
    ("name", "values", "coordinates"),
    [
        ("sgd", -1, 2),
        ("momentum", -1, 2),
        ("adam", 0, 1),
        ("lion", 0, 1),
        ("rprop", 0, 1),
        ("adahessian", 0, 0),
        ("lars", 0, 0),
        ("madgrad", -0.5, 2),
    ],
)
def test_exponents_are_those_of_the_units_in_an_update(name, values, coordinates):
    found = transfer(name, lr=0.003)
    assert (found.values.exponent, found.coordinates.exponent) == (values, coordinates)
    assert found.values.same
    assert found.coordinates.same


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_exponents_do_not_depend_on_the_factor(factor):
    found = transfer("sgd", "booth", lr=0.01, factor=factor)
    assert (found.values.exponent, found.coordinates.exponent) == (-1, 2)
    assert found.values.same


@pytest.mark.parametrize(
    ("name", "invariant"), [("sgd", True), ("shampoo", True), ("adam", False), ("rprop", False)]
)
def test_a_rotation_turns_the_path_of_methods_that_do_not_treat_coordinates_apart(name, invariant):
    found = transfer(name, lr=0.003)
    assert found.invariant == invariant


def test_a_path_with_weight_decay_is_not_the_same_in_other_units():
    found = transfer("adamw", lr=0.003)
    assert not found.coordinates.same
    assert found.coordinates.exponent == 1
    assert transfer("adamw", "beale", 0.003).coordinates.distance > SAME


def test_the_distance_is_that_of_two_single_runs():
    found = transfer("adamw", lr=0.01, factor=4.0, budget=20)
    fn = FUNCTIONS["beale"]
    lr = float(f"{0.01 * 4.0**found.coordinates.exponent:.12g}")
    plain = og.run("adamw", fn, lr=0.01, steps=20).points
    other = og.run("adamw", functions.scaled(fn, x=4, y=4), lr=lr, steps=20).points / 4
    expected = np.linalg.norm(other - plain) / np.linalg.norm(plain - plain[0])
    assert found.coordinates.distance == pytest.approx(expected, rel=1e-9)
    turned = functions.rotated(fn, 30)
    there = og.run("adamw", turned, lr=0.01, steps=20).points
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    back = there @ [[c, -s], [s, c]]  # the domain of Beale is centred at the origin
    expected = np.linalg.norm(back - plain) / np.linalg.norm(plain - plain[0])
    assert found.rotation == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("factor", [0, -1.0, 1, float("inf"), "four", True])
def test_a_factor_is_positive_and_not_one(factor):
    with pytest.raises(ValueError, match="factor must be a positive number other than 1, got"):
        rate_transfer("sgd", factor=factor)


def test_a_run_that_does_not_move_is_rejected():
    with pytest.raises(ValueError, match="SGD does not move on Beale with lr 1e-30"):
        rate_transfer("sgd", lr=1e-30)


def test_a_run_that_diverges_is_compared_up_to_its_end():
    found = transfer("sgd", "rosenbrock", lr=1.0)
    assert og.run("sgd", "rosenbrock", lr=1.0, steps=30).status == "diverged"
    assert found.values == (-1, 0)
