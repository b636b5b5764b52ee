"""MARS: the class and its entry."""

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


class MARS(DenseOptimizer):
    r"""AdamW on gradients plus a multiple of their last change, clipped to norm 1.

    With :math:`g_t` the gradient at :math:`x_t`, and :math:`g_0 = g_1`,

    .. math::
        c_t &= g_t + \gamma\, \frac{\beta_1}{1 - \beta_1}\, (g_t - g_{t-1}) \\
        \tilde c_t &= c_t / \max(1, \lVert c_t \rVert_2) \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, \tilde c_t \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, \tilde c_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        x_{t+1} &= x_t - \eta_t \left(\frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}
                   + \lambda x_t\right)

    The norm is that of a whole parameter. In training, the paper reevaluates :math:`g_{t-1}` on the
    batch of step :math:`t`; this is its cheaper form MARS-approx, which stores the gradient of the
    previous step. Without batches, the two are the same.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta_t \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        :math:`\lambda \ge 0`.
    gamma : float
        Scale :math:`\gamma \ge 0` of the correction. With 0 it is AdamW on clipped gradients; with
        1 the correction is the full one of recursive momentum (STORM).

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import MARS
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = MARS([x], lr=0.1)
    >>> for _ in range(400):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Yuan et al. (2024), MARS: unleashing the power of variance reduction for training large models,
    https://arxiv.org/abs/2411.10438, algorithm 2 (MARS-AdamW).
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "gamma": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 3e-3,
        betas: tuple[float, float] = (0.95, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        gamma: float = 0.025,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "gamma": gamma,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, g in self._updates():
            eta, eps, gamma = float(group["lr"]), group["eps"], group["gamma"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(x)
                state["exp_avg_sq"] = torch.zeros_like(x)
                state["previous_grad"] = g.clone()
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            c = g + gamma * beta1 / (1 - beta1) * (g - state["previous_grad"])
            c /= torch.linalg.vector_norm(c).clamp(min=1)
            state["previous_grad"].copy_(g)
            m.mul_(beta1).add_((1 - beta1) * c)
            v.mul_(beta2).add_((1 - beta2) * c**2)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            x.mul_(1 - eta * group["weight_decay"]).sub_(eta * m_hat / (v_hat.sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="mars",
        title="MARS",
        cls=MARS,
        family="adaptive",
        paper=Paper(
            "Yuan et al.",
            "MARS: unleashing the power of variance reduction for training large models",
            2024,
            "https://arxiv.org/abs/2411.10438",
        ),
        layerwise=True,
        mappable=True,
    )
)
