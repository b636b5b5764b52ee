import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import QHAdam


def update_rule(theta, gradients, *, alpha, beta1, beta2, nu1, nu2, epsilon):
    """The paper's update for one coordinate, line by line."""
    g, s = 0.0, 0.0
    for t, nabla in enumerate(gradients):
        g = beta1 * g + (1 - beta1) * nabla
        s = beta2 * s + (1 - beta2) * nabla * nabla
        g_prime = g / (1 - beta1 ** (t + 1))
        s_prime = s / (1 - beta2 ** (t + 1))
        numerator = (1 - nu1) * nabla + nu1 * g_prime
        theta = theta - alpha * numerator / (
            math.sqrt((1 - nu2) * nabla * nabla + nu2 * s_prime) + epsilon
        )
        yield theta


@pytest.mark.parametrize(
    ("alpha", "betas", "nus", "epsilon"),
    [
        (1e-3, (0.995, 0.999), (0.7, 1.0), 1e-8),
        (0.1, (0.5, 0.9), (0.3, 0.6), 1e-2),
        (0.1, (0.0, 0.0), (0.0, 0.0), 0.5),
    ],
)
def test_agrees_with_the_paper_line_by_line(alpha, betas, nus, epsilon):
    gradients = random_gradients(50)
    points = replay(lambda p: QHAdam(p, lr=alpha, betas=betas, nus=nus, eps=epsilon), gradients)
    letters = {"beta1": betas[0], "beta2": betas[1], "nu1": nus[0], "nu2": nus[1]}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = update_rule(points[0, i], coordinate, alpha=alpha, epsilon=epsilon, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-13)


def test_with_both_nus_1_it_is_adam():
    gradients = random_gradients(100)
    settings = {"lr": 0.1, "betas": (0.9, 0.99)}
    ours = replay(lambda p: QHAdam(p, nus=(1.0, 1.0), **settings), gradients)
    adam = replay(lambda p: torch.optim.Adam(p, **settings), gradients)
    np.testing.assert_allclose(ours, adam, rtol=1e-12)


def test_with_both_nus_0_it_steps_by_signs():
    points = replay(lambda p: QHAdam(p, lr=0.1, nus=(0.0, 0.0)), np.array([[5.0, -3.0]]))
    np.testing.assert_allclose(points[0] - points[1], [0.1, -0.1], rtol=1e-8)


def test_nus_outside_the_unit_interval_are_rejected():
    with pytest.raises(ValueError, match=r"nus\[1\] must be in \[0, 1\], got 1.5"):
        QHAdam([torch.ones(1, requires_grad=True)], nus=(0.7, 1.5))
