"""Lion: the class and its entry."""

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


class Lion(DenseOptimizer):
    r"""Every coordinate moves equally far, by the sign of an interpolated momentum.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        c_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        \theta_t &= \theta_{t-1} - \eta\, \left(\operatorname{sign}(c_t)
                    + \lambda\, \theta_{t-1}\right) \\
        m_t &= \beta_2 m_{t-1} + (1 - \beta_2)\, g_t

    The average that gives the direction, :math:`c_t`, weights the current gradient more than the
    one that is stored, :math:`m_t`. A coordinate whose :math:`c_t` is exactly 0 does not move.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`, the distance each coordinate moves. The authors recommend a
        third to a tenth of AdamW's.
    betas : (float, float)
        :math:`\beta_1, \beta_2`, each in [0, 1).
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.

    Notes
    -----
    Since steps do not shrink with the gradient, a run at a constant learning rate ends up stepping
    back and forth across the minimum.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Lion
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Lion([theta], lr=0.01)
    >>> for _ in range(600):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 0.3)
    True

    References
    ----------
    Chen et al. (2023), Symbolic discovery of optimization algorithms,
    https://arxiv.org/abs/2302.06675, algorithm 2.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            eta, lambda_ = float(group["lr"]), group["weight_decay"]
            beta1, beta2 = group["betas"]
            if not state:
                state["exp_avg"] = torch.zeros_like(theta)
            m = state["exp_avg"]

            c = beta1 * m + (1 - beta1) * g
            theta.mul_(1 - eta * lambda_).sub_(eta * torch.sign(c))
            m.mul_(beta2).add_((1 - beta2) * g)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="lion",
        title="Lion",
        cls=Lion,
        family="sign",
        paper=Paper(
            "Chen et al.",
            "Symbolic discovery of optimization algorithms",
            2023,
            "https://arxiv.org/abs/2302.06675",
        ),
        elementwise=True,
    )
)
