"""Outcomes: the numbers that are kept of a run instead of its trajectory."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.problems import Problem, height
from optgallery.runs.outcome import KINDS, Ends, positions
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
        The iterates, perhaps without points or gradients that the reduction does not read. Those
        that cost more than the budget do not count.
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
        recorded = rows[:, None] < self.record.lengths
        # in memory as the values of a batch: one iterate of all runs together
        paid = (self.record.evaluations <= self.budget).T
        counted: NDArray[np.bool_] = (recorded & paid).T
        return counted

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

    def block(self, first: int, end: int) -> "Course":
        """Return some of the runs, from one position to another."""
        runs = slice(first, end)
        return Course(self.record.take(runs), self.problems[runs], self.budget, self.failed[runs])

    def by_function(self) -> list[tuple[Problem, NDArray[np.intp]]]:
        """Return one problem of each function, and the runs on it."""
        fns = [problem.fn for problem in self.problems]
        if fns.count(fns[0]) == len(fns):  # of one object, that is fast
            return [(self.problems[0], np.arange(len(fns)))]
        groups: dict[int, list[int]] = {}
        for i, fn in enumerate(fns):
            groups.setdefault(id(fn), []).append(i)
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


def reads(*names: str) -> Callable[[Reduce], Reduce]:
    """Mark a reduction with what it reads of iterates: ``"points"``, ``"gradients"``, or neither.

    All reductions read values, and points where lower values lie outside the domain.
    """

    def mark(reduce: Reduce) -> Reduce:
        _READ[reduce] = frozenset(names)
        return reduce

    return mark


def unread(reduce: Reduce, problems: Sequence[Problem]) -> frozenset[str]:
    """Return what a reduction of runs on problems does not read of their iterates."""
    parts = frozenset({"points", "gradients"})
    rest = parts - _READ.get(reduce, parts)
    outside = any(fn.lower_outside for fn in {id(p.fn): p.fn for p in problems}.values())
    return rest - {"points"} if outside else rest


_READ: dict[Reduce, frozenset[str]] = {}


@reads()
def outcomes_of(course: Course) -> Arrays:
    """Reduce runs to the arrays of `Outcomes`."""
    record, n = course.record, len(course.problems)
    counted, last, diverged = course.counted(), course.last(), course.diverged()
    inside = np.ones(n, bool)
    hits, cost = np.full((n, len(TARGETS)), -1, np.int32), np.full(n, -1, np.int32)
    best = np.full(n, np.nan)
    for problem, rows in course.by_function():
        chosen = slice(None) if len(rows) == n else rows  # without a copy
        values, evaluations = record.values[chosen], record.evaluations[chosen]
        valid = counted[chosen] & np.isfinite(values)
        if problem.fn.lower_outside:
            within = problem.fn.domain.contains(record.points[rows])
            valid &= within
            inside[rows] = within[np.arange(len(rows)), last[rows]]
        lowest = running_minimum(values if valid.all() else np.where(valid, values, np.inf))
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
    return {
        "hits": hits,
        "cost": cost,
        "spent": course.at(last, "evaluations").astype(np.int32),
        "first": ends.first,
        "last": ends.last,
        "best": best,
        "inside": inside,
        "kind": positions(ends),
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
    at_once, in_time = lowest[:, :1] <= targets, lowest[:, -1:] <= targets
    found[at_once] = np.broadcast_to(evaluations[:, :1], found.shape)[at_once]
    runs, columns = np.nonzero(in_time & ~at_once)
    reached, wanted = np.full(len(runs), lowest.shape[1] - 1), targets[columns]
    missed = np.zeros_like(reached)
    by_iterate = lowest.T.reshape(-1)  # without a copy where a batch has recorded it
    for _ in range(lowest.shape[1].bit_length()):  # the first lies behind the one and not the other
        middle = (missed + reached) // 2
        there = by_iterate[middle * len(lowest) + runs] <= wanted
        reached, missed = np.where(there, middle, reached), np.where(there, missed, middle)
    found[runs, columns] = evaluations[runs, reached]
    return found


def running_minimum(values: Array) -> Array:
    """Return the lowest of the values so far in each row."""
    lowest = np.empty_like(values)
    lowest[:, 0] = values[:, 0]
    for i in range(1, values.shape[1]):  # in memory, a batch has one iterate of all runs together
        np.minimum(lowest[:, i - 1], values[:, i], out=lowest[:, i])
    return lowest


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
