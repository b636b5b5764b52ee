import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import AdamAtan2


def update(theta, gradients, *, alpha, beta1, beta2, lam, a, b):
    """The update for one coordinate, with Python's atan2."""
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - alpha * (a * math.atan2(m_hat, b * math.sqrt(v_hat)) + lam * theta)
        yield theta


@pytest.mark.parametrize(
    ("alpha", "betas", "lam", "a", "b"),
    [
        (1e-3, (0.9, 0.999), 0.0, 4 / math.pi, 1.0),
        (0.1, (0.5, 0.8), 0.5, 1.0, 1.0),
        (0.1, (0.0, 0.0), 0.1, 3.0, 3.0),
    ],
)
def test_agrees_with_the_update_line_by_line(alpha, betas, lam, a, b):
    gradients = random_gradients(50)
    points = replay(
        lambda p: AdamAtan2(p, lr=alpha, betas=betas, weight_decay=lam, a=a, b=b), gradients
    )
    letters = {"alpha": alpha, "beta1": betas[0], "beta2": betas[1], "lam": lam, "a": a, "b": b}
    for i in range(2):
        twin = update(points[0, i], gradients[:, i].tolist(), **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_an_equal_gradient_steps_by_lr_and_none_by_more_than_twice_lr():
    """With betas (0, 3/4), the gradients 1e-9 and 1 make v nearly 1/4, corrected 4/7.

    The quotient of the second step is then sqrt(7/4), and its arctangent is stretched by 4 / pi.
    With a beta2 near 1, v has all past gradients in it, and the quotient grows to sqrt(1000).
    """
    gradients = np.array([[1e-9], [1.0]])
    points = replay(lambda p: AdamAtan2(p, lr=1.0, betas=(0.0, 0.75)), gradients, [0.0])
    second = 4 / math.pi * math.atan(math.sqrt(7 / 4))
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1.0, second], rtol=1e-9)
    sudden = np.array([[1e-9]] * 999 + [[1.0]])
    points = replay(lambda p: AdamAtan2(p, lr=1.0, betas=(0.0, 1 - 1e-9)), sudden, [0.0])
    longest = 4 / math.pi * math.atan(math.sqrt(1000))
    assert -np.diff(points[:, 0])[-1] == pytest.approx(longest, rel=1e-6)
    assert longest == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("factor", [2.0**-300, 2.0**100])
def test_a_factor_of_the_gradients_changes_no_bit(factor):
    gradients = random_gradients(50)
    points = [replay(lambda p: AdamAtan2(p, lr=0.1), size * gradients) for size in (1, factor)]
    np.testing.assert_array_equal(*points)


def test_a_gradient_of_zero_does_not_move():
    points = replay(lambda p: AdamAtan2(p, lr=0.1), np.zeros((3, 1)), [2.0])
    assert points[:, 0].tolist() == [2, 2, 2, 2]


def test_with_a_large_a_and_b_it_is_adam():
    gradients = random_gradients(50)
    ours = replay(lambda p: AdamAtan2(p, lr=0.1, a=1e6, b=1e6), gradients)
    adam = replay(lambda p: torch.optim.Adam(p, lr=0.1, eps=1e-300), gradients)
    np.testing.assert_allclose(ours, adam, rtol=1e-9)
