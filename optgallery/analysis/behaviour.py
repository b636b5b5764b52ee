"""behaviour(): what happens in a run, as classes that are computed from its points.

The guide defines the classes in words. 200 runs of the gallery were labelled by eye before this was
written; a test compares them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.problems import height
from optgallery.analysis.stationary_points import stationary_points
from optgallery.functions import TestFunction
from optgallery.runs.trajectory import Trajectory

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LAST_STEPS: Final = 40
"""The end of a run: a fifth of the gallery's 200 steps."""

AT_MINIMUM: Final = 0.01
"""The largest distance from a minimum at which a run ends there, as in `basins`."""

UNMOVED: Final = 0.01
"""The farthest that a run which hardly moves comes from its start."""

VISIBLE: Final = 1 / 400
"""The width from which a motion is visible: a pixel of a picture of 400."""

CREEPING: Final = 1e-4
"""The width of the last steps below which a run stands still."""

WINDING: Final = 2.0
"""How many times as long as the straight line a path is that has no direction."""

PERIODS: Final = range(2, LAST_STEPS // 3 + 1)
"""The periods of an orbit: the last steps go round it at least three times."""

REPEATED: Final = 1 / 20
"""How far apart the visits of a point of an orbit are at most, as a share of the orbit's width."""

APPROACH: Final = 0.1
"""How near a run comes to its last point before it overshoots ..."""

OVERSHOOT: Final = 0.05
"""... and how much farther away it goes after that."""

SLOW_STEPS: Final = 5
"""How long a run stays near a saddle point."""

SLOW: Final = 0.1
"""The norm of the gradient there, as a share of its largest before, and of its largest after."""

SPEED: Final = 0.5
"""The mean length of a step there, as a share of the longest before, and of the longest after."""

AT_SADDLE: Final = 0.03
"""The largest distance from the saddle point meanwhile ..."""

LEFT_SADDLE: Final = 0.05
"""... and how far the run goes away from it after that."""

EARLY: Final = 20
"""The last step at which a run diverges early: a tenth of the gallery's 200 steps."""

FLAT: Final = 1e-3
"""The curvature below which there is a plateau instead of a minimum: the rise across the domain, as
a share of the function's height."""

ROUNDING: Final = 1e-12
"""The fall of the value, as a share of it, that may be due to rounding: on a plateau."""

_HAIR: Final = 1e-9  # 200 steps of 0.001 are 0.2 up to rounding


@dataclass(frozen=True)
class BehaviourClass:
    """A class of behaviour.

    Attributes
    ----------
    name : str
        ``"cycles"``, as `behaviour` returns it.
    title : str
        What a run of the class does: ``"cycles"``, ``"ends at a local minimum"``.
    meaning : str
        Its definition in one sentence.
    """

    name: str
    title: str
    meaning: str


CLASSES: Final = (
    BehaviourClass(
        "global minimum",
        "ends at a global minimum",
        "The last point is within 1 % of the domain of a global minimum.",
    ),
    BehaviourClass(
        "local minimum",
        "ends at a local minimum",
        "The last point is within 1 % of the domain of a local minimum that is not global.",
    ),
    BehaviourClass(
        "hardly moves",
        "hardly moves",
        "All points are within 1 % of the domain of the start.",
    ),
    BehaviourClass(
        "still on its way",
        "is still on its way",
        "At the end it descends in one direction, and is at no minimum.",
    ),
    BehaviourClass(
        "cycles",
        "cycles",
        "The last 40 steps go round an orbit of at most 13 points three times or more.",
    ),
    BehaviourClass(
        "oscillates",
        "oscillates without settling",
        "The last 40 steps go to and fro or around, without repeating an orbit.",
    ),
    BehaviourClass(
        "overshoots",
        "overshoots the minimum",
        "It passes the minimum at which it ends by at least 5 % of the domain, and returns.",
    ),
    BehaviourClass(
        "escapes a saddle",
        "escapes a saddle point",
        "It slows down near a saddle point, and leaves it downwards.",
    ),
    BehaviourClass(
        "leaves and returns",
        "leaves the domain and returns",
        "A point is outside the domain, and the last one is inside.",
    ),
    BehaviourClass(
        "diverges early",
        "diverges at once",
        "It diverges within its first 20 steps.",
    ),
    BehaviourClass(
        "diverges late",
        "diverges late",
        "It diverges after more than 20 steps.",
    ),
)
"""All classes, in the order in which `behaviour` returns their names."""


def behaviour(trajectory: Trajectory) -> tuple[str, ...]:
    """Return what happens in a run: the names of the classes of behaviour to which it belongs.

    Lengths are measured in sides of the function's domain. :doc:`/guide/behaviour` defines the
    classes, and says how well they agree with labels given by eye.

    Parameters
    ----------
    trajectory : Trajectory
        A run, or a path from elsewhere.

    Returns
    -------
    tuple of str
        Some of ``"global minimum"``, ``"local minimum"``, ``"hardly moves"``, ``"still on its
        way"``, ``"cycles"``, ``"oscillates"``, ``"overshoots"``, ``"escapes a saddle"``, ``"leaves
        and returns"``, ``"diverges early"`` and ``"diverges late"``, in this order; perhaps none.

    Raises
    ------
    TypeError
        If it is not a trajectory.

    See Also
    --------
    behaviours : The same of many runs in one call, which is faster.

    Examples
    --------
    >>> import optgallery as og
    >>> og.behaviour(og.run("momentum", "himmelblau", lr=0.01))
    ('global minimum', 'overshoots')
    >>> og.behaviour(og.run("sgd", "rosenbrock", lr=0.01))
    ('diverges early',)
    """
    if not isinstance(trajectory, Trajectory):
        several = isinstance(trajectory, Iterable) and not isinstance(trajectory, str)
        hint = "; behaviours() takes several" if several else ""
        raise TypeError(
            f"behaviour() takes a trajectory, as run() returns it, got {trajectory!r}{hint}"
        )
    return behaviours([trajectory])[0]


def behaviours(
    trajectories: Iterable[Trajectory] | Mapping[Any, Trajectory],
) -> list[tuple[str, ...]]:
    """Return what happens in each of many runs, as `behaviour` does.

    Parameters
    ----------
    trajectories : iterable of Trajectory, or mapping of them
        Such as a `Sweep`, its ``values()``, or the `Trajectories` of a run from many starts. They
        may be on different functions.

    Returns
    -------
    list of tuple of str

    Raises
    ------
    TypeError
        If one of them is not a trajectory.

    Examples
    --------
    >>> import optgallery as og
    >>> swept = og.sweep("lion", "sphere", lrs=[0.01, 0.1, 1.0])
    >>> for (_, _, lr), names in zip(swept, og.behaviours(swept)):
    ...     print(lr, names)
    0.01 ('still on its way',)
    0.1 ('global minimum', 'cycles', 'overshoots')
    1.0 ('cycles',)
    """
    if isinstance(trajectories, Trajectory) or not isinstance(trajectories, Iterable):
        raise TypeError(
            "behaviours() takes several trajectories, as a sweep or a list has them, got "
            f"{trajectories!r}; behaviour() takes one, as run() returns it"
        )
    runs = list(trajectories.values() if isinstance(trajectories, Mapping) else trajectories)
    for run in runs:
        if not isinstance(run, Trajectory):
            raise TypeError(f"behaviours() takes trajectories, as run() returns them, got {run!r}")
    groups: dict[int, list[int]] = {}
    for i, run in enumerate(runs):
        groups.setdefault(id(run.test_fn), []).append(i)
    found: list[tuple[str, ...]] = [()] * len(runs)
    for group in groups.values():
        for i, names in zip(group, _classified([runs[i] for i in group]), strict=True):
            found[i] = names
    return found


def _classified(runs: Sequence[Trajectory]) -> list[tuple[str, ...]]:
    """Return the names of the classes of runs on one function."""
    with np.errstate(all="ignore"):  # far away, numbers overflow
        paths = _Paths(runs)
        member = np.stack([_TESTS[each.name](paths) for each in CLASSES], axis=1)
    return [
        tuple(each.name for each, holds in zip(CLASSES, row, strict=True) if holds)
        for row in member
    ]


class _Paths:
    """Runs on one function, with their points in sides of its domain from its lower left corner."""

    def __init__(self, runs: Sequence[Trajectory]) -> None:
        self.fn: TestFunction = runs[0].test_fn
        xmin, xmax, ymin, ymax = self.fn.domain
        self.corner, self.sides = np.array([xmin, ymin]), np.array([xmax - xmin, ymax - ymin])
        self.lengths = np.array([len(run) for run in runs])
        self.completed = np.array([run.status == "completed" for run in runs])
        self.stopped_at = np.array(
            [run.stopped_at if run.status == "diverged" else None for run in runs], float
        )
        # after its end, a run stays at its last point
        rows = np.minimum(np.arange(self.lengths.max()), self.lengths[:, None] - 1)
        self.points = np.stack([run.points[row] for run, row in zip(runs, rows, strict=True)])
        self.values = np.stack([run.values[row] for run, row in zip(runs, rows, strict=True)])
        self.slopes = np.stack(
            [np.hypot(*run.gradients[row].T) for run, row in zip(runs, rows, strict=True)]
        )
        self.shares = (self.points - self.corner) / self.sides
        rows = np.maximum(self.lengths[:, None] - 1 - LAST_STEPS + np.arange(LAST_STEPS + 1), 0)
        self.last = np.take_along_axis(self.shares, rows[:, :, None], axis=1)
        self.last_values = np.take_along_axis(self.values, rows, axis=1)

    @cached_property
    def width(self) -> Array:
        """The longer side of the rectangle around the last steps."""
        found: Array = np.ptp(self.last, axis=1).max(-1)
        return found

    @cached_property
    def straightness(self) -> Array:
        """The straight line from the first to the last of the last steps, over their path."""
        path = np.hypot(*np.moveaxis(np.diff(self.last, axis=1), -1, 0)).sum(-1)
        line = np.hypot(*(self.last[:, -1] - self.last[:, 0]).T)
        found: Array = line / path
        return found

    @cached_property
    def ends_at_global_minimum(self) -> Flags:
        ends = self.points[:, -1]
        near = np.zeros(len(ends), bool)
        for minimum in self.fn.minima:
            near |= _near(ends, np.array(minimum), self.sides, AT_MINIMUM)
        return _flags(near & self.completed)

    @cached_property
    def ends_at_local_minimum(self) -> Flags:
        found = np.zeros(len(self.points), bool)
        asked = np.flatnonzero(self.completed & ~self.ends_at_global_minimum)
        ends = self.points[asked, -1]
        there = stationary_points(self.fn, ends)
        rise, least = height(self.fn), self.fn.minimum
        flat = FLAT * rise if isfinite(rise) else 0.0
        lowest = -np.inf if least is None else least + (1e-6 * rise if isfinite(rise) else 0.0)
        found[asked] = (
            _near(ends, there.points, self.sides, AT_MINIMUM)
            & (there.upper > flat)
            & (there.lower >= -1e-6 * there.upper)
            & (there.values > lowest)
        )
        return found

    @cached_property
    def repeats(self) -> Flags:
        """Whether the last steps repeat an orbit."""
        found = np.zeros(len(self.last), bool)
        for period in PERIODS:
            points = [self.last[:, phase::period] for phase in range(period)]
            apart = np.max([np.ptp(visits, axis=1).max(-1) for visits in points], axis=0)
            found |= apart <= REPEATED * self.width
        return _flags(found & (self.width >= VISIBLE) & self.completed)


def _flags(values: Any) -> Flags:
    found: Flags = np.asarray(values, bool)
    return found


def _near(points: Array, centre: Array, sides: Array, share: float) -> Flags:
    return _flags((np.abs(points - centre) <= share * sides).all(-1))


def _hardly_moves(paths: _Paths) -> Flags:
    moved = np.abs(paths.shares - paths.shares[:, :1]).max((1, 2))
    return _flags((moved <= UNMOVED + _HAIR) & paths.completed)


def _on_its_way(paths: _Paths) -> Flags:
    fall = paths.last_values[:, 0] - paths.last_values[:, -1]
    falls = fall > ROUNDING * np.abs(paths.last_values[:, 0])
    direct = (paths.straightness >= 1 / WINDING) & (paths.width >= CREEPING)
    at_minimum = paths.ends_at_global_minimum | paths.ends_at_local_minimum
    return _flags(falls & direct & ~at_minimum & ~_hardly_moves(paths) & paths.completed)


def _oscillates(paths: _Paths) -> Flags:
    winds = (paths.straightness < 1 / WINDING) & (paths.width >= VISIBLE)
    return _flags(winds & ~paths.repeats & paths.completed)


def _overshoots(paths: _Paths) -> Flags:
    away = np.abs(paths.shares - paths.shares[:, -1:]).max(-1)
    nearest = np.minimum.accumulate(away, axis=1)
    passed = ((nearest <= APPROACH) & (away - nearest >= OVERSHOOT)).any(1)
    settles = paths.width <= APPROACH  # a run that wanders is near a minimum by chance
    return _flags(passed & settles & (paths.ends_at_global_minimum | paths.ends_at_local_minimum))


def _escapes_saddle(paths: _Paths) -> Flags:
    found = np.zeros(len(paths.points), bool)
    dips = _dips(paths)
    if not dips:
        return found
    there = stationary_points(paths.fn, paths.points[*zip(*dips, strict=True)])
    inside = paths.fn.domain.contains(paths.points)
    for i, (run, at) in enumerate(dips):
        if not there.lower[i] < 0 < there.upper[i]:
            continue
        away = np.abs((paths.points[run] - there.points[i]) / paths.sides).max(-1)
        for first, end in _stretches(_flags((away <= AT_SADDLE) & inside[run])):
            if first <= at < end:
                stays = end - first >= SLOW_STEPS
                leaves = away[end:].max(initial=0) >= LEFT_SADDLE
                falls = np.nanmin(paths.values[run, end:], initial=np.inf) < there.values[i]
                found[run] |= stays and leaves and falls
    return _flags(found & paths.completed)


def _dips(paths: _Paths) -> list[tuple[int, int]]:
    """Return where runs slow down at small gradients: the run, and the step of the smallest one."""
    slopes = paths.slopes
    before = np.maximum.accumulate(slopes, axis=1)
    after = np.maximum.accumulate(slopes[:, ::-1], axis=1)[:, ::-1]
    slow = slopes < SLOW * np.minimum(before, after)
    slow &= np.arange(slopes.shape[1]) < paths.lengths[:, None]
    steps = np.hypot(*np.moveaxis(np.diff(paths.shares, axis=1), -1, 0))
    found = []
    for run in np.flatnonzero(slow.sum(1) >= SLOW_STEPS):
        for first, end in _stretches(slow[run]):
            fastest = [part.max(initial=0) for part in (steps[run, :first], steps[run, end:])]
            slows = steps[run, first:end].mean() <= SPEED * min(fastest)
            if slows and end - first >= SLOW_STEPS:
                found.append((int(run), first + int(slopes[run, first:end].argmin())))
    return found


def _stretches(flags: Flags) -> list[tuple[int, int]]:
    """Return the first position and the end of each sequence of true values."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _leaves_and_returns(paths: _Paths) -> Flags:
    inside = paths.fn.domain.contains(paths.points)
    return _flags(~inside.all(1) & inside[:, -1] & paths.completed)


def _diverges_early(paths: _Paths) -> Flags:
    return _flags(paths.stopped_at <= EARLY)


def _diverges_late(paths: _Paths) -> Flags:
    return _flags(paths.stopped_at > EARLY)


_TESTS: dict[str, Callable[[_Paths], Flags]] = {
    "global minimum": lambda paths: paths.ends_at_global_minimum,
    "local minimum": lambda paths: paths.ends_at_local_minimum,
    "hardly moves": _hardly_moves,
    "still on its way": _on_its_way,
    "cycles": lambda paths: paths.repeats,
    "oscillates": _oscillates,
    "overshoots": _overshoots,
    "escapes a saddle": _escapes_saddle,
    "leaves and returns": _leaves_and_returns,
    "diverges early": _diverges_early,
    "diverges late": _diverges_late,
}
