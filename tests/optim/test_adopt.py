import math

import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import ADOPT


def algorithm_2(theta, gradients, *, alpha, beta1, beta2, epsilon, lam, clip):
    """The paper's algorithm for one coordinate, with decoupled weight decay."""
    m, v = 0.0, gradients[0] ** 2
    yield theta
    for t, g in enumerate(gradients[1:], start=1):
        c = t**0.25 if clip else math.inf
        m = beta1 * m + (1 - beta1) * max(-c, min(c, g / max(math.sqrt(v), epsilon)))
        theta = theta - alpha * (m + lam * theta)
        v = beta2 * v + (1 - beta2) * g * g
        yield theta


@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize(
    ("alpha", "betas", "epsilon", "lam"),
    [(1e-3, (0.9, 0.9999), 1e-6, 0.0), (0.1, (0.5, 0.8), 0.3, 0.5), (0.1, (0.0, 0.0), 1e-6, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(alpha, betas, epsilon, lam, clip):
    gradients = random_gradients(50)
    points = replay(
        lambda p: ADOPT(p, lr=alpha, betas=betas, eps=epsilon, weight_decay=lam, clip=clip),
        gradients,
    )
    letters = {"alpha": alpha, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    for i in range(2):
        twin = algorithm_2(points[0, i], gradients[:, i].tolist(), lam=lam, clip=clip, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_first_gradient_only_initializes():
    """The first step changes nothing; then each gradient is divided by the one before it.

    With betas (0, 0), the gradients 4, 2, -1 give the steps 0, 2/4, -1/2.
    """
    points = replay(
        lambda p: ADOPT(p, lr=1.0, betas=(0.0, 0.0)), np.array([[4.0], [2.0], [-1.0]]), [0.0]
    )
    assert points[:, 0].tolist() == [0, 0, -0.5, 0]
    decayed = replay(lambda p: ADOPT(p, lr=0.5, weight_decay=0.5), np.zeros((3, 1)), [16.0])
    assert decayed[:, 0].tolist() == [16, 16, 12, 9]


def test_quotients_are_clipped_at_the_fourth_root_of_the_time():
    """A first gradient of 0 leaves eps below 1; then v is 1, so that 100 / 1 is clipped too."""
    gradients = np.array([[0.0], [1.0], [100.0]])
    clipped, free = (
        replay(lambda p, clip=clip: ADOPT(p, lr=1.0, betas=(0.0, 0.0), clip=clip), gradients, [0.0])
        for clip in (True, False)
    )
    np.testing.assert_allclose(-np.diff(clipped[:, 0]), [0, 1, 2**0.25], rtol=1e-14)
    np.testing.assert_allclose(-np.diff(free[:, 0]), [0, 1e6, 100], rtol=1e-9)
