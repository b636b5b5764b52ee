"""Lookahead: the class and its entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import torch
from torch.optim import Adam, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.arguments import check_whole
from optgallery.optim.base import UNIT_CLOSED, Closure, DenseOptimizer, Ranges
from optgallery.optim.precision import in_single_precision
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper

_INNER = "optimizer."
"""The prefix of the inner optimizer's entries in the wrapper's state."""

_SCALES = ("grad_scale", "found_inf")
"""Attributes that a torch.amp.GradScaler sets on an optimizer that supports scaling."""


class Lookahead(DenseOptimizer):
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
    params : iterable of tensors or of parameter groups
        What to optimize; a group may include settings for the inner optimizer.
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
        check_whole("k", k, 1)
        UNIT_CLOSED.check("alpha", alpha)
        # not in the groups, since some inner optimizers have a setting named alpha there
        self.k, self.alpha = k, alpha
        construct: Any = optimizer  # each class has its own signature
        self.optimizer: Optimizer = construct(params, **settings)
        super().__init__(self.optimizer.param_groups, self.optimizer.defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group to both optimizers; the inner one checks its settings."""
        if not any(param_group is group for group in self.optimizer.param_groups):
            self.optimizer.add_param_group(param_group)
            param_group = self.optimizer.param_groups[-1]
        Optimizer.add_param_group(self, param_group)

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

    def _copy_inner_state(self) -> None:
        """Copy the inner optimizer's state into this one's, under prefixed names.

        Checkpoints of distributed training save only what is in the state of a parameter.
        """
        for p, own in self.state.items():
            inner = self.optimizer.state.get(p, {})
            own.update({f"{_INNER}{name}": value for name, value in inner.items()})

    def _pack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        inner = self.optimizer.state_dict()
        state = {name: _own(values) for name, values in state_dict["state"].items()}
        for name, values in inner["state"].items():
            if isinstance(values, dict):
                named = {f"{_INNER}{key}": value for key, value in values.items()}
                state[name] = {**state.get(name, {}), **named}
            else:  # state that belongs to no parameter
                state[name] = values
        ahead = {"lookahead_k": self.k, "lookahead_alpha": self.alpha}
        packed = {
            "state": state,
            "param_groups": [{**group, **ahead} for group in inner["param_groups"]],
        }
        if more := {name: inner[name] for name in inner.keys() - packed.keys()}:
            packed["optimizer"] = more
        return packed

    def _unpack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        groups = [dict(group) for group in state_dict["param_groups"]]
        k, alpha = self.k, self.alpha
        for group in groups:
            k, alpha = group.pop("lookahead_k", k), group.pop("lookahead_alpha", alpha)
        own, inner = {}, {}
        for name, values in state_dict["state"].items():
            if not isinstance(values, dict):
                inner[name] = values
                continue
            if kept := _own(values):
                own[name] = kept
            if kept := {key: value for key, value in values.items() if key not in kept}:
                inner[name] = {key.removeprefix(_INNER): value for key, value in kept.items()}
        # earlier versions stored the inner optimizer's state, k and alpha next to the groups
        self.optimizer.load_state_dict(
            {"state": inner, "param_groups": groups, **state_dict.get("optimizer", {})}
        )
        k, alpha = state_dict.get("k", k), state_dict.get("alpha", alpha)
        return super()._unpack({"state": own, "param_groups": groups, "k": k, "alpha": alpha})

    def _after_loading(self, state_dict: dict[str, Any]) -> None:
        super()._after_loading(state_dict)
        self.param_groups = list(self.optimizer.param_groups)
        self.k, self.alpha = state_dict["k"], state_dict["alpha"]
        self._copy_inner_state()

    def __getstate__(self) -> dict[str, Any]:
        own = {"optimizer": self.optimizer, "k": self.k, "alpha": self.alpha}
        return {**super().__getstate__(), **own}


def _own(state: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a parameter's state that is not the inner optimizer's."""
    return {name: value for name, value in state.items() if not name.startswith(_INNER)}


OPTIMIZERS.add(
    OptimizerSpec(
        name="lookahead",
        title="Lookahead over Adam",
        cls=Lookahead,
        family="wrapper",
        paper=Paper(
            "Zhang, Lucas, Hinton and Ba",
            "Lookahead optimizer: k steps forward, 1 step back",
            2019,
            "https://arxiv.org/abs/1907.08610",
        ),
        elementwise=True,
    )
)
