"""AdEMAMix: the class and its entry."""

from math import exp, inf, log
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


class AdEMAMix(DenseOptimizer):
    r"""Adam with a second, slow moving average, which retains gradients from the start.

    With :math:`g^{(t)}` the gradient at :math:`\theta^{(t-1)}`,

    .. math::
        m_1^{(t)} &= \beta_1 m_1^{(t-1)} + (1 - \beta_1)\, g^{(t)} \\
        \hat m_1^{(t)} &= m_1^{(t)} / (1 - \beta_1^t) \\
        m_2^{(t)} &= \beta_3^{(t)} m_2^{(t-1)} + (1 - \beta_3^{(t)})\, g^{(t)} \\
        \nu^{(t)} &= \beta_2 \nu^{(t-1)} + (1 - \beta_2)\, (g^{(t)})^2 \\
        \hat \nu^{(t)} &= \nu^{(t)} / (1 - \beta_2^t) \\
        \theta^{(t)} &= \theta^{(t-1)} - \eta \left(
            \frac{\hat m_1^{(t)} + \alpha^{(t)} m_2^{(t)}}{\sqrt{\hat \nu^{(t)}} + \epsilon}
            + \lambda\, \theta^{(t-1)}\right)

    The slow average has no bias correction, so that it starts at 0. In the first :math:`T_\alpha`
    steps its weight grows linearly, and in the first :math:`T_{\beta_3}` steps its half-life grows
    from that of :math:`\beta_1` to that of :math:`\beta_3`:

    .. math::
        \alpha^{(t)} &= \min\left(\frac{t}{T_\alpha}, 1\right) \alpha \\
        \frac{1}{\ln \beta_3^{(t)}} &= \left(1 - \frac{t}{T_{\beta_3}}\right) \frac{1}{\ln \beta_1}
            + \frac{t}{T_{\beta_3}} \frac{1}{\ln \beta_3}

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float, float)
        Decay rates :math:`\beta_1, \beta_2, \beta_3`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    alpha : float
        Weight :math:`\alpha` of the slow average, at least 0: 2 in the authors' code, 4 to 10 are
        recommended for large models. With 0 it is AdamW.
    alpha_warmup : float
        Number of steps :math:`T_\alpha`, at least 0; 0 disables the schedule. The paper uses the
        length of the whole run, which only the caller knows.
    beta3_warmup : float
        Number of steps :math:`T_{\beta_3}`, at least 0; 0 disables the schedule.

    Notes
    -----
    In a few hundred steps on a fixed function, the slow average pulls in the direction of the path
    so far; it overshoots where the path bends.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdEMAMix
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AdEMAMix([theta], lr=0.1)
    >>> for _ in range(500):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 0.1)
    True

    References
    ----------
    Pagliardini, Ablin and Grangier (2024), The AdEMAMix optimizer: better, faster, older,
    https://arxiv.org/abs/2409.03137, algorithm 1 and the schedules of section 3.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "alpha": NON_NEGATIVE,
        "alpha_warmup": NON_NEGATIVE,
        "beta3_warmup": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float, float] = (0.9, 0.999, 0.9999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        alpha: float = 2.0,
        alpha_warmup: float = 0.0,
        beta3_warmup: float = 0.0,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "alpha": alpha,
            "alpha_warmup": alpha_warmup,
            "beta3_warmup": beta3_warmup,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            eta, eps, lambda_ = float(group["lr"]), group["eps"], group["weight_decay"]
            beta1, beta2, beta3_end = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_avg_slow"] = torch.zeros_like(theta)
                state["exp_avg_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t = state["step"]
            m1, m2, nu = state["exp_avg"], state["exp_avg_slow"], state["exp_avg_sq"]

            alpha = group["alpha"] * warmup_fraction(t, group["alpha_warmup"])
            beta3 = interpolated_decay(beta1, beta3_end, warmup_fraction(t, group["beta3_warmup"]))
            m1.mul_(beta1).add_((1 - beta1) * g)
            m2.mul_(beta3).add_((1 - beta3) * g)
            nu.mul_(beta2).add_((1 - beta2) * g**2)
            m1_hat = m1 / (1 - beta1**t)
            nu_hat = nu / (1 - beta2**t)
            theta.mul_(1 - eta * lambda_)
            theta.sub_(eta * (m1_hat + alpha * m2) / (nu_hat.sqrt() + eps))
        return loss


def warmup_fraction(t: int, warmup: float) -> float:
    """Return the completed fraction of the warm-up at time t."""
    return min(t / warmup, 1.0) if warmup > 0 else 1.0


def interpolated_decay(start: float, end: float, share: float) -> float:
    """Return the decay rate whose half-life is interpolated between those of two decay rates."""
    if share == 1:
        return end
    # 1 / ln(beta) is proportional to the half-life, which is 0 for beta = 0
    start_life, end_life = (1 / log(beta) if beta > 0 else 0.0 for beta in (start, end))
    life = (1 - share) * start_life + share * end_life
    return min(exp(1 / life if life else -inf), end)


OPTIMIZERS.add(
    OptimizerSpec(
        name="ademamix",
        title="AdEMAMix",
        cls=AdEMAMix,
        family="adaptive",
        paper=Paper(
            "Pagliardini, Ablin and Grangier",
            "The AdEMAMix optimizer: better, faster, older",
            2024,
            "https://arxiv.org/abs/2409.03137",
        ),
        elementwise=True,
    )
)
