"""Schedule-Free SGD and AdamW: their common base, the classes and their entries."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.arguments import check_whole
from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_CLOSED,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.precision import in_single_precision
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class ScheduleFree(DenseOptimizer):
    """The common base: z takes the steps, x averages, and gradients are evaluated at y."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group, in the mode of the other groups.

        Raises
        ------
        ValueError
            If a hyper-parameter is out of range.
        """
        warmup = param_group.get("warmup_steps", self.defaults["warmup_steps"])
        check_whole("warmup_steps", warmup, 0)
        super().add_param_group(param_group)
        self.param_groups[-1].setdefault("train_mode", self.param_groups[0].get("train_mode", True))

    def train(self) -> None:
        """Set the parameters to y, where the next gradients are evaluated."""
        self._switch(train_mode=True)

    def eval(self) -> None:
        """Set the parameters to x, the average, which is the result of the method."""
        self._switch(train_mode=False)

    @torch.no_grad()
    def _switch(self, *, train_mode: bool) -> None:
        for group in self.param_groups:
            if group["train_mode"] == train_mode:
                continue
            for p in group["params"]:
                if state := self.state.get(p):
                    self._adopt_written_values(group, p, state)
                    if state["weight_sum"] > 0:
                        p.copy_(self._y(group, state) if train_mode else state["x"])
            group["train_mode"] = train_mode

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first.

        Raises
        ------
        RuntimeError
            After ``eval()``, since gradients must be evaluated at y.
        """
        if not all(group["train_mode"] for group in self.param_groups):
            raise RuntimeError(
                f"{type(self).__name__} cannot step after eval(), because the parameters hold the "
                "average; call train() before taking gradients"
            )
        loss = self._evaluate(closure)
        for group, p, grad in self._gradients():
            state, y = self.state[p], in_single_precision(p)
            if not state:
                state["step"] = 0
                state["weight_sum"] = 0.0
                state["beta"] = self._beta(group)
                state["x"] = y.clone()
                state["z"] = y.clone()
            self._adopt_written_values(group, p, state)
            state["step"] += 1
            t, x, z = state["step"], state["x"], state["z"]

            gamma = float(group["lr"]) * min(1.0, t / max(1, group["warmup_steps"]))
            direction = self._direction(group, state, in_single_precision(grad))
            z.sub_(gamma * (direction + group["weight_decay"] * y))
            state["weight_sum"] += gamma**2
            c = self._c(group, gamma**2 / state["weight_sum"]) if gamma > 0 else 0.0
            x.mul_(1 - c).add_(c * z)
            if gamma > 0:
                p.copy_(self._y(group, state))
        return loss

    def _adopt_written_values(
        self, group: dict[str, Any], p: Tensor, state: dict[str, Any]
    ) -> None:
        """Update x, y and z if a parameter has been written to since the last step or switch.

        A change of y changes x, as in the authors' package, and z only if y equals z.
        """
        x, z = state["x"], state["z"]
        if state["weight_sum"] == 0:  # learning rate 0 so far: x, y and z are equal
            x.copy_(p)
            z.copy_(p)
            return
        if not group["train_mode"]:
            x.copy_(torch.where(x.to(p.dtype) == p, x, p))
            return
        beta = state.get(
            "beta", self._beta(group)
        )  # of the last y; a schedule may have changed it since
        y = (1 - beta) * z + beta * x
        moved = p - y
        kept = y.to(p.dtype) == p
        if beta > 0:
            x.copy_(torch.where(kept, x, x + moved / beta))
        else:
            z.copy_(torch.where(kept, z, z + moved))

    def _y(self, group: dict[str, Any], state: dict[str, Any]) -> Tensor:
        """Return y, where the next gradient is evaluated, and store its weight of x."""
        beta = state["beta"] = self._beta(group)
        y: Tensor = (1 - beta) * state["z"] + beta * state["x"]
        return y

    @staticmethod
    def _beta(group: dict[str, Any]) -> float:
        beta: float = group["momentum"] if "momentum" in group else group["betas"][0]
        return beta

    @staticmethod
    def _c(group: dict[str, Any], share: float) -> float:  # noqa: ARG004  (of a subclass)
        """Return the weight of z in the next x; the share is that of the sum of all weights."""
        return share

    def _direction(self, group: dict[str, Any], state: dict[str, Any], g: Tensor) -> Tensor:
        raise NotImplementedError


