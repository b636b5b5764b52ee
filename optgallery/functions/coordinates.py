"""Coordinates given as numbers, arrays or tensors: converted exactly, or rejected."""

from collections.abc import Iterable
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Point: TypeAlias = tuple[float, float]


class Domain(NamedTuple):
    """The rectangle in which a function is drawn. It does not constrain an optimizer."""

    xmin: float
    xmax: float
    ymin: float
    ymax: float

    def contains(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return, for an array of points of shape (..., 2), which of them are in the rectangle."""
        x, y = points[..., 0], points[..., 1]
        inside: NDArray[np.bool_] = (
            (self.xmin <= x) & (x <= self.xmax) & (self.ymin <= y) & (y <= self.ymax)
        )
        return inside


def as_domain(bounds: Iterable[Any]) -> Domain:
    """Return four numbers as a domain, or raise a ValueError that says what is wrong."""
    bounds = tuple(bounds)
    try:
        xmin, xmax, ymin, ymax = domain = Domain(*map(_number, bounds))
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"domain must be four numbers (xmin, xmax, ymin, ymax), got {bounds}"
        ) from None
    if not all(map(isfinite, domain)) or xmin >= xmax or ymin >= ymax:
        raise ValueError(
            f"domain must be finite with xmin < xmax and ymin < ymax, got {tuple(domain)}"
        )
    return domain


def as_point(point: Any, what: str) -> Point:
    """Return ``point`` as two floats, or raise a ValueError that names the argument ``what``."""
    try:
        x, y = (_number(c) for c in point)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{what} must be two numbers (x, y), got {point!r}") from None
    if not (isfinite(x) and isfinite(y)):
        raise ValueError(f"{what} must be finite, got ({x}, {y})")
    return x, y


def as_tensors(x: Any, y: Any, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return both coordinates as floating point tensors of one dtype.

    Parameters
    ----------
    x, y : tensor, array, number or nested sequence of numbers
        If one coordinate is a floating point tensor, a number or an array takes its dtype and
        device. If both are, the less precise one takes the dtype of the other.
    dtype : torch.dtype
        The dtype if neither is a floating point tensor.

    Raises
    ------
    TypeError
        If a coordinate is not a real number: None, text, a boolean, a complex number.
    ValueError
        If entries of an array are masked, or a whole number is too large for its dtype.
    """
    given = {name: _as_array_or_tensor(c, name) for name, c in (("x", x), ("y", y))}
    tensors = [c for c in given.values() if isinstance(c, Tensor)]
    floating = [t.dtype for t in tensors if t.is_floating_point()]
    if floating:
        dtype = torch.promote_types(floating[0], floating[-1])
    elif tensors:
        dtype = torch.promote_types(dtype, torch.float64)
    device = tensors[0].device if tensors else torch.device("cpu")
    if any(_loses_digits(c, dtype) for c in given.values()):
        dtype = torch.float64
    first, second = (_converted(c, name, dtype, device) for name, c in given.items())
    return first, second


def broadcast(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return both coordinates broadcast to their common shape."""
    first, second = torch.broadcast_tensors(x, y)  # type: ignore[no-untyped-call]
    return first, second


def _number(value: Any) -> float:
    """Return a real number as a float; reject text, booleans and masked entries."""
    if isinstance(value, (str, bytes, bool, np.bool_)) or value is np.ma.masked:
        raise TypeError(value)
    return float(value)


def _as_array_or_tensor(value: Any, name: str) -> Tensor | NDArray[Any]:
    """Return a coordinate as a tensor or an array of numbers, without loss of precision."""
    if isinstance(value, Tensor):
        if value.dtype == torch.bool or value.is_complex():
            raise _not_numbers(name, f"a tensor of {value.dtype}")
        return value
    if np.ma.is_masked(value):
        raise ValueError(f"{name} has masked entries: fill them with numbers, or leave them out")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        raise _not_numbers(name, repr(value)) from None
    if array.dtype.kind in "iuf":
        return array
    entries = array.ravel().tolist()
    if array.dtype.kind == "O" and all(map(_is_real, entries)):  # fractions, large whole numbers
        return array
    wrong = next((entry for entry in entries if not _is_real(entry)), value)
    raise _not_numbers(name, repr(wrong))


def _is_real(entry: Any) -> bool:
    if isinstance(entry, (bool, np.bool_)):
        return False
    # decimal.Decimal is a number, but not a numbers.Real
    return isinstance(entry, Real) or type(entry).__name__ == "Decimal"


def _not_numbers(name: str, given: str) -> TypeError:
    return TypeError(f"{name} must be a real number, an array or a tensor of them, got {given}")


def _loses_digits(value: Tensor | NDArray[Any], dtype: torch.dtype) -> bool:
    """Whether converting a tensor of integers to this dtype would lose digits."""
    if not isinstance(value, Tensor) or value.is_floating_point():
        return False
    return not torch.equal(_to_integers(value.detach().to(dtype), value), value)


def _converted(
    value: Tensor | NDArray[Any], name: str, dtype: torch.dtype, device: torch.device
) -> Tensor:
    if isinstance(value, Tensor):
        if _loses_digits(value, dtype):
            raise ValueError(
                f"{name} contains whole numbers that {dtype} cannot represent: {value}"
            )
        return value.to(dtype)
    whole = value.dtype.kind in "iu" or (
        value.dtype.kind == "O" and all(isinstance(entry, int) for entry in value.ravel())
    )
    try:
        floats = np.array(value, dtype=np.float64)
    except OverflowError:
        raise ValueError(f"{name} is too large for a floating point number: {value}") from None
    if whole and any(int(f) != int(v) for f, v in zip(floats.flat, value.flat, strict=True)):
        raise ValueError(f"{name} contains whole numbers that float64 cannot represent: {value}")
    return torch.as_tensor(floats, dtype=dtype, device=device)


def _to_integers(floats: Tensor, whole: Tensor) -> Tensor:
    """Convert floats back to integers; 0 for those outside the range of the integer dtype."""
    limit = float(torch.iinfo(whole.dtype).max)
    inside = (floats.abs() < limit) | (floats == -limit) | (whole.abs() <= 2**24)
    return torch.where(inside, floats, torch.zeros_like(floats)).to(whole.dtype)
