"""LARS: the class and its entry."""

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


class LARS(DenseOptimizer):
    r"""Momentum over gradients that are scaled to a fraction of the parameter's norm.

    With :math:`g_t` the gradient at :math:`w_t`,

    .. math::
        \lambda_t &= \eta\, \frac{\lVert w_t \rVert_2}
                     {\lVert g_t \rVert_2 + \beta \lVert w_t \rVert_2} \\
        v_{t+1} &= m v_t + \gamma_t \lambda_t\, (g_t + \beta w_t) \\
        w_{t+1} &= w_t - v_{t+1}

    The norms are those of a whole parameter, such as a layer's weight or the two coordinates in the
    plane. However steep the function, a gradient adds no more than :math:`\gamma_t \eta \lVert w_t
    \rVert_2` to the velocity. Where :math:`\lVert w_t \rVert_2` or the denominator is 0,
    :math:`\lambda_t = 1`.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Global learning rate :math:`\gamma_t \ge 0`. It scales what is added to the velocity, not
        the velocity itself: after a change of ``lr``, the accumulated momentum is unchanged.
    momentum : float
        :math:`m` in [0, 1).
    weight_decay : float
        :math:`\beta \ge 0`, an L2 penalty.
    trust_coefficient : float
        :math:`\eta > 0`. The paper's 0.001 is meant for global rates of 1 and more, which the
        gallery does not show; its entry uses 1, so that ``lr`` is a fraction of the norm as in
        :class:`~optgallery.optim.LAMB`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import LARS
    >>> w = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> optimizer = LARS([w], lr=0.1, trust_coefficient=1.0)
    >>> (1000 * w[0]).backward()
    >>> optimizer.step()
    >>> w.tolist()
    [2.5, 4.0]

    References
    ----------
    You, Gitman and Ginsburg (2017), Large batch training of convolutional networks,
    https://arxiv.org/abs/1708.03888, algorithm 1 and equation 6.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "weight_decay": NON_NEGATIVE,
        "trust_coefficient": POSITIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        *,
        trust_coefficient: float = 1e-3,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "trust_coefficient": trust_coefficient,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, w, g in self._updates():
            gamma, eta, beta = float(group["lr"]), group["trust_coefficient"], group["weight_decay"]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(w)
            v = state["momentum_buffer"]

            w_norm, g_norm = torch.linalg.vector_norm(w), torch.linalg.vector_norm(g)
            scale = g_norm + beta * w_norm
            lambda_t = torch.where((w_norm > 0) & (scale > 0), eta * w_norm / scale, 1.0)
            v.mul_(group["momentum"]).add_(gamma * lambda_t * (g + beta * w))
            w.sub_(v)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="lars",
        title="LARS",
        cls=LARS,
        defaults={"lr": 0.01, "trust_coefficient": 1.0},
        family="norm-scaled",
        paper=Paper(
            "You, Gitman and Ginsburg",
            "Large batch training of convolutional networks",
            2017,
            "https://arxiv.org/abs/1708.03888",
        ),
        layerwise=True,
        mappable=True,
    )
)
