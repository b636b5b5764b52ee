"""Scion: the class and its entry."""

from math import prod
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

NORMS = ("spectral", "sign", "column", "row")

_SMALLEST = 1e-8  # added to a norm before dividing by it, as in the authors' code


class Scion(DenseOptimizer):
    r"""Every step has the same length in the norm that suits the layer, such as the spectral norm.

    With :math:`g_t` the gradient at :math:`x_t` and
    :math:`\operatorname{lmo}(d) = \arg\min_{\lVert s \rVert \le \rho}\, \langle d, s \rangle`, the
    linear minimization oracle of a ball of radius :math:`\rho`,

    .. math::
        d_t &= \mu\, d_{t-1} + (1 - \mu)\, g_t \\
        x_{t+1} &= x_t + \gamma\, \operatorname{lmo}(d_t)
            \qquad \text{(unconstrained)} \\
        x_{t+1} &= (1 - \gamma)\, x_t + \gamma\, \operatorname{lmo}(d_t)
            \qquad \text{(constrained)}

    The constrained form is a Frank-Wolfe method: each iterate is an average of the last one and of
    a point of the ball, so a path that begins in the ball stays in it, and one that begins outside
    is drawn in. For a matrix of :math:`m` rows and :math:`n` columns, with the singular value
    decomposition :math:`d = U \Sigma V^T`, rows :math:`d_{i:}` and columns :math:`d_{:j}`, the
    oracles are

    .. math::
        \text{spectral:}&\quad -\rho\, \sqrt{m / n}\; U V^T \\
        \text{sign:}&\quad -\rho\, \tfrac{1}{n} \operatorname{sign}(d) \\
        \text{column:}&\quad -\rho\, \sqrt{m}\; d_{:j} / \lVert d_{:j} \rVert \\
        \text{row:}&\quad -\rho\, \tfrac{1}{\sqrt{n}}\; d_{i:} / \lVert d_{i:} \rVert

    :math:`U V^T` is approximated by five Newton-Schulz rounds, as in Muon. A vector, such as a
    bias, has the root mean square as its norm, and its oracle is :math:`-\rho\, d /
    \operatorname{rms}(d)`, whichever norm is chosen for the matrices.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    lr : float or Tensor
        :math:`\gamma \ge 0`. In the constrained form it is at most 1 for an average.
    momentum : float
        :math:`\mu` in [0, 1). The paper's :math:`\alpha` is :math:`1 - \mu`, which the authors'
        class calls ``momentum``.
    radius : float
        :math:`\rho > 0`, the radius of the ball, ``scale`` in the authors' class.
    weight_decay : float
        Factor :math:`\lambda \ge 0` of a decoupled weight decay, :math:`x \leftarrow (1 - \gamma
        \lambda)\, x` before the unconstrained step. The paper has none: its constrained form is the
        unconstrained one with :math:`\lambda = 1`.
    norm : str
        Of matrices: "spectral", "sign", "column" or "row". Filters of a convolution have the
        spectral norm divided by the size of the kernel.
    constrained : bool
        Whether iterates stay in the ball. The authors' class constrains them by default.

    Raises
    ------
    ValueError
        If there is no such norm, or if a constrained optimizer is given a weight decay.

    Notes
    -----
    The published text could not be opened here. The oracles and both forms were compared with two
    implementations, the authors' and that of pytorch_optimizer, which agree.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Scion
    >>> W = torch.tensor([[0.0, 0.0]], requires_grad=True)
    >>> optimizer = Scion([W], lr=0.1, radius=2.0, norm="sign", constrained=True)
    >>> for _ in range(100):
    ...     optimizer.zero_grad()
    ...     (W - torch.tensor([[5.0, -3.0]])).square().sum().backward()
    ...     optimizer.step()
    >>> [round(x, 2) for x in W[0].tolist()]  # the corner of the ball that is nearest to (5, -3)
    [1.0, -1.0]

    References
    ----------
    Pethick et al. (2025), Training deep learning models with norm-constrained LMOs,
    https://arxiv.org/abs/2502.07529.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "radius": POSITIVE,
        "weight_decay": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0.9,
        radius: float = 1.0,
        weight_decay: float = 0.0,
        *,
        norm: str = "spectral",
        constrained: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "radius": radius,
            "weight_decay": weight_decay,
            "norm": norm,
            "constrained": constrained,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; settings that it lacks take the optimizer's defaults."""
        group = {**self.defaults, **param_group}
        if group["norm"] not in NORMS:
            names = ", ".join(f'"{name}"' for name in NORMS)
            raise ValueError(f"norm must be one of {names}, got {group['norm']!r}")
        super().add_param_group(param_group)
        if group["constrained"] and group["weight_decay"]:
            self.param_groups.pop()
            raise ValueError(
                "a constrained Scion already decays its parameters by lr, which keeps them in the "
                f"ball; leave weight_decay={group['weight_decay']!r} out, or constrained=True"
            )

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        for group, state, x, g in self._updates():
            gamma, mu, rho = float(group["lr"]), group["momentum"], group["radius"]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(x)
            d = state["momentum_buffer"]

            d.mul_(mu).add_((1 - mu) * g)
            lmo = -rho * _dual(d, group["norm"])
            x.mul_(1 - gamma * (1.0 if group["constrained"] else group["weight_decay"]))
            x.add_(gamma * lmo)
        return loss


def _dual(d: Tensor, norm: str) -> Tensor:
    """Return the direction of steepest ascent, of length 1 in the norm."""
    if d.dim() < 2:
        return d / (d.square().mean().sqrt() + _SMALLEST) if d.numel() else d
    D = as_matrix(d)
    m, n = d.shape[0], d.shape[1]
    kernel = prod(d.shape[2:])
    if not d.numel():
        return d
    if norm == "spectral":
        unit = (m / n) ** 0.5 / kernel * newton_schulz(D)
    elif norm == "sign":
        unit = torch.sign(D) / D.shape[1]
    elif norm == "column":
        unit = D / (D.square().sum(0, keepdim=True).sqrt() / m**0.5 + _SMALLEST)
    else:
        lengths = D.square().sum(1, keepdim=True).sqrt()
        unit = D / (D.shape[1] ** 0.5 * lengths + _SMALLEST)
    reshaped: Tensor = unit.reshape(d.shape)
    return reshaped


OPTIMIZERS.add(
    OptimizerSpec(
        name="scion",
        title="Scion",
        cls=Scion,
        family="matrix",
        paper=Paper(
            "Pethick et al.",
            "Training deep learning models with norm-constrained LMOs",
            2025,
            "https://arxiv.org/abs/2502.07529",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
        mappable=True,
    )
)
