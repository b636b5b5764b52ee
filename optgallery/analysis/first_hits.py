"""When runs first reached the targets of a function, computed from iterate to iterate."""

from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int32]


class Hits(NamedTuple):
    """When runs reached what, in gradient evaluations, and how low they came."""

    targets: Counts
    """When each target was first reached, of shape (n, m); -1 if it was not."""
    solved: Counts
    """When the convergence test of Moré and Wild first held, of shape (n,); -1 if it never did."""
    lowest: Array
    """The lowest value, of shape (n,)."""


def first_hits(
    values: Array,
    evaluations: NDArray[Any],
    minimum: float | None,
    targets: Array,
    *,
    tau: float,
    valid: NDArray[np.bool_] | None = None,
) -> Hits:
    """Return when runs first reached each target, and when they solved the function.

    Parameters
    ----------
    values : array of shape (n, k)
        The function at the iterates of each run.
    evaluations : array of shape (n, k)
        Evaluations up to each iterate.
    minimum : float or None
        The function's global minimum; without it, nothing is reached.
    targets : array of shape (m,)
        Gaps between value and minimum, in descending order.
    tau : float
        Tolerance of the convergence test, between 0 and 1.
    valid : bool array of shape (n, k), optional
        Which iterates count; all if not given, whose values must then be finite.

    Examples
    --------
    >>> values, spent = np.array([[4.0, 2.0, 0.5]]), np.array([[0, 1, 5]])
    >>> hits = first_hits(values, spent, 0.0, np.array([8.0, 1.0, 0.1]), tau=0.2)
    >>> hits.targets.tolist(), hits.solved.tolist(), hits.lowest.tolist()
    ([[0, 5, -1]], [5], [0.5])
    """
    n = len(values)
    hits = Hits(
        np.full((n, len(targets)), -1, np.int32), np.full(n, -1, np.int32), np.full(n, np.inf)
    )
    followers: list[_Targets | _ConvergenceTest] = []
    with np.errstate(invalid="ignore", over="ignore"):
        if minimum is not None:
            test = _ConvergenceTest(hits.solved, values[:, 0], minimum, tau)
            followers = [_Targets(hits.targets, minimum, targets), test]
        for i in range(values.shape[1]):  # in memory, a batch has one iterate of all runs together
            column, spent = values[:, i], evaluations[:, i]
            if valid is not None:
                column = np.where(valid[:, i], column, np.inf)
            np.minimum(hits.lowest, column, out=hits.lowest)
            for follower in followers:
                follower.follow(column, spent)
    return hits


class _Targets:
    """Which targets runs have reached so far."""

    def __init__(self, hits: Counts, minimum: float, targets: Array) -> None:
        self._hits, self._minimum, self._targets = hits, minimum, targets
        self._bounds = np.append(targets, -np.inf)
        self._reached = np.zeros(len(hits), np.intp)
        self._next = np.full(len(hits), self._bounds[0])
        self._gap, self._holds = np.empty(len(hits)), np.empty(len(hits), bool)
        self._is_start = True

    def follow(self, values: Array, spent: NDArray[Any]) -> None:
        np.subtract(values, self._minimum, out=self._gap)
        if self._is_start:  # many at once
            self._is_start = False
            found = self._gap[:, None] <= self._targets
            np.copyto(self._hits, spent[:, None], where=found, casting="same_kind")
            self._reached = found.sum(1)
            self._next = self._bounds[self._reached]
            return
        np.less_equal(self._gap, self._next, out=self._holds)
        if not self._holds.any():
            return
        runs = self._holds.nonzero()[0]
        while len(runs):
            reached = self._reached[runs]
            self._hits[runs, reached] = spent[runs]
            self._reached[runs] = reached = reached + 1
            self._next[runs] = bound = self._bounds[reached]
            runs = runs[self._gap[runs] <= bound]


class _ConvergenceTest:
    """Which runs have solved the function so far."""

    def __init__(self, solved: Counts, start: Array, minimum: float, tau: float) -> None:
        self._solved, self._start = solved, start
        height = start - minimum
        self._wanted = (1 - tau) * height
        self._descent, self._holds = np.empty(len(start)), np.empty(len(start), bool)
        self._unsolved = np.isfinite(start)
        # a run may begin at the minimum, up to rounding
        least = np.finfo(np.float64).eps * max(1.0, abs(minimum)) if isfinite(minimum) else np.nan
        self._at_minimum: NDArray[np.bool_] | None = height <= least

    def follow(self, values: Array, spent: NDArray[Any]) -> None:
        np.subtract(self._start, values, out=self._descent)
        np.greater_equal(self._descent, self._wanted, out=self._holds)
        if self._at_minimum is not None:
            self._holds |= self._at_minimum & (values < np.inf)
            self._at_minimum = None
        self._holds &= self._unsolved
        if self._holds.any():
            runs = self._holds.nonzero()[0]
            self._unsolved[runs] = False
            self._solved[runs] = spent[runs]
