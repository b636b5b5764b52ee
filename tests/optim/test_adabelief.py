import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import AdaBelief
from optgallery.optim.adabelief import rectification


def algorithm_2(theta, gradients, *, alpha, beta1, beta2, epsilon):
    """The paper's algorithm for one coordinate, line by line."""
    m, s = 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * (g - m) * (g - m) + epsilon
        m_hat = m / (1 - beta1**t)
        s_hat = s / (1 - beta2**t)
        theta = theta - alpha * m_hat / (math.sqrt(s_hat) + epsilon)
        yield theta


@pytest.mark.parametrize(
    ("alpha", "betas", "epsilon"),
    [(1e-3, (0.9, 0.999), 1e-16), (0.1, (0.5, 0.9), 1e-3), (1.0, (0.0, 0.0), 0.5)],
)
def test_agrees_with_the_paper_line_by_line(alpha, betas, epsilon):
    gradients = random_gradients(50)
    points = replay(lambda p: AdaBelief(p, lr=alpha, betas=betas, eps=epsilon), gradients)
    letters = {"alpha": alpha, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    for i in range(2):
        twin = list(algorithm_2(points[0, i], gradients[:, i].tolist(), **letters))
        np.testing.assert_allclose(points[1:, i], twin, rtol=1e-13)


def test_epsilon_adds_up_where_the_gradient_is_constant():
    """With g = 1 and both betas 0: m = 1 and s = 0 + eps, so the step is lr / (sqrt(eps) + eps)."""
    points = replay(lambda p: AdaBelief(p, lr=1.0, betas=(0.0, 0.0), eps=0.25), np.ones((1, 2)))
    assert (points[0] - points[1]).tolist() == [1 / 0.75] * 2


def test_decoupled_decay_shrinks_without_a_gradient():
    decay = {"lr": 0.1, "weight_decay": 0.5}
    points = replay(lambda p: AdaBelief(p, **decay), np.zeros((2, 2)), start=(1.0, 2.0))
    np.testing.assert_allclose(points[2], [0.95**2, 2 * 0.95**2], rtol=1e-15)


def test_rectification_begins_when_rho_reaches_five():
    """For beta2 = 0.999, rho_t is about t until t = 5: four steps are unrectified, or five."""
    beta2 = 0.999
    rho_inf = 2 / (1 - beta2) - 1
    rhos = {t: rho_inf - 2 * t * beta2**t / (1 - beta2**t) for t in range(1, 10)}
    first = min(t for t, rho in rhos.items() if rho >= 5)
    assert [rectification(t, beta2) is None for t in range(1, 10)] == [t < first for t in rhos]
    assert first == 6


def test_rectification_tends_to_one():
    factors = [rectification(t, 0.99) for t in (10, 100, 10_000)]
    assert factors[0] < factors[1] < factors[2]
    assert factors[2] == pytest.approx(1, abs=1e-12)


def test_rectified_start_is_momentum_without_adaptation():
    points = replay(lambda p: AdaBelief(p, lr=0.1, rectify=True), np.full((2, 2), 3.0))
    np.testing.assert_allclose(points[0] - points[2], [0.6, 0.6], rtol=1e-14)


def test_state_has_torchs_key_names():
    p = torch.ones(3, requires_grad=True)
    p.grad = torch.ones(3)
    optimizer = AdaBelief([p])
    optimizer.step()
    assert set(optimizer.state[p]) == {"step", "exp_avg", "exp_avg_var"}
