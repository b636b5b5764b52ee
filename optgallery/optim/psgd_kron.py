"""PSGD-Kron: the class and its entry."""

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
    Ranges,
)
from optgallery.optim.per_run import choose, flag
from optgallery.optim.seeded import SeededOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper
from optgallery.optim.unfolding import mode_product, unfold


class PSGDKron(SeededOptimizer):
    r"""Learns a preconditioner that whitens the gradients: equal size in all directions.

    With :math:`G_t` the gradient at :math:`W_t`, a matrix, upper triangular :math:`Q_L` and
    :math:`Q_R`, at first multiples of the identity, and :math:`X_t` a matrix of independent normal
    numbers,

    .. math::
        M_t &= \beta M_{t-1} + (1 - \beta)\, G_t \\
        \hat M_t &= M_t / (1 - \beta^t) \\
        A_t &= Q_L \hat M_t Q_R^T \\
        B_t &= Q_L^{-T} X_t Q_R^{-1} \\
        Q_L &\leftarrow Q_L - \mu\, \frac{\operatorname{triu}(A_t A_t^T - B_t B_t^T)}
                                        {\lVert A_t A_t^T + B_t B_t^T \rVert}\, Q_L \\
        Q_R &\leftarrow Q_R - \mu\, \frac{\operatorname{triu}(A_t^T A_t - B_t^T B_t)}
                                        {\lVert A_t^T A_t + B_t^T B_t \rVert}\, Q_R \\
        P_t &= Q_L^T Q_L\, \hat M_t\, Q_R^T Q_R \\
        W_{t+1} &= W_t - \eta \left( P_t \min\Big(1, \frac{c}{\operatorname{rms} P_t + 10^{-6}}\Big)
                   + \lambda W_t \right)

    The factors are stationary in expectation if :math:`A A^T` and :math:`B B^T` are equal in
    expectation, so that the preconditioned gradient has the covariance of :math:`X`. Their steps
    are relative, so that they stay invertible, and only triangular matrices are inverted. The norm
    is the spectral norm, estimated from below by two multiplications.

    For a mode of size 1 and for a vector, the factor is diagonal instead of triangular, and the
    norm is its largest element: on a vector, the method can scale the coordinates but not rotate
    them. Tensors have a triangular factor for each mode. If a gradient is 0, there is nothing to
    whiten, and the factors do not change.

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
    precondition_lr : float
        :math:`\mu` in [0, 1], the relative size of the factors' steps.
    init_scale : float
        The initial :math:`Q` is the identity times this factor, > 0.
    max_rms : float
        :math:`c > 0`: upper bound of the root mean square of a preconditioned gradient, effective
        while the factors are still inaccurate. For white noise it is about 1.
    precondition_frequency : int
        Number of steps between updates of the factors, at least 1.
    max_triangular_dim : int
        Modes larger than this have a diagonal factor.
    seed : int
        Seed of the private generator of :math:`X`, whose state is part of ``state_dict``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import PSGDKron
    >>> W = torch.tensor([[2.0, -3.0]], requires_grad=True)
    >>> optimizer = PSGDKron([W], lr=0.05)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     (W[0, 0] ** 2 + 50 * W[0, 1] ** 2).backward()
    ...     optimizer.step()
    >>> bool(W.abs().max() < 0.1)
    True

    References
    ----------
    Li (2019), Preconditioner on matrix Lie group for SGD, https://arxiv.org/abs/1809.10232 (the
    triangular factors and their steps).
    Pooladzandi and Li (2024), Curvature-informed SGD via general purpose Lie-group preconditioners,
    https://arxiv.org/abs/2402.04553. Averaging gradients before whitening, and the bound :math:`c`,
    are common to implementations.
    """

    listed = frozenset({"factors"})

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "weight_decay": NON_NEGATIVE,
        "precondition_lr": UNIT_CLOSED,
        "init_scale": POSITIVE,
        "max_rms": POSITIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        *,
        precondition_lr: float = 0.1,
        init_scale: float = 1.0,
        max_rms: float = 1.1,
        precondition_frequency: int = 1,
        max_triangular_dim: int = 8192,
        seed: int = 0,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "precondition_lr": precondition_lr,
            "init_scale": init_scale,
            "max_rms": max_rms,
            "precondition_frequency": precondition_frequency,
            "max_triangular_dim": max_triangular_dim,
        }
        super().__init__(params, defaults, seed)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; settings that it lacks take the optimizer's defaults."""
        group = {**self.defaults, **param_group}
        for name in ("precondition_frequency", "max_triangular_dim"):
            check_whole(name, group[name], 1)
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, W, G in self._updates():
            beta = group["momentum"]
            if not state:
                state["step"] = 0
                state["exp_avg"] = torch.zeros_like(W)
                state["factors"] = _initial_factors(W, group)
            M, Q = state["exp_avg"], state["factors"]

            M.mul_(beta).add_((1 - beta) * G)
            M_hat = M.reshape(W.shape or (1,)) / (1 - beta ** (state["step"] + 1))
            if state["step"] % group["precondition_frequency"] == 0:
                X = torch.randn(M_hat.shape, generator=self._generator, dtype=M_hat.dtype)
                _whiten(Q, M_hat, X.to(W.device), group["precondition_lr"])
            state["step"] += 1

            P = M_hat
            for i, q in enumerate(Q):
                P = _multiply(P, q.T @ q if q.dim() == 2 else q * q, i)
            P = P * (group["max_rms"] / (P.square().mean().sqrt() + 1e-6)).clamp(max=1.0)
            W.sub_(float(group["lr"]) * (P.reshape(W.shape) + group["weight_decay"] * W))
        return loss


