import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import Grams


def update(w, gradients, *, eta, beta1, beta2, epsilon, lam):
    """The paper's update for one coordinate."""
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        u = (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
        w = w - eta * (((g > 0) - (g < 0)) * abs(u) + lam * w)
        yield w


@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "lam"),
    [(1e-3, (0.9, 0.999), 1e-6, 0.0), (0.1, (0.5, 0.8), 0.1, 0.5), (0.1, (0.0, 0.0), 0.5, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(eta, betas, epsilon, lam):
    gradients = random_gradients(50)
    points = replay(
        lambda p: Grams(p, lr=eta, betas=betas, eps=epsilon, weight_decay=lam), gradients
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1]}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = update(points[0, i], coordinate, epsilon=epsilon, lam=lam, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_direction_changes_at_once_with_the_gradient():
    """With betas (1/2, 0), the gradients 4, -1 make m_hat = 4, 2: 2 / |-1| against the sign."""
    points = replay(
        lambda p: Grams(p, lr=1.0, betas=(0.5, 0.0), eps=1e-15), np.array([[4.0], [-1.0]]), [0.0]
    )
    m_hat = (0.5 * 2 - 0.5) / 0.75
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1.0, -m_hat], rtol=1e-12)


def test_steps_are_as_long_as_adams_and_never_uphill():
    gradients = random_gradients(100)
    grams = np.diff(replay(lambda p: Grams(p, lr=0.1, eps=1e-8), gradients), axis=0)
    adam = np.diff(replay(lambda p: torch.optim.Adam(p, lr=0.1), gradients), axis=0)
    np.testing.assert_allclose(np.abs(grams), np.abs(adam), rtol=1e-9)
    assert (np.sign(grams) == -np.sign(gradients)).all()
    assert (np.sign(adam) != np.sign(grams)).any(), "otherwise nothing is compared"


def test_coordinate_without_gradient_does_not_move_despite_momentum():
    points = replay(lambda p: Grams(p, lr=0.5), np.array([[1.0, 1.0], [0.0, 1.0]]), [3.0, 3.0])
    assert points[2, 0] == points[1, 0]
    assert points[2, 1] < points[1, 1]
