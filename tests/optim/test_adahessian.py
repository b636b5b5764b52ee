import math
import warnings

import numpy as np
import pytest
import torch
from replay import random_gradients, random_hessians, replay

import optgallery as og
from optgallery.optim import AdaHessian


def algorithm_1(theta, gradients, hessians, signs, *, eta, beta1, beta2, k, epsilon):
    """The paper's algorithm for a vector without convolution kernels; vectors are lists."""
    n = len(theta)
    m, v = [0.0] * n, [0.0] * n
    for t, (g, H, z) in enumerate(zip(gradients, hessians, signs, strict=True), start=1):
        D = [z[i] * sum(H[i][j] * z[j] for j in range(n)) for i in range(n)]
        m = [beta1 * m[i] + (1 - beta1) * g[i] for i in range(n)]
        v = [beta2 * v[i] + (1 - beta2) * D[i] ** 2 for i in range(n)]
        m_hat = [m[i] / (1 - beta1**t) for i in range(n)]
        root = [math.sqrt(v[i] / (1 - beta2**t)) ** k for i in range(n)]
        theta = [theta[i] - eta * m_hat[i] / (root[i] + epsilon) for i in range(n)]
        yield theta


@pytest.mark.parametrize(
    ("eta", "betas", "k", "epsilon"),
    [(0.15, (0.9, 0.999), 1.0, 1e-4), (0.1, (0.5, 0.9), 0.5, 1e-2), (1.0, (0.0, 0.0), 0.0, 0.5)],
)
def test_agrees_with_the_paper_line_by_line(eta, betas, k, epsilon):
    gradients, hessians = random_gradients(50, size=3), random_hessians(50, size=3)
    generator = torch.Generator().manual_seed(7)
    signs = [(2 * torch.randint(0, 2, (3,), generator=generator) - 1).tolist() for _ in range(50)]
    points = replay(
        lambda p: AdaHessian(p, lr=eta, betas=betas, hessian_power=k, eps=epsilon, seed=7),
        gradients,
        (2.0, 1.7, -1.0),
        hessians,
    )
    theta = list(points[0])
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "k": k, "epsilon": epsilon}
    twin = algorithm_1(theta, gradients.tolist(), hessians.tolist(), signs, **letters)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12)


def test_estimate_of_a_diagonal_hessian_is_exact():
    """On 3x^2 + 50y^2 the estimate is exact: the first step is lr * g / (h + eps)."""
    points = og.run("adahessian", (bowl, DOMAIN), steps=1, lr=0.5).points
    x, y = points[0]
    expected = [x - 0.5 * 6 * x / (6 + 1e-4), y - 0.5 * 100 * y / (100 + 1e-4)]
    np.testing.assert_allclose(points[1], expected, rtol=1e-14)


def test_a_closure_with_backward_over_tensors_of_several_groups():
    """For several tensors, as in a network: z * (Hz) with the Hessian of all of them."""
    torch.manual_seed(0)
    shapes = [(3,), (2, 3)]
    tensors = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    H = torch.autograd.functional.hessian(net, torch.cat([p.detach().reshape(-1) for p in tensors]))
    generator = torch.Generator().manual_seed(3)
    z = torch.cat([2.0 * torch.randint(0, 2, (n,), generator=generator) - 1 for n in (3, 6)])
    optimizer = AdaHessian([{"params": [p]} for p in tensors], betas=(0.0, 0.0), seed=3)

    def closure():
        optimizer.zero_grad()
        loss = net(torch.cat([p.reshape(-1) for p in tensors]))
        with warnings.catch_warnings():
            # torch warns of the cycle of a tensor and its gradient; zero_grad() below breaks it
            warnings.filterwarnings("ignore", "Using backward.. with create_graph", UserWarning)
            loss.backward(create_graph=True)
        return loss

    assert optimizer.step(closure) > net(torch.cat([p.reshape(-1) for p in tensors]))
    optimizer.zero_grad()
    squares = [optimizer.state[p]["exp_hessian_diag_sq"].reshape(-1) for p in tensors]
    torch.testing.assert_close(torch.cat(squares), (z * (H @ z.double())) ** 2)


def test_a_linear_function_takes_curvature_0():
    """Zero curvature gives steps of lr / eps; run(), which keeps the graph, does not warn."""
    points = og.run("adahessian", (slope, DOMAIN), steps=1, lr=0.1, eps=0.5).points
    assert points[1] == pytest.approx(points[0] - 0.2 * np.array([1.0, 2.0]))


def test_coordinate_without_curvature_does_not_affect_the_other():
    def half_linear(x, y):
        return 3 * x**2 + y

    points = og.run("adahessian", (half_linear, DOMAIN), steps=1, lr=0.5, eps=0.25).points
    assert points[0] - points[1] == pytest.approx([0.5 * 6 / 6.25, 0.5 / 0.25])


def test_kernels_average_magnitudes_and_matrices_do_not():
    kernel = torch.linspace(-1, 2, 8, dtype=torch.float64).reshape(1, 2, 2, 2).requires_grad_()
    matrix = torch.linspace(1, 2, 4, dtype=torch.float64).reshape(2, 2).requires_grad_()
    optimizer = AdaHessian([kernel, matrix], betas=(0.0, 0.0))
    loss = (kernel**3).sum() + (matrix**3).sum()
    kernel.grad, matrix.grad = torch.autograd.grad(loss, [kernel, matrix], create_graph=True)
    diagonal = (6 * kernel).detach(), (6 * matrix).detach()
    optimizer.step()
    averaged = diagonal[0].abs().mean(dim=(2, 3), keepdim=True).expand_as(kernel)
    assert torch.allclose(optimizer.state[kernel]["exp_hessian_diag_sq"], averaged**2)
    assert torch.allclose(optimizer.state[matrix]["exp_hessian_diag_sq"], diagonal[1] ** 2)


def test_averaging_can_be_switched_off_for_a_group():
    kernel = torch.linspace(1, 2, 8, dtype=torch.float64).reshape(1, 2, 2, 2).requires_grad_()
    optimizer = AdaHessian([{"params": [kernel], "spatial_averaging": False}], betas=(0.0, 0.0))
    (kernel.grad,) = torch.autograd.grad((kernel**3).sum(), [kernel], create_graph=True)
    diagonal = (6 * kernel).detach()
    optimizer.step()
    assert torch.allclose(optimizer.state[kernel]["exp_hessian_diag_sq"], diagonal**2)


def test_hessian_power_0_is_sgd_with_momentum():
    points = og.run("adahessian", (bowl, DOMAIN), steps=1, lr=0.01, hessian_power=0).points
    np.testing.assert_allclose(points[0] - points[1], 0.01 * points[0] * [6, 100] / (1 + 1e-4))


def bowl(x, y):
    return 3 * x**2 + 50 * y**2


def net(weights):
    a, b = weights[:3], weights[3:].reshape(2, 3)
    return torch.tanh(b @ torch.sin(a)).square().sum()


def slope(x, y):
    return x + 2 * y


DOMAIN = {"x0": 1.0, "y0": 1.0, "xmin": -2.0, "xmax": 2.0, "ymin": -2.0, "ymax": 2.0}
