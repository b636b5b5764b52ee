"""Shampoo: a preconditioner for every side of a matrix, from all gradients so far."""

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
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.modes import mode_product, unfold
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Shampoo(DenseOptimizer):
    r"""Multiply a matrix of gradients from both sides by inverse fourth roots of their squares.

    With :math:`G_t` the gradient at :math:`W_t`, a matrix, and :math:`L_0 = \epsilon I`,
    :math:`R_0 = \epsilon I`,

    .. math::
        L_t &= L_{t-1} + G_t G_t^T \\
        R_t &= R_{t-1} + G_t^T G_t \\
        W_{t+1} &= W_t - \eta\, L_t^{-1/4}\, G_t\, R_t^{-1/4}

    A tensor of order :math:`k` has such a matrix for each of its modes, and the exponent is
    :math:`-1 / 2k`. For a vector that is :math:`-1/2`, and the method is full-matrix AdaGrad; so
    the gallery gives it the two coordinates as a matrix with one row, on which
    :math:`L` is a number, and half of the scaling is done by it and half by :math:`R`.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    momentum : float
        :math:`\mu` in [0, 1): where it is not 0, what is multiplied is not :math:`G_t` but
        :math:`M_t = \mu M_{t-1} + (1 - \mu)\, G_t`. The paper's algorithm is without it.
    eps : float
        :math:`\epsilon > 0`, what the preconditioners begin with.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.
    precondition_frequency : int
        Steps from one computation of the roots to the next, at least 1.

    Notes
    -----
    Every mode of size n costs a matrix of n by n and its eigenvectors.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Shampoo
    >>> W = torch.tensor([[2.0, -3.0]], requires_grad=True)
    >>> optimizer = Shampoo([W], lr=1.0)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     W.square().sum().backward()
    ...     optimizer.step()
    >>> bool(W.abs().max() < 1e-3)
    True

    References
    ----------
    Gupta, Koren and Singer (2018), Shampoo: preconditioned stochastic tensor optimization,
    https://arxiv.org/abs/1802.09568, algorithms 1 and 2.
    """

    listed = frozenset({"preconditioners", "roots"})

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "eps": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 0.1,
        momentum: float = 0.0,
        eps: float = 1e-4,
        weight_decay: float = 0.0,
        *,
        precondition_frequency: int = 1,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "eps": eps,
            "weight_decay": weight_decay,
            "precondition_frequency": precondition_frequency,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; what it does not set is the optimizer's default."""
        group = {**self.defaults, **param_group}
        check_whole("precondition_frequency", group["precondition_frequency"], 1)
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, W, grad in self._updates():
            mu, eps = group["momentum"], group["eps"]
            k = max(1, W.dim())
            G = (grad + group["weight_decay"] * W).reshape(W.shape or (1,))
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(G)
                shape = G.shape if G.numel() else ()  # without elements there is nothing to scale
                state["preconditioners"] = [eps * torch.eye(n).to(G) for n in shape]
                state["roots"] = [torch.eye(n).to(G) for n in shape]
            # distributed checkpoints keep no empty list
            H, roots = state.get("preconditioners", []), state.get("roots", [])
            M = state["exp_avg"]

            M.mul_(mu).add_((1 - mu) * G)
            update = M
            for i in range(len(H)):
                U = unfold(G, i)
                H[i].add_(U @ U.T)
                if state["step"] % group["precondition_frequency"] == 0:
                    roots[i].copy_(_power(H[i], -1 / (2 * k), eps))
                update = mode_product(update, roots[i], i)
            state["step"] += 1
            W.sub_(float(group["lr"]) * update.reshape(W.shape))
        return loss


def _power(H: Tensor, exponent: float, least: float) -> Tensor:
    """Return a power of a symmetric matrix none of whose eigenvalues is smaller than `least`."""
    values, Q = torch.linalg.eigh(H)
    power: Tensor = (Q * values.clamp(min=least) ** exponent) @ Q.T
    return power


OPTIMIZERS.add(
    OptimizerSpec(
        name="shampoo",
        title="Shampoo",
        cls=Shampoo,
        family="matrix",
        summary="AdaGrad for matrices: it turns the axes to where gradients have pointed so far.",
        paper=Paper(
            "Gupta, Koren and Singer",
            "Shampoo: preconditioned stochastic tensor optimization",
            2018,
            "https://arxiv.org/abs/1802.09568",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
    )
)
