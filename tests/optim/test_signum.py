import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import Signum


def algorithm_2(x, gradients, *, delta, beta, lam):
    """The paper's algorithm for one coordinate, with the weight decay of the later paper."""
    m = 0.0
    for g in gradients:
        m = beta * m + (1 - beta) * g
        x = x - delta * (((m > 0) - (m < 0)) + lam * x)
        yield x


@pytest.mark.parametrize(("delta", "beta", "lam"), [(1e-4, 0.9, 0), (0.1, 0.5, 0.3), (0.1, 0, 0)])
def test_agrees_with_the_paper_line_by_line(delta, beta, lam):
    gradients = random_gradients(50)
    points = replay(lambda p: Signum(p, lr=delta, momentum=beta, weight_decay=lam), gradients)
    for i in range(2):
        twin = algorithm_2(points[0, i], gradients[:, i].tolist(), delta=delta, beta=beta, lam=lam)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_momentum_outweighs_a_single_gradient():
    """With beta = 1/2, the gradients 4, -1, -1 make m = 2, 1/2, -1/4."""
    gradients = np.array([[4.0], [-1.0], [-1.0]])
    points = replay(lambda p: Signum(p, lr=1.0, momentum=0.5), gradients, [0.0])
    assert points[:, 0].tolist() == [0, -1, -2, -1]


def test_without_momentum_it_is_signsgd():
    gradients = random_gradients(20)
    points = replay(lambda p: Signum(p, lr=0.5, momentum=0.0), gradients, [0.0, 0.0])
    assert np.array_equal(np.diff(points, axis=0), -0.5 * np.sign(gradients))


def test_coordinate_without_gradient_does_not_move():
    points = replay(lambda p: Signum(p, lr=0.5), np.array([[1.0, 0.0]]), [3.0, 3.0])
    assert points[1].tolist() == [2.5, 3.0]


def test_weight_decay_shrinks_by_lr_times_its_factor():
    points = replay(lambda p: Signum(p, lr=0.5, weight_decay=0.5), np.zeros((2, 1)), [16.0])
    assert points[:, 0].tolist() == [16, 12, 9]
