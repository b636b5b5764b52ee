"""PolyakStep: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import RATE, Closure, Ranges
from optgallery.optim.one_vector import VectorOptimizer
from optgallery.optim.ranges import FINITE
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class PolyakStep(VectorOptimizer):
    r"""Gradient descent whose step would reach the minimum's value if the slope did not change.

    With :math:`g_k` the gradient at :math:`x_k` and :math:`f^*` the value of the minimum,

    .. math::
        x_{k+1} = x_k - \gamma\, \frac{f(x_k) - f^*}{\lVert g_k \rVert^2}\, g_k

    The norm is the Euclidean norm of one vector of all parameters. Along the tangent at
    :math:`x_k`, the step with :math:`\gamma = 1` ends where the tangent has the value
    :math:`f^*`. For a convex function this step never leads away from a minimizer, because the
    tangent lies below the function; the same holds for every :math:`\gamma` between 0 and 2.

    Parameters
    ----------
    params : iterable of tensors
        What to optimize; parameter groups are not supported, since there is one step length.
    lr : float or Tensor
        :math:`\gamma \ge 0`, a factor of the step; 1 is Polyak's own.
    f_star : float
        :math:`f^*`, the value of the minimum. 0 holds for losses that a model can bring to 0. Where
        the loss is at or below it, there is no step.

    Notes
    -----
    ``step`` requires a closure, from which it takes the value. `run` hands ``f_star`` over from the
    minimum that the function declares.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import PolyakStep
    >>> x = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> optimizer = PolyakStep([x])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = x.norm()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    5.0
    >>> bool(x.abs().max() < 1e-6)
    True

    References
    ----------
    Polyak (1969), Minimization of unsmooth functionals, USSR Computational Mathematics and
    Mathematical Physics 9(3), https://doi.org/10.1016/0041-5553(69)90061-5.
    """

    ranges: ClassVar[Ranges] = {"lr": RATE, "f_star": FINITE}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1.0, *, f_star: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "f_star": f_star})

    @torch.no_grad()
    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Take one step from the value and the gradient that the closure evaluates.

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
        gamma, f_star = float(group["lr"]), group["f_star"]
        f, g = self._evaluated(loss, members)
        squared = torch.dot(g, g)
        excess = f - f_star
        if excess > 0 and squared > 0:
            self._write(members, self._flat(members) - gamma * excess / squared * g)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="polyak_step",
        title="Polyak's step",
        cls=PolyakStep,
        family="learning-rate-free",
        paper=Paper(
            "Polyak",
            "Minimization of unsmooth functionals",
            1969,
            "https://doi.org/10.1016/0041-5553(69)90061-5",
        ),
        needs_closure=True,
        learning_rate_free=True,
        from_function={"f_star": "minimum"},
        counters=(),
    )
)
