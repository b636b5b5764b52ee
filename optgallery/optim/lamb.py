"""LAMB: the class and its entry."""

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


class LAMB(DenseOptimizer):
    r"""Adam's direction; the step length is a fixed fraction of the parameter's norm.

    With :math:`g_t` the gradient at :math:`x_t`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        u_t &= \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} + \lambda x_t \\
        x_{t+1} &= x_t - \eta_t\, \frac{\lVert x_t \rVert_2}{\lVert u_t \rVert_2}\, u_t

    The norms are those of a whole parameter, such as a layer's weight or the two coordinates in the
    plane. So every step has the length :math:`\eta_t \lVert x_t \rVert_2`, however flat the
    function and however near the minimum; it settles only with a schedule, or at a minimum at the
    origin. If one of the norms is 0, their ratio is taken as 1.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        :math:`\eta_t \ge 0`, the length of a step divided by the parameter's norm.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        :math:`\lambda \ge 0`. It changes the direction of the step towards the origin, but not its
        length.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import LAMB
    >>> x = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> optimizer = LAMB([x], lr=0.1)
    >>> x.sum().backward()
    >>> optimizer.step()
    >>> step = x.detach() - torch.tensor([3.0, 4.0])
    >>> round(step.norm().item(), 6)
    0.5

    References
    ----------
    You et al. (2020), Large batch optimization for deep learning: training BERT in 76 minutes,
    https://arxiv.org/abs/1904.00962, algorithm 2 with :math:`\phi(z) = z`.
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
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, g in self._updates():
            eta, eps = float(group["lr"]), group["eps"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(x)
                state["exp_avg_sq"] = torch.zeros_like(x)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            u = m_hat / (v_hat.sqrt() + eps) + group["weight_decay"] * x
            x_norm, u_norm = torch.linalg.vector_norm(x), torch.linalg.vector_norm(u)
            ratio = torch.where((x_norm > 0) & (u_norm > 0), x_norm / u_norm, 1.0)
            x.sub_(eta * ratio * u)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="lamb",
        title="LAMB",
        cls=LAMB,
        family="norm-scaled",
        paper=Paper(
            "You et al.",
            "Large batch optimization for deep learning: training BERT in 76 minutes",
            2020,
            "https://arxiv.org/abs/1904.00962",
        ),
        layerwise=True,
        mappable=True,
    )
)
