import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import MARS


def algorithm_2(x, gradients, *, eta, beta1, beta2, epsilon, gamma, lam=0.0):
    """The paper's algorithm; vectors are lists. x_0 = x_1 makes the first correction vanish."""
    n = len(x)
    m, v, previous = [0.0] * n, [0.0] * n, gradients[0]
    for t, g in enumerate(gradients, start=1):
        c = [g[i] + gamma * beta1 / (1 - beta1) * (g[i] - previous[i]) for i in range(n)]
        norm = math.hypot(*c)
        if norm > 1:
            c = [element / norm for element in c]
        m = [beta1 * m[i] + (1 - beta1) * c[i] for i in range(n)]
        v = [beta2 * v[i] + (1 - beta2) * c[i] ** 2 for i in range(n)]
        m_hat = [element / (1 - beta1**t) for element in m]
        v_hat = [element / (1 - beta2**t) for element in v]
        u = [m_hat[i] / (math.sqrt(v_hat[i]) + epsilon) + lam * x[i] for i in range(n)]
        x = [x[i] - eta * u[i] for i in range(n)]
        previous = g
        yield x


@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "gamma", "lam"),
    [
        (3e-3, (0.95, 0.99), 1e-8, 0.025, 0.0),
        (0.1, (0.5, 0.9), 0.1, 1.0, 0.3),
        (0.1, (0.9, 0.0), 0.5, 0.1, 0.0),
    ],
)
def test_agrees_with_the_paper_line_by_line(eta, betas, epsilon, gamma, lam):
    gradients = random_gradients(50)
    norms = np.linalg.norm(gradients, axis=1)
    assert norms[0] < 1 < norms.max(), "both with and without the bound must be compared"
    points = replay(
        lambda p: MARS(p, lr=eta, betas=betas, eps=epsilon, gamma=gamma, weight_decay=lam),
        gradients,
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "gamma": gamma}
    twin = algorithm_2(points[0].tolist(), gradients.tolist(), epsilon=epsilon, lam=lam, **letters)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12)


def test_gradient_change_is_added_to_the_gradient():
    """Gradients 1/4 and 1/2, beta1 1/2, gamma 1: c = 1/4, 3/4 and m = 1/8, 7/16.

    With beta2 = 0 and a large epsilon of 1, the steps are m_hat / (c + 1) = 1/5 and 1/3.
    """
    points = replay(
        lambda p: MARS(p, lr=1.0, betas=(0.5, 0.0), eps=1.0, gamma=1.0),
        np.array([[0.25], [0.5]]),
        start=[0.0],
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1 / 5, 1 / 3], rtol=1e-14)


def test_the_bound_is_on_the_norm_of_a_whole_parameter():
    """The gradient (30, 40) becomes (3/5, 4/5); two parameters of it become 1 each."""

    def moments(*gradients):
        params = [torch.zeros(len(g), dtype=torch.float64, requires_grad=True) for g in gradients]
        for p, g in zip(params, gradients, strict=True):
            p.grad = torch.tensor(g, dtype=torch.float64)
        optimizer = MARS(params, betas=(0.0, 0.0))
        optimizer.step()
        return [optimizer.state[p]["exp_avg"].tolist() for p in params]

    assert moments([30.0, 40.0]) == [[0.6, 0.8]]
    assert moments([30.0], [40.0]) == [[1.0], [1.0]]


def test_without_a_correction_small_gradients_make_it_adamw():
    gradients = 0.01 * random_gradients(50)
    assert np.linalg.norm(gradients, axis=1).max() < 1
    ours = replay(lambda p: MARS(p, lr=0.01, gamma=0.0, weight_decay=0.1), gradients)
    theirs = replay(
        lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.95, 0.99), weight_decay=0.1), gradients
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
