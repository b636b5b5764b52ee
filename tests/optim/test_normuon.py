import math

import numpy as np
import pytest
from replay import random_gradients, replay

from optgallery.optim import NorMuon

SHAPES = [(1, 2), (2, 1), (2, 8), (8, 2), (3, 3)]


def rounds(G, steps=5):
    """Muon's Newton-Schulz iteration, with its three coefficients."""
    X = G / max(np.linalg.norm(G), 1e-7)
    for _ in range(steps):
        A = X @ X.T
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
    return X


def normuon(W, gradients, *, eta, beta1, beta2, eps, lam, nesterov=True, rms=False):
    m, n = W.shape
    M, v = np.zeros_like(W), np.zeros((m, 1))
    for G in gradients:
        M = beta1 * M + (1 - beta1) * G
        O_t = rounds(beta1 * M + (1 - beta1) * G if nesterov else M)
        v = beta2 * v + (1 - beta2) * (O_t * O_t).mean(axis=1, keepdims=True)
        O_hat = O_t / (np.sqrt(v) + eps)
        length = 0.2 * math.sqrt(m * n) if rms else math.sqrt(max(1, m / n)) * np.linalg.norm(O_t)
        W = (1 - eta * lam) * W - eta * length / (np.linalg.norm(O_hat) + eps) * O_hat
        yield W


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("nesterov", "rms"), [(True, False), (False, True)])
@pytest.mark.parametrize(
    ("eta", "betas", "eps", "lam"), [(0.02, (0.95, 0.95), 1e-10, 0.0), (0.3, (0.5, 0.9), 0.1, 0.2)]
)
def test_agrees_with_the_paper_line_by_line(shape, nesterov, rms, eta, betas, eps, lam):
    size = shape[0] * shape[1]
    gradients, start = random_gradients(40, size), np.linspace(1, 2, size)
    points = replay(
        lambda p: NorMuon(p, eta, betas, eps, lam, nesterov=nesterov, match_rms=rms),
        gradients,
        start,
        None,
        shape,
    )
    letters = {"eta": eta, "beta1": betas[0], "beta2": betas[1], "eps": eps, "lam": lam}
    twin = normuon(
        start.reshape(shape), gradients.reshape(-1, *shape), nesterov=nesterov, rms=rms, **letters
    )
    np.testing.assert_allclose(points[1:], [W.ravel() for W in twin], rtol=1e-9, atol=1e-12)


def test_first_steps():
    """Two rows of one element each: (3, 4) becomes signs, of the length that Muon's step has."""
    gradients = np.array([[3.0, 4.0]])
    points = replay(lambda p: NorMuon(p, lr=0.5), gradients, (0, 0), None, (2, 1))
    step = 0.5 * math.sqrt(2) * 0.6964 / math.sqrt(2)
    np.testing.assert_allclose(points[1], [-step, -step], rtol=1e-4)


def test_a_matrix_of_one_row_keeps_the_direction_of_muon():
    gradients = random_gradients(40)
    points = replay(lambda p: NorMuon(p, lr=0.1), gradients, (0, 0), None, (1, 2))
    M, W = np.zeros((1, 2)), np.zeros((1, 2))
    for G, point in zip(gradients, points[1:], strict=True):
        M = 0.95 * M + 0.05 * G
        W = W - 0.1 * rounds(0.95 * M + 0.05 * G)
        np.testing.assert_allclose(point, W[0], rtol=1e-7)


def test_rows_become_equally_long_and_muons_do_not():
    """A tall matrix whose last row gets little: Muon's orthogonal step leaves that row short."""
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(200, 4, 2)) * np.array([1, 1, 1, 0.05])[:, None]
    points = replay(
        lambda p: NorMuon(p, lr=0.1, betas=(0.5, 0.95)),
        gradients.reshape(-1, 8),
        np.zeros(8),
        None,
        (4, 2),
    )
    lengths = np.linalg.norm(np.diff(points, axis=0).reshape(-1, 4, 2)[100:], axis=2).mean(axis=0)
    orthogonal = np.array([np.linalg.norm(rounds(G.T), axis=0) for G in gradients]).mean(axis=0)
    assert orthogonal.max() > 8 * orthogonal.min()
    assert lengths.max() < 1.5 * lengths.min()


def test_a_gradient_of_zero_changes_nothing():
    points = replay(NorMuon, np.zeros((5, 2)), (2, 1.7), None, (2, 1))
    np.testing.assert_array_equal(points, np.tile(points[0], (6, 1)))
