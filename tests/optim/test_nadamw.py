import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import NAdamW


def algorithm_2(theta, gradients, *, alpha, mu, nu, epsilon, lam):
    """The paper's algorithm for one coordinate, its mu and nu constant, with decoupled decay."""
    m = n = 0.0
    for t, g in enumerate(gradients, start=1):
        g_hat = g / (1 - mu**t)
        m = mu * m + (1 - mu) * g
        m_hat = m / (1 - mu ** (t + 1))
        n = nu * n + (1 - nu) * g * g
        n_hat = n / (1 - nu**t)
        m_bar = (1 - mu) * g_hat + mu * m_hat
        theta = theta - alpha * (m_bar / (math.sqrt(n_hat) + epsilon) + lam * theta)
        yield theta


@pytest.mark.parametrize(
    ("alpha", "betas", "epsilon", "lam"),
    [(1e-3, (0.9, 0.999), 1e-8, 0.0), (0.1, (0.5, 0.8), 0.3, 0.5), (0.1, (0.0, 0.0), 1e-8, 0.1)],
)
def test_agrees_with_the_paper_line_by_line(alpha, betas, epsilon, lam):
    gradients = random_gradients(50)
    points = replay(
        lambda p: NAdamW(p, lr=alpha, betas=betas, eps=epsilon, weight_decay=lam), gradients
    )
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        letters = {"alpha": alpha, "mu": betas[0], "nu": betas[1], "epsilon": epsilon}
        twin = algorithm_2(points[0, i], coordinate, lam=lam, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_the_average_is_taken_one_gradient_ahead():
    """With betas (1/2, 0), the gradients 4, -2 make m = 2, 0.

    The first step is (1/2 * 2 / (1 - 1/4) + 1/2 * 4 / (1 - 1/2)) / 4 = (4/3 + 4) / 4 = 4/3; the
    second is (0 + 1/2 * -2 / (1 - 1/4)) / 2 = -2/3.
    """
    points = replay(
        lambda p: NAdamW(p, lr=1.0, betas=(0.5, 0.0), eps=1e-300, weight_decay=0.0),
        np.array([[4.0], [-2.0]]),
        [0.0],
    )
    np.testing.assert_allclose(points[:, 0], [0, -4 / 3, -2 / 3], rtol=1e-14)


def test_without_momentum_it_is_adamw():
    gradients = random_gradients(50)
    both = (
        replay(lambda p, cls=cls: cls(p, lr=0.1, betas=(0.0, 0.9), weight_decay=0.1), gradients)
        for cls in (NAdamW, torch.optim.AdamW)
    )
    np.testing.assert_allclose(*both, rtol=1e-12)


def test_weight_decay_shrinks_by_lr_times_its_factor():
    points = replay(lambda p: NAdamW(p, lr=0.5, weight_decay=0.5), np.zeros((2, 1)), [16.0])
    assert points[:, 0].tolist() == [16, 12, 9]


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.8)])
def test_it_is_pytorchs_nadam_without_its_schedule(betas):
    """A ``momentum_decay`` of a million ends the schedule in the first step.

    PyTorch keeps the product of the decay rates in the default precision.
    """
    gradients = random_gradients(200)
    settings = {"lr": 0.1, "betas": betas, "weight_decay": 0.1}
    ours = replay(lambda p: NAdamW(p, **settings), gradients)
    precision = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        theirs, scheduled = (
            replay(
                lambda p, psi=psi: torch.optim.NAdam(
                    p, momentum_decay=psi, decoupled_weight_decay=True, **settings
                ),
                gradients,
            )
            for psi in (1e6, 4e-3)
        )
    finally:
        torch.set_default_dtype(precision)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    assert np.abs(ours - scheduled).max() > 0.05
