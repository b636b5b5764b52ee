"""MADGRAD: the class and its entry."""

from math import inf
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    RATE,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class MADGRAD(DenseOptimizer):
    r"""Dual averaging: each iterate is computed from the start and all gradients since.

    With :math:`g_k` the gradient at :math:`x_k`, :math:`k = 0, 1, \dots`, and :math:`c` one
    minus the momentum,

    .. math::
        \lambda_k &= \gamma \sqrt{k + 1} \\
        s_{k+1} &= s_k + \lambda_k\, g_k \\
        \nu_{k+1} &= \nu_k + \lambda_k\, g_k^2 \\
        z_{k+1} &= x_0 - \frac{s_{k+1}}{\sqrt[3]{\nu_{k+1}} + \epsilon} \\
        x_{k+1} &= (1 - c)\, x_k + c\, z_{k+1}

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        :math:`\gamma - \epsilon \ge 0`: the step size is ``lr + eps``, and 0 where a schedule sets
        ``lr`` to 0.
    momentum : float
        :math:`1 - c`, in [0, 1).
    eps : float
        :math:`\epsilon \ge 0`. With 0, a coordinate without gradients so far does not move.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import MADGRAD
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = MADGRAD([x], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Defazio and Jelassi (2021), Adaptivity without compromise: a momentumized, adaptive, dual
    averaged gradient method for stochastic optimization, https://arxiv.org/abs/2101.11075,
    algorithm 1. Adding :math:`\epsilon` to the step size, too, follows the authors' code.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "eps": NON_NEGATIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        momentum: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, grad in self._updates():
            lr, eps, c = float(group["lr"]), group["eps"], 1 - group["momentum"]
            if not state:
                state["step"] = 0
                state["grad_sum"] = torch.zeros_like(x)
                state["grad_sum_sq"] = torch.zeros_like(x)
                state["x0"] = x.clone()
            k, s, nu = state["step"], state["grad_sum"], state["grad_sum_sq"]
            state["step"] += 1

            g = grad + group["weight_decay"] * x
            gamma = lr + eps if lr > 0 else 0.0
            lambda_k = gamma * (k + 1) ** 0.5
            s.add_(lambda_k * g)
            nu.add_(lambda_k * g**2)
            # by logarithm, since rounding in torch's power depends on the number of elements
            root = (nu.log() / 3).exp() + eps
            z = state["x0"] - s / root.masked_fill(root == 0, inf)
            if gamma > 0:
                x.mul_(1 - c).add_(c * z)
            else:  # averaging two equal numbers may not return the same number
                x.copy_(torch.where(x == z, x, (1 - c) * x + c * z))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="madgrad",
        title="MADGRAD",
        cls=MADGRAD,
        family="adaptive",
        paper=Paper(
            "Defazio and Jelassi",
            "Adaptivity without compromise: a momentumized, adaptive, dual averaged gradient "
            "method for stochastic optimization",
            2021,
            "https://arxiv.org/abs/2101.11075",
        ),
        elementwise=True,
    )
)
