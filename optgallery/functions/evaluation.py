"""Evaluating a formula: apart from the caller's settings, at many points in little memory."""

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
"""What a formula raises at points outside its domain, as distributions that check theirs do."""

_SEED = 0  # of what a formula draws: the same call gives the same values

_MEMORY = 32 * 2**20  # bytes of all that one call of a formula may compute, kept or not
BLOCK_SIZE = 1024
"""Points that need no counting of memory; see `max_points_per_call`."""

_REGION = 16  # points along a side; see `_Defined`
_LEAF = 4
_MOST_CALLS = 40_000


def call(formula: Formula, x: Tensor, y: Tensor) -> Tensor:
    """Evaluate a formula at tensors, for a caller who may differentiate the value.

    What the formula draws is the same in every call, and the caller's generators stay as they are.
    A derivative inside the formula works also where the caller has switched gradients off; the
    value has none then.
    """
    # a formula that differentiates the sum of its values has each coordinate in each of them once
    x, y = broadcast(x, y)
    with generators_restored():
        seed_generators(_SEED)
        if torch.is_grad_enabled():
            return _followed(formula, x, y)
        with torch.inference_mode(False):
            return value_of(formula, *(c.clone() if c.is_inference() else c for c in (x, y)))


def _followed(formula: Formula, x: Tensor, y: Tensor) -> Tensor:
    """Evaluate a formula that may differentiate along a coordinate which the caller does not."""
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
    """Evaluate a formula without keeping a graph, unless it differentiates something itself."""
    try:
        with torch.no_grad():
            return formula(x, y)
    except NOT_DEFINED:
        raise
    except RuntimeError:  # perhaps about a derivative: these need a graph
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
        Points that the formula may take at once, as `max_points_per_call` says.

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
        found = np.empty(x.numel())  # once for all, so that no block's memory lies between values
        blocks = zip(*(torch.split(c.reshape(-1), most) for c in (x, y)), strict=True)
        for i, (u, v) in enumerate(blocks):
            found[i * most : (i + 1) * most] = _numbers(value_of(formula, u, v))
    return found.reshape(x.shape)


def on_grid(formula: Formula, x: Tensor, y: Tensor, most: int) -> Real:
    """Evaluate a formula on a grid, NaN where it is not defined; see `at_points`."""
    try:
        return at_points(formula, x, y, most)
    except NOT_DEFINED:
        with isolated(_SEED), _Unwritten():
            return _Defined(formula, x, y, most).values()


def _numbers(values: Tensor) -> Real:
    numbers: Real = values.detach().to("cpu", torch.float64).numpy()
    return numbers


def max_points_per_call(formula: Formula, start: Point, dtype: torch.dtype) -> int:
    """Return how many points a formula may take at once, so that its memory stays small.

    A loss on many samples computes some numbers for each pair of point and sample. How many bytes
    that is for a point is seen from two calls at the start, at 64 and at 128 points; the difference
    leaves out what is computed once for all points.

    Blocks are multiples of 1,024 points. Kernels work through rows in vectors of at most 64
    numbers and take the rest one by one, which may round differently: so cut, each number stands in
    a vector or in the rest as it does in one row of all points, and has the same bits.
    """
    sizes = []
    with isolated(_SEED):
        for points in (64, 128):
            x, y = (torch.full((points,), c, dtype=dtype) for c in start)
            try:
                with _Computed() as computed:
                    value_of(formula, x, y)
            except Exception:  # the formula may not be ready for a dispatch mode
                return BLOCK_SIZE
            sizes.append(computed.bytes)
    most = int(_MEMORY / max(1.0, (sizes[1] - sizes[0]) / 64))
    return most - most % BLOCK_SIZE if most > BLOCK_SIZE else max(1, most)


class _Computed(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the bytes of all tensors that are computed."""

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
        """Count what a kernel returns."""
        found = func(*args, **(kwargs or {}))
        for tensor in found if isinstance(found, (tuple, list)) else (found,):
            if isinstance(tensor, Tensor) and tensor._base is None:  # no view
                self.bytes += tensor.numel() * tensor.element_size()
        return found


class _Unwritten(TorchFunctionMode):
    """Keeps tensors out of the text of errors: to write them takes ten times as long as to raise.

    Distributions do that for each point outside their domain.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Leave all other functions as they are."""
        if func in (Tensor.__format__, Tensor.__repr__):
            return "tensor"
        return func(*args, **(kwargs or {}))


class _Defined:
    """The values of a formula that raises an error at some points of a grid: NaN there.

    One such point in a call hides the values of all others. So the grid is divided into four
    wherever a call raises, down to regions of 16 x 16 points. Of such a region the corners and the
    centre are evaluated alone: if all of them raise, so is taken to do the whole; otherwise it is
    divided on, and from 4 x 4 points each is evaluated alone. A domain of some extent costs a few
    thousand calls at its border, instead of one for each of 160,000 points; an island smaller than
    16 points may be missed. After 40,000 calls, what still raises is left as NaN.
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
        if max(height, width) <= _LEAF:
            for row in range(top, bottom):
                for column in range(left, right):
                    self._alone(row, column)
            return
        if height * width <= self.most and self._together(top, bottom, left, right):
            return
        middle, centre = (top + bottom) // 2, (left + right) // 2
        if max(height, width) <= _REGION:
            rows, columns = (top, bottom - 1), (left, right - 1)
            probes = [(row, column) for row in rows for column in columns] + [(middle, centre)]
            defined = [self._alone(*probe) for probe in probes]
            if not any(defined):
                return
        for rows in ((top, middle), (middle, bottom)):
            for columns in ((left, centre), (centre, right)):
                if rows[0] < rows[1] and columns[0] < columns[1]:
                    self._fill(*rows, *columns)

    def _together(self, top: int, bottom: int, left: int, right: int) -> bool:
        """Evaluate a region in one call and say whether that was possible."""
        self.calls += 1
        region = np.s_[top:bottom, left:right]
        try:
            self.z[region] = _numbers(value_of(self.formula, self.x[region], self.y[region]))
        except NOT_DEFINED:
            return False
        return True

    def _alone(self, row: int, column: int) -> bool:
        """Evaluate one point, if that was not done before, and say whether it is defined."""
        if (row, column) not in self.defined:
            self.calls += 1
            try:
                x, y = self.x[row, column], self.y[row, column]
                self.z[row, column] = _numbers(value_of(self.formula, x, y))
                self.defined[row, column] = True
            except NOT_DEFINED:
                self.defined[row, column] = False
        return self.defined[row, column]
