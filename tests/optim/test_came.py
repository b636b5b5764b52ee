import math

import numpy as np
import pytest
import torch
from came_pytorch import CAME as AuthorsCAME
from replay import random_gradients, replay

from optgallery.optim import CAME
from optgallery.optim.came import over_root


def algorithm_2(theta, gradients, *, eta, betas, eps, d, decay=0.0):
    """The paper's algorithm for a matrix as a list of rows, with decoupled weight decay."""
    n, k = len(theta), len(theta[0])
    rows, cols = range(n), range(k)
    beta1, beta2, beta3 = betas

    def factor(r, c, new, beta):
        for i in rows:
            r[i] = beta * r[i] + (1 - beta) * sum(new[i]) / k
        for j in cols:
            c[j] = beta * c[j] + (1 - beta) * sum(new[i][j] for i in rows) / n
        mean = sum(r) / n
        return [[r[i] * c[j] / mean for j in cols] for i in rows]

    r, c, R, C = [0.0] * n, [0.0] * k, [0.0] * n, [0.0] * k
    m = [[0.0] * k for _ in rows]
    for g in gradients:
        theta = [[(1 - eta * decay) * theta[i][j] for j in cols] for i in rows]
        v = factor(r, c, [[g[i][j] ** 2 + eps[0] for j in cols] for i in rows], beta2)
        u = [[g[i][j] / math.sqrt(v[i][j]) for j in cols] for i in rows]
        rms = math.sqrt(sum(u[i][j] ** 2 for i in rows for j in cols) / (n * k))
        u = [[u[i][j] / max(1, rms / d) for j in cols] for i in rows]
        m = [[beta1 * m[i][j] + (1 - beta1) * u[i][j] for j in cols] for i in rows]
        U = [[(u[i][j] - m[i][j]) ** 2 + eps[1] for j in cols] for i in rows]
        S = factor(R, C, U, beta3)
        theta = [[theta[i][j] - eta * m[i][j] / math.sqrt(S[i][j]) for j in cols] for i in rows]
        yield [element for row in theta for element in row]


SETTINGS = [
    (2e-4, (0.9, 0.999, 0.9999), (1e-30, 1e-16), 1.0, 0.0),
    (0.01, (0.5, 0.9, 0.8), (1e-2, 1e-3), 0.3, 0.3),
    (0.01, (0.0, 0.0, 0.5), (1e-30, 1e-1), 2.0, 0.0),
]


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (3, 2)])
@pytest.mark.parametrize(("eta", "betas", "eps", "d", "decay"), SETTINGS)
def test_agrees_with_the_paper_line_by_line(shape, eta, betas, eps, d, decay):
    size = math.prod(shape)
    gradients = random_gradients(50, size)
    start = list(range(1, size + 1))
    points = replay(
        lambda p: CAME(p, lr=eta, betas=betas, eps=eps, clip_threshold=d, weight_decay=decay),
        gradients,
        [float(x) for x in start],
        shape=shape,
    )
    twin = algorithm_2(
        np.reshape(points[0], shape).tolist(),
        gradients.reshape(-1, *shape).tolist(),
        eta=eta,
        betas=betas,
        eps=eps,
        d=d,
        decay=decay,
    )
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-11)


@pytest.mark.parametrize("shape", [(6,), (3, 2), (1, 3, 2), (2, 3, 1)])
@pytest.mark.parametrize(("eta", "betas", "eps", "d", "decay"), SETTINGS)
def test_agrees_with_the_authors_in_every_shape(shape, eta, betas, eps, d, decay):
    hparams = {"lr": eta, "betas": betas, "eps": eps, "clip_threshold": d, "weight_decay": decay}
    gradients, start = random_gradients(50, 6), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    ours, theirs = (
        replay(lambda p, cls=cls: cls(p, **hparams), gradients, start, shape=shape)
        for cls in (CAME, AuthorsCAME)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-11)


def test_the_first_step_by_hand():
    """g = (3, -4) with betas (1/2, 0, 0): u = (1, -1), m = u/2 and U = 1/4, so m / sqrt(U) = u."""
    points = replay(
        lambda p: CAME(p, lr=0.1, betas=(0.5, 0.0, 0.0)),
        np.array([[3.0, -4.0]]),
        [0.0, 0.0],
        shape=(1, 2),
    )
    np.testing.assert_allclose(points[1], [-0.1, 0.1], rtol=1e-13)


def test_factorization_of_one_row_is_exact():
    """The factorization is exact for one row, and not for two."""
    p = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    optimizer = CAME([p], betas=(0.9, 0.5, 0.9))
    for g in ([3.0, 4.0], [1.0, 2.0]):
        p.grad = torch.tensor([g], dtype=torch.float64)
        optimizer.step()
    expected = [[0.25 * 9 + 0.5 * 1, 0.25 * 16 + 0.5 * 4]]
    assert optimizer.state[p]["exp_avg_sq_col"].tolist() == expected


def test_a_vector_has_no_confidence():
    """betas (1/2, 0, .) on g = (3, -4): u = (1, -1), and the step is its mean, half of it."""
    points = replay(lambda p: CAME(p, lr=0.1, betas=(0.5, 0.0, 0.0)), np.array([[3.0, -4.0]]))
    np.testing.assert_allclose(points[1] - points[0], [-0.05, 0.05], rtol=1e-13)


def test_a_gradient_of_0_changes_nothing():
    points = replay(CAME, np.zeros((2, 2)), shape=(1, 2))
    assert np.array_equal(points[0], points[2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_crossing_of_a_zero_row_and_a_zero_column_does_not_move(dtype, size):
    theta = torch.ones(3, 3, dtype=dtype, requires_grad=True)
    optimizer = CAME([theta], lr=0.01)
    for _ in range(3):
        theta.grad = (size * torch.tensor([[0.0, 0, 0], [0, 1, 2], [0, 3, 4]])).to(dtype)
        optimizer.step()
    assert theta.isfinite().all()
    assert theta[0].tolist() == theta[:, 0].tolist() == [1, 1, 1]
    assert (theta[1:, 1:] < 1).all()


def test_underflowing_product_is_divided_root_by_root():
    """In float32, 1e-30 * 1e-30 is 0, although its root is 1e-30."""
    row, col = torch.tensor([[1e-30], [2.0]]), torch.tensor([[1e-30, 2.0]])
    quotient = over_root(torch.full((2, 2), 1e-30), row, col)
    expected = over_root(torch.full((2, 2), 1e-30).double(), row.double(), col.double())
    torch.testing.assert_close(quotient.double(), expected, rtol=1e-5, atol=0)
