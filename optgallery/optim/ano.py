"""Ano: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Ano(DenseOptimizer):
    r"""The momentum gives only the sign of a step, and the newest gradient its length.

    With :math:`g_k` the gradient at :math:`x_k`,

    .. math::
        m_k &= \beta_1 m_{k-1} + (1 - \beta_1)\, g_k \\
        v_k &= \beta_2 v_{k-1}
               - (1 - \beta_2)\, \operatorname{sign}(v_{k-1} - g_k^2)\, g_k^2 \\
        x_{k+1} &= x_k - \eta \left(
            \frac{|g_k|\, \operatorname{sign}(m_k)}{\sqrt{v_k / (1 - \beta_2^k)} + \epsilon}
            + \lambda\, x_k\right)

    Adam takes the momentum's length, too, which is small where gradients of both signs cancel.
    While :math:`v` rises it is Adam's; while it falls, :math:`g_k^2` is subtracted as in Yogi,
    and it falls faster. A :math:`v` below 0, which takes a :math:`\beta_2` below one half, becomes
    0.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.

    Notes
    -----
    The text of the paper could not be opened; the update was compared with the author's package and
    with pytorch_optimizer, which differ only in the place of :math:`\epsilon`. The author's variant
    Anolog, whose :math:`\beta_1` grows with the logarithm of the steps, is not included.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Ano
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Ano([x], lr=0.02)
    >>> for _ in range(500):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 0.1)
    True

    References
    ----------
    Kegreisz (2025), ANO: faster is better in noisy landscape, https://arxiv.org/abs/2508.18258.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-4,
        betas: tuple[float, float] = (0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, g in self._updates():
            eta, eps = float(group["lr"]), group["eps"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(x)
                state["exp_avg_sq"] = torch.zeros_like(x)
            state["step"] += 1
            k, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            x.mul_(1 - eta * group["weight_decay"])
            m.mul_(beta1).add_((1 - beta1) * g)
            toward = torch.sign(v - g**2)
            v.mul_(beta2).sub_((1 - beta2) * toward * g**2).clamp_(min=0)
            x.sub_(eta * g.abs() * torch.sign(m) / ((v / (1 - beta2**k)).sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="ano",
        title="Ano",
        cls=Ano,
        family="adaptive",
        paper=Paper(
            "Kegreisz",
            "ANO: faster is better in noisy landscape",
            2025,
            "https://arxiv.org/abs/2508.18258",
        ),
        elementwise=True,
    )
)
