"""SimplifiedAdEMAMix: the class and its entry."""

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


class SimplifiedAdEMAMix(DenseOptimizer):
    r"""One decaying sum of all gradients, plus the newest one again with a weight of its own.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta_1 m_{t-1} + g_t \\
        \nu_t &= \beta_2 \nu_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta \left(
            \frac{m_t + \alpha\, g_t}{\sqrt{\nu_t / (1 - \beta_2^t)} + \epsilon}
            + \lambda\, \theta_{t-1}\right)

    AdEMAMix keeps a fast and a slow average. Here a single slow one remains, and the weight
    :math:`\alpha` of the newest gradient replaces the fast one. The sum :math:`m_t` is no average:
    for equal gradients it grows to :math:`1 / (1 - \beta_1)` times their size, and so does the
    step. The learning rate is therefore smaller than Adam's by about that factor.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    alpha : float
        Weight :math:`\alpha` of the newest gradient, at least 0. The authors report values near 0
        for large batches, and near 100 for small ones.

    Notes
    -----
    The text of the paper could not be opened; the update is that of the authors' code and of
    optax, which agree. The authors' code can also raise :math:`\beta_1` in a warm-up, and correct
    the bias of the sum, which it does not by default.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import SimplifiedAdEMAMix
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = SimplifiedAdEMAMix([theta], lr=0.01, betas=(0.9, 0.999), alpha=10)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Morwani, Vyas, Zhang and Kakade (2025), Connections between Schedule-Free optimizers, AdEMAMix,
    and accelerated SGD variants, https://arxiv.org/abs/2502.02431.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "alpha": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-4,
        betas: tuple[float, float] = (0.99, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        alpha: float = 0.0,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "alpha": alpha,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            eta, eps, alpha = float(group["lr"]), group["eps"], group["alpha"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["momentum_buffer"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, nu = state["step"], state["momentum_buffer"], state["exp_avg_sq"]

            theta.mul_(1 - eta * group["weight_decay"])
            m.mul_(beta1).add_(g)
            nu.mul_(beta2).add_((1 - beta2) * g**2)
            theta.sub_(eta * (m + alpha * g) / ((nu / (1 - beta2**t)).sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="simplified_ademamix",
        title="Simplified AdEMAMix",
        cls=SimplifiedAdEMAMix,
        defaults={"alpha": 10.0},
        family="adaptive",
        paper=Paper(
            "Morwani, Vyas, Zhang and Kakade",
            "Connections between Schedule-Free optimizers, AdEMAMix, and accelerated SGD variants",
            2025,
            "https://arxiv.org/abs/2502.02431",
        ),
        elementwise=True,
    )
)
