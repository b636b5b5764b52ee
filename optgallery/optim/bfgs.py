"""BFGS: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch.optim.optimizer import ParamsT

from optgallery.optim.axis import Axis
from optgallery.optim.base import UNIT_OPEN, Closure, Ranges
from optgallery.optim.searched import SearchedOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class BFGS(SearchedOptimizer):
    r"""Learns the inverse Hessian from how the gradient changes, and searches along its direction.

    With :math:`g_k` the gradient at :math:`x_k`, :math:`H_0 = I`, :math:`s_k = x_{k+1} - x_k`,
    :math:`y_k = g_{k+1} - g_k` and :math:`\rho_k = 1 / (y_k^T s_k)`,

    .. math::
        p_k &= -H_k g_k \\
        x_{k+1} &= x_k + t_k p_k \\
        H_{k+1} &= (I - \rho_k s_k y_k^T)\, H_k\, (I - \rho_k y_k s_k^T) + \rho_k s_k s_k^T

    :math:`H_k` approximates the inverse of the Hessian of all parameters together. The step length
    :math:`t_k` meets the strong Wolfe conditions

    .. math::
        f(x_k + t\, p_k) &\le f(x_k) + c_1\, t\, g_k^T p_k \\
        |\nabla f(x_k + t\, p_k)^T p_k| &\le c_2\, |g_k^T p_k|

    so that :math:`y_k^T s_k > 0` and :math:`H_{k+1}` stays positive definite.

    Parameters
    ----------
    params : iterable of tensors
        What to optimize; parameter groups are not supported, since there is one line search.
    c1 : float
        :math:`c_1` in (0, 1): how far the value has to fall.
    c2 : float
        :math:`c_2` in (0, 1): how flat the end of a step has to be.

    Notes
    -----
    ``step`` requires a closure, which is called at the point, and at each length that is tried:
    first the one at which a parabola that falls as much as in the step before has its bottom, but
    at most 1; at the very start such that the step is about 1 long. If no length is valid, as at a
    minimum where rounding prevents it, the point stays and :math:`H` becomes the identity again.
    For n parameters, the matrix has n squared numbers; :class:`torch.optim.LBFGS` keeps less.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import BFGS
    >>> x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    >>> optimizer = BFGS([x])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(50):
    ...     loss = optimizer.step(closure)
    >>> bool((x - 1).abs().max() < 1e-6)
    True

    References
    ----------
    Fletcher (1970), A new approach to variable metric algorithms, The Computer Journal 13(3),
    https://doi.org/10.1093/comjnl/13.3.317. The line search: Nocedal and Wright (2006), Numerical
    optimization, second edition, algorithms 3.5, 3.6 and 6.1.
    """

    ranges: ClassVar[Ranges] = {"c1": UNIT_OPEN, "c2": UNIT_OPEN}

    def __init__(self, params: ParamsT, *, c1: float = 1e-4, c2: float = 0.9) -> None:
        super().__init__(params, {"c1": c1, "c2": c2})

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
        f, g = self._evaluated(loss, members)
        state = self.state[members[0]]
        identity = torch.eye(len(g), dtype=g.dtype, device=g.device)
        H = state.get("inverse_hessian")
        if H is None or len(H) != len(g):
            H = identity
            state["previous_value"] = g.new_tensor(f + 0.5 * float(g.norm()))
        p = -(H @ g)
        found = self._search(members, closure, (f, g), p, previous=float(state["previous_value"]))
        state["previous_value"] = g.new_tensor(f)
        if found is None:
            state["inverse_hessian"] = identity
            return loss
        s, y = found.length * p, found.gradient - g
        curvature = torch.dot(y, s)
        if curvature > 0:
            rho = 1 / curvature
            V = identity - rho * torch.outer(y, s)
            H = V.T @ H @ V + rho * torch.outer(s, s)
        state["inverse_hessian"] = H
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="bfgs",
        title="BFGS",
        cls=BFGS,
        family="second-order",
        paper=Paper(
            "Fletcher",
            "A new approach to variable metric algorithms",
            1970,
            "https://doi.org/10.1093/comjnl/13.3.317",
        ),
        needs_closure=True,
        evaluations_per_step=None,
        counters=(),
        axis=Axis("c2", (0.01, 0.1, 0.5, 0.9)),
    )
)
