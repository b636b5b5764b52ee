"""TrustRegion: the class and its entry."""

from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.axis import Axis
from optgallery.optim.base import POSITIVE, UNIT_HALF_OPEN, Closure, Ranges
from optgallery.optim.one_vector import VectorOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper

_ITERATIONS = 100  # of the equation for the multiplier; Newton's method takes fewer than ten
_NEGLIGIBLE = 1e-14  # of the gradient along the eigenvectors of the smallest eigenvalue
_ROUNDINGS = 10  # of the value, which the reductions of a step must exceed to be compared
_CLOSE = 1e-15  # relative difference of the step's length from the radius
_HARD = 1e-12  # relative difference of eigenvalues that count as equal


class TrustRegion(VectorOptimizer):
    r"""Newton's method within a radius, which adapts to how well the quadratic model fits.

    With :math:`g_k` the gradient and :math:`H_k` the Hessian at :math:`x_k`, the step minimizes the
    model within the radius :math:`\Delta_k`, exactly:

    .. math::
        m_k(p) &= f(x_k) + g_k^T p + \tfrac{1}{2}\, p^T H_k\, p \\
        p_k &= \operatorname*{arg\,min}_{\lVert p \rVert \le \Delta_k} m_k(p) \\
        \rho_k &= \frac{f(x_k) - f(x_k + p_k)}{m_k(0) - m_k(p_k)}

    The step is taken if :math:`\rho_k > \eta`; otherwise the point stays where it is. The radius is
    divided by 4 if :math:`\rho_k < 1/4`, and doubled, up to :math:`\Delta_{\max}`, if
    :math:`\rho_k > 3/4` and :math:`\lVert p_k \rVert = \Delta_k`. The minimizer on the boundary
    solves :math:`(H_k + \lambda I)\, p_k = -g_k` with a :math:`\lambda` that makes the matrix
    positive semidefinite: a damped Newton step, whose damping is found for each step. So it goes
    down also where the Hessian is indefinite.

    Parameters
    ----------
    params : iterable of tensors
        What to optimize; parameter groups are not supported, since there is one Hessian.
    radius : float
        :math:`\Delta_0 > 0`, the radius of the first step.
    max_radius : float
        :math:`\Delta_{\max} > 0`.
    eta : float
        :math:`\eta` in [0, 1).

    Notes
    -----
    ``step`` requires a closure that returns the loss and computes gradients with a graph:
    ``loss.backward(create_graph=True)``. It calls the closure twice: at the point, and at the end
    of the step that is tried; once where the model has nothing lower. For n parameters, the Hessian
    takes n derivatives and n squared numbers, and its eigenvalues are computed. So that rounding
    does not shrink the radius at a minimum, ten units in the last place of :math:`f(x_k)` are added
    to numerator and denominator of :math:`\rho_k`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import TrustRegion
    >>> x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    >>> optimizer = TrustRegion([x])
    >>> def closure():
    ...     loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     (x.grad,) = torch.autograd.grad(loss, [x], create_graph=True)
    ...     return loss
    >>> for _ in range(30):
    ...     loss = optimizer.step(closure)
    >>> bool((x - 1).abs().max() < 1e-9)
    True

    References
    ----------
    Moré and Sorensen (1983), Computing a trust region step, SIAM Journal on Scientific and
    Statistical Computing 4(3), https://doi.org/10.1137/0904038. The rules for the radius: Nocedal
    and Wright (2006), Numerical optimization, second edition, algorithm 4.1.
    """

    ranges: ClassVar[Ranges] = {
        "radius": POSITIVE,
        "max_radius": POSITIVE,
        "eta": UNIT_HALF_OPEN,
    }

    def __init__(
        self,
        params: ParamsT,
        radius: float = 1.0,
        *,
        max_radius: float = 1000.0,
        eta: float = 0.15,
    ) -> None:
        super().__init__(params, {"radius": radius, "max_radius": max_radius, "eta": eta})

    @torch.no_grad()
    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Take one step, or none if the model predicts it badly; the radius is adapted.

        Parameters
        ----------
        closure : callable
            Evaluates the loss and, with their graph, its gradients, and returns the loss.

        Raises
        ------
        ValueError
            If the closure does not return the loss.
        """
        loss = self._evaluate(closure)
        if not (members := self._members()):
            return loss
        (group,) = self.param_groups
        f, g = self._evaluated(loss, members)
        H = self._hessian(members)
        x = self._flat(members)
        state = self.state[members[0]]
        if not state:
            state["radius"] = x.new_tensor(min(group["radius"], group["max_radius"]))
        radius = float(state["radius"])
        p, on_boundary = minimize_in_ball(g, H, radius)
        predicted = -float(torch.dot(g, p) + 0.5 * torch.dot(p, H @ p))
        if not predicted > 0 or torch.equal(x + p, x):  # a minimum of the model, up to rounding
            return loss
        tried = self._evaluate_at(members, x + p, closure)
        rounding = _ROUNDINGS * torch.finfo(x.dtype).eps * abs(f)
        rho = (f - tried.value + rounding) / (predicted + rounding)
        if not rho >= 0.25:  # also if the value is not a number
            state["radius"].mul_(0.25)
        elif rho > 0.75 and on_boundary:
            state["radius"].fill_(min(2 * radius, group["max_radius"]))
        if not rho > group["eta"]:
            self._write(members, x)
        return loss


class BallMinimum(NamedTuple):
    """A minimizer of a quadratic model in a ball, and whether it is on the boundary."""

    p: Tensor
    on_boundary: bool


def minimize_in_ball(g: Tensor, H: Tensor, radius: float) -> BallMinimum:
    r"""Minimize :math:`g^T p + p^T H p / 2` over all :math:`p` no longer than a radius.

    In the eigenvectors of H, the minimizer on the boundary has the elements
    :math:`-a_i / (\Lambda_i + \lambda)`. Newton's method on the inverse of its length, which is
    nearly linear in :math:`\lambda`, finds the :math:`\lambda` at which that is the radius.

    Parameters
    ----------
    g : tensor of shape (n,)
    H : tensor of shape (n, n)
        Symmetric.
    radius : float

    Examples
    --------
    >>> g, H = torch.tensor([1.0, 0.0]), torch.diag(torch.tensor([2.0, -1.0]))
    >>> minimize_in_ball(g, H, 1.0).p.abs()  # down along the negative curvature
    tensor([0.3333, 0.9428])
    """
    eigenvalues, Q = torch.linalg.eigh(H)
    a = Q.T @ g
    lowest = float(eigenvalues[0])
    if lowest > 0:
        p = -a / eigenvalues
        if float(p.norm()) <= radius:
            return BallMinimum(Q @ p, on_boundary=False)
    least = max(0.0, -lowest)  # the smallest multiplier that makes H + lambda I semidefinite
    largest = float(eigenvalues.abs().max())
    flat = eigenvalues - lowest <= _HARD * largest
    if float(a[flat].norm()) <= _NEGLIGIBLE * float(a.norm()):
        p = torch.where(flat, 0.0, -a / torch.where(flat, 1.0, eigenvalues + least))
        length = float(p.norm())
        if length <= radius:  # the hard case: the rest of the length is free to choose a sign
            if lowest >= 0:  # nothing is gained along a flat direction
                return BallMinimum(Q @ p, on_boundary=False)
            p[0] = (radius**2 - length**2) ** 0.5
            return BallMinimum(_signed(Q, p), on_boundary=True)
    multiplier = _multiplier(a, eigenvalues, radius, least)
    return BallMinimum(Q @ (-a / (eigenvalues + multiplier)), on_boundary=True)


def _signed(Q: Tensor, p: Tensor) -> Tensor:
    """Return the step, whose sign along the first eigenvector is the same on every machine."""
    first = Q[:, 0]
    largest = first[first.abs().argmax()]
    p[0] = p[0] * largest.sign()
    return Q @ p


def _multiplier(a: Tensor, eigenvalues: Tensor, radius: float, least: float) -> float:
    """Return the multiplier at which the step has the length of the radius."""
    low, high = least, least + float(a.norm()) / radius  # at which it is too long, too short
    multiplier = high
    for _ in range(_ITERATIONS):
        shifted = eigenvalues + multiplier
        length = float((a / shifted).norm())
        if abs(length - radius) <= _CLOSE * radius:
            break
        if length > radius:
            low = multiplier
        else:
            high = multiplier
        slope = float((a * a / shifted**3).sum())
        following = multiplier + (length - radius) / radius * length**2 / slope
        if not low < following < high:
            following = 0.5 * (low + high)
        if not low < following < high:  # the ends are neighbouring numbers
            break
        multiplier = following
    return multiplier


OPTIMIZERS.add(
    OptimizerSpec(
        name="trust_region",
        title="Trust region",
        cls=TrustRegion,
        family="second-order",
        paper=Paper(
            "Moré and Sorensen",
            "Computing a trust region step",
            1983,
            "https://doi.org/10.1137/0904038",
        ),
        needs_closure=True,
        create_graph=True,
        evaluations_per_step=None,
        counters=(),
        axis=Axis("radius", (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)),
    )
)
