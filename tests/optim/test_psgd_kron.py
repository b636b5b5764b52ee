import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import PSGDKron


def spectral_norm_from_below(S):
    j = np.argmax((S**2).sum(0))
    x = S @ S[:, j]
    return np.linalg.norm(S @ x) / np.linalg.norm(x)


def algorithm(W, gradients, draws, *, eta, beta, lam, mu, scale, c):
    """The method for matrices; a mode of size 1 has a number for a factor."""
    factors = [np.sqrt(scale) * np.eye(n) for n in W.shape]
    M = np.zeros_like(W)
    for t, (G, X) in enumerate(zip(gradients, draws, strict=True), start=1):
        M = beta * M + (1 - beta) * G
        M_hat = M / (1 - beta**t)
        Q_L, Q_R = factors
        A = Q_L @ M_hat @ Q_R.T
        B = np.linalg.inv(Q_L).T @ X @ np.linalg.inv(Q_R)
        pairs = [(A @ A.T, B @ B.T), (A.T @ A, B.T @ B)]
        factors = [
            Q - mu * np.triu(aa - bb) / spectral_norm_from_below(aa + bb) @ Q
            for Q, (aa, bb) in zip(factors, pairs, strict=True)
        ]
        Q_L, Q_R = factors
        P = Q_L.T @ Q_L @ M_hat @ Q_R.T @ Q_R
        P = P * min(1, c / (np.sqrt((P**2).mean()) + 1e-6))
        W = W - eta * (P + lam * W)
        yield W


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 3)])
@pytest.mark.parametrize(
    ("eta", "beta", "lam", "mu", "scale", "c"),
    [(1e-3, 0.9, 0.0, 0.1, 1.0, 1.1), (0.1, 0.5, 0.1, 0.5, 0.01, 100.0)],
)
def test_agrees_with_the_method_line_by_line(shape, eta, beta, lam, mu, scale, c):
    size = shape[0] * shape[1]
    gradients = random_gradients(40, size)
    generator = torch.Generator().manual_seed(3)
    draws = [
        torch.randn(shape, generator=generator, dtype=torch.float64).numpy() for _ in range(40)
    ]
    start = np.linspace(1, 2, size)
    settings = {"precondition_lr": mu, "init_scale": scale, "max_rms": c, "weight_decay": lam}
    points = replay(
        lambda p: PSGDKron(p, lr=eta, momentum=beta, seed=3, **settings),
        gradients,
        start.tolist(),
        None,
        shape,
    )
    letters = {"eta": eta, "beta": beta, "lam": lam, "mu": mu, "scale": scale, "c": c}
    twin = algorithm(start.reshape(shape), gradients.reshape(-1, *shape), draws, **letters)
    np.testing.assert_allclose(points[1:], [W.ravel() for W in twin], rtol=1e-9)


def test_first_step_of_a_number():
    """One number in a matrix: both factors begin at 1, A = g and B = x.

    Each becomes q = 1 - mu (g^2 - x^2) / (g^2 + x^2), and the step is q^4 g.
    """
    x = torch.randn(1, generator=torch.Generator().manual_seed(7), dtype=torch.float64).item()
    points = replay(
        lambda p: PSGDKron(p, lr=1.0, max_rms=100.0, seed=7),
        np.full((1, 1), 2.0),
        (0,),
        None,
        (1, 1),
    )
    q = 1 - 0.1 * (4 - x * x) / (4 + x * x)
    assert points[1, 0] == pytest.approx(-(q**4) * 2, rel=1e-12)


def test_first_step_of_a_vector():
    """A diagonal steps by q_i = 1 - mu (g_i^2 - x_i^2) / max_j (g_j^2 + x_j^2)."""
    g = np.array([2.0, 1.0])
    x = torch.randn(2, generator=torch.Generator().manual_seed(7), dtype=torch.float64).numpy()
    points = replay(lambda p: PSGDKron(p, lr=1.0, max_rms=100.0, seed=7), g[None], (0, 0))
    q = 1 - 0.1 * (g**2 - x**2) / (g**2 + x**2).max()
    np.testing.assert_allclose(points[1], -(q**2) * g, rtol=1e-12)


def test_gradients_are_whitened():
    """Gradients with covariance C are transformed to covariance I: P C P = I.

    The estimate below is an average over the last half, because the factors keep fluctuating.
    """
    rng = np.random.default_rng(0)
    C = np.array([[4.0, 1.8], [1.8, 1.0]])
    gradients = rng.multivariate_normal([0, 0], C, size=4000)
    p = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    optimizer = PSGDKron([p], momentum=0.0, precondition_lr=0.01, max_rms=1e6)
    white = []
    for g in gradients:
        before = p.detach().clone()
        p.grad = torch.from_numpy(g).reshape(1, 2)
        optimizer.step()
        white.append(((before - p.detach()) / 1e-3).numpy().ravel())
    covariance = np.cov(np.array(white[2000:]).T)
    np.testing.assert_allclose(covariance, np.eye(2), atol=0.2)


def test_step_is_bounded_by_max_rms():
    points = replay(lambda p: PSGDKron(p, lr=1.0), np.full((1, 2), 1e6), (0, 0), None, (1, 2))
    assert np.sqrt((points[1] ** 2).mean()) == pytest.approx(1.1, rel=1e-6)


def test_factors_are_triangular_or_diagonal():
    def factors(shape, **settings):
        W = torch.ones(shape, requires_grad=True)
        W.grad = torch.rand(shape, generator=torch.Generator().manual_seed(0))
        optimizer = PSGDKron([W], **settings)
        for _ in range(3):
            optimizer.step()
        return optimizer.state[W]["factors"]

    assert [q.shape for q in factors((2, 3))] == [(2, 2), (3, 3)]
    assert all(torch.equal(q, q.triu()) for q in factors((2, 3)))
    assert [q.shape for q in factors((1, 2))] == [(1,), (2, 2)]
    assert [q.shape for q in factors((2, 3), max_triangular_dim=2)] == [(2, 2), (3,)]
    assert [q.shape for q in factors((3,))] == [(3,)]
    assert [q.shape for q in factors(())] == [(1,)]
    assert [q.shape for q in factors((2, 3, 4))] == [(2, 2), (3, 3), (4, 4)]


def test_factors_are_updated_at_the_given_frequency():
    W = torch.ones(1, 2, requires_grad=True)
    optimizer = PSGDKron([W], precondition_frequency=2)
    seen = []
    for _ in range(4):
        W.grad = torch.ones(1, 2)
        optimizer.step()
        seen.append(optimizer.state[W]["factors"][1].clone())
    assert not torch.equal(seen[0], torch.eye(2))
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[1], seen[2])
    assert torch.equal(seen[2], seen[3])


def test_zero_gradient_changes_neither_parameters_nor_factors():
    W = torch.ones(1, 2, requires_grad=True)
    optimizer = PSGDKron([W])
    for _ in range(3):
        W.grad = torch.zeros(1, 2)
        optimizer.step()
    assert W.tolist() == [[1, 1]]
    assert torch.equal(optimizer.state[W]["factors"][1], torch.eye(2))


def test_a_limit_of_0_for_triangular_factors_is_rejected():
    with pytest.raises(ValueError, match=r"max_triangular_dim must be a whole number >= 1, got 0"):
        PSGDKron([torch.ones(2, requires_grad=True)], max_triangular_dim=0)
