"""Evaluate a formula: isolated from the caller's settings, at many points in bounded memory."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from optgallery.functions.coordinates import Point, broadcast
from optgallery.functions.isolation import generators_restored, isolated, seed_generators

Formula: TypeAlias = Callable[[Tensor, Tensor], Tensor]
Real: TypeAlias = NDArray[np.float64]

NOT_DEFINED = (
    ValueError,
    ArithmeticError,
    torch.linalg.LinAlgError,  # type: ignore[attr-defined]
)
"""Exceptions that a formula may raise outside its domain, as torch's distributions do."""

_SEED = 0  # for random numbers in a formula: the same call gives the same values

_MEMORY = 32 * 2**20  # bytes of all tensors that one call of a formula may compute
BLOCK_SIZE = 1024
"""Points that are evaluated at once without measuring memory; see `max_points_per_call`."""

_REGION = 16  # points along a side; see `_PartialGrid`
_SMALLEST = 4
_MOST_CALLS = 40_000


def call(formula: Formula, x: Tensor, y: Tensor) -> Tensor:
    """Evaluate a formula at tensors; autograd can differentiate the value.

    Random numbers in the formula are the same in every call, and the caller's generators are not
    changed. Derivatives inside the formula work even if the caller has disabled gradients; the
    value then requires no gradient.
    """
    # broadcast first, so that a formula that differentiates the sum of its values gets one
    # derivative for each point
    x, y = broadcast(x, y)
    with generators_restored():
        seed_generators(_SEED)
        if torch.is_grad_enabled():
            return _differentiable_value(formula, x, y)
        with torch.inference_mode(False):
            return value_of(formula, *(c.clone() if c.is_inference() else c for c in (x, y)))


def _differentiable_value(formula: Formula, x: Tensor, y: Tensor) -> Tensor:
    """Evaluate a formula that may differentiate by a coordinate that requires no gradient."""
    try:
        return formula(x, y)
    except NOT_DEFINED:
        raise
    except RuntimeError:
        if x.requires_grad and y.requires_grad:
            raise
    leaves = [c if c.requires_grad else c.detach().clone().requires_grad_() for c in (x, y)]
    value = formula(*leaves)
    return value if x.requires_grad or y.requires_grad else value.detach()


def value_of(formula: Formula, x: Tensor, y: Tensor) -> Tensor:
    """Evaluate a formula without building a graph, unless it computes derivatives itself."""
    try:
        with torch.no_grad():
            return formula(x, y)
    except NOT_DEFINED:
        raise
    except RuntimeError:  # perhaps raised by a derivative, which needs a graph
        with torch.enable_grad():
            leaves = [c.detach().clone().requires_grad_() for c in (x, y)]
            return formula(*leaves).detach()


def at_points(formula: Formula, x: Tensor, y: Tensor, most: int) -> Real:
    """Evaluate a formula at points of any shape, in blocks.

    Parameters
    ----------
    formula : callable
    x, y : tensor
        Coordinates of broadcastable shapes.
    most : int
        Maximum number of points in one call of the formula, from `max_points_per_call`.

    Returns
    -------
    array of the broadcast shape, float64
    """
    with isolated(_SEED):
        if not (x.ndim or y.ndim):
            return _numbers(value_of(formula, x, y))
        x, y = broadcast(x, y)
        if x.numel() <= most:
            return _numbers(value_of(formula, x, y))
        found = np.empty(x.numel())  # allocated once, to avoid fragmentation between blocks
        blocks = zip(*(torch.split(c.reshape(-1), most) for c in (x, y)), strict=True)
        for i, (u, v) in enumerate(blocks):
            found[i * most : (i + 1) * most] = _numbers(value_of(formula, u, v))
    return found.reshape(x.shape)


def on_grid(formula: Formula, x: Tensor, y: Tensor, most: int) -> Real:
    """Evaluate a formula on a grid, with NaN where it is not defined; see `at_points`."""
    try:
        return at_points(formula, x, y, most)
    except NOT_DEFINED:
        with isolated(_SEED), _WithoutTensorText():
            return _PartialGrid(formula, x, y, most).values()


def _numbers(values: Tensor) -> Real:
    numbers: Real = values.detach().to("cpu", torch.float64).numpy()
    return numbers


