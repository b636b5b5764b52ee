"""QHAdam: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_CLOSED,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class QHAdam(DenseOptimizer):
    r"""Adam with a long moving average that still responds to each gradient at once.

    With :math:`\nabla_t` the gradient at :math:`\theta_t`, :math:`t = 0, 1, \dots`,

    .. math::
        g_{t+1} &= \beta_1 g_t + (1 - \beta_1)\, \nabla_t \\
        g'_{t+1} &= g_{t+1} / (1 - \beta_1^{t+1}) \\
        s_{t+1} &= \beta_2 s_t + (1 - \beta_2)\, \nabla_t^2 \\
        s'_{t+1} &= s_{t+1} / (1 - \beta_2^{t+1}) \\
        \theta_{t+1} &= \theta_t - \alpha\,
            \frac{(1 - \nu_1)\, \nabla_t + \nu_1\, g'_{t+1}}
                 {\sqrt{(1 - \nu_2)\, \nabla_t^2 + \nu_2\, s'_{t+1}} + \epsilon}

    With :math:`\nu_1 = \nu_2 = 1` it is Adam, with :math:`\nu_1 = 0, \nu_2 = 1` RMSprop with Adam's
    bias correction.

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
        Factor of the weight decay, at least 0.
    nus : (float, float)
        Weights :math:`\nu_1, \nu_2` of the moving averages, each in [0, 1]. These and ``betas``
        default to the paper's recommendation; the authors' package defaults to Adam's.
    decoupled_weight_decay : bool
        Shrink the parameters by ``lr * weight_decay`` as AdamW does, instead of adding
        ``weight_decay`` times the parameters to the gradient.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import QHAdam
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = QHAdam([theta], lr=0.1)
    >>> for _ in range(500):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Ma and Yarats (2019), Quasi-hyperbolic momentum and Adam for deep learning,
    https://arxiv.org/abs/1810.06801, the update rule of QHAdam.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "nus": (UNIT_CLOSED, UNIT_CLOSED),
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.995, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        nus: tuple[float, float] = (0.7, 1.0),
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "nus": nus,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, grad in self._updates():
            alpha, eps, weight_decay = float(group["lr"]), group["eps"], group["weight_decay"]
            beta1, beta2 = group["betas"]
            nu1, nu2 = group["nus"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, g, s = state["step"], state["exp_avg"], state["exp_avg_sq"]

            if group["decoupled_weight_decay"]:
                nabla = grad
                theta.mul_(1 - alpha * weight_decay)
            else:
                nabla = grad + weight_decay * theta
            g.mul_(beta1).add_((1 - beta1) * nabla)
            s.mul_(beta2).add_((1 - beta2) * nabla**2)
            g_prime = g / (1 - beta1**t)
            s_prime = s / (1 - beta2**t)
            numerator = (1 - nu1) * nabla + nu1 * g_prime
            denominator = ((1 - nu2) * nabla**2 + nu2 * s_prime).sqrt() + eps
            theta.sub_(alpha * numerator / denominator)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="qhadam",
        title="QHAdam",
        cls=QHAdam,
        family="adaptive",
        paper=Paper(
            "Ma and Yarats",
            "Quasi-hyperbolic momentum and Adam for deep learning",
            2019,
            "https://arxiv.org/abs/1810.06801",
        ),
        elementwise=True,
    )
)
