import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import Lion


def algorithm_2(theta, gradients, *, eta, beta1, beta2, lam):
    """The paper's algorithm for one coordinate."""
    m = 0.0
    for g in gradients:
        c = beta1 * m + (1 - beta1) * g
        theta = theta - eta * (((c > 0) - (c < 0)) + lam * theta)
        m = beta2 * m + (1 - beta2) * g
        yield theta


@pytest.mark.parametrize(
    ("eta", "betas", "lam"), [(1e-4, (0.9, 0.99), 0.0), (0.1, (0.5, 0.2), 0.3), (0.1, (0, 0), 0.0)]
)
def test_agrees_with_the_paper_line_by_line(eta, betas, lam):
    gradients = random_gradients(50)
    points = replay(lambda p: Lion(p, lr=eta, betas=betas, weight_decay=lam), gradients)
    for i in range(2):
        twin = algorithm_2(
            points[0, i], gradients[:, i].tolist(), eta=eta, beta1=betas[0], beta2=betas[1], lam=lam
        )
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_direction_follows_the_gradient_before_the_stored_average_does():
    """After g = 8 with betas (1/2, 3/4), m = 2; then g = -4 makes c = -1 but m = 1/2.

    So the second step goes back, and with a third gradient of 0, m leads forward again.
    """
    points = replay(
        lambda p: Lion(p, lr=1.0, betas=(0.5, 0.75)), np.array([[8.0], [-4.0], [0.0]]), [0]
    )
    assert points[:, 0].tolist() == [0, -1, 0, -1]


def test_every_coordinate_moves_equally_far_or_not_at_all():
    points = replay(lambda p: Lion(p, lr=0.25), np.array([[1e-9, 0.0]]), [0.0, 0.0])
    assert points[1].tolist() == [-0.25, 0.0]


def test_weight_decay_shrinks_by_lr_times_its_factor():
    points = replay(lambda p: Lion(p, lr=0.5, weight_decay=0.5), np.zeros((2, 1)), [16.0])
    assert points[:, 0].tolist() == [16, 12, 9]
