"""Hyperball: the mode that keeps every parameter on a sphere and turns it by a fixed angle."""

from typing import Any, ClassVar

import torch
from torch.linalg import vector_norm
from torch.optim import Adam, Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.optim.base import Closure, Ranges
from optgallery.optim.modes import MODES, Mode
from optgallery.optim.spec import Paper
from optgallery.optim.wrapper import Wrapper, without_decay


class Hyperball(Wrapper):
    r"""Keeps the norm of every parameter, and takes from the inner optimizer the direction only.

    With :math:`u_t` the update of the inner optimizer without weight decay, :math:`R = \lVert W_0
    \rVert` the Frobenius norm at the start, and :math:`\mathrm{Norm}(X) = X / \lVert X \rVert`,

    .. math::
        W_{t+1} = R\, \mathrm{Norm}\big(W_t - \eta R\, \mathrm{Norm}(u_t)\big)

    The learning rate :math:`\eta` is the length of a step relative to the parameter's norm,
    whatever the size of the gradients, and weight decay has no place. In the plane, a parameter of
    two coordinates stays on the circle about the origin through its start.

    Parameters
    ----------
    params : iterable of tensors or of parameter groups, or Optimizer
        What to optimize, or the inner optimizer itself. The norm at the first step must not be 0.
    optimizer : type
        The class of the inner optimizer. Over Adam it is AdamH, over Muon it is MuonH.
    **settings
        Hyper-parameters of the inner optimizer, such as ``lr``.

    Notes
    -----
    The paper could not be opened for this class, which was written from the authors' article of
    2025 that introduced the method.

    Examples
    --------
    >>> import torch
    >>> from optgallery.optim import Hyperball
    >>> w = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> optimizer = Hyperball([w], torch.optim.Adam, lr=0.1)
    >>> w.sum().backward()
    >>> optimizer.step()
    >>> round(w.norm().item(), 6)
    5.0

    References
    ----------
    Wen et al., Hyperball optimization, https://arxiv.org/abs/2606.16899.
    """

    ranges: ClassVar[Ranges] = {}

    def __init__(
        self, params: ParamsT | Optimizer, optimizer: type[Optimizer] = Adam, **settings: Any
    ) -> None:
        super().__init__(params, optimizer, settings)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Take one step; a closure evaluates the loss and its gradients first.

        Raises
        ------
        ValueError
            If a parameter is 0 at the first step.
        """
        loss = self._evaluate(closure)
        before = [(group, p, p.clone()) for group, p, _ in self._gradients()]
        for _, p, W in before:
            if "radius" not in self.state[p]:
                radius = vector_norm(W)
                if radius == 0:
                    raise ValueError(
                        "Hyperball keeps the norm of a parameter, which must not be 0 at the "
                        "first step"
                    )
                self.state[p]["radius"] = radius
        with without_decay(self.optimizer):
            self.optimizer.step()
        for group, p, W in before:
            R, u = self.state[p]["radius"], W - p  # u times the inner rate
            length = vector_norm(u)
            moved = W - float(group["lr"]) * R * (u / length) if length > 0 else W
            p.copy_(R * (moved / vector_norm(moved)))
        self._copy_inner_state()
        return loss


MODES.add(
    Mode(
        name="hyperball",
        title="Hyperball",
        cls=Hyperball,
        acts_on="update",
        summary="Keeps the norm of every parameter, and turns it by an angle that lr states.",
        paper=Paper(
            "Wen et al.", "Hyperball optimization", 2026, "https://arxiv.org/abs/2606.16899"
        ),
        layerwise=True,
        replaces_length=True,
        reads=("lr",),
        excludes={
            "cautious_decay": "Hyperball keeps the norm, so that nothing decays",
            "average": "Hyperball keeps the iterates on a sphere, which an average leaves",
        },
    )
)
