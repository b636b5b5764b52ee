"""The line search meets its conditions, and takes the lengths of SciPy's after the same book."""

import warnings

import numpy as np
import pytest
import torch
from scipy.optimize import line_search
from textbook import gradient_at, one_search, value_at

from optgallery import FUNCTIONS
from optgallery.optim.wolfe import StrongWolfe, Trial, first_length

FELL = 0.5  # in the step before


def along(formula, x, p):
    """Return the function that evaluates lengths along a direction."""
    x, p = torch.tensor(x, dtype=torch.float64), torch.tensor(p, dtype=torch.float64)

    def evaluate(length):
        at = x + length * p
        gradient = torch.from_numpy(gradient_at(formula)(at))
        return Trial(length, value_at(formula)(at), float(torch.dot(gradient, p)), gradient)

    return evaluate


def searches(name, c1, c2, runs=60):
    """Yield a point and a direction that goes down, and what the search finds there."""
    formula = FUNCTIONS[name].formula
    rng = np.random.default_rng(0)
    for _ in range(runs):
        x, p = rng.uniform(-3, 3, 2), rng.normal(size=2) * 10 ** rng.uniform(-2, 1)
        p *= -np.sign(p @ gradient_at(formula)(x))
        evaluate = along(formula, x, p)
        start = evaluate(0.0)
        first = first_length(start.value, start.slope, start.value + FELL)
        yield x, p, start, StrongWolfe(evaluate, start, c1, c2).search(first)


each = pytest.mark.parametrize("name", ["sphere", "booth", "beale", "rosenbrock", "himmelblau"])
each_pair = pytest.mark.parametrize(("c1", "c2"), [(1e-4, 0.9), (1e-4, 0.1), (0.1, 0.4)])


@each
@each_pair
def test_the_length_meets_both_conditions(name, c1, c2):
    for _, _, start, found in searches(name, c1, c2):
        assert found.value <= start.value + c1 * found.length * start.slope
        assert abs(found.slope) <= -c2 * start.slope


@each
@each_pair
def test_with_scipys_margins_lengths_are_scipys(name, c1, c2):
    formula = FUNCTIONS[name].formula
    compared = 0
    with one_search(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where it gives up
        for x, p, start, found in searches(name, c1, c2):
            theirs = line_search(
                *(value_at(formula), gradient_at(formula), x, p),
                old_fval=start.value,
                old_old_fval=start.value + FELL,
                c1=c1,
                c2=c2,
            )[0]
            if theirs is not None and found is not None:
                compared += 1
                assert found.length == pytest.approx(theirs, rel=1e-9)
    assert compared >= 55


def parabola(bottom):
    def evaluate(t):
        return Trial(t, (t - bottom) ** 2, 2 * (t - bottom), torch.tensor([2 * (t - bottom)]))

    return evaluate


@pytest.mark.parametrize("bottom", [0.01, 0.3, 1.0, 7.0, 300.0])
def test_on_a_parabola_a_narrow_condition_finds_the_bottom(bottom):
    evaluate = parabola(bottom)
    found = StrongWolfe(evaluate, evaluate(0.0), 1e-4, 1e-3).search(1.0)
    assert found.length == pytest.approx(bottom, rel=1e-3)


def test_a_value_that_is_not_a_number_counts_as_too_high():
    """The root of 1 - t is not defined beyond 1."""

    def evaluate(t):
        t = torch.tensor(t, dtype=torch.float64, requires_grad=True)
        value = (t - 0.5) ** 2 + 0 * torch.sqrt(1 - t)
        (slope,) = torch.autograd.grad(value, t)
        return Trial(t.item(), value.item(), slope.item(), slope)

    found = StrongWolfe(evaluate, evaluate(0.0), 1e-4, 0.1).search(3.0)
    assert found.length == pytest.approx(0.5, abs=0.05)


def test_where_nothing_is_lower_there_is_no_length():
    def evaluate(t):  # a slope that the values do not have
        return Trial(t, t, -1.0, torch.tensor([-1.0]))

    assert StrongWolfe(evaluate, evaluate(0.0), 1e-4, 0.9).search(1.0) is None


def test_where_the_function_falls_forever_the_last_length_is_taken():
    def evaluate(t):
        return Trial(t, -t, -1.0, torch.tensor([-1.0]))

    found = StrongWolfe(evaluate, evaluate(0.0), 1e-4, 0.5).search(1.0)
    assert found.length == 2.0**20


def test_the_first_length_is_that_of_a_parabola_that_falls_as_much_as_before_and_at_most_1():
    """From slope -4, a parabola that falls by 1 has its bottom at 2 * 1 / 4 = 0.5; 1 % is added."""
    assert first_length(3.0, -4.0, 4.0) == pytest.approx(0.505)
    assert first_length(3.0, -4.0, 100.0) == 1.0
    for previous in (3.0, 2.0, float("inf"), float("nan")):
        assert first_length(3.0, -4.0, previous) == 1.0
