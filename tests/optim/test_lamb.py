import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import LAMB


def algorithm_2(x, gradients, *, eta, beta1, beta2, epsilon, lam=0.0):
    """The paper's algorithm for one layer; vectors are lists."""
    n = len(x)
    m, v = [0.0] * n, [0.0] * n
    for t, g in enumerate(gradients, start=1):
        m = [beta1 * m[i] + (1 - beta1) * g[i] for i in range(n)]
        v = [beta2 * v[i] + (1 - beta2) * g[i] ** 2 for i in range(n)]
        m_hat = [element / (1 - beta1**t) for element in m]
        v_hat = [element / (1 - beta2**t) for element in v]
        r = [m_hat[i] / (math.sqrt(v_hat[i]) + epsilon) for i in range(n)]
        u = [r[i] + lam * x[i] for i in range(n)]
        ratio = math.hypot(*x) / math.hypot(*u)
        x = [x[i] - eta * ratio * u[i] for i in range(n)]
        yield x


@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "lam"),
    [
        (1e-3, (0.9, 0.999), 1e-6, 0.0),
        (0.1, (0.5, 0.9), 0.1, 0.3),
        (0.1, (0.0, 0.0), 0.5, 0.0),
    ],
)
def test_agrees_with_the_paper_line_by_line(eta, betas, epsilon, lam):
    gradients = random_gradients(50)
    points = replay(
        lambda p: LAMB(p, lr=eta, betas=betas, eps=epsilon, weight_decay=lam), gradients
    )
    twin = algorithm_2(
        points[0].tolist(),
        gradients.tolist(),
        eta=eta,
        beta1=betas[0],
        beta2=betas[1],
        epsilon=epsilon,
        lam=lam,
    )
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12)


def test_the_first_step_by_hand():
    """From (3, 4) with any positive gradient u = (1, 1): a step of length 5 eta along it."""
    points = replay(lambda p: LAMB(p, lr=0.1, eps=1e-300), np.array([[7.0, 0.1]]), start=[3.0, 4.0])
    np.testing.assert_allclose(points[0] - points[1], np.full(2, 0.5 / math.sqrt(2)), rtol=1e-14)


def test_weight_decay_changes_the_direction():
    """From (3, 4) with lambda 1 and g = (1, 1): u = (4, 5)."""
    points = replay(
        lambda p: LAMB(p, lr=0.1, eps=1e-300, weight_decay=1.0), np.ones((1, 2)), start=[3.0, 4.0]
    )
    expected = 0.5 * np.array([4, 5]) / math.sqrt(41)
    np.testing.assert_allclose(points[0] - points[1], expected, rtol=1e-14)


def test_every_step_is_the_same_fraction_of_the_norm():
    points = replay(lambda p: LAMB(p, lr=0.05), random_gradients(50))
    share = np.linalg.norm(np.diff(points, axis=0), axis=1) / np.linalg.norm(points[:-1], axis=1)
    np.testing.assert_allclose(share, 0.05, rtol=1e-12)


def test_the_norm_is_that_of_each_parameter():
    params = [torch.full((1,), size, dtype=torch.float64, requires_grad=True) for size in (1, 100)]
    for p in params:
        p.grad = torch.ones_like(p)
    LAMB(params, lr=0.1).step()
    assert [p.item() for p in params] == pytest.approx([0.9, 90], rel=1e-14)


def test_first_step_from_the_origin_is_adams():
    points = replay(lambda p: LAMB(p, lr=0.1), np.array([[2.0, -3.0]]), start=[0.0, 0.0])
    np.testing.assert_allclose(points[1], [-0.1, 0.1], rtol=1e-6)


def test_without_gradient_nothing_changes():
    points = replay(lambda p: LAMB(p, lr=0.1), np.zeros((2, 2)))
    assert np.array_equal(points[0], points[2])