class ScheduleFreeSGD(ScheduleFree):
    r"""The average of SGD's iterates, with gradients evaluated near the average.

    With :math:`x_1 = z_1` and :math:`g_t` the gradient at :math:`y_t`,

    .. math::
        y_t &= (1 - \beta)\, z_t + \beta\, x_t \\
        z_{t+1} &= z_t - \gamma_t\, (g_t + \lambda\, y_t) \\
        c_{t+1} &= \gamma_t^2 \Big/ \sum_{i=1}^t \gamma_i^2 \\
        x_{t+1} &= (1 - c_{t+1})\, x_t + c_{t+1}\, z_{t+1}

    with :math:`\gamma_t = \gamma \min(1, t / T)` for :math:`T` steps of warm-up. At a constant
    learning rate :math:`c_{t+1} = 1/t`, and :math:`x_{t+1}` is the mean of :math:`z_2, \dots,
    z_{t+1}`.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\gamma \ge 0`; no schedule is needed, and larger learning rates than for
        SGD are usual.
    momentum : float
        :math:`\beta` in [0, 1]: 0 evaluates gradients at :math:`z` (Polyak-Ruppert averaging), 1 at
        the average itself (primal averaging).
    weight_decay : float
        Factor :math:`\lambda` of the L2 penalty that is added to the gradient, at least 0.
    warmup_steps : int
        :math:`T`, the number of steps in which the learning rate rises linearly.

    Notes
    -----
    The parameters are :math:`y` in training mode, which is the initial mode, and :math:`x` after
    ``eval()``. Evaluate and save after ``eval()``; call ``train()`` before the next step. The
    gallery draws :math:`x`. Changes of the parameters between two steps, as by clipping or by
    loading weights, are kept: a change of :math:`y` changes :math:`x` but not :math:`z`, as in the
    authors' package.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import ScheduleFreeSGD
    >>> p = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = ScheduleFreeSGD([p], lr=0.5)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     p.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.eval()
    >>> bool(p.abs().max() < 0.05)
    True

    References
    ----------
    Defazio et al. (2024), The road less scheduled, https://arxiv.org/abs/2405.15682, equations
    (3) to (5); the weights :math:`\gamma_t^2` and the warm-up are those of its algorithm 1.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_CLOSED,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        *,
        warmup_steps: int = 0,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "warmup_steps": warmup_steps,
        }
        super().__init__(params, defaults)

    def _direction(self, group: dict[str, Any], state: dict[str, Any], g: Tensor) -> Tensor:  # noqa: ARG002
        return g


class ScheduleFreeAdamW(ScheduleFree):
    r"""Averages the iterates of RMSprop instead of decaying the learning rate.

    With :math:`x_1 = z_1` and :math:`g_t` the gradient at :math:`y_t`,

    .. math::
        y_t &= (1 - \beta_1)\, z_t + \beta_1\, x_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        z_{t+1} &= z_t - \gamma_t \left( \frac{g_t}{\sqrt{\hat v_t} + \epsilon}
                   + \lambda\, y_t \right) \\
        c_{t+1} &= \gamma_t^2 \Big/ \sum_{i=1}^t \gamma_i^2 \\
        x_{t+1} &= (1 - c_{t+1})\, x_t + c_{t+1}\, z_{t+1}

    with :math:`\gamma_t = \gamma \min(1, t / T)` for :math:`T` steps of warm-up. There is no first
    moment: evaluating gradients at :math:`y` has the effect of momentum.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\gamma \ge 0`; no schedule is needed.
    betas : (float, float)
        :math:`\beta_1`, the weight of the average in :math:`y`, and :math:`\beta_2`, the decay rate
        of the squared gradients, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, which is computed at :math:`y`, at
        least 0.
    warmup_steps : int
        :math:`T`, the number of steps in which the learning rate rises linearly.

    Notes
    -----
    The parameters are :math:`y` in training mode, which is the initial mode, and :math:`x` after
    ``eval()``. Evaluate and save after ``eval()``; call ``train()`` before the next step. The
    gallery draws :math:`x`. Changes of the parameters between two steps, as by clipping or by
    loading weights, are kept: a change of :math:`y` changes :math:`x` but not :math:`z`, as in the
    authors' package.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import ScheduleFreeAdamW
    >>> p = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = ScheduleFreeAdamW([p], lr=0.3)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     p.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.eval()
    >>> bool(p.abs().max() < 0.1)
    True

    References
    ----------
    Defazio et al. (2024), The road less scheduled, https://arxiv.org/abs/2405.15682, algorithm 1,
    with the bias correction in :math:`\hat v_t`, as in the authors' package, rather than in
    :math:`\gamma_t`.
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
        lr: float | Tensor = 2.5e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        warmup_steps: int = 0,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "warmup_steps": warmup_steps,
        }
        super().__init__(params, defaults)

    def _direction(self, group: dict[str, Any], state: dict[str, Any], g: Tensor) -> Tensor:
        _, beta2 = group["betas"]
        if "exp_avg_sq" not in state:
            state["exp_avg_sq"] = torch.zeros_like(g)
        v = state["exp_avg_sq"]
        v.mul_(beta2).add_((1 - beta2) * g**2)
        v_hat = v / (1 - beta2 ** state["step"])
        direction: Tensor = g / (v_hat.sqrt() + group["eps"])
        return direction


_ROAD = Paper(
    "Defazio et al.",
    "The road less scheduled",
    2024,
    "https://arxiv.org/abs/2405.15682",
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="schedule_free_sgd",
        title="Schedule-Free SGD",
        cls=ScheduleFreeSGD,
        family="averaging",
        paper=_ROAD,
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="schedule_free_adamw",
        title="Schedule-Free AdamW",
        cls=ScheduleFreeAdamW,
        family="averaging",
        paper=_ROAD,
        elementwise=True,
    )
)
