"""sweep(): run optimizers on functions at several learning rates, and store the results."""

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from optgallery.arguments import check_whole, renamed
from optgallery.cache.store import Store, as_store
from optgallery.functions import FUNCTIONS, TestFunction, as_test_function
from optgallery.optim import OPTIMIZERS, OptimizerSpec, as_spec
from optgallery.optim.modes import AnyModes, with_modes
from optgallery.parallel.distribution import cluster_address, parallel_is_faster, progress
from optgallery.registry import UnknownNameError
from optgallery.runs.additions import Additions
from optgallery.runs.outcome import Outcome
from optgallery.runs.run import Bound
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.across import Across, Value
from optgallery.sweeps.tables import html_table, row_titles, text_table
from optgallery.sweeps.tasks import CellName, Run, compute
from optgallery.sweeps.trajectory_cache import TrajectoryCache

if TYPE_CHECKING:
    import pandas as pd

LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""The learning rates of the gallery, the same for every optimizer."""

_NAME_FUNCTIONS = (
    '; name each: (function, {"x0": ..., "name": "..."}), or '
    'dataclasses.replace(test_function, name="...")'
)
_NAME_OPTIMIZERS = "; name each: OptimizerSpec(name=..., title=..., cls=...)"
# seconds per step of a run, of an elementwise optimizer and of any other
_ELEMENTWISE, _OTHERS = 7e-5, 2.5e-4


class Plan(NamedTuple):
    """The runs of a sweep: every optimizer on every function at every rate, and every value."""

    optimizers: tuple[OptimizerSpec, ...]
    functions: tuple[TestFunction, ...]
    lrs: tuple[float, ...]
    steps: int
    across: Across | None = None

    @property
    def runs(self) -> dict[CellName, Run]:
        """The runs by their keys in the sweep, in the order of the rows of its tables."""
        across, pairs = self.across, product(self.optimizers, self.functions)
        if across is None:
            runs = (Run(*pair, lr) for pair in pairs for lr in self.lrs)
            return {run.cell: run for run in runs}
        return {
            (spec.name, fn.name, lr, value): Run(
                spec, across.function(fn, value), lr, across.hparam(value)
            )
            for spec, fn in pairs
            for value in across.values
            for lr in self.lrs
        }


@dataclass(frozen=True, eq=False)
class Sweep(Mapping[CellName, Trajectory]):
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

    optimizers: tuple[OptimizerSpec, ...]
    functions: tuple[TestFunction, ...]
    lrs: tuple[float, ...]
    steps: int
    across: Across | None
    _trajectories: Mapping[CellName, Trajectory] = field(repr=False)

    def __getitem__(self, cell: CellName) -> Trajectory:
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

    def __repr__(self) -> str:
        further = (
            f" x {len(self.across.values)} values of {self.across.name}" if self.across else ""
        )
        return (
            f"<Sweep: {len(self.optimizers)} optimizers x {len(self.functions)} functions "
            f"x {len(self.lrs)} learning rates{further}, {self.steps} steps>"
        )

    def __str__(self) -> str:
        """Return the outcomes as text: a table for each optimizer, or one for a single function.

        Of a sweep across a further axis, a table for each optimizer and function.
        """
        return "\n\n".join(
            text_table(title, self.lrs, {row: [each.mark for each in o] for row, o in rows.items()})
            for title, rows in self._tables()
        )

    def _repr_html_(self) -> str:
        """Return the same tables as HTML, with the full outcomes as tooltips."""
        return "".join(html_table(title, self.lrs, rows) for title, rows in self._tables())

    def _tables(self) -> Iterator[tuple[str, dict[str, list[Outcome]]]]:
        """Yield each table's title, and the outcomes of each row by its title."""
        if self.across is not None:
            functions = row_titles((fn.name, fn.title) for fn in self.functions)
            for spec, fn in product(self.optimizers, self.functions):
                rows = {
                    self.across.title(value): self._row(spec.name, fn.name, value)
                    for value in self.across.values
                }
                yield f"{spec.title} on {functions[fn.name]}", rows
            return
        if len(self.functions) == 1:
            fn = self.functions[0]
            titles = row_titles((spec.name, spec.title) for spec in self.optimizers)
            yield fn.title, {title: self._row(name, fn.name) for name, title in titles.items()}
            return
        titles = row_titles((fn.name, fn.title) for fn in self.functions)
        for spec in self.optimizers:
            yield spec.title, {title: self._row(spec.name, name) for name, title in titles.items()}

    def _row(self, optimizer: str, function: str, *value: Value) -> list[Outcome]:
        return [self[(optimizer, function, lr, *value)].outcome for lr in self.lrs]

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas DataFrame with a row for each run.

        The columns are ``optimizer``, ``function`` and ``lr``; in a sweep across a further axis
        one of its name, with its values; ``outcome``, the kind of outcome;
        ``evaluations``, the number of gradient evaluations until the function was solved (missing
        if it was not); ``step`` and ``reason`` of a run that diverged or failed; ``x``, ``y`` and
        ``value`` of the last iterate; ``minimum``, the function's global minimum, if it is known;
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
        names = ["optimizer", "function", "lr", *([self.across.name] if self.across else [])]
        rows = [
            {
                **dict(zip(names, cell, strict=True)),
                "outcome": run.outcome.kind,
                "evaluations": run.outcome.cost,
                "step": run.outcome.step,
                "reason": run.outcome.reason,
                "x": run.points[-1, 0],
                "y": run.points[-1, 1],
                "value": run.values[-1],
                "minimum": run.test_fn.minimum,
            }
            for cell, run in self.items()
        ]
        if any(run.recorded_lrs is not None for run in self.values()):
            for row, run in zip(rows, self.values(), strict=True):
                row["last_lr"] = run.lrs[-1] if len(run.lrs) else nan
        table = pd.DataFrame(rows)
        return table.astype({"evaluations": "Int64", "step": "Int64", "minimum": "float64"})

    def best(self, optimizer: str, function: str) -> Trajectory:
        """Return the best run of an optimizer on a function.

        It is the run that solved the function with the fewest gradient evaluations. If no run did,
        it is the one with the lowest final value, compared to three digits; the lowest learning
        rate wins a tie, and then the first value of a further axis.

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
        values = [(value,) for value in self.across.values] if self.across else [()]
        lrs = sorted(self.lrs)
        runs = [self[(optimizer, function, lr, *value)] for lr in lrs for value in values]

        def rank(run: Trajectory) -> tuple[float, float]:
            if run.status != "completed":
                return inf, inf
            cost = run.evaluations_to_solve()
            return inf if cost is None else cost, float(f"{run.values[-1]:.3g}")

        return min(runs, key=rank)  # if several are equal, the first, at the lowest rate

    def _available_keys(self) -> str:
        names = [spec.name for spec in self.optimizers], [fn.name for fn in self.functions]
        if (across := self.across) is None:
            return f"one of {names[0]}, one of {names[1]} and one of {list(self.lrs)}"
        return (
            f"one of {names[0]}, one of {names[1]}, one of {list(self.lrs)} and one of "
            f"{list(across.values)}, the values of {across.name}"
        )


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
) -> Sweep:
    """Run every optimizer on every function at every learning rate.

    Every run is computed once and then kept in the store, under a key that covers everything its
    numbers depend on: the sources of the optimizer and of the function, the settings, the versions
    of the libraries. An interrupted sweep continues where it stopped.

    Parameters
    ----------
    optimizers : name, spec or class, or a list of them, optional
        All of `OPTIMIZERS` if not given.
    functions : name, TestFunction or (callable, domain), or a list of them, optional
        All of `FUNCTIONS` except the variants, such as the logged ones, if not given.
    lrs : sequence of float
        Learning rates, positive and distinct.
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
    Sweep

    Raises
    ------
    TypeError, ValueError
        If a name is unknown, an entry is repeated, a rate is not positive and finite, an optimizer
        does not have the further axis or refuses one of its values, or ``schedule``, ``grad_clip``
        or ``prepare`` is invalid.
    ClusterError
        If the scheduler does not answer, or its workers cannot be used.

    Warns
    -----
    RuntimeWarning
        If an optimizer raised an exception or its process ended: its trajectory has the status
        "failed" and the reason, and is not stored; other runs are not affected. Also if the store
        cannot be written: the sweep is complete, but the next one must compute it again.

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
    planned = plan(optimizers, functions, lrs, across=across, steps=steps, modes=modes)
    if jobs is not None:
        jobs = check_whole("jobs", jobs, 1)
    _check_cluster(cluster)

    additions = Additions.of(planned.steps, schedule=schedule, grad_clip=grad_clip, prepare=prepare)
    cache = TrajectoryCache(as_store(store), planned.steps, additions)
    runs = planned.runs
    found: dict[CellName, Trajectory] = {}
    for run in runs.values():
        if (cached := cache.find(*run)) is not None:
            found[run.cell] = cached
    missing = [run for run in runs.values() if run.cell not in found]
    if planned.across is not None and missing:  # a value whose runs are stored was accepted
        planned.across.check_values(planned.optimizers, planned.lrs[0])
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
    _report_failures(list(trajectories.values()))
    return Sweep(*planned, trajectories)


