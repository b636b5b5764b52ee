"""sweep(): run optimizers on functions at several learning rates, and store the results."""

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from math import inf, isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar, overload

from optgallery.arguments import check_whole, renamed
from optgallery.cache.atomic_write import replacing
from optgallery.cache.store import Store, as_store
from optgallery.functions import FUNCTIONS, TestFunction, as_test_function
from optgallery.optim import OPTIMIZERS, Axis, OptimizerSpec, as_spec
from optgallery.optim.modes import AnyModes, with_modes
from optgallery.parallel.distribution import cluster_address, parallel_is_faster, progress
from optgallery.problems.base import PROBLEMS, MatrixProblem
from optgallery.registry import UnknownNameError
from optgallery.runs.additions import Additions
from optgallery.runs.handed import is_refused
from optgallery.runs.matrix_trajectory import MatrixTrajectory
from optgallery.runs.outcome import Outcome
from optgallery.runs.recorded import RecordedRun
from optgallery.runs.run import Bound
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.across import Across, AnyFunction, Value
from optgallery.sweeps.tables import as_csv, head_of, html_table, row_titles, text_table
from optgallery.sweeps.tasks import CellName, Run, compute
from optgallery.sweeps.trajectory_cache import AnyTrajectory, TrajectoryCache

if TYPE_CHECKING:
    import pandas as pd

LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""The learning rates of the gallery, the same for every optimizer."""

Recorded = TypeVar("Recorded", bound=RecordedRun)

_NAME_FUNCTIONS = (
    '; name each: (function, {"x0": ..., "name": "..."}), or '
    'dataclasses.replace(test_function, name="...")'
)
_NAME_OPTIMIZERS = "; name each: OptimizerSpec(name=..., title=..., cls=...)"
# seconds per step of a run, of an elementwise optimizer and of any other
_ELEMENTWISE, _OTHERS = 7e-5, 2.5e-4


class Plan(NamedTuple, Generic[AnyFunction]):
    """The runs of a sweep: every optimizer on every function at every rate, and every value.

    An optimizer with an axis of its own is run at the values of that instead of the rates.
    """

    optimizers: tuple[OptimizerSpec, ...]
    functions: tuple[AnyFunction, ...]
    lrs: tuple[float, ...]
    steps: int
    across: Across | None = None

    @property
    def runs(self) -> dict[CellName, Run]:
        """The runs by their keys in the sweep, in the order of the rows of its tables."""
        across, pairs = self.across, product(self.optimizers, self.functions)
        if across is None:
            runs = (
                Run(spec, fn, setting) for spec, fn in pairs for setting in spec.values(self.lrs)
            )
            return {run.cell: run for run in runs}
        return {
            (spec.name, fn.name, setting, value): Run(
                spec, across.function(fn, value), setting, across.hparam(value)
            )
            for spec, fn in pairs
            for value in across.values
            for setting in spec.values(self.lrs)
        }


@dataclass(frozen=True, eq=False)
class Runs(Mapping[CellName, Recorded], Generic[AnyFunction, Recorded]):
    """Trajectories by ``(optimizer, function, learning rate)``.

    Of a sweep across a further axis, by ``(optimizer, function, learning rate, value)``. For an
    optimizer with an axis of its own (`Axis`), a value of that stands in place of the learning
    rate: None, if there is nothing to choose.

    Attributes
    ----------
    optimizers : tuple of OptimizerSpec
    functions : tuple of TestFunction
        Those that were asked for: also in a sweep across noise the ones without it.
    lrs : tuple of float
        The learning rates of the optimizers that have one.
    steps : int
        Steps of every run.
    across : Across or None
        The further axis: its ``name`` and its ``values``.
    """

    optimizers: tuple[OptimizerSpec, ...]
    functions: tuple[AnyFunction, ...]
    lrs: tuple[float, ...]
    steps: int
    across: Across | None
    _trajectories: Mapping[CellName, Recorded] = field(repr=False)

    def __getitem__(self, cell: CellName) -> Recorded:
        try:
            return self._trajectories[cell]
        except (KeyError, TypeError):
            raise UnknownNameError(
                f"{cell!r} is not in {self!r}; ask for {self._available_keys()}"
            ) from None

    def __iter__(self) -> Iterator[CellName]:
        return iter(self._trajectories)

    def __len__(self) -> int:
        return len(self._trajectories)

    _what: ClassVar[str] = "functions"

    def __repr__(self) -> str:
        further = (
            f" x {len(self.across.values)} values of {self.across.name}" if self.across else ""
        )
        settings = f" x {len(self.lrs)} learning rates{further}"
        if any(spec.own_axis is not None for spec in self.optimizers):
            settings = f"{further}, {len(self)} runs"
        name, what = type(self).__name__, self._what
        return (
            f"<{name}: {len(self.optimizers)} optimizers x {len(self.functions)} {what}"
            f"{settings}, {self.steps} steps>"
        )

    def __str__(self) -> str:
        """Return the outcomes as text: a table for each optimizer, or one for a single function.

        Of a sweep across a further axis, a table for each optimizer and function.
        """
        return "\n\n".join(
            text_table(title, heads, {row: [each.mark for each in o] for row, o in rows.items()})
            for title, heads, rows in self._tables()
        )

    def _repr_html_(self) -> str:
        """Return the same tables as HTML, with the full outcomes as tooltips."""
        return "".join(html_table(*table) for table in self._tables())

    def _tables(self) -> Iterator[tuple[str, list[str], dict[str, list[Outcome]]]]:
        """Yield each table's title, the heads of its columns, and the outcomes of each row."""
        if self.across is not None:
            functions = row_titles((fn.name, fn.title) for fn in self.functions)
            for spec, fn in product(self.optimizers, self.functions):
                rows = {
                    self.across.title(value): self._row(spec, fn.name, value)
                    for value in self.across.values
                }
                yield f"{spec.title} on {functions[fn.name]}", self._heads(spec), rows
            return
        if len(self.functions) == 1:
            fn = self.functions[0]
            titles = row_titles((spec.name, spec.title) for spec in self.optimizers)
            for specs in self._by_axis():
                rows = {titles[spec.name]: self._row(spec, fn.name) for spec in specs}
                yield fn.title, self._heads(specs[0]), rows
            return
        titles = row_titles((fn.name, fn.title) for fn in self.functions)
        for spec in self.optimizers:
            rows = {title: self._row(spec, name) for name, title in titles.items()}
            yield spec.title, self._heads(spec), rows

    def _by_axis(self) -> list[list[OptimizerSpec]]:
        """Return the optimizers whose columns are the same, those with a learning rate first."""
        groups: dict[Axis | None, list[OptimizerSpec]] = {}
        for spec in self.optimizers:
            groups.setdefault(spec.own_axis, []).append(spec)
        return [groups[axis] for axis in sorted(groups, key=lambda axis: axis is not None)]

    def _heads(self, spec: OptimizerSpec) -> list[str]:
        return [head_of(spec.own_axis, setting) for setting in spec.values(self.lrs)]

    def _row(self, spec: OptimizerSpec, function: str, *value: Value) -> list[Outcome]:
        settings = spec.values(self.lrs)
        return [self[(spec.name, function, each, *value)].outcome for each in settings]

    def _axes(self) -> list[str]:
        """Return the names of the columns of settings: the rate, and those of own axes."""
        own: list[str | None] = [s.own_axis.parameter for s in self.optimizers if s.own_axis]
        return list(dict.fromkeys(("lr", *(parameter for parameter in own if parameter))))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the row of each run in `to_dataframe`; what is missing is None."""
        specs = {spec.name: spec for spec in self.optimizers}
        axes = self._axes()
        recorded = any(run.recorded_lrs is not None for run in self.values())
        for cell, run in self.items():
            row = {
                **dict(zip(("optimizer", "function"), cell[:2], strict=True)),
                **{name: specs[cell[0]].at(cell[2]).get(name) for name in axes},
                **({self.across.name: cell[3]} if self.across else {}),
                "outcome": run.outcome.kind,
                "evaluations": run.outcome.cost,
                "step": run.outcome.step,
                "reason": run.outcome.reason,
                **_last_point(run),
                "value": float(run.values[-1]),
                "minimum": run.minimised.minimum,
            }
            if recorded:
                row["last_lr"] = run.lrs[-1] if len(run.lrs) else nan
            yield row

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas DataFrame with a row for each run.

        The columns are ``optimizer``, ``function`` and ``lr``, which is missing for an optimizer
        with an axis of its own; for each such axis one of its hyper-parameter's name, with its
        values; in a sweep across a further axis one of its name, with its values;
        ``outcome``, the kind of outcome; ``evaluations``, the number of gradient evaluations until
        the function was solved (missing if it was not); ``step`` and ``reason`` of a run that
        diverged or failed; ``x``, ``y`` and ``value`` of the last iterate, where matrices have no
        ``x`` and ``y``; ``minimum``, the global minimum, if it is known;
        ``last_lr``, the learning rate of the last update, in a sweep with a schedule.

        Raises
        ------
        ImportError
            If pandas is not installed.

        Examples
        --------
        >>> import optgallery as og
        >>> table = og.sweep("sgd", ["booth", "sphere"]).to_dataframe()
        >>> table.groupby("function")["evaluations"].min().to_dict()
        {'booth': 16, 'sphere': 4}
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError(
                "to_dataframe() needs pandas: install it with `pip install optgallery[pandas]`"
            ) from None
        table = pd.DataFrame(list(self.rows()))
        kinds = {"evaluations": "Int64", "step": "Int64", "minimum": "float64"}
        return table.astype({**dict.fromkeys(self._axes(), "float64"), **kinds})

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        r"""Return the same table as CSV, and optionally write it to a file; it needs no pandas.

        Cells without a value are empty. Numbers have all their digits.

        Parameters
        ----------
        path : path, optional
            The file to write, if any.

        Examples
        --------
        >>> import optgallery as og
        >>> og.sweep("sgd", "booth", lrs=[0.1]).to_csv().splitlines()[0]
        'optimizer,function,lr,outcome,evaluations,step,reason,x,y,value,minimum'
        """
        text = as_csv(self.rows())
        if path is not None:
            with replacing(Path(path)) as part:
                part.write_text(text, encoding="utf-8")
        return text

    def best(self, optimizer: str, function: str) -> Recorded:
        """Return the best run of an optimizer on a function.

        It is the run that solved the function with the fewest gradient evaluations. If no run did,
        it is the one with the lowest final value, compared to three digits; the lowest learning
        rate (or value of its own axis) wins a tie, and then the first value of a further axis.

        Parameters
        ----------
        optimizer, function : str
            Names in this sweep.

        Returns
        -------
        Trajectory

        Examples
        --------
        >>> import optgallery as og
        >>> og.sweep("sgd", "booth").best("sgd", "booth").lr
        0.1
        """
        runs = [self[cell] for cell in self._cells(optimizer, function)]

        def rank(run: Recorded) -> tuple[float, float]:
            if run.status != "completed":
                return inf, inf
            cost = run.evaluations_to_solve()
            return inf if cost is None else cost, float(f"{run.values[-1]:.3g}")

        return min(runs, key=rank)  # if several are equal, the first, at the lowest rate

    def _cells(self, optimizer: str, function: str) -> list[CellName]:
        """Return the keys of the runs of an optimizer on a function, by ascending settings."""
        specs = [spec for spec in self.optimizers if spec.name == optimizer]
        settings = sorted(specs[0].values(self.lrs) if specs else self.lrs, key=_or_zero)
        axes: list[Sequence[Any]] = [[optimizer], [function], settings]
        return list(product(*axes, *([self.across.values] if self.across is not None else [])))

    def _available_keys(self) -> str:
        names = [spec.name for spec in self.optimizers], [fn.name for fn in self.functions]
        settings = f"one of {list(self.lrs)}"
        own = [spec for spec in self.optimizers if spec.own_axis is not None]
        if own:
            others: list[str] = [f"one of {list(spec.values(()))} for {spec.name}" for spec in own]
            settings = ", ".join(
                others if len(own) == len(self.optimizers) else [settings, *others]
            )
        if (across := self.across) is None:
            return f"one of {names[0]}, one of {names[1]} and {settings}"
        return (
            f"one of {names[0]}, one of {names[1]}, {settings} and one of "
            f"{list(across.values)}, the values of {across.name}"
        )


class Sweep(Runs[TestFunction, Trajectory]):
    """Trajectories by ``(optimizer, function, learning rate)``.

    Of a sweep across a further axis, by ``(optimizer, function, learning rate, value)``.

    Attributes
    ----------
    optimizers : tuple of OptimizerSpec
    functions : tuple of TestFunction
        Those that were asked for: also in a sweep across noise the ones without it.
    lrs : tuple of float
    steps : int
        Steps of every run.
    across : Across or None
        The further axis: its ``name`` and its ``values``.
    """


class MatrixSweep(Runs[MatrixProblem, MatrixTrajectory]):
    """Trajectories of matrices by ``(optimizer, problem, learning rate)``.

    Attributes
    ----------
    optimizers : tuple of OptimizerSpec
    functions : tuple of MatrixProblem
        The problems.
    lrs, steps, across
        As in `Sweep`.
    """

    _what = "problems"


@overload
def sweep(
    optimizers: Any,
    functions: MatrixProblem | Sequence[MatrixProblem],
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    across: Mapping[str, Sequence[Value]] | None = None,
    steps: int = 200,
    modes: AnyModes = (),
    schedule: Any = None,
    grad_clip: Bound | None = None,
    prepare: Callable[[Any], object] | None = None,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> MatrixSweep: ...


@overload
def sweep(
    optimizers: Any = None,
    functions: Any = None,
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    across: Mapping[str, Sequence[Value]] | None = None,
    steps: int = 200,
    modes: AnyModes = (),
    schedule: Any = None,
    grad_clip: Bound | None = None,
    prepare: Callable[[Any], object] | None = None,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> Sweep: ...


@renamed(scheduler="cluster")
def sweep(
    optimizers: Any = None,
    functions: Any = None,
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    across: Mapping[str, Sequence[Value]] | None = None,
    steps: int = 200,
    modes: AnyModes = (),
    schedule: Any = None,
    grad_clip: Bound | None = None,
    prepare: Callable[[Any], object] | None = None,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> Any:
    """Run every optimizer on every function at every learning rate.

    Every run is computed once and then kept in the store, under a key that covers everything its
    numbers depend on: the sources of the optimizer and of the function, the settings, the versions
    of the libraries. An interrupted sweep continues where it stopped.

    Parameters
    ----------
    optimizers : name, spec or class, or a list of them, optional
        All of `OPTIMIZERS` if not given.
    functions : name, TestFunction, (callable, domain) or MatrixProblem, or a list, optional
        All of `FUNCTIONS` except the variants, such as the logged ones, if not given.
    lrs : sequence of float
        Learning rates, positive and distinct. An optimizer with an axis of its own (`Axis`) is run
        at the values of that instead. If no optimizer has a learning rate, other rates than
        `LEARNING_RATES` are refused.
    across : mapping, optional
        One further axis, as its name and its values: a hyper-parameter of every optimizer,
        ``{"weight_decay": [0, 0.01, 0.1]}``; or ``{"noise": [0, 0.1, 1]}``, the standard deviation
        of Gaussian noise in both components of the gradient, as `functions.noisy` adds it. The
        draws are the same in every run, only their scale differs. Keys of the sweep then have the
        value as a fourth part.
    steps : int
        Number of steps of every run.
    modes : str or (str, mapping), or a tuple of them
        Changes to the steps of every optimizer, as `run` takes them.
    schedule, grad_clip, prepare : optional
        A learning-rate schedule, gradient clipping and preparation of the optimizer for every run,
        as `run` takes them. Each run makes its own schedule.
    jobs : int, optional
        Number of processes. If not given, one for each processor, or only this process if there are
        few runs. With ``jobs=2`` or more, an optimizer that ends its process (by a segmentation
        fault, for lack of memory) fails only its own run; with ``jobs=1``, or inside a worker of
        multiprocessing or joblib, it ends this process.
    store : Store or path, optional
        The store of the results. If not given or blank, the folder in the environment variable
        ``OPTGALLERY_STORE``, or else a folder for optgallery in the user's cache.
    cluster : str, optional
        Address of a Dask scheduler whose workers compute the runs, ``"tcp://host:8786"``; if not
        given, the address in the environment variable ``OPTGALLERY_CLUSTER``, if there is one.

    Returns
    -------
    Sweep or MatrixSweep
        A MatrixSweep of problems whose parameters are matrices.

    Raises
    ------
    TypeError, ValueError
        If a name is unknown, functions and problems of matrices are mixed, an entry is repeated, a
        rate is not positive and finite, rates are given for optimizers that have none, an optimizer
        does not have the further axis or refuses one of its values, or ``schedule``, ``grad_clip``
        or ``prepare`` is invalid.
    ClusterError
        If the scheduler does not answer, or its workers cannot be used.

    Warns
    -----
    RuntimeWarning
        If an optimizer raised an exception or its process ended: its trajectory has the status
        "failed" and the reason, and is not stored; other runs are not affected. Also if the store
        cannot be written: the sweep is complete, but the next one must compute it again. A function
        that does not know what an optimizer takes from it fails its runs, too; that is reported
        only if both ``optimizers`` and ``functions`` are given.

    Examples
    --------
    >>> import optgallery as og
    >>> s = og.sweep("adamw", ["sphere", "beale"], lrs=[0.01, 0.1], steps=10)
    >>> s["adamw", "beale", 0.1].points.shape
    (11, 2)

    Weight decay as a further axis:

    >>> s = og.sweep("adamw", "booth", [0.1, 1.0], across={"weight_decay": [0, 0.1]})
    >>> s["adamw", "booth", 1.0, 0.1].title
    'AdamW on Booth, lr 1, weight_decay 0.1'
    >>> print(s)
    AdamW on Booth        lr 0.1        lr 1
    weight_decay 0         ✓ 120        ✓ 28
    weight_decay 0.1       ✓ 100        ✓ 21
    """
    if modes:
        given = _listed(OPTIMIZERS if optimizers is None else optimizers)
        optimizers = [with_modes(as_spec(each), modes) for each in given]
    listed = None if functions is None else _listed(functions)
    problems = [] if listed is None else _problems(listed)
    planned: Plan[Any]
    if problems:
        planned = _plan(optimizers, problems, lrs, across=across, steps=steps)
    else:
        planned = plan(optimizers, listed, lrs, across=across, steps=steps)
    _check_rates_are_used(planned)
    if jobs is not None:
        jobs = check_whole("jobs", jobs, 1)
    _check_cluster(cluster)

    additions = Additions.of(planned.steps, schedule=schedule, grad_clip=grad_clip, prepare=prepare)
    cache = TrajectoryCache(as_store(store), planned.steps, additions)
    runs = planned.runs
    found: dict[CellName, AnyTrajectory] = {}
    for run in runs.values():
        if (cached := cache.find(*run)) is not None:
            found[run.cell] = cached
    missing = [run for run in runs.values() if run.cell not in found]
    if planned.across is not None and missing:  # a value whose runs are stored was accepted
        planned.across.check_values(planned.optimizers, planned.lrs)
    seconds = planned.steps * sum(
        _ELEMENTWISE if run.spec.elementwise and not additions else _OTHERS for run in missing
    )
    if jobs is None and not parallel_is_faster(seconds):
        jobs = 1
    # closing the generator ends the other processes, also after Ctrl-C
    with closing(_compute(missing, cache, jobs, cluster or cluster_address())) as computed:
        for run, trajectory in computed:
            found[run.cell] = trajectory
    trajectories = {cell: found[run.cell] for cell, run in runs.items()}
    _report_failures(
        list(trajectories.values()), refusals=not (optimizers is None or functions is None)
    )
    made: Callable[..., Any] = MatrixSweep if problems else Sweep
    return made(*planned, trajectories)


def plan(
    optimizers: Any = None,
    functions: Any = None,
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    across: Mapping[str, Sequence[Value]] | None = None,
    steps: int = 200,
) -> Plan[TestFunction]:
    """Return the plan of a sweep over functions; see `sweep` for the arguments and errors."""
    listed = grid_functions() if functions is None else _listed(functions)
    fns = [as_test_function(fn) for fn in listed]
    return _plan(optimizers, fns, lrs, across=across, steps=steps)


def _plan(
    optimizers: Any,
    functions: Sequence[AnyFunction],
    lrs: Sequence[float],
    *,
    across: Mapping[str, Sequence[Value]] | None,
    steps: int,
) -> Plan[AnyFunction]:
    specs = tuple(as_spec(o) for o in _listed(OPTIMIZERS if optimizers is None else optimizers))
    rates = _check_rates(lrs)
    check_whole("steps", steps, 1)
    _check_distinct("optimizers", [spec.name for spec in specs], _NAME_OPTIMIZERS)
    _check_distinct("functions", [fn.name for fn in functions], _NAME_FUNCTIONS)
    fns = tuple(functions)
    return Plan(specs, fns, rates, int(steps), Across.of(across, specs, fns))


def _problems(listed: Sequence[Any]) -> list[MatrixProblem]:
    """Return the problems of matrices, if these are such; an empty list if they are functions."""
    named = [isinstance(given, str) and given in PROBLEMS.names for given in listed]
    of_matrices = [
        name or isinstance(given, MatrixProblem) for given, name in zip(listed, named, strict=True)
    ]
    if any(of_matrices) and not all(of_matrices):
        function = listed[of_matrices.index(False)]
        problem = listed[of_matrices.index(True)]
        raise ValueError(
            "a sweep is over test functions or over problems of matrices, not over both: got "
            f"{getattr(function, 'name', function)!r} and {getattr(problem, 'name', problem)!r}"
        )
    if not any(of_matrices):
        return []
    return [PROBLEMS[given] if isinstance(given, str) else given for given in listed]


def _or_zero(setting: float | None) -> float:
    return 0.0 if setting is None else setting


def grid_functions() -> list[TestFunction]:
    """Return the functions of the gallery's grid: all of `FUNCTIONS` except the variants."""
    return [fn for fn in FUNCTIONS.values() if fn.variant_of is None]


