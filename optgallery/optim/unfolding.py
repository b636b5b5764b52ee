"""Mode unfolding and mode products of tensors, for optimizers that precondition each mode."""

import torch
from torch import Tensor


def unfold(T: Tensor, i: int) -> Tensor:
    """Return the mode-i unfolding: a matrix of shape (T.shape[i], product of the others)."""
    rows: Tensor = T.movedim(i, 0).reshape(T.shape[i], -1)
    return rows


def mode_product(T: Tensor, M: Tensor, i: int) -> Tensor:
    """Multiply mode i of a tensor by a matrix: ``M @ T`` for i = 0, ``T @ M.T`` for i = 1."""
    if T.dim() == 2:
        return M @ T if i == 0 else T @ M.T
    product: Tensor = torch.tensordot(M, T, dims=([1], [i])).movedim(0, i)
    return product
