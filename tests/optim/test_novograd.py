import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import NovoGrad


def algorithm_1(w, gradients, *, lam, beta1, beta2, epsilon, d=0.0):
    """The paper's algorithm for one layer; vectors are lists."""
    n, v, m = len(w), None, None
    for g in gradients:
        norm_squared = sum(element**2 for element in g)
        if v is None:
            v = norm_squared
            m = [g[i] / (math.sqrt(v) + epsilon) + d * w[i] for i in range(n)]
        else:
            v = beta2 * v + (1 - beta2) * norm_squared
            m = [beta1 * m[i] + (g[i] / (math.sqrt(v) + epsilon) + d * w[i]) for i in range(n)]
        w = [w[i] - lam * m[i] for i in range(n)]
        yield w


@pytest.mark.parametrize(
    ("lam", "betas", "epsilon", "d"),
    [
        (1e-3, (0.95, 0.98), 1e-8, 0.0),
        (0.1, (0.5, 0.9), 0.1, 0.3),
        (0.1, (0.0, 0.0), 0.5, 0.0),
    ],
)
def test_agrees_with_the_paper_line_by_line(lam, betas, epsilon, d):
    gradients = random_gradients(50)
    points = replay(
        lambda p: NovoGrad(p, lr=lam, betas=betas, eps=epsilon, weight_decay=d), gradients
    )
    letters = {"lam": lam, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    twin = algorithm_1(points[0].tolist(), gradients.tolist(), d=d, **letters)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12)


def test_two_steps_by_hand():
    """Gradients (3, 4) and (0, 13) with betas (1/2, 1/2): v = 25, 97; m = (3, 4) / 5 first."""
    points = replay(
        lambda p: NovoGrad(p, lr=1.0, betas=(0.5, 0.5), eps=1e-300),
        np.array([[3.0, 4.0], [0.0, 13.0]]),
        start=[0.0, 0.0],
    )
    steps = -np.diff(points, axis=0)
    np.testing.assert_allclose(steps[0], [0.6, 0.8], rtol=1e-14)
    np.testing.assert_allclose(steps[1], [0.3, 0.4 + 13 / math.sqrt(97)], rtol=1e-14)


def test_the_direction_is_the_gradients():
    points = replay(lambda p: NovoGrad(p, lr=0.1, betas=(0.0, 0.5)), np.array([[1.0, 100.0]]))
    step = points[0] - points[1]
    assert step[1] / step[0] == pytest.approx(100)


def test_after_a_first_gradient_of_0_nothing_is_nan():
    """v = 0 gives no step; then v = (1 - beta2) g^2 makes a step of 1 / sqrt(1 - beta2)."""
    points = replay(
        lambda p: NovoGrad(p, lr=0.1, betas=(0.9, 0.75)), np.array([[0.0], [3.0]]), start=[1.0]
    )
    np.testing.assert_allclose(points[:, 0], [1, 1, 0.8], rtol=1e-8)


def test_the_norm_is_that_of_each_parameter():
    params = [torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    for p, g in zip(params, (1.0, 100.0), strict=True):
        p.grad = torch.full_like(p, g)
    NovoGrad(params, lr=0.1).step()
    assert [p.item() for p in params] == pytest.approx([-0.1, -0.1], rel=1e-7)
