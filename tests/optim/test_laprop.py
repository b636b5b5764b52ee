import math

import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import LaProp


def algorithm(theta, gradients, *, lr, mu, nu, epsilon, decay):
    """The paper's algorithm for one coordinate, with the authors' weight decay."""
    n = m = 0.0
    for t, g in enumerate(gradients, start=1):
        n = nu * n + (1 - nu) * g * g
        m = mu * m + (1 - mu) * g / (math.sqrt(n / (1 - nu**t)) + epsilon)
        theta = (theta - lr * m / (1 - mu**t)) * (1 - lr * decay)
        yield theta


@pytest.mark.parametrize(
    ("lr", "betas", "epsilon", "decay"),
    [(4e-4, (0.9, 0.999), 1e-15, 0.0), (0.1, (0.5, 0.8), 0.1, 0.5), (0.1, (0.0, 0.0), 0.5, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(lr, betas, epsilon, decay):
    gradients = random_gradients(50)
    points = replay(
        lambda p: LaProp(p, lr=lr, betas=betas, eps=epsilon, weight_decay=decay), gradients
    )
    letters = {"lr": lr, "mu": betas[0], "nu": betas[1]}
    for i in range(2):
        twin = algorithm(
            points[0, i], gradients[:, i].tolist(), epsilon=epsilon, decay=decay, **letters
        )
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_each_gradient_is_divided_by_the_second_moment_of_its_step():
    """With nu = 0 only signs remain, averaged with mu = 1/2: (1/2) / (1/2), (-1/4) / (3/4)."""
    points = replay(
        lambda p: LaProp(p, lr=1.0, betas=(0.5, 0.0)), np.array([[100.0], [-0.01]]), [0.0]
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1.0, -1 / 3], rtol=1e-12)


@pytest.mark.parametrize("betas", [(0.9, 0.5), (0.999, 0.9), (0.0, 0.99)])
def test_no_step_is_longer_than_the_second_moment_allows(betas):
    """Even after a thousandfold jump, where Adam with beta1 > beta2 has no such bound."""
    gradients = random_gradients(100) * np.where(np.arange(100) == 60, 1e3, 1)[:, None]
    points = replay(lambda p: LaProp(p, lr=0.1, betas=betas), gradients)
    assert np.abs(np.diff(points, axis=0)).max() <= 0.1 / math.sqrt(1 - betas[1])


def test_the_rate_multiplies_the_whole_momentum():
    """A gradient of 0 after a change of rate: the step is the new rate times m / c_m = 1/3."""
    built = []
    gradients = np.array([[1.0]])
    replay(
        lambda p: built.append(LaProp(p, lr=1.0, betas=(0.5, 0.0))) or built[0], gradients, [0.0]
    )
    optimizer = built[0]
    (group,) = optimizer.param_groups
    (theta,) = group["params"]
    group["lr"] = 0.3
    before = theta.item()
    theta.grad.zero_()
    optimizer.step()
    assert before - theta.item() == pytest.approx(0.1, rel=1e-12)


def test_weight_decay_follows_the_step():
    points = replay(
        lambda p: LaProp(p, lr=0.5, betas=(0.0, 0.0), weight_decay=0.5), np.ones((1, 1)), [16.5]
    )
    assert points[1, 0] == 12.0
