"""StableAdamW: the class and its entry."""

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


class StableAdamW(DenseOptimizer):
    r"""AdamW with shorter steps while gradients exceed the second moment's estimate.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}` and decay rates that include the bias
    correction, :math:`\hat\beta = \beta\, (1 - \beta^{t-1}) / (1 - \beta^t)`,

    .. math::
        v_t &= \hat\beta_1 v_{t-1} + (1 - \hat\beta_1)\, g_t \\
        u_t &= \hat\beta_2 u_{t-1} + (1 - \hat\beta_2)\, g_t^2 \\
        \mathrm{RMS}_t &= \sqrt{\operatorname{mean}\left(g_t^2 / \max(u_t, \epsilon^2)\right)} \\
        \eta_t &= \alpha_t / \max(1, \mathrm{RMS}_t) \\
        \theta_t &= \theta_{t-1} - \eta_t \left(\frac{v_t}{\sqrt{u_t} + \epsilon}
                    + \lambda\, \theta_{t-1}\right)

    The mean is over the elements of one parameter tensor, which all take shorter steps: on two
    coordinates, a gradient that grows in one slows down both. This is Adafactor's update clipping.
    If gradients do not grow, it is AdamW.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\alpha_t \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`, used in two places.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0; it is scaled like the
        step.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import StableAdamW
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = StableAdamW([theta], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Wortsman et al. (2023), Stable and low-precision training for large-scale vision-language
    models, https://arxiv.org/abs/2304.13013, algorithm 2; the paper gives no default values of
    :math:`\beta_2` and :math:`\lambda`; these follow its implementations.
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
        betas: tuple[float, float] = (0.9, 0.99),
        eps: float = 1e-6,
        weight_decay: float = 1e-2,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            alpha, eps, lambda_ = float(group["lr"]), group["eps"], group["weight_decay"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, v, u = state["step"], state["exp_avg"], state["exp_avg_sq"]

            beta1, beta2 = (beta * (1 - beta ** (t - 1)) / (1 - beta**t) for beta in group["betas"])
            v.mul_(beta1).add_((1 - beta1) * g)
            u.mul_(beta2).add_((1 - beta2) * g**2)
            rms = (g**2 / u.clamp(min=eps**2)).mean().sqrt()
            eta = alpha / rms.clamp(min=1.0)
            theta.mul_(1 - eta * lambda_).sub_(eta * v / (u.sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="stable_adamw",
        title="StableAdamW",
        cls=StableAdamW,
        family="adaptive",
        paper=Paper(
            "Wortsman et al.",
            "Stable and low-precision training for large-scale vision-language models",
            2023,
            "https://arxiv.org/abs/2304.13013",
        ),
        layerwise=True,
        mappable=True,
    )
)
