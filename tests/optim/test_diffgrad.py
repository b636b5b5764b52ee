import math

import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import DiffGrad


def algorithm_1(theta, gradients, *, alpha, beta1, beta2, epsilon):
    """The paper's algorithm for one coordinate."""
    m, v, previous = 0.0, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        xi = 1 / (1 + math.exp(-abs(previous - g)))
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - alpha * xi * m_hat / (math.sqrt(v_hat) + epsilon)
        previous = g
        yield theta


@pytest.mark.parametrize(
    ("alpha", "betas", "epsilon"),
    [(1e-3, (0.9, 0.999), 1e-8), (0.1, (0.5, 0.9), 0.1), (0.1, (0.0, 0.0), 0.5)],
)
def test_agrees_with_the_paper_line_by_line(alpha, betas, epsilon):
    gradients = random_gradients(50)
    points = replay(lambda p: DiffGrad(p, lr=alpha, betas=betas, eps=epsilon), gradients)
    letters = {"alpha": alpha, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    for i in range(2):
        twin = algorithm_1(points[0, i], gradients[:, i].tolist(), **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_constant_gradient_halves_adams_step():
    """The gradient log 3: first its change from 0 gives 1 / (1 + 1/3) = 3/4, then none gives 1/2.

    Adam's step along a constant gradient is lr for any t.
    """
    points = replay(
        lambda p: DiffGrad(p, lr=1.0, eps=1e-300), np.full((3, 1), math.log(3)), start=[0.0]
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [3 / 4, 1 / 2, 1 / 2], rtol=1e-13)


def test_weight_decay_is_part_of_the_gradient_difference():
    """Decay 1 at theta = log 3 without a gradient is the gradient log 3 after 0."""
    points = replay(
        lambda p: DiffGrad(p, lr=1.0, eps=1e-300, weight_decay=1.0),
        np.zeros((1, 1)),
        start=[math.log(3)],
    )
    assert points[0, 0] - points[1, 0] == pytest.approx(3 / 4, rel=1e-13)
