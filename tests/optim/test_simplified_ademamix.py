import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import SimplifiedAdEMAMix


def update(theta, gradients, *, eta, beta1, beta2, epsilon, lam, alpha):
    """The update for one coordinate, its sum written out."""
    nu = 0.0
    for t, g in enumerate(gradients, start=1):
        m = sum(beta1 ** (t - s) * earlier for s, earlier in enumerate(gradients[:t], start=1))
        nu = beta2 * nu + (1 - beta2) * g * g
        root = math.sqrt(nu / (1 - beta2**t)) + epsilon
        theta = theta - eta * ((m + alpha * g) / root + lam * theta)
        yield theta


@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "lam", "alpha"),
    [
        (1e-4, (0.99, 0.95), 1e-8, 0.0, 0.0),
        (0.01, (0.9, 0.999), 0.3, 0.5, 10.0),
        (0.1, (0.0, 0.0), 1e-8, 0.1, 3.0),
    ],
)
def test_agrees_with_the_update_line_by_line(eta, betas, epsilon, lam, alpha):
    gradients = random_gradients(50)
    points = replay(
        lambda p: SimplifiedAdEMAMix(
            p, lr=eta, betas=betas, eps=epsilon, weight_decay=lam, alpha=alpha
        ),
        gradients,
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "lam": lam, "alpha": alpha}
    for i in range(2):
        twin = update(points[0, i], gradients[:, i].tolist(), epsilon=epsilon, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_gradients_add_up_and_the_newest_counts_alpha_times_more():
    """With betas (1/2, 0), alpha 2 and no eps, the gradients 4, 2 make m = 4, 4.

    The steps are (4 + 2 * 4) / 4 = 3 and (4 + 2 * 2) / 2 = 4.
    """
    points = replay(
        lambda p: SimplifiedAdEMAMix(p, lr=1.0, betas=(0.5, 0.0), eps=1e-300, alpha=2.0),
        np.array([[4.0], [2.0]]),
        [0.0],
    )
    assert points[:, 0].tolist() == [0, -3, -7]


def test_alpha_0_is_adam_without_bias_correction_of_the_average():
    """A sum is an average divided by 1 - beta1, so that the rate is as much smaller."""
    gradients = random_gradients(50)
    ours = replay(lambda p: SimplifiedAdEMAMix(p, lr=0.01, betas=(0.9, 0.999)), gradients)

    class Uncorrected(torch.optim.Adam):
        t = 0

        def step(self):
            self.t += 1
            self.param_groups[0]["lr"] = 0.1 * (1 - 0.9**self.t)
            super().step()

    adam = replay(Uncorrected, gradients)
    np.testing.assert_allclose(ours, adam, rtol=1e-10)
