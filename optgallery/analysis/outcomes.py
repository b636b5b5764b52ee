"""Outcomes: the numbers that are kept of a run instead of its trajectory."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.problems import Problem, height
from optgallery.runs.outcome import KINDS, Ends, kinds
from optgallery.runs.record import Record, solved_at

Array = NDArray[np.float64]
Counts = NDArray[np.int32]

TARGETS = tuple(10 ** ((10 - k) / 5) for k in range(51))
"""COCO's 51 targets, from 100 to 1e-8, as multiples of a function's height in its domain."""

TAU = 1e-3
"""The tolerance of the convergence test of Moré and Wild."""

Arrays: TypeAlias = dict[str, NDArray[Any]]
"""Arrays by name, whose first axis is the run."""

Reduce: TypeAlias = Callable[["Course"], Arrays]
"""A function that reduces runs to the arrays that are kept of them."""


@dataclass(frozen=True, eq=False)
class Course:
    """Runs of one optimizer that were computed together, before they are reduced.

    Attributes
    ----------
    record : Record
        The iterates. Those beyond the budget do not count.
    problems : sequence of Problem
        The problem of each run.
    budget : int
        Gradient evaluations.
    failed : bool array of shape (n,)
        Which runs raised an exception.
    """

    record: Record
    problems: Sequence[Problem]
    budget: int
    failed: NDArray[np.bool_]

    def counted(self) -> NDArray[np.bool_]:
        """Return which iterates were recorded within the budget, of shape (n, steps + 1)."""
        rows = np.arange(self.record.values.shape[1])
        recorded = rows < self.record.lengths[:, None]
        return recorded & (self.record.evaluations <= self.budget)

    def last(self) -> NDArray[np.intp]:
        """Return the position of the last counted iterate of each run, of shape (n,)."""
        found: NDArray[np.intp] = np.maximum(self.counted().sum(1) - 1, 0)
        return found

    def diverged(self) -> NDArray[np.bool_]:
        """Return which runs diverged within the budget."""
        record, ends = self.record, self.record.lengths - 1
        spent = np.take_along_axis(record.evaluations, ends[:, None], axis=1)[:, 0]
        # neither a point that is not finite nor the evaluation that led to it is recorded
        needed = spent + (record.stopped_at > ends)
        stopped: NDArray[np.bool_] = (record.stopped_at >= 0) & (needed <= self.budget)
        return stopped & ~self.failed

    def at(self, rows: NDArray[np.intp], name: str) -> NDArray[Any]:
        """Return an array of the record at one iterate of each run."""
        array: NDArray[Any] = getattr(self.record, name)
        return array[np.arange(len(array)), rows]

    def by_function(self) -> list[tuple[Problem, NDArray[np.intp]]]:
        """Return one problem of each function, and the runs on it."""
        groups: dict[int, list[int]] = {}
        for i, problem in enumerate(self.problems):
            groups.setdefault(id(problem.fn), []).append(i)
        return [(self.problems[rows[0]], np.array(rows)) for rows in groups.values()]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The outcomes of runs, in arrays of the shape of a comparison, or of shape (n,).

    Attributes
    ----------
    hits : array of shape (..., 51)
        Gradient evaluations until each of `TARGETS` was first reached; -1 if it was not, or if the
        function's minimum is not known.
    cost : array
        Gradient evaluations until the convergence test of Moré and Wild first held; -1 if it never
        did.
    spent : array
        Gradient evaluations of the run; at most the budget.
    first, last, best : arrays
        The function's value at the start, at the last iterate, and the lowest one; if the function
        has lower values outside its domain, the lowest one inside.
    inside : bool array
        Whether the last iterate counts: it is inside the domain, or does not have to be.
    kind : array of int
        How the run ended, a position in ``KINDS``.
    """

    hits: Counts
    cost: Counts
    spent: Counts
    first: Array
    last: Array
    best: Array
    inside: NDArray[np.bool_]
    kind: NDArray[np.int8]

    @classmethod
    def of(cls, arrays: Sequence[Arrays], shape: tuple[int, ...]) -> Self:
        """Concatenate reduced arrays and reshape them."""
        joined = {f.name: np.concatenate([a[f.name] for a in arrays]) for f in fields(cls)}
        return cls(**{k: v.reshape(*shape, *v.shape[1:]) for k, v in joined.items()})

    def is_kind(self, *names: str) -> NDArray[np.bool_]:
        """Return which runs ended in one of these ways."""
        found: NDArray[np.bool_] = np.isin(self.kind, [KINDS.index(name) for name in names])
        return found

    def __getitem__(self, index: Any) -> "Outcomes":
        return Outcomes(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def outcomes_of(course: Course) -> Arrays:
    """Reduce runs to the arrays of `Outcomes`."""
    record, n = course.record, len(course.problems)
    counted, last, diverged = course.counted(), course.last(), course.diverged()
    inside = np.ones(n, bool)
    hits, cost = np.full((n, len(TARGETS)), -1, np.int32), np.full(n, -1, np.int32)
    best = np.full(n, np.nan)
    for problem, rows in course.by_function():
        values, evaluations = record.values[rows], record.evaluations[rows]
        valid = counted[rows] & np.isfinite(values)
        if problem.fn.lower_outside:
            within = problem.fn.domain.contains(record.points[rows])
            valid &= within
            inside[rows] = within[np.arange(len(rows)), last[rows]]
        lowest = np.minimum.accumulate(np.where(valid, values, np.inf), axis=1)
        best[rows] = lowest[:, -1]
        if problem.minimum is None:
            continue
        found = solved_at(values, problem.minimum, TAU, valid)
        cost[rows] = np.where(
            found < 0, -1, np.take_along_axis(evaluations, found[:, None], 1)[:, 0]
        )
        targets = np.array(TARGETS) * height(problem.fn)
        hits[rows] = first_hits(lowest - problem.minimum, evaluations, targets)
    ends = Ends(
        failed=course.failed,
        diverged=diverged,
        solved=cost >= 0,
        first=record.values[:, 0],
        last=course.at(last, "values"),
    )
    positions = {kind: i for i, kind in enumerate(KINDS)}
    return {
        "hits": hits,
        "cost": cost,
        "spent": course.at(last, "evaluations").astype(np.int32),
        "first": ends.first,
        "last": ends.last,
        "best": best,
        "inside": inside,
        "kind": np.array([positions[kind] for kind in kinds(ends)], np.int8),
    }


def first_hits(lowest: Array, evaluations: NDArray[Any], targets: Array) -> Counts:
    """Return the evaluations until each target was first reached.

    Parameters
    ----------
    lowest : array of shape (n, k)
        The lowest gap so far at each iterate.
    evaluations : array of shape (n, k)
        Evaluations up to each iterate.
    targets : array of shape (m,)
        Gaps, in descending order.

    Returns
    -------
    array of shape (n, m)
        -1 if a target was not reached.

    Examples
    --------
    >>> gaps, spent = np.array([[4.0, 2.0, 0.5]]), np.array([[0, 1, 5]])
    >>> first_hits(gaps, spent, np.array([8.0, 1.0, 0.1])).tolist()
    [[0, 5, -1]]
    """
    found = np.full((len(lowest), len(targets)), -1, np.int32)
    for j, target in enumerate(targets):
        reached = lowest <= target
        at = reached.argmax(1)
        spent = np.take_along_axis(evaluations, at[:, None], axis=1)[:, 0]
        found[:, j] = np.where(reached.any(1), spent, -1)
    return found


def packed(arrays: Arrays, *, words: str = "") -> bytes:
    """Serialize arrays: a line of JSON, then each array in little-endian order."""
    head: dict[str, Any] = {}
    body = b""
    for name, array in arrays.items():
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        head[name] = [plain.dtype.str, plain.shape]
        body += plain.tobytes()
    return json.dumps({"words": words, "arrays": head}).encode() + b"\n" + body


def unpacked(content: bytes) -> Arrays:
    """Deserialize the arrays of `packed`."""
    line, _, body = content.partition(b"\n")
    arrays, offset = {}, 0
    head: Mapping[str, Any] = json.loads(line)["arrays"]
    for name, (kind, shape) in head.items():
        dtype, size = np.dtype(kind), int(np.prod(shape))
        arrays[name] = np.frombuffer(body, dtype, size, offset).reshape(shape)
        offset += size * dtype.itemsize
    return arrays
