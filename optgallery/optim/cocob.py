"""COCOB: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class COCOB(DenseOptimizer):
    r"""A gambler bets on the sign of each coordinate's next gradient; the bet is the displacement.

    With :math:`g_t` the gradient at :math:`w_t`, :math:`t = 1, 2, \dots`, for each coordinate, and
    with :math:`u_1 = R_0 = G_0 = \theta_0 = 0` and :math:`L_0 = \epsilon`,

    .. math::
        L_t &= \max(L_{t-1},\; |g_t|) \\
        G_t &= G_{t-1} + |g_t| \\
        R_t &= \max(R_{t-1} - u_t\, g_t,\; 0) \\
        \theta_t &= \theta_{t-1} - g_t \\
        u_{t+1} &= \frac{\theta_t}{L_t \max(G_t + L_t,\; \alpha L_t)}\, (L_t + R_t) \\
        w_{t+1} &= w_t + \gamma\, (u_{t+1} - u_t)

    The wealth :math:`L_t + R_t` is what the gambler began with and what he has won. He bets a
    fraction of it: nearly all of it where the gradients so far have the same sign, and nothing
    where they cancel. With :math:`\gamma = 1`, :math:`w_t - w_1` is the bet :math:`u_t`. There is
    no learning rate: a displacement grows exponentially while gradients agree, and shrinks when
    they do not.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        :math:`\gamma \ge 0`, a factor of each step; the paper has none, which is 1.
    alpha : float
        :math:`\alpha > 0`; the first bets are at most a fraction :math:`t / \alpha` of the wealth,
        like a warm-up of about :math:`\alpha` steps.
    eps : float
        :math:`\epsilon > 0`, the first estimate of the largest gradient.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.

    Notes
    -----
    The text could not be opened; the update is that of the first author's package and of optax,
    which agree. In half precision, steps may be too short to change the parameters; they accumulate
    in a float32 master copy, the state's ``parameter``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import COCOB
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = COCOB([w])
    >>> for _ in range(500):
    ...     optimizer.zero_grad()
    ...     w.square().sum().backward()
    ...     optimizer.step()
    >>> bool(w.abs().max() < 0.1)
    True

    References
    ----------
    Orabona and Tommasi (2017), Training deep networks without learning rates through coin betting,
    https://arxiv.org/abs/1705.07795, algorithm 2.
    """

    # the first steps are a hundredth long whatever the parameters are
    keeps_master_copy = True

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "alpha": POSITIVE,
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        alpha: float = 100.0,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, w, grad in self._updates():
            if "max_grad" not in state:
                state["max_grad"] = torch.full_like(w, group["eps"])
                for name in ("abs_grad_sum", "reward", "neg_grad_sum", "displacement"):
                    state[name] = torch.zeros_like(w)
            L, G, R = state["max_grad"], state["abs_grad_sum"], state["reward"]
            theta, u = state["neg_grad_sum"], state["displacement"]

            g = grad + group["weight_decay"] * w
            torch.maximum(L, g.abs(), out=L)
            G.add_(g.abs())
            R.sub_(u * g).clamp_(min=0)
            theta.sub_(g)
            bet = theta * (L + R) / (L * torch.maximum(G + L, group["alpha"] * L))
            w.add_(float(group["lr"]) * (bet - u))
            u.copy_(bet)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="cocob",
        title="COCOB",
        cls=COCOB,
        family="learning-rate-free",
        paper=Paper(
            "Orabona and Tommasi",
            "Training deep networks without learning rates through coin betting",
            2017,
            "https://arxiv.org/abs/1705.07795",
        ),
        elementwise=True,
        learning_rate_free=True,
    )
)
