"""Refined Schedule-Free AdamW: the class and its entry."""

from typing import Any, ClassVar

from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import POSITIVE, Ranges
from optgallery.optim.schedule_free import ScheduleFree, ScheduleFreeAdamW
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class RefinedScheduleFreeAdamW(ScheduleFreeAdamW):
    r"""Schedule-Free AdamW whose average forgets, as fast as a number of its own says.

    With :math:`x_1 = z_1` and :math:`g_t` the gradient at :math:`y_t`,

    .. math::
        y_t &= (1 - \beta_1)\, z_t + \beta_1\, x_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        z_{t+1} &= z_t - \gamma_t \left( \frac{g_t}{\sqrt{\hat v_t} + \epsilon}
                   + \lambda\, y_t \right) \\
        c_{t+1} &= \min\Big((1 - \beta_1)\, C\, \gamma_t^2 \Big/ \sum_{i=1}^t \gamma_i^2,\; 1\Big)
                   \\
        x_{t+1} &= (1 - c_{t+1})\, x_t + c_{t+1}\, z_{t+1}

    with :math:`\gamma_t = \gamma \min(1, t / T)` for :math:`T` steps of warm-up. At a constant
    learning rate, :math:`c_{t+1} = \min((1 - \beta_1)\, C / t,\, 1)`: with :math:`w` for
    :math:`(1 - \beta_1)\, C`, there is no average for :math:`w` steps, and then one over about the
    last :math:`t / w` of :math:`t` steps. In Schedule-Free AdamW, which is the case :math:`C = 1 /
    (1 - \beta_1)`, :math:`\beta_1` sets both where gradients are taken and how much of the past is
    averaged.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\gamma \ge 0`; no schedule is needed.
    betas : (float, float)
        :math:`\beta_1`, the weight of the average in :math:`y`, and :math:`\beta_2`, the decay rate
        of the squared gradients, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, which is computed at :math:`y`, at
        least 0.
    decoupling_c : float
        :math:`C > 0`; the larger, the fewer of the last steps are averaged.
    warmup_steps : int
        :math:`T`, the number of steps in which the learning rate rises linearly.

    Notes
    -----
    The modes ``train()`` and ``eval()`` are those of Schedule-Free AdamW: the parameters are
    :math:`y` in training mode and :math:`x` after ``eval()``, which the gallery draws.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import RefinedScheduleFreeAdamW
    >>> p = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = RefinedScheduleFreeAdamW([p], lr=0.1)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     p.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.eval()
    >>> bool(p.abs().max() < 0.01)
    True

    References
    ----------
    Song, Baek, Ahn and Yun (2025), Through the river: understanding the benefit of schedule-free
    methods for language model training, https://arxiv.org/abs/2507.09846, section 5; the rest is
    Schedule-Free AdamW, whose weights :math:`\gamma_t^2` are kept.
    """

    ranges: ClassVar[Ranges] = {**ScheduleFreeAdamW.ranges, "decoupling_c": POSITIVE}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2.5e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        decoupling_c: float = 200.0,
        warmup_steps: int = 0,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupling_c": decoupling_c,
            "warmup_steps": warmup_steps,
        }
        ScheduleFree.__init__(self, params, defaults)

    @staticmethod
    def _c(group: dict[str, Any], share: float) -> float:
        beta1, _ = group["betas"]
        return min((1 - beta1) * float(group["decoupling_c"]) * share, 1.0)


OPTIMIZERS.add(
    OptimizerSpec(
        name="refined_schedule_free_adamw",
        title="Refined Schedule-Free AdamW",
        cls=RefinedScheduleFreeAdamW,
        family="averaging",
        paper=Paper(
            "Song, Baek, Ahn and Yun",
            "Through the river: understanding the benefit of schedule-free methods for language "
            "model training",
            2025,
            "https://arxiv.org/abs/2507.09846",
        ),
        elementwise=True,
    )
)
