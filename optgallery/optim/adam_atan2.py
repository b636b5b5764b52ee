"""AdamAtan2: the class and its entry."""

from math import pi
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


class AdamAtan2(DenseOptimizer):
    r"""Adam without epsilon: an arctangent replaces the division, and bounds each step.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \theta_t &= \theta_{t-1} - \alpha \left(
            a\, \operatorname{atan2}\left(\frac{m_t}{1 - \beta_1^t},\;
            b \sqrt{\frac{v_t}{1 - \beta_2^t}}\right) + \lambda\, \theta_{t-1}\right)

    where :math:`\operatorname{atan2}(y, x) = \arctan(y / x)` for :math:`x > 0`, and
    :math:`\operatorname{atan2}(0, 0) = 0`. Since nothing is added to the root, a factor of all
    gradients changes no step, however small it is. A quotient of 1, that of equal gradients,
    becomes :math:`\pi / 4`, which :math:`a = 4 / \pi` makes a step of length :math:`\alpha`. Small
    quotients give steps :math:`a` times as long as Adam's, and no quotient gives one longer than
    :math:`2 \alpha`.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    a : float
        :math:`a > 0`, a factor of every step.
    b : float
        :math:`b > 0`, a factor of the root: with a large one, and :math:`a = b`, the arctangent is
        nearly its argument, and the steps are Adam's.

    Notes
    -----
    The text of the paper could not be opened; the update was compared with two implementations of
    it. Some fix :math:`a` at 1, or round it to 1.27.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdamAtan2
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AdamAtan2([theta], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Everett et al. (2024), Scaling exponents across parameterizations and optimizers,
    https://arxiv.org/abs/2407.05872.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "weight_decay": NON_NEGATIVE,
        "a": POSITIVE,
        "b": POSITIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
        *,
        a: float = 4 / pi,
        b: float = 1.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "weight_decay": weight_decay, "a": a, "b": b}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            alpha, a, b = float(group["lr"]), group["a"], group["b"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            theta.mul_(1 - alpha * group["weight_decay"])
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            quotient = m / (1 - beta1**t) / (b * (v / (1 - beta2**t)).sqrt())
            # torch.atan2 rounds an element of many otherwise than one of few; torch.atan does not
            angle = torch.atan(torch.where(m == 0, m, quotient))
            theta.sub_(alpha * a * angle)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="adam_atan2",
        title="Adam-atan2",
        cls=AdamAtan2,
        family="adaptive",
        paper=Paper(
            "Everett et al.",
            "Scaling exponents across parameterizations and optimizers",
            2024,
            "https://arxiv.org/abs/2407.05872",
        ),
        elementwise=True,
    )
)