def _compute(
    missing: list[Run], cache: TrajectoryCache, jobs: int | None, cluster: str | None
) -> Generator[tuple[Run, AnyTrajectory], None, None]:
    """Compute runs, store each result as soon as it arrives, and yield the trajectories."""
    computed = compute(missing, cache.steps, cache.additions, jobs=jobs, cluster=cluster)
    with progress("running optimizers", "runs", len(missing)) as bar, closing(computed):
        for run, result in computed:
            yield run, cache.keep(result, *run)
            bar.update()


def _last_point(run: RecordedRun) -> dict[str, float | None]:
    x, y = run.points[-1].tolist() if isinstance(run, Trajectory) else (None, None)
    return {"x": x, "y": y}


def _report_failures(trajectories: list[AnyTrajectory], *, refusals: bool) -> None:
    failed = [t for t in trajectories if t.status == "failed"]
    if not refusals:  # nobody has asked for these pairs
        failed = [t for t in failed if not _is_refused(t)]
    if failed:
        shown = "; ".join(t.summary for t in failed[:5]) + ("; ..." if len(failed) > 5 else "")
        warnings.warn(
            f"{len(failed)} of {len(trajectories)} runs failed: {shown}",
            RuntimeWarning,
            stacklevel=4,
        )


def _is_refused(run: AnyTrajectory) -> bool:
    """Whether the function does not know what the optimizer takes from it."""
    spec, fn = run.optimizer, run.test_fn
    return isinstance(spec, OptimizerSpec) and is_refused(spec, fn, fn.start, run.hparams)


