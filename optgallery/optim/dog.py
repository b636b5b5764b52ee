"""DoG: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import NON_NEGATIVE, POSITIVE, RATE, Closure, DenseOptimizer, Ranges
from optgallery.optim.per_run import larger, number, power
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class DoG(DenseOptimizer):
    r"""SGD with a step size from the distance to the start and the sum of squared gradients.

    With :math:`g_t` the gradient at :math:`x_t`, :math:`t = 0, 1, \dots`,

    .. math::
        r_\epsilon &= \rho\, (1 + \lVert x_0 \rVert) \\
        \bar r_t &= \max\Big(r_\epsilon,\; \max_{i \le t} \lVert x_i - x_0 \rVert\Big) \\
        G_t &= \sum_{i \le t} \lVert g_i \rVert^2 \\
        \eta_t &= c\, \frac{\bar r_t}{\sqrt{G_t + \epsilon}} \\
        x_{t+1} &= x_t - \eta_t\, g_t

    The norms are Euclidean norms of one vector of all parameters of a group. While the gradient
    keeps its direction, the distance grows exponentially, so that the small initial value
    :math:`r_\epsilon` soon has no influence; after that, steps shrink as in AdaGrad.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        :math:`c \ge 0`, a factor of the estimated step size; the authors recommend 1.
    reps_rel : float
        :math:`\rho > 0`: the length of the first step relative to :math:`1 + \lVert x_0 \rVert`.
    eps : float
        :math:`\epsilon > 0`, which avoids division by 0 if the first gradient is 0.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.

    Notes
    -----
    The paper returns an average of the iterates with polynomially growing weights; this class
    returns the last iterate, as the authors' package does by default.

    In half precision, the first steps are too short to change the parameters; they accumulate in a
    float32 master copy, the state's ``parameter``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import DoG
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = DoG([x])
    >>> for _ in range(500):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Ivgi, Hinder and Carmon (2023), DoG is SGD's best friend: a parameter-free dynamic step size
    schedule, https://arxiv.org/abs/2302.12022, equation (DoG) and section 4.
    """

    # the first steps are a millionth of the distance, and grow with the distance from the start
    keeps_master_copy = True

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "reps_rel": POSITIVE,
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        reps_rel: float = 1e-6,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "reps_rel": reps_rel, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group, which has a step size of its own."""
        super().add_param_group(param_group)
        # state of the whole group, not of a single parameter
        group = self.param_groups[-1]
        group.setdefault("max_distance", 0.0)
        group.setdefault("grad_norm_sq_sum", 0.0)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, members in self._group_updates():
            gs = [g + group["weight_decay"] * x for _, x, g in members]
            for state, x, _ in members:
                if "x0" not in state:
                    state["x0"] = x.clone()
            moves = [(x, state["x0"]) for state, x, _ in members]

            if not isinstance(group["max_distance"], Tensor) and group["max_distance"] == 0:
                start = power(sum(number(x0.square().sum()) for _, x0 in moves), 0.5)
                group["max_distance"] = group["reps_rel"] * (1 + start)
            distance = power(sum(number((x - x0).square().sum()) for x, x0 in moves), 0.5)
            group["max_distance"] = larger(group["max_distance"], distance)
            group["grad_norm_sq_sum"] += sum(number(g.square().sum()) for g in gs)
            r_bar, G = group["max_distance"], group["grad_norm_sq_sum"]
            eta = float(group["lr"]) * r_bar / power(G + group["eps"], 0.5)
            for (_, x, _), g in zip(members, gs, strict=True):
                x.sub_(eta * g)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="dog",
        title="DoG",
        cls=DoG,
        family="learning-rate-free",
        paper=Paper(
            "Ivgi, Hinder and Carmon",
            "DoG is SGD's best friend: a parameter-free dynamic step size schedule",
            2023,
            "https://arxiv.org/abs/2302.12022",
        ),
        learning_rate_free=True,
        mappable=True,
    )
)
