"""A formula and its gradient as a list of operations, recorded once and repeated without autograd.

Autograd takes two thirds of the time of an evaluation at ten thousand points: it records a graph,
keeps all intermediate results, and multiplies by ones. What it computes is the same list of
elementwise operations every time. `trace` records this list once, and `Traced` repeats it: sums,
products and quotients, which are rounded everywhere alike, by NumPy, whose calls cost less, and
everything else by torch. Where a result is not finite, everything is repeated by torch, since NumPy
may choose another sign for NaN.
"""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from optgallery.functions.base import Formula

Array: TypeAlias = NDArray[np.float64]

Results: TypeAlias = Sequence[Tensor]
"""Values and the derivatives by x and by y: three tensors of shape (n,)."""

_TRIED = 700  # points
_BLOCK = 10_000  # points that are evaluated together: fewer cost more calls, more memory
_POINTS = 997  # at which a formula is traced; a number that no formula contains

_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.absolute,
}


class _Operation(NamedTuple):
    """One operation on arrays in numbered places."""

    function: Callable[..., Any]
    """What torch computes."""
    arguments: tuple[int, ...]
    result: int
    ufunc: tuple[Callable[..., Any], tuple[int, ...]] | None
    """The same by NumPy, and its arguments."""
    finished: tuple[int, ...]
    """Intermediate results that no later operation needs."""


class Traced:
    """The operations that give a formula's values and derivatives, to be repeated at any points.

    Parameters
    ----------
    operations : sequence of _Operation
        In the order in which autograd does them.
    constants : sequence
        The numbers in them, and places for intermediate results; the first two are for x and y.
    results : sequence of int
        Where the values and the derivatives are.
    """

    def __init__(
        self, operations: Sequence[_Operation], constants: Sequence[Any], results: Sequence[int]
    ) -> None:
        self._constants, self._results = constants, results
        self._by_torch = [(o.function, o.arguments, o.result, None, ()) for o in operations]
        self._by_both: list[tuple[Any, tuple[int, ...], int, int | None, tuple[int, ...]]] = []
        buffer_of = {place: -1 - k for k, place in enumerate(results)}  # the last three are given
        free: list[int] = []
        self._buffers = 0
        for function, arguments, result, ufunc, finished in operations:
            free += [buffer_of[i] for i in finished if buffer_of.get(i, -1) >= 0]
            if ufunc and result not in buffer_of:
                if not free:
                    free.append(self._buffers)
                    self._buffers += 1
                buffer_of[result] = free.pop()
            call = ufunc or (function, arguments)
            buffer = buffer_of[result] if ufunc else None
            self._by_both.append((*call, result, buffer, finished))

    def __call__(self, x: Tensor, y: Tensor, out: Results) -> None:
        """Evaluate at points, and write values and derivatives into three tensors.

        Parameters
        ----------
        x, y : contiguous tensors of shape (n,)
        out : three tensors of shape (n,)
        """
        arrays = [tensor.numpy() for tensor in (x, y, *out)]
        with np.errstate(all="ignore"), torch.no_grad():
            for i in range(0, len(x), _BLOCK):
                block = [array[i : i + _BLOCK] for array in arrays]
                self._repeat(self._by_both, *block)
                # signs of NaN differ; where squares overflow, that only takes longer
                if not all(isfinite(np.dot(found, found)) for found in block[2:]):
                    self._repeat(self._by_torch, *block)

    def _repeat(self, operations: Sequence[Any], x: Array, y: Array, *out: Array) -> None:
        places = list(self._constants)
        places[:2] = x, y
        buffers = [*_workspace(self._buffers, len(x)), *out[::-1]]
        for function, arguments, result, buffer, finished in operations:
            given = [places[i] for i in arguments]
            if buffer is not None:
                places[result] = function(*given, buffers[buffer])
                continue
            places[result] = function(*map(_as_tensor, given)).numpy()
            for i in finished:
                places[i] = None
        for place, array in zip(self._results, out, strict=True):
            if places[place] is not array:
                array[:] = places[place]


def _as_tensor(place: Any) -> Any:
    return torch.from_numpy(place) if isinstance(place, np.ndarray) else place


class _Memory(threading.local):
    """Arrays for intermediate results, which stay in the processor's cache between evaluations."""

    def __init__(self) -> None:
        self.rows: list[NDArray[np.float64]] = []


_memory = _Memory()


def _workspace(rows: int, n: int) -> list[NDArray[np.float64]]:
    """Return arrays of shape (n,) whose content does not matter."""
    known = _memory.rows
    if rows and (len(known) < rows or len(known[0]) < n):
        known = _memory.rows = list(np.empty((rows, n)))
    return [row[:n] for row in known[:rows]]


@lru_cache(maxsize=256)  # a comparison shifts every function again
def trace(formula: Formula) -> Traced | None:
    """Record the operations of a formula and of its gradient.

    Returns
    -------
    Traced or None
        None if the list would not give the bits of autograd at 700 points and some special ones, or
        has anything else in it than functions of tensors of shape (n,).
    """
    trial = torch.linspace(0.3, 0.9, _POINTS, dtype=torch.float64)
    x, y = trial.clone().requires_grad_(), (1.7 - trial).requires_grad_()
    try:
        with _Recorder() as recorder:
            found = differentiate(formula, x, y)
        traced = _List(x, y).of(recorder.calls, found)
        return traced if _has_the_bits_of_autograd(traced, formula) else None
    except Exception:  # of a formula at some points, or of an operation that cannot be repeated
        return None


