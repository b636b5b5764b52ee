"""Arguments given by callers: checking them, and describing them in names and titles."""

import inspect
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from dis import get_instructions
from functools import partial, wraps
from math import isfinite
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np
import torch

Function = TypeVar("Function", bound=Callable[..., Any])

_LONGEST = 40  # characters of a value that is included in a name

# generic names of inner functions: the name of the enclosing function says more
_GENERIC_NAMES = {"lambda", "f", "fn", "fun", "func", "function", "formula", "g", "h", "inner"}


def check_whole(name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """Return an integer within bounds, or raise a ValueError that names the argument.

    Parameters
    ----------
    name : str
        The argument's name in the error message.
    value : object
    low, high : int, optional
        Inclusive bounds.

    Returns
    -------
    int

    Examples
    --------
    >>> check_whole("steps", np.int64(3), 1)
    3
    >>> check_whole("steps", 2.5, 1)
    Traceback (most recent call last):
        ...
    ValueError: steps must be a whole number >= 1, got 2.5
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or (low is not None and value < low) or (high is not None and value > high):
        bounds = "" if low is None else f" >= {low}" if high is None else f" from {low} to {high}"
        raise ValueError(f"{name} must be a whole number{bounds}, got {value!r}")
    return int(value)


def check_width(name: str, value: Any) -> None:
    """Raise a ValueError unless the value is a finite width >= 0, in points."""
    real = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not real or not isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a width in points >= 0, got {value!r}")


def renamed(**names: str) -> Callable[[Function], Function]:
    """Make a function accept deprecated names of its keywords, with a warning, until 1.0.

    Parameters
    ----------
    **names : str
        The new name of each deprecated one.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def accepting_old_names(*args: Any, **kwargs: Any) -> Any:
            for old in [name for name in names if name in kwargs]:
                new = names[old]
                if new in kwargs:
                    raise TypeError(f"{function.__name__}() got both {new} and {old}, its old name")
                message = f"{old}= of {function.__name__}() is deprecated, use {new}="
                warnings.warn(message, DeprecationWarning, stacklevel=2)
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return cast(Function, accepting_old_names)

    return decorate


def format_number(number: float) -> str:
    """Format a number with six significant digits if that is exact, else with all its digits.

    Examples
    --------
    >>> [format_number(number) for number in (45.0, 0.5, 1e-7, 1000001.0, 12.3456789)]
    ['45', '0.5', '1e-07', '1000001', '12.3456789']
    """
    if isinstance(number, int):
        return str(number)
    short = f"{number:.6g}"
    if float(short) == number or not isfinite(number):
        return short
    exact = repr(float(number))
    return exact.removesuffix(".0")


def latex_number(number: float) -> str:
    r"""Format a number in LaTeX, with a power of ten instead of the letter e.

    Examples
    --------
    >>> latex_number(0.5), latex_number(1e-7), latex_number(2.5e20)
    ('0.5', '10^{-7}', '2.5 \\times 10^{20}')
    """
    mantissa, e, exponent = format_number(number).partition("e")
    if not e:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \times {power}"


def describe(thing: Callable[..., Any], *, defaults: bool = True) -> tuple[str, str]:
    """Return the name and the title of a callable.

    Both include the values that distinguish members of a family: a partial's keywords, the numbers
    and strings in a closure, the defaults of parameters after the second (unless ``defaults`` is
    false), the fields of a callable object. Other values, such as tensors, are left out.

    Examples
    --------
    >>> from functools import partial, wraps
    >>> describe(torch.hypot)
    ('hypot', 'hypot')
    >>> def ravine(k):
    ...     return lambda x, y: x**2 + k * y**2
    >>> describe(ravine(10))
    ('ravine_k_10', 'ravine(k=10)')
    >>> def bowl(x, y, k):
    ...     return x**2 + k * y**2
    >>> describe(partial(bowl, k=0.5))
    ('bowl_k_0.5', 'bowl(k=0.5)')
    """
    base, values = _name_and_values(thing, defaults)
    if not values:
        return _sanitize(base), base
    title = f"{base}({', '.join(f'{key}={word}' for key, word in values.items())})"
    words = (part for key, word in values.items() for part in (key, word.strip("'\"")))
    return _sanitize("_".join((base, *words))), title


def _name_and_values(formula: Any, defaults: bool) -> tuple[str, dict[str, str]]:
    if isinstance(formula, partial):
        base, values = _name_and_values(formula.func, defaults)
        return base, values | _format_values(_arguments(formula))
    if isinstance(formula, torch.nn.Module):
        return getattr(formula, "original_name", type(formula).__name__), {}
    if isinstance(formula, torch.jit.ScriptFunction):
        return str(formula.name), {}
    if inspect.ismethod(formula):
        base, values = _name_and_values(formula.__func__, defaults)
        return base, _format_values(_attributes(formula.__self__)) | values
    if not hasattr(formula, "__name__"):
        return type(formula).__name__, _format_values(_attributes(formula))
    base = formula.__name__.strip("<>")
    values = _format_values(dict(_distinguishing_values(formula, defaults)))
    if values and base in _GENERIC_NAMES:
        outer = getattr(formula, "__qualname__", "").rpartition(".<locals>.")[0]
        base = outer.rpartition(".")[2].strip("<>") or base
    return base, values


def _arguments(formula: "partial[Any]") -> dict[str, Any]:
    try:
        bound = inspect.signature(formula.func).bind_partial(*formula.args, **formula.keywords)
    except (TypeError, ValueError):
        return dict(formula.keywords)
    return dict(bound.arguments)


def _distinguishing_values(function: Any, defaults: bool) -> Iterator[tuple[str, Any]]:
    """Yield a function's closure variables, and the defaults of parameters after the second."""
    if isinstance(function, FunctionType) and function.__closure__:
        code = function.__code__
        # variables that the function itself assigns (counters, caches) do not distinguish it
        written = {i.argval for i in get_instructions(code) if i.opname == "STORE_DEREF"}
        for name, cell in zip(code.co_freevars, function.__closure__, strict=True):
            with suppress(ValueError):  # the cell is empty until its variable is set
                if name not in written:
                    yield name, cell.cell_contents
    if not defaults:
        return
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    for position, parameter in enumerate(parameters):
        if parameter.default is not parameter.empty and (
            position > 1 or parameter.kind is parameter.KEYWORD_ONLY
        ):
            yield parameter.name, parameter.default


def _attributes(thing: Any) -> dict[str, Any]:
    if isinstance(thing, torch.nn.Module):
        return {}
    if is_dataclass(thing):
        return {field.name: getattr(thing, field.name) for field in fields(thing)}
    return {k: v for k, v in getattr(thing, "__dict__", {}).items() if not k.startswith("_")}


def _format_values(values: Mapping[str, Any]) -> dict[str, str]:
    """Format the numbers and short strings among values; leave the others out."""
    written = {name: _format_value(value) for name, value in values.items()}
    return {name: word for name, word in written.items() if word}


def _format_value(value: Any) -> str:
    if isinstance(value, (np.generic, np.ndarray, torch.Tensor)) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (bool, int, float)):
        return str(value) if isinstance(value, bool) else format_number(value)
    if isinstance(value, str) and len(value) <= _LONGEST:
        return repr(value)
    if isinstance(value, (tuple, list)):
        members = [_format_value(member) for member in value]
        word = f"({', '.join(members)})"
        return word if all(members) and len(word) <= _LONGEST else ""
    if isinstance(value, (type, FunctionType)) and value.__name__ != "<lambda>":
        return value.__name__
    return ""


def _sanitize(name: str) -> str:
    """Replace characters that a name must not contain."""
    return re.sub(r"(?:[^\w.+-]|\.\.)+", "_", name).strip("_.") or "custom"
