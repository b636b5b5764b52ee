import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import AggMo


def equation_3(theta, gradients, *, gamma, betas):
    """The paper's update for one coordinate."""
    K = len(betas)
    v = [0.0] * K
    for g in gradients:
        v = [betas[i] * v[i] - g for i in range(K)]
        theta = theta + gamma / K * sum(v)
        yield theta


@pytest.mark.parametrize(
    ("gamma", "betas"), [(1e-3, (0.0, 0.9, 0.99)), (0.1, (0.5, 0.2)), (0.1, (0.7,))]
)
def test_agrees_with_the_paper_line_by_line(gamma, betas):
    gradients = random_gradients(50)
    points = replay(lambda p: AggMo(p, lr=gamma, betas=betas), gradients)
    for i in range(2):
        twin = equation_3(points[0, i], gradients[:, i].tolist(), gamma=gamma, betas=betas)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_two_steps_by_hand():
    """Gradients 4 and 0 with betas 0 and 1/2: the velocities are (4, 4), then (0, 2)."""
    points = replay(
        lambda p: AggMo(p, lr=0.5, betas=[0.0, 0.5]), np.array([[4.0], [0.0]]), start=[0.0]
    )
    assert points[:, 0].tolist() == [0, -2, -2.5]


def test_one_velocity_is_torchs_momentum():
    gradients = random_gradients(50)
    ours = replay(lambda p: AggMo(p, lr=0.01, betas=(0.9,)), gradients)
    theirs = replay(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9), gradients)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("betas", [(), [], "0.9", None])
def test_at_least_one_beta_is_needed(betas):
    with pytest.raises(ValueError, match=r"^betas must be one or more numbers, got "):
        AggMo([torch.ones(2, requires_grad=True)], betas=betas)


def test_damped_velocities_limit_oscillation():
    """On x^2 from 1: momentum 0.99 alone still oscillates by more than 0.1 after 200 steps."""

    def swing(**hparams):
        x = torch.ones(1, dtype=torch.float64, requires_grad=True)
        optimizer = AggMo([x], **hparams)
        path = []
        for _ in range(300):
            x.grad = 2 * x.detach()
            optimizer.step()
            path.append(abs(x.item()))
        return max(path[200:])

    assert swing(lr=0.1, betas=(0.99,)) > 0.1
    assert swing(lr=0.1, betas=(0.0, 0.9, 0.99)) < 1e-5
