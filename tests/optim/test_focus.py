import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import FOCUS


def sign(a):
    return int(a > 0) - int(a < 0)


def update(theta, gradients, *, eta, beta1, beta2, lam, gamma):
    """The update for one coordinate, the average written as a weighted mean of all points."""
    m, points = 0.0, []
    for g in gradients:
        m = beta1 * m + (1 - beta1) * g
        points.append(theta)
        weights = [beta2**k for k in range(len(points))]
        terms = (w * (p - theta) for w, p in zip(weights, reversed(points), strict=True))
        behind = sum(terms) / sum(weights)  # the mean minus theta, exactly 0 in the first step
        theta = theta - eta * (sign(m) + gamma * sign(-behind) + lam * (theta + behind))
        yield theta


@pytest.mark.parametrize(
    ("eta", "betas", "lam", "gamma"),
    [
        (0.01, (0.9, 0.999), 0.0, 0.1),
        (0.1, (0.5, 0.2), 0.3, 0.5),
        (0.1, (0.0, 0.9), 0.0, 1.5),
    ],
)
def test_agrees_with_the_update_line_by_line(eta, betas, lam, gamma):
    gradients = random_gradients(50)
    points = replay(
        lambda p: FOCUS(p, lr=eta, betas=betas, weight_decay=lam, gamma=gamma), gradients
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "lam": lam, "gamma": gamma}
    for i in range(2):
        twin = update(points[0, i], gradients[:, i].tolist(), **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_steps_away_from_the_average_are_shorter_and_towards_it_longer():
    """With betas (0, 1/2) and gamma 1/4: a step of 1, one away of 3/4, one back of 5/4.

    The points 0, -1, -7/4 have the averages 0, -2/3, -9/7.
    """
    points = replay(
        lambda p: FOCUS(p, lr=1.0, betas=(0.0, 0.5), gamma=0.25),
        np.array([[3.0], [3.0], [-3.0]]),
        [0.0],
    )
    assert points[:, 0].tolist() == [0, -1, -1.75, -0.5]


@pytest.mark.parametrize("beta2", [0.9, 0.99, 0.999, 0.7])
def test_nothing_attracts_a_parameter_that_has_not_moved(beta2):
    start = np.random.default_rng(0).normal(size=100)
    points = replay(lambda p: FOCUS(p, betas=(0.9, beta2)), np.zeros((20, 100)), start)
    assert (points == start).all()


def test_weight_decay_shrinks_by_the_average():
    """The points 16, 12 have with beta2 = 1/2 the average 40/3 in the second step.

    It is below the first, so that gamma 0 leaves 12 - 1/4 * 40/3.
    """
    points = replay(
        lambda p: FOCUS(p, lr=0.5, betas=(0.9, 0.5), weight_decay=0.5, gamma=0.0),
        np.zeros((2, 1)),
        [16.0],
    )
    np.testing.assert_allclose(points[:, 0], [16, 12, 12 - 10 / 3], rtol=1e-14)
