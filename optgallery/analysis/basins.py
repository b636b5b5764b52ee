"""basins(): the minimum at which an optimizer ends, for each start on a grid."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.analysis.computing import Request, check_memory, compute
from optgallery.analysis.engine import single, steps_for
from optgallery.analysis.label_maps import basin_entropy, boundary_entropy, uncertainty_exponent
from optgallery.analysis.outcomes import Arrays, Course, reads
from optgallery.analysis.problems import Problem
from optgallery.analysis.profiles import text_table
from optgallery.arguments import check_whole
from optgallery.cache.store import Store
from optgallery.functions import TestFunction
from optgallery.functions.coordinates import Point
from optgallery.functions.isolation import isolated
from optgallery.optim import OptimizerSpec
from optgallery.runs.batched_objective import evaluate, multiply_hessian
from optgallery.runs.code import run_code
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.sweep import plan

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

TOLERANCE = 0.01
"""The largest distance of a run's end from a minimum, as a share of the domain's sides."""

NOT_ARRIVED, DIVERGED = -1, -2
"""Labels of starts whose runs do not end at a minimum."""

_NEWTON_STEPS, _CONVERGED = 20, 1e-6  # of the last step, as a share of the tolerance
_BLOCK = 4096  # starts that are computed and stored together
_START_SIZE = 900  # bytes of memory for each start


@dataclass(frozen=True, eq=False)
class Basins:
    """The minimum at which the run from each start of a grid ends.

    Attributes
    ----------
    optimizer : OptimizerSpec
    test_fn : TestFunction
    hparams : mapping
        Hyper-parameters of every run.
    budget : int
        Gradient evaluations of every run.
    x, y : arrays of shape (n,)
        Coordinates of the starts.
    labels : int array of shape (n, n)
        For each start a position in ``minima``, -1 if its run did not end at a minimum, or -2 if it
        diverged. Rows are along y.
    evaluations : int array of shape (n, n)
        Gradient evaluations after which the run stayed within the tolerance of its last point.
    minima : array of shape (k, 2)
        The function's known minima, then others at which runs ended.
    known : int
        The number of known minima.
    """

    optimizer: OptimizerSpec
    test_fn: TestFunction
    budget: int
    x: Array
    y: Array
    labels: NDArray[np.int64]
    evaluations: NDArray[np.int64]
    minima: Array
    known: int
    hparams: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Optimizer, function and settings."""
        words = [f"{name} {value:g}" for name, value in self.hparams.items()]
        return ", ".join([f"{self.optimizer.title} on {self.test_fn.title}", *words])

    @property
    def shares(self) -> dict[str, float]:
        """The share of starts for each minimum, and of those that did not arrive or diverged."""
        places = [*range(len(self.minima)), NOT_ARRIVED, DIVERGED]
        return {self.name(label): float((self.labels == label).mean()) for label in places}

    def name(self, label: int) -> str:
        """Return the meaning of a label: a minimum with its coordinates, or how the run ended."""
        if label < 0:
            return "not arrived" if label == NOT_ARRIVED else "diverged"
        x, y = self.minima[label]
        return f"{'minimum' if label < self.known else 'local minimum'} ({x:.3g}, {y:.3g})"

    @property
    def entropy(self) -> float:
        """The basin entropy over boxes of five by five pixels; see also `boundary_entropy`."""
        return basin_entropy(self.labels, min(5, len(self.x)))

    @property
    def boundary_entropy(self) -> float:
        """The entropy of the boxes on a boundary: above ln 2, the boundary is fractal."""
        return boundary_entropy(self.labels, min(5, len(self.x)))

    @property
    def uncertainty_exponent(self) -> float:
        """The exponent with which the share of uncertain starts grows: 1 for smooth boundaries."""
        return uncertainty_exponent(self.labels)

    def start(self, row: int, column: int) -> Point:
        """Return the start of a pixel's run."""
        return float(self.x[column]), float(self.y[row])

    def run(self, row: int, column: int) -> Trajectory:
        """Repeat the run of a pixel, and return its trajectory."""
        problem = Problem(self.test_fn, self.start(row, column), self.test_fn)
        return single(self.optimizer, problem, self.hparams, self.budget)

    def code(self, row: int, column: int) -> str:
        """Return the lines that repeat the run of a pixel."""
        steps = steps_for(self.optimizer, self.budget)
        arguments = {"steps": steps, "start": self.start(row, column)}
        return run_code(self.optimizer, self.test_fn, arguments=arguments, hparams=self.hparams)

    def __repr__(self) -> str:
        n = len(self.x)
        return f"<Basins: {self.title}, {n} x {n} starts, {len(self.minima)} minima>"

    def __str__(self) -> str:
        rows = {name: [f"{share:.1%}"] for name, share in self.shares.items() if share}
        rows["basin entropy"] = [f"{self.entropy:.3f}"]
        rows["boundary entropy"] = [f"{self.boundary_entropy:.3f}"]
        rows["uncertainty exponent"] = [f"{self.uncertainty_exponent:.2f}"]
        return text_table(self.title, ["share"], rows)


