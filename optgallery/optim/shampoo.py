"""Shampoo: the class and its entry."""

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
from optgallery.optim.per_run import power_of_elements
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper
from optgallery.optim.unfolding import mode_product, unfold


class Shampoo(DenseOptimizer):
    r"""AdaGrad for matrices, with a full preconditioner for rows and one for columns.

    With :math:`G_t` the gradient at :math:`W_t`, a matrix, and :math:`L_0 = \epsilon I`,
    :math:`R_0 = \epsilon I`,

    .. math::
        L_t &= L_{t-1} + G_t G_t^T \\
        R_t &= R_{t-1} + G_t^T G_t \\
        W_{t+1} &= W_t - \eta\, L_t^{-1/4}\, G_t\, R_t^{-1/4}

    A tensor of order :math:`k` has such a matrix for each of its modes, and the exponent is
    :math:`-1 / 2k`. For a vector the exponent is :math:`-1/2`, and the method is full-matrix
    AdaGrad.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    momentum : float
        :math:`\mu` in [0, 1): if it is not 0, :math:`M_t = \mu M_{t-1} + (1 - \mu)\, G_t` is
        multiplied instead of :math:`G_t`. The paper's algorithm has no momentum.
    eps : float
        :math:`\epsilon > 0`, the factor of the identity in the initial preconditioners.
    weight_decay : float
        Factor of the L2 penalty that is added to the gradient, at least 0.
    precondition_frequency : int
        Number of steps between computations of the roots, at least 1.

    Notes
    -----
    Each mode of size n needs an n x n matrix and its eigendecomposition.

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
        """Add a parameter group; settings that it lacks take the optimizer's defaults."""
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
                shape = G.shape if G.numel() else ()  # an empty tensor needs no scaling
                state["preconditioners"] = [_identity(G, n).mul_(eps) for n in shape]
                state["roots"] = [_identity(G, n) for n in shape]
            # distributed checkpoints drop empty lists
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


def _identity(G: Tensor, n: int) -> Tensor:
    """Return an identity matrix on the device of a tensor, one for each run where it has many."""
    return torch.diag(G.new_ones(n))


def _power(H: Tensor, exponent: float, smallest: float) -> Tensor:
    """Return a power of a symmetric matrix whose eigenvalues are at least ``smallest``."""
    values, Q = torch.linalg.eigh(H)
    power: Tensor = (Q * power_of_elements(values.clamp(min=smallest), exponent)) @ Q.T
    return power


OPTIMIZERS.add(
    OptimizerSpec(
        name="shampoo",
        title="Shampoo",
        cls=Shampoo,
        family="matrix",
        paper=Paper(
            "Gupta, Koren and Singer",
            "Shampoo: preconditioned stochastic tensor optimization",
            2018,
            "https://arxiv.org/abs/1802.09568",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
        mappable=True,
    )
)
