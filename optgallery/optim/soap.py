"""SOAP: the class and its entry."""

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
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper
from optgallery.optim.unfolding import unfold


class SOAP(DenseOptimizer):
    r"""Adam in the slowly changing eigenbasis of Shampoo's preconditioners.

    With :math:`G_t` the gradient at :math:`W_t`, a matrix, and orthogonal matrices :math:`Q_L` and
    :math:`Q_R` whose columns approximate the eigenvectors of :math:`L_t` and :math:`R_t`,

    .. math::
        M_t &= \beta_1 M_{t-1} + (1 - \beta_1)\, G_t \\
        G'_t &= Q_L^T G_t Q_R, \qquad M'_t = Q_L^T M_t Q_R \\
        V_t &= \beta_2 V_{t-1} + (1 - \beta_2)\, G'_t \odot G'_t \\
        N'_t &= \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}\, \frac{M'_t}{\sqrt{V_t} + \epsilon} \\
        W_{t+1} &= (1 - \eta \lambda)\, (W_t - \eta\, Q_L N'_t Q_R^T) \\
        L_t &= \beta_2 L_{t-1} + (1 - \beta_2)\, G_t G_t^T \\
        R_t &= \beta_2 R_{t-1} + (1 - \beta_2)\, G_t^T G_t

    In every :math:`f`-th step, the eigenvectors, sorted by eigenvalue, are updated by one step of
    power iteration, :math:`Q_L = \operatorname{qr}(L_t Q_L)` and :math:`Q_R = \operatorname{qr}(R_t
    Q_R)`; :math:`V_t` is permuted accordingly.

    The first gradient only initializes :math:`L` and :math:`R` and their eigenvectors; the
    parameters do not change. A tensor of higher order has an eigenbasis for each of its modes. A
    vector has none: on it, the method is Adam.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        :math:`\beta_1, \beta_2`, each in [0, 1); the second is also the preconditioners' decay
        rate.
    eps : float
        :math:`\epsilon > 0`.
    weight_decay : float
        Factor :math:`\lambda` of the decoupled weight decay, at least 0.
    precondition_frequency : int
        :math:`f`, the number of steps between updates of the eigenbasis, at least 1.
    max_precondition_dim : int
        Modes larger than this are not projected.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import SOAP
    >>> W = torch.tensor([[2.0, -3.0]], requires_grad=True)
    >>> optimizer = SOAP([W], lr=0.1)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     W.square().sum().backward()
    ...     optimizer.step()
    >>> bool(W.abs().max() < 1e-2)
    True

    References
    ----------
    Vyas et al. (2024), SOAP: improving and stabilizing Shampoo using Adam,
    https://arxiv.org/abs/2409.11321, algorithm 3. It leaves the initialization open; skipping the
    first step, and the defaults, follow the authors' code.
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
        lr: float | Tensor = 3e-3,
        betas: tuple[float, float] = (0.95, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        *,
        precondition_frequency: int = 10,
        max_precondition_dim: int = 10_000,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "precondition_frequency": precondition_frequency,
            "max_precondition_dim": max_precondition_dim,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; settings that it lacks take the optimizer's defaults."""
        group = {**self.defaults, **param_group}
        for name in ("precondition_frequency", "max_precondition_dim"):
            check_whole(name, group[name], 1)
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, W, G in self._updates():
            eta, eps = float(group["lr"]), group["eps"]
            beta1, beta2 = group["betas"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(W)
                state["exp_avg_sq"] = torch.zeros_like(W)
                # vectors and empty tensors are not projected
                modes = range(W.dim() if W.dim() > 1 and W.numel() else 0)
                preconditioned = [i for i in modes if W.shape[i] <= group["max_precondition_dim"]]
                # distributed checkpoints drop empty dicts, hence state.get below
                state["preconditioners"] = {
                    i: W.new_zeros(2 * W.shape[i : i + 1]) for i in preconditioned
                }
                self._update_preconditioners(state, G, beta2)
                state["axes"] = {i: _eigenvectors(H) for i, H in state["preconditioners"].items()}
                continue
            state["step"] += 1
            t, M, V = state["step"], state["exp_avg"], state["exp_avg_sq"]
            Q = state.get("axes", {})

            M.lerp_(G, 1 - beta1)
            V.lerp_(_project(G, Q) ** 2, 1 - beta2)
            N = _project(M, Q) / (V.sqrt() + eps)
            rate = eta * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
            W.sub_(rate * _project(N, Q, back=True))
            W.mul_(1 - eta * group["weight_decay"])

            self._update_preconditioners(state, G, beta2)
            if t % group["precondition_frequency"] == 0:
                self._update_eigenbases(state)
        return loss

    @staticmethod
    def _update_preconditioners(state: dict[str, Any], G: Tensor, beta2: float) -> None:
        for i, H in state.get("preconditioners", {}).items():
            U = unfold(G, i)
            H.lerp_(U @ U.T, 1 - beta2)

    @staticmethod
    def _update_eigenbases(state: dict[str, Any]) -> None:
        for i, H in state.get("preconditioners", {}).items():
            Q = state["axes"][i]
            HQ = H @ Q
            order = (Q * HQ).sum(0).argsort(descending=True)
            state["exp_avg_sq"].copy_(state["exp_avg_sq"].index_select(i, order))
            Q.copy_(torch.linalg.qr(HQ[:, order]).Q)


def _eigenvectors(H: Tensor) -> Tensor:
    """Return the eigenvectors of a symmetric matrix, sorted by decreasing eigenvalue."""
    Q: Tensor = torch.linalg.eigh(H).eigenvectors.flip(1)
    return Q


def _project(T: Tensor, Q: dict[int, Tensor], *, back: bool = False) -> Tensor:
    """Project a tensor to the eigenbasis, or back from it to the original coordinates."""
    for i in range(T.dim()):  # the first mode is projected and becomes the last
        T = torch.tensordot(T, Q[i], ([0], [1 if back else 0])) if i in Q else T.movedim(0, -1)
    return T


OPTIMIZERS.add(
    OptimizerSpec(
        name="soap",
        title="SOAP",
        cls=SOAP,
        family="matrix",
        paper=Paper(
            "Vyas et al.",
            "SOAP: improving and stabilizing Shampoo using Adam",
            2024,
            "https://arxiv.org/abs/2409.11321",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
        mappable=True,
    )
)
