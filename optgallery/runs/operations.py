"""The list of operations that give a formula's values and derivatives, recorded from autograd.

There are two lists with the same results. One is of torch's functions. In the other, sums, products
and quotients, which are rounded everywhere alike, are computed by NumPy, whose calls cost less.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

Call: TypeAlias = tuple[Any, tuple[Any, ...], dict[str, Any], Any]
"""A function of torch, its arguments and its result."""

POINTS = 997  # at which a formula is recorded; a number that no formula contains

_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.absolute,
}
_SYMMETRIC = (np.add, np.multiply)


class Operation(NamedTuple):
    """One operation on what is in numbered places."""

    function: Callable[..., Any]
    arguments: tuple[int, ...]
    result: int
    kind: Literal["numpy", "torch", "torch into"] = "torch"
    """Whether it takes arrays or tensors; all but "torch" take one more, for the result."""


class Listing(NamedTuple):
    """Operations in the order in which they are done, and the places of what is wanted."""

    operations: Sequence[Operation]
    results: Sequence[int]


class Listings(NamedTuple):
    """Two lists of operations with the same results: values and the derivatives by x and by y."""

    by_torch: Listing
    by_both: Listing
    constants: Sequence[Any]
    """Numbers, and places for intermediate results; the first two are for x and y."""


class Recording(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation of torch, also those of autograd."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, result))
        return result


def listings(x: Tensor, y: Tensor, calls: Sequence[Call], results: Sequence[Tensor]) -> Listings:
    """Return the shortest lists of operations with the same bits of what was recorded.

    Left out are multiplications by one and first powers, what was computed before, and what no
    result depends on.

    Parameters
    ----------
    x, y : tensors of shape (POINTS,)
    calls : sequence
        What was recorded.
    results : sequence of tensor
        Those of the recorded results that are wanted.

    Raises
    ------
    ValueError
        If something was recorded that is not a function of tensors of one shape.
    """
    return _Places(x, y).listings(calls, results)


class _Recorded(NamedTuple):
    """A call of torch with the places of its arguments."""

    function: Callable[..., Any]
    name: str
    arguments: tuple[int, ...]
    takes_buffer: bool


class _Places:
    """Numbers the results, of which equal ones have the same place."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self._constants: list[Any] = [None, None]
        self._place: dict[int, int] = {id(x): 0, id(y): 1}
        self._known: dict[Any, int] = {}
        self._calls: dict[int, _Recorded] = {}
        self._ones: set[int] = set()
        self._real = {0, 1}  # places of float64, which NumPy computes with

    def listings(self, calls: Sequence[Call], results: Sequence[Tensor]) -> Listings:
        for func, args, kwargs, result in calls:
            if func._schema.is_mutable or not isinstance(result, Tensor):
                raise ValueError(f"{func} cannot be repeated")
            self._place[id(result)] = self._placed(func, args, kwargs, result)
        places = [self._place[id(result)] for result in results]
        by_torch = [Operation(c.function, c.arguments, place) for place, c in self._calls.items()]
        by_both = [operation for place in self._calls for operation in self._translated(place)]
        return Listings(_needed(by_torch, places), _needed(by_both, places), self._constants)

    def _placed(
        self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Tensor
    ) -> int:
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
        place, is_new = self._place_of((name, arguments, options))
        if is_new:
            function = getattr(torch, name, func)
            function = partial(function, **dict(options)) if options else function
            plain = "" if options else name
            takes_buffer = _takes_buffer(function, args, result)
            self._calls[place] = _Recorded(function, plain, arguments, takes_buffer)
            if name == "ones_like":
                self._ones.add(place)
            if result.dtype is torch.float64 and result.shape == (POINTS,):
                self._real.add(place)
        return place

    def _argument(self, value: Any) -> int:
        """Return the place of a tensor or of a number."""
        if isinstance(value, Tensor):
            return self._place[id(value)]
        if isinstance(value, (list, tuple)) or value == POINTS:
            raise ValueError(f"{value} may be a shape, which changes with the number of points")
        if isinstance(value, (int, float)):
            value = float(value) if not isinstance(value, bool) else value
        place, is_new = self._place_of(("constant", type(value), repr(value)))
        if is_new:
            self._constants[place] = value
            if isinstance(value, float):
                self._real.add(place)
        return place

    def _place_of(self, key: Any) -> tuple[int, bool]:
        """Return the place of what a key stands for, and whether it is a new one."""
        is_new = key not in self._known
        if is_new:
            self._known[key] = len(self._constants)
            self._constants.append(None)
        return self._known[key], is_new

    def _translated(self, place: int) -> Iterator[Operation]:
        """Yield what computes the result at a place, by NumPy if that has the bits of torch."""
        function, name, arguments, takes_buffer = self._calls[place]
        power = self._constants[arguments[1]] if name == "pow" else None
        if not self._real.issuperset({place, *arguments}):
            name = ""
        if name == "pow" and power in (2.0, 3.0):
            factor = base = arguments[0]
            if power == 3.0:
                factor, is_new = self._place_of(("square", base))
                if is_new:
                    yield Operation(np.multiply, (base, base), factor, "numpy")
            yield Operation(np.multiply, (factor, base), place, "numpy")
        elif name == "rsub":
            yield Operation(np.subtract, arguments[::-1], place, "numpy")
        elif name == "add" and (negative := [i for i in arguments if self._is_negated(i)]):
            rest = [i for i in arguments if i != negative[-1]] or negative[:1]
            (negated,) = self._calls[negative[-1]].arguments
            yield Operation(np.subtract, (rest[0], negated), place, "numpy")
        elif name in _UFUNCS:
            yield Operation(_UFUNCS[name], arguments, place, "numpy")
        elif takes_buffer and place in self._real:
            yield Operation(partial(_into, function), arguments, place, "torch into")
        else:
            yield Operation(function, arguments, place)

    def _is_negated(self, place: int) -> bool:
        return place in self._calls and self._calls[place].name == "neg"


def _into(function: Callable[..., Any], *arguments: Any) -> None:
    """Call a function of torch that writes its result into the last argument."""
    function(*arguments[:-1], out=arguments[-1])


def _takes_buffer(function: Callable[..., Any], args: Sequence[Any], result: Tensor) -> bool:
    """Whether a function of torch can write its result into a given tensor."""
    try:
        with torch.no_grad():
            function(*args, out=torch.empty_like(result))
    except (TypeError, RuntimeError):
        return False
    return True


def _needed(operations: Sequence[Operation], results: Sequence[int]) -> Listing:
    """Leave out what is computed twice, and what no result depends on."""
    first: dict[Any, int] = {}
    place_of: dict[int, int] = {}
    once: list[Operation] = []
    for operation in operations:
        arguments = tuple(place_of.get(i, i) for i in operation.arguments)
        symmetric = operation.function in _SYMMETRIC
        key = operation.function, tuple(sorted(arguments)) if symmetric else arguments
        place_of[operation.result] = first.setdefault(key, operation.result)
        if first[key] == operation.result:
            once.append(operation._replace(arguments=arguments))
    wanted = [place_of.get(i, i) for i in results]
    needed, kept = set(wanted), []
    for operation in reversed(once):
        if operation.result in needed:
            needed.update(operation.arguments)
            kept.append(operation)
    return Listing(kept[::-1], wanted)
