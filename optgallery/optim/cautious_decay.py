"""CautiousDecay: the mode that decays only the coordinates which the step decreases anyway."""

from typing import Any, ClassVar

import torch
from torch.optim import AdamW, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import Closure, Ranges
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.spec import Paper
from optgallery.optim.wrapper import Wrapper, without_decay


class CautiousDecay(Wrapper):
    r"""Decays only the coordinates whose absolute value the step reduces anyway.

    With :math:`-\eta_t u_t` the step of the inner optimizer without weight decay,

    .. math::
        x_{t+1} = x_t - \eta_t \left(u_t + \lambda\, \mathbb{1}(u_t \odot x_t \ge 0)
                  \odot x_t\right)

    The decay :math:`\lambda` is the ``weight_decay`` of each parameter group, which the inner
    optimizer then does not see: the decay is decoupled, even over a class that would add it to the
    gradient. Where the inner optimizer is at rest, :math:`u_t = 0`, all coordinates decay.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself.
    optimizer : type
        The class of the inner optimizer, which must have a ``weight_decay``.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import CautiousDecay
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = CautiousDecay([x], torch.optim.AdamW, lr=0.1, weight_decay=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Chen et al. (2025), Cautious weight decay, https://arxiv.org/abs/2510.12402.
    """

    ranges: ClassVar[Ranges] = {}

    def __init__(
        self, params: ParamsT | Optimizer, optimizer: type[Optimizer] = AdamW, **settings: Any
    ) -> None:
        super().__init__(params, optimizer, settings)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group to both optimizers.

        Raises
        ------
        ValueError
            If the inner optimizer has no weight decay.
        """
        if "weight_decay" not in self.optimizer.param_groups[0]:
            raise ValueError(
                "cautious decay takes over the weight_decay of its inner optimizer, but "
                f"{type(self.optimizer).__name__} has none"
            )
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        before = [(group, p, p.clone()) for group, p, _ in self._gradients()]
        with without_decay(self.optimizer):
            self.optimizer.step()
        for group, p, x in before:
            eta, lambda_ = float(group["lr"]), group["weight_decay"]
            mask = (x - p) * x >= 0
            p.sub_(eta * lambda_ * mask * x)
        self._copy_inner_state()
        return loss


MODES.add(
    Mode(
        name="cautious_decay",
        title="cautious decay",
        cls=CautiousDecay,
        acts_on="update",
        summary="Decays only the coordinates whose absolute value the step reduces anyway.",
        paper=Paper(
            "Chen et al.", "Cautious weight decay", 2025, "https://arxiv.org/abs/2510.12402"
        ),
        elementwise=True,
        reads=("lr", "weight_decay"),
    )
)
