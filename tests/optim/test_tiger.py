import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import Lion, Signum, Tiger


def first_equation(theta, gradients, *, eta, beta, lam):
    """The author's update for one coordinate."""
    m = 0.0
    for g in gradients:
        m = beta * m + (1 - beta) * g
        theta = theta - eta * (((m > 0) - (m < 0)) + lam * theta)
        yield theta


@pytest.mark.parametrize(
    ("eta", "beta", "lam"), [(1e-3, 0.965, 0.01), (0.1, 0.5, 0.3), (0.1, 0, 0)]
)
def test_agrees_with_the_author_line_by_line(eta, beta, lam):
    gradients = random_gradients(50)
    points = replay(lambda p: Tiger(p, lr=eta, beta=beta, weight_decay=lam), gradients)
    for i in range(2):
        twin = first_equation(points[0, i], gradients[:, i].tolist(), eta=eta, beta=beta, lam=lam)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_direction_changes_with_the_average():
    """With beta = 1/2, the gradients 4, -1, -1 make m = 2, 1/2, -1/4."""
    points = replay(
        lambda p: Tiger(p, lr=1.0, beta=0.5, weight_decay=0), np.array([[4.0], [-1.0], [-1.0]]), [0]
    )
    assert points[:, 0].tolist() == [0, -1, -2, -1]


def test_is_lion_with_equal_betas_and_signum_with_its_defaults():
    gradients = random_gradients(50)
    tiger = replay(lambda p: Tiger(p, lr=0.1), gradients)
    lion = replay(lambda p: Lion(p, lr=0.1, betas=(0.965, 0.965), weight_decay=0.01), gradients)
    signum = replay(lambda p: Signum(p, lr=0.1, momentum=0.965, weight_decay=0.01), gradients)
    np.testing.assert_allclose(tiger, lion, rtol=1e-14)
    assert np.array_equal(tiger, signum)


def test_leaves_the_origin():
    """A learning rate proportional to the parameter could not."""
    points = replay(lambda p: Tiger(p, lr=0.5), np.ones((1, 2)), [0.0, 0.0])
    assert points[1].tolist() == [-0.5, -0.5]