def plan(
    optimizers: Any = None,
    functions: Any = None,
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    across: Mapping[str, Sequence[Value]] | None = None,
    steps: int = 200,
    modes: AnyModes = (),
) -> Plan:
    """Return the plan of a sweep; see `sweep` for the arguments and errors."""
    given = _listed(OPTIMIZERS if optimizers is None else optimizers)
    specs = tuple(with_modes(as_spec(each), modes) for each in given)
    listed = grid_functions() if functions is None else _listed(functions)
    fns = tuple(as_test_function(fn) for fn in listed)
    rates = _check_rates(lrs)
    check_whole("steps", steps, 1)
    _check_distinct("optimizers", [spec.name for spec in specs], _NAME_OPTIMIZERS)
    _check_distinct("functions", [fn.name for fn in fns], _NAME_FUNCTIONS)
    return Plan(specs, fns, rates, int(steps), Across.of(across, specs, fns))


def grid_functions() -> list[TestFunction]:
    """Return the functions of the gallery's grid: all of `FUNCTIONS` except the variants."""
    return [fn for fn in FUNCTIONS.values() if fn.variant_of is None]


def _compute(
    missing: list[Run], cache: TrajectoryCache, jobs: int | None, cluster: str | None
) -> Generator[tuple[Run, Trajectory], None, None]:
    """Compute runs, store each result as soon as it arrives, and yield the trajectories."""
    computed = compute(missing, cache.steps, cache.additions, jobs=jobs, cluster=cluster)
    with progress("running optimizers", "runs", len(missing)) as bar, closing(computed):
        for run, result in computed:
            yield run, cache.keep(result, *run)
            bar.update()


def _report_failures(trajectories: list[Trajectory]) -> None:
    if failed := [t.summary for t in trajectories if t.status == "failed"]:
        shown = "; ".join(failed[:5]) + ("; ..." if len(failed) > 5 else "")
        warnings.warn(
            f"{len(failed)} of {len(trajectories)} runs failed: {shown}",
            RuntimeWarning,
            stacklevel=4,
        )


def _listed(given: Any) -> list[Any]:
    """Wrap a single name, entry, optimizer or (callable, domain) pair in a list."""
    single = isinstance(given, (str, OptimizerSpec, TestFunction)) or callable(given)
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


def _check_distinct(what: str, names: list[Any], advice: str = "") -> None:
    if repeated := [name for i, name in enumerate(names) if name in names[:i]]:
        raise ValueError(f"{what} must be distinct, got {repeated[0]!r} more than once{advice}")
