"""AdaHessian: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_CLOSED,
    UNIT_HALF_OPEN,
    Closure,
    Ranges,
)
from optgallery.optim.hutchinson import HutchinsonOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class AdaHessian(HutchinsonOptimizer):
    r"""Divides by an average of the Hessian's diagonal, estimated with random signs.

    With :math:`g_t` the gradient and :math:`H_t` the Hessian at :math:`\theta_{t-1}`, and
    :math:`z` a vector of independent signs, each -1 or 1 with probability one half,

    .. math::
        D_t &= z \odot (H_t z), \qquad \mathbb{E}[D_t] = \operatorname{diag}(H_t) \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, D_t^{(s)} \odot D_t^{(s)} \\
        \theta_t &= \theta_{t-1} - \eta\, \frac{m_t / (1 - \beta_1^t)}
                    {\left(\sqrt{v_t / (1 - \beta_2^t)}\right)^k + \epsilon}

    :math:`D^{(s)}` is :math:`D` with the magnitudes averaged over each convolution kernel, and
    :math:`D` itself for every parameter of fewer than three dimensions.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        Decay rates :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`, which bounds the step where the curvature is 0.
    weight_decay : float
        Decoupled weight decay, at least 0: parameters shrink by ``lr * weight_decay`` in each step.
    hessian_power : float
        :math:`k` in [0, 1]: 0 is SGD with momentum, 1 uses the full curvature.
    spatial_averaging : bool
        Average over convolution kernels: all dimensions of a parameter after its second.
    seed : int
        Seed of the signs' private generator, whose state is part of ``state_dict``.

    Notes
    -----
    The product :math:`H_t z` is the derivative of :math:`g_t^T z`, so ``step`` needs gradients with
    a graph: call ``loss.backward(create_graph=True)``. A gradient that does not depend on the
    parameters has derivative 0. If no gradient does, a warning is issued, since ``create_graph``
    may have been forgotten.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdaHessian
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = AdaHessian([theta], lr=0.15)
    >>> for _ in range(200):
    ...     loss = theta[0] ** 2 + 50 * theta[1] ** 2
    ...     (theta.grad,) = torch.autograd.grad(loss, [theta], create_graph=True)
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-3)
    True

    References
    ----------
    Yao et al. (2021), ADAHESSIAN: an adaptive second order optimizer for machine learning,
    https://arxiv.org/abs/2006.00719, algorithm 1. Averaging magnitudes over kernels, and the place
    of :math:`\epsilon`, follow the authors' code.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_HALF_OPEN),
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
        "hessian_power": UNIT_CLOSED,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 0.15,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-4,
        weight_decay: float = 0.0,
        *,
        hessian_power: float = 1.0,
        spatial_averaging: bool = True,
        seed: int = 0,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "hessian_power": hessian_power,
            "spatial_averaging": spatial_averaging,
        }
        super().__init__(params, defaults, seed)

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
        diagonal = self._hessian_diagonal(loss_scale)
        self._unscale_gradients()
        gradients = self._gradients()
        for (group, state, theta, grad), (_, p, _) in zip(self._updates(), gradients, strict=True):
            eta, eps, k = float(group["lr"]), group["eps"], group["hessian_power"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(theta)
                state["exp_hessian_diag_sq"] = torch.zeros_like(theta)
            state["step"] += 1
            t, m, v = state["step"], state["exp_avg"], state["exp_hessian_diag_sq"]

            theta.mul_(1 - eta * group["weight_decay"])
            g, D = grad.detach(), diagonal[p]
            if group["spatial_averaging"] and D.dim() > 2:
                D = D.abs().mean(dim=tuple(range(2, D.dim())), keepdim=True)
            m.mul_(beta1).add_((1 - beta1) * g)
            v.mul_(beta2).add_((1 - beta2) * D * D)
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            theta.sub_(eta * m_hat / (v_hat.sqrt() ** k + eps))
        return loss

    def _draw(self, theta: Tensor) -> Tensor:
        bits = torch.randint(0, 2, theta.shape, generator=self._generator, dtype=theta.dtype)
        return 2 * bits - 1


OPTIMIZERS.add(
    OptimizerSpec(
        name="adahessian",
        title="AdaHessian",
        cls=AdaHessian,
        family="second-order",
        paper=Paper(
            "Yao et al.",
            "ADAHESSIAN: an adaptive second order optimizer for machine learning",
            2021,
            "https://arxiv.org/abs/2006.00719",
        ),
        create_graph=True,
        stochastic=True,
        diagonal=True,
    )
)
