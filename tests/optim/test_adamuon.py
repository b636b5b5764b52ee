import math

import numpy as np
import pytest
from replay import random_gradients, replay
from test_normuon import SHAPES, rounds

import optgallery as og
from optgallery.optim import AdaMuon


def adamuon(W, gradients, *, eta, beta1, beta2, eps, lam, nesterov=True):
    M, V = np.zeros_like(W), np.zeros_like(W)
    for G in gradients:
        M = beta1 * M + (1 - beta1) * G
        O_t = rounds(np.sign(beta1 * M + (1 - beta1) * G if nesterov else M))
        V = beta2 * V + (1 - beta2) * O_t * O_t
        O_hat = O_t / (np.sqrt(V) + eps)
        gamma = 0.2 * math.sqrt(W.size) / np.linalg.norm(O_hat)
        W = (1 - eta * lam) * W - eta * gamma * O_hat
        yield W


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize(
    ("eta", "betas", "eps", "lam"), [(0.02, (0.95, 0.95), 1e-8, 0.01), (0.3, (0.5, 0.9), 0.1, 0.2)]
)
def test_agrees_with_the_paper_line_by_line(shape, nesterov, eta, betas, eps, lam):
    size = shape[0] * shape[1]
    gradients, start = random_gradients(40, size), np.linspace(1, 2, size)
    points = replay(
        lambda p: AdaMuon(p, eta, betas, eps, lam, nesterov=nesterov), gradients, start, None, shape
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "eps": eps, "lam": lam}
    twin = adamuon(
        start.reshape(shape), gradients.reshape(-1, *shape), nesterov=nesterov, **letters
    )
    np.testing.assert_allclose(points[1:], [W.ravel() for W in twin], rtol=1e-9, atol=1e-12)


def test_first_steps():
    """A row (3, 4) has the signs (1, 1), and a step has the root mean square 0.2 lr."""
    points = replay(
        lambda p: AdaMuon(p, lr=0.5, weight_decay=0.0), np.array([[3.0, 4.0]]), (0, 0), None, (1, 2)
    )
    np.testing.assert_allclose(points[1], [-0.1, -0.1], rtol=1e-12)


def test_every_step_has_the_root_mean_square_of_a_fifth_of_the_rate():
    points = replay(
        lambda p: AdaMuon(p, lr=0.5, weight_decay=0.0),
        random_gradients(50, 16),
        np.zeros(16),
        None,
        (2, 8),
    )
    rms = np.sqrt((np.diff(points, axis=0) ** 2).mean(axis=1))
    np.testing.assert_allclose(rms, 0.1, rtol=1e-9)


@pytest.mark.parametrize("function", ["beale", "rosenbrock", "rotated_quadratic"])
@pytest.mark.parametrize("shape", [(1, 2), (2, 1)])
def test_on_two_coordinates_it_is_lion(function, shape):
    """A decay of 0.01 times the rate is one of 0.05 times a fifth of the rate."""
    spec = og.OptimizerSpec(name="a", title="A", cls=AdaMuon, parameter_shape=shape)
    adamuon = og.run(spec, function, lr=0.1, steps=100)
    lion = og.run("lion", function, lr=0.02, steps=100, betas=(0.95**2, 0.95), weight_decay=0.05)
    np.testing.assert_allclose(adamuon.points, lion.points, rtol=1e-9, atol=1e-12)


def test_on_a_matrix_it_is_not_a_sign():
    points = replay(AdaMuon, random_gradients(20, 16), np.zeros(16), None, (2, 8))
    sizes = np.abs(np.diff(points, axis=0))
    assert (sizes.max(axis=1) > 1.2 * sizes.min(axis=1)).any()


def test_a_gradient_of_zero_changes_nothing():
    points = replay(
        lambda p: AdaMuon(p, weight_decay=0.0), np.zeros((5, 2)), (2, 1.7), None, (1, 2)
    )
    np.testing.assert_array_equal(points, np.tile(points[0], (6, 1)))
