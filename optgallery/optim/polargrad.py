"""PolarGrad: the class and its entry."""

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
from optgallery.optim.orthogonal import as_matrix, polar_factor
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class PolarGrad(DenseOptimizer):
    r"""Muon's direction, with a step that is as long as the momentum's nuclear norm.

    With :math:`G_t` the gradient at :math:`W_t`, a matrix, and :math:`M_t = U_t H_t` the polar
    decomposition, in which :math:`U_t` is orthogonal and :math:`H_t` symmetric and positive
    semidefinite,

    .. math::
        M_t &= \beta M_{t-1} + (1 - \beta)\, G_t \\
        \nu_t &= \operatorname{tr} H_t = \langle M_t, U_t \rangle \\
        W_{t+1} &= (1 - \eta \lambda)\, W_t - \eta\, \nu_t\, U_t

    :math:`\nu_t` is the nuclear norm of the momentum, the sum of its singular values. Steps become
    short where gradients do: the method settles at a constant rate, where Muon cannot. It is
    steepest descent in the spectral norm. With ``polar_first=True``, each gradient is decomposed
    and the factors are averaged,

    .. math::
        G_t = U_t H_t, \qquad M_t = \beta M_{t-1} + (1 - \beta)\, U_t, \qquad
        W_{t+1} = (1 - \eta \lambda)\, W_t - \eta \operatorname{tr}(H_t)\, M_t

    A vector is treated as a matrix of one column, and a tensor of higher order as a matrix whose
    rows are its first mode. In a matrix of one row or one column there is one singular value, its
    length, so that :math:`\nu_t U_t = M_t`: the method is then gradient descent with momentum.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    momentum : float
        :math:`\beta` in [0, 1).
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    polar_first : bool
        Whether each gradient is decomposed, instead of the momentum.

    Notes
    -----
    The published text could not be opened here. The update was run beside the authors' code, with
    which it agrees on matrices of any shape, and read beside that of emerging_optimizers. They
    approximate the polar factor by iterations, which the authors' class stops after two by default;
    here it is computed by a singular value decomposition. Where a matrix lacks a direction, so does
    the step.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import PolarGrad
    >>> W = torch.tensor([[2.0, -3.0], [1.0, 0.5]], requires_grad=True)
    >>> optimizer = PolarGrad([W], lr=0.1)
    >>> for _ in range(400):
    ...     optimizer.zero_grad()
    ...     W.square().sum().backward()
    ...     optimizer.step()
    >>> bool(W.abs().max() < 1e-3)
    True

    References
    ----------
    Lau, Long and Su (2025), PolarGrad: a class of matrix-gradient optimizers from a unifying
    preconditioning perspective, https://arxiv.org/abs/2505.21799.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        *,
        polar_first: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "polar_first": polar_first,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, W, grad in self._updates():
            eta, beta = float(group["lr"]), group["momentum"]
            G = as_matrix(grad)
            if not state:
                state["momentum_buffer"] = torch.zeros_like(G)
            M = state["momentum_buffer"]

            if group["polar_first"]:
                U = polar_factor(G)
                M.mul_(beta).add_((1 - beta) * U)
                update = (G * U).sum() * M
            else:
                M.mul_(beta).add_((1 - beta) * G)
                U = polar_factor(M)
                update = (M * U).sum() * U
            W.mul_(1 - eta * group["weight_decay"])
            W.sub_(eta * update.reshape(W.shape))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="polargrad",
        title="PolarGrad",
        cls=PolarGrad,
        family="matrix",
        paper=Paper(
            "Lau, Long and Su",
            "PolarGrad: a class of matrix-gradient optimizers from a unifying preconditioning "
            "perspective",
            2025,
            "https://arxiv.org/abs/2505.21799",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
        mappable=True,
    )
)
