import numpy as np
import pytest
import torch
from replay import random_gradients, replay
from scipy.linalg import polar
from test_normuon import SHAPES

import optgallery as og
from optgallery.optim import PolarGrad


def polargrad(W, gradients, *, eta, beta, lam, polar_first):
    """The update with SciPy's polar decomposition."""
    M = np.zeros_like(W)
    for G in gradients:
        if polar_first:
            U, H = polar(G)
            M = beta * M + (1 - beta) * U
            update = np.trace(H) * M
        else:
            M = beta * M + (1 - beta) * G
            U, H = polar(M)
            update = np.trace(H) * U
        W = (1 - eta * lam) * W - eta * update
        yield W


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("polar_first", [False, True])
@pytest.mark.parametrize(("eta", "beta", "lam"), [(0.02, 0.95, 0.0), (0.3, 0.5, 0.2)])
def test_agrees_with_the_paper_line_by_line(shape, polar_first, eta, beta, lam):
    size = shape[0] * shape[1]
    gradients, start = random_gradients(40, size), np.linspace(1, 2, size)
    points = replay(
        lambda p: PolarGrad(p, eta, beta, lam, polar_first=polar_first),
        gradients,
        start,
        None,
        shape,
    )
    letters = {"eta": eta, "beta": beta, "lam": lam, "polar_first": polar_first}
    twin = polargrad(start.reshape(shape), gradients.reshape(-1, *shape), **letters)
    np.testing.assert_allclose(points[1:], [W.ravel() for W in twin], rtol=1e-9, atol=1e-10)


def test_first_steps_of_a_diagonal_matrix():
    """Its singular values 3 and 1 sum to 4, so both coordinates move by 4 times (1 - beta) lr."""
    gradients = np.array([[3.0, 0.0, 0.0, -1.0]])
    points = replay(lambda p: PolarGrad(p, lr=0.5), gradients, np.zeros(4), None, (2, 2))
    np.testing.assert_allclose(points[1], [-0.1, 0, 0, 0.1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2,)])
def test_on_two_coordinates_it_is_gradient_descent_with_momentum(shape):
    gradients = random_gradients(60)
    points = replay(lambda p: PolarGrad(p, lr=0.3), gradients, (2, 1.7), None, shape)
    damped = replay(lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.95), 0.05 * gradients)
    np.testing.assert_allclose(points, damped, rtol=1e-9)


def test_the_entry_takes_the_path_of_momentum_with_its_own_coefficient():
    polargrad = og.run("polargrad", "beale", lr=0.02, steps=200)
    momentum = og.run("momentum", "beale", lr=0.001, steps=200, momentum=0.95)
    np.testing.assert_allclose(polargrad.points, momentum.points, rtol=1e-9)


def test_it_settles_where_muon_does_not():
    """On a quadratic of a matrix, at the same constant rate."""

    def end(build):
        W = torch.tensor([[2.0, -1.0], [0.5, 1.0]], dtype=torch.float64, requires_grad=True)
        optimizer = build([W])
        for _ in range(600):
            optimizer.zero_grad()
            W.square().sum().backward()
            optimizer.step()
        return W.abs().max().item()

    assert end(lambda p: PolarGrad(p, lr=0.1)) < 1e-3
    assert end(lambda p: torch.optim.Muon(p, lr=0.1, weight_decay=0.0)) > 1e-2


def test_a_direction_without_gradient_is_not_moved():
    """A gradient of rank 1 moves the matrix by an outer product, without the sign of a zero."""
    W = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    W.grad = torch.outer(torch.tensor([3.0, 4.0]), torch.tensor([1.0, 2.0, 2.0])).double()
    gradient = W.grad.clone()
    PolarGrad([W], lr=1.0, momentum=0.0).step()
    np.testing.assert_allclose(W.detach(), -gradient, rtol=1e-12)
