"""Unfoldings and mode products, against their definitions by elements."""

from itertools import product

import pytest
import torch

from optgallery.optim.unfolding import mode_product, unfold

SHAPES = [(4,), (3, 5), (2, 3, 4), (2, 1, 3, 2)]


def tensor(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_of_an_unfolding_are_the_slices_of_its_mode(shape):
    T = tensor(*shape)
    for i, n in enumerate(shape):
        rows = unfold(T, i)
        assert rows.shape == (n, T.numel() // n)
        for k in range(n):
            assert torch.equal(rows[k], T.select(i, k).reshape(-1))


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_a_mode_product_sums_over_its_mode(shape):
    T = tensor(*shape)
    for i, n in enumerate(shape):
        M = tensor(3, n, seed=1)
        found = mode_product(T, M, i)
        assert found.shape == (*shape[:i], 3, *shape[i + 1 :])
        for at in product(*map(range, found.shape)):
            along = T[(*at[:i], slice(None), *at[i + 1 :])]
            assert float(found[at]) == pytest.approx(float(M[at[i]] @ along), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_a_mode_product_multiplies_the_unfolding(shape):
    T = tensor(*shape)
    for i, n in enumerate(shape):
        M = tensor(n, n, seed=1)
        torch.testing.assert_close(unfold(mode_product(T, M, i), i), M @ unfold(T, i))


def test_products_along_different_modes_commute():
    T, A, B = tensor(2, 3, 4), tensor(2, 2, seed=1), tensor(4, 4, seed=2)
    one = mode_product(mode_product(T, A, 0), B, 2)
    torch.testing.assert_close(one, mode_product(mode_product(T, B, 2), A, 0))
