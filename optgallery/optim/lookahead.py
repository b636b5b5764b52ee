"""Lookahead: k steps forward, one step back, around any optimizer."""

from functools import partial
from typing import Any, ClassVar

import torch
from torch.optim import Adam, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import UNIT_CLOSED, Closure, DenseOptimizer, Ranges
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper


class Lookahead(DenseOptimizer):
    r"""Let another optimizer run ahead for k steps, then go a part of its way and start anew.

    With :math:`A` the steps of the inner optimizer, the fast weights :math:`\theta` begin every
    round at the slow weights, :math:`\theta_{t,0} = \phi_{t-1}`, and

    .. math::
        \theta_{t,i} &= \theta_{t,i-1} + A(\theta_{t,i-1}), \qquad i = 1, \dots, k \\
        \phi_t &= \phi_{t-1} + \alpha\, (\theta_{t,k} - \phi_{t-1})

    The parameters hold the fast weights, and the slow ones after every :math:`k`-th step. What the
    inner optimizer remembers is not touched when it is set back.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups
        What to optimize; a group may have settings of its own for the inner optimizer.
    optimizer : type
        The class of the inner optimizer.
    k : int
        :math:`k`, at least 1: steps in a round.
    alpha : float
        :math:`\alpha` in [0, 1], the share of the way that is kept; at 1 nothing is taken back.
    **settings
        What the inner optimizer takes: ``lr`` and the like.

    Notes
    -----
    ``optimizer`` is the inner optimizer; both have the same ``param_groups``, so that a schedule
    of the one is a schedule of the other. An inner optimizer which reckons the parameters from
    sequences of its own, as the Schedule-Free ones do, does not notice that it is set back.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Lookahead
    >>> theta = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Lookahead([theta], torch.optim.SGD, k=5, alpha=0.8, lr=0.1, momentum=0.9)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     theta.square().sum().backward()
    ...     optimizer.step()
    >>> bool(theta.abs().max() < 1e-2)
    True

    References
    ----------
    Zhang, Lucas, Hinton and Ba (2019), Lookahead optimizer: k steps forward, 1 step back,
    https://arxiv.org/abs/1907.08610, algorithm 1.
    """

    ranges: ClassVar[Ranges] = {"alpha": UNIT_CLOSED}

    def __init__(
        self,
        params: ParamsT,
        optimizer: type[Optimizer] = Adam,
        k: int = 5,
        alpha: float = 0.5,
        **settings: Any,
    ) -> None:
        if not (isinstance(optimizer, type) and issubclass(optimizer, Optimizer)):
            raise TypeError(
                "optimizer must be a torch.optim.Optimizer class, whose settings follow, "
                f"got {optimizer!r}"
            )
        if not isinstance(k, int) or isinstance(k, bool) or k < 1:
            raise ValueError(f"k must be a whole number >= 1, got {k!r}")
        UNIT_CLOSED.check("alpha", alpha)
        # not in the groups, where some inner optimizers have an alpha of their own
        self.k, self.alpha = k, alpha
        construct: Any = optimizer  # each class has its own signature
        self.optimizer: Optimizer = construct(params, **settings)
        super().__init__(self.optimizer.param_groups, self.optimizer.defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters to both optimizers; the inner one checks its settings."""
        if not any(param_group is group for group in self.optimizer.param_groups):
            self.optimizer.add_param_group(param_group)
            param_group = self.optimizer.param_groups[-1]
        Optimizer.add_param_group(self, param_group)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        if closure is None:
            self._begin(None)
        loss = self.optimizer.step(closure and partial(self._begin, closure))
        for _, theta, _ in self._gradients():
            state = self.state[theta]
            state["step"] += 1
            if state["step"] % self.k == 0:
                phi = state["slow"]
                phi.add_(self.alpha * (theta - phi))
                theta.copy_(phi)
        return loss

    def _begin(self, closure: Closure | None) -> Any:
        """Evaluate, and note where parameters stand that have a gradient for the first time."""
        loss = self._evaluate(closure)
        for _, theta, _ in self._gradients():
            if not self.state[theta]:
                self.state[theta].update(step=0, slow=theta.detach().clone())
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Return the state as torch does, and the inner optimizer's with it."""
        return {
            **super().state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "k": self.k,
            "alpha": self.alpha,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the slow weights and the inner optimizer."""
        super().load_state_dict(state_dict)
        self.optimizer.load_state_dict(state_dict["optimizer"])
        self.param_groups = list(self.optimizer.param_groups)
        self.k, self.alpha = state_dict["k"], state_dict["alpha"]

    def __getstate__(self) -> dict[str, Any]:
        own = {"optimizer": self.optimizer, "k": self.k, "alpha": self.alpha}
        return {**super().__getstate__(), **own}


OPTIMIZERS.add(
    OptimizerSpec(
        name="lookahead",
        title="Lookahead over Adam",
        cls=Lookahead,
        family="wrapper",
        summary="Adam runs ahead for five steps, and half of the way is taken back.",
        paper=Paper(
            "Zhang, Lucas, Hinton and Ba",
            "Lookahead optimizer: k steps forward, 1 step back",
            2019,
            "https://arxiv.org/abs/1907.08610",
        ),
        elementwise=True,
    )
)