def _initial_factors(W: Tensor, group: dict[str, Any]) -> list[Tensor]:
    """Return multiples of the identity: matrices if triangular, vectors if diagonal."""
    shape = W.shape or (1,)
    scale = group["init_scale"] ** (1 / len(shape))
    ones = [W.new_full((n,), scale) for n in shape]
    longest = group["max_triangular_dim"] if len(shape) > 1 else 0
    return [torch.diag(one) if 1 < len(one) <= longest else one for one in ones]


def _whiten(Q: list[Tensor], G: Tensor, X: Tensor, mu: float) -> None:
    """Update the factors so that the preconditioned gradient approaches the covariance of X."""
    known = flag(G.any())  # a gradient of 0 says nothing
    if known is False:
        return
    A, B = G, X
    for i, q in enumerate(Q):
        A = _multiply(A, q, i)
        B = _divide(B, q, i)
    for i, q in enumerate(Q):
        a, b = unfold(A, i), unfold(B, i)
        if q.dim() == 1:
            aa, bb = a.square().sum(1), b.square().sum(1)
            step = mu * (aa - bb) / (aa + bb).max() * q
        else:
            aa, bb = a @ a.T, b @ b.T
            step = mu / _spectral_norm_bound(aa + bb) * torch.triu(aa - bb) @ q
        q.sub_(choose(known, step, torch.zeros_like(step)))


def _multiply(T: Tensor, q: Tensor, i: int) -> Tensor:
    """Multiply mode i by a matrix, or by a diagonal matrix given as a vector."""
    if q.dim() == 2:
        return mode_product(T, q, i)
    return T * q.reshape([-1 if j == i else 1 for j in range(T.dim())])


def _divide(T: Tensor, q: Tensor, i: int) -> Tensor:
    """Multiply mode i by the inverse of a factor's transpose."""
    if q.dim() == 1:
        return _multiply(T, 1 / q, i)
    rows = T.movedim(i, 0)
    solved = torch.linalg.solve_triangular(q.T, rows.reshape(len(q), -1), upper=False)
    B: Tensor = solved.reshape(rows.shape).movedim(0, i)
    return B


def _spectral_norm_bound(S: Tensor) -> Tensor:
    """Return a tight lower bound of the spectral norm of a symmetric matrix."""
    S_scaled = S / S.abs().max()
    j = S_scaled.square().sum(1).argmax()
    x = S_scaled @ S_scaled[j]
    bound: Tensor = S.abs().max() * (S_scaled @ x).norm() / x.norm()
    return bound


OPTIMIZERS.add(
    OptimizerSpec(
        name="psgd_kron",
        title="PSGD-Kron",
        cls=PSGDKron,
        family="matrix",
        paper=Paper(
            "Pooladzandi and Li",
            "Curvature-informed SGD via general purpose Lie-group preconditioners",
            2024,
            "https://arxiv.org/abs/2402.04553",
        ),
        stochastic=True,
        mappable=True,
        parameter_shape=(1, 2),
    )
)
