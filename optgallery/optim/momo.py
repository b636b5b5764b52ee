"""MoMo: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import NON_NEGATIVE, RATE, UNIT_HALF_OPEN, Closure, Ranges
from optgallery.optim.one_vector import VectorOptimizer
from optgallery.optim.precision import in_single_precision
from optgallery.optim.ranges import FINITE
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class MoMo(VectorOptimizer):
    r"""Momentum whose rate stops each step where an average of past tangents meets a lower bound.

    With :math:`f_k` the value and :math:`g_k` the gradient at :math:`x_k`, :math:`f^*` a lower
    bound of the function, :math:`d_0 = g_1`, :math:`\bar f_0 = f_1` and :math:`\gamma_0 = \langle
    g_1, x_1 \rangle`,

    .. math::
        d_k &= \beta\, d_{k-1} + (1 - \beta)\, g_k \\
        \bar f_k &= \beta\, \bar f_{k-1} + (1 - \beta)\, f_k \\
        \gamma_k &= \beta\, \gamma_{k-1} + (1 - \beta)\, \langle g_k, x_k \rangle \\
        \tau_k &= \min\bigg(\alpha,\;
            \frac{\max\big((1 + \alpha \lambda)(\bar f_k - f^* - \gamma_k)
                  + \langle d_k, x_k \rangle,\; 0\big)}{\lVert d_k \rVert^2}\bigg) \\
        x_{k+1} &= \frac{x_k - \tau_k\, d_k}{1 + \alpha \lambda}

    The tangents at the points so far, averaged with the weights of momentum, are a plane with the
    slope :math:`d_k`, whose value at :math:`x_k` is :math:`\bar f_k - \gamma_k + \langle d_k, x_k
    \rangle`. A function does not fall below :math:`f^*`, so a step ends where this plane would.
    With :math:`\beta = 0`, and without the limit :math:`\alpha`, it is Polyak's step. The norm and
    the inner products are over one vector of all parameters.

    Parameters
    ----------
    params : iterable of tensors
        What to optimize; parameter groups are not supported, since there is one step length.
    lr : float or Tensor
        :math:`\alpha \ge 0`, the largest rate.
    beta : float
        Decay rate :math:`\beta` of the averages, in [0, 1).
    f_star : float
        :math:`f^*`, a lower bound of the function. 0 holds for most losses.
    weight_decay : float
        Factor :math:`\lambda` of the weight decay, at least 0; a proximal step applies it.

    Notes
    -----
    ``step`` requires a closure, from which it takes the value. `run` hands ``f_star`` over from the
    minimum that the function declares. The text could not be opened; the update is that of the
    authors' package and of optax, which agree, without their option to estimate :math:`f^*`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import MoMo
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = MoMo([x])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = x.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(100):
    ...     loss = optimizer.step(closure)
    >>> bool(loss < 1e-3)
    True

    References
    ----------
    Schaipp, Ohana, Eickenberg, Defazio and Gower (2023), MoMo: momentum models for adaptive
    learning rates, https://arxiv.org/abs/2305.07583.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "beta": UNIT_HALF_OPEN,
        "f_star": FINITE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        beta: float = 0.9,
        f_star: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "beta": beta, "f_star": f_star, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure) -> Any:  # type: ignore[override]  (it needs the value)
        """Take one step from the value and the gradient that the closure evaluates.

        Parameters
        ----------
        closure : callable
            Evaluates the loss and its gradients, and returns the loss.

        Raises
        ------
        ValueError
            If the closure does not return the loss.
        """
        loss = self._evaluate(closure)
        if not (members := self._members()):
            return loss
        if loss is None:
            raise ValueError("MoMo needs the value: the closure must return the loss")
        (group,) = self.param_groups
        alpha, beta = float(group["lr"]), group["beta"]
        shrink = 1 + alpha * group["weight_decay"]

        group["value_avg"] = _average(group.get("value_avg"), float(loss), beta)
        gamma = 0.0
        for p in members:
            state, g = self.state[p], in_single_precision(p.grad)
            if "exp_avg" not in state:
                state["exp_avg"] = g.clone()
            state["exp_avg"].mul_(beta).add_((1 - beta) * g)
            inner = float((g * in_single_precision(p)).sum())
            state["inner_avg"] = _average(state.get("inner_avg"), inner, beta)
            gamma += state["inner_avg"]

        x, d = self._flat(members), self._flat([self.state[p]["exp_avg"] for p in members])
        above = shrink * (group["value_avg"] - group["f_star"] - gamma) + float(torch.dot(d, x))
        squared = float(torch.dot(d, d))
        tau = min(alpha, max(above, 0.0) / squared) if squared > 0 else 0.0
        self._write(members, (x - tau * d) / shrink)
        return loss


def _average(average: float | None, value: float, beta: float) -> float:
    """Return the next value of an average that begins with the first value."""
    return beta * (value if average is None else average) + (1 - beta) * value


OPTIMIZERS.add(
    OptimizerSpec(
        name="momo",
        title="MoMo",
        cls=MoMo,
        family="learning-rate-free",
        paper=Paper(
            "Schaipp, Ohana, Eickenberg, Defazio and Gower",
            "MoMo: momentum models for adaptive learning rates",
            2023,
            "https://arxiv.org/abs/2305.07583",
        ),
        needs_closure=True,
        from_function={"f_star": "minimum"},
    )
)
