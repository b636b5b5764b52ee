"""AdaBelief: the class and its entry."""

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


class AdaBelief(DenseOptimizer):
    r"""Adam scaled by the gradient's deviation from its moving average, not by its size.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        s_t &= \beta_2 s_{t-1} + (1 - \beta_2)\, (g_t - m_t)^2 + \epsilon \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat s_t = s_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \alpha\, \frac{\hat m_t}{\sqrt{\hat s_t} + \epsilon}

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2` of the two moving averages, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`, added to :math:`s_t` in every step, and to its root.
    weight_decay : float
        Factor of the weight decay, at least 0.
    decoupled_weight_decay : bool
        Shrink the parameters by ``lr * weight_decay`` as AdamW does, instead of adding
        ``weight_decay`` times the parameters to the gradient.
    rectify : bool
        Shorten the first steps, while :math:`s_t` is estimated from few gradients. The authors'
        package enables this by default; the paper's algorithm does not have it.

    Notes
    -----
    With ``rectify``, the step is scaled by :math:`r_t` as RAdam has it, with
    :math:`\rho_\infty = 2 / (1 - \beta_2) - 1` and
    :math:`\rho_t = \rho_\infty - 2 t \beta_2^t / (1 - \beta_2^t)`,

    .. math::
        r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\, \rho_\infty}
                         {(\rho_\infty - 4)(\rho_\infty - 2)\, \rho_t}}

    and while :math:`\rho_t < 5` the step is :math:`\alpha\, \hat m_t`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdaBelief
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AdaBelief([theta], lr=0.1)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-3)
    True

    References
    ----------
    Zhuang et al. (2020), AdaBelief optimizer: adapting stepsizes by the belief in observed
    gradients, https://arxiv.org/abs/2010.07468, algorithm 2.
    Liu et al. (2020), On the variance of the adaptive learning rate and beyond,
    https://arxiv.org/abs/1908.03265, algorithm 2 (the rectification; the threshold of 5 instead of
    4 is that of the AdaBelief authors' code).
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
        eps: float = 1e-16,
        weight_decay: float = 0.0,
        *,
        decoupled_weight_decay: bool = True,
        rectify: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "rectify": rectify,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, eps, weight_decay = float(group["lr"]), group["eps"], group["weight_decay"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_var"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, s = state["step"], state["exp_avg"], state["exp_avg_var"]

            if group["decoupled_weight_decay"]:
                g = grad
                theta.mul_(1 - alpha * weight_decay)
            else:
                g = grad + weight_decay * theta
            m.mul_(beta1).add_((1 - beta1) * g)
            s.mul_(beta2).add_((1 - beta2) * (g - m) ** 2 + eps)
            m_hat = m / (1 - beta1**t)
            s_hat = s / (1 - beta2**t)
            r = rectification(t, beta2) if group["rectify"] else 1.0
            if r is None:
                theta.sub_(alpha * m_hat)
            else:
                theta.sub_(alpha * r * m_hat / (s_hat.sqrt() + eps))
        return loss


def rectification(t: int, beta2: float) -> float | None:
    """Return RAdam's factor of the step at time t, or None while the variance is intractable."""
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    if rho < 5:
        return None
    r_squared = (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)
    return float(r_squared**0.5)


OPTIMIZERS.add(
    OptimizerSpec(
        name="adabelief",
        title="AdaBelief",
        cls=AdaBelief,
        family="adaptive",
        paper=Paper(
            "Zhuang et al.",
            "AdaBelief optimizer: adapting stepsizes by the belief in observed gradients",
            2020,
            "https://arxiv.org/abs/2010.07468",
        ),
        elementwise=True,
    )
)
