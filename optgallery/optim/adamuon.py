"""AdaMuon: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_HALF_OPEN,
    Closure,
    DenseOptimizer,
    Ranges,
)
from optgallery.optim.orthogonal import as_matrix, newton_schulz
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class AdaMuon(DenseOptimizer):
    r"""Muon of the momentum's signs, with Adam's second moment and steps as long as Adam's.

    With :math:`G_t` the gradient at :math:`W_t`, a matrix of :math:`m` rows and :math:`n` columns,

    .. math::
        M_t &= \beta_1 M_{t-1} + (1 - \beta_1)\, G_t \\
        O_t &= \operatorname{NewtonSchulz}\left(
            \operatorname{sign}(\beta_1 M_t + (1 - \beta_1)\, G_t)\right) \\
        V_t &= \beta_2 V_{t-1} + (1 - \beta_2)\, O_t \odot O_t \\
        \hat O_t &= O_t / (\sqrt{V_t} + \epsilon) \\
        W_{t+1} &= (1 - \eta \lambda)\, W_t
            - \eta\, \frac{0.2 \sqrt{mn}}{\lVert \hat O_t \rVert_F}\, \hat O_t

    The root mean square of a step is :math:`0.2\, \eta`. :math:`V_t` is not corrected for its bias,
    which is the same factor in all elements and falls out with the length.

    A vector is treated as a matrix of one column, and a tensor of higher order as a matrix whose
    rows are its first mode. In a matrix of one row or one column, all elements of :math:`O_t` have
    the same size: the method is then Lion, with :math:`\beta_1^2` and :math:`\beta_1` for its two
    averages.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        :math:`\beta_1, \beta_2`, each in [0, 1). The paper has one number for both.
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    nesterov : bool
        If false, :math:`O_t` is made of the signs of :math:`M_t`.

    Notes
    -----
    The published text could not be opened here. The update was compared with two implementations,
    the authors' and that of adv_optm, which agree. The first version of the method has no signs,
    and a second moment that is corrected for its bias; pytorch_optimizer has that one.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import AdaMuon
    >>> W = torch.tensor([[2.0, -3.0], [1.0, 0.5]], requires_grad=True)
    >>> optimizer = AdaMuon([W], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     W.square().sum().backward()
    ...     optimizer.step()
    >>> bool(W.abs().max() < 0.3)
    True

    References
    ----------
    Si, Zhang and Shen (2025), AdaMuon: adaptive Muon optimizer, https://arxiv.org/abs/2507.11005.
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
        lr: float | Tensor = 0.02,
        betas: tuple[float, float] = (0.95, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        *,
        nesterov: bool = True,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, W, grad in self._updates():
            eta = float(group["lr"])
            beta1, beta2 = group["betas"]
            G = as_matrix(grad)
            if not state:
                state["momentum_buffer"] = torch.zeros_like(G)
                state["update_sq"] = torch.zeros_like(G)
            M, V = state["momentum_buffer"], state["update_sq"]

            M.lerp_(G, 1 - beta1)
            O_t = newton_schulz(torch.sign(G.lerp(M, beta1) if group["nesterov"] else M))
            V.mul_(beta2).add_((1 - beta2) * O_t.square())
            O_hat = O_t / (V.sqrt() + group["eps"])
            norm = O_hat.square().sum().sqrt().clamp(min=1e-8)  # 0 only if all signs are
            W.mul_(1 - eta * group["weight_decay"])
            W.sub_((eta * 0.2 * O_t.numel() ** 0.5 / norm * O_hat).reshape(W.shape))
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="adamuon",
        title="AdaMuon",
        cls=AdaMuon,
        family="matrix",
        paper=Paper(
            "Si, Zhang and Shen",
            "AdaMuon: adaptive Muon optimizer",
            2025,
            "https://arxiv.org/abs/2507.11005",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
        mappable=True,
    )
)
