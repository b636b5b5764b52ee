"""The size of an optimizer's state."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from optgallery.optim import OptimizerSpec
from optgallery.runs.stepping import bind_step, step_calls, switch_mode

SIDE = 64
"""Rows and columns of the layer for which the state is counted."""


def state_per_parameter(
    spec: OptimizerSpec, hparams: Mapping[str, Any] | None = None
) -> float | None:
    """Return how many numbers an optimizer stores for each parameter of a square layer.

    Floating point tensors in its ``state_dict`` are counted, without scalars such as the step count
    and without the states of random generators.

    Parameters
    ----------
    spec : OptimizerSpec
    hparams : mapping, optional
        Hyper-parameters, such as a learning rate for a class that has no default.

    Returns
    -------
    float or None
        None if the state grows with each step.

    Examples
    --------
    >>> import optgallery as og
    >>> state_per_parameter(og.OPTIMIZERS["adam"])
    2.0
    """
    generator = torch.Generator().manual_seed(0)
    layer = torch.randn(SIDE, SIDE, generator=generator, requires_grad=True)
    optimizer = spec.build([layer], hparams=hparams)
    switch_mode(optimizer, "train")

    def evaluate(**_: Any) -> Tensor:
        loss = torch.cosh(layer).sum() + (layer @ layer).square().mean()
        (layer.grad,) = torch.autograd.grad(loss, [layer], create_graph=spec.create_graph)
        return loss.detach()

    call = step_calls(optimizer, needs_closure=True)[0]
    take_step = bind_step(optimizer, call, evaluate, evaluate)
    counts = []
    for _ in range(3):
        with torch.enable_grad():
            evaluate()  # also a step that is given a closure may use the gradient as it is
            take_step()
        counts.append(_count(optimizer.state_dict()))
    return counts[-1] / layer.numel() if counts[-1] == counts[-2] else None


def _count(state: Any) -> int:
    if isinstance(state, Tensor):
        return state.numel() if state.dim() and state.is_floating_point() else 0
    if isinstance(state, Mapping):
        return sum(map(_count, state.values()))
    if isinstance(state, Iterable) and not isinstance(state, str):
        return sum(map(_count, state))
    return 0
