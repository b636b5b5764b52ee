"""Whether the weight decay of an optimizer is decoupled: found by experiment, not by its name."""

from inspect import signature
from typing import Any

import torch
from torch.optim import Optimizer

from optgallery.optim.wrapper import innermost

_GRADIENTS = ((0.5, -0.25), (-1.0, 0.75), (0.25, 2.0))
_LR, _FACTOR = 0.125, 0.0625


def has_decoupled_decay(optimizer: Optimizer) -> bool:
    r"""Whether a step is :math:`(1 - \eta \lambda)\,\theta` plus an update without weight decay.

    An optimizer of the same class, with the settings of the first parameter group, takes three
    steps on two numbers: once with its weight decay, and once without but with the parameters
    scaled before each step. The decay is decoupled if both arrive at the same point. It is not if
    it is added to the gradient, as in :class:`torch.optim.Adam`, or divides the parameter, as in
    Adan; nor if the class cannot be constructed in this way.

    Parameters
    ----------
    optimizer : Optimizer
        Of wrappers, the innermost counts.

    Examples
    --------
    >>> import torch
    >>> p = torch.ones(2, requires_grad=True)
    >>> has_decoupled_decay(torch.optim.AdamW([p])), has_decoupled_decay(torch.optim.Adam([p]))
    (True, False)
    """
    inner = innermost(optimizer)
    group = inner.param_groups[0]
    if "weight_decay" not in group:
        return False
    dims = max((p.dim() for p in group["params"]), default=1)
    shape = (2,) + (1,) * (dims - 1)
    try:
        decayed = _after_steps(inner, group, shape, weight_decay=_FACTOR, scaled_by=1.0)
        scaled = _after_steps(inner, group, shape, weight_decay=0.0, scaled_by=1 - _LR * _FACTOR)
    except Exception:  # of any class's constructor or step
        return False
    return torch.allclose(decayed, scaled, rtol=1e-9, atol=0)


@torch.enable_grad()
def _after_steps(
    inner: Optimizer,
    group: dict[str, Any],
    shape: tuple[int, ...],
    *,
    weight_decay: float,
    scaled_by: float,
) -> torch.Tensor:
    p = torch.tensor([1.0, -2.0], dtype=torch.float64).reshape(shape).requires_grad_()
    construct: Any = type(inner)
    known = signature(construct).parameters
    settings = {k: v for k, v in group.items() if k in known and k not in ("params", "lr")}
    trial = construct([p], **{**settings, "lr": _LR, "weight_decay": weight_decay})
    for gradient in _GRADIENTS:
        p.grad = torch.tensor(gradient, dtype=torch.float64).reshape(shape)
        with torch.no_grad():
            p.mul_(scaled_by)
        trial.step()
    return p.detach()