def differentiate(formula: Formula, x: Tensor, y: Tensor) -> Results:
    """Return values and derivatives at points that require gradients, by autograd."""
    with torch.enable_grad():
        value = formula(x, y)
        dx, dy = torch.autograd.grad(value, (x, y), torch.ones_like(value), materialize_grads=True)
    return value.detach(), dx, dy


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation of torch, also those of autograd, with arguments and result."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[tuple[Any, tuple[Any, ...], dict[str, Any], Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, result))
        return result


class _List:
    """Makes the shortest list of operations with the same bits of what was recorded.

    Left out are multiplications by one and first powers, what was computed before, and what no
    result depends on.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self._constants: list[Any] = [None, None]
        self._place: dict[int, int] = {id(x): 0, id(y): 1}
        self._known: dict[Any, int] = {}
        self._calls: dict[int, tuple[Any, str, tuple[int, ...], tuple[tuple[str, Any], ...]]] = {}
        self._ones: set[int] = set()
        self._real = {0, 1}  # places of float64, which NumPy computes with

    def of(self, calls: Sequence[tuple[Any, Any, Any, Any]], results: Results) -> Traced:
        for func, args, kwargs, result in calls:
            if func._schema.is_mutable or not isinstance(result, Tensor):
                raise ValueError(f"{func} cannot be repeated")
            place = self._place[id(result)] = self._placed(func, args, kwargs)
            if result.dtype is torch.float64 and result.shape == (_POINTS,):
                self._real.add(place)
        needed = places = [self._place[id(result)] for result in results]
        operations: list[_Operation] = []
        still = set(needed)
        for place, (_, _, arguments, _) in reversed(self._calls.items()):
            if place not in still:
                continue
            finished = tuple({i for i in arguments if i not in still and i in self._calls})
            still.update(arguments)
            function, ufunc = self._functions(place)
            operations.append(_Operation(function, arguments, place, ufunc, finished))
        return Traced(operations[::-1], self._constants, places)

    def _functions(
        self, place: int
    ) -> tuple[Callable[..., Any], tuple[Callable[..., Any], tuple[int, ...]] | None]:
        """Return what computes the result at a place by torch and, if it can, by NumPy."""
        func, name, arguments, kwargs = self._calls[place]
        function = getattr(torch, name, func)
        if kwargs:
            return partial(function, **dict(kwargs)), None
        ufunc: tuple[Callable[..., Any], tuple[int, ...]] | None = None
        if self._real.issuperset({place, *arguments}):
            if name == "pow" and self._constants[arguments[1]] == 2.0:
                ufunc = np.multiply, arguments[:1] * 2
            elif name == "rsub":
                ufunc = np.subtract, arguments[1::-1]
            elif name in _UFUNCS:
                ufunc = _UFUNCS[name], arguments
        return function, ufunc

    def _placed(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        """Return where the result of a call is."""
        name = func._schema.name.partition("::")[2]
        if name in ("ones_like", "zeros_like"):
            args, kwargs = args[:1], {}
        arguments = tuple(map(self._argument, args))
        if name == "detach":
            return arguments[0]
        if name == "mul" and all(i < 2 or i in self._calls for i in arguments):
            for one, other in (arguments, arguments[::-1]):
                if one in self._ones:
                    return other
        if name == "pow" and self._constants[arguments[1]] == 1.0:
            return arguments[0]
        options = tuple(sorted(kwargs.items()))
        key = (name, arguments, options)
        if key not in self._known:
            place = self._known[key] = len(self._constants)
            self._constants.append(None)
            self._calls[place] = func, name, arguments, options
            if name == "ones_like":
                self._ones.add(place)
        return self._known[key]

    def _argument(self, value: Any) -> int:
        """Return the place of a tensor or of a number."""
        if isinstance(value, Tensor):
            return self._place[id(value)]
        if isinstance(value, (list, tuple)) or value == _POINTS:
            raise ValueError(f"{value} may be a shape, which changes with the number of points")
        if isinstance(value, (int, float)):
            value = float(value) if not isinstance(value, bool) else value
        key = ("constant", type(value), repr(value))
        if key not in self._known:
            self._known[key] = len(self._constants)
            if isinstance(value, float):
                self._real.add(len(self._constants))
            self._constants.append(value)
        return self._known[key]


def _has_the_bits_of_autograd(traced: Traced, formula: Formula) -> bool:
    generator = torch.Generator().manual_seed(1)
    sizes = torch.logspace(-2, 4, _TRIED, dtype=torch.float64)
    drawn = torch.randn(2, _TRIED, generator=generator, dtype=torch.float64) * sizes
    special = torch.tensor([0.0, -0.0, 0.5, 1.0, -1.0, 3.0, 1e100, -1e200], dtype=torch.float64)
    crossed = torch.stack(torch.meshgrid(special, special, indexing="ij")).reshape(2, -1)
    points = torch.cat([drawn, crossed], dim=1)
    found = torch.empty(3, points.shape[1], dtype=torch.float64)
    traced(points[0], points[1], found.unbind())
    x, y = (c.clone().requires_grad_() for c in points)
    expected = torch.stack([*differentiate(formula, x, y)])
    return torch.equal(found.isnan(), expected.isnan()) and torch.equal(
        found.nan_to_num(nan=0.5).view(torch.int64), expected.nan_to_num(nan=0.5).view(torch.int64)
    )
