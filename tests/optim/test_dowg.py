import math

import numpy as np
import pytest
import torch
from replay import descend, random_gradients, replay

from optgallery import FUNCTIONS
from optgallery.optim import DoG, DoWG


def equation_dowg(x0, gradients, *, c, r, epsilon):
    """The paper's rule for vectors that are lists."""
    x, v = x0, 0.0
    for g in gradients:
        r = max(r, math.hypot(*[a - b for a, b in zip(x, x0, strict=True)]))
        v += r**2 * sum(gi * gi for gi in g)
        eta = c * r**2 / (math.sqrt(v) + epsilon)
        x = [xi - eta * gi for xi, gi in zip(x, g, strict=True)]
        yield x


@pytest.mark.parametrize(("c", "r", "epsilon"), [(1.0, 1e-2, 1e-4), (0.5, 0.3, 1.0)])
def test_agrees_with_the_paper_line_by_line(c, r, epsilon):
    gradients = random_gradients(50)
    points = replay(lambda p: DoWG(p, lr=c, r_eps=r, eps=epsilon), gradients)
    twin = equation_dowg(points[0].tolist(), gradients.tolist(), c=c, r=r, epsilon=epsilon)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12)


def test_first_steps():
    """Along a gradient of length 1, from the estimate 2: v is 4, and the step 4 / 2 = 2.

    The distance is then 2, v is 8, and the step 4 / sqrt(8). Then it is d = 2 + sqrt(2), and the
    third step d^2 / sqrt(8 + d^2).
    """
    points = replay(lambda p: DoWG(p, r_eps=2.0, eps=1e-300), np.array([[0.6, 0.8]] * 3))
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    d = 2 + math.sqrt(2)
    np.testing.assert_allclose(lengths, [2, math.sqrt(2), d**2 / math.sqrt(8 + d**2)], rtol=1e-14)


def test_first_step_is_as_long_as_the_first_estimate_whatever_the_gradient():
    for size in (1e-3, 1.0, 1e3):
        points = replay(lambda p: DoWG(p, r_eps=0.25, eps=1e-300), size * np.array([[0.6, 0.8]]))
        assert np.linalg.norm(points[1] - points[0]) == pytest.approx(0.25, rel=1e-12)


def test_while_the_distance_does_not_grow_it_takes_the_steps_of_dog():
    """With one distance for all steps, r^2 / sqrt(r^2 G) is r / sqrt(G)."""
    gradients = random_gradients(20) * np.array([1, -1] * 10)[:, None]
    ours = replay(lambda p: DoWG(p, r_eps=50.0, eps=1e-300), gradients, start=(0.0, 0.0))
    dogs = replay(lambda p: DoG(p, reps_rel=50.0, eps=1e-300), gradients, start=(0.0, 0.0))
    assert np.linalg.norm(dogs, axis=1).max() > 50  # then the distance has grown ...
    within = np.linalg.norm(dogs, axis=1) <= 50
    shared = int(within.argmin()) if not within.all() else len(within)
    np.testing.assert_allclose(ours[: shared + 1], dogs[: shared + 1], rtol=1e-12)


def test_norms_are_taken_over_a_group_but_not_over_several():
    """The gradient (3, 4) has length 5: in one group both step by 1/5 of it."""

    def moves(groups):
        a, b = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
        optimizer = DoWG([{"params": ps} for ps in groups(a, b)], r_eps=1.0, eps=1e-300)
        a.grad, b.grad = torch.full_like(a, 3.0), torch.full_like(b, 4.0)
        optimizer.step()
        return [a.item(), b.item()]

    assert moves(lambda a, b: [[a, b]]) == pytest.approx([-0.6, -0.8])
    assert moves(lambda a, b: [[a], [b]]) == pytest.approx([-1, -1])


def test_the_path_is_invariant_to_the_scale_of_the_function():
    """Doubling f doubles every gradient, and also the root of their weighted sum."""
    formula = FUNCTIONS["himmelblau"].formula
    one = descend(lambda p: DoWG(p, eps=1e-300), formula, (2.0, 1.7), 60)
    two = descend(lambda p: DoWG(p, eps=1e-300), lambda x, y: 2 * formula(x, y), (2.0, 1.7), 60)
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_a_gradient_of_zero_changes_nothing():
    points = replay(DoWG, np.zeros((3, 2)))
    np.testing.assert_array_equal(points, points[[0, 0, 0, 0]])


def test_weight_decay_adds_to_the_gradient():
    """Decay 1/2 at 4 with no gradient is the gradient 2: the first step is 0.5, downwards."""
    points = replay(
        lambda p: DoWG(p, weight_decay=0.5, r_eps=0.5, eps=1e-300), np.zeros((1, 1)), start=(4.0,)
    )
    assert points[1, 0] == pytest.approx(3.5, rel=1e-12)
