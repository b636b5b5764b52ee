"""Signum: the class and its entry."""

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


class Signum(DenseOptimizer):
    r"""Steps by the sign of the momentum, always equally far in every coordinate.

    With :math:`\tilde g_k` the gradient at :math:`x_k`, and :math:`m_0 = 0`,

    .. math::
        m_{k+1} &= \beta m_k + (1 - \beta)\, \tilde g_k \\
        x_{k+1} &= x_k - \delta\, \left(\operatorname{sign}(m_{k+1}) + \lambda\, x_k\right)

    A coordinate whose momentum is exactly 0 does not move. With :math:`\beta = 0` it is signSGD.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\delta \ge 0`, the distance each coordinate moves.
    momentum : float
        :math:`\beta` in [0, 1).
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Signum
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Signum([x], lr=0.01)
    >>> for _ in range(400):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 0.2)
    True

    References
    ----------
    Bernstein et al. (2018), signSGD: compressed optimisation for non-convex problems,
    https://arxiv.org/abs/1802.04434, algorithm 2.
    Bernstein et al. (2019), signSGD with majority vote is communication efficient and fault
    tolerant, https://arxiv.org/abs/1810.05291, algorithm 1 (the weight decay).
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-4,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, g in self._updates():
            delta, beta, lambda_ = float(group["lr"]), group["momentum"], group["weight_decay"]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(x)
            m = state["momentum_buffer"]

            m.mul_(beta).add_((1 - beta) * g)
            x.mul_(1 - delta * lambda_).sub_(delta * torch.sign(m))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="signum",
        title="Signum",
        cls=Signum,
        family="sign",
        paper=Paper(
            "Bernstein et al.",
            "signSGD: compressed optimisation for non-convex problems",
            2018,
            "https://arxiv.org/abs/1802.04434",
        ),
        elementwise=True,
    )
)
