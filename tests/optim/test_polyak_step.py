import math
from itertools import pairwise

import jax
import numpy as np
import optax
import pytest
import torch

from optgallery import FUNCTIONS
from optgallery.optim import PolyakStep

jax.config.update("jax_enable_x64", True)
START = (2.0, 1.7)


def descend(formula, start, steps, **settings):
    """Return the points of a run with a closure."""
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = PolyakStep([x], **settings)

    def closure():
        optimizer.zero_grad()
        loss = formula(*x)
        loss.backward()
        return loss

    points = [x.tolist()]
    for _ in range(steps):
        optimizer.step(closure)
        points.append(x.tolist())
    return np.array(points)


def formula_polyak(x, value, gradient, f_star, gamma):
    """The rule for a vector that is a list."""
    length = (value - f_star) / sum(g * g for g in gradient)
    return [xi - gamma * length * g for xi, g in zip(x, gradient, strict=True)]


@pytest.mark.parametrize(("f_star", "gamma"), [(-2.0, 1.0), (0.0, 0.5), (-1.0, 1.7)])
def test_agrees_with_the_rule_line_by_line(f_star, gamma):
    """On x^4 / 4 + cosh y, whose derivatives are x^3 and sinh y, from each of our points.

    Near the minimum a step is the quotient of two small numbers, which amplifies rounding.
    """
    points = descend(lambda x, y: x**4 / 4 + torch.cosh(y), START, 50, f_star=f_star, lr=gamma)
    twin = [
        formula_polyak((x, y), x**4 / 4 + math.cosh(y), (x**3, math.sinh(y)), f_star, gamma)
        for x, y in points[:-1].tolist()
    ]
    np.testing.assert_allclose(points[1:], twin, rtol=1e-12)


def test_first_steps_by_hand():
    """On x^2 / 2 the step halves x: (x^2 / 2) / x^2 of the gradient x."""
    points = descend(lambda x, y: x**2 / 2 + 0 * y, (8.0, 5.0), 3)
    assert points.tolist() == [[8, 5], [4, 5], [2, 5], [1, 5]]


def test_on_a_norm_one_step_arrives():
    """The tangent of a norm is the norm itself along the ray to the minimum."""
    points = descend(lambda x, y: torch.sqrt(x**2 + y**2), (3.0, 4.0), 1)
    np.testing.assert_allclose(points[1], [0, 0], atol=1e-15)


@pytest.mark.parametrize("name", ["sphere", "beale", "himmelblau", "booth", "rotated_quadratic"])
def test_agrees_with_optax(name):
    """Each of 200 steps, from our points: optax adds to the squared norm an eps, here 0."""
    fn = FUNCTIONS[name]
    theirs = optax.polyak_sgd(max_learning_rate=math.inf, f_min=fn.minimum, eps=0.0)
    points = descend(fn.formula, START, 200, f_star=fn.minimum)
    state = theirs.init(jax.numpy.asarray(START))
    compared = 0
    for before, after in pairwise(points):
        x = torch.tensor(before, requires_grad=True)
        value = fn.formula(*x)
        (gradient,) = torch.autograd.grad(value, x)
        if gradient.square().sum() < 1e-15:  # where optax takes no step
            continue
        updates, state = theirs.update(
            jax.numpy.asarray(gradient.numpy()), state, before, value=value.item()
        )
        assert np.abs(optax.apply_updates(before, updates) - after).max() < 1e-12
        compared += 1
    assert compared > 20


def test_on_a_convex_function_no_step_leads_away_from_the_minimizer():
    booth = FUNCTIONS["booth"]
    for gamma in (0.3, 1.0, 1.9):
        points = descend(booth.formula, booth.start, 50, lr=gamma)
        distances = np.linalg.norm(points - booth.minima[0], axis=1)
        assert (np.diff(distances) <= 1e-12).all()


def test_the_path_is_invariant_to_the_scale_of_the_function():
    formula = FUNCTIONS["himmelblau"].formula
    one = descend(formula, START, 60)
    four = descend(lambda x, y: 4 * formula(x, y), START, 60)
    np.testing.assert_allclose(one, four, rtol=1e-9)


def test_at_or_below_the_minimum_there_is_no_step():
    points = descend(lambda x, y: x**2 + y**2, (1.0, 0.0), 3, f_star=1.0)
    assert (points == points[0]).all()
    flat = descend(lambda x, y: 0 * x + 0 * y + 1, (1.0, 0.0), 3)
    assert (flat == flat[0]).all()


def test_a_closure_that_returns_nothing_is_refused():
    x = torch.ones(2, requires_grad=True)
    optimizer = PolyakStep([x])
    with pytest.raises(ValueError, match="the closure must return the loss"):
        optimizer.step(lambda: x.square().sum().backward())
    assert x.tolist() == [1, 1]


def test_the_norm_is_taken_over_all_parameters():
    """At (3, 4) the norm is 5 and its gradient (0.6, 0.8): one step for both parameters."""
    a, b = (torch.full((1,), v, dtype=torch.float64, requires_grad=True) for v in (3.0, 4.0))
    optimizer = PolyakStep([a, b])

    def closure():
        optimizer.zero_grad()
        loss = torch.sqrt(a**2 + b**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert [a.item(), b.item()] == pytest.approx([0, 0], abs=1e-15)


def test_f_star_must_be_a_finite_number():
    with pytest.raises(ValueError, match="f_star must be a finite number of any sign, got inf"):
        PolyakStep([torch.ones(2, requires_grad=True)], f_star=math.inf)
