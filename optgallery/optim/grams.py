"""Grams: the class and its entry."""

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


class Grams(DenseOptimizer):
    r"""Adam's step lengths with the signs of the current gradient, so never uphill.

    With :math:`g_t` the gradient at :math:`w_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \eta \left(\operatorname{sign}(g_t)
            \left|\frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}\right|
            + \lambda\, w_{t-1}\right)

    Momentum never moves a coordinate uphill; past a minimum, the step back has the full length of
    the momentum. A coordinate whose gradient is exactly 0 does not move.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Grams
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Grams([w], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     w.square().sum().backward()
    ...     optimizer.step()
    >>> bool(w.abs().max() < 1e-2)
    True

    References
    ----------
    Cao, Li and Song (2024), Grams: gradient descent with adaptive momentum scaling,
    https://arxiv.org/abs/2412.17107; the default of :math:`\epsilon` follows the authors' package.
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
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, w, g in self._updates():
            eta, eps, lambda_ = float(group["lr"]), group["eps"], group["weight_decay"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(w)
                state["exp_avg_sq"] = torch.zeros_like(w)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            u = m_hat / (v_hat.sqrt() + eps)
            w.mul_(1 - eta * lambda_).sub_(eta * torch.sign(g) * u.abs())
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="grams",
        title="Grams",
        cls=Grams,
        family="adaptive",
        paper=Paper(
            "Cao, Li and Song",
            "Grams: gradient descent with adaptive momentum scaling",
            2024,
            "https://arxiv.org/abs/2412.17107",
        ),
        elementwise=True,
    )
)
