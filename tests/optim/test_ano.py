import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import Ano


def sign(a):
    return int(a > 0) - int(a < 0)


def update(x, gradients, *, eta, beta1, beta2, epsilon, lam):
    """The update for one coordinate."""
    m = v = 0.0
    for k, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v - (1 - beta2) * sign(v - g * g) * g * g
        v_hat = v / (1 - beta2**k)
        x = x - eta / (math.sqrt(v_hat) + epsilon) * abs(g) * sign(m) - eta * lam * x
        yield x


@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "lam"),
    [(1e-4, (0.92, 0.99), 1e-8, 0.0), (0.1, (0.5, 0.8), 0.3, 0.5), (0.1, (0.0, 0.6), 1e-8, 0.1)],
)
def test_agrees_with_the_update_line_by_line(eta, betas, epsilon, lam):
    gradients = random_gradients(50)
    points = replay(lambda p: Ano(p, lr=eta, betas=betas, eps=epsilon, weight_decay=lam), gradients)
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    for i in range(2):
        twin = update(points[0, i], gradients[:, i].tolist(), lam=lam, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_the_momentum_gives_the_sign_and_the_gradient_the_length():
    """With betas (1/2, 3/4), the gradients 4, -1 make m = 2, 1/2 and v = 4, 3 - 1/4.

    The steps are 4 / sqrt(4 / (1/4)) = 1 forward, and 1 / sqrt((11/4) / (7/16)) forward again,
    though the second gradient points back.
    """
    points = replay(
        lambda p: Ano(p, lr=1.0, betas=(0.5, 0.75), eps=1e-300), np.array([[4.0], [-1.0]]), [0.0]
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1, math.sqrt(7 / 44)], rtol=1e-14)


@pytest.mark.parametrize(
    ("gradients", "rises"), [([1.0, 2.0, 4.0], True), ([4.0, 2.0, 1.0], False)]
)
def test_the_second_moment_is_adams_while_it_rises_and_falls_faster(gradients, rises):
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer, adams = Ano([p], betas=(0.9, 0.9)), 0.0
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        adams = 0.9 * adams + 0.1 * g * g
    v = optimizer.state[p]["exp_avg_sq"].item()
    assert v == pytest.approx(adams, rel=1e-12) if rises else v < 0.9 * adams


def test_a_second_moment_is_never_negative():
    gradients = np.array([[1.0], [0.7], [0.5]])
    points = replay(lambda p: Ano(p, lr=1e-9, betas=(0.9, 0.1)), gradients, [1.0])
    assert np.isfinite(points).all()
