import math

import numpy as np
import pytest
import torch
from replay import descend, random_gradients, replay

from optgallery import FUNCTIONS
from optgallery.optim import DoG


def equation_dog(x0, gradients, *, c, rho, epsilon):
    """The paper's rule for vectors that are lists."""
    norm = math.hypot(*x0)
    x, r_bar, G = x0, rho * (1 + norm), 0.0
    for g in gradients:
        r_bar = max(r_bar, math.hypot(*[a - b for a, b in zip(x, x0, strict=True)]))
        G += sum(gi * gi for gi in g)
        eta = c * r_bar / math.sqrt(G + epsilon)
        x = [xi - eta * gi for xi, gi in zip(x, g, strict=True)]
        yield x


@pytest.mark.parametrize(("c", "rho", "epsilon"), [(1.0, 1e-6, 1e-8), (0.5, 0.1, 1.0)])
def test_agrees_with_the_paper_line_by_line(c, rho, epsilon):
    gradients = random_gradients(50)
    points = replay(lambda p: DoG(p, lr=c, reps_rel=rho, eps=epsilon), gradients)
    twin = equation_dog(points[0].tolist(), gradients.tolist(), c=c, rho=rho, epsilon=epsilon)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12)


def test_first_steps():
    """From (3, 4) with rho = 1: r = 6, and along a gradient of length 1 the steps are as below.

    The first is 6 / sqrt(1), so that the distance stays 6: the second is 6 / sqrt(2); by then the
    distance is 6 + 6 / sqrt(2), and the third is that over sqrt(3).
    """
    points = replay(
        lambda p: DoG(p, reps_rel=1.0, eps=1e-300), np.array([[0.6, 0.8]] * 3), start=(3.0, 4.0)
    )
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    expected = [6, 6 / math.sqrt(2), (6 + 6 / math.sqrt(2)) / math.sqrt(3)]
    np.testing.assert_allclose(lengths, expected, rtol=1e-14)


def test_norms_are_taken_over_a_group_but_not_over_several():
    """The gradient (3, 4) has length 5: in one group both step by rho / 5 of it."""

    def moves(groups):
        a, b = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
        optimizer = DoG([{"params": ps} for ps in groups(a, b)], reps_rel=1.0, eps=1e-300)
        a.grad, b.grad = torch.full_like(a, 3.0), torch.full_like(b, 4.0)
        optimizer.step()
        return [a.item(), b.item()]

    assert moves(lambda a, b: [[a, b]]) == pytest.approx([-0.6, -0.8])
    assert moves(lambda a, b: [[a], [b]]) == pytest.approx([-1, -1])


def test_the_path_is_invariant_to_the_scale_of_the_function():
    """Doubling f doubles every gradient, and also the root of the sum of their squares."""
    formula = FUNCTIONS["himmelblau"].formula
    one = descend(lambda p: DoG(p, eps=1e-300), formula, (2.0, 1.7), 100)
    two = descend(lambda p: DoG(p, eps=1e-300), lambda x, y: 2 * formula(x, y), (2.0, 1.7), 100)
    np.testing.assert_allclose(one, two, rtol=1e-12)


def test_a_gradient_of_zero_changes_nothing():
    points = replay(DoG, np.zeros((3, 2)))
    np.testing.assert_array_equal(points, points[[0, 0, 0, 0]])


def test_weight_decay_adds_to_the_gradient():
    """Decay 1/2 at 4 with no gradient is the gradient 2: the first step is rho * 5, downwards."""
    points = replay(
        lambda p: DoG(p, weight_decay=0.5, reps_rel=0.1, eps=1e-300), np.zeros((1, 1)), start=(4.0,)
    )
    assert points[1, 0] == pytest.approx(4 - 0.5, rel=1e-12)
