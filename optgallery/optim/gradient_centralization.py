"""GradientCentralization: the mode that subtracts the mean of each output's gradient."""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim import SGD, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import Closure, Ranges
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.spec import Paper
from optgallery.optim.wrapper import Wrapper


class GradientCentralization(Wrapper):
    r"""Subtracts from the gradient of each row of a matrix its mean, before the inner step.

    With :math:`\nabla_{w_i} L` the gradient of the weights of the output :math:`i`, which are all
    elements of a parameter with the first index :math:`i`,

    .. math::
        \Phi(\nabla_{w_i} L) = \nabla_{w_i} L - \mu(\nabla_{w_i} L)

    with :math:`\mu` the mean of the elements: the sum of an output's weights stays as it is.
    Gradients of vectors, such as biases, are not changed.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself.
    optimizer : type
        The class of the inner optimizer.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import GradientCentralization
    >>> w = torch.tensor([[3.0, 1.0]], requires_grad=True)
    >>> optimizer = GradientCentralization([w], torch.optim.SGD, lr=0.5)
    >>> w.square().sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [[2.0, 2.0]]

    References
    ----------
    Yong, Huang, Hua and Zhang (2020), Gradient centralization: a new optimization technique for
    deep neural networks, https://arxiv.org/abs/2004.01461, equation (1).
    """

    ranges: ClassVar[Ranges] = {}

    def __init__(
        self, params: ParamsT | Optimizer, optimizer: type[Optimizer] = SGD, **settings: Any
    ) -> None:
        super().__init__(params, optimizer, settings)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first."""
        loss = self._evaluate(closure)
        with self._replaced_gradients(lambda _, g: _centralized(g)):
            self.optimizer.step()
        self._copy_inner_state()
        return loss


def _centralized(g: Tensor) -> Tensor:
    return g - g.mean(dim=tuple(range(1, g.dim())), keepdim=True) if g.dim() > 1 else g


MODES.add(
    Mode(
        name="gradient_centralization",
        title="gradient centralization",
        cls=GradientCentralization,
        acts_on="gradient",
        summary="Subtracts from the gradient of each row of a matrix its mean.",
        paper=Paper(
            "Yong, Huang, Hua and Zhang",
            "Gradient centralization: a new optimization technique for deep neural networks",
            2020,
            "https://arxiv.org/abs/2004.01461",
        ),
        layerwise=True,
        keeps_graph=False,
        smallest_shape=(1, 2),
    )
)
