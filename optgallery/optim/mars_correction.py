"""MARSCorrection: the mode that adds to each gradient a multiple of its last change."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import NON_NEGATIVE, UNIT_HALF_OPEN, Closure, Ranges
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.spec import Paper
from optgallery.optim.wrapper import Wrapper


class MARSCorrection(Wrapper):
    r"""Adds to each gradient a multiple of its last change, and clips it to norm 1.

    With :math:`g_t` the gradient at :math:`x_t`, and :math:`g_0 = g_1`, the inner optimizer
    receives

    .. math::
        c_t &= g_t + \gamma\, \frac{\beta}{1 - \beta}\, (g_t - g_{t-1}) \\
        \tilde c_t &= c_t / \max(1, \lVert c_t \rVert_2)

    The norm is that of a whole parameter. Over AdamW with :math:`\beta_1 = \beta` it is
    :class:`~optgallery.optim.MARS`; this is the form MARS-approx, which stores the gradient of the
    previous step.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself.
    optimizer : type
        The class of the inner optimizer.
    beta : float
        :math:`\beta` in [0, 1): the decay rate of the inner optimizer's first moment.
    gamma : float
        Scale :math:`\gamma \ge 0` of the correction.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import MARSCorrection
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> optimizer = MARSCorrection([x], torch.optim.AdamW, lr=0.1)
    >>> for _ in range(400):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True

    References
    ----------
    Yuan et al. (2024), MARS: unleashing the power of variance reduction for training large models,
    https://arxiv.org/abs/2411.10438, algorithm 1.
    """

    ranges: ClassVar[Ranges] = {"beta": UNIT_HALF_OPEN, "gamma": NON_NEGATIVE}
    settings: ClassVar[tuple[str, ...]] = ("beta", "gamma")
    beta: float
    gamma: float

    def __init__(
        self,
        params: ParamsT | Optimizer,
        optimizer: type[Optimizer] = AdamW,
        *,
        beta: float = 0.95,
        gamma: float = 0.025,
        **settings: Any,
    ) -> None:
        super().__init__(params, optimizer, settings, beta=beta, gamma=gamma)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        with self._replaced_gradients(self._corrected):
            self.optimizer.step()
        self._copy_inner_state()
        return loss

    def _corrected(self, p: Tensor, g: Tensor) -> Tensor:
        state = self.state[p]
        previous = state.get("previous_grad", g)
        c = g + self.gamma * self.beta / (1 - self.beta) * (g - previous)
        state["previous_grad"] = g.clone()
        clipped: Tensor = c / torch.linalg.vector_norm(c).clamp(min=1)
        return clipped


MODES.add(
    Mode(
        name="mars",
        title="MARS",
        cls=MARSCorrection,
        acts_on="gradient",
        summary="Adds to each gradient a multiple of its last change, and clips it to norm 1.",
        paper=Paper(
            "Yuan et al.",
            "MARS: unleashing the power of variance reduction for training large models",
            2024,
            "https://arxiv.org/abs/2411.10438",
        ),
        layerwise=True,
        keeps_graph=False,
    )
)
