"""Trajectories in the store: their keys and their serialization."""

import json
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any, TypeAlias, TypeVar, overload

import numpy as np

from optgallery.cache.fingerprint import UnidentifiableError, digest, identity, sources
from optgallery.cache.store import Store, StoreError
from optgallery.functions import TestFunction
from optgallery.functions.facts import UnknownFactError
from optgallery.optim import OptimizerSpec
from optgallery.problems.base import MatrixProblem
from optgallery.runs import run
from optgallery.runs.additions import NOTHING, Additions
from optgallery.runs.handed import handed_over
from optgallery.runs.matrix_trajectory import MatrixTrajectory, join, split
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.across import HParam, with_hparam

Identified = TypeVar("Identified")

AnyTrajectory: TypeAlias = Trajectory | MatrixTrajectory

_FORMAT = 2  # version of the bytes, to be increased if they change their meaning or were wrong

# fields of entries that do not affect the numbers of a run
_DESCRIPTIVE = {
    *("name", "title", "family", "summary", "paper"),
    *("elementwise", "layerwise", "diagonal", "mappable", "learning_rate_free"),
    *("evaluations_per_step", "coincides_with", "axis"),
    *("latex", "domain", "minima", "minimum", "checks", "description", "source", "tags"),
    *("scale", "variant_of", "lower_outside", "made"),
}


class TrajectoryCache:
    """Trajectories with a given number of steps in a store.

    Parameters
    ----------
    store : Store
    steps : int
        Number of steps of every run.
    additions : Additions
        What every run adds to the plain loop.
    """

    def __init__(self, store: Store, steps: int, additions: Additions = NOTHING) -> None:
        self.store = store
        self.steps = steps
        self.additions = additions
        self._writable = True
        # by id; the object is stored, too, so that its id is not used again
        self._identities: dict[int, tuple[object, str | None]] = {}

    @overload
    def find(
        self,
        spec: OptimizerSpec,
        fn: TestFunction,
        setting: float | None,
        hparam: HParam | None = None,
    ) -> Trajectory | None: ...

    @overload
    def find(
        self,
        spec: OptimizerSpec,
        fn: TestFunction | MatrixProblem,
        setting: float | None,
        hparam: HParam | None = None,
    ) -> AnyTrajectory | None: ...

    def find(
        self,
        spec: OptimizerSpec,
        fn: TestFunction | MatrixProblem,
        setting: float | None,
        hparam: HParam | None = None,
    ) -> AnyTrajectory | None:
        """Return the trajectory of a run from the store, or None."""
        name = self._key(spec, fn, setting, hparam)
        content = None if name is None else self.store.get(name)
        if content is None:
            return None
        return unpack(
            content, spec, fn, setting, self.steps, hparam=hparam, additions=self.additions
        )

    def lacks(
        self,
        spec: OptimizerSpec,
        fn: TestFunction | MatrixProblem,
        setting: float | None,
        hparam: HParam | None = None,
    ) -> bool:
        """Whether a run is not in the store."""
        name = self._key(spec, fn, setting, hparam)
        return name is None or name not in self.store

    def keep(
        self,
        result: "Result",
        spec: OptimizerSpec,
        fn: TestFunction | MatrixProblem,
        setting: float | None,
        hparam: HParam | None = None,
    ) -> AnyTrajectory:
        """Store a result and return its trajectory.

        Failed runs are not stored, since the machine may have caused the failure. If the store
        cannot be written, a warning is issued once.
        """
        trajectory = result.trajectory(spec, fn, setting, self.steps, self.additions, hparam=hparam)
        name = self._key(spec, fn, setting, hparam)
        if name is not None and trajectory.status != "failed" and self._writable:
            try:
                self.store.put(name, result.content())
            except StoreError as error:
                self._writable = False
                warnings.warn(f"results are not kept: {error}", RuntimeWarning, stacklevel=5)
        return trajectory

    def _key(
        self,
        spec: OptimizerSpec,
        fn: TestFunction | MatrixProblem,
        setting: float | None,
        hparam: HParam | None,
    ) -> str | None:
        """Return the key of a run; each optimizer and function is identified only once."""
        runner, formula = self._once(spec, _runner), self._once(fn, _formula)
        added = self._once(self.additions, _added)
        if runner is None or formula is None or added is None:
            return None
        try:
            facts = _facts(spec, fn, setting, hparam)
        except UnknownFactError:  # the run fails, and is not stored
            return None
        value = _value(spec, setting)
        return _key(runner, formula, value, self.steps, [*_further(added, hparam), *facts])

    def _once(self, obj: Identified, identify: Callable[[Identified], str]) -> str | None:
        if id(obj) not in self._identities:
            identified = None
            with suppress(UnidentifiableError):
                identified = identify(obj)
            self._identities[id(obj)] = obj, identified
        return self._identities[id(obj)][1]


