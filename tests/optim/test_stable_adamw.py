import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import StableAdamW


def algorithm_2(theta, gradients, *, alpha, beta1, beta2, epsilon, lam):
    """The paper's algorithm; vectors are lists."""
    d = len(theta)
    v, u = [0.0] * d, [0.0] * d
    for t, g in enumerate(gradients, start=1):
        b1 = beta1 * (1 - beta1 ** (t - 1)) / (1 - beta1**t)
        b2 = beta2 * (1 - beta2 ** (t - 1)) / (1 - beta2**t)
        v = [b1 * v[i] + (1 - b1) * g[i] for i in range(d)]
        u = [b2 * u[i] + (1 - b2) * g[i] ** 2 for i in range(d)]
        rms = math.sqrt(sum(g[i] ** 2 / max(u[i], epsilon**2) for i in range(d)) / d)
        eta = alpha / max(1, rms)
        theta = [
            theta[i] - eta * lam * theta[i] - eta * v[i] / (math.sqrt(u[i]) + epsilon)
            for i in range(d)
        ]
        yield theta


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize(
    ("alpha", "betas", "epsilon", "lam"),
    [(1e-3, (0.9, 0.99), 1e-6, 0.01), (0.1, (0.5, 0.8), 3.0, 0.5), (0.1, (0.0, 0.0), 0.5, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(alpha, betas, epsilon, lam, size):
    gradients = random_gradients(100, size=size)
    start = np.linspace(2, 3, size).tolist()
    points = replay(
        lambda p: StableAdamW(p, lr=alpha, betas=betas, eps=epsilon, weight_decay=lam),
        gradients,
        start,
    )
    letters = {"alpha": alpha, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    twin = list(algorithm_2(start, gradients.tolist(), lam=lam, **letters))
    np.testing.assert_allclose(points[1:], twin, rtol=1e-11, atol=1e-14)


def test_gradient_that_grows_in_one_coordinate_shortens_steps_in_both():
    """Betas (0, 1/2): at t = 2, beta2_hat = 1/3. Gradients (1, 1), (7, 1) make u = 33 and 1.

    RMS is sqrt((49/33 + 1) / 2), by which both steps, 7 / sqrt(33) and 1, are divided.
    """
    points = replay(
        lambda p: StableAdamW(p, lr=1.0, betas=(0.0, 0.5), eps=1e-15, weight_decay=0.0),
        np.array([[1.0, 1.0], [7.0, 1.0]]),
        [0.0, 0.0],
    )
    rms = math.sqrt((49 / 33 + 1) / 2)
    expected = [[1, 1], [7 / math.sqrt(33) / rms, 1 / rms]]
    np.testing.assert_allclose(-np.diff(points, axis=0), expected, rtol=1e-12)


def test_weight_decay_is_scaled_like_the_step():
    """In one coordinate with beta2 = 1/2, the gradient 7 after 1 has RMS 7 / sqrt(33)."""
    gradients = np.array([[1.0], [7.0]])
    with_decay, without = (
        replay(
            lambda p, lam=lam: StableAdamW(p, lr=0.5, betas=(0.0, 0.5), weight_decay=lam),
            gradients,
            [16.0],
        )[:, 0]
        for lam in (0.5, 0.0)
    )
    factor = 1 - 0.5 * 0.5 * math.sqrt(33) / 7
    step = without[1] - without[2]
    assert with_decay[2] == pytest.approx(factor * with_decay[1] - step, rel=1e-12)


def test_is_adamw_while_gradients_shrink():
    gradients = random_gradients(1) * 0.9 ** np.arange(50)[:, None]
    stable = replay(lambda p: StableAdamW(p, lr=0.1, eps=1e-15), gradients)
    adamw = replay(lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.9, 0.99), eps=1e-15), gradients)
    np.testing.assert_allclose(stable, adamw, rtol=1e-10)


def test_zero_gradients_do_not_divide_0_by_0():
    points = replay(
        lambda p: StableAdamW(p, lr=0.5, weight_decay=0.5), np.zeros((1, 2)), [16.0, 8.0]
    )
    assert points[1].tolist() == [12.0, 6.0]
