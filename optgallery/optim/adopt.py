"""ADOPT: the class and its entry."""

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


class ADOPT(DenseOptimizer):
    r"""Adam that divides each gradient by the second moment of those before it.

    With :math:`g_0` the gradient of the first call, which only initializes the second moment,
    :math:`v_0 = g_0^2`, and :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, \operatorname{clip}\left(
               \frac{g_t}{\max(\sqrt{v_{t-1}}, \epsilon)},\; t^{1/4}\right) \\
        \theta_t &= \theta_{t-1} - \alpha\, m_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2

    where clip bounds each element to :math:`[-t^{1/4}, t^{1/4}]`. The first call of ``step``
    therefore changes no parameter, not even by weight decay.

    Adam divides :math:`g_t` by an average that includes :math:`g_t`; because the two are
    correlated, it may not converge for every :math:`\beta_2`. Here they are not correlated.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`, a lower bound of the denominator.
    weight_decay : float
        Factor of the decoupled weight decay, at least 0: the parameters shrink by ``lr *
        weight_decay`` in each step.
    clip : bool
        Clip the quotients as above. The paper's algorithm 1 does not; without it, a coordinate
        whose first gradient is 0 may take a step of :math:`g / \epsilon`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import ADOPT
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = ADOPT([theta], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Taniguchi et al. (2024), ADOPT: modified Adam can converge with any :math:`\beta_2` with the
    optimal rate, https://arxiv.org/abs/2411.02853, algorithm 2.
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
        betas: tuple[float, float] = (0.9, 0.9999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        clip: bool = True,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "clip": clip,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, eps = float(group["lr"]), group["eps"]
            beta1, beta2 = group["betas"]
            g = grad.detach()
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = g**2
                continue
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            theta.mul_(1 - alpha * group["weight_decay"])
            normed = g / v.sqrt().clamp(min=eps)
            if group["clip"]:
                c = t**0.25
                normed.clamp_(-c, c)
            m.mul_(beta1).add_((1 - beta1) * normed)
            theta.sub_(alpha * m)
            v.mul_(beta2).add_((1 - beta2) * g**2)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="adopt",
        title="ADOPT",
        cls=ADOPT,
        family="adaptive",
        paper=Paper(
            "Taniguchi et al.",
            "ADOPT: modified Adam can converge with any beta2 with the optimal rate",
            2024,
            "https://arxiv.org/abs/2411.02853",
        ),
        elementwise=True,
    )
)
