import math

import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import Adan


def algorithm_1(theta, gradients, *, eta, beta1, beta2, beta3, epsilon, lam):
    """The paper's algorithm for one coordinate, in its betas, with bias correction."""
    m = v = n = 0.0
    g_before = gradients[0]
    for k, g in enumerate(gradients, start=1):
        m = (1 - beta1) * m + beta1 * g
        v = (1 - beta2) * v + beta2 * (g - g_before)
        n = (1 - beta3) * n + beta3 * (g + (1 - beta2) * (g - g_before)) ** 2
        m_hat, v_hat, n_hat = (
            mean / (1 - (1 - beta) ** k) for mean, beta in ((m, beta1), (v, beta2), (n, beta3))
        )
        eta_k = eta / (math.sqrt(n_hat) + epsilon)
        theta = (theta - eta_k * (m_hat + (1 - beta2) * v_hat)) / (1 + lam * eta)
        g_before = g
        yield theta


@pytest.mark.parametrize(
    ("eta", "kept", "epsilon", "lam"),
    [
        (1e-3, (0.98, 0.92, 0.99), 1e-8, 0.0),
        (0.1, (0.5, 0.8, 0.6), 0.1, 0.5),
        (0.1, (0.0, 0.0, 0.0), 0.5, 0.0),
    ],
)
def test_agrees_with_the_paper_line_by_line(eta, kept, epsilon, lam):
    gradients = random_gradients(50)
    points = replay(lambda p: Adan(p, lr=eta, betas=kept, eps=epsilon, weight_decay=lam), gradients)
    letters = {f"beta{i}": 1 - share for i, share in enumerate(kept, start=1)}
    for i in range(2):
        twin = algorithm_1(
            points[0, i], gradients[:, i].tolist(), eta=eta, epsilon=epsilon, lam=lam, **letters
        )
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_the_first_step_is_a_sign():
    """There is no difference yet, so m_hat / sqrt(n_hat) is g / |g|."""
    points = replay(lambda p: Adan(p, lr=0.25), np.array([[3.0, -0.01]]), [0.0, 0.0])
    np.testing.assert_allclose(points[1], [-0.25, 0.25], rtol=1e-5)


def test_shrinking_gradient_is_extrapolated():
    """All decay rates 1/2; gradients 4, 2: m = 2, 2; v = 0, -1; n = 8, 4 + 1/2; over 3/4 each.

    The second step is (2 - 1/2) / (3/4) over sqrt(4.5 / (3/4)): 2 / sqrt(6).
    """
    points = replay(
        lambda p: Adan(p, lr=1.0, betas=(0.5, 0.5, 0.5), eps=1e-14), np.array([[4.0], [2.0]]), [0.0]
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1.0, 2 / math.sqrt(6)], rtol=1e-12)


def test_weight_decay_divides():
    points = replay(lambda p: Adan(p, lr=0.5, weight_decay=2.0), np.zeros((2, 1)), [16.0])
    assert points[:, 0].tolist() == [16, 8, 4]
