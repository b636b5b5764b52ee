"""A square root with a finite derivative at zero."""

import torch
from torch import Tensor


def sqrt_flat_at_zero(s: Tensor) -> Tensor:
    r"""Return :math:`\sqrt{s}`, with derivative 0 instead of infinity at :math:`s = 0`.

    A function with a square root of a square has a kink where the square is 0. There the chain rule
    gives :math:`\infty \cdot 0`; 0 is a subgradient, and keeps second derivatives finite, too.

    Parameters
    ----------
    s : Tensor
        Non-negative numbers.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> s = torch.tensor([0.0, 4.0], requires_grad=True)
    >>> torch.autograd.grad(sqrt_flat_at_zero(s).sum(), s)[0]
    tensor([0.0000, 0.2500])
    """
    zero = s == 0
    # take the root of 1 instead of 0, because `where` alone would still differentiate both branches
    return torch.where(zero, 0.0, torch.where(zero, 1.0, s).sqrt())
