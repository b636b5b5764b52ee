"""A square root that autograd can follow through zero."""

import torch
from torch import Tensor


def sqrt_flat_at_zero(s: Tensor) -> Tensor:
    r"""Return :math:`\sqrt{s}`, with the derivative 0 instead of infinity at :math:`s = 0`.

    Functions with a root over a square have a kink where the square vanishes. There the chain rule
    yields :math:`\infty \cdot 0`; 0 is a subgradient, and keeps second derivatives finite too.

    Parameters
    ----------
    s : Tensor
        Numbers that are not negative.

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
    # a root of 1 in place of the root of 0: `where` alone would still differentiate both branches
    return torch.where(zero, 0.0, torch.where(zero, 1.0, s).sqrt())
