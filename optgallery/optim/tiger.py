"""Tiger: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    RATE,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Tiger(DenseOptimizer):
    r"""Lion with one decay rate instead of two, and so the sign of plain momentum.

    With :math:`g_t` the gradient at :math:`\theta_{t-1}`,

    .. math::
        m_t &= \beta m_{t-1} + (1 - \beta)\, g_t \\
        \theta_t &= \theta_{t-1} - \eta\, \left(\operatorname{sign}(m_t)
                    + \lambda\, \theta_{t-1}\right)

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`, the distance each coordinate moves.
    beta : float
        :math:`\beta` in [0, 1).
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.

    Notes
    -----
    The update is that of :class:`Signum`, with a larger default decay rate and weight decay. The
    author also recommends learning rates that differ between parameters: for weight matrices,
    proportional to the root mean square of their elements; for biases, half the common rate,
    without decay. Parameter groups can express the latter; this class uses ``lr`` as given, since a
    learning rate proportional to the parameter would never leave the origin.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Tiger
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Tiger([theta], lr=0.01)
    >>> for _ in range(600):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 0.3)
    True

    References
    ----------
    Su (2023), Tiger: a tight-fisted optimizer, https://kexue.fm/archives/9512, the first equation;
    the defaults follow the author's code, https://github.com/bojone/tiger.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "beta": UNIT_HALF_OPEN,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        beta: float = 0.965,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, {"lr": lr, "beta": beta, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, theta, g in self._updates():
            eta, beta, lambda_ = float(group["lr"]), group["beta"], group["weight_decay"]
            if not state:
                state["exp_avg"] = torch.zeros_like(theta)
            m = state["exp_avg"]

            m.mul_(beta).add_((1 - beta) * g)
            theta.mul_(1 - eta * lambda_).sub_(eta * torch.sign(m))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="tiger",
        title="Tiger",
        cls=Tiger,
        family="sign",
        paper=Paper(
            "Su",
            "Tiger: a tight-fisted optimizer",
            2023,
            "https://kexue.fm/archives/9512",
        ),
        elementwise=True,
    )
)
