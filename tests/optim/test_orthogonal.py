import numpy as np
import pytest
import torch

from optgallery.optim.orthogonal import COEFFICIENTS, as_matrix, newton_schulz, polar_factor

SHAPES = [(1, 2), (2, 1), (2, 8), (8, 2), (3, 3)]


def random_matrix(shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_newton_schulz_applies_its_polynomial_to_each_singular_value(shape):
    """The rounds never mix singular vectors: those of the result are those of the matrix."""
    G = random_matrix(shape)
    U, sigma, V = np.linalg.svd(G.numpy(), full_matrices=False)
    s = sigma / np.sqrt((sigma**2).sum())
    a, b, c = COEFFICIENTS
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    np.testing.assert_allclose(newton_schulz(G), (U * s) @ V, rtol=1e-12, atol=1e-12)


def test_newton_schulz_makes_a_row_of_length_0_7_of_any_row():
    for scale in (1e-3, 1.0, 1e6):
        row = newton_schulz(scale * torch.tensor([[3.0, 4.0]], dtype=torch.float64))
        assert row.norm().item() == pytest.approx(0.6964, abs=1e-4)
        np.testing.assert_allclose(row / row.norm(), [[0.6, 0.8]], rtol=1e-12)


def test_newton_schulz_brings_singular_values_near_1():
    for seed in range(50):
        s = torch.linalg.svdvals(newton_schulz(random_matrix((3, 8), seed)))
        assert s.min() > 0.65
        assert s.max() < 1.25


def test_newton_schulz_agrees_with_torchs_in_its_two_digits():
    """PyTorch's Muon computes the same rounds in bfloat16."""
    G = random_matrix((4, 6)).float()
    W = torch.zeros(4, 6, requires_grad=True)
    W.grad = G.clone()
    torch.optim.Muon([W], lr=1.0, momentum=0.0, nesterov=False, weight_decay=0.0).step()
    np.testing.assert_allclose(-W.detach(), newton_schulz(G), atol=0.03)


@pytest.mark.parametrize("function", [newton_schulz, polar_factor])
@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (3, 0)])
def test_zeros_and_empty_matrices_remain_as_they_are(function, shape):
    G = torch.zeros(shape, dtype=torch.float64)
    assert torch.equal(function(G), G)


@pytest.mark.parametrize("shape", SHAPES)
def test_polar_factor_is_orthogonal_and_leaves_a_symmetric_positive_factor(shape):
    G = random_matrix(shape).numpy()
    U = polar_factor(torch.from_numpy(G)).numpy()
    small = U @ U.T if shape[0] <= shape[1] else U.T @ U
    np.testing.assert_allclose(small, np.eye(min(shape)), atol=1e-12)
    H = U.T @ G
    np.testing.assert_allclose(H, H.T, atol=1e-12)
    assert np.linalg.eigvalsh(H).min() > -1e-12
    assert np.trace(H) == pytest.approx(np.linalg.norm(G, "nuc"), rel=1e-12)


def test_polar_factor_has_no_direction_that_the_matrix_lacks():
    """Of rank 1, the factor is the outer product of the two singular vectors."""
    u, v = np.array([0.6, 0.8]), np.array([1.0, 2.0, 2.0]) / 3
    factor = polar_factor(torch.from_numpy(5 * np.outer(u, v)))
    np.testing.assert_allclose(factor, np.outer(u, v), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [((), 1, 1), ((3,), 3, 1), ((2, 3), 2, 3), ((2, 3, 4), 2, 12), ((0, 3), 0, 0), ((3, 0), 3, 0)],
)
def test_any_tensor_as_a_matrix_has_a_row_for_each_index_of_its_first_mode(shape, rows, columns):
    assert as_matrix(torch.ones(shape)).shape == (rows, columns)
