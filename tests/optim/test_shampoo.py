import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import Shampoo


def power(H, exponent):
    """A symmetric matrix's power by its singular values, not by its eigenvectors."""
    U, values, Vh = np.linalg.svd(H)
    return U @ np.diag(values**exponent) @ Vh


def algorithm_1(W, gradients, *, eta, epsilon):
    """The paper's algorithm for matrices."""
    L, R = epsilon * np.eye(W.shape[0]), epsilon * np.eye(W.shape[1])
    for G in gradients:
        L = L + G @ G.T
        R = R + G.T @ G
        W = W - eta * power(L, -1 / 4) @ G @ power(R, -1 / 4)
        yield W


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 3)])
@pytest.mark.parametrize(("eta", "epsilon"), [(0.1, 1e-4), (1.0, 1.0)])
def test_agrees_with_the_paper_line_by_line(shape, eta, epsilon):
    size = shape[0] * shape[1]
    gradients = random_gradients(30, size)
    start = np.linspace(1, 2, size)
    points = replay(
        lambda p: Shampoo(p, lr=eta, eps=epsilon), gradients, start.tolist(), None, shape
    )
    twin = algorithm_1(
        start.reshape(shape), gradients.reshape(-1, *shape), eta=eta, epsilon=epsilon
    )
    np.testing.assert_allclose(points[1:], [W.ravel() for W in twin], rtol=1e-9)


def test_first_step():
    """At G = (3, 4): L = 25 and R = 25 along G, so that G is divided by 25^(1/4) twice."""
    points = replay(
        lambda p: Shampoo(p, lr=1.0, eps=1e-9), np.array([[3.0, 4.0]]), (0, 0), None, (1, 2)
    )
    np.testing.assert_allclose(points[1], [-0.6, -0.8], rtol=1e-8)


def test_on_a_vector_it_is_full_matrix_adagrad():
    gradients = random_gradients(20)
    points = replay(lambda p: Shampoo(p, lr=0.1, eps=0.1), gradients)
    x, H = points[0], 0.1 * np.eye(2)
    for k, g in enumerate(gradients, start=1):
        H = H + np.outer(g, g)
        x = x - 0.1 * power(H, -1 / 2) @ g
        np.testing.assert_allclose(points[k], x, rtol=1e-10)


def test_a_tensor_of_order_3_has_sixth_roots():
    """All modes of size 1: three numbers of G^2 each to the power -1/6 make G / |G|."""
    points = replay(
        lambda p: Shampoo(p, lr=1.0, eps=1e-12), np.full((1, 1), 7.0), (0,), None, (1, 1, 1)
    )
    assert points[1, 0] == pytest.approx(-1, rel=1e-10)


def test_path_rotates_with_the_coordinates():
    """No method with per-coordinate learning rates can do this."""
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    gradients = random_gradients(20)
    straight = replay(Shampoo, gradients, (0, 0), None, (1, 2))
    turned = replay(Shampoo, gradients @ turn.T, (0, 0), None, (1, 2))
    np.testing.assert_allclose(turned, straight @ turn.T, rtol=1e-9, atol=1e-12)


def test_momentum_averages_the_gradients_that_are_multiplied():
    """Gradients 1, 1 with momentum 1/2: M = 1/2, 3/4; L and R = 1, 2 in either case."""
    points = replay(
        lambda p: Shampoo(p, lr=1.0, momentum=0.5, eps=1e-12), np.ones((2, 1)), (0,), None, (1, 1)
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [0.5, 0.75 / np.sqrt(2)], rtol=1e-10)


def test_roots_are_computed_at_the_given_frequency():
    """Every second step: the gradients 1, 1, 1 are divided by 1, 1 and the root of 3."""
    points = replay(
        lambda p: Shampoo(p, lr=1.0, eps=1e-12, precondition_frequency=2),
        np.ones((3, 1)),
        (0,),
        None,
        (1, 1),
    )
    np.testing.assert_allclose(-np.diff(points[:, 0]), [1, 1, 1 / np.sqrt(3)], rtol=1e-10)


def test_a_gradient_of_zero_changes_nothing():
    points = replay(Shampoo, np.zeros((2, 2)), (2, 1.7), None, (1, 2))
    np.testing.assert_array_equal(points, points[[0, 0, 0]])


def test_a_scalar_is_treated_as_a_vector_of_one_element():
    p = torch.tensor(2.0, requires_grad=True)
    p.grad = torch.tensor(3.0)
    Shampoo([p], lr=0.5, eps=1e-9).step()
    assert p.item() == pytest.approx(1.5)


@pytest.mark.parametrize("frequency", [0, 1.0, True])
def test_a_frequency_that_is_not_a_positive_whole_number_is_rejected(frequency):
    with pytest.raises(ValueError, match="precondition_frequency must be a whole number >= 1, got"):
        Shampoo([torch.ones(2, requires_grad=True)], precondition_frequency=frequency)
