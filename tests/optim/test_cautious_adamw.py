"""Cautious AdamW against a naive implementation: packages agree with it only for xi = 1."""

import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import CautiousAdamW
from optgallery.optim.cautious_adamw import caution


def algorithm(w, gradients, *, eta, beta1, beta2, epsilon, lam, xi):
    """The paper's algorithm; vectors are lists."""
    d = len(w)
    m, v = [0.0] * d, [0.0] * d
    for t, g in enumerate(gradients, start=1):
        m = [beta1 * m[i] + (1 - beta1) * g[i] for i in range(d)]
        v = [beta2 * v[i] + (1 - beta2) * g[i] ** 2 for i in range(d)]
        u = [m[i] / (1 - beta1**t) / (math.sqrt(v[i] / (1 - beta2**t)) + epsilon) for i in range(d)]
        phi = [float(u[i] * g[i] > 0) for i in range(d)]
        scale = d / (sum(phi) + xi) if any(phi) else 0.0
        w = [w[i] - eta * (scale * phi[i] * u[i] + lam * w[i]) for i in range(d)]
        yield w


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "lam", "xi"),
    [
        (1e-3, (0.9, 0.999), 1e-8, 0.01, 0.0),
        (0.1, (0.5, 0.8), 0.1, 0.5, 1.0),
        (0.1, (0.9, 0.0), 0.5, 0.0, 0.25),
    ],
)
def test_agrees_with_the_paper_line_by_line(eta, betas, epsilon, lam, xi, size):
    gradients = random_gradients(100, size=size)
    start = np.linspace(2, 3, size).tolist()
    points = replay(
        lambda p: CautiousAdamW(p, lr=eta, betas=betas, eps=epsilon, weight_decay=lam, xi=xi),
        gradients,
        start,
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    twin = list(algorithm(start, gradients.tolist(), lam=lam, xi=xi, **letters))
    np.testing.assert_allclose(points[1:], twin, rtol=1e-11, atol=1e-14)


def test_agreeing_coordinate_takes_a_double_step():
    """With betas (1/2, 0), the second gradient (4, -1) after (4, 4): m_hat = 4 and 1, u = 1 and 1.

    The second coordinate would go uphill and does not move; the first steps twice as far. With xi =
    1, both first steps are two thirds and the second is 2 / (1 + 1).
    """
    gradients = np.array([[4.0, 4.0], [4.0, -1.0]])
    for xi, steps in ((0.0, [[1, 1], [2, 0]]), (1.0, [[2 / 3, 2 / 3], [1, 0]])):
        points = replay(
            lambda p, xi=xi: CautiousAdamW(
                p, lr=1.0, betas=(0.5, 0.0), eps=1e-15, weight_decay=0.0, xi=xi
            ),
            gradients,
            [0.0, 0.0],
        )
        np.testing.assert_allclose(-np.diff(points, axis=0), steps, rtol=1e-12)


def test_only_weight_decay_acts_if_no_sign_agrees():
    gradients = np.array([[4.0, 4.0], [-1.0, -1.0]])
    points = replay(
        lambda p: CautiousAdamW(p, lr=0.5, betas=(0.9, 0.0), weight_decay=0.5), gradients
    )
    np.testing.assert_allclose(points[2], 0.75 * points[1], rtol=1e-15)


def test_coordinate_without_gradient_does_not_move_and_does_not_count():
    points = replay(
        lambda p: CautiousAdamW(p, lr=1.0, betas=(0.5, 0.0), eps=1e-15, weight_decay=0.0),
        np.array([[4.0, 4.0], [4.0, 0.0]]),
        [0.0, 0.0],
    )
    np.testing.assert_allclose(-np.diff(points, axis=0), [[1, 1], [2, 0]], rtol=1e-12)


def test_equals_adamw_while_all_signs_agree():
    gradients = np.abs(random_gradients(50))
    cautious = replay(lambda p: CautiousAdamW(p, lr=0.1), gradients)
    adamw = replay(lambda p: torch.optim.AdamW(p, lr=0.1), gradients)
    np.testing.assert_allclose(cautious, adamw, rtol=1e-12)


def test_scaling_of_agreeing_elements_is_bounded_by_a_thousand():
    u = torch.ones(5000)
    g = -torch.ones(5000)
    g[:2] = 1
    assert caution(u, g, 0.0).unique().tolist() == [0, 1000]
    g[:10] = 1
    assert caution(u, g, 0.0).unique().tolist() == [0, 500]


def test_nan_gradient_is_not_hidden():
    points = replay(CautiousAdamW, np.array([[1.0, math.nan]]))
    assert math.isnan(points[1, 1])
