"""AdaMod: the class and its entry."""

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


class AdaMod(DenseOptimizer):
    r"""Adam with each learning rate bounded by its exponential moving average.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        \eta_t &= \alpha / (\sqrt{\hat v_t} + \epsilon) \\
        s_t &= \beta_3 s_{t-1} + (1 - \beta_3)\, \eta_t \\
        \theta_t &= \theta_{t-1} - \min(\eta_t, s_t)\, \hat m_t

    The average :math:`s_t` starts at 0 without bias correction, which acts as a warm-up over about
    :math:`1 / (1 - \beta_3)` steps.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2` of the two moments, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Decoupled weight decay, at least 0: parameters shrink by ``lr * weight_decay`` in each step.
    beta3 : float
        Decay rate :math:`\beta_3` of the averaged learning rate, in [0, 1). With 0 it is Adam.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdaMod
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AdaMod([theta], lr=0.1, beta3=0.99)
    >>> for _ in range(400):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Ding et al. (2019), An adaptive and momental bound method for stochastic learning,
    https://arxiv.org/abs/1910.12249, algorithm 1. The authors' package and other packages include
    the correction :math:`1 - \beta_1^t` in :math:`\eta_t`, and so in its average.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "beta3": UNIT_HALF_OPEN,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        beta3: float = 0.999,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "beta3": beta3,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, eps, beta3 = float(group["lr"]), group["eps"], group["beta3"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
                state["exp_avg_lr"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, v, s = (state[k] for k in ("step", "exp_avg", "exp_avg_sq", "exp_avg_lr"))

            theta.mul_(1 - alpha * group["weight_decay"])
            m.mul_(beta1).add_((1 - beta1) * grad)
            v.mul_(beta2).add_((1 - beta2) * grad**2)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            eta = alpha / (v_hat.sqrt() + eps)
            s.mul_(beta3).add_((1 - beta3) * eta)
            theta.sub_(torch.minimum(eta, s) * m_hat)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="adamod",
        title="AdaMod",
        cls=AdaMod,
        family="adaptive",
        paper=Paper(
            "Ding et al.",
            "An adaptive and momental bound method for stochastic learning",
            2019,
            "https://arxiv.org/abs/1910.12249",
        ),
        elementwise=True,
    )
)
