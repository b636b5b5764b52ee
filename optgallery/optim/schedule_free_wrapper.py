"""ScheduleFreeWrapper: the mode that averages iterates and evaluates gradients near the average."""

from typing import Any, ClassVar

import torch
from torch.optim import SGD, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import UNIT_CLOSED, Closure, Ranges
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.spec import Paper
from optgallery.optim.wrapper import Wrapper


class ScheduleFreeWrapper(Wrapper):
    r"""Averages the iterates of the inner optimizer, with gradients evaluated near the average.

    With :math:`x_1 = z_1` and :math:`A` the step of the inner optimizer, whose parameters are
    :math:`z_t` and whose gradient is that at :math:`y_t`,

    .. math::
        y_t &= (1 - \beta)\, z_t + \beta\, x_t \\
        z_{t+1} &= z_t + A(z_t, \nabla f(y_t)) \\
        c_{t+1} &= \gamma_t^2 \Big/ \sum_{i=1}^t \gamma_i^2 \\
        x_{t+1} &= (1 - c_{t+1})\, x_t + c_{t+1}\, z_{t+1}

    :math:`\gamma_t` is the learning rate of step :math:`t`. Weight decay is the inner optimizer's
    own and acts on :math:`z_t`.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself. It needs no momentum, for which evaluating
        gradients at :math:`y` stands.
    optimizer : type
        The class of the inner optimizer.
    beta : float
        :math:`\beta` in [0, 1]: 0 evaluates gradients at :math:`z`, 1 at the average itself.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Notes
    -----
    The parameters are :math:`y` in training mode, which is the initial mode, and :math:`x` after
    ``eval()``. Evaluate and save after ``eval()``; call ``train()`` before the next step.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import ScheduleFreeWrapper
    >>> p = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = ScheduleFreeWrapper([p], torch.optim.SGD, lr=0.5)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     p.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.eval()
    >>> bool(p.abs().max() < 0.05)
    True

    References
    ----------
    Defazio et al. (2024), The road less scheduled, https://arxiv.org/abs/2405.15682, equations
    (3) to (5).
    """

    ranges: ClassVar[Ranges] = {"beta": UNIT_CLOSED}
    settings: ClassVar[tuple[str, ...]] = ("beta", "train_mode")
    beta: float
    train_mode: bool

    def __init__(
        self,
        params: ParamsT | Optimizer,
        optimizer: type[Optimizer] = SGD,
        *,
        beta: float = 0.9,
        **settings: Any,
    ) -> None:
        super().__init__(params, optimizer, settings, beta=beta, train_mode=True)

    def train(self) -> None:
        """Set the parameters to y, where the next gradients are evaluated."""
        self._switch(train_mode=True)

    def eval(self) -> None:
        """Set the parameters to x, the average, which is the result of the method."""
        self._switch(train_mode=False)

    @torch.no_grad()
    def _switch(self, *, train_mode: bool) -> None:
        if train_mode == self.train_mode:
            return
        for p, state in self._averaged():
            p.copy_(self._y(state) if train_mode else state["x"])
        self.train_mode = train_mode

    def _y(self, state: dict[str, Any]) -> torch.Tensor:
        y: torch.Tensor = (1 - self.beta) * state["z"] + self.beta * state["x"]
        return y

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first.

        Raises
        ------
        RuntimeError
            After ``eval()``, since gradients must be evaluated at y.
        """
        if not self.train_mode:
            raise RuntimeError(
                "ScheduleFreeWrapper cannot step after eval(), because the parameters hold the "
                "average; call train() before taking gradients"
            )
        loss = self._evaluate(closure)
        stepping = [(group, p) for group, p, _ in self._gradients()]
        for _, p in stepping:
            state = self.state[p]
            if "z" not in state:
                state.update(weight_sum=0.0, z=p.clone(), x=p.clone())
            p.copy_(state["z"])
        self.optimizer.step()
        for group, p in stepping:
            state, gamma = self.state[p], float(group["lr"])
            state["weight_sum"] += gamma**2
            c = gamma**2 / state["weight_sum"] if gamma > 0 else 0.0
            state["z"].copy_(p)
            state["x"].mul_(1 - c).add_(c * state["z"])
            p.copy_(self._y(state))
        self._copy_inner_state()
        return loss

    def _averaged(self) -> list[tuple[torch.Tensor, dict[str, Any]]]:
        """Return the parameters that have taken a step, with their states."""
        params = [p for group in self.param_groups for p in group["params"]]
        return [(p, self.state[p]) for p in params if "z" in self.state.get(p, {})]


MODES.add(
    Mode(
        name="schedule_free",
        title="Schedule-Free",
        cls=ScheduleFreeWrapper,
        acts_on="average",
        summary="Averages the iterates, with gradients evaluated near the average.",
        paper=Paper(
            "Defazio et al.",
            "The road less scheduled",
            2024,
            "https://arxiv.org/abs/2405.15682",
        ),
        elementwise=True,
        keeps_graph=False,
        reads=("lr",),
    )
)
