"""SWATS: the class and its entry."""

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
    Member,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class SWATS(DenseOptimizer):
    r"""Adam until its steps determine a learning rate, then SGD with momentum at it.

    With :math:`g_k` the gradient at :math:`w_{k-1}`, the first phase is Adam,

    .. math::
        m_k &= \beta_1 m_{k-1} + (1 - \beta_1)\, g_k \\
        a_k &= \beta_2 a_{k-1} + (1 - \beta_2)\, g_k^2 \\
        p_k &= -\alpha_k \frac{\sqrt{1 - \beta_2^k}}{1 - \beta_1^k}
               \frac{m_k}{\sqrt{a_k} + \epsilon} \\
        w_k &= w_{k-1} + p_k

    It also computes the learning rate :math:`\gamma_k` at which a step of SGD, projected onto
    Adam's step, equals it, and its moving average :math:`\lambda_k`, which does not change if
    :math:`p_k^T g_k = 0`:

    .. math::
        \gamma_k &= \frac{p_k^T p_k}{-p_k^T g_k} \\
        \lambda_k &= \beta_2 \lambda_{k-1} + (1 - \beta_2)\, \gamma_k

    As soon as :math:`|\lambda_k / (1 - \beta_2^k) - \gamma_k| < \epsilon` for a :math:`k > 1`, the
    rate :math:`\Lambda = \lambda_k / (1 - \beta_2^k)` is kept, and from the next step on

    .. math::
        v_k &= \beta_1 v_{k-1} + g_k \\
        w_k &= w_{k-1} - (1 - \beta_1)\, \Lambda\, v_k

    All parameters of a group form one vector, and switch together.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Adam's step size :math:`\alpha_k \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`, used in Adam's denominator and in the criterion for switching. The
        criterion is absolute: a larger ``eps`` switches earlier.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.

    Notes
    -----
    A learning rate schedule continues after the switch: :math:`\Lambda` is scaled in proportion to
    ``lr``.

    ``param_groups[i]["phase"]`` is ``"adam"`` or ``"sgd"``. If Adam's step goes uphill,
    :math:`\gamma_k` is negative; the paper averages it like any other, and so does this class.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import SWATS
    >>> w = torch.tensor([2.0], requires_grad=True)
    >>> optimizer = SWATS([w], lr=0.1, eps=1e-3)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     w.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.param_groups[0]["phase"]
    'sgd'

    References
    ----------
    Keskar and Socher (2017), Improving generalization performance by switching from Adam to SGD,
    https://arxiv.org/abs/1712.07628, algorithm 1.
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
        eps: float = 1e-9,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group, which starts in the Adam phase."""
        super().add_param_group(param_group)
        # state of the whole group, not of a single parameter
        self.param_groups[-1].update(
            phase="adam", step=0, exp_avg_lr=0.0, sgd_lr=0.0, lr_at_switch=0.0
        )

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, members in self._group_updates():
            for state, w, _ in members:
                if not state:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(w)
                    state["exp_avg_sq"] = torch.zeros_like(w)
            gradients = [g + group["weight_decay"] * w for _, w, g in members]
            if group["phase"] == "adam":
                self._adam(group, members, gradients)
            else:
                self._sgd(group, members, gradients)
        return loss

    def _adam(self, group: dict[str, Any], members: list[Member], gradients: list[Tensor]) -> None:
        alpha, eps = float(group["lr"]), group["eps"]
        beta1, beta2 = group["betas"]
        pp = pg = 0.0
        for (state, w, _), g in zip(members, gradients, strict=True):
            state["step"] += 1
            k, m, a = state["step"], state["exp_avg"], state["exp_avg_sq"]

            m.mul_(beta1).add_((1 - beta1) * g)
            a.mul_(beta2).add_((1 - beta2) * g**2)
            p = -alpha * (1 - beta2**k) ** 0.5 / (1 - beta1**k) * m / (a.sqrt() + eps)
            w.add_(p)
            pp += (p * p).sum().item()
            pg += (p * g).sum().item()

        group["step"] += 1
        k = group["step"]
        if pg == 0:
            return
        gamma = pp / -pg
        group["exp_avg_lr"] = beta2 * group["exp_avg_lr"] + (1 - beta2) * gamma
        lambda_hat = group["exp_avg_lr"] / (1 - beta2**k)
        if k > 1 and abs(lambda_hat - gamma) < eps:
            group.update(phase="sgd", sgd_lr=lambda_hat, lr_at_switch=alpha)
            for w in group["params"]:
                if w in self.state:
                    self.state[w]["exp_avg"].zero_()  # reused for v, starting from 0

    def _sgd(self, group: dict[str, Any], members: list[Member], gradients: list[Tensor]) -> None:
        beta1, _ = group["betas"]
        Lambda = group["sgd_lr"] * float(group["lr"]) / group["lr_at_switch"]
        for (state, w, _), g in zip(members, gradients, strict=True):
            v = state["exp_avg"]
            v.mul_(beta1).add_(g)
            w.sub_((1 - beta1) * Lambda * v)

    def _unpack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        state_dict = super()._unpack(state_dict)
        if any("momentum_buffer" in state for state in state_dict["state"].values()):
            # earlier versions stored v next to Adam's first moment, and only if there was one
            for group in state_dict["param_groups"]:
                for name in group["params"] if group["phase"] == "sgd" else ():
                    if state := state_dict["state"].get(name):
                        nothing = torch.zeros_like(state["exp_avg"])
                        state["exp_avg"] = state.pop("momentum_buffer", nothing)
        return state_dict


OPTIMIZERS.add(
    OptimizerSpec(
        name="swats",
        title="SWATS",
        cls=SWATS,
        family="adaptive",
        paper=Paper(
            "Keskar and Socher",
            "Improving generalization performance by switching from Adam to SGD",
            2017,
            "https://arxiv.org/abs/1712.07628",
        ),
    )
)
