"""AdaBound: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_HALF_OPEN,
    UNIT_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class AdaBound(DenseOptimizer):
    r"""Changes gradually from Adam to SGD, by bounds on the learning rates that converge.

    With :math:`g_t` the gradient at :math:`x_t` and :math:`\eta^*` the final learning rate,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \eta_l(t) &= \eta^* \left(1 - \frac{1}{\gamma t + 1}\right) \\
        \eta_u(t) &= \eta^* \left(1 + \frac{1}{\gamma t}\right) \\
        \eta_t &= \operatorname{Clip}\left(
                  \frac{\alpha \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)}{\sqrt{v_t} + \epsilon},\,
                  \eta_l(t),\, \eta_u(t)\right) \\
        x_{t+1} &= x_t - \eta_t \odot m_t

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Adam's step size :math:`\alpha \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.
    final_lr : float
        Final learning rate :math:`\eta^* > 0`, that of SGD.
    gamma : float
        :math:`\gamma` in (0, 1): how fast the bounds converge.

    Notes
    -----
    A learning rate schedule scales both rates: :math:`\eta^*` is ``final_lr * lr / base_lr``, where
    the group's ``base_lr`` is its initial ``lr``, or its first ``lr`` above 0.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdaBound
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AdaBound([x], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-3)
    True

    References
    ----------
    Luo et al. (2019), Adaptive gradient methods with dynamic bound of learning rate,
    https://arxiv.org/abs/1902.09843, algorithm 2. Adam's bias correction, and the learning rate not
    divided by :math:`\sqrt t`, follow the authors' code.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "final_lr": POSITIVE,
        "gamma": UNIT_OPEN,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        final_lr: float = 0.1,
        gamma: float = 1e-3,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "final_lr": final_lr,
            "gamma": gamma,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group and remember its initial learning rate."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        group["base_lr"] = float(group["lr"])  # a schedule may write into the tensor

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, grad in self._updates():
            alpha, gamma, eps = float(group["lr"]), group["gamma"], group["eps"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(x)
                state["exp_avg_sq"] = torch.zeros_like(x)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            g = grad + group["weight_decay"] * x
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            if group["base_lr"] == 0:
                group["base_lr"] = alpha  # still 0 in the first steps of some schedules
            eta_final = group["final_lr"] * alpha / group["base_lr"] if alpha > 0 else 0.0
            eta_l = eta_final * (1 - 1 / (gamma * t + 1))
            eta_u = eta_final * (1 + 1 / (gamma * t))
            alpha_t = alpha * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
            eta = (alpha_t / (v.sqrt() + eps)).clamp(eta_l, eta_u)
            x.sub_(eta * m)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="adabound",
        title="AdaBound",
        cls=AdaBound,
        family="adaptive",
        paper=Paper(
            "Luo et al.",
            "Adaptive gradient methods with dynamic bound of learning rate",
            2019,
            "https://arxiv.org/abs/1902.09843",
        ),
        elementwise=True,
    )
)
