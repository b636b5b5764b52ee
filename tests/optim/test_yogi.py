import math

import numpy as np
import pytest
from replay import random_gradients, replay

import optgallery as og
from optgallery.optim import Yogi


def algorithm_2(x, gradients, *, eta, beta1, beta2, epsilon, initial):
    """The paper's algorithm for one coordinate, with bias correction."""
    m, v = initial, initial
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        sign = (v > g * g) - (v < g * g)
        v = v - (1 - beta2) * sign * g * g
        x = x - eta * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
        yield x


@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "initial"),
    [(1e-2, (0.9, 0.999), 1e-3, 1e-6), (0.1, (0.5, 0.9), 0.1, 0.5), (0.1, (0.0, 0.0), 0.5, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(eta, betas, epsilon, initial):
    gradients = random_gradients(50)
    points = replay(
        lambda p: Yogi(p, lr=eta, betas=betas, eps=epsilon, initial_accumulator=initial),
        gradients,
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1]}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = algorithm_2(points[0, i], coordinate, epsilon=epsilon, initial=initial, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_a_small_gradient_decreases_the_second_moment_only_slightly():
    """From v = 4 with beta2 = 1/2: g = 1 subtracts 1/2, whereas Adam's average would be 5/2."""
    p = []
    replay(
        lambda params: p.append(Yogi(params, betas=(0.9, 0.5), initial_accumulator=4.0)) or p[0],
        np.ones((1, 2)),
    )
    (state,) = p[0].state.values()
    assert state["exp_avg_sq"].tolist() == [3.5, 3.5]


def test_a_run_from_the_minimum_moves_by_millionths():
    """m_1 / (1 - beta1) = 9e-6 over sqrt(1e-6 / 1e-3) + 1e-3 makes a first step of 2.8e-6."""
    points = og.run("yogi", "sphere", start=(0.0, 0.0), steps=1).points
    expected = -0.01 * 9e-6 / (math.sqrt(1e-3) + 1e-3)
    np.testing.assert_allclose(points[1], [expected, expected], rtol=1e-9)
