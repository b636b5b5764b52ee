from itertools import pairwise

import numpy as np
import pytest
import torch
from textbook import START, descend, gradient_at, value_at

from optgallery import FUNCTIONS
from optgallery.optim import Armijo


@pytest.mark.parametrize("name", ["beale", "himmelblau", "rosenbrock", "ackley", "flower"])
@pytest.mark.parametrize(
    ("eta", "c1", "tau"), [(1.0, 1e-4, 0.5), (0.3, 0.5, 0.9), (10.0, 0.1, 0.1)]
)
def test_agrees_with_the_rule_line_by_line(name, eta, c1, tau):
    formula = FUNCTIONS[name].formula
    points = descend(lambda p: Armijo(p, eta, c1=c1, factor=tau), formula, steps=30)
    for before, after in pairwise(points):
        f, g, t = value_at(formula)(before), gradient_at(formula)(before), eta
        while value_at(formula)(before - t * g) > f - c1 * t * (g @ g):
            t *= tau
            if t < 1e-300:
                break
        np.testing.assert_allclose(after, before - t * g, rtol=1e-12, atol=1e-15)


def test_first_steps_by_hand():
    """On x^2, t = 1 goes from 8 to -8, which is not lower; t = 1/2 arrives, and t = 1/4 halves."""
    square = lambda x, y: x**2 + 0 * y  # noqa: E731  (a formula)
    assert descend(Armijo, square, (8.0, 1.0), 1)[1].tolist() == [0, 1]
    quarter = descend(lambda p: Armijo(p, lr=0.25), square, (8.0, 1.0), 3)
    assert quarter[:, 0].tolist() == [8, 4, 2, 1]


def test_the_value_never_rises():
    for name in ("rosenbrock", "rastrigin", "levi_n13"):
        fn = FUNCTIONS[name]
        points = descend(Armijo, fn.formula, fn.start, steps=60)
        assert (np.diff([value_at(fn.formula)(at) for at in points]) <= 0).all()


def test_a_length_that_is_valid_at_once_is_gradient_descent():
    fn = FUNCTIONS["booth"]
    ours = descend(lambda p: Armijo(p, lr=0.05), fn.formula, fn.start, steps=40)
    sgd = [np.array(fn.start)]
    for _ in range(40):
        sgd.append(sgd[-1] - 0.05 * gradient_at(fn.formula)(sgd[-1]))
    np.testing.assert_allclose(ours, sgd, rtol=1e-12)


def test_a_value_that_is_not_a_number_shortens_the_step():
    """The root of x is not defined below 0, where the first trial ends."""
    points = descend(lambda p: Armijo(p, lr=4.0), lambda x, y: torch.sqrt(x) + y * 0, (1.0, 0.0), 1)
    assert 0 <= points[1, 0] < 1


def test_where_no_length_is_lower_the_point_stays():
    """A gradient with the wrong sign."""
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = Armijo([x])
    calls = []

    def closure():
        calls.append(1)
        x.grad = -2 * x.detach()
        return x.detach().square().sum()

    optimizer.step(closure)
    assert x.tolist() == list(START)
    assert len(calls) < 100