def _listed(given: Any) -> list[Any]:
    """Wrap a single name, entry, optimizer or (callable, domain) pair in a list."""
    single = isinstance(given, (str, OptimizerSpec, TestFunction, MatrixProblem)) or callable(given)
    pair = isinstance(given, tuple) and len(given) == 2 and callable(given[0])
    if single or (pair and not isinstance(given[0], (type, TestFunction))):
        return [given]
    if isinstance(given, Mapping):
        return list(given.values())
    if not isinstance(given, Iterable) or not (listed := list(given)):
        raise ValueError(f"expected a name, an entry or a list of them, got {given!r}")
    return listed


def _check_cluster(address: Any) -> None:
    if address is None or isinstance(address, str):
        return
    advice = ""
    if callable(address) or hasattr(address, "get_last_lr"):
        advice = "; a learning-rate schedule is given as schedule="
    raise ValueError(
        "cluster must be the address of a Dask scheduler, such as 'tcp://host:8786', "
        f"got {address!r}{advice}"
    )


def _check_rates(lrs: Sequence[float]) -> tuple[float, ...]:
    if isinstance(lrs, str):
        raise ValueError(f"lrs must be a list of numbers, got {lrs!r}")
    try:
        rates = tuple(float(lr) for lr in lrs)
    except (TypeError, ValueError):
        raise ValueError(f"lrs must be a list of numbers, got {lrs!r}") from None
    if invalid := [lr for lr in rates if not (isfinite(lr) and lr > 0)]:
        raise ValueError(f"learning rates must be positive and finite, got {invalid[0]}")
    if not rates:
        raise ValueError("at least one learning rate is needed, got none")
    _check_distinct("learning rates", list(rates))
    return rates


def _check_rates_are_used(planned: Plan[Any]) -> None:
    """Raise a ValueError if rates were given, and no optimizer has a learning rate."""
    if planned.lrs == LEARNING_RATES or any(spec.own_axis is None for spec in planned.optimizers):
        return
    spec = planned.optimizers[0]
    axis = spec.own_axis
    assert axis is not None
    if axis.parameter is None:
        has = "and nothing else to choose: leave out lrs"
    else:
        values = list(axis.values)
        has = (
            f"it is run at the values {values} of {axis.parameter}: leave out lrs, and for other "
            f"values use dataclasses.replace(spec, axis=og.Axis({axis.parameter!r}, [...]))"
        )
    raise ValueError(f"{spec.title} has no learning rate, {has}")


def check_has_rate(function: str, spec: OptimizerSpec) -> None:
    """Raise a ValueError if an analysis varies the learning rate, and an optimizer has none."""
    if spec.own_axis is not None:
        raise ValueError(f"{function}() varies the learning rate, and {spec.title} has none")


def _check_distinct(what: str, names: list[Any], advice: str = "") -> None:
    if repeated := [name for i, name in enumerate(names) if name in names[:i]]:
        raise ValueError(f"{what} must be distinct, got {repeated[0]!r} more than once{advice}")
