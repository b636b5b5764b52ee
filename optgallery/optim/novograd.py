"""NovoGrad: the class and its entry."""

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


class NovoGrad(DenseOptimizer):
    r"""Momentum over gradients divided by a moving average of the gradient's norm.

    With :math:`g_t` the gradient at :math:`w_t`,

    .. math::
        v_1 &= \lVert g_1 \rVert_2^2 \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, \lVert g_t \rVert_2^2 \\
        m_t &= \beta_1 m_{t-1} + \left(\frac{g_t}{\sqrt{v_t} + \epsilon} + d w_t\right),
        \qquad m_0 = 0 \\
        w_{t+1} &= w_t - \lambda_t m_t

    The norm is that of a whole parameter, such as a layer's weight or the two coordinates in the
    plane: one number :math:`v_t` for all its elements, so unlike Adam's, the direction is that of
    the gradient. The velocity sums the gradients, as :class:`torch.optim.SGD` does, and grows to
    :math:`1 / (1 - \beta_1)` times one of them.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\lambda_t \ge 0`, the length of the first step.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`. Because of it, a first gradient of 0 changes nothing; the next one is
        then divided by only :math:`\sqrt{1 - \beta_2}` times its norm.
    weight_decay : float
        :math:`d \ge 0`, added to the gradient after the division.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import NovoGrad
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = NovoGrad([w], lr=0.1)
    >>> w.square().sum().backward()
    >>> optimizer.step()
    >>> step = w.detach() - torch.tensor([2.0, -3.0])
    >>> round(step.norm().item(), 6)
    0.1

    References
    ----------
    Ginsburg et al. (2019), Stochastic gradient methods with layer-wise adaptive moments for
    training of deep networks, https://arxiv.org/abs/1905.11286, algorithm 1. Adding
    :math:`\epsilon` in the first step, too, is common to implementations.
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
        betas: tuple[float, float] = (0.95, 0.98),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, w, g in self._updates():
            beta1, beta2 = group["betas"]
            squared_norm = g.square().sum()
            if not state:
                state["exp_avg_norm_sq"] = squared_norm.clone()
                state["momentum_buffer"] = torch.zeros_like(w)
            else:
                state["exp_avg_norm_sq"].mul_(beta2).add_((1 - beta2) * squared_norm)
            v, m = state["exp_avg_norm_sq"], state["momentum_buffer"]

            m.mul_(beta1).add_(g / (v.sqrt() + group["eps"]) + group["weight_decay"] * w)
            w.sub_(float(group["lr"]) * m)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="novograd",
        title="NovoGrad",
        cls=NovoGrad,
        family="norm-scaled",
        paper=Paper(
            "Ginsburg et al.",
            "Stochastic gradient methods with layer-wise adaptive moments for training of deep "
            "networks",
            2019,
            "https://arxiv.org/abs/1905.11286",
        ),
        layerwise=True,
        mappable=True,
    )
)
