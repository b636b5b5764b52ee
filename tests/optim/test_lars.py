import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

import optgallery as og
from optgallery.optim import LARS


def algorithm_1(w, gradients, *, gamma, m, beta, eta):
    """The paper's algorithm for one layer; vectors are lists."""
    v = [0.0] * len(w)
    for g in gradients:
        lam = eta * math.hypot(*w) / (math.hypot(*g) + beta * math.hypot(*w))
        v = [m * v[i] + gamma * lam * (g[i] + beta * w[i]) for i in range(len(w))]
        w = [w[i] - v[i] for i in range(len(w))]
        yield w


@pytest.mark.parametrize(
    ("gamma", "m", "beta", "eta"),
    [(1.0, 0.9, 0.0, 1e-3), (0.1, 0.5, 0.3, 0.5), (0.01, 0.0, 5e-4, 1.0)],
)
def test_agrees_with_the_paper_line_by_line(gamma, m, beta, eta):
    gradients = random_gradients(50)
    points = replay(
        lambda p: LARS(p, lr=gamma, momentum=m, weight_decay=beta, trust_coefficient=eta),
        gradients,
    )
    twin = algorithm_1(points[0].tolist(), gradients.tolist(), gamma=gamma, m=m, beta=beta, eta=eta)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12)


def test_the_first_step_by_hand():
    """From (3, 4) with g = (0, 20) and decay 1: lambda = 5 / (20 + 5), the step (3, 24) / 5."""
    points = replay(
        lambda p: LARS(p, lr=1.0, weight_decay=1.0, trust_coefficient=1.0),
        np.array([[0.0, 20.0]]),
        start=[3.0, 4.0],
    )
    np.testing.assert_allclose(points[0] - points[1], [0.6, 4.8], rtol=1e-14)


def test_velocity_keeps_the_learning_rate_of_its_gradients():
    """From (3, 4): v = (1/2, 0); then without gradient and at a tenth of the rate, half of it."""
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    optimizer = LARS([w], lr=0.1, momentum=0.5, trust_coefficient=1.0)
    for lr, g in ((0.1, [7.0, 0.0]), (0.01, [0.0, 0.0])):
        optimizer.param_groups[0]["lr"] = lr
        w.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
    assert w.tolist() == [3 - 0.5 - 0.25, 4]


def test_the_norm_is_that_of_each_parameter():
    params = [torch.full((1,), size, dtype=torch.float64, requires_grad=True) for size in (1, 100)]
    for p in params:
        p.grad = torch.ones_like(p)
    LARS(params, lr=0.1, trust_coefficient=1.0).step()
    assert [p.item() for p in params] == pytest.approx([0.9, 90], rel=1e-14)


@pytest.mark.parametrize(("start", "gradient"), [([0.0, 0.0], [2.0, 3.0]), ([2.0, 3.0], [0, 0])])
def test_norm_of_0_gives_gradient_descent(start, gradient):
    points = replay(lambda p: LARS(p, lr=0.1), np.array([gradient], dtype=float), start=start)
    np.testing.assert_allclose(points[0] - points[1], 0.1 * np.array(gradient), rtol=1e-14)


def test_the_papers_trust_coefficient_needs_larger_rates():
    """With the paper's 0.001, a run at lr 0.1 hardly moves: the gallery would show a dot."""
    entry, paper = (
        og.run("lars", "sphere", lr=0.1, trust_coefficient=trust) for trust in (1.0, 1e-3)
    )
    distance = [np.linalg.norm(t.points[-1] - t.points[0]) for t in (entry, paper)]
    assert distance[1] < 0.2 * np.linalg.norm(paper.points[0])
    assert distance[0] > 0.99 * np.linalg.norm(entry.points[0])
