"""Values of hyper-parameters: copies of them, and how captions and titles say them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

Rate: TypeAlias = float | tuple[float, ...] | Callable[..., Any] | str | None
"""A learning rate: a number, one for each coordinate, a function of the step, or none."""

_LONGEST = 40  # characters of a value in a title


def own_copy(value: Any) -> Any:
    """Copy the tensors and arrays in a value, in whatever collections they lie.

    Classes, functions and other objects are passed on as they are.
    """
    if type(value) in (list, tuple, set):
        return type(value)(own_copy(member) for member in value)
    if type(value) is dict:
        return {key: own_copy(member) for key, member in value.items()}
    if isinstance(value, np.ndarray):
        return value.copy()
    if hasattr(value, "requires_grad_") and hasattr(value, "detach"):  # a tensor, without torch
        copied = value.detach().clone()
        return copied.requires_grad_() if value.requires_grad else copied
    return value


def as_rate(value: Any) -> Rate:
    """Return a learning rate as a number where it is one, and as a tuple where it is several."""
    if isinstance(value, bool) or value is None:
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, (list, tuple)) and all(isinstance(v, (int, float)) for v in value):
        return float(value[0]) if len(value) == 1 else tuple(map(float, value))
    return value if callable(value) or isinstance(value, str) else None


def words(value: Any) -> str:
    """Say a value in a few characters: numbers briefly, classes and functions by their names.

    Examples
    --------
    >>> words(0.1 + 0.2), words((0.9, 0.999)), words(dict), words("max")
    ('0.3', '(0.9, 0.999)', 'dict', 'max')
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        text = f"({', '.join(map(words, value))})"
    elif isinstance(value, Mapping):
        text = f"{{{', '.join(f'{key}: {words(member)}' for key, member in value.items())}}}"
    elif name := getattr(value, "__name__", None):
        text = "a function" if name == "<lambda>" else name
    elif callable(value):
        text = type(value).__name__
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
