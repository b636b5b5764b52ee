"""D-Adapt Adam: the class and its entry."""

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
from optgallery.optim.per_run import Number, choose, larger, number
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class DAdaptAdam(DenseOptimizer):
    r"""Adam whose learning rate grows with a lower bound on the distance to the minimum.

    With :math:`g_k` the gradient at :math:`x_k`, :math:`k = 0, 1, \dots`, and the diagonal
    :math:`A_k = \sqrt{v_k} + \epsilon`,

    .. math::
        m_{k+1} &= \beta_1 m_k + (1 - \beta_1)\, d_k\, \gamma_k\, g_k \\
        v_{k+1} &= \beta_2 v_k + (1 - \beta_2)\, g_k^2 \\
        x_{k+1} &= x_k - m_{k+1} / A_{k+1} \\
        r_{k+1} &= \sqrt{\beta_2}\, r_k
                   + (1 - \sqrt{\beta_2})\, d_k\, \gamma_k\, \langle g_k, s_k / A_k \rangle \\
        s_{k+1} &= \sqrt{\beta_2}\, s_k + (1 - \sqrt{\beta_2})\, d_k\, \gamma_k\, g_k \\
        \hat d_{k+1} &= \frac{r_{k+1}}{(1 - \sqrt{\beta_2})\, \lVert s_{k+1} \rVert_1} \\
        d_{k+1} &= \max(d_k, \hat d_{k+1})

    Gradients that keep their direction have a large :math:`\langle g_k, s_k / A_k \rangle`: the
    minimum must then be far away. Inner product and norm are those of one vector of all parameters
    of all groups, so that there is one :math:`d`; it does not change while all gradients are 0.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        :math:`\gamma_k \ge 0`, which multiplies the estimated learning rate; it should be about 1,
        apart from a schedule.
    betas : (float, float)
        :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor of the weight decay, at least 0.
    d0 : float
        :math:`d_0 > 0`, the initial estimate, which should be smaller than any suitable rate.
    decoupled_weight_decay : bool
        Shrink the parameters by ``d * lr * weight_decay`` as AdamW does, instead of adding
        ``weight_decay`` times the parameters to the gradient.
    bias_correction : bool
        Multiply :math:`\gamma_k` by Adam's
        :math:`\sqrt{1 - \beta_2^{k+1}} / (1 - \beta_1^{k+1})`.

    Notes
    -----
    ``param_groups[i]["d"]`` is :math:`d`, the same for all groups. It never decreases.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import DAdaptAdam
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = DAdaptAdam([x])
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.param_groups[0]["d"] > 1e-3
    True

    References
    ----------
    Defazio and Mishchenko (2023), Learning-rate-free learning by D-Adaptation,
    https://arxiv.org/abs/2301.07733, the Adam variant. Weighting the inner product by the
    :math:`A_k` from before the step, and the last two parameters, follow the authors' package.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "d0": POSITIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        d0: float = 1e-6,
        decoupled_weight_decay: bool = False,
        bias_correction: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "d0": d0,
            "decoupled_weight_decay": decoupled_weight_decay,
            "bias_correction": bias_correction,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group, which shares d with the other groups from now on."""
        super().add_param_group(param_group)
        first, group = self.param_groups[0], self.param_groups[-1]
        group.setdefault("d", first.get("d", first["d0"]))
        group.setdefault("d_numerator", first.get("d_numerator", 0.0))

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        d = self.param_groups[0]["d"]
        inner: Number = 0.0
        s_norm: Number = 0.0
        for group, state, x, grad in self._updates():
            beta1, beta2 = group["betas"]
            root_beta2 = beta2**0.5
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(x)
                state["exp_avg_sq"] = torch.zeros_like(x)
                state["s"] = torch.zeros_like(x)
            state["step"] += 1
            k, m, v, s = state["step"], state["exp_avg"], state["exp_avg_sq"], state["s"]

            decoupled, weight_decay = group["decoupled_weight_decay"], group["weight_decay"]
            gamma = float(group["lr"])
            if group["bias_correction"]:
                gamma *= (1 - beta2**k) ** 0.5 / (1 - beta1**k)
            g = grad + (0.0 if decoupled else weight_decay) * x
            A = v.sqrt() + group["eps"]
            inner += (1 - root_beta2) * d * gamma * number((g * s / A).sum())
            s.mul_(root_beta2).add_((1 - root_beta2) * d * gamma * g)
            s_norm += (1 - root_beta2) * number(s.abs().sum())
            m.mul_(beta1).add_((1 - beta1) * d * gamma * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            x.mul_(1 - d * gamma * (weight_decay if decoupled else 0.0))
            x.sub_(m / (v.sqrt() + group["eps"]))

        first = self.param_groups[0]
        r = first["betas"][1] ** 0.5 * first["d_numerator"] + inner
        still = s_norm == 0  # all gradients so far
        d_next = choose(still, d, larger(d, r / choose(still, 1.0, s_norm)))
        r = choose(still, first["d_numerator"], r)
        for group in self.param_groups:
            group.update(d=d_next, d_numerator=r)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="dadapt_adam",
        title="D-Adapt Adam",
        cls=DAdaptAdam,
        family="learning-rate-free",
        paper=Paper(
            "Defazio and Mishchenko",
            "Learning-rate-free learning by D-Adaptation",
            2023,
            "https://arxiv.org/abs/2301.07733",
        ),
        learning_rate_free=True,
        mappable=True,
    )
)