def basins(
    optimizer: Any,
    test_fn: Any = "himmelblau",
    lr: float | None = None,
    *,
    n: int = 96,
    budget: int = 200,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
    **hparams: Any,
) -> Basins:
    """Run an optimizer from every start on a grid, and return the minimum at which each run ends.

    A run ends at a minimum if its last point is within a hundredth of the domain's sides of it.
    Minima are the known ones of the function, and local minima to which Newton's method converges
    from the last points, within the tolerance and where the Hessian is positive definite.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable
        As for `run`.
    test_fn : str, TestFunction or (callable, domain)
        As for `run`.
    lr : float, optional
        The learning rate; the optimizer's own if not given.
    n : int
        Starts along each side of the domain, at the centres of equal cells; at least 2.
    budget : int
        Gradient evaluations of every run.
    jobs : int, optional
        Number of processes, as for `sweep`.
    store : Store or path, optional
        Where results are kept, as for `sweep`.
    cluster : str, optional
        Address of a Dask scheduler, as for `sweep`.
    **hparams
        Other hyper-parameters.

    Returns
    -------
    Basins

    Raises
    ------
    TypeError, ValueError
        As for `run`; or if the grid does not fit into memory. The message states the largest grid.

    Examples
    --------
    >>> import optgallery as og
    >>> found = og.basins("momentum", "himmelblau", lr=0.01, n=24)
    >>> found
    <Basins: SGD with momentum on Himmelblau, lr 0.01, 24 x 24 starts, 4 minima>
    >>> round(sum(found.shares.values()), 12)
    1.0
    """
    given = {**({} if lr is None else {"lr": lr}), **hparams}
    (found,) = map_basins(
        [(optimizer, test_fn, given)], n, budget, jobs=jobs, store=store, cluster=cluster
    )
    return found


