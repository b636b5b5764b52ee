"""Lookahead: the class and its entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import torch
from torch.optim import Adam, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.arguments import check_whole
from optgallery.optim.base import UNIT_CLOSED, Closure, Ranges
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.precision import in_single_precision
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper
from optgallery.optim.wrapper import Wrapper

_SCALES = ("grad_scale", "found_inf")
"""Attributes that a torch.amp.GradScaler sets on an optimizer that supports scaling."""


class Lookahead(Wrapper):
    r"""An inner optimizer takes k steps, then part of their displacement is taken back.

    With :math:`A` the steps of the inner optimizer, the fast weights :math:`\theta` start every
    round at the slow weights, :math:`\theta_{t,0} = \phi_{t-1}`, and

    .. math::
        \theta_{t,i} &= \theta_{t,i-1} + A(\theta_{t,i-1}), \qquad i = 1, \dots, k \\
        \phi_t &= \phi_{t-1} + \alpha\, (\theta_{t,k} - \phi_{t-1})

    The parameters are the fast weights, and the slow ones after every :math:`k`-th step. The state
    of the inner optimizer is not reset.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize; a group may include settings for the inner optimizer. Or the inner
        optimizer itself, which then has its settings already.
    optimizer : type
        The class of the inner optimizer.
    k : int
        :math:`k`, at least 1: steps in each round.
    alpha : float
        :math:`\alpha` in [0, 1], the interpolation weight; with 1, it is the inner optimizer alone.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Notes
    -----
    ``optimizer`` is the inner optimizer; both share their ``param_groups``, so that a schedule of
    one applies to the other. The state of a parameter includes the inner optimizer's, as
    ``optimizer.exp_avg`` and so on. In half precision, the slow weights are in float32; the rest
    depends on the inner optimizer.

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
    settings: ClassVar[tuple[str, ...]] = ("k", "alpha")
    has_inner_modes: ClassVar[bool] = False  # the slow weights follow the parameters of steps

    def __init__(
        self,
        params: ParamsT | Optimizer,
        optimizer: type[Optimizer] = Adam,
        k: int = 5,
        alpha: float = 0.5,
        **settings: Any,
    ) -> None:
        check_whole("k", k, 1)
        super().__init__(params, optimizer, settings, k=k, alpha=alpha)

    k: int
    alpha: float

    @property
    def _step_supports_amp_scaling(self) -> bool:
        """Whether a GradScaler leaves the scale of the gradients to the inner optimizer."""
        return bool(getattr(self.optimizer, "_step_supports_amp_scaling", False))

    @torch.no_grad()
    def step(self, closure: Closure | None = None, **options: Any) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first.

        Parameters
        ----------
        closure : callable, optional
            Evaluates the loss and its gradients.
        **options
            Further arguments of the inner optimizer's ``step``.
        """
        if getattr(self, "found_inf", 0) > 0:
            return None  # a GradScaler found non-finite gradients
        if closure is None:
            self._evaluate_and_store_slow(None)
        with self._scaler_attributes_shared():
            loss = self.optimizer.step(
                closure and partial(self._evaluate_and_store_slow, closure), **options
            )
        for _, theta, _ in self._gradients():
            state = self.state[theta]
            state["step"] += 1
            if state["step"] % self.k == 0:
                phi = state["slow"]
                phi.add_(self.alpha * (theta - phi))
                theta.copy_(phi)
        self._copy_inner_state()
        return loss

    def _evaluate_and_store_slow(self, closure: Closure | None) -> Any:
        """Evaluate, and store the values of parameters that have a gradient for the first time."""
        loss = self._evaluate(closure)
        for _, theta, _ in self._gradients():
            if not self.state[theta]:
                slow = in_single_precision(theta).detach().clone()
                self.state[theta].update(step=0, slow=slow)
        return loss

    @contextmanager
    def _scaler_attributes_shared(self) -> Iterator[None]:
        """Pass on to the inner optimizer the attributes that a GradScaler has set on this one."""
        scales = {name: getattr(self, name) for name in _SCALES if hasattr(self, name)}
        vars(self.optimizer).update(scales)
        try:
            yield
        except BaseException:
            for name in scales:
                delattr(self, name)  # the scaler does not if a step raises
            raise
        finally:
            for name in scales:
                vars(self.optimizer).pop(name, None)


_LOOKAHEAD = Paper(
    "Zhang, Lucas, Hinton and Ba",
    "Lookahead optimizer: k steps forward, 1 step back",
    2019,
    "https://arxiv.org/abs/1907.08610",
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="lookahead",
        title="Lookahead over Adam",
        cls=Lookahead,
        family="wrapper",
        paper=_LOOKAHEAD,
        elementwise=True,
    )
)

MODES.add(
    Mode(
        name="lookahead",
        title="Lookahead",
        cls=Lookahead,
        acts_on="average",
        summary="Every k steps, part of the displacement is taken back.",
        paper=_LOOKAHEAD,
        elementwise=True,
    )
)
