"""FOCUS: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    RATE,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class FOCUS(DenseOptimizer):
    r"""Signum whose steps are shorter away from the average of its own points, longer towards it.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        \bar\theta_t &= \beta_2 \bar\theta_{t-1} + (1 - \beta_2)\, \theta_{t-1} \\
        \hat\theta_t &= \bar\theta_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta \left(
            \operatorname{sign}(m_t)
            + \gamma \operatorname{sign}(\theta_{t-1} - \hat\theta_t)
            + \lambda\, \hat\theta_t\right)

    In a narrow valley with noisy gradients the points scatter around its floor, where their average
    is: the attraction with the weight :math:`\gamma` holds them together. In the first step the
    point is the average, and nothing attracts.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`; a coordinate moves by :math:`(1 \pm \gamma)` times as much.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2` of the averages of gradients and of points, each in
        [0, 1).
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0. It shrinks by the average
        :math:`\hat\theta_t`.
    gamma : float
        Weight :math:`\gamma` of the attraction, at least 0; from 1 on it is stronger than the
        gradient.

    Notes
    -----
    The text of the paper could not be opened; the update is that of the authors' code and of
    pytorch_optimizer, except that the latter decays before it compares with the average. Here the
    average is computed without a quotient, so that it is exactly :math:`\theta_{t-1}` while the
    parameter has not moved: a rounding error would have a sign, and so a whole step.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import FOCUS
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = FOCUS([theta], lr=0.01)
    >>> for _ in range(600):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 0.3)
    True

    References
    ----------
    Liu, Liu and Gore (2025), FOCUS: first order concentrated updating scheme,
    https://arxiv.org/abs/2501.12243.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "weight_decay": NON_NEGATIVE,
        "gamma": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
        *,
        gamma: float = 0.1,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "weight_decay": weight_decay, "gamma": gamma}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            eta, gamma = float(group["lr"]), group["gamma"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["mean_parameter"] = theta.detach().clone()
            state["step"] += 1
            t, m, mean = state["step"], state["exp_avg"], state["mean_parameter"]

            m.mul_(beta1).add_((1 - beta1) * g)
            mean.add_((1 - beta2) / (1 - beta2**t) * (theta - mean))
            attraction = gamma * torch.sign(theta - mean)
            theta.sub_(eta * (torch.sign(m) + attraction + group["weight_decay"] * mean))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="focus",
        title="FOCUS",
        cls=FOCUS,
        family="sign",
        paper=Paper(
            "Liu, Liu and Gore",
            "FOCUS: first order concentrated updating scheme",
            2025,
            "https://arxiv.org/abs/2501.12243",
        ),
        elementwise=True,
    )
)
