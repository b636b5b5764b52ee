"""Prodigy: the class and its entry."""

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
from optgallery.optim.per_run import Number, choose, larger, number, power
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Prodigy(DenseOptimizer):
    r"""Adam whose learning rate grows to an estimate of the distance to the minimum.

    With :math:`g_k` the gradient at :math:`x_k`, :math:`k = 0, 1, \dots`,

    .. math::
        m_{k+1} &= \beta_1 m_k + (1 - \beta_1)\, d_k\, g_k \\
        v_{k+1} &= \beta_2 v_k + (1 - \beta_2)\, d_k^2\, g_k^2 \\
        r_{k+1} &= \sqrt{\beta_2}\, r_k
                   + (1 - \sqrt{\beta_2})\, \gamma_k\, d_k^2\, \langle g_k, x_0 - x_k \rangle \\
        s_{k+1} &= \sqrt{\beta_2}\, s_k + (1 - \sqrt{\beta_2})\, \gamma_k\, d_k^2\, g_k \\
        \hat d_{k+1} &= c\, r_{k+1} / \lVert s_{k+1} \rVert_1 \\
        d_{k+1} &= \max(d_k, \hat d_{k+1}) \\
        x_{k+1} &= x_k - \gamma_k\, d_k\, \frac{m_{k+1}}{\sqrt{v_{k+1}} + d_{k+1}\, \epsilon}

    On a convex function, :math:`\hat d` is a lower bound of the largest coordinate of :math:`x_0 -
    x_*` if :math:`c \le 1`; on other functions it may exceed it. Inner product and norm are those
    of one vector of all parameters of all groups, so that there is one :math:`d`. While all
    gradients are 0, neither :math:`d` nor the parameters change.

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
        :math:`d_0 > 0`, the initial estimate, which should be smaller than the distance.
    d_coef : float
        :math:`c > 0`, a factor of :math:`\hat d`; the authors recommend tuning this instead of
        ``lr``.
    decoupled_weight_decay : bool
        Shrink the parameters by ``d * lr * weight_decay`` as AdamW does, instead of adding
        ``weight_decay`` times the parameters to the gradient.
    bias_correction : bool
        Multiply :math:`\gamma_k` by Adam's
        :math:`\sqrt{1 - \beta_2^{k+1}} / (1 - \beta_1^{k+1})`.
    safeguard_warmup : bool
        Omit :math:`\gamma_k` from :math:`s`, so that a warm-up does not inflate :math:`d`.

    Notes
    -----
    ``param_groups[i]["d"]`` is :math:`d`, the same for all groups. It never decreases.

    In half precision, the first steps are too short to change the parameters; they accumulate in a
    float32 master copy, the state's ``parameter``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Prodigy
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Prodigy([x])
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> 0.1 < optimizer.param_groups[0]["d"] < 3
    True

    References
    ----------
    Mishchenko and Defazio (2023), Prodigy: an expeditiously adaptive parameter-free learner,
    https://arxiv.org/abs/2306.06101, algorithm 4. Multiplying :math:`\epsilon` by the new
    :math:`d`, the factor :math:`c` and the last three parameters follow the authors' package.
    """

    # the first steps are about d0 = 1e-6 long, and d grows with the distance from the start
    keeps_master_copy = True

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "d0": POSITIVE,
        "d_coef": POSITIVE,
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
        d_coef: float = 1.0,
        decoupled_weight_decay: bool = True,
        bias_correction: bool = False,
        safeguard_warmup: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "d0": d0,
            "d_coef": d_coef,
            "decoupled_weight_decay": decoupled_weight_decay,
            "bias_correction": bias_correction,
            "safeguard_warmup": safeguard_warmup,
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
        first = self.param_groups[0]
        d, d0 = first["d"], first["d0"]
        numerator: Number = 0.0
        s_norm: Number = 0.0
        for group, state, x, grad in self._updates():
            beta1, beta2 = group["betas"]
            root_beta2 = beta2**0.5
            if "step" not in state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(x)
                state["exp_avg_sq"] = torch.zeros_like(x)
                state["s"] = torch.zeros_like(x)
                state["x0"] = x.clone()
            state["step"] += 1
            k, m, v, s = state["step"], state["exp_avg"], state["exp_avg_sq"], state["s"]

            g = self._penalised(group, x, grad)
            gamma = self._gamma(group, k)
            # r and s divided by d0: their ratio is d, and neither underflows in single precision
            numerator += (1 - root_beta2) * gamma * power(d, 2) / d0 * _inner(g, state["x0"] - x)
            weight = power(d, 2) if group["safeguard_warmup"] else gamma * power(d, 2)
            s.mul_(root_beta2).add_((1 - root_beta2) * weight / d0 * g)
            s_norm += number(s.abs().sum())
            m.mul_(beta1).add_((1 - beta1) * d * g)
            v.mul_(beta2).add_((1 - beta2) * power(d, 2) * g**2)
        still = s_norm == 0  # all gradients so far
        if still is True:
            return loss

        r = first["betas"][1] ** 0.5 * first["d_numerator"] + numerator
        d_next = choose(still, d, larger(d, first["d_coef"] * r / choose(still, 1.0, s_norm)))
        r = choose(still, first["d_numerator"], r)
        for group in self.param_groups:
            group.update(d=d_next, d_numerator=r)
        for group, state, x, _ in self._updates():
            gamma = self._gamma(group, state["step"])
            if group["decoupled_weight_decay"]:
                x.mul_(choose(still, 1.0, 1 - gamma * d * group["weight_decay"]))
            root = state["exp_avg_sq"].sqrt()
            step = gamma * d * state["exp_avg"] / (root + d_next * group["eps"])
            x.sub_(choose(still, torch.zeros_like(step), step))
        return loss

    @staticmethod
    def _penalised(group: dict[str, Any], x: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
        penalty = 0.0 if group["decoupled_weight_decay"] else group["weight_decay"]
        return grad + penalty * x

    @staticmethod
    def _gamma(group: dict[str, Any], k: int) -> float:
        gamma: float = float(group["lr"])
        if group["bias_correction"]:
            beta1, beta2 = group["betas"]
            gamma *= (1 - beta2**k) ** 0.5 / (1 - beta1**k)
        return gamma


def _inner(a: torch.Tensor, b: torch.Tensor) -> Number:
    return number((a * b).sum())


OPTIMIZERS.add(
    OptimizerSpec(
        name="prodigy",
        title="Prodigy",
        cls=Prodigy,
        family="learning-rate-free",
        paper=Paper(
            "Mishchenko and Defazio",
            "Prodigy: an expeditiously adaptive parameter-free learner",
            2023,
            "https://arxiv.org/abs/2306.06101",
        ),
        learning_rate_free=True,
        mappable=True,
    )
)
