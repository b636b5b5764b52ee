"""ALI-G: the class and its entry."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import NON_NEGATIVE, RATE, UNIT_HALF_OPEN, Closure, Ranges
from optgallery.optim.one_vector import VectorOptimizer
from optgallery.optim.ranges import FINITE
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class ALIG(VectorOptimizer):
    r"""Polyak's step with a largest rate, and Nesterov's momentum if wanted.

    With :math:`g_t` the gradient at :math:`w_t` and :math:`f^*` the value of the minimum,

    .. math::
        \gamma_t &= \min\bigg(\eta,\;
            \frac{\max(f(w_t) - f^*,\; 0)}{\lVert g_t \rVert^2 + \delta}\bigg) \\
        v_t &= \mu\, v_{t-1} - \gamma_t\, g_t \\
        w_{t+1} &= w_t - \gamma_t\, g_t + \mu\, v_t

    The norm is the Euclidean norm of one vector of all parameters. Without momentum, :math:`\mu =
    0`, it is gradient descent at the rate :math:`\eta` where the value is high above :math:`f^*`
    for its slope, and Polyak's step elsewhere. So :math:`\eta` may be large: near a minimum the
    rate falls of itself, if there is less to gain than the slope promises.

    Parameters
    ----------
    params : iterable of tensors
        What to optimize; parameter groups are not supported, since there is one step length.
    lr : float or Tensor
        :math:`\eta \ge 0`, the largest rate.
    momentum : float
        :math:`\mu` in [0, 1).
    f_star : float
        :math:`f^*`, the value of the minimum. The paper is about models that can bring each loss to
        0.
    eps : float
        :math:`\delta \ge 0`, which shortens the step where the slope is small.

    Notes
    -----
    ``step`` requires a closure, from which it takes the value. `run` hands ``f_star`` over from the
    minimum that the function declares. The text could not be opened; the update is that of the
    authors' code and of `pytorch_optimizer`, which take :math:`f^* = 0`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import ALIG
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = ALIG([w], lr=10.0)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = w.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(10):
    ...     loss = optimizer.step(closure)
    >>> bool(loss < 1e-3)
    True

    References
    ----------
    Berrada, Zisserman and Kumar (2019), Training neural networks for and by interpolation,
    https://arxiv.org/abs/1906.05661.
    """

    ranges: ClassVar[Ranges] = {
        "lr": RATE,
        "momentum": UNIT_HALF_OPEN,
        "f_star": FINITE,
        "eps": NON_NEGATIVE,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 0.1,
        momentum: float = 0.0,
        f_star: float = 0.0,
        eps: float = 1e-5,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "f_star": f_star, "eps": eps}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure) -> Any:  # type: ignore[override]  (it needs the value)
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
        if loss is None:
            raise ValueError("ALIG needs the value: the closure must return the loss")
        (group,) = self.param_groups
        eta, mu = float(group["lr"]), group["momentum"]
        g = self._gradient(members)
        squared = float(torch.dot(g, g)) + group["eps"]
        above = max(float(loss) - group["f_star"], 0.0)
        gamma = min(eta, above / squared) if squared > 0 else 0.0

        w = self._flat(members) - gamma * g
        if mu > 0:
            for p, part in zip(members, self._parts(members, gamma * g), strict=True):
                state = self.state[p]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(part)
                state["momentum_buffer"].mul_(mu).sub_(part)
            w.add_(mu * self._flat([self.state[p]["momentum_buffer"] for p in members]))
        self._write(members, w)
        return loss


OPTIMIZERS.add(
    OptimizerSpec(
        name="alig",
        title="ALI-G",
        cls=ALIG,
        family="learning-rate-free",
        paper=Paper(
            "Berrada, Zisserman and Kumar",
            "Training neural networks for and by interpolation",
            2019,
            "https://arxiv.org/abs/1906.05661",
        ),
        needs_closure=True,
        from_function={"f_star": "minimum"},
    )
)
