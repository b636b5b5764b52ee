import numpy as np
import pytest
from replay import descend, random_gradients, replay

from optgallery import FUNCTIONS
from optgallery.optim import COCOB


def algorithm_2(w, gradients, *, alpha, epsilon):
    """The paper's algorithm for one coordinate, in its own order."""
    w1, L, G, reward, theta = w, epsilon, 0.0, 0.0, 0.0
    for g in gradients:
        L = max(L, abs(g))
        G += abs(g)
        reward = max(reward + (w - w1) * -g, 0.0)
        theta += -g
        beta = theta / (L * max(G + L, alpha * L))
        w = w1 + beta * (L + reward)
        yield w


@pytest.mark.parametrize(("alpha", "epsilon"), [(100.0, 1e-8), (2.0, 1e-8), (5.0, 3.0)])
def test_agrees_with_the_paper_line_by_line(alpha, epsilon):
    gradients = random_gradients(50)
    points = replay(lambda p: COCOB(p, alpha=alpha, eps=epsilon), gradients)
    for i in range(2):
        twin = algorithm_2(points[0, i], gradients[:, i].tolist(), alpha=alpha, epsilon=epsilon)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_first_bets():
    """Gradients of 1, 1, -1 with alpha = 2 and an initial wealth of 1, from 0.

    Bet 1: G + L = alpha L = 2, so -1/2. It wins 1/2; bet 2: theta = -2, G + L = 3, wealth 3/2, so
    -2/3 * 3/2 = -1. It loses 1, which leaves no reward: theta = -1, G + L = 4, so -1/4.
    """
    gradients = np.array([[1.0], [1.0], [-1.0]])
    points = replay(lambda p: COCOB(p, alpha=2.0), gradients, start=(0.0,))
    assert points[:, 0].tolist() == [0, -0.5, -1, -0.25]


def test_a_displacement_grows_exponentially_while_gradients_agree():
    points = replay(lambda p: COCOB(p, alpha=1.0), np.ones((30, 1)), start=(0.0,))
    growth = points[11:, 0] / points[10:-1, 0]
    assert (growth > 1.8).all()
    assert (growth < 2).all()


def test_the_learning_rate_scales_each_step():
    gradients = random_gradients(40)
    one, half = (replay(lambda p, c=c: COCOB(p, lr=c, alpha=3.0), gradients) for c in (1.0, 0.5))
    np.testing.assert_allclose(2 * np.diff(half, axis=0), np.diff(one, axis=0), atol=1e-12)


def test_the_path_is_invariant_to_the_scale_of_the_function():
    formula = FUNCTIONS["himmelblau"].formula
    one = descend(COCOB, formula, (2.0, 1.7), 100)
    four = descend(COCOB, lambda x, y: 4 * formula(x, y), (2.0, 1.7), 100)
    np.testing.assert_allclose(one, four, rtol=1e-9)


def test_the_first_step_is_a_hundredth_along_each_coordinate():
    points = replay(COCOB, np.array([[1e-3, -50.0]]))
    np.testing.assert_allclose(points[1] - points[0], [-0.01, 0.01], rtol=1e-12)


def test_a_gradient_of_zero_changes_nothing():
    points = replay(COCOB, np.zeros((3, 2)))
    np.testing.assert_array_equal(points, points[[0, 0, 0, 0]])


def test_weight_decay_adds_to_the_gradient():
    """Decay 1/2 at 4 with no gradient is the gradient 2: the first step is 1/alpha, downwards."""
    points = replay(lambda p: COCOB(p, weight_decay=0.5, alpha=4.0), np.zeros((1, 1)), start=(4.0,))
    assert points[1, 0] == 4 - 0.25
