"""NorMuon: the class and its entry."""

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


class NorMuon(DenseOptimizer):
    r"""Muon whose rows are divided by their own root mean square, so that no neuron dominates.

    With :math:`G_t` the gradient at :math:`W_t`, a matrix of :math:`m` rows and :math:`n` columns,
    whose rows are the weights of one neuron each,

    .. math::
        M_t &= \beta_1 M_{t-1} + (1 - \beta_1)\, G_t \\
        O_t &= \operatorname{NewtonSchulz}\left(\beta_1 M_t + (1 - \beta_1)\, G_t\right) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, \operatorname{mean}_\text{row}(O_t \odot O_t) \\
        \hat O_t &= O_t / (\sqrt{v_t} + \epsilon) \\
        W_{t+1} &= (1 - \eta \lambda)\, W_t - \eta\, \sqrt{\max(1, m / n)}\;
            \frac{\lVert O_t \rVert_F}{\lVert \hat O_t \rVert_F + \epsilon}\, \hat O_t

    There is one number :math:`v_t` for each row. An orthogonal matrix that is taller than wide has
    rows of different lengths; the division makes them equal over time, and the last factor restores
    the length of the whole. A matrix of one row keeps its direction: NorMuon is then Muon.

    A vector is treated as a matrix of one column, in which each element is a row, and a tensor of
    higher order as a matrix whose rows are its first mode.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        :math:`\beta_1, \beta_2`, each in [0, 1).
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    nesterov : bool
        If false, :math:`M_t` itself is orthogonalized.
    match_rms : bool
        Whether a step has the root mean square :math:`0.2\, \eta`, which is about that of Adam's:
        the factors before :math:`\hat O_t` are then :math:`0.2 \sqrt{mn} / (\lVert \hat O_t
        \rVert_F + \epsilon)`.

    Notes
    -----
    The published text could not be opened here. The update was compared with two implementations,
    the authors' and that of pytorch_optimizer, which agree; the paper's own algorithm is said to be
    the one with ``nesterov=False, match_rms=True``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import NorMuon
    >>> W = torch.tensor([[2.0], [-3.0]], requires_grad=True)
    >>> optimizer = NorMuon([W], lr=0.02)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     W.square().sum().backward()
    ...     optimizer.step()
    >>> bool(W.abs().max() < 0.3)
    True

    References
    ----------
    Li et al. (2025), NorMuon: making Muon more efficient and scalable,
    https://arxiv.org/abs/2510.05491.
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
        eps: float = 1e-10,
        weight_decay: float = 0.0,
        *,
        nesterov: bool = True,
        match_rms: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "match_rms": match_rms,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, W, grad in self._updates():
            eta, eps = float(group["lr"]), group["eps"]
            beta1, beta2 = group["betas"]
            G = as_matrix(grad)
            m, n = G.shape
            if not state:
                state["momentum_buffer"] = torch.zeros_like(G)
                state["update_sq"] = G.new_zeros(m, 1)
            M, v = state["momentum_buffer"], state["update_sq"]

            M.lerp_(G, 1 - beta1)
            O_t = newton_schulz(G.lerp(M, beta1) if group["nesterov"] else M)
            if O_t.numel():
                v.lerp_(O_t.square().mean(1, keepdim=True), 1 - beta2)
            O_hat = O_t / (v.sqrt() + eps)
            if group["match_rms"]:
                length = 0.2 * (m * n) ** 0.5
            else:
                length = max(1.0, m / max(n, 1)) ** 0.5 * _norm(O_t)
            W.mul_(1 - eta * group["weight_decay"])
            W.sub_((eta * length / (_norm(O_hat) + eps) * O_hat).reshape(W.shape))
        return loss


def _norm(T: Tensor) -> Tensor:
    """Return the Frobenius norm."""
    return T.square().sum().sqrt()


OPTIMIZERS.add(
    OptimizerSpec(
        name="normuon",
        title="NorMuon",
        cls=NorMuon,
        family="matrix",
        paper=Paper(
            "Li et al.",
            "NorMuon: making Muon more efficient and scalable",
            2025,
            "https://arxiv.org/abs/2510.05491",
        ),
        parameter_shape=(2, 1),
        layerwise=True,
        mappable=True,
    )
)
