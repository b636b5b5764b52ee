"""Sophia: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.arguments import check_whole
from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_HALF_OPEN,
    Closure,
    Ranges,
)
from optgallery.optim.hutchinson import HutchinsonOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Sophia(HutchinsonOptimizer):
    r"""Momentum divided by the Hessian's diagonal; no coordinate moves more than lr.

    This is Sophia-H, which uses Hutchinson's estimator. With :math:`g_t` the gradient and
    :math:`H_t` the Hessian at :math:`\theta_t`, and :math:`u` a vector of independent standard
    normal numbers,

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        h_t &= \begin{cases}
            \beta_2 h_{t-1} + (1 - \beta_2)\, u \odot (H_t u)
                & \text{for } t = 1, k + 1, \dots \\
            h_{t-1} & \text{otherwise}
        \end{cases} \\
        \theta_{t+1} &= (1 - \eta_t \lambda)\, \theta_t
            - \eta_t \operatorname{clip}\!\left(\frac{m_t}{\max(\gamma h_t, \epsilon)}, 1\right)

    where clip bounds each element to [-1, 1]. So no coordinate moves farther than :math:`\eta_t`;
    one whose curvature is small, 0 or negative moves exactly that far, by the sign of the momentum.
    There is no bias correction.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta_t \ge 0`, which is also the maximum step of a coordinate.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`, a lower bound of the denominator.
    weight_decay : float
        :math:`\lambda \ge 0`.
    gamma : float
        :math:`\gamma > 0`. The larger it is, the fewer coordinates are clipped; without clipping, a
        step is :math:`\eta_t / \gamma` times Newton's. The paper recommends that a tenth to a half
        of the coordinates are not clipped; its 0.01 is meant for networks and learning rates below
        0.001. On two coordinates it clips nearly every step; the gallery's entry uses 1.
    update_period : int
        :math:`k \ge 1`, the number of steps between estimates of the curvature.
    seed : int
        Seed of the private generator of :math:`u`, whose state is part of ``state_dict``.

    Notes
    -----
    The product :math:`H_t u` is the derivative of :math:`g_t^T u`, so ``step`` needs gradients with
    a graph: call ``loss.backward(create_graph=True)``, at least in the steps that update
    :math:`h_t`. A gradient that does not depend on the parameters has derivative 0. If no gradient
    does, a warning is issued, since ``create_graph`` may have been forgotten.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Sophia
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Sophia([theta], lr=0.05, gamma=1.0)
    >>> for _ in range(300):
    ...     loss = theta[0] ** 2 + 50 * theta[1] ** 2
    ...     (theta.grad,) = torch.autograd.grad(loss, [theta], create_graph=True)
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Liu et al. (2024), Sophia: a scalable stochastic second-order optimizer for language model
    pre-training, https://arxiv.org/abs/2305.14342, algorithm 3 with algorithm 1.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "gamma": POSITIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-4,
        betas: tuple[float, float] = (0.96, 0.99),
        eps: float = 1e-12,
        weight_decay: float = 0.0,
        *,
        gamma: float = 0.01,
        update_period: int = 10,
        seed: int = 0,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "gamma": gamma,
            "update_period": update_period,
        }
        super().__init__(params, defaults, seed)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; settings that it lacks take the optimizer's defaults.

        Raises
        ------
        ValueError
            If a hyper-parameter is out of range.
        """
        check_whole("update_period", {**self.defaults, **param_group}["update_period"], 1)
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(
        self, closure: Closure | None = None, *, loss_scale: float | Tensor | None = None
    ) -> Any:
        """Take one step; a closure evaluates the loss and, with their graph, its gradients.

        Parameters
        ----------
        closure : callable, optional
            Evaluates the loss and its gradients.
        loss_scale : float or Tensor, optional
            The factor of the loss, if the gradients have already been unscaled by
            ``scaler.unscale_(optimizer)`` of a :class:`torch.amp.GradScaler`. Without that call,
            ``scaler.step(optimizer)`` needs no ``loss_scale``.

        Raises
        ------
        RuntimeError
            After ``scaler.unscale_(optimizer)``, if ``loss_scale`` is not given.
        """
        loss = self._evaluate(closure)
        if self._gradients_overflow():
            return loss
        due = {
            p
            for group, p, _ in self._gradients()
            if self.state[p].get("step", 0) % group["update_period"] == 0
        }
        diagonal = self._hessian_diagonal(loss_scale) if due else {}
        self._unscale_gradients()
        gradients = self._gradients()
        for (group, state, theta, grad), (_, p, _) in zip(self._updates(), gradients, strict=True):
            eta, eps, gamma = float(group["lr"]), group["eps"], group["gamma"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_hessian_diag"] = torch.zeros_like(theta)
            state["step"] += 1
            m, h = state["exp_avg"], state["exp_hessian_diag"]

            theta.mul_(1 - eta * group["weight_decay"])
            m.mul_(beta1).add_((1 - beta1) * grad.detach())
            if p in due:
                h.mul_(beta2).add_((1 - beta2) * diagonal[p])
            theta.sub_(eta * (m / (gamma * h).clamp(min=eps)).clamp(-1, 1))
        return loss

    def _draw(self, theta: Tensor) -> Tensor:
        return torch.randn(theta.shape, generator=self._generator, dtype=theta.dtype)


OPTIMIZERS.add(
    OptimizerSpec(
        name="sophia",
        title="Sophia",
        cls=Sophia,
        defaults={"lr": 0.01, "gamma": 1.0},
        family="second-order",
        paper=Paper(
            "Liu et al.",
            "Sophia: a scalable stochastic second-order optimizer for language model pre-training",
            2024,
            "https://arxiv.org/abs/2305.14342",
        ),
        create_graph=True,
        stochastic=True,
        diagonal=True,
    )
)
