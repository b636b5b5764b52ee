"""Yogi: the class and its entry."""

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


class Yogi(DenseOptimizer):
    r"""Adam whose learning rates grow only slowly after large gradients.

    With :math:`g_t` the gradient at :math:`x_t`, and :math:`m_0 = v_0`, the initial accumulator,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= v_{t-1} - (1 - \beta_2)\, \operatorname{sign}(v_{t-1} - g_t^2)\, g_t^2 \\
        x_{t+1} &= x_t - \eta\, \frac{m_t / (1 - \beta_1^t)}
                   {\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}

    Adam subtracts :math:`(1 - \beta_2)(v_{t-1} - g_t^2)` from :math:`v_{t-1}`, so that :math:`v`
    decays exponentially while gradients are small. Yogi changes it only by a fraction of
    :math:`g_t^2`. The bias correction is not in the paper; it is common to implementations.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.
    initial_accumulator : float
        The initial value of both moments, :math:`m_0 = v_0`, at least 0; because of it, a run that
        starts at a minimum moves slightly.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Yogi
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Yogi([x], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Zaheer et al. (2018), Adaptive methods for nonconvex optimization, NeurIPS 31,
    https://papers.nips.cc/paper_files/paper/2018/hash/90365351ccc7437a1309dc64e4db32a3-Abstract.html,
    algorithm 2, with the initial moments that are common to implementations.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "initial_accumulator": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-3,
        weight_decay: float = 0.0,
        *,
        initial_accumulator: float = 1e-6,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator": initial_accumulator,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, grad in self._updates():
            eta, eps, initial = float(group["lr"]), group["eps"], group["initial_accumulator"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.full_like(x, initial)
                state["exp_avg_sq"] = torch.full_like(x, initial)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]

            g = grad + group["weight_decay"] * x
            m.mul_(beta1).add_((1 - beta1) * g)
            v.sub_((1 - beta2) * torch.sign(v - g**2) * g**2)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            x.sub_(eta * m_hat / (v_hat.sqrt() + eps))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="yogi",
        title="Yogi",
        cls=Yogi,
        family="adaptive",
        paper=Paper(
            "Zaheer et al.",
            "Adaptive methods for nonconvex optimization",
            2018,
            "https://papers.nips.cc/paper_files/paper/2018/hash/"
            "90365351ccc7437a1309dc64e4db32a3-Abstract.html",
        ),
        elementwise=True,
    )
)
