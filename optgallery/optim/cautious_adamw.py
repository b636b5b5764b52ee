"""Cautious AdamW: the class and its entry."""

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

MIN_SHARE = 1e-3
"""Lower bound of the share of agreeing elements; steps grow at most a thousandfold."""


class CautiousAdamW(DenseOptimizer):
    r"""AdamW that masks the coordinates in which momentum would go uphill.

    With :math:`g_t` the gradient at :math:`w_{t-1}` and :math:`u_t` the step of Adam,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        u_t &= \hat m_t / (\sqrt{\hat v_t} + \epsilon) \\
        \phi_t &= \mathbb{1}(u_t \odot g_t > 0) \\
        w_t &= w_{t-1} - \eta \left(\frac{d}{\lVert \phi_t \rVert_0 + \xi}\, \phi_t \odot u_t
               + \lambda\, w_{t-1}\right)

    :math:`d` is the number of elements of one parameter tensor and :math:`\lVert \phi_t \rVert_0`
    that of elements whose signs agree; if none agrees, only weight decay changes the parameter. On
    two coordinates, if one disagrees, it does not move and the other takes a double step.

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
        Factor :math:`\lambda` of the decoupled weight decay, at least 0. It and ``eps`` have the
        defaults of :class:`torch.optim.AdamW`, so that only the masking differs.
    xi : float
        :math:`\xi`, at least 0. With 0, as in the authors' code, a step in which all signs agree
        equals AdamW's; with 1, as in the paper's algorithm, it is two thirds of AdamW's for two
        elements, and nearly equal for many.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import CautiousAdamW
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = CautiousAdamW([w], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     w.square().sum().backward()
    ...     optimizer.step()
    >>> bool(w.abs().max() < 1e-2)
    True

    References
    ----------
    Liang et al. (2024), Cautious optimizers: improving training with one line of code,
    https://arxiv.org/abs/2411.16085.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "xi": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        *,
        xi: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "xi": xi}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, w, g in self._updates():
            eta, eps, lambda_ = float(group["lr"]), group["eps"], group["weight_decay"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(w)
                state["exp_avg_sq"] = torch.zeros_like(w)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * g**2)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            u = m_hat / (v_hat.sqrt() + eps)
            w.mul_(1 - eta * lambda_).sub_(eta * caution(u, g, group["xi"]))
        return loss


def caution(u: Tensor, g: Tensor, xi: float) -> Tensor:
    """Return u with the elements masked whose signs differ from g's, and the others scaled up."""
    phi = u * g > 0
    d = u.numel()
    # counted in float64, since bfloat16 has no exact integers above 256
    agree = phi.sum(dtype=torch.float64).clamp(min=MIN_SHARE * d)
    return phi * u * (d / (agree + xi)).to(u.dtype)


OPTIMIZERS.add(
    OptimizerSpec(
        name="cautious_adamw",
        title="Cautious AdamW",
        cls=CautiousAdamW,
        family="adaptive",
        paper=Paper(
            "Liang et al.",
            "Cautious optimizers: improving training with one line of code",
            2024,
            "https://arxiv.org/abs/2411.16085",
        ),
        layerwise=True,
        mappable=True,
    )
)
