"""DiffGrad: the class and its entry."""

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


class DiffGrad(DenseOptimizer):
    r"""Adam whose steps are halved where the gradient no longer changes.

    With :math:`g_t` the gradient at :math:`\theta_t`, and :math:`g_0 = 0`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \xi_t &= \frac{1}{1 + e^{-|g_{t-1} - g_t|}} \\
        \theta_{t+1} &= \theta_t - \alpha\, \xi_t\, \frac{m_t / (1 - \beta_1^t)}
                        {\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}

    The friction coefficient :math:`\xi_t` is between 1/2, where the gradient does not change, and
    1, where it changes much. Unlike Adam, diffGrad is not invariant to the scale of the function.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2` of the two moving averages, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import DiffGrad
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = DiffGrad([theta], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Dubey et al. (2020), diffGrad: an optimization method for convolutional neural networks,
    https://arxiv.org/abs/1909.11015, algorithm 1.
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
            alpha, eps = float(group["lr"]), group["eps"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
                state["previous_grad"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            g = grad + group["weight_decay"] * theta
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            xi = 1 / (1 + (-(state["previous_grad"] - g).abs()).exp())
            state["previous_grad"].copy_(g)
            theta.sub_(alpha * xi * m_hat / (v_hat.sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="diffgrad",
        title="DiffGrad",
        cls=DiffGrad,
        family="adaptive",
        paper=Paper(
            "Dubey et al.",
            "diffGrad: an optimization method for convolutional neural networks",
            2020,
            "https://arxiv.org/abs/1909.11015",
        ),
        elementwise=True,
    )
)
