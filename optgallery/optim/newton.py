"""Newton: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.axis import Axis
from optgallery.optim.base import NON_NEGATIVE, Closure, Ranges
from optgallery.optim.one_vector import VectorOptimizer
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Newton(VectorOptimizer):
    r"""Goes to the stationary point of the parabola that fits slope and curvature at each point.

    With :math:`g_k` the gradient and :math:`H_k` the Hessian at :math:`x_k`, and :math:`\lambda`
    the damping,

    .. math::
        (H_k + \lambda I)\, d_k &= -g_k \\
        x_{k+1} &= x_k + d_k

    The Hessian is that of all parameters together. Near a minimum with a positive definite Hessian
    the error is squared in each step if :math:`\lambda = 0`. A stationary point of the parabola
    need not be a minimum: where the Hessian is not positive definite, :math:`d_k` may point uphill,
    and the steps are attracted by saddle points and maxima as well. With a damping the step becomes
    shorter and turns towards :math:`-g_k / \lambda`; larger than minus the smallest eigenvalue of
    the Hessian, it makes every step one downhill.

    Parameters
    ----------
    params : iterable of tensors
        What to optimize; parameter groups are not supported, since there is one Hessian.
    damping : float
        :math:`\lambda \ge 0`, which is added to all eigenvalues of the Hessian, as Levenberg's
        method adds it to its approximation.

    Notes
    -----
    The rows of the Hessian are derivatives of the gradient's elements, so ``step`` needs gradients
    with a graph: call ``loss.backward(create_graph=True)``. For n parameters that takes n
    derivatives, n squared numbers and a linear system, which is for problems with some hundreds of
    parameters. A singular system raises a ``torch.linalg.LinAlgError``.

    Under `torch.amp.GradScaler`, gradients and Hessian are divided by the scale here.

    Examples
    --------
    One step solves a quadratic:

    >>> import torch
    >>> from optgallery.optim import Newton
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Newton([x])
    >>> loss = x[0] ** 2 + x[0] * x[1] + 50 * x[1] ** 2
    >>> (x.grad,) = torch.autograd.grad(loss, [x], create_graph=True)
    >>> optimizer.step()
    >>> bool(x.abs().max() < 1e-6)
    True

    References
    ----------
    Nocedal and Wright (2006), Numerical optimization, second edition,
    https://doi.org/10.1007/978-0-387-40065-5, equation 2.15 and section 3.3. Damping: Levenberg
    (1944), A method for the solution of certain non-linear problems in least squares, Quarterly of
    Applied Mathematics 2(2), https://doi.org/10.1090/qam/10666.
    """

    _step_supports_amp_scaling: ClassVar[bool] = True
    """Tells a GradScaler to leave gradients scaled, and to set ``grad_scale`` and ``found_inf``."""

    ranges: ClassVar[Ranges] = {"damping": NON_NEGATIVE}

    def __init__(self, params: ParamsT, damping: float = 0.0) -> None:
        super().__init__(params, {"damping": damping})

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and, with their graph, its gradients.

        Raises
        ------
        torch.linalg.LinAlgError
            If the damped Hessian is singular.
        RuntimeError
            If a GradScaler has already unscaled the gradients, but not the Hessian.
        """
        loss = self._evaluate(closure)
        members = self._members()
        found_inf: Tensor | None = getattr(self, "found_inf", None)
        if not members or (found_inf is not None and bool(found_inf > 0)):
            return loss
        scale = getattr(self, "grad_scale", None)
        if found_inf is not None and scale is None:
            delattr(self, "found_inf")  # the scaler does not if a step raises
            raise RuntimeError(
                "after scaler.unscale_() Newton cannot tell the scale of the loss, from which it "
                "takes the curvature; call scaler.step(optimizer) alone"
            )
        factor = 1.0 if scale is None else 1 / float(scale)
        (group,) = self.param_groups
        g = self._gradient(members) * factor
        H = self._hessian(members) * factor
        H.diagonal().add_(group["damping"])
        d = -torch.linalg.solve(H, g)
        self._write(members, self._flat(members) + d)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="newton",
        title="Newton's method",
        cls=Newton,
        family="second-order",
        paper=Paper(
            "Levenberg",
            "A method for the solution of certain non-linear problems in least squares",
            1944,
            "https://doi.org/10.1090/qam/10666",
        ),
        create_graph=True,
        counters=(),
        axis=Axis("damping", (0.0, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)),
    )
)
