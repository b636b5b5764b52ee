"""BCOS: the class and its entry."""

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


class BCOS(DenseOptimizer):
    r"""Adam that estimates its second moment from the momentum, and keeps no second average.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`, and :math:`m_0 = g_1`,

    .. math::
        v_t &= (3 \beta^2 - 2 \beta^3)\, m_{t-1}^2 + (1 - \beta)^2\, g_t^2
               + 2 \beta (1 - \beta)^2\, m_{t-1}\, g_t \\
        m_t &= \beta\, m_{t-1} + (1 - \beta)\, g_t \\
        \theta_t &= \theta_{t-1} - \alpha \left(
            \frac{m_t}{\sqrt{v_t} + \epsilon} + \lambda\, \theta_{t-1}\right)

    This :math:`v_t` estimates the expectation of :math:`m_t^2` given the momentum before the step,
    :math:`\beta^2 m_{t-1}^2 + 2 \beta (1 - \beta)\, m_{t-1}\, E[g_t] + (1 - \beta)^2 E[g_t^2]`,
    with :math:`m_t` for :math:`E[g_t]` and :math:`g_t^2` for :math:`E[g_t^2]`. While the gradient
    does not change, it is :math:`g_t^2`, and every step has the length :math:`\alpha`.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`.
    beta : float
        Decay rate :math:`\beta` of the momentum, in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.

    Notes
    -----
    This is the variant that the authors call BCOS-c, for conditional, with their default. The text
    of the paper could not be opened; the update is that of the authors' code. pytorch_optimizer has
    the same formula for :math:`v_t`, but evaluates it with :math:`m_t` in place of
    :math:`m_{t-1}`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import BCOS
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = BCOS([theta], lr=0.01)
    >>> for _ in range(600):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 0.1)
    True

    References
    ----------
    Jiang and Xiao (2025), Stochastic approximation with block coordinate optimal stepsizes,
    https://arxiv.org/abs/2507.08963.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "beta": UNIT_HALF_OPEN,
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        beta: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.1,
    ) -> None:
        defaults = {"lr": lr, "beta": beta, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            alpha, beta, eps = float(group["lr"]), group["beta"], group["eps"]
            if not state:
                state["exp_avg"] = g.detach().clone()
            m = state["exp_avg"]

            theta.mul_(1 - alpha * group["weight_decay"])
            v = (
                (3 * beta**2 - 2 * beta**3) * m**2
                + (1 - beta) ** 2 * g**2
                + 2 * beta * (1 - beta) ** 2 * m * g
            )
            m.mul_(beta).add_((1 - beta) * g)
            theta.sub_(alpha * m / (v.sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="bcos",
        title="BCOS",
        cls=BCOS,
        defaults={"weight_decay": 0.01},
        family="adaptive",
        paper=Paper(
            "Jiang and Xiao",
            "Stochastic approximation with block coordinate optimal stepsizes",
            2025,
            "https://arxiv.org/abs/2507.08963",
        ),
        elementwise=True,
    )
)
