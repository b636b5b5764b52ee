"""A formula and its gradient as a list of operations, recorded once and repeated without autograd.

Autograd takes two thirds of the time of an evaluation at ten thousand points: it records a graph,
keeps all intermediate results, and multiplies by ones. What it computes is the same list of
elementwise operations every time. `trace` records this list once, and `Traced` repeats it in
buffers that stay in the processor's cache, partly by NumPy. Where a result is not finite,
everything is repeated by torch, since NumPy may choose another sign for NaN.
"""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from optgallery.functions.base import Formula
from optgallery.runs.operations import POINTS, Listings, Recording, listings

Array: TypeAlias = NDArray[np.float64]

Results: TypeAlias = Sequence[Tensor]
"""Values and the derivatives by x and by y: three tensors of shape (n,)."""

_TRIED = 700  # points
_BLOCK = 10_000  # points that are evaluated together: fewer cost more calls, more memory


class _Step(NamedTuple):
    """An operation, and how it finds its arguments, the last of which is the buffer it fills."""

    function: Callable[..., Any]
    choose: Callable[[Sequence[Any]], tuple[Any, ...]]
    of_tensors: bool
    result: int | None
    """The place of a result that has no buffer."""


class Traced:
    """The operations that give a formula's values and derivatives, to be repeated at any points.

    Parameters
    ----------
    recorded : Listings
    """

    def __init__(self, recorded: Listings) -> None:
        self.by_torch, self.by_both, self._constants = recorded
        self._given = len(self._constants) + len(self.by_both.results)  # the others are buffers
        self._steps, self._results, self._buffers = self._in_buffers()
        self._uses_torch = any(step.of_tensors for step in self._steps)

    def _in_buffers(self) -> tuple[list[_Step], list[int], int]:
        """Let each operation fill a buffer: one for a result, or the one last used of the rest."""
        operations, results = self.by_both
        place_of = {place: len(self._constants) + k for k, place in enumerate(results)}
        last_use = {i: k for k, o in enumerate(operations) for i in o.arguments}
        steps: list[_Step] = []
        free: list[int] = []
        end = self._given
        for k, (function, arguments, result, kind) in enumerate(operations):
            places = [place_of.get(i, i) for i in arguments]
            if kind == "torch":
                place_of.pop(result, None)
                steps.append(_Step(function, _chooser(places), True, result))
            used = {place_of.get(i, i) for i in arguments if last_use[i] == k}
            free += sorted(i for i in used if i >= self._given)
            if kind == "torch":
                continue
            if result not in place_of:
                if not free:
                    free, end = [end], end + 1
                place_of[result] = free.pop()
            choose = _chooser([*places, place_of[result]])
            steps.append(_Step(function, choose, kind == "torch into", None))
        return steps, [place_of.get(i, i) for i in results], end - self._given

    def __call__(self, points: Array, out: Array) -> bool:
        """Evaluate at points, and write values and derivatives into an array.

        Parameters
        ----------
        points : array of shape (2, n)
            The coordinates, each contiguous.
        out : array of shape (3, n)

        Returns
        -------
        bool
            True if all of them are finite, the points too; False if that is not known.
        """
        with np.errstate(all="ignore"):
            n = points.shape[1]
            if n <= _BLOCK:
                return self._evaluate(points, out)
            finite = True
            for i in range(0, n, _BLOCK):
                block = slice(i, i + _BLOCK)
                finite &= self._evaluate(points[:, block], out[:, block])
            return finite

    def _evaluate(self, points: Array, out: Array) -> bool:
        self._repeat(points, out)
        if _finite(out):
            return _finite(points)
        self._repeat_by_torch(points, out)  # since signs of NaN differ
        return False

    def _repeat(self, points: Array, out: Array) -> None:
        numbers, results = self._constants[2:], list(out)
        buffers = _workspace(self._buffers, points.shape[1])
        arrays = [*points, *numbers, *results, *buffers.arrays]
        tensors: list[Any] = []
        if self._uses_torch:
            tensors = [*map(_tensor, points), *numbers, *map(_tensor, results), *buffers.tensors]
        for function, choose, of_tensors, result in self._steps:
            computed = function(*choose(tensors if of_tensors else arrays))
            if result is not None:
                tensors[result], arrays[result] = computed, computed.numpy()
        for place, array in zip(self._results, results, strict=True):
            if arrays[place] is not array:
                array[:] = arrays[place]

    def _repeat_by_torch(self, points: Array, out: Array) -> None:
        places = [*map(_tensor, points), *self._constants[2:]]
        for function, arguments, result, _ in self.by_torch.operations:
            places[result] = function(*[places[i] for i in arguments])
        for place, row in zip(self.by_torch.results, out, strict=True):
            row[:] = places[place].numpy()


