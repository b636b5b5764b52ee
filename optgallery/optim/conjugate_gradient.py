"""ConjugateGradient: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.axis import Axis
from optgallery.optim.base import UNIT_OPEN, Closure, Ranges
from optgallery.optim.searched import SearchedOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper

_DESCENT = 0.01  # of the squared gradient: how far a direction has to go down


class ConjugateGradient(SearchedOptimizer):
    r"""Adds to the gradient as much of the last direction as keeps steps from undoing each other.

    With :math:`g_k` the gradient at :math:`x_k` and :math:`p_0 = -g_0`,

    .. math::
        x_{k+1} &= x_k + t_k p_k \\
        \beta_{k+1} &= \max\Big(0, \frac{g_{k+1}^T (g_{k+1} - g_k)}{g_k^T g_k}\Big) \\
        p_{k+1} &= -g_{k+1} + \beta_{k+1}\, p_k

    The step length :math:`t_k` meets the strong Wolfe conditions

    .. math::
        f(x_k + t\, p_k) &\le f(x_k) + c_1\, t\, g_k^T p_k \\
        |\nabla f(x_k + t\, p_k)^T p_k| &\le c_2\, |g_k^T p_k|

    and such that the next direction goes down enough: :math:`g_{k+1}^T p_{k+1} \le -0.01\,
    g_{k+1}^T g_{k+1}`. The factor is that of Polak and Ribière, and 0 where theirs would be
    negative, which begins again with the gradient. On a quadratic of n variables and with exact
    line searches, the directions are conjugate and the n-th step arrives.

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
    minimum where rounding prevents it, the point stays, and the next direction is the gradient's.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import ConjugateGradient
    >>> x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    >>> optimizer = ConjugateGradient([x])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(100):
    ...     loss = optimizer.step(closure)
    >>> bool((x - 1).abs().max() < 1e-4)
    True

    References
    ----------
    Gilbert and Nocedal (1992), Global convergence properties of conjugate gradient methods for
    optimization, SIAM Journal on Optimization 2(1), https://doi.org/10.1137/0802003. The line
    search: Nocedal and Wright (2006), Numerical optimization, second edition, algorithms 3.5 and
    3.6.
    """

    ranges: ClassVar[Ranges] = {"c1": UNIT_OPEN, "c2": UNIT_OPEN}

    def __init__(self, params: ParamsT, *, c1: float = 1e-4, c2: float = 0.1) -> None:
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
        squared = float(torch.dot(g, g))
        first = self.state[members[0]]
        if "previous_value" not in first:
            first["previous_value"] = g.new_tensor(f + 0.5 * float(g.norm()))
        p = -g
        if all("direction" in self.state[member] for member in members):
            p = self._flat([self.state[member]["direction"] for member in members])
            if not _goes_down(p, g):
                p = -g

        def direction(g_next: Tensor) -> Tensor:
            beta = max(0.0, float(torch.dot(g_next, g_next - g)) / squared)
            return -g_next + beta * p

        found = self._search(
            members,
            closure,
            (f, g),
            p,
            previous=float(first["previous_value"]),
            accepts=lambda trial: _goes_down(direction(trial.gradient), trial.gradient),
        )
        first["previous_value"] = g.new_tensor(f)
        following = -g if found is None else direction(found.gradient)
        for member, part in zip(members, self._parts(members, following), strict=True):
            self.state[member]["direction"] = part.clone()
        return loss


def _goes_down(p: Tensor, g: Tensor) -> bool:
    return bool(torch.dot(p, g) <= -_DESCENT * torch.dot(g, g))


OPTIMIZERS.add(
    OptimizerSpec(
        name="conjugate_gradient",
        title="Conjugate gradients",
        cls=ConjugateGradient,
        family="second-order",
        paper=Paper(
            "Gilbert and Nocedal",
            "Global convergence properties of conjugate gradient methods for optimization",
            1992,
            "https://doi.org/10.1137/0802003",
        ),
        needs_closure=True,
        evaluations_per_step=None,
        counters=(),
        axis=Axis("c2", (0.01, 0.1, 0.5, 0.9)),
    )
)