def map_basins(
    asked: Sequence[tuple[Any, Any, Mapping[str, Any]]],
    n: int,
    budget: int,
    *,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> list[Basins]:
    """Compute several maps as `basins` does, with their runs divided among all processes.

    Parameters
    ----------
    asked : sequence of (optimizer, test_fn, mapping)
        The optimizer, the function and the hyper-parameters of each map.
    n, budget, jobs, store, cluster
        As for `basins`.
    """
    n, budget = check_whole("n", n, 2), check_whole("budget", budget, 1)
    check_memory(
        float(n) ** 2 * _START_SIZE * len(asked),
        f"{n} x {n} starts",
        lambda share: f"take n <= {int(n * share**0.5)}",
    )
    maps = [empty_map(optimizer, test_fn, given, n, budget) for optimizer, test_fn, given in asked]
    requests = [_requests(each) for each in maps]
    parts = compute(
        [request for own in requests for request in own],
        arrivals,
        what="mapping basins",
        jobs=jobs,
        store=store,
        cluster=cluster,
    )
    found = []
    for each, own in zip(maps, requests, strict=True):
        blocks, parts = parts[: len(own)], parts[len(own) :]
        joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
        labels, minima = _labelled(each.test_fn, joined["ends"], joined["stopped"])
        settled = joined["settled"].astype(np.int64)
        shape = each.labels.shape
        found.append(
            replace(
                each,
                labels=labels.reshape(shape),
                evaluations=settled.reshape(shape),
                minima=minima,
            )
        )
    return found


def empty_map(
    optimizer: Any, test_fn: Any, given: Mapping[str, Any], n: int, budget: int
) -> Basins:
    """Check the arguments of a map, and return it without its runs."""
    asked = plan([optimizer], [test_fn], [1.0], steps=1)
    (spec,), (fn,) = asked.optimizers, asked.functions
    # an invalid hyper-parameter is an error of this call, not of each run
    with isolated(0):
        spec.build([torch.zeros(spec.parameter_shape, requires_grad=True)], hparams=given)
    xmin, xmax, ymin, ymax = fn.domain
    centres = (np.arange(n) + 0.5) / n
    return Basins(
        optimizer=spec,
        test_fn=fn,
        budget=budget,
        x=xmin + centres * (xmax - xmin),
        y=ymin + centres * (ymax - ymin),
        labels=np.zeros((n, n), np.int64),
        evaluations=np.zeros((n, n), np.int64),
        minima=np.empty((0, 2)),
        known=len(fn.minima),
        hparams=given,
    )


def _requests(asked: Basins) -> list[Request]:
    """Return the runs of a map, row by row."""
    fn, settings = asked.test_fn, (asked.hparams,)
    grid = [(float(a), float(b)) for b in asked.y for a in asked.x]
    problems = [Problem(fn, start, fn, i) for i, start in enumerate(grid)]
    return [
        Request(asked.optimizer, tuple(problems[i : i + _BLOCK]), settings, asked.budget)
        for i in range(0, len(problems), _BLOCK)
    ]


@reads("points")
def arrivals(course: Course) -> Arrays:
    """Reduce runs to their last points, and the evaluations until they stay near them."""
    record, last = course.record, course.last()
    ends = course.at(last, "points")
    xmin, xmax, ymin, ymax = course.problems[0].fn.domain
    reach = TOLERANCE * (xmax - xmin), TOLERANCE * (ymax - ymin)
    end_x, end_y = np.ascontiguousarray(ends.T)
    settled = np.zeros(len(ends), np.intp)
    with np.errstate(invalid="ignore", over="ignore"):
        for step in range(int(last.max())):  # of a batch, the x of one step are contiguous
            x, y = record.points[:, step].T
            away = (np.abs(x - end_x) > reach[0]) | (np.abs(y - end_y) > reach[1])
            settled[away & (step < last)] = step + 1
    return {
        "ends": ends,
        "settled": course.at(settled, "evaluations").astype(np.int32),
        "stopped": course.diverged() | course.failed,
    }


def _labelled(fn: TestFunction, ends: Array, stopped: Flags) -> tuple[NDArray[np.int64], Array]:
    """Return the label of each run by its last point, and the minima that the labels mean."""
    xmin, xmax, ymin, ymax = fn.domain
    reach = TOLERANCE * np.array([xmax - xmin, ymax - ymin])
    minima = [np.array(minimum) for minimum in fn.minima]
    labels = np.full(len(ends), NOT_ARRIVED)
    for i, minimum in enumerate(minima):
        labels[_near(ends, minimum, reach) & (labels == NOT_ARRIVED)] = i
    labels[stopped] = DIVERGED
    unlabelled = np.flatnonzero(labels == NOT_ARRIVED)
    found = _local_minima(fn, ends[unlabelled], reach)
    kept = np.isfinite(found).all(1)
    unlabelled, found = unlabelled[kept], found[kept]
    while len(unlabelled):
        same = _near(found, found[0], reach)
        labels[unlabelled[same]] = len(minima)
        minima.append(np.median(found[same], axis=0))
        unlabelled, found = unlabelled[~same], found[~same]
    return labels, np.array(minima).reshape(-1, 2)


def _near(points: Array, centre: Array, reach: Array) -> Flags:
    found: Flags = np.asarray((np.abs(points - centre) <= reach).all(-1))
    return found


def _local_minima(fn: TestFunction, ends: Array, reach: Array) -> Array:
    """Return the local minimum near each point, by Newton's method; NaN if there is none.

    A short first step is not enough: on the floor of a valley all of them are short.
    """
    found = np.full_like(ends, np.nan)
    left = np.flatnonzero(fn.domain.contains(ends))
    points = ends[left]
    for _ in range(_NEWTON_STEPS):
        if not len(left):
            break
        step, convex = _newton_steps(fn, points)
        points = points + step
        with np.errstate(invalid="ignore"):
            there = convex & _near(points, ends[left], reach)
            done = there & (np.abs(step) <= _CONVERGED * reach).all(1)
        found[left[done]] = points[done]
        left, points = left[there & ~done], points[there & ~done]
    return found


def _newton_steps(fn: TestFunction, at: Array) -> tuple[Array, Flags]:
    """Return the Newton step at each point, and whether the Hessian is positive definite there."""
    with isolated(0):
        points = torch.from_numpy(at.copy())
        pieces = [(fn.formula, len(points))]
        _, gradients = evaluate(pieces, points)
        columns = [
            multiply_hessian(pieces, points, torch.eye(2, dtype=points.dtype)[k].expand_as(points))
            for k in (0, 1)
        ]
    (dx, dy), ((a, b), (_, c)) = gradients.numpy().T, (column.numpy().T for column in columns)
    with np.errstate(all="ignore"):
        determinant = a * c - b * b
        step = -np.stack([c * dx - b * dy, a * dy - b * dx], axis=1) / determinant[:, None]
    return step, (determinant > 0) & (a > 0)
