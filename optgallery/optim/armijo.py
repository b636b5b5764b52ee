"""Armijo: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import RATE, UNIT_OPEN, Closure, Ranges
from optgallery.optim.one_vector import VectorOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Armijo(VectorOptimizer):
    r"""Gradient descent that shortens each step until the value has fallen enough.

    With :math:`g_k` the gradient at :math:`x_k` and :math:`m` the smallest whole number, from 0,
    for which the condition holds,

    .. math::
        t_k &= \eta\, \tau^m \\
        f(x_k - t_k\, g_k) &\le f(x_k) - c_1\, t_k\, \lVert g_k \rVert^2 \\
        x_{k+1} &= x_k - t_k\, g_k

    The condition asks for a share :math:`c_1` of the fall that the slope promises. Every step
    begins with :math:`\eta` again, so that a length is never carried over to where it does not fit.

    Parameters
    ----------
    params : iterable of tensors
        What to optimize; parameter groups are not supported, since there is one step length.
    lr : float or Tensor
        :math:`\eta \ge 0`, the length that is tried first, as a factor of the gradient.
    c1 : float
        :math:`c_1` in (0, 1).
    factor : float
        :math:`\tau` in (0, 1), by which the length is multiplied after each failure.

    Notes
    -----
    ``step`` requires a closure, which is called at the point and at each length that is tried. If
    the length becomes so small that the point does not change, there is no step.

    Examples
    --------
    The first length, 1, would go from 3 to -3, which is not lower; the second is half of it:

    >>> import torch
    >>> from optgallery.optim import Armijo
    >>> x = torch.tensor([3.0], requires_grad=True)
    >>> optimizer = Armijo([x])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = x.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    9.0
    >>> x.item()
    0.0

    References
    ----------
    Armijo (1966), Minimization of functions having Lipschitz continuous first partial derivatives,
    Pacific Journal of Mathematics 16(1), https://doi.org/10.2140/pjm.1966.16.1. As in Nocedal and
    Wright (2006), Numerical optimization, second edition, algorithm 3.1; in the paper
    :math:`c_1 = \tau = 1/2`.
    """

    ranges: ClassVar[Ranges] = {"lr": RATE, "c1": UNIT_OPEN, "factor": UNIT_OPEN}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        *,
        c1: float = 1e-4,
        factor: float = 0.5,
    ) -> None:
        super().__init__(params, {"lr": lr, "c1": c1, "factor": factor})

    @torch.no_grad()
    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Take one step, along which the closure is called at each length that is tried.

        Parameters
        ----------
        closure : callable
            Evaluates the loss and its gradients, and returns the loss.

        Raises
        ------
        ValueError
            If the closure does not return the loss.
        """
        loss = self._evaluate(closure)
        if not (members := self._members()):
            return loss
        (group,) = self.param_groups
        c1, tau = group["c1"], group["factor"]
        f, g = self._evaluated(loss, members)
        x, t = self._flat(members), float(group["lr"])
        squared = float(torch.dot(g, g))
        while not torch.equal(x - t * g, x):
            if self._evaluate_at(members, x - t * g, closure).value <= f - c1 * t * squared:
                return loss
            t *= tau
        self._write(members, x)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="armijo",
        title="Armijo's rule",
        cls=Armijo,
        family="momentum",
        paper=Paper(
            "Armijo",
            "Minimization of functions having Lipschitz continuous first partial derivatives",
            1966,
            "https://doi.org/10.2140/pjm.1966.16.1",
        ),
        needs_closure=True,
        evaluations_per_step=None,
        counters=(),
    )
)
