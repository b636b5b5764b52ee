"""Outcomes: the numbers that are kept of a run instead of its trajectory."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.first_hits import first_hits
from optgallery.analysis.problems import Problem, functions_of, height
from optgallery.runs.outcome import KINDS, Ends, positions
from optgallery.runs.record import Record

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

    def counts(self) -> NDArray[np.intp]:
        """Return how many iterates of each run were recorded within the budget, of shape (n,)."""
        evaluations = self.record.evaluations  # they only grow along a run
        one_for_all = len(evaluations) and evaluations.strides[0] == 0
        paid = (evaluations[:1] if one_for_all else evaluations) <= self.budget
        found: NDArray[np.intp] = np.minimum(self.record.lengths, paid.sum(1))
        return found

    def last(self) -> NDArray[np.intp]:
        """Return the position of the last counted iterate of each run, of shape (n,)."""
        found: NDArray[np.intp] = np.maximum(self.counts() - 1, 0)
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
        if len(functions_of(self.problems)) == 1:
            return [(self.problems[0], np.arange(len(self.problems)))]
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

    def at_all_rates(self, rates: int) -> "Outcomes":
        """Return the outcomes with this many rates along the first axis, if there is only one.

        An optimizer without a learning rate has one outcome on each problem.
        """
        if len(self.kind) == rates:
            return self
        return Outcomes(
            **{f.name: np.repeat(getattr(self, f.name), rates, axis=0) for f in fields(self)}
        )

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
    outside = any(fn.lower_outside for fn in functions_of(problems))
    return rest - {"points"} if outside else rest


_READ: dict[Reduce, frozenset[str]] = {}


@reads()
def outcomes_of(course: Course) -> Arrays:
    """Reduce runs to the arrays of `Outcomes`."""
    record, n = course.record, len(course.problems)
    counts, diverged = course.counts(), course.diverged()
    last = np.maximum(counts - 1, 0)
    inside = np.ones(n, bool)
    hits, cost = np.full((n, len(TARGETS)), -1, np.int32), np.full(n, -1, np.int32)
    best = np.full(n, np.nan)
    # a run that did not stop has finite values only
    stopped = (record.stopped_at >= 0) | course.failed
    for problem, rows in course.by_function():
        chosen = slice(None) if len(rows) == n else rows  # without a copy
        values, evaluations = record.values[chosen], record.evaluations[chosen]
        valid = None
        if stopped[chosen].any() or counts[chosen].min() < values.shape[1]:
            rank = np.arange(values.shape[1])
            valid = (rank < counts[chosen, None]) & np.isfinite(values)
        if problem.fn.lower_outside:
            within = problem.fn.domain.contains(record.points[rows])
            valid = within if valid is None else valid & within
            inside[rows] = within[np.arange(len(rows)), last[rows]]
        targets = np.array(TARGETS) * height(problem.fn)
        hits[chosen], cost[chosen], best[chosen] = first_hits(
            values, evaluations, problem.minimum, targets, tau=TAU, valid=valid
        )
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
