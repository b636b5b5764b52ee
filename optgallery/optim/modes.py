"""Tensors seen along one of their modes: what the optimizers of matrices have in common."""

import torch
from torch import Tensor


def unfold(T: Tensor, i: int) -> Tensor:
    """Return mode i as the rows of a matrix, and all other modes as its columns."""
    rows: Tensor = T.movedim(i, 0).reshape(T.shape[i], -1)
    return rows


def mode_product(T: Tensor, M: Tensor, i: int) -> Tensor:
    """Multiply mode i of a tensor by a matrix: ``M @ T`` for i = 0, ``T @ M.T`` for i = 1."""
    if T.dim() == 2:
        return M @ T if i == 0 else T @ M.T
    product: Tensor = torch.tensordot(M, T, dims=([1], [i])).movedim(0, i)
    return product
