import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import MADGRAD


def algorithm_1(x0, gradients, *, lr, momentum, epsilon):
    """The paper's algorithm for one coordinate; gamma is lr + eps, as in the authors' code."""
    gamma, c = lr + epsilon, 1 - momentum
    x, s, nu = x0, 0.0, 0.0
    for k, g in enumerate(gradients):
        lambda_k = gamma * (k + 1) ** 0.5
        s = s + lambda_k * g
        nu = nu + lambda_k * g * g
        z = x0 - s / (nu ** (1 / 3) + epsilon)
        x = (1 - c) * x + c * z
        yield x


@pytest.mark.parametrize(
    ("lr", "momentum", "epsilon"), [(1e-2, 0.9, 1e-6), (0.1, 0.5, 1e-2), (0.1, 0.0, 0.0)]
)
def test_agrees_with_the_paper_line_by_line(lr, momentum, epsilon):
    gradients = random_gradients(50)
    points = replay(lambda p: MADGRAD(p, lr=lr, momentum=momentum, eps=epsilon), gradients)
    for i in range(2):
        twin = algorithm_1(
            points[0, i], gradients[:, i].tolist(), lr=lr, momentum=momentum, epsilon=epsilon
        )
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_first_step_without_momentum():
    """At g = 8 and lr = 1: s = 8, nu = 64, its cube root 4, so the step is 2."""
    points = replay(lambda p: MADGRAD(p, lr=1.0, momentum=0.0, eps=0.0), np.full((1, 2), 8.0))
    np.testing.assert_allclose(points[0] - points[1], [2.0, 2.0], rtol=1e-14)


def test_coordinate_without_gradient_does_not_move_at_eps_0():
    gradients = np.array([[1.0, 0.0], [1.0, 0.0]])
    points = replay(lambda p: MADGRAD(p, momentum=0.5, eps=0.0), gradients)
    assert points[2, 1] == points[0, 1]
    assert points[2, 0] < points[1, 0] < points[0, 0]


def test_a_lr_0_adds_nothing_to_the_sums():
    p = torch.ones(2, requires_grad=True)
    optimizer = MADGRAD([p])
    optimizer.param_groups[0]["lr"] = 0.0
    p.grad = torch.ones(2)
    optimizer.step()
    assert optimizer.state[p]["grad_sum"].tolist() == [0, 0]
    assert p.tolist() == [1, 1]
