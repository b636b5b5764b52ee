"""The time of an optimizer's step, beside that of torch's SGD in the same minutes."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

from optgallery.functions.isolation import isolated
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.runs.stepping import bind_step, step_calls, switch_mode

SIDES = (64, 512)
"""Rows and columns of the layers for which a step is timed."""

_RATE = 1e-4
_ROUNDS, _STEPS = 9, 20
_MAX_SECONDS = 1.0  # for one optimizer and one layer


@dataclass(frozen=True)
class StepTime:
    """The time of a step over one square layer of float32, on one thread.

    Attributes
    ----------
    side : int
        Rows and columns of the layer.
    seconds, baseline : float
        Median of a step of the optimizer, and of torch's SGD.
    """

    side: int
    seconds: float
    baseline: float

    @property
    def ratio(self) -> float:
        """How many times as long as a step of SGD."""
        return self.seconds / self.baseline


def step_times(spec: OptimizerSpec) -> tuple[StepTime, ...]:
    """Time the steps of an optimizer and of SGD in turns, so that both see the same machine.

    The evaluation of gradients is not timed, except by an optimizer that calls its closure.

    Parameters
    ----------
    spec : OptimizerSpec

    Returns
    -------
    tuple of StepTime
        For a layer of 64 by 64 and one of 512 by 512 numbers.

    Examples
    --------
    >>> import optgallery as og
    >>> [time.side for time in step_times(og.OPTIMIZERS["adam"])]
    [64, 512]
    """
    with isolated(0), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tuple(_compared(spec, side) for side in SIDES)


def _compared(spec: OptimizerSpec, side: int) -> StepTime:
    timed = [_timer(each, side) for each in (spec, OPTIMIZERS["sgd"])]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_ROUNDS):
        for timer, found in zip(timed, times, strict=True):
            for _ in range(_STEPS):
                if sum(found) < _MAX_SECONDS or len(found) < 3:
                    found.append(timer())
    return StepTime(side, median(times[0]), median(times[1]))


def _timer(spec: OptimizerSpec, side: int) -> Callable[[], float]:
    """Return a function that takes a step and returns its time; a first step is taken here."""
    generator = torch.Generator().manual_seed(0)
    layer = nn.Parameter(torch.randn(side, side, generator=generator))
    optimizer = spec.build([layer], hparams=spec.at_rate(_RATE))
    switch_mode(optimizer, "train")

    def evaluate(backward: bool = True) -> Tensor:
        optimizer.zero_grad()
        loss = torch.cosh(layer).sum()
        if backward:
            loss.backward(create_graph=spec.create_graph)  # type: ignore[no-untyped-call]
        return loss

    call = step_calls(optimizer, needs_closure=spec.needs_closure)[0]
    take_step = bind_step(optimizer, call, evaluate, evaluate)

    def timed() -> float:
        evaluate()
        started = perf_counter()
        take_step()
        return perf_counter() - started

    timed()
    return timed