def max_points_per_call(formula: Formula, start: Point, dtype: torch.dtype) -> int:
    """Return how many points a formula may evaluate in one call within the memory limit.

    A loss over many samples computes some numbers for each pair of point and sample. The bytes
    needed for each point are measured by two calls at the start, with 64 and with 128 points; their
    difference excludes what is computed once for all points.

    Blocks are multiples of 1,024 points. Kernels process rows in vectors of at most 64 numbers and
    the remainder one by one, which may round differently. With blocks of this size, each number is
    in a vector or in the remainder exactly as in one row of all points, and has the same bits.
    """
    sizes = []
    with isolated(_SEED):
        for points in (64, 128):
            x, y = (torch.full((points,), c, dtype=dtype) for c in start)
            try:
                with _ByteCounter() as counter:
                    value_of(formula, x, y)
            except Exception:  # the formula may not support a dispatch mode
                return BLOCK_SIZE
            sizes.append(counter.bytes)
    most = int(_MEMORY / max(1.0, (sizes[1] - sizes[0]) / 64))
    return most - most % BLOCK_SIZE if most > BLOCK_SIZE else max(1, most)


class _ByteCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of all tensors that are computed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Count the bytes that a kernel returns."""
        found = func(*args, **(kwargs or {}))
        for tensor in found if isinstance(found, (tuple, list)) else (found,):
            if isinstance(tensor, Tensor) and tensor._base is None:  # not a view
                self.bytes += tensor.numel() * tensor.element_size()
        return found


class _WithoutTensorText(TorchFunctionMode):
    """Leaves tensors out of error messages: formatting takes ten times as long as raising.

    torch's distributions format the values for each point outside their domain.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Replace the text of tensors, and call all other functions unchanged."""
        if func in (Tensor.__format__, Tensor.__repr__):
            return "tensor"
        return func(*args, **(kwargs or {}))


class _PartialGrid:
    """The values on a grid of a formula that raises at some points, where they are NaN.

    A call that contains one such point returns no values at all. So a region for which a call
    raises is divided into quadrants, down to 16 x 16 points. The corners and the centre of such a
    region are evaluated one by one: if all of them raise, the whole region is set to NaN; otherwise
    it is divided further, and from 4 x 4 points on, each point is evaluated alone. This costs a few
    thousand calls along the border of the domain, instead of one for each of 160,000 points; a
    defined area smaller than 16 points across may be missed. After 40,000 calls, the remaining
    regions are left as NaN.
    """

    def __init__(self, formula: Formula, x: Tensor, y: Tensor, most: int) -> None:
        self.formula, self.most = formula, most
        self.x, self.y = broadcast(x, y)
        self.z = np.full(self.x.shape, np.nan)
        self.calls = 0
        self.defined: dict[tuple[int, int], bool] = {}

    def values(self) -> Real:
        """Return the values of the whole grid."""
        self._fill(0, self.z.shape[0], 0, self.z.shape[1])
        return self.z

    def _fill(self, top: int, bottom: int, left: int, right: int) -> None:
        height, width = bottom - top, right - left
        if self.calls >= _MOST_CALLS:
            return
        if max(height, width) <= _SMALLEST:
            for row in range(top, bottom):
                for column in range(left, right):
                    self._evaluate_point(row, column)
            return
        if height * width <= self.most and self._evaluate_region(top, bottom, left, right):
            return
        middle, centre = (top + bottom) // 2, (left + right) // 2
        if max(height, width) <= _REGION:
            rows, columns = (top, bottom - 1), (left, right - 1)
            probes = [(row, column) for row in rows for column in columns] + [(middle, centre)]
            defined = [self._evaluate_point(*probe) for probe in probes]
            if not any(defined):
                return
        for rows in ((top, middle), (middle, bottom)):
            for columns in ((left, centre), (centre, right)):
                if rows[0] < rows[1] and columns[0] < columns[1]:
                    self._fill(*rows, *columns)

    def _evaluate_region(self, top: int, bottom: int, left: int, right: int) -> bool:
        """Evaluate a region in one call, and return whether that succeeded."""
        self.calls += 1
        region = np.s_[top:bottom, left:right]
        try:
            self.z[region] = _numbers(value_of(self.formula, self.x[region], self.y[region]))
        except NOT_DEFINED:
            return False
        return True

    def _evaluate_point(self, row: int, column: int) -> bool:
        """Evaluate one point unless that was done before, and return whether it is defined."""
        if (row, column) not in self.defined:
            self.calls += 1
            try:
                x, y = self.x[row, column], self.y[row, column]
                self.z[row, column] = _numbers(value_of(self.formula, x, y))
                self.defined[row, column] = True
            except NOT_DEFINED:
                self.defined[row, column] = False
        return self.defined[row, column]
