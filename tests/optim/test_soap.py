import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

import optgallery as og
from optgallery.optim import SOAP


def algorithm_3(W, gradients, *, eta, beta1, beta2, epsilon, lam, f):
    """The paper's algorithm for matrices, initialized as in the authors' code."""
    first, *others = gradients
    L, R = (1 - beta2) * first @ first.T, (1 - beta2) * first.T @ first
    Q_L, Q_R = (np.linalg.eigh(H)[1][:, ::-1] for H in (L, R))
    M, V = np.zeros_like(W), np.zeros_like(W)
    yield W
    for t, G in enumerate(others, start=1):
        M = beta1 * M + (1 - beta1) * G
        V = beta2 * V + (1 - beta2) * (Q_L.T @ G @ Q_R) ** 2
        rate = eta * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        N = Q_L.T @ M @ Q_R / (np.sqrt(V) + epsilon)
        W = (1 - eta * lam) * (W - rate * Q_L @ N @ Q_R.T)
        L = beta2 * L + (1 - beta2) * G @ G.T
        R = beta2 * R + (1 - beta2) * G.T @ G
        if t % f == 0:
            rows, columns = (np.argsort(-np.diag(Q.T @ H @ Q)) for H, Q in ((L, Q_L), (R, Q_R)))
            V = V[rows][:, columns]
            Q_L, Q_R = (
                np.linalg.qr((H @ Q)[:, order])[0]
                for H, Q, order in ((L, Q_L, rows), (R, Q_R, columns))
            )
        yield W


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 3)])
@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "lam", "f"),
    [(3e-3, (0.95, 0.95), 1e-8, 0.01, 10), (0.1, (0.5, 0.9), 1e-2, 0.1, 3)],
)
def test_agrees_with_the_paper_line_by_line(shape, eta, betas, epsilon, lam, f):
    size = shape[0] * shape[1]
    gradients = random_gradients(40, size)
    start = np.linspace(1, 2, size)
    settings = {"betas": betas, "eps": epsilon, "weight_decay": lam, "precondition_frequency": f}
    points = replay(lambda p: SOAP(p, lr=eta, **settings), gradients, start.tolist(), None, shape)
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "lam": lam, "f": f}
    twin = algorithm_3(
        start.reshape(shape), gradients.reshape(-1, *shape), epsilon=epsilon, **letters
    )
    np.testing.assert_allclose(points[1:], [W.ravel() for W in twin], rtol=1e-9)


def test_first_steps():
    """The first gradient (3, 4) only makes its direction an eigenvector.

    Along it, the second step is like Adam's first: lr, for any length of G.
    """
    gradients = np.array([[3.0, 4.0], [30.0, 40.0]])
    points = replay(lambda p: SOAP(p, lr=0.5, weight_decay=0.0), gradients, (0, 0), None, (1, 2))
    np.testing.assert_allclose(points, [[0, 0], [0, 0], [-0.3, -0.4]], atol=1e-7)


def test_on_a_vector_it_is_adam_one_gradient_later():
    gradients = random_gradients(30)
    settings = {"lr": 0.1, "betas": (0.9, 0.99)}
    soap = replay(lambda p: SOAP(p, weight_decay=0.0, eps=1e-30, **settings), gradients)
    adam = replay(lambda p: torch.optim.Adam(p, eps=1e-30, **settings), gradients[1:])
    np.testing.assert_allclose(soap[1:], adam, rtol=1e-12)


def test_path_rotates_with_the_coordinates():
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    gradients = random_gradients(20)
    straight = replay(SOAP, gradients, (0, 0), None, (1, 2))
    turned = replay(SOAP, gradients @ turn.T, (0, 0), None, (1, 2))
    np.testing.assert_allclose(turned, straight @ turn.T, rtol=1e-9, atol=1e-12)


def test_eigenbasis_stays_orthogonal_and_aligns_with_the_valley():
    """Gradients mostly along (1, 1) rotate the first eigenvector there."""
    rng = np.random.default_rng(0)
    gradients = np.outer(rng.normal(size=200), [1, 1]) + 0.1 * rng.normal(size=(200, 2))
    built = []
    replay(lambda p: built.append(SOAP(p)) or built[0], gradients, (0, 0), None, (1, 2))
    (state,) = built[0].state.values()
    Q = state["axes"][1].numpy()
    np.testing.assert_allclose(Q.T @ Q, np.eye(2), atol=1e-12)
    assert abs(Q[:, 0].sum()) > 0.99 * math.sqrt(2)


def test_modes_above_the_limit_are_not_projected():
    W = torch.ones(2, 5, requires_grad=True)
    W.grad = torch.ones(2, 5)
    optimizer = SOAP([W], max_precondition_dim=3)
    optimizer.step()
    assert list(optimizer.state[W]["axes"]) == [0]


def test_first_gradient_only_initializes():
    points = og.run("soap", "beale", steps=3, lr=0.1).points
    assert np.array_equal(points[0], points[1])
    assert not np.array_equal(points[1], points[2])


def test_a_gradient_of_zero_changes_nothing():
    points = replay(lambda p: SOAP(p, weight_decay=0.0), np.zeros((12, 2)), (2, 1.7), None, (1, 2))
    np.testing.assert_array_equal(points, np.tile(points[0], (13, 1)))


@pytest.mark.parametrize("name", ["precondition_frequency", "max_precondition_dim"])
def test_settings_of_0_are_rejected(name):
    with pytest.raises(ValueError, match=f"{name} must be a whole number >= 1, got 0"):
        SOAP([torch.ones(2, requires_grad=True)], **{name: 0})
