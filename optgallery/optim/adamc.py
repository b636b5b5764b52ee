"""AdamC: the class and its entry."""

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


class AdamC(DenseOptimizer):
    r"""AdamW whose weight decay falls with the square of the learning rate.

    With :math:`g_t` the gradient at :math:`x_{t-1}`, :math:`\gamma_t` the learning rate of the step
    and :math:`\gamma_{\max}` the largest one of the schedule,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        x_t &= x_{t-1} - \gamma_t\, \frac{m_t / (1 - \beta_1^t)}
               {\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}
               - \frac{\gamma_t^2}{\gamma_{\max}}\, \lambda\, x_{t-1}

    AdamW shrinks the parameters by :math:`\gamma_t \lambda`. In a layer that a normalization
    follows, decay and gradient then balance where the gradient has a norm proportional to
    :math:`\sqrt{\lambda / \gamma_t}`: as the learning rate falls, gradients grow. With the factor
    :math:`\gamma_t / \gamma_{\max}` on the decay they do not.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\gamma_t \ge 0`, which a schedule changes.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    max_lr : float or None
        :math:`\gamma_{\max} > 0`; None takes the ``lr`` with which a group is added, where most
        schedules begin or to which they rise. A larger rate replaces either, once a step has it.
    normalized : bool
        Whether a normalization follows the layers of a group. The decay of other groups is that of
        AdamW: ``{"params": biases, "normalized": False}``.

    Notes
    -----
    At a constant learning rate of :math:`\gamma_{\max}` it is AdamW. The text of the paper could
    not be opened; the correction is that of four implementations, which agree.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdamC
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AdamC([x], lr=0.1)
    >>> schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=300)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    ...     schedule.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Defazio (2025), Why gradients rapidly increase near the end of training,
    https://arxiv.org/abs/2506.02285.
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
        *,
        max_lr: float | None = None,
        normalized: bool = True,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "max_lr": max_lr,
            "normalized": normalized,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; without a ``max_lr``, its present ``lr`` takes the place."""
        if isinstance(param_group, dict):
            max_lr = param_group.get("max_lr", self.defaults["max_lr"])
            if max_lr is not None:
                POSITIVE.check("max_lr", max_lr)
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        if group["max_lr"] is None:
            group["max_lr"] = float(group["lr"])

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, g in self._updates():
            gamma, eps = float(group["lr"]), group["eps"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(x)
                state["exp_avg_sq"] = torch.zeros_like(x)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            group["max_lr"] = max(group["max_lr"], gamma)
            decay = gamma * group["weight_decay"]
            if group["normalized"] and gamma < group["max_lr"]:
                decay *= gamma / group["max_lr"]
            x.mul_(1 - decay)
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            x.sub_(gamma * m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="adamc",
        title="AdamC",
        cls=AdamC,
        family="adaptive",
        paper=Paper(
            "Defazio",
            "Why gradients rapidly increase near the end of training",
            2025,
            "https://arxiv.org/abs/2506.02285",
        ),
        elementwise=True,
        coincides_with=("adamw",),
    )
)
