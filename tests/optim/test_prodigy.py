import math

import numpy as np
import pytest
import torch
from replay import descend, random_gradients, replay

from optgallery import FUNCTIONS
from optgallery.optim import Prodigy


def algorithm_4(x0, gradient, *, gamma, beta1, beta2, epsilon, d0, c=1.0):
    """The paper's algorithm; vectors are lists, and ``gradient`` is called at every x."""
    n = range(len(x0))
    x, m, v, s = list(x0), [0.0] * len(x0), [0.0] * len(x0), [0.0] * len(x0)
    r, d, root = 0.0, d0, math.sqrt(beta2)
    while True:
        g = gradient(x)
        m = [beta1 * m[i] + (1 - beta1) * d * g[i] for i in n]
        v = [beta2 * v[i] + (1 - beta2) * (d * g[i]) ** 2 for i in n]
        inner = sum(g[i] * (x0[i] - x[i]) for i in n)
        r = root * r + (1 - root) * gamma * d**2 * inner
        s = [root * s[i] + (1 - root) * gamma * d**2 * g[i] for i in n]
        d_next = max(d, c * r / sum(abs(s[i]) for i in n))
        x = [x[i] - gamma * d * m[i] / (math.sqrt(v[i]) + d_next * epsilon) for i in n]
        d = d_next
        yield x


def rosenbrock_gradient(x):
    a, b = x
    return [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)]


@pytest.mark.parametrize(
    ("gamma", "betas", "epsilon", "d0", "c"),
    [(1.0, (0.9, 0.999), 1e-8, 1e-6, 1.0), (0.5, (0.5, 0.9), 1e-2, 1e-3, 0.7)],
)
def test_agrees_with_the_paper_line_by_line(gamma, betas, epsilon, d0, c):
    points = descend(
        lambda p: Prodigy(p, lr=gamma, betas=betas, eps=epsilon, d0=d0, d_coef=c),
        FUNCTIONS["rosenbrock"].formula,
        (2.0, 1.7),
        40,
    )
    letters = {"gamma": gamma, "beta1": betas[0], "beta2": betas[1], "d0": d0, "c": c}
    twin = algorithm_4([2.0, 1.7], rosenbrock_gradient, epsilon=epsilon, **letters)
    expected = [next(twin) for _ in range(40)]
    np.testing.assert_allclose(points[1:], expected, rtol=1e-10)


def test_first_steps():
    """With betas (0, 0) the step is d times the sign, and d-hat is <g, x0 - x> / |g|.

    On the gradient (3, 4) from the origin at d0 = 1: x = (-1, -1), so that <g, x0 - x> = 7 over the
    norm 7 leaves d at 1; then x = (-2, -2), and 14 / 7 makes d 2 in the third step, which is still
    taken with the old one; the fourth is twice as long.
    """
    optimizers = []

    def build(params):
        optimizers.append(Prodigy(params, betas=(0.0, 0.0), eps=1e-300, d0=1.0))
        return optimizers[0]

    points = replay(build, np.array([[3.0, 4.0]] * 4), start=(0.0, 0.0))
    np.testing.assert_allclose(points[:, 0], [0, -1, -2, -3, -5], rtol=1e-14)
    assert optimizers[0].param_groups[0]["d"] == pytest.approx(3)


def test_on_a_convex_function_d_never_exceeds_the_distance_to_the_minimum():
    for start in [(2.0, 1.7), (5.0, 0.1), (-0.3, 0.2)]:
        p = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = Prodigy([p])
        for _ in range(400):
            optimizer.zero_grad()
            p.square().sum().backward()
            optimizer.step()
            assert optimizer.param_groups[0]["d"] <= max(map(abs, start))
        assert optimizer.param_groups[0]["d"] > 0.1 * max(map(abs, start))


def test_all_groups_share_one_d():
    a, b = (torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    split = Prodigy([{"params": [a]}, {"params": [b]}], d0=0.1)
    joint_parameter = torch.ones(2, dtype=torch.float64, requires_grad=True)
    joint = Prodigy([joint_parameter], d0=0.1)
    for g in random_gradients(30):
        a.grad, b.grad = torch.tensor([g[0]]), torch.tensor([abs(g[1])])
        joint_parameter.grad = torch.tensor([g[0], abs(g[1])])
        split.step()
        joint.step()
    np.testing.assert_allclose([a.item(), b.item()], joint_parameter.tolist(), rtol=1e-12)
    assert len({group["d"] for group in (*split.param_groups, *joint.param_groups)}) <= 2
    split.add_param_group({"params": [torch.ones(1, requires_grad=True)]})
    assert split.param_groups[2]["d"] == split.param_groups[0]["d"] > 0.1


def test_gradients_of_zero_change_nothing():
    points = replay(lambda p: Prodigy(p, weight_decay=0.1), np.zeros((3, 2)))
    np.testing.assert_array_equal(points, points[[0, 0, 0, 0]])
