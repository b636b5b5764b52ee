"""LaProp: the class and its entry."""

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


class LaProp(DenseOptimizer):
    r"""Adam in the other order: gradients are normalized before they are averaged.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        n_t &= \nu n_{t-1} + (1 - \nu)\, g_t^2 \\
        c_n &= 1 - \nu^t \\
        m_t &= \mu m_{t-1} + (1 - \mu)\, \frac{g_t}{\sqrt{n_t / c_n} + \epsilon} \\
        c_m &= 1 - \mu^t \\
        \theta_t &= \theta_{t-1} - \lambda_t\, \frac{m_t}{c_m}

    An average of quotients is not larger than the largest quotient, so a step is at most
    :math:`\lambda_t / \sqrt{1 - \nu}` for any :math:`\mu` and :math:`\nu`; with :math:`\nu = 0` it
    is momentum over signs.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\lambda_t \ge 0`.
    betas : (float, float)
        Decay rates :math:`\mu, \nu`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor of the decoupled weight decay, at least 0: after each step, the parameters shrink by
        ``lr * weight_decay``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import LaProp
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = LaProp([theta], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Ziyin, Wang and Ueda (2020), LaProp: separating momentum and adaptivity in Adam,
    https://arxiv.org/abs/2002.04839. The place of the weight decay follows the authors' code.
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
        lr: float | Tensor = 4e-4,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-15,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            lambda_, eps = float(group["lr"]), group["eps"]
            mu, nu = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, n = state["step"], state["exp_avg"], state["exp_avg_sq"]

            n.mul_(nu).add_((1 - nu) * g**2)
            c_n = 1 - nu**t
            m.mul_(mu).add_((1 - mu) * g / ((n / c_n).sqrt() + eps))
            c_m = 1 - mu**t
            theta.sub_(lambda_ * m / c_m).mul_(1 - lambda_ * group["weight_decay"])
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="laprop",
        title="LaProp",
        cls=LaProp,
        family="adaptive",
        paper=Paper(
            "Ziyin, Wang and Ueda",
            "LaProp: separating momentum and adaptivity in Adam",
            2020,
            "https://arxiv.org/abs/2002.04839",
        ),
        elementwise=True,
    )
)
