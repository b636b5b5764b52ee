import math

import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import BCOS


def update(theta, gradients, *, alpha, beta, epsilon, lam):
    """The update for one coordinate; v from the expectation of the square that it estimates."""
    m = gradients[0]
    for g in gradients:
        before, m = m, beta * m + (1 - beta) * g
        v = beta**2 * before**2 + 2 * beta * (1 - beta) * before * m + (1 - beta) ** 2 * g**2
        theta = theta - alpha * (m / (math.sqrt(v) + epsilon) + lam * theta)
        yield theta


@pytest.mark.parametrize(
    ("alpha", "beta", "epsilon", "lam"),
    [(1e-3, 0.9, 1e-6, 0.1), (0.1, 0.5, 0.3, 0.5), (0.1, 0.0, 1e-6, 0.0)],
)
def test_agrees_with_the_update_line_by_line(alpha, beta, epsilon, lam):
    gradients = random_gradients(50)
    points = replay(
        lambda p: BCOS(p, lr=alpha, beta=beta, eps=epsilon, weight_decay=lam), gradients
    )
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = update(points[0, i], coordinate, alpha=alpha, beta=beta, epsilon=epsilon, lam=lam)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_the_estimate_is_taken_with_the_momentum_before_the_step():
    """With beta 1/2, the gradients 2, -2 make m = 2, 0; the estimate of the second step is 1.

    It is 1/2 * 4 + 1/4 * 4 - 1/4 * 4 = 2, whatever the momentum after the step, which is 0. A third
    gradient of 4 makes m = 2 and v = 1/4 * 16 = 4.
    """
    points = replay(
        lambda p: BCOS(p, lr=1.0, beta=0.5, eps=1e-300, weight_decay=0.0),
        np.array([[2.0], [-2.0], [4.0]]),
        [0.0],
    )
    assert points[:, 0].tolist() == [0, -1, -1, -2]


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_equal_gradients_step_by_lr(beta):
    points = replay(
        lambda p: BCOS(p, lr=0.25, beta=beta, eps=1e-300, weight_decay=0.0),
        np.full((5, 2), [3.0, -0.01]),
        [0.0, 0.0],
    )
    np.testing.assert_allclose(np.diff(points, axis=0), [[-0.25, 0.25]] * 5, rtol=1e-12)
