import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import QHM


def qhm(theta, gradients, *, alpha, beta, nu, decay=0.0):
    """The paper's update rule for one coordinate, with decoupled weight decay."""
    g = 0.0
    for nabla in gradients:
        theta = (1 - alpha * decay) * theta
        g = beta * g + (1 - beta) * nabla
        theta = theta - alpha * ((1 - nu) * nabla + nu * g)
        yield theta


@pytest.mark.parametrize(
    ("alpha", "beta", "nu", "decay"),
    [(1e-3, 0.999, 0.7, 0.0), (0.1, 0.5, 0.2, 0.3), (0.1, 0.9, 1.0, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(alpha, beta, nu, decay):
    gradients = random_gradients(50)
    points = replay(
        lambda p: QHM(
            p, lr=alpha, momentum=beta, nu=nu, weight_decay=decay, decoupled_weight_decay=True
        ),
        gradients,
    )
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = qhm(points[0, i], coordinate, alpha=alpha, beta=beta, nu=nu, decay=decay)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_two_steps_by_hand():
    """Gradients 8 and 0, beta 1/2, nu 3/4: g = 4, 2, so the steps are 2 + 3 and 3/2."""
    points = replay(
        lambda p: QHM(p, lr=1.0, momentum=0.5, nu=0.75), np.array([[8.0], [0.0]]), start=[0.0]
    )
    assert points[:, 0].tolist() == [0, -5, -6.5]


@pytest.mark.parametrize(
    ("nu", "sgd"),
    [
        (0.0, {"lr": 0.1}),
        (1.0, {"lr": 0.01, "momentum": 0.9}),
        (0.9, {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
    ],
)
def test_special_nus_are_torchs_sgd(nu, sgd):
    """At momentum 0.9, torch's buffer, a sum, is ten times the average."""
    gradients = random_gradients(50)
    ours = replay(lambda p: QHM(p, lr=0.1, momentum=0.9, nu=nu), gradients)
    np.testing.assert_allclose(ours, replay(lambda p: torch.optim.SGD(p, **sgd), gradients), 1e-12)


def test_weight_decay_adds_to_the_gradient():
    """Decay 1/2 at 4 with no gradient is the gradient 2: of it 1/4 at once, and 3/4 of half."""
    points = replay(
        lambda p: QHM(p, lr=1.0, momentum=0.5, nu=0.75, weight_decay=0.5),
        np.zeros((1, 1)),
        start=[4.0],
    )
    assert points[1, 0] == 4 - 2 / 4 - 3 / 4
