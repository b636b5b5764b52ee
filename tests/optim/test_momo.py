import numpy as np
import optax
import pytest
import torch
from momo import Momo
from with_value import (
    descend_with_value,
    evaluations,
    next_points,
    next_points_in_optax,
)

from optgallery import FUNCTIONS
from optgallery.optim import MoMo, PolyakStep

START = (2.0, 1.7)
NAMES = ("rosenbrock", "beale", "ackley", "rastrigin")
SETTINGS = {
    "defaults": {},
    "lr 0.01": {"lr": 0.01},
    "heavy momentum": {"lr": 0.1, "beta": 0.99},
    "no momentum": {"beta": 0.0, "lr": 0.5},
    "weight decay": {"lr": 0.1, "weight_decay": 0.1},
}


def model_based_step(points, values, gradients, k, *, alpha, beta, lam, f_star):
    """The paper's rule from all points so far, with its averages as explicit sums."""
    weights = [(1 - beta) * beta ** (k - i) for i in range(k + 1)]
    weights[0] += beta ** (k + 1)
    mean = [sum(w * g[j] for w, g in zip(weights, gradients, strict=False)) for j in range(2)]
    f_bar = sum(w * f for w, f in zip(weights, values, strict=False))
    gamma = sum(
        w * (g[0] * x[0] + g[1] * x[1]) for w, g, x in zip(weights, gradients, points, strict=False)
    )
    x = points[k]
    above = (1 + alpha * lam) * (f_bar - f_star - gamma) + mean[0] * x[0] + mean[1] * x[1]
    tau = min(alpha, max(above, 0) / (mean[0] ** 2 + mean[1] ** 2))
    return [(x[j] - tau * mean[j]) / (1 + alpha * lam) for j in range(2)]


@pytest.mark.parametrize(
    ("alpha", "beta", "lam", "f_star"),
    [(1.0, 0.9, 0.0, 0.0), (0.02, 0.5, 0.3, 0.0), (10.0, 0.0, 0.0, -5.0)],
)
def test_agrees_with_the_paper_line_by_line(alpha, beta, lam, f_star):
    formula = FUNCTIONS["booth"].formula
    points = descend_with_value(
        lambda p: MoMo(p, lr=alpha, beta=beta, weight_decay=lam, f_star=f_star), formula, START, 30
    )
    values, gradients = zip(*evaluations(formula, points), strict=True)
    letters = {"alpha": alpha, "beta": beta, "lam": lam, "f_star": f_star}
    twin = [model_based_step(points, values, gradients, k, **letters) for k in range(30)]
    np.testing.assert_allclose(points[1:], twin, rtol=1e-10)


def test_first_steps():
    """On x^2 / 2 from 8, with beta = 1/2 and no limit: x = 8, 4, then the mean of two tangents.

    The tangents at 8 and 4 are 8x - 32 and 4x - 8; their mean, 6x - 20, is 0 at 10/3.
    """
    points = descend_with_value(
        lambda p: MoMo(p, lr=1e9, beta=0.5), lambda x, y: x**2 / 2 + 0 * y, (8.0, 5.0), 2
    )
    np.testing.assert_allclose(points, [[8, 5], [4, 5], [10 / 3, 5]], rtol=1e-15)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("name", NAMES)
def test_each_step_agrees_with_the_authors_package(name, setting):
    hparams, formula = SETTINGS[setting], FUNCTIONS[name].formula
    points = descend_with_value(lambda p: MoMo(p, **hparams), formula, START, 200)
    theirs = next_points(lambda p: Momo(p, **hparams), formula, points)
    travelled = np.abs(points - points[0]).max()
    assert np.abs(points[1:] - theirs).max() < 1e-9 * travelled


@pytest.mark.parametrize("setting", [s for s in SETTINGS if s != "weight decay"])
@pytest.mark.parametrize("name", NAMES)
def test_each_step_agrees_with_optax(name, setting):
    """Except where it takes none: where the squared norm of d is below 2e-16."""
    hparams, formula = dict(SETTINGS[setting]), FUNCTIONS[name].formula
    points = descend_with_value(lambda p: MoMo(p, **hparams), formula, START, 200)
    hparams["learning_rate"] = hparams.pop("lr", 1.0)
    theirs = next_points_in_optax(optax.contrib.momo(**hparams), formula, points)
    travelled = np.abs(points - points[0]).max()
    moved = (theirs != points[:-1]).any(axis=1)
    assert moved[:10].all()
    assert np.abs(points[1:] - theirs)[moved].max() < 1e-9 * travelled
    assert np.abs(points[1:] - points[:-1])[~moved].max(initial=0) < 2e-8


def test_with_weight_decay_optax_does_not_shrink_the_step():
    """The proximal step divides all of x - tau d by 1 + alpha lambda; optax divides only x."""
    formula, shrink = FUNCTIONS["booth"].formula, 1 + 0.1 * 0.1
    points = descend_with_value(lambda p: MoMo(p, lr=0.1, weight_decay=0.1), formula, START, 20)
    theirs = next_points_in_optax(
        optax.contrib.momo(learning_rate=0.1, weight_decay=0.1), formula, points
    )
    ours, before = points[1:], points[:-1]
    np.testing.assert_allclose(ours - before / shrink, (theirs - before / shrink) / shrink)
    assert np.abs(theirs - ours).max() > 1e-3


def test_without_momentum_and_without_a_limit_it_is_polyaks_step():
    formula = FUNCTIONS["beale"].formula
    ours = descend_with_value(lambda p: MoMo(p, lr=1e9, beta=0.0), formula, START, 40)
    polyak = descend_with_value(PolyakStep, formula, START, 40)
    np.testing.assert_allclose(ours, polyak, rtol=1e-9)


def test_where_the_plane_is_below_the_bound_there_is_no_step():
    points = descend_with_value(
        lambda p: MoMo(p, f_star=100.0), FUNCTIONS["sphere"].formula, START, 3
    )
    assert (points == points[0]).all()


def test_the_limit_is_gradient_descent_with_momentum():
    points = descend_with_value(
        lambda p: MoMo(p, lr=0.01, beta=0.9), FUNCTIONS["sphere"].formula, START, 20
    )
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    sgd = torch.optim.SGD([x], lr=0.01, momentum=0.9, dampening=0.9)
    expected = [x.tolist()]
    for _ in range(20):
        sgd.zero_grad()
        x.square().sum().backward()
        sgd.step()
        expected.append(x.tolist())
    np.testing.assert_allclose(points, expected, rtol=1e-12)


def test_a_closure_that_returns_nothing_is_refused():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="the closure must return the loss"):
        MoMo([x]).step(lambda: x.square().sum().backward())
    assert x.tolist() == [1, 1]
