"""Numbers that are floats in one run, and tensors where a step is mapped over runs.

A class that keeps numbers for a whole group, such as an estimated distance, computes them as Python
floats. Where ``torch.vmap`` maps its ``step`` over runs, each run has its own numbers, in a tensor.
These functions compute the same bits in both cases.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias, overload

import torch
from torch import Tensor

Number: TypeAlias = float | Tensor
"""A number of a run."""

_MAPPED: ContextVar[bool] = ContextVar("mapped", default=False)
_ROW_BY_ROW: ContextVar[bool] = ContextVar("row by row", default=False)


@contextmanager
def runs_in_rows() -> Iterator[None]:
    """Let each row of a parameter be a run in the body, for which `draws` draws the same."""
    token = _ROW_BY_ROW.set(True)
    try:
        yield
    finally:
        _ROW_BY_ROW.reset(token)


def draws(draw: Callable[[Tensor], Tensor], params: Sequence[Tensor]) -> list[Tensor]:
    """Draw a random tensor for each parameter; runs with the same seed draw the same numbers."""
    if _ROW_BY_ROW.get():
        drawn = draw(params[0][0])
        return [drawn.expand_as(p) for p in params]
    return [draw(p).to(p.device) for p in params]


@contextmanager
def mapping() -> Iterator[None]:
    """Let `number` leave a tensor as it is in the body."""
    token = _MAPPED.set(True)
    try:
        yield
    finally:
        _MAPPED.reset(token)


def number(tensor: Tensor) -> Number:
    """Return a tensor's one element as a float, or the tensor itself where a step is mapped."""
    return tensor if _MAPPED.get() else float(tensor)


def flag(tensor: Tensor) -> bool | Tensor:
    """Return a tensor's one element as a bool, or the tensor itself where a step is mapped."""
    return tensor if _MAPPED.get() else bool(tensor)


def power(base: Number, exponent: float) -> Number:
    """Raise to a power, with the rounding of Python's ``**``."""
    if not isinstance(base, Tensor):
        raised: float = base**exponent
        return raised
    return torch.pow(_apart(base), torch.tensor(exponent, dtype=base.dtype))


def power_of_elements(T: Tensor, exponent: float) -> Tensor:
    """Raise a tensor of few elements to a power, with the rounding that it has in one run."""
    power: Tensor = (_apart(T) if _MAPPED.get() else T) ** exponent
    return power


def _apart(T: Tensor) -> Tensor:
    """Return elements that are not contiguous: powers of these are computed one by one, as of few.

    The rounding is then that of the C library, and of Python.
    """
    return torch.stack([T, T], dim=-1)[..., 0]


def larger(a: Number, b: Number) -> Number:
    """Return the larger of two numbers, the first if the second is NaN, as ``max`` does."""
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return choose(b > a, b, a)
    return max(a, b)


@overload
def choose(condition: bool | Tensor, a: Tensor, b: Tensor) -> Tensor: ...
@overload
def choose(condition: bool | Tensor, a: Number, b: Number) -> Number: ...
def choose(condition: bool | Tensor, a: Number, b: Number) -> Number:
    """Return one of two numbers or tensors."""
    if isinstance(condition, Tensor):
        if not (isinstance(a, Tensor) or isinstance(b, Tensor)):
            a = torch.tensor(a, dtype=torch.float64)  # torch would round floats to float32
        return torch.where(condition, a, b)
    return a if condition else b
