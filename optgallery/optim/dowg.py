"""DoWG: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import NON_NEGATIVE, POSITIVE, RATE, Closure, DenseOptimizer, Ranges
from optgallery.optim.per_run import larger, number, power
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class DoWG(DenseOptimizer):
    r"""DoG with each squared gradient weighted by the squared distance at its step.

    With :math:`g_t` the gradient at :math:`x_t`, :math:`t = 0, 1, \dots`, and
    :math:`\bar r_{-1} = r_\epsilon`, :math:`v_{-1} = 0`,

    .. math::
        \bar r_t &= \max(\bar r_{t-1},\; \lVert x_t - x_0 \rVert) \\
        v_t &= v_{t-1} + \bar r_t^2\, \lVert g_t \rVert^2 \\
        \eta_t &= c\, \frac{\bar r_t^2}{\sqrt{v_t} + \epsilon} \\
        x_{t+1} &= x_t - \eta_t\, g_t

    The norms are Euclidean norms of one vector of all parameters of a group. DoG sums the squared
    gradients as they are. Here those near the start, where the distance was small, count little
    once it has grown, so that the steps are longer than DoG's.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        :math:`c \ge 0`, a factor of the estimated step size; the paper has none, which is 1.
    r_eps : float
        :math:`r_\epsilon > 0`, the first estimate of the distance.
    eps : float
        :math:`\epsilon > 0`, which avoids division by 0 if the first gradient is 0.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.

    Notes
    -----
    The paper's theorems are about a weighted average of the iterates; this class returns the last
    iterate, as the authors' package does. That package takes :math:`r_\epsilon^2` and
    :math:`\epsilon` from one setting, whose default of 1e-4 makes the defaults here. The text could
    not be opened; the update is that of the authors' package and of optax.

    In half precision, the first steps may be too short to change the parameters; they accumulate in
    a float32 master copy, the state's ``parameter``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import DoWG
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = DoWG([x])
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Khaled, Mishchenko and Jin (2023), DoWG unleashed: an efficient universal parameter-free
    gradient descent method, https://arxiv.org/abs/2305.16284.
    """

    # the first steps are short, and grow with the distance from the start
    keeps_master_copy = True

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "r_eps": POSITIVE,
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        r_eps: float = 1e-2,
        eps: float = 1e-4,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "r_eps": r_eps, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group, which has a step size of its own."""
        super().add_param_group(param_group)
        # state of the whole group, not of a single parameter
        group = self.param_groups[-1]
        group.setdefault("max_distance_sq", float(group["r_eps"]) ** 2)
        group.setdefault("weighted_grad_norm_sq_sum", 0.0)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, members in self._group_updates():
            gs = [g + group["weight_decay"] * x for _, x, g in members]
            for state, x, _ in members:
                if "x0" not in state:
                    state["x0"] = x.clone()
            distance_sq = sum(number((x - state["x0"]).square().sum()) for state, x, _ in members)
            r_sq = larger(group["max_distance_sq"], distance_sq)
            v = group["weighted_grad_norm_sq_sum"] + r_sq * sum(
                number(g.square().sum()) for g in gs
            )
            group.update(max_distance_sq=r_sq, weighted_grad_norm_sq_sum=v)
            eta = float(group["lr"]) * r_sq / (power(v, 0.5) + group["eps"])
            for (_, x, _), g in zip(members, gs, strict=True):
                x.sub_(eta * g)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="dowg",
        title="DoWG",
        cls=DoWG,
        family="learning-rate-free",
        paper=Paper(
            "Khaled, Mishchenko and Jin",
            "DoWG unleashed: an efficient universal parameter-free gradient descent method",
            2023,
            "https://arxiv.org/abs/2305.16284",
        ),
        learning_rate_free=True,
        mappable=True,
    )
)
