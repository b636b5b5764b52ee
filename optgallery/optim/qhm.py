"""QHM: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    RATE,
    UNIT_CLOSED,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class QHM(DenseOptimizer):
    r"""A weighted average of the gradient and a long moving average of gradients.

    With :math:`\nabla_t` the gradient at :math:`\theta_t`, :math:`t = 0, 1, \dots`,

    .. math::
        g_{t+1} &= \beta g_t + (1 - \beta)\, \nabla_t \\
        \theta_{t+1} &= \theta_t - \alpha \left[(1 - \nu)\, \nabla_t + \nu\, g_{t+1}\right]

    With :math:`\nu = 0` it is gradient descent, with :math:`\nu = 1` momentum, and with :math:`\nu
    = \beta` Nesterov's. The buffer is an exponential moving average of gradients, not their sum:
    for the same steps, :class:`torch.optim.SGD` needs ``lr * (1 - momentum)``.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`, as in gradient descent. The authors' package has no default;
        this is that of :class:`torch.optim.SGD`.
    momentum : float
        Decay rate :math:`\beta` of the moving average, in [0, 1).
    weight_decay : float
        Factor of the weight decay, at least 0.
    nu : float
        Weight :math:`\nu` of the moving average, in [0, 1]. It and ``momentum`` default to the
        paper's recommendation.
    decoupled_weight_decay : bool
        Shrink the parameters by ``lr * weight_decay``, instead of adding ``weight_decay`` times the
        parameters to the gradient.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import QHM
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = QHM([theta], lr=0.1, momentum=0.9)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-3)
    True

    References
    ----------
    Ma and Yarats (2019), Quasi-hyperbolic momentum and Adam for deep learning,
    https://arxiv.org/abs/1810.06801, the update rule of QHM.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "weight_decay": NON_NEGATIVE,
        "nu": UNIT_CLOSED,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0.999,
        weight_decay: float = 0.0,
        *,
        nu: float = 0.7,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "nu": nu,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, beta, nu = float(group["lr"]), group["momentum"], group["nu"]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(theta)
            g = state["momentum_buffer"]

            if group["decoupled_weight_decay"]:
                nabla = grad
                theta.mul_(1 - alpha * group["weight_decay"])
            else:
                nabla = grad + group["weight_decay"] * theta
            g.mul_(beta).add_((1 - beta) * nabla)
            theta.sub_(alpha * ((1 - nu) * nabla + nu * g))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="qhm",
        title="QHM",
        cls=QHM,
        family="momentum",
        paper=Paper(
            "Ma and Yarats",
            "Quasi-hyperbolic momentum and Adam for deep learning",
            2019,
            "https://arxiv.org/abs/1810.06801",
        ),
        elementwise=True,
    )
)