def key(
    spec: OptimizerSpec,
    fn: TestFunction | MatrixProblem,
    setting: float | None,
    steps: int,
    additions: Additions = NOTHING,
    *,
    hparam: HParam | None = None,
) -> str | None:
    """Return the key of one run of a sweep, which covers everything its numbers depend on.

    It covers the optimizer's class, sources and arguments; the function's formula, sources, start
    and noise; the learning rate or what stands in its place, a further hyper-parameter and the
    number of steps; the schedule, the clipping and ``prepare``; the code that runs the steps; the
    versions of the libraries; and how the machine rounds. Titles, minima and colours are not
    included, except what the optimizer is handed over from the function.

    Returns
    -------
    str or None
        None if the dependencies cannot be determined: then the run is computed each time.
    """
    try:
        further = [*_further(_added(additions), hparam), *_facts(spec, fn, setting, hparam)]
        return _key(_runner(spec), _formula(fn), _value(spec, setting), steps, further)
    except (UnidentifiableError, UnknownFactError):
        return None


def _key(runner: str, formula: str, value: Any, steps: int, further: Sequence[Any]) -> str:
    # without additions, keys are the same as before additions were supported
    return digest(_FORMAT, runner, formula, value, int(steps), *further)


def _value(spec: OptimizerSpec, setting: float | None) -> Any:
    """Return what a key has of a value along the axis: a rate as such, another one by its name."""
    return spec.at(setting) if spec.own_axis or setting is None else float(setting)


def _further(added: str, hparam: HParam | None) -> list[Any]:
    """Return what runs add to the plain loop, and a further hyper-parameter, if there are any."""
    return [*([added] if added else []), *([] if hparam is None else [hparam])]


def _facts(
    spec: OptimizerSpec,
    fn: TestFunction | MatrixProblem,
    setting: float | None,
    hparam: HParam | None,
) -> list[tuple[str, float]]:
    """Return what the function hands over to the optimizer, which is nothing to most of them."""
    return list(handed_over(spec, fn, fn.start, with_hparam(spec, setting, hparam)).items())


def _runner(spec: OptimizerSpec) -> str:
    """Identify an entry's optimizer and the code that runs its steps."""
    return identity((sources(run), type(spec), _relevant_fields(spec)))


def _formula(fn: TestFunction | MatrixProblem) -> str:
    """Identify a function or a problem, whose fields are all that its loss depends on."""
    if isinstance(fn, MatrixProblem):
        arguments = fn.arguments
        if (over := arguments.get("test_fn")) is not None:
            arguments["test_fn"] = _formula(over)
        return identity((type(fn), arguments))
    return identity((type(fn), _relevant_fields(fn)))


def _added(additions: Additions) -> str:
    """Identify what runs add to the plain loop; an empty string if they add nothing."""
    return identity(additions) if additions else ""


def _relevant_fields(entry: OptimizerSpec | TestFunction) -> dict[str, Any]:
    """Return all fields of an entry, including unknown ones, except `_DESCRIPTIVE`."""
    names = [f.name for f in fields(entry) if f.name not in _DESCRIPTIVE]
    return {name: getattr(entry, name) for name in names}


