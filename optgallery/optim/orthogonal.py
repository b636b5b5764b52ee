"""Orthogonal factors of matrices, for optimizers that set singular values to 1."""

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Muon's: the slope at 0 is large, and singular values end between about 0.7 and 1.2."""


def as_matrix(T: Tensor) -> Tensor:
    """Return a tensor as a matrix with a row for each index of its first mode.

    A vector has one column, and a scalar one element.
    """
    rows = T.shape[0] if T.dim() else 1
    return T.reshape(rows, T.numel() // max(rows, 1))


def newton_schulz(G: Tensor, *, rounds: int = 5, smallest: float = 1e-7) -> Tensor:
    r"""Bring the singular values of a matrix near 1 by the quintic iteration of Muon.

    From :math:`X = G / \max(\lVert G \rVert_F, \epsilon)`, each round computes
    :math:`a X + (b X X^T + c\,(X X^T)^2)\, X`, in the precision of the matrix. A matrix of zeros
    remains one.

    Parameters
    ----------
    G : Tensor
        A matrix.
    rounds : int
        Number of rounds.
    smallest : float
        :math:`\epsilon`: a smaller norm is not scaled to 1.

    Returns
    -------
    Tensor
        A matrix of the same shape.
    """
    a, b, c = COEFFICIENTS
    tall = G.shape[0] > G.shape[1]
    X = G.T if tall else G
    X = X / X.square().sum().sqrt().clamp(min=smallest)
    for _ in range(rounds):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X.T if tall else X


def polar_factor(G: Tensor) -> Tensor:
    r"""Return the orthogonal factor :math:`U V^T` of a matrix :math:`G = U \Sigma V^T`.

    Directions whose singular value is 0 up to rounding have none in the factor either: which sign
    they would get is not determined by the matrix.

    Parameters
    ----------
    G : Tensor
        A matrix.

    Returns
    -------
    Tensor
        A matrix of the same shape, with singular values of 1, and of 0 where those of ``G`` are.
    """
    if not G.numel():
        return G.clone()
    U, sigma, Vh = torch.linalg.svd(G, full_matrices=False)
    smallest = sigma.max() * max(G.shape) * torch.finfo(G.dtype).eps
    factor: Tensor = (U * (sigma > smallest)) @ Vh
    return factor
