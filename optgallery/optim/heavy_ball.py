"""HeavyBall: the class and its entry."""

from math import sqrt
from typing import Any, ClassVar

import torch
from torch.optim.optimizer import ParamsT

from optgallery.optim.axis import Axis
from optgallery.optim.base import POSITIVE, Closure, DenseOptimizer, Ranges
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class HeavyBall(DenseOptimizer):
    r"""Momentum whose step size and decay are the best for the curvatures of a quadratic.

    With :math:`g_k` the gradient at :math:`x_k`, and :math:`\mu` and :math:`L` the smallest and the
    largest eigenvalue of the Hessian,

    .. math::
        \alpha &= \frac{4}{(\sqrt{L} + \sqrt{\mu})^2}, \qquad
        \beta = \Big(\frac{\sqrt{L} - \sqrt{\mu}}{\sqrt{L} + \sqrt{\mu}}\Big)^2 \\
        x_{k+1} &= x_k - \alpha\, g_k + \beta\, (x_k - x_{k-1})

    and :math:`x_{-1} = x_0`. On a quadratic the error falls like :math:`\sqrt{\beta}^{\,k}`: for a
    condition number :math:`\kappa = L / \mu`, about :math:`\sqrt{\kappa}` instead of :math:`\kappa`
    steps for each digit. No other step size and decay have a lower rate.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize.
    mu : float
        :math:`\mu > 0`, the smallest curvature.
    L : float
        :math:`L \ge \mu`, the largest curvature. If both are the same, this is gradient descent
        with the step size :math:`1 / L`.

    Notes
    -----
    `run` hands over both from the Hessian at the minimum point that the function declares, the one
    nearest to the start. On a function that is not quadratic they hold only near that point;
    farther away, where the curvature is larger than :math:`L`, steps may grow.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import HeavyBall
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = HeavyBall([x], mu=2.0, L=100.0)
    >>> for _ in range(100):
    ...     optimizer.zero_grad()
    ...     (x[0] ** 2 + 50 * x[1] ** 2).backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-6)
    True

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods, USSR
    Computational Mathematics and Mathematical Physics 4(5),
    https://doi.org/10.1016/0041-5553(64)90137-5.
    """

    ranges: ClassVar[Ranges] = {"mu": POSITIVE, "L": POSITIVE}

    def __init__(self, params: ParamsT, *, mu: float = 1.0, L: float = 1.0) -> None:
        super().__init__(params, {"mu": mu, "L": L})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; settings that it lacks take the optimizer's defaults.

        Raises
        ------
        TypeError
            If the group is not a dict.
        ValueError
            If a hyper-parameter is out of range, or ``mu`` is larger than ``L``.
        """
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        if group["mu"] > group["L"]:
            self.param_groups.pop()
            raise ValueError(f"mu must be at most L, got mu={group['mu']!r} and L={group['L']!r}")

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients."""
        loss = self._evaluate(closure)
        for group, state, x, g in self._updates():
            low, high = sqrt(group["mu"]), sqrt(group["L"])
            alpha = 4 / (high + low) ** 2
            beta = ((high - low) / (high + low)) ** 2
            if not state:
                state["last_step"] = torch.zeros_like(x)
            step = state["last_step"]
            step.mul_(beta).sub_(alpha * g)
            x.add_(step)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="heavy_ball",
        title="Heavy ball",
        cls=HeavyBall,
        family="momentum",
        paper=Paper(
            "Polyak",
            "Some methods of speeding up the convergence of iteration methods",
            1964,
            "https://doi.org/10.1016/0041-5553(64)90137-5",
        ),
        elementwise=True,
        from_function={"mu": "smallest_curvature", "L": "largest_curvature"},
        counters=(),
        axis=Axis(),
    )
)