class Result:
    """A computed trajectory, which pickles as bytes.

    The bytes do not contain the optimizer and the function, which may not be picklable. Within one
    process, nothing is converted.
    """

    def __init__(self, computed: AnyTrajectory | bytes) -> None:
        self._computed = computed

    def __reduce__(self) -> tuple[type["Result"], tuple[bytes]]:
        return Result, (self.content(),)

    def content(self) -> bytes:
        """Return the bytes."""
        return self._computed if isinstance(self._computed, bytes) else pack(self._computed)

    def trajectory(
        self,
        spec: OptimizerSpec,
        fn: TestFunction | MatrixProblem,
        setting: float | None,
        steps: int,
        additions: Additions = NOTHING,
        *,
        hparam: HParam | None = None,
    ) -> AnyTrajectory:
        """Return the trajectory; the arguments complete what the bytes do not contain."""
        if isinstance(self._computed, bytes):
            return unpack(
                self._computed, spec, fn, setting, steps, hparam=hparam, additions=additions
            )
        return self._computed


def pack(trajectory: AnyTrajectory) -> bytes:
    """Serialize a trajectory: a line of JSON, then its arrays, little-endian.

    All matrices of an iterate are one row, as the two coordinates of a point are.
    """
    head: dict[str, Any] = {
        "rows": len(trajectory),
        "lr": trajectory.lr,
        "status": trajectory.status,
        "stopped_at": trajectory.stopped_at,
        "reason": trajectory.reason,
        "rounded": trajectory.rounded,
    }
    points, gradients = (
        (join(trajectory.parameters), join(trajectory.gradients))
        if isinstance(trajectory, MatrixTrajectory)
        else (trajectory.points, trajectory.gradients)
    )
    reals = (points, trajectory.values, gradients)
    body = b"".join(np.asarray(array, "<f8").tobytes() for array in reals)
    body += trajectory.evaluations.astype("<i8").tobytes()
    if trajectory.recorded_lrs is not None:
        head["schedule_title"] = trajectory.schedule_title
        body += trajectory.recorded_lrs.astype("<f8").tobytes()
    return json.dumps(head).encode() + b"\n" + body


def unpack(
    content: bytes,
    spec: OptimizerSpec,
    fn: TestFunction | MatrixProblem,
    setting: float | None,
    steps: int,
    *,
    hparam: HParam | None = None,
    additions: Additions = NOTHING,
) -> AnyTrajectory:
    """Deserialize a trajectory."""
    line, _, body = content.partition(b"\n")
    head: dict[str, Any] = json.loads(line)
    n = head.pop("rows")
    shapes = fn.shapes if isinstance(fn, MatrixProblem) else ((1, 2),)
    width = sum(rows * columns for rows, columns in shapes)
    reals = np.frombuffer(body, "<f8", (2 * width + 1) * n)
    counts = np.frombuffer(body, "<i8", n, offset=reals.nbytes)
    lrs = None
    if "schedule_title" in head:
        lrs = np.frombuffer(body, "<f8", n - 1, offset=reals.nbytes + counts.nbytes)
    points = reals[: width * n].reshape(n, width)
    gradients = reals[(width + 1) * n :].reshape(n, width)
    common: dict[str, Any] = {
        "optimizer": spec,
        "hparams": with_hparam(spec, setting, hparam),
        "values": reals[width * n : (width + 1) * n],
        "evaluations": counts,
        "steps": steps,
        **additions.fields(head.pop("schedule_title", None)),
        "recorded_lrs": lrs,
        **head,
    }
    if isinstance(fn, MatrixProblem):
        return MatrixTrajectory(
            problem=fn,
            parameters=split(points, fn.shapes),
            gradients=split(gradients, fn.shapes),
            **common,
        )
    return Trajectory(test_fn=fn, points=points, gradients=gradients, **common)
