"""Adan: the class and its entry."""

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


class Adan(DenseOptimizer):
    r"""Adaptive Nesterov momentum from differences of gradients, which damp oscillation.

    With :math:`g_k` the gradient at :math:`\theta_k`, :math:`k = 1, 2, \dots`, and
    :math:`g_0 = g_1`,

    .. math::
        m_k &= (1 - \beta_1)\, m_{k-1} + \beta_1\, g_k \\
        v_k &= (1 - \beta_2)\, v_{k-1} + \beta_2\, (g_k - g_{k-1}) \\
        n_k &= (1 - \beta_3)\, n_{k-1} + \beta_3\, (g_k + (1 - \beta_2)(g_k - g_{k-1}))^2 \\
        \theta_{k+1} &= \frac{1}{1 + \lambda \eta} \left(\theta_k - \eta\,
            \frac{\hat m_k + (1 - \beta_2)\, \hat v_k}{\sqrt{\hat n_k} + \epsilon}\right)

    where a hat denotes bias correction, with
    :math:`\hat m_k = m_k / (1 - (1 - \beta_1)^k)` and so on. The paper starts :math:`m` and
    :math:`n` from the first gradient and its square instead.

    The average of the differences looks ahead like Nesterov's extrapolated point, without a
    gradient evaluation there.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float, float)
        :math:`1 - \beta_1, 1 - \beta_2, 1 - \beta_3`, each in [0, 1): decay rates as in the
        authors' code and in PyTorch; the paper's :math:`\beta` are the weights of the new terms.
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the weight decay, at least 0. It is a proximal step: the
        parameters are divided by ``1 + lr * weight_decay`` after the update.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Adan
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Adan([theta], lr=0.1)
    >>> for _ in range(500):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Xie et al. (2022), Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models,
    https://arxiv.org/abs/2208.06677, algorithm 1. The bias corrections follow the authors' code.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            eta, eps, lambda_ = float(group["lr"]), group["eps"], group["weight_decay"]
            beta1, beta2, beta3 = (1 - decay for decay in group["betas"])
            g = grad.detach()
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_diff"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
                state["previous_grad"] = g.clone()
            state["step"] += 1
            k, g_before = state["step"], state["previous_grad"]
            m, v, n = state["exp_avg"], state["exp_avg_diff"], state["exp_avg_sq"]

            difference = g - g_before
            m.mul_(1 - beta1).add_(beta1 * g)
            v.mul_(1 - beta2).add_(beta2 * difference)
            n.mul_(1 - beta3).add_(beta3 * (g + (1 - beta2) * difference) ** 2)
            m_hat = m / (1 - (1 - beta1) ** k)
            v_hat = v / (1 - (1 - beta2) ** k)
            n_hat = n / (1 - (1 - beta3) ** k)
            theta.sub_(eta * (m_hat + (1 - beta2) * v_hat) / (n_hat.sqrt() + eps))
            theta.div_(1 + lambda_ * eta)
            g_before.copy_(g)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="adan",
        title="Adan",
        cls=Adan,
        family="adaptive",
        paper=Paper(
            "Xie et al.",
            "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models",
            2022,
            "https://arxiv.org/abs/2208.06677",
        ),
        elementwise=True,
    )
)
