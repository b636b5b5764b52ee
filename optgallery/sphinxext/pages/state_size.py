"""What an optimizer keeps in memory beside the parameters, counted in its state."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from optgallery.optim import OptimizerSpec

SIDE = 64
"""Rows and columns of the layer that the state is counted on."""


def state_per_parameter(spec: OptimizerSpec) -> float | None:
    """Count the numbers that an optimizer keeps for each parameter of a square layer.

    Its ``state_dict``, from which it can go on bit for bit, is counted: tensors of reals,
    without counters and the states of random generators.

    Returns
    -------
    float or None
        None if there is more of it after each step.

    Examples
    --------
    >>> import optgallery as og
    >>> state_per_parameter(og.OPTIMIZERS["adam"])
    2.0
    """
    generator = torch.Generator().manual_seed(0)
    layer = torch.randn(SIDE, SIDE, generator=generator, requires_grad=True)
    optimizer = spec.build([layer])

    def evaluate() -> Tensor:
        loss = torch.cosh(layer).sum() + (layer @ layer).square().mean()
        (layer.grad,) = torch.autograd.grad(loss, [layer], create_graph=spec.create_graph)
        return loss.detach()

    counts = []
    for _ in range(3):
        with torch.enable_grad():
            optimizer.step(evaluate)  # type: ignore[arg-type]
        counts.append(_count(optimizer.state_dict()))
    return counts[-1] / layer.numel() if counts[-1] == counts[-2] else None


def _count(kept: Any) -> int:
    if isinstance(kept, Tensor):
        return kept.numel() if kept.dim() and kept.is_floating_point() else 0
    if isinstance(kept, Mapping):
        return sum(map(_count, kept.values()))
    if isinstance(kept, Iterable) and not isinstance(kept, str):
        return sum(map(_count, kept))
    return 0
