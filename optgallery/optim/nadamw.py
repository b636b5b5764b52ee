"""NAdamW: the class and its entry."""

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


class NAdamW(DenseOptimizer):
    r"""AdamW with Nesterov momentum: the newest gradient counts nearly twice as much.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \bar m_t &= \frac{\beta_1 m_t}{1 - \beta_1^{t+1}}
                    + \frac{(1 - \beta_1)\, g_t}{1 - \beta_1^t} \\
        \theta_t &= \theta_{t-1} - \alpha \left(
            \frac{\bar m_t}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}
            + \lambda\, \theta_{t-1}\right)

    Adam would step along :math:`m_t`. Nesterov's momentum steps along what the average would be
    after one more gradient, and takes the newest one for it.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.

    Notes
    -----
    The decay rate of the average is constant, as in optax's ``nadamw``, which the benchmark
    https://arxiv.org/abs/2509.02046 uses. In PyTorch's :class:`~torch.optim.NAdam` it follows a
    schedule, which begins at half of :math:`\beta_1` and rises over thousands of steps. The update
    was compared with both; the text of the paper could not be opened.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import NAdamW
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = NAdamW([theta], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Dozat (2016), Incorporating Nesterov momentum into Adam,
    https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ, algorithm 2, with a constant decay rate,
    and with the weight decay of AdamW, https://arxiv.org/abs/1711.05101.
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
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            alpha, eps = float(group["lr"]), group["eps"]
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
            ahead = beta1 / (1 - beta1 ** (t + 1)) * m + (1 - beta1) / (1 - beta1**t) * g
            theta.sub_(alpha * ahead / ((v / (1 - beta2**t)).sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="nadamw",
        title="NAdamW",
        cls=NAdamW,
        family="adaptive",
        paper=Paper(
            "Dozat",
            "Incorporating Nesterov momentum into Adam",
            2016,
            "https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
        ),
        elementwise=True,
    )
)
