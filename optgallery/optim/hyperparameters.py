"""Values of hyper-parameters: copying them, and formatting them for captions and titles."""

import copy
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
import torch

from optgallery.arguments import describe

Rate: TypeAlias = float | tuple[float, ...] | Callable[..., Any] | str | None
"""A learning rate: a number, one for each coordinate, a function of the step, or none."""

_MAX_LENGTH = 40  # characters of a value in a title
_DIGITS = 8  # significant digits of a number in a title, the precision of float32
_GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)


def own_copy(value: Any) -> Any:
    """Copy tensors, arrays and random generators, also inside collections.

    This prevents one run from changing the hyper-parameters of another. Classes, functions and
    other objects are not copied.
    """
    if isinstance(value, torch.Tensor):
        copied = value.detach().clone()
        return copied.requires_grad_() if value.requires_grad else copied
    if isinstance(value, torch.Generator):
        generator = torch.Generator(value.device)
        generator.set_state(value.get_state())
        return generator
    if isinstance(value, (np.ndarray, *_GENERATORS)):
        return copy.deepcopy(value)
    if type(value) in (list, tuple, set):
        return type(value)(own_copy(member) for member in value)
    if isinstance(value, dict):
        collected = copy.copy(value)  # keeps a subclass, its order and its default factory
        collected.update({key: own_copy(member) for key, member in value.items()})
        return collected
    return value


def as_rate(value: Any) -> Rate:
    """Return a learning rate as a number if it is one, and as a tuple if it is several."""
    if isinstance(value, bool) or value is None:
        return None
    value = _plain(value)
    if isinstance(value, (Real, Decimal)):
        return float(value)
    if isinstance(value, (list, tuple)) and all(isinstance(v, (int, float)) for v in value):
        return float(value[0]) if len(value) == 1 else tuple(map(float, value))
    return value if callable(value) or isinstance(value, str) else None


def format_value(value: Any) -> str:
    """Format a value briefly: numbers with few digits, classes and functions by their names.

    A partial, a closure or a callable object is formatted with the values that it contains.

    Examples
    --------
    >>> format_value(0.1 + 0.2), format_value((0.9, 0.999)), format_value(dict), format_value("max")
    ('0.3', '(0.9, 0.999)', 'dict', 'max')
    """
    value = _plain(value)
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    if isinstance(value, (list, tuple)):
        text = f"({', '.join(map(format_value, value))})"
    elif isinstance(value, Mapping):
        text = f"{{{', '.join(f'{key}: {format_value(member)}' for key, member in value.items())}}}"
    elif callable(value):
        title = describe(value, defaults=False)[1]
        text = "a function" if title == "lambda" else title
    else:
        text = str(value)
        text = type(value).__name__ if " at 0x" in text else text
    text = " ".join(text.split())
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"


def _plain(value: Any) -> Any:
    """Convert tensors and arrays to numbers and lists, if they have values."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, torch.Tensor):
        try:
            return value.tolist()
        except (NotImplementedError, RuntimeError):  # meta and sparse tensors have no list
            return f"a tensor of shape {tuple(value.shape)}"
    return value
