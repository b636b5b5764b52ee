"""SAM and ASAM: the modes that descend by the gradient of a nearby higher point."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.linalg import vector_norm
from torch.optim import SGD, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import NON_NEGATIVE, Closure, Ranges
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.spec import Paper
from optgallery.optim.wrapper import Wrapper

_TINY = 1e-12
"""Added to norms, which may be 0, as in the packages."""


class SAM(Wrapper):
    r"""Steps with the gradient of the highest point nearby, which leads to flat minima.

    With :math:`A` the step of the inner optimizer,

    .. math::
        \hat\epsilon_t &= \rho\, \nabla L(w_t) / \lVert \nabla L(w_t) \rVert_2 \\
        w_{t+1} &= w_t + A\big(w_t, \nabla L(w_t + \hat\epsilon_t)\big)

    The norm is that of all parameters together. A step takes two evaluations.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself.
    optimizer : type
        The class of the inner optimizer.
    rho : float
        Radius :math:`\rho \ge 0` of the neighbourhood; with 0, it is the inner optimizer alone, at
        twice the cost.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Notes
    -----
    ``step`` requires a closure, which sets the gradients to zero, evaluates the loss and
    differentiates it; it is called at :math:`w_t` and at :math:`w_t + \hat\epsilon_t`, and the loss
    at :math:`w_t` is returned. Weight decay takes no part in :math:`\hat\epsilon_t`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import SAM
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = SAM([w], torch.optim.SGD, rho=0.05, lr=0.1)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = w.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(100):
    ...     loss = optimizer.step(closure)
    >>> bool(w.abs().max() < 0.05)
    True

    References
    ----------
    Foret, Kleiner, Mobahi and Neyshabur (2021), Sharpness-aware minimization for efficiently
    improving generalization, https://arxiv.org/abs/2010.01412, algorithm 1 with p = 2.
    """

    ranges: ClassVar[Ranges] = {"rho": NON_NEGATIVE}
    settings: ClassVar[tuple[str, ...]] = ("rho",)
    rho: float

    def __init__(
        self,
        params: ParamsT | Optimizer,
        optimizer: type[Optimizer] = SGD,
        *,
        rho: float = 0.05,
        **settings: Any,
    ) -> None:
        super().__init__(params, optimizer, settings, rho=rho)

    @torch.no_grad()
    def step(self, closure: Closure) -> Any:  # type: ignore[override]  # it needs two evaluations
        """Take one step with the gradient of the highest point nearby.

        Parameters
        ----------
        closure : callable
            Sets the gradients to zero, evaluates the loss and its gradients, and returns the loss.
        """
        loss = self._evaluate(closure)
        stepping = [(p, p.clone(), g) for _, p, g in self._gradients()]
        for (p, w, _), epsilon in zip(stepping, self._epsilons(stepping), strict=True):
            p.copy_(w + epsilon)
        try:
            self._evaluate(closure)
        finally:
            for p, w, _ in stepping:
                p.copy_(w)
        self.optimizer.step()
        self._copy_inner_state()
        return loss

    def _epsilons(self, stepping: list[tuple[Tensor, Tensor, Tensor]]) -> list[Tensor]:
        """Return the displacement of each parameter, from the parameters and gradients."""
        norm = _norm([g for _, _, g in stepping])
        return [self.rho / (norm + _TINY) * g for _, _, g in stepping]


class ASAM(SAM):
    r"""SAM with a neighbourhood that is narrow along coordinates of small absolute value.

    With :math:`T_w = \mathrm{diag}(|w_1| + \eta, \dots)` and :math:`A` the step of the inner
    optimizer,

    .. math::
        \hat\epsilon_t &= \rho\, T_{w_t}^2 \nabla L(w_t) / \lVert T_{w_t} \nabla L(w_t) \rVert_2 \\
        w_{t+1} &= w_t + A\big(w_t, \nabla L(w_t + \hat\epsilon_t)\big)

    A scaling of the weights that leaves the loss unchanged then leaves the neighbourhood unchanged,
    too.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself.
    optimizer : type
        The class of the inner optimizer.
    rho : float
        Radius :math:`\rho \ge 0` of the neighbourhood, relative to the coordinates.
    eta : float
        :math:`\eta \ge 0`, which keeps the neighbourhood open where a coordinate is 0.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Notes
    -----
    ``step`` requires a closure, as that of :class:`SAM`. Some packages have no :math:`\eta`.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import ASAM
    >>> w = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = ASAM([w], torch.optim.SGD, lr=0.1)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = w.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(100):
    ...     loss = optimizer.step(closure)
    >>> bool(w.abs().max() < 0.05)
    True

    References
    ----------
    Kwon, Kim, Park and Choi (2021), ASAM: adaptive sharpness-aware minimization for scale-invariant
    learning of deep neural networks, https://arxiv.org/abs/2102.11600, algorithm 1.
    """

    ranges: ClassVar[Ranges] = {"rho": NON_NEGATIVE, "eta": NON_NEGATIVE}
    settings: ClassVar[tuple[str, ...]] = ("rho", "eta")
    eta: float

    def __init__(
        self,
        params: ParamsT | Optimizer,
        optimizer: type[Optimizer] = SGD,
        *,
        rho: float = 0.5,
        eta: float = 0.01,
        **settings: Any,
    ) -> None:
        Wrapper.__init__(self, params, optimizer, settings, rho=rho, eta=eta)

    def _epsilons(self, stepping: list[tuple[Tensor, Tensor, Tensor]]) -> list[Tensor]:
        scales = [w.abs() + self.eta for _, w, _ in stepping]  # the diagonals of T
        scaled = [T * g for T, (_, _, g) in zip(scales, stepping, strict=True)]
        norm = _norm(scaled)
        return [self.rho / (norm + _TINY) * T * Tg for T, Tg in zip(scales, scaled, strict=True)]


def _norm(tensors: list[Tensor]) -> Tensor:
    """Return the Euclidean norm of all elements of all tensors."""
    norms = [vector_norm(each) for each in tensors]
    norm: Tensor = vector_norm(torch.stack(norms or [torch.zeros(())]))
    return norm


_SAM = Paper(
    "Foret, Kleiner, Mobahi and Neyshabur",
    "Sharpness-aware minimization for efficiently improving generalization",
    2021,
    "https://arxiv.org/abs/2010.01412",
)
_ASAM = Paper(
    "Kwon, Kim, Park and Choi",
    "ASAM: adaptive sharpness-aware minimization for scale-invariant learning of deep neural "
    "networks",
    2021,
    "https://arxiv.org/abs/2102.11600",
)

MODES.add(
    Mode(
        name="sam",
        title="SAM",
        cls=SAM,
        acts_on="evaluation",
        summary="Steps with the gradient of the highest point nearby.",
        paper=_SAM,
        keeps_graph=False,
    )
)

MODES.add(
    Mode(
        name="asam",
        title="ASAM",
        cls=ASAM,
        acts_on="evaluation",
        summary="SAM with a neighbourhood in proportion to the coordinates.",
        paper=_ASAM,
        keeps_graph=False,
    )
)