_tensor = torch.from_numpy


def _finite(rows: Array) -> bool:
    """Whether all numbers are finite, by their squares; False also if these overflow.

    A sum of squares takes less time than a test of each number.
    """
    if rows.flags.c_contiguous:
        rows = rows.reshape(1, -1)
    return all(isfinite(row.dot(row)) for row in rows)


def _chooser(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda members: tuple(members[i] for i in places)


class _Buffers(NamedTuple):
    """Arrays of shape (n,) whose content does not matter, and the same memory as tensors."""

    arrays: list[Array]
    tensors: list[Tensor]


class _Memory(threading.local):
    """Arrays for intermediate results, which stay in the processor's cache between evaluations."""

    def __init__(self) -> None:
        self.whole: Array = np.empty((0, 0))
        self.buffers = _Buffers([], [])


_memory = _Memory()


def _workspace(number: int, n: int) -> _Buffers:
    """Return at least this number of buffers."""
    known = _memory.buffers
    if number and (len(known.arrays) < number or len(known.arrays[0]) != n):
        rows, length = _memory.whole.shape
        if rows < number or length < n:
            _memory.whole = np.empty((max(number, rows), max(n, length)))
        arrays = [row[:n] for row in _memory.whole]
        known = _memory.buffers = _Buffers(arrays, list(map(_tensor, arrays)))
    return known


@lru_cache(maxsize=256)  # a comparison shifts every function again
def trace(formula: Formula) -> Traced | None:
    """Record the operations of a formula and of its gradient.

    Returns
    -------
    Traced or None
        None if the list would not give the bits of autograd at 700 points and some special ones, or
        has anything else in it than functions of tensors of shape (n,).
    """
    trial = torch.linspace(0.3, 0.9, POINTS, dtype=torch.float64)
    x, y = trial.clone().requires_grad_(), (1.7 - trial).requires_grad_()
    try:
        with Recording() as recording:
            found = differentiate(formula, x, y)
        traced = Traced(listings(x, y, recording.calls, found))
        return traced if _has_the_bits_of_autograd(traced, formula) else None
    except Exception:  # of a formula at some points, or of an operation that cannot be repeated
        return None


def differentiate(formula: Formula, x: Tensor, y: Tensor) -> Results:
    """Return values and derivatives at points that require gradients, by autograd."""
    with torch.enable_grad():
        value = formula(x, y)
        dx, dy = torch.autograd.grad(value, (x, y), torch.ones_like(value), materialize_grads=True)
    return value.detach(), dx, dy


def _has_the_bits_of_autograd(traced: Traced, formula: Formula) -> bool:
    generator = torch.Generator().manual_seed(1)
    sizes = torch.logspace(-2, 4, _TRIED, dtype=torch.float64)
    drawn = torch.randn(2, _TRIED, generator=generator, dtype=torch.float64) * sizes
    special = torch.tensor([0.0, -0.0, 0.5, 1.0, -1.0, 3.0, 1e100, -1e200], dtype=torch.float64)
    crossed = torch.stack(torch.meshgrid(special, special, indexing="ij")).reshape(2, -1)
    points = torch.cat([drawn, crossed], dim=1)
    found = torch.empty(3, points.shape[1], dtype=torch.float64)
    traced(points.numpy(), found.numpy())
    x, y = (c.clone().requires_grad_() for c in points)
    expected = torch.stack([*differentiate(formula, x, y)])
    return torch.equal(found.isnan(), expected.isnan()) and torch.equal(
        found.nan_to_num(nan=0.5).view(torch.int64), expected.nan_to_num(nan=0.5).view(torch.int64)
    )
