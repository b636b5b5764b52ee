"""AggMo: the class and its entry."""

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
    Each,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class AggMo(DenseOptimizer):
    r"""Averages velocities with different decay rates, which damps oscillation.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`, :math:`v_0^{(i)} = 0`, and
    :math:`i = 1, \dots, K`,

    .. math::
        v_t^{(i)} &= \beta^{(i)} v_{t-1}^{(i)} - g_t \\
        \theta_t &= \theta_{t-1} + \frac{\gamma_t}{K} \sum_{i=1}^K v_t^{(i)}

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\gamma_t \ge 0`.
    betas : sequence of float
        Damping :math:`\beta^{(i)}` of each velocity, one or more, each in [0, 1). The paper's
        exponential form is :math:`\beta^{(i)} = 1 - 0.1^{i-1}`. Their number must not change after
        the first step.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.

    Notes
    -----
    A velocity with :math:`\beta` near 1 is fast along a gentle slope and oscillates across a steep
    one, at a frequency of its own; those with :math:`\beta` near 0 do not oscillate.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AggMo
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AggMo([theta], lr=0.1, betas=(0.0, 0.9))
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-3)
    True

    References
    ----------
    Lucas et al. (2019), Aggregated momentum: stability through passive damping,
    https://arxiv.org/abs/1804.00325, equation 3.
    """

    listed = frozenset({"momentum_buffers"})

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": Each(UNIT_HALF_OPEN),
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, ...] = (0.0, 0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            gamma, betas = float(group["lr"]), group["betas"]
            if not state:
                state["momentum_buffers"] = [torch.zeros_like(theta) for _ in betas]

            g = grad + group["weight_decay"] * theta
            total = torch.zeros_like(theta)
            for beta, v in zip(betas, state["momentum_buffers"], strict=True):
                v.mul_(beta).sub_(g)
                total.add_(v)
            theta.add_(gamma / len(betas) * total)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="aggmo",
        title="AggMo",
        cls=AggMo,
        family="momentum",
        paper=Paper(
            "Lucas et al.",
            "Aggregated momentum: stability through passive damping",
            2019,
            "https://arxiv.org/abs/1804.00325",
        ),
        elementwise=True,
    )
)
