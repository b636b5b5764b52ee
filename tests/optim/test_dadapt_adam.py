import math

import numpy as np
import pytest
import torch
from replay import descend, random_gradients, replay

from optgallery import FUNCTIONS
from optgallery.optim import DAdaptAdam


def adam_with_d_adaptation(x0, gradient, *, gamma, beta1, beta2, epsilon, d0):
    """The paper's method; vectors are lists, and ``gradient`` is called at every x."""
    n = range(len(x0))
    x, m, v, s = list(x0), [0.0] * len(x0), [0.0] * len(x0), [0.0] * len(x0)
    r, d, root = 0.0, d0, math.sqrt(beta2)
    while True:
        g = gradient(x)
        A = [math.sqrt(v[i]) + epsilon for i in n]
        r = root * r + (1 - root) * d * gamma * sum(g[i] * s[i] / A[i] for i in n)
        m = [beta1 * m[i] + (1 - beta1) * d * gamma * g[i] for i in n]
        v = [beta2 * v[i] + (1 - beta2) * g[i] ** 2 for i in n]
        s = [root * s[i] + (1 - root) * d * gamma * g[i] for i in n]
        d = max(d, r / ((1 - root) * sum(abs(s[i]) for i in n)))
        x = [x[i] - m[i] / (math.sqrt(v[i]) + epsilon) for i in n]
        yield x


def rosenbrock_gradient(x):
    a, b = x
    return [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)]


@pytest.mark.parametrize(
    ("gamma", "betas", "epsilon", "d0"),
    [(1.0, (0.9, 0.999), 1e-8, 1e-6), (0.5, (0.5, 0.9), 1e-2, 1e-3)],
)
def test_agrees_with_the_method_line_by_line(gamma, betas, epsilon, d0):
    points = descend(
        lambda p: DAdaptAdam(p, lr=gamma, betas=betas, eps=epsilon, d0=d0),
        FUNCTIONS["rosenbrock"].formula,
        (2.0, 1.7),
        40,
    )
    letters = {"gamma": gamma, "beta1": betas[0], "beta2": betas[1], "d0": d0}
    twin = adam_with_d_adaptation([2.0, 1.7], rosenbrock_gradient, epsilon=epsilon, **letters)
    expected = [next(twin) for _ in range(40)]
    np.testing.assert_allclose(points[1:], expected, rtol=1e-10)


def test_first_steps():
    """Betas (0, 1/4) on the gradient 1 from 0 at d0 = 1: root = 1/2, v = 3/4, 15/16, 63/64.

    s = 1/2, 3/4, ...; r = 0, then (1/2) (1/2) / sqrt(3/4), over (1/2) (3/4) that makes d-hat 0.77;
    in the third step r = r/2 + (1/2) (3/4) / sqrt(15/16), over (1/2) (7/8) that makes d 1.215.
    """
    optimizers = []

    def build(params):
        optimizers.append(DAdaptAdam(params, betas=(0.0, 0.25), eps=1e-300, d0=1.0))
        return optimizers[0]

    points = replay(build, np.ones((3, 1)), start=(0.0,))
    steps = -np.diff(points[:, 0])
    np.testing.assert_allclose(steps, 1 / np.sqrt([3 / 4, 15 / 16, 63 / 64]), rtol=1e-14)
    r = 0.25 / math.sqrt(3 / 4) / 2 + 0.375 / math.sqrt(15 / 16)
    assert optimizers[0].param_groups[0]["d"] == pytest.approx(r / (7 / 16), rel=1e-14)
    assert r / (7 / 16) > 1


def test_d_grows_on_a_slope_and_not_where_gradients_cancel():
    def d_after(gradients):
        built = []
        replay(lambda p: built.append(DAdaptAdam(p)) or built[0], gradients)
        return built[0].param_groups[0]["d"]

    alternating = np.array([[1.0, 1.0], [-1.0, -1.0]] * 50)
    assert d_after(np.ones((100, 2))) > 1e-3
    assert d_after(alternating) < 1e-5


def test_all_groups_share_one_d():
    a, b = (torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    split = DAdaptAdam([{"params": [a]}, {"params": [b]}], d0=0.1)
    joint_parameter = torch.ones(2, dtype=torch.float64, requires_grad=True)
    joint = DAdaptAdam([joint_parameter], d0=0.1)
    for g in random_gradients(30):
        a.grad, b.grad = torch.tensor([g[0]]), torch.tensor([abs(g[1])])
        joint_parameter.grad = torch.tensor([g[0], abs(g[1])])
        split.step()
        joint.step()
    np.testing.assert_allclose([a.item(), b.item()], joint_parameter.tolist(), rtol=1e-12)
    split.add_param_group({"params": [torch.ones(1, requires_grad=True)]})
    assert split.param_groups[2]["d"] == split.param_groups[0]["d"] > 0.1


def test_gradients_of_zero_change_nothing():
    points = replay(DAdaptAdam, np.zeros((3, 2)))
    np.testing.assert_array_equal(points, points[[0, 0, 0, 0]])
