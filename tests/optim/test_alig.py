from importlib import import_module

import numpy as np
import pytest
import pytorch_optimizer
import torch
from with_value import descend_with_value, evaluations, next_points

from optgallery import FUNCTIONS
from optgallery.optim import ALIG, PolyakStep

START = (2.0, 1.7)
NAMES = ("rosenbrock", "beale", "ackley", "rastrigin")


def algorithm_1(w, evaluated, *, eta, mu, delta, f_star):
    """The paper's rule with momentum for vectors that are lists, along given evaluations."""
    v = [0.0, 0.0]
    for value, g in evaluated:
        gamma = min(eta, max(value - f_star, 0.0) / (g[0] ** 2 + g[1] ** 2 + delta))
        v = [mu * vi - gamma * gi for vi, gi in zip(v, g, strict=True)]
        w = [wi - gamma * gi + mu * vi for wi, gi, vi in zip(w, g, v, strict=True)]
        yield w


@pytest.mark.parametrize(
    ("eta", "mu", "delta", "f_star"),
    [(0.1, 0.0, 1e-5, 0.0), (1.0, 0.9, 1e-5, -3.0), (10.0, 0.5, 1.0, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(eta, mu, delta, f_star):
    formula = FUNCTIONS["beale"].formula
    points = descend_with_value(
        lambda p: ALIG(p, lr=eta, momentum=mu, eps=delta, f_star=f_star), formula, START, 40
    )
    evaluated = evaluations(formula, points[:-1])
    twin = algorithm_1(points[0], evaluated, eta=eta, mu=mu, delta=delta, f_star=f_star)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-11)


def test_first_steps():
    """On x^2 / 2 from 8: half the way without a limit, a tenth of it with the rate 0.1."""

    def path(lr, momentum=0.0):
        build = lambda p: ALIG(p, lr=lr, momentum=momentum, eps=0.0)  # noqa: E731
        return descend_with_value(build, lambda x, y: x**2 / 2 + 0 * y, (8.0, 5.0), 2)[:, 0]

    assert path(1.0).tolist() == [8, 4, 2]
    assert path(0.1) == pytest.approx([8, 7.2, 6.48])
    # with momentum 1/2, v is -4, then -2 - 1: 8 - 4 - 2, and 2 - 1 - 3/2
    assert path(1.0, 0.5).tolist() == [8, 2, -0.5]


def squared_norm(param_groups):
    """Return the squared norm of all gradients in their own precision."""
    return sum(p.grad.square().sum() for group in param_groups for p in group["params"])


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("lr", [0.001, 0.1, 10.0])
@pytest.mark.parametrize("name", NAMES)
def test_each_step_agrees_with_pytorch_optimizer(name, lr, momentum, monkeypatch):
    """With its constant of 1e-6 in the denominator, and its squared norm in float64."""
    module = import_module("pytorch_optimizer.optimizer.alig")
    formula, settings = FUNCTIONS[name].formula, {"momentum": momentum}
    points = descend_with_value(lambda p: ALIG(p, lr=lr, eps=1e-6, **settings), formula, START, 200)
    monkeypatch.setattr(module, "get_global_gradient_norm", squared_norm)
    theirs = next_points(
        lambda p: pytorch_optimizer.AliG(p, max_lr=lr, **settings), formula, points
    )
    travelled = np.abs(points - points[0]).max()
    assert np.abs(points[1:] - theirs).max() < 1e-9 * travelled


def test_pytorch_optimizer_sums_the_squared_gradient_in_float32():
    formula = FUNCTIONS["beale"].formula
    points = descend_with_value(lambda p: ALIG(p, lr=10.0, eps=1e-6), formula, START, 20)
    theirs = next_points(lambda p: pytorch_optimizer.AliG(p, max_lr=10.0), formula, points)
    travelled = np.abs(points - points[0]).max()
    assert 1e-9 < np.abs(points[1:] - theirs).max() / travelled < 1e-6


def test_without_a_limit_it_is_polyaks_step():
    formula = FUNCTIONS["himmelblau"].formula
    ours = descend_with_value(lambda p: ALIG(p, lr=1e9, eps=0.0), formula, START, 40)
    polyak = descend_with_value(PolyakStep, formula, START, 40)
    np.testing.assert_allclose(ours, polyak, rtol=1e-9)


def test_at_or_below_the_minimum_there_is_no_step():
    points = descend_with_value(
        lambda p: ALIG(p, f_star=100.0), FUNCTIONS["sphere"].formula, START, 3
    )
    assert (points == points[0]).all()


def test_a_closure_that_returns_nothing_is_refused():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="the closure must return the loss"):
        ALIG([x]).step(lambda: x.square().sum().backward())
    assert x.tolist() == [1, 1]
