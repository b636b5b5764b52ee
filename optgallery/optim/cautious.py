"""Cautious: the mode that masks the coordinates in which a step would go uphill."""

from typing import Any, ClassVar

import torch
from torch.optim import AdamW, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import NON_NEGATIVE, Closure, Ranges
from optgallery.optim.cautious_adamw import caution
from optgallery.optim.decay import has_decoupled_decay
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.spec import Paper
from optgallery.optim.wrapper import Wrapper, without_decay


class Cautious(Wrapper):
    r"""Masks the coordinates in which the inner optimizer's step would go uphill.

    With :math:`g_t` the gradient at :math:`w_{t-1}` and :math:`-\eta u_t` the step of the inner
    optimizer without its weight decay,

    .. math::
        \phi_t &= \mathbb{1}(u_t \odot g_t > 0) \\
        w_t &= w_{t-1} - \eta \left(\frac{d}{\lVert \phi_t \rVert_0 + \xi}\, \phi_t \odot u_t
               + \lambda\, w_{t-1}\right)

    :math:`d` is the number of elements of one parameter tensor and :math:`\lVert \phi_t \rVert_0`
    that of elements whose signs agree. Weight decay that is decoupled, :math:`\lambda`, is not
    masked; decay of any other form is part of :math:`u_t`.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself.
    optimizer : type
        The class of the inner optimizer.
    xi : float
        :math:`\xi`, at least 0. With 0, as in the authors' code, a step in which all signs agree
        is the inner optimizer's.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Cautious
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = Cautious(torch.optim.SGD([w], lr=0.02, momentum=0.9))
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     w.square().sum().backward()
    ...     optimizer.step()
    >>> bool(w.abs().max() < 1e-2)
    True

    References
    ----------
    Liang et al. (2024), Cautious optimizers: improving training with one line of code,
    https://arxiv.org/abs/2411.16085.
    """

    ranges: ClassVar[Ranges] = {"xi": NON_NEGATIVE}
    settings: ClassVar[tuple[str, ...]] = ("xi",)
    xi: float

    def __init__(
        self,
        params: ParamsT | Optimizer,
        optimizer: type[Optimizer] = AdamW,
        *,
        xi: float = 0.0,
        **settings: Any,
    ) -> None:
        super().__init__(params, optimizer, settings, xi=xi)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        before = [(group, p, p.clone(), g.clone()) for group, p, g in self._gradients()]
        # only a decay in use matters, and it may have been set since the last step
        decays = any(group.get("weight_decay") for group in self.param_groups)
        apart = decays and has_decoupled_decay(self.optimizer)
        with without_decay(self.optimizer, when=apart):
            self.optimizer.step()
        for group, p, w, g in before:
            lambda_ = group["weight_decay"] if apart else 0.0
            kept = 1 - float(group["lr"]) * lambda_ if lambda_ else 1.0
            p.copy_(kept * w - caution(w - p, g, self.xi))
        self._copy_inner_state()
        return loss


MODES.add(
    Mode(
        name="cautious",
        title="cautious",
        cls=Cautious,
        acts_on="update",
        summary="Masks the coordinates in which the step would go uphill, and enlarges the others.",
        paper=Paper(
            "Liang et al.",
            "Cautious optimizers: improving training with one line of code",
            2024,
            "https://arxiv.org/abs/2411.16085",
        ),
        layerwise=True,
    )
)
