"""CAME: the class and its entry."""

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


class CAME(DenseOptimizer):
    r"""Adafactor with longer steps where its updates agree with their moving average.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`, a matrix of :math:`n` rows and :math:`k`
    columns, and :math:`1` a vector of ones,

    .. math::
        r_t &= \beta_2 r_{t-1} + (1 - \beta_2)\, (g_t^2 + \epsilon_1)\, 1_k / k \\
        c_t &= \beta_2 c_{t-1} + (1 - \beta_2)\, 1_n^T (g_t^2 + \epsilon_1) / n \\
        u_t &= g_t \big/ \sqrt{r_t c_t / \overline{r_t}} \\
        \hat u_t &= u_t / \max(1, \operatorname{RMS}(u_t) / d) \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, \hat u_t \\
        U_t &= (\hat u_t - m_t)^2 \\
        R_t &= \beta_3 R_{t-1} + (1 - \beta_3)\, (U_t + \epsilon_2)\, 1_k / k \\
        C_t &= \beta_3 C_{t-1} + (1 - \beta_3)\, 1_n^T (U_t + \epsilon_2) / n \\
        \theta_t &= \theta_{t-1} - \eta\, m_t \big/ \sqrt{R_t C_t / \overline{R_t}}

    where a bar is the mean of a vector's elements. There is no bias correction; the bound :math:`d`
    on the root mean square of the whole parameter's update limits the first updates.

    For a matrix with one row, the factorization is exact: :math:`r_t c_t / \overline{r_t}` is the
    elementwise average of :math:`g_t^2`. A vector cannot be factored: as in the authors' code, its
    :math:`g_t^2` is averaged elementwise, and :math:`m_t` itself is the step, without confidence.
    Of a tensor with more than two dimensions, the last two form the matrix.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`. Steps may be a hundred times ``lr`` where updates are stable.
    betas : (float, float, float)
        Decay rates :math:`\beta_1, \beta_2, \beta_3`, each in [0, 1).
    eps : (float, float)
        :math:`\epsilon_1, \epsilon_2 > 0`.
    weight_decay : float
        Decoupled weight decay, at least 0: parameters shrink by ``lr * weight_decay`` in each step.
    clip_threshold : float
        :math:`d > 0`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import CAME
    >>> theta = torch.tensor([[2.0, -3.0]], requires_grad=True)
    >>> optimizer = CAME([theta], lr=1e-3)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 0.1)
    True

    References
    ----------
    Luo et al. (2023), CAME: confidence-guided adaptive memory efficient optimization,
    https://arxiv.org/abs/2307.02047, algorithm 2. The rule for vectors follows the authors' code.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": (POSITIVE, POSITIVE),
        "weight_decay": NON_NEGATIVE,
        "clip_threshold": POSITIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-4,
        betas: tuple[float, float, float] = (0.9, 0.999, 0.9999),
        eps: tuple[float, float] = (1e-30, 1e-16),
        weight_decay: float = 0.0,
        *,
        clip_threshold: float = 1.0,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "clip_threshold": clip_threshold,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            eta, d = float(group["lr"]), group["clip_threshold"]
            beta1, beta2, beta3 = group["betas"]
            eps1, eps2 = group["eps"]
            factored = theta.dim() >= 2
            if not state:
                state["exp_avg"] = torch.zeros_like(theta)
                if factored:
                    for name in ("exp_avg_sq", "exp_avg_res"):
                        state[f"{name}_row"] = torch.zeros_like(theta.mean(-1, keepdim=True))
                        state[f"{name}_col"] = torch.zeros_like(theta.mean(-2, keepdim=True))
                else:
                    state["exp_avg_sq"] = torch.zeros_like(theta)
            m = state["exp_avg"]

            if not theta.numel():
                continue  # the mean of no elements is NaN
            theta.mul_(1 - eta * group["weight_decay"])
            if factored:
                r, c = state["exp_avg_sq_row"], state["exp_avg_sq_col"]
                update_averages(r, c, g**2 + eps1, beta2)
                u = over_root(g, r, c)
            else:
                v = state["exp_avg_sq"].mul_(beta2).add_((1 - beta2) * (g**2 + eps1))
                u = g / v.sqrt()
            u /= (u.square().mean().sqrt() / d).clamp(min=1)
            m.mul_(beta1).add_((1 - beta1) * u)
            if factored:
                R, C = state["exp_avg_res_row"], state["exp_avg_res_col"]
                update_averages(R, C, (u - m) ** 2 + eps2, beta3)
                theta.sub_(over_root(eta * m, R, C))
            else:
                theta.sub_(eta * m)
        return loss


def update_averages(row: Tensor, col: Tensor, new: Tensor, beta: float) -> None:
    """Update the moving averages of rows and columns."""
    row.mul_(beta).add_((1 - beta) * new.mean(-1, keepdim=True))
    col.mul_(beta).add_((1 - beta) * new.mean(-2, keepdim=True))


def over_root(a: Tensor, row: Tensor, col: Tensor) -> Tensor:
    """Divide by the root of the matrix that the averages of rows and columns represent.

    Where a row and a column without gradients meet, the product of their averages underflows, so
    the division is by one root after the other. Elements of a that are 0 remain 0.
    """
    mean = row.mean(-2, keepdim=True)
    matrix = row / mean * col
    in_turn = a * (mean.sqrt() / row.sqrt()) / col.sqrt()
    quotient = torch.where(matrix < torch.finfo(a.dtype).tiny, in_turn, a / matrix.sqrt())
    return quotient.masked_fill(a == 0, 0.0)


OPTIMIZERS.add(
    OptimizerSpec(
        name="came",
        title="CAME",
        cls=CAME,
        family="norm-scaled",
        paper=Paper(
            "Luo et al.",
            "CAME: confidence-guided adaptive memory efficient optimization",
            2023,
            "https://arxiv.org/abs/2307.02047",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
        mappable=True,
    )
)
