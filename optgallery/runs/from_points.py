"""Paths from elsewhere: check the points, and compute values and gradients."""

from collections.abc import Iterator
from math import isnan, nan
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.coordinates import as_tensors
from optgallery.functions.evaluation import NOT_DEFINED
from optgallery.functions.isolation import isolated
from optgallery.functions.overflow import value_beyond_range
from optgallery.runs.batched_objective import BatchedObjective
from optgallery.runs.loop import History, raised_by_function, stop_reason
from optgallery.runs.objective import Objective, ValueAndGradient

Array = NDArray[np.float64]

_PRECISIONS = ("float16", "bfloat16", "float32", "float64")


class GivenPath(NamedTuple):
    """The arguments of `Trajectory.from_points` as arrays.

    Attributes
    ----------
    points : array of shape (n, 2)
    evaluations : array of shape (n,)
    values : array of shape (n,), or None
    gradients : array of shape (n, 2), or None
    dtype : str
        The precision in which the points were given.
    """

    points: Array
    evaluations: NDArray[np.int64]
    values: Array | None
    gradients: Array | None
    dtype: str

    @classmethod
    def of(cls, points: Any, values: Any, gradients: Any, evaluations: Any) -> "GivenPath":
        """Check and convert the arguments.

        Raises
        ------
        TypeError
            If an argument does not consist of real numbers.
        ValueError
            If an argument has a wrong shape, or evaluations decrease.
        """
        given = _as_array("points", points)
        if given.ndim != 2 or given.shape[1] != 2 or not len(given):
            way = "; transpose it" if given.ndim == 2 and given.shape[0] == 2 else ""
            raise ValueError(
                "points must have shape (n, 2), a row (x, y) for each iterate and at least one, "
                f"got shape {given.shape}{way}"
            )
        rows = _as_reals("points", given)
        if not np.isfinite(rows[0]).all():
            raise ValueError(
                f"points must begin with a finite point, got {tuple(rows[0].tolist())}"
            )
        n = len(rows)
        dtype = str(getattr(points, "dtype", given.dtype)).removeprefix("torch.")
        return cls(
            rows,
            _as_counts(evaluations, n),
            None if values is None else _shaped("values", values, (n,)),
            None if gradients is None else _shaped("gradients", gradients, (n, 2)),
            dtype if dtype in _PRECISIONS else "float64",
        )

    def trajectory_fields(self, fn: TestFunction) -> dict[str, Any]:
        """Return the fields of a `Trajectory`, which ends where a run here would have ended.

        If values or gradients were not given, the function is evaluated in its own precision, bit
        for bit as in a run.
        """
        history = History()
        rows = zip(self.points.tolist(), self.evaluations.tolist(), strict=True)
        with isolated(0):
            evaluated = self._values_and_gradients(fn)
            for step, ((x, y), spent) in enumerate(rows):
                if reason := stop_reason((x, y)):
                    history.stop(step, reason)
                    break
                try:
                    continues = history.record((x, y), next(evaluated), spent)
                except NOT_DEFINED as error:
                    history.record((x, y), (nan, (nan, nan)), spent)
                    history.stop(step, raised_by_function(error))
                    break
                if not continues:
                    break
        return {
            "points": np.array(history.points),
            "values": np.array(history.values),
            "gradients": np.array(history.gradients),
            "evaluations": np.array(history.evaluations),
            "steps": len(self.points) - 1,
            "dtype": self.dtype,
            "status": "completed" if history.stopped_at is None else "diverged",
            "stopped_at": history.stopped_at,
            "reason": history.reason,
        }

    def _values_and_gradients(self, fn: TestFunction) -> Iterator[ValueAndGradient]:
        """Yield value and gradient at each iterate; those not given are computed."""
        values, gradients = (
            None if a is None else a.tolist() for a in (self.values, self.gradients)
        )
        if values is not None and gradients is not None:
            yield from zip(values, gradients, strict=True)
            return
        finite = self.points[np.isfinite(self.points).all(1)]
        for step, (value, gradient) in enumerate(_evaluate(fn, finite)):
            yield values[step] if values else value, gradients[step] if gradients else gradient


def _evaluate(fn: TestFunction, points: Array) -> Iterator[ValueAndGradient]:
    """Yield value and gradient at each point; only entries keep their bits in a batch."""
    if FUNCTIONS.peek(fn.name) == fn:
        found = BatchedObjective([fn] * len(points)).at(torch.from_numpy(points)[None])
        yield from zip(found.values[0].tolist(), found.gradients[0].tolist(), strict=True)
        return
    objective = Objective(fn, [nn.Parameter(torch.zeros(2, dtype=fn.dtype))])
    for x, y in points.tolist():
        value, gradient = objective.at((x, y))
        if isnan(value):
            value = value_beyond_range(fn.formula, (x, y), fn.dtype)
        yield value, gradient
    objective.release()


def _as_array(name: str, given: Any) -> NDArray[Any]:
    """Convert any array-like value to an array, or raise a ValueError."""
    if isinstance(given, Iterator):
        given = list(given)
    if np.ma.is_masked(given):
        raise ValueError(f"{name} has masked entries: fill them with numbers, or leave them out")
    try:
        return np.asarray(_without_tensors(given))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} must be an array of numbers, got {given!r}") from error


def _without_tensors(given: Any) -> Any:
    """Convert tensors, also inside lists, to arrays; NumPy has no bfloat16."""
    if isinstance(given, Tensor):
        tensor = given.detach().cpu()
        return (tensor.double() if tensor.dtype is torch.bfloat16 else tensor).numpy()
    if isinstance(given, (list, tuple)):
        return [_without_tensors(member) for member in given]
    return given


def _as_reals(name: str, array: NDArray[Any]) -> Array:
    """Convert an array to float64, or raise a TypeError that names an element."""
    if array.dtype.kind == "f" or str(array.dtype) in _PRECISIONS:  # bfloat16 of JAX
        return array.astype(np.float64)
    try:
        return as_tensors(array, 0.0, torch.float64)[0].numpy().copy()
    except TypeError as error:
        said = str(error).partition(", got ")[2]
        raise TypeError(f"{name} must hold real numbers, got {said}") from None


def _shaped(name: str, given: Any, shape: tuple[int, ...]) -> Array:
    array = _as_array(name, given)
    if array.shape != shape:
        raise ValueError(
            f"{name} must have shape {shape}, one for each of the points, got shape {array.shape}"
        )
    return _as_reals(name, array)


def _as_counts(given: Any, n: int) -> NDArray[np.int64]:
    """Return the evaluations spent to reach each iterate; one for each step if not given."""
    if given is None:
        return np.arange(n)
    reals = _shaped("evaluations", given, (n,))
    counts = np.where(np.isfinite(reals), reals, -1).astype(np.int64)
    if (counts != reals).any() or (counts < 0).any() or (np.diff(counts) < 0).any():
        raise ValueError(
            "evaluations must be whole numbers >= 0 that never decrease, the evaluations spent to "
            f"reach each iterate, got {given!r}"
        )
    return counts
