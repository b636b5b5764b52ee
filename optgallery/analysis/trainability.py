"""trainability(): the pairs of two hyper-parameters with which an optimizer converges."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.analysis.computing import Request, check_memory, compute
from optgallery.analysis.engine import Setting, single, steps_for
from optgallery.analysis.outcomes import Arrays, Course, reads
from optgallery.analysis.problems import Problem, check_start
from optgallery.arguments import check_whole
from optgallery.cache.store import Store
from optgallery.functions import TestFunction
from optgallery.functions.coordinates import Point, as_point
from optgallery.functions.isolation import isolated
from optgallery.optim import OptimizerSpec
from optgallery.runs.code import run_code
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.sweep import plan

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

CAP = 1e6
"""The largest value of a run that is counted, as a multiple of that at its start."""

_ROUNDING = 1e-6  # a value at the minimum may be this far below it, in multiples of the first
_LAST = 20  # the mean of so many iterates decides
_ROWS = 8  # rows of pixels that are computed and stored together
_PIXEL_SIZE = 600  # bytes of memory for each pixel
_NAME = re.compile(r"(?P<one>1\s*-\s*)?(?P<name>[A-Za-z_]\w*)(?:\[(?P<place>\d+)\])?")


class Axis(NamedTuple):
    """A hyper-parameter that varies along an axis.

    Attributes
    ----------
    name : str
    place : int or None
        The index of the number in a tuple, as in ``betas[1]``.
    from_one : bool
        Whether the axis shows the distance from 1.
    """

    name: str
    place: int | None
    from_one: bool

    @classmethod
    def of(cls, text: str) -> "Axis":
        """Parse ``"lr"``, ``"betas[1]"`` or ``"1 - momentum"``."""
        found = _NAME.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ValueError(
                'an axis is a hyper-parameter such as "lr", "betas[1]" or "1 - momentum", '
                f"got {text!r}"
            )
        place = found["place"]
        return cls(found["name"], None if place is None else int(place), bool(found["one"]))

    @property
    def range(self) -> tuple[float, float]:
        """The default ends of the axis."""
        return (1e-3, 1.0) if self.from_one else (1e-4, 10.0)

    def put(self, value: float, hparams: dict[str, Any], spec: OptimizerSpec) -> None:
        """Set the hyper-parameter to a value on the axis."""
        number = 1.0 - value if self.from_one else value
        if self.place is None:
            hparams[self.name] = number
            return
        default = spec.defaults.get(self.name, spec.default(self.name))
        several = list(hparams.get(self.name, default))
        several[self.place] = number
        hparams[self.name] = tuple(several)

    def check(self, spec: OptimizerSpec) -> None:
        """Raise a ValueError if the optimizer has no such hyper-parameter."""
        default = spec.defaults.get(self.name, spec.default(self.name))
        if not spec.takes(self.name):
            raise ValueError(f"{spec.title} has no hyper-parameter {self.name!r}")
        several = isinstance(default, (tuple, list))
        if self.place is None and several:
            raise ValueError(
                f"{self.name} of {spec.title} has several numbers: give one, as in {self.name}[0]"
            )
        if self.place is not None and not (several and self.place < len(default)):
            raise ValueError(f"{spec.title} has no {self.name}[{self.place}], it has {default!r}")


@dataclass(frozen=True, eq=False)
class Trainability:
    r"""The pairs of two hyper-parameters with which an optimizer converges, and how fast.

    Attributes
    ----------
    optimizer : OptimizerSpec
    problem : Problem
        The function and the start.
    budget : int
        Gradient evaluations of every run.
    xname, yname : str
        The hyper-parameter on each axis: ``"lr"``, ``"1 - momentum"``.
    x, y : arrays of shape (n,)
        Positions along the axes, logarithmically spaced.
    measure : array of shape (n, n)
        :math:`-\sum_t v_t` for a run that converged and :math:`\sum_t 1 / v_t` for one that did
        not, with its values :math:`v_t` as multiples of the first. Rows are along y.
    hparams : mapping
        The other hyper-parameters.
    """

    optimizer: OptimizerSpec
    problem: Problem
    budget: int
    xname: str
    yname: str
    x: Array
    y: Array
    measure: Array
    hparams: Mapping[str, Any]

    @property
    def converged(self) -> Flags:
        """Whether each run converged: see `trainability`."""
        return self.measure < 0

    @property
    def ranks(self) -> Array:
        """The measure as ranks between -1 and 1, with the boundary at 0.

        Runs that converged have negative ranks, the fastest the lowest; the others have positive
        ones, those that diverged fastest the highest.
        """
        found = np.zeros_like(self.measure)
        for flags, sign in ((self.converged, -1), (~self.converged, 1)):
            own = np.abs(self.measure[flags])
            # the slowest run has the largest sum and is nearest to the boundary
            order = np.unique(-own, return_inverse=True)[1]
            top = max(1, order.max(initial=0))
            found[flags] = sign * (order + 1) / (top + 1)
        return found

    @property
    def title(self) -> str:
        """Optimizer and function."""
        return f"{self.optimizer.title} on {self.problem.fn.title}"

    def setting(self, row: int, column: int) -> dict[str, Any]:
        """Return the hyper-parameters of a pixel."""
        hparams = dict(self.hparams)
        Axis.of(self.xname).put(float(self.x[column]), hparams, self.optimizer)
        Axis.of(self.yname).put(float(self.y[row]), hparams, self.optimizer)
        return hparams

    def run(self, row: int, column: int) -> Trajectory:
        """Repeat the run of a pixel, and return its trajectory."""
        return single(self.optimizer, self.problem, self.setting(row, column), self.budget)

    def code(self, row: int, column: int) -> str:
        """Return the lines that repeat the run of a pixel."""
        fn, start = self.problem.fn, self.problem.start
        steps = steps_for(self.optimizer, self.budget)
        arguments = {"steps": steps, **({"start": start} if start != fn.start else {})}
        hparams = self.setting(row, column)
        return run_code(self.optimizer, fn, arguments=arguments, hparams=hparams)

    def __repr__(self) -> str:
        rows, columns = self.measure.shape
        return (
            f"<Trainability: {self.title}, {self.xname} x {self.yname}, {columns} x {rows} pixels, "
            f"{self.converged.mean():.0%} converged>"
        )


def trainability(
    optimizer: Any,
    test_fn: Any = "rosenbrock",
    x: str = "lr",
    y: str = "1 - momentum",
    *,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    n: int = 64,
    start: Point | None = None,
    budget: int = 200,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
    **hparams: Any,
) -> Trainability:
    r"""Run an optimizer with many pairs of two hyper-parameters, and find out which converge.

    Let :math:`v_t` be the values of a run minus the function's minimum, divided by the first of
    these and clipped at a million. NaN counts as a million, and so does a value below a known
    minimum, which some functions have outside their domain. The run has converged if the mean of
    the last 20 is below 1. The measure of its pixel is then :math:`-\sum_t v_t`, and otherwise
    :math:`\sum_t 1 / v_t`.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable
        As for `run`.
    test_fn : str, TestFunction or (callable, domain)
        As for `run`. If the minimum is not known, the values themselves are divided by the first
        one, which must be positive.
    x, y : str
        Hyper-parameters on the axes: ``"lr"``; ``"betas[1]"``, one number of a tuple; or
        ``"1 - momentum"``, the distance from 1.
    xlim, ylim : (float, float), optional
        The ends of the axes, positive; 1e-4 and 10, or 1e-3 and 1 for a distance from 1, if not
        given.
    n : int
        Pixels along each side, at least 2.
    start : (float, float), optional
        The start; the function's own if not given.
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
    Trainability

    Raises
    ------
    TypeError, ValueError
        If an axis is not a hyper-parameter of the optimizer, its ends are invalid, or the map does
        not fit into memory.

    References
    ----------
    Sohl-Dickstein (2024), The boundary of neural network trainability is fractal, arXiv:2402.06184.

    Examples
    --------
    >>> import optgallery as og
    >>> found = og.trainability("sgd", "sphere", n=8, xlim=(0.1, 10))
    >>> found
    <Trainability: SGD on Sphere, lr x 1 - momentum, 8 x 8 pixels, 58% converged>
    >>> found.setting(0, 7)
    {'lr': 10.0, 'momentum': 0.999}
    """
    (found,) = map_trainability(
        optimizer,
        [test_fn],
        x,
        y,
        xlim=xlim,
        ylim=ylim,
        n=n,
        start=start,
        budget=budget,
        jobs=jobs,
        store=store,
        cluster=cluster,
        **hparams,
    )
    return found


def map_trainability(
    optimizer: Any,
    functions: Sequence[Any],
    x: str = "lr",
    y: str = "1 - momentum",
    *,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    n: int = 64,
    start: Point | None = None,
    budget: int = 200,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
    **hparams: Any,
) -> list[Trainability]:
    """Compute a map for each of several functions, as `trainability` does.

    The functions share the optimizer's steps, which take most of the time: with so many settings
    there is a parameter group for each.
    """
    asked = plan([optimizer], functions, [1.0], steps=1)
    (spec,), fns = asked.optimizers, asked.functions
    n, budget = check_whole("n", n, 2), check_whole("budget", budget, 1)
    axes = Axis.of(x), Axis.of(y)
    if axes[0][:2] == axes[1][:2]:
        raise ValueError(f"x and y must be two hyper-parameters, got {x!r} twice")
    for axis in axes:
        axis.check(spec)
    check_memory(
        float(n) ** 2 * _PIXEL_SIZE * len(fns),
        f"{n} x {n} pixels",
        lambda share: f"take n <= {int(n * share**0.5)}",
    )
    problems = [_problem(fn, start) for fn in fns]
    ends = [_ends(given, axis) for given, axis in zip((xlim, ylim), axes, strict=True)]
    xs, ys = (_spaced(low, high, n) for low, high in ends)
    maps = [
        Trainability(spec, p, budget, x, y, xs, ys, np.empty((n, n)), hparams) for p in problems
    ]
    settings = [[maps[0].setting(row, column) for column in range(n)] for row in range(n)]
    _check_corners(spec, settings)
    blocks = [tuple(s for row in settings[i : i + _ROWS] for s in row) for i in range(0, n, _ROWS)]
    requests = [Request(spec, (p,), block, budget) for p in problems for block in blocks]
    parts = compute(
        requests, convergence, what="trying settings", jobs=jobs, store=store, cluster=cluster
    )
    for i, found in enumerate(maps):
        own = parts[i * len(blocks) : (i + 1) * len(blocks)]
        found.measure[:] = np.concatenate([part["measure"] for part in own]).reshape(n, n)
        found.measure.flags.writeable = False
    return maps


def _problem(fn: TestFunction, start: Point | None) -> Problem:
    """Return a function and a start, whose value must be above the minimum."""
    origin = fn.start if start is None else as_point(start, "start")
    check_start(fn, origin)
    problem = Problem(fn, origin, fn)
    first = problem.first_gap if problem.minimum is not None else float(fn(*origin))
    if not first > 0:
        raise ValueError(
            f"{fn.title} must be above 0, or above its known minimum, at the start {origin}, "
            f"got {first:g}"
        )
    return problem


@reads()
def convergence(course: Course) -> Arrays:
    """Reduce runs to the measure of convergence."""
    values = course.record.values
    # the runs of a task may be on several functions
    least = np.array([[problem.minimum or 0.0] for problem in course.problems])
    recorded = np.arange(values.shape[1]) < course.record.lengths[:, None]
    counts = course.record.evaluations <= course.budget
    with np.errstate(all="ignore"):
        gaps = values - least
        v = gaps / gaps[:, :1]
        # after the end of a run that stopped, values count as the cap
        known = np.array([[problem.minimum is not None] for problem in course.problems])
        inside = ~known | (v >= -_ROUNDING)  # below a known minimum a run is outside the domain
        v = np.where(recorded & np.isfinite(v) & inside, np.clip(v, 0.0, CAP), CAP)
        shown = np.where(counts, v, 0.0)
        lasts = counts & (counts.sum(1)[:, None] - np.cumsum(counts, axis=1) < _LAST)
        converged = (shown * lasts).sum(1) / lasts.sum(1) < 1
        inverse = np.where(counts, 1 / np.maximum(v, 1 / CAP), 0.0).sum(1)
    measure = np.where(converged & ~course.failed, -shown.sum(1), inverse)
    return {"measure": measure}


def _ends(given: tuple[float, float] | None, axis: Axis) -> tuple[float, float]:
    if given is None:
        return axis.range
    try:
        low, high = map(float, given)
    except (TypeError, ValueError):
        raise ValueError(f"the ends of an axis must be two numbers, got {given!r}") from None
    if not 0 < low < high < float("inf"):
        raise ValueError(f"the ends of a logarithmic axis must be 0 < low < high, got {given!r}")
    return low, high


def _spaced(low: float, high: float, n: int) -> Array:
    """Return logarithmically spaced numbers from low to high, rounded to six digits."""
    return np.array([float(f"{each:.6g}") for each in np.geomspace(low, high, n)])


def _check_corners(spec: OptimizerSpec, settings: Sequence[Sequence[Setting]]) -> None:
    """Build the optimizer with the settings in the corners, so that invalid ones raise an error."""
    with isolated(0):
        for i, j in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            param = torch.zeros(spec.parameter_shape, requires_grad=True)
            spec.build([param], hparams=settings[i][j])
