import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import AdEMAMix


def algorithm_1(theta, gradients, *, eta, betas, epsilon, lam, alpha, T_alpha, T_beta3):
    """The paper's algorithm for one coordinate, its schedules in the paper's closed form."""
    beta1, beta2, beta3 = betas
    m1 = m2 = nu = 0.0
    for t, g in enumerate(gradients, start=1):
        alpha_t, beta3_t = alpha, beta3
        if T_alpha:
            alpha_t = min(t * alpha / T_alpha, alpha)
        if T_beta3 and t < T_beta3:
            a, b, s = math.log(beta1), math.log(beta3), t / T_beta3
            beta3_t = min(math.exp(a * b / ((1 - s) * b + s * a)), beta3)
        m1 = beta1 * m1 + (1 - beta1) * g
        m2 = beta3_t * m2 + (1 - beta3_t) * g
        nu = beta2 * nu + (1 - beta2) * g * g
        m1_hat, nu_hat = m1 / (1 - beta1**t), nu / (1 - beta2**t)
        theta -= eta * ((m1_hat + alpha_t * m2) / (math.sqrt(nu_hat) + epsilon) + lam * theta)
        yield theta


@pytest.mark.parametrize(
    ("betas", "epsilon", "lam", "alpha", "T_alpha", "T_beta3"),
    [
        ((0.9, 0.999, 0.9999), 1e-8, 0.0, 2.0, 0, 0),
        ((0.5, 0.8, 0.95), 0.1, 0.5, 8.0, 0, 0),
        ((0.9, 0.999, 0.9999), 1e-8, 0.0, 5.0, 30, 20),
        ((0.9, 0.999, 0.9999), 1e-8, 0.0, 5.0, 0, 100),
        ((0.9, 0.99, 0.6), 1e-8, 0.0, 5.0, 100, 100),
    ],
)
def test_agrees_with_the_paper_line_by_line(betas, epsilon, lam, alpha, T_alpha, T_beta3):
    gradients = random_gradients(50)
    points = replay(
        lambda p: AdEMAMix(
            p,
            lr=0.1,
            betas=betas,
            eps=epsilon,
            weight_decay=lam,
            alpha=alpha,
            alpha_warmup=T_alpha,
            beta3_warmup=T_beta3,
        ),
        gradients,
    )
    letters = {"alpha": alpha, "T_alpha": T_alpha, "T_beta3": T_beta3, "betas": betas}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = algorithm_1(points[0, i], coordinate, eta=0.1, epsilon=epsilon, lam=lam, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_slow_average_starts_at_0_and_persists():
    """With betas (0, 0, 1/2) and alpha 4, the gradients 8, 0 make m2 = 4, 2.

    The first step is (8 + 4 * 4) / 8 = 3; in the second, nu is 0 and eps = 1 alone divides 4 * 2.
    """
    points = replay(
        lambda p: AdEMAMix(p, lr=1.0, betas=(0.0, 0.0, 0.5), eps=1.0, alpha=4.0),
        np.array([[8.0], [0.0]]),
        [0.0],
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [24 / 9, 8.0], rtol=1e-14)


def test_alpha_0_is_adamw():
    gradients = random_gradients(50)
    ours = replay(lambda p: AdEMAMix(p, lr=0.1, alpha=0.0, weight_decay=0.1), gradients)
    adamw = replay(lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1), gradients)
    np.testing.assert_allclose(ours, adamw, rtol=1e-12)


def test_half_life_is_interpolated_during_warm_up():
    """From beta1 = 1/2 (one step) to beta3 = 2^(-1/3) (three): 2^(-1/2) at t = T / 2.

    Only the first gradient is not 0, so the slow average is multiplied by the later decay rates;
    after the warm-up the decay rate is beta3 itself.
    """
    built = []

    def build(params):
        built.append(AdEMAMix(params, betas=(0.5, 0.9, 2 ** (-1 / 3)), beta3_warmup=4.0))
        return built[0]

    slow = []
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = build([p])
    for gradient in (1.0, 0.0, 0.0, 0.0, 0.0):
        p.grad = torch.full_like(p, gradient)
        optimizer.step()
        slow.append(optimizer.state[p]["exp_avg_slow"].item())
    # t = 2: half-life 2; t = 4 and 5: half-life 3
    assert slow[1] / slow[0] == pytest.approx(2 ** (-1 / 2), rel=1e-12)
    assert slow[3] / slow[2] == pytest.approx(2 ** (-1 / 3), rel=1e-12)
    assert slow[4] / slow[3] == pytest.approx(2 ** (-1 / 3), rel=1e-12)


def test_warm_up_from_beta_0():
    """With beta1 = 0, whose logarithm is infinite, half of beta3's half-life is half-way."""
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = AdEMAMix([p], betas=(0.0, 0.9, 0.5), beta3_warmup=4.0)
    slow = []
    for gradient in (1.0, 0.0):
        p.grad = torch.full_like(p, gradient)
        optimizer.step()
        slow.append(optimizer.state[p]["exp_avg_slow"].item())
    assert slow[1] / slow[0] == pytest.approx(1 / 4, rel=1e-12)
    still = AdEMAMix([p], betas=(0.0, 0.9, 0.0), beta3_warmup=4.0)
    still.step()
    assert still.state[p]["exp_avg_slow"].item() == 0
