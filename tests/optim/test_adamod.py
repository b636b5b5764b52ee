import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import AdaMod


def algorithm_1(theta, gradients, *, alpha, beta1, beta2, beta3, epsilon, decay=0.0):
    """The paper's algorithm for one coordinate, with decoupled weight decay."""
    m, v, s = 0.0, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        theta = (1 - alpha * decay) * theta
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        eta = alpha / (math.sqrt(v_hat) + epsilon)
        s = beta3 * s + (1 - beta3) * eta
        theta = theta - min(eta, s) * m_hat
        yield theta


@pytest.mark.parametrize(
    ("alpha", "betas", "beta3", "epsilon", "decay"),
    [
        (1e-3, (0.9, 0.999), 0.999, 1e-8, 0.0),
        (0.1, (0.5, 0.9), 0.5, 0.1, 0.3),
        (0.1, (0.9, 0.0), 0.7, 0.5, 0.0),
    ],
)
@pytest.mark.parametrize("steps", [50, 200])
def test_agrees_with_the_paper_line_by_line(steps, alpha, betas, beta3, epsilon, decay):
    gradients = random_gradients(steps)
    points = replay(
        lambda p: AdaMod(p, lr=alpha, betas=betas, beta3=beta3, eps=epsilon, weight_decay=decay),
        gradients,
    )
    letters = {"alpha": alpha, "beta1": betas[0], "beta2": betas[1], "beta3": beta3}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = algorithm_1(points[0, i], coordinate, epsilon=epsilon, decay=decay, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_averaged_learning_rate_excludes_the_first_moments_correction():
    """Gradients 1, 1 at lr 1 with betas (1/2, 1/2) and beta3 3/4: every eta is 1, s = 1/4, 7/16.

    The steps are s times m_hat = 1. With 1 / (1 - beta1^t) in eta, as in the authors' code, they
    would be min(2, 1/2) / 2 = 1/4 and min(4/3, 17/24) * 3/4 = 17/32.
    """
    points = replay(
        lambda p: AdaMod(p, lr=1.0, betas=(0.5, 0.5), beta3=0.75, eps=1e-300),
        np.ones((2, 1)),
        start=[0.0],
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1 / 4, 7 / 16], rtol=1e-14)


def test_sudden_large_learning_rate_is_bounded_by_its_average():
    """Gradients 4, then 1 with betas (0, 0) at lr 1: eta = 1/4, 1, and at beta3 1/2 s = 1/8, 9/16.

    Then 4 again: eta = 1/4 is below s = 13/32, and Adam's step of 1 is taken.
    """
    points = replay(
        lambda p: AdaMod(p, lr=1.0, betas=(0.0, 0.0), beta3=0.5, eps=1e-300),
        np.array([[4.0], [1.0], [4.0]]),
        start=[0.0],
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [4 / 8, 9 / 16, 1.0], rtol=1e-14)


def test_beta3_0_is_adam():
    gradients = random_gradients(50)
    ours = replay(lambda p: AdaMod(p, lr=0.01, beta3=0.0), gradients)
    theirs = replay(lambda p: torch.optim.Adam(p, lr=0.01), gradients)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
