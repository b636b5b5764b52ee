"""sweep(): run optimizers on functions at several learning rates, and store the results."""

import os
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from html import escape
from itertools import product
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from optgallery.arguments import check_whole, renamed
from optgallery.cache.store import Store, as_store
from optgallery.functions import FUNCTIONS, TestFunction, as_test_function
from optgallery.optim import OPTIMIZERS, OptimizerSpec, as_spec
from optgallery.parallel.distribution import cluster_address, parallel_is_faster, progress
from optgallery.registry import UnknownNameError
from optgallery.runs.additions import Additions
from optgallery.runs.run import Bound
from optgallery.runs.trajectory import Trajectory
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
    """The runs of a sweep: every optimizer on every function at every rate."""

    optimizers: tuple[OptimizerSpec, ...]
    functions: tuple[TestFunction, ...]
    lrs: tuple[float, ...]
    steps: int


@dataclass(frozen=True, eq=False)
class Sweep(Mapping[CellName, Trajectory]):
    """Trajectories by ``(optimizer, function, learning rate)``.

    Attributes
    ----------
    optimizers : tuple of OptimizerSpec
    functions : tuple of TestFunction
    lrs : tuple of float
    steps : int
        Steps of every run.
    """

    optimizers: tuple[OptimizerSpec, ...]
    functions: tuple[TestFunction, ...]
    lrs: tuple[float, ...]
    steps: int
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
        return (
            f"<Sweep: {len(self.optimizers)} optimizers x {len(self.functions)} functions "
            f"x {len(self.lrs)} learning rates, {self.steps} steps>"
        )

    def __str__(self) -> str:
        """Return the outcomes as text: a table for each optimizer, or one for a single function."""
        return "\n\n".join(map(self._table, *zip(*self._tables(), strict=True)))

    def _repr_html_(self) -> str:
        """Return the same tables as HTML, with the full outcomes as tooltips."""
        return "".join(map(self._html_table, *zip(*self._tables(), strict=True)))

    def _tables(self) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
        """Yield each table's title, and the optimizer and function of each row by its title."""
        if len(self.functions) == 1:
            fn = self.functions[0]
            rows = row_titles((spec.name, spec.title) for spec in self.optimizers)
            yield fn.title, {title: (name, fn.name) for name, title in rows.items()}
            return
        rows = row_titles((fn.name, fn.title) for fn in self.functions)
        for spec in self.optimizers:
            yield spec.title, {title: (spec.name, name) for name, title in rows.items()}

    def _table(self, title: str, rows: Mapping[str, tuple[str, str]]) -> str:
        marks = {
            row: [self[*pair, lr].outcome.mark for lr in self.lrs] for row, pair in rows.items()
        }
        return table(title, self.lrs, marks)

    def _html_table(self, title: str, rows: Mapping[str, tuple[str, str]]) -> str:
        head = "".join(f'<th scope="col">lr {lr:g}</th>' for lr in self.lrs)
        body = ""
        for name, pair in rows.items():
            runs = [self[*pair, lr] for lr in self.lrs]
            cells = "".join(
                f'<td title="{escape(str(t.outcome))}">{escape(t.outcome.mark)}</td>' for t in runs
            )
            body += f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
        corner = f'<th scope="col">{escape(title)}</th>'
        return f"<table><thead><tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table>"

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas DataFrame with a row for each run.

        The columns are ``optimizer``, ``function`` and ``lr``; ``outcome``, the kind of outcome;
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
        rows = [
            {
                "optimizer": optimizer,
                "function": function,
                "lr": lr,
                "outcome": run.outcome.kind,
                "evaluations": run.outcome.cost,
                "step": run.outcome.step,
                "reason": run.outcome.reason,
                "x": run.points[-1, 0],
                "y": run.points[-1, 1],
                "value": run.values[-1],
                "minimum": run.test_fn.minimum,
            }
            for (optimizer, function, lr), run in self.items()
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
        rate wins a tie.

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
        runs = [self[optimizer, function, lr] for lr in sorted(self.lrs)]

        def rank(run: Trajectory) -> tuple[float, float]:
            if run.status != "completed":
                return inf, inf
            cost = run.evaluations_to_solve()
            return inf if cost is None else cost, float(f"{run.values[-1]:.3g}")

        return min(runs, key=rank)  # if several are equal, the one with the lowest rate

    def _available_keys(self) -> str:
        names = [spec.name for spec in self.optimizers], [fn.name for fn in self.functions]
        return f"one of {names[0]}, one of {names[1]} and one of {list(self.lrs)}"


@renamed(scheduler="cluster")
def sweep(
    optimizers: Any = None,
    functions: Any = None,
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    steps: int = 200,
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
    steps : int
        Number of steps of every run.
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
        If a name is unknown, an entry is repeated, a rate is not positive and finite, or
        ``schedule``, ``grad_clip`` or ``prepare`` is invalid.
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
    """
    planned = plan(optimizers, functions, lrs, steps=steps)
    if jobs is not None:
        jobs = check_whole("jobs", jobs, 1)
    _check_cluster(cluster)

    additions = Additions.of(planned.steps, schedule=schedule, grad_clip=grad_clip, prepare=prepare)
    cache = TrajectoryCache(as_store(store), planned.steps, additions)
    runs = [Run(*run) for run in product(planned.optimizers, planned.functions, planned.lrs)]
    found: dict[CellName, Trajectory] = {}
    for run in runs:
        if (cached := cache.find(*run)) is not None:
            found[run.cell] = cached
    missing = [run for run in runs if run.cell not in found]
    seconds = planned.steps * sum(
        _ELEMENTWISE if run.spec.elementwise and not additions else _OTHERS for run in missing
    )
    if jobs is None and not parallel_is_faster(seconds):
        jobs = 1
    # closing the generator ends the other processes, also after Ctrl-C
    with closing(_compute(missing, cache, jobs, cluster or cluster_address())) as computed:
        for run, trajectory in computed:
            found[run.cell] = trajectory
    trajectories = {run.cell: found[run.cell] for run in runs}
    _report_failures(list(trajectories.values()))
    return Sweep(*planned, trajectories)


def plan(
    optimizers: Any = None,
    functions: Any = None,
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    steps: int = 200,
) -> Plan:
    """Return the plan of a sweep; see `sweep` for the arguments and errors."""
    specs = tuple(as_spec(o) for o in _listed(OPTIMIZERS if optimizers is None else optimizers))
    listed = grid_functions() if functions is None else _listed(functions)
    fns = tuple(as_test_function(fn) for fn in listed)
    rates = _check_rates(lrs)
    check_whole("steps", steps, 1)
    _check_distinct("optimizers", [spec.name for spec in specs], _NAME_OPTIMIZERS)
    _check_distinct("functions", [fn.name for fn in fns], _NAME_FUNCTIONS)
    return Plan(specs, fns, rates, int(steps))


def grid_functions() -> list[TestFunction]:
    """Return the functions of the gallery's grid: all of `FUNCTIONS` except the variants."""
    return [fn for fn in FUNCTIONS.values() if fn.variant_of is None]


def table(title: str, lrs: Sequence[float], marks: Mapping[str, Sequence[str]]) -> str:
    """Return a text table of the outcomes' marks, with a row for each name."""
    width = max(map(len, (title, *marks)))
    lines = [f"{title:{width}}" + "".join(f"{f'lr {lr:g}':>12}" for lr in lrs)]
    for name, row in marks.items():
        lines.append(f"{name:{width}}" + "".join(f"{cell:>12}" for cell in row))
    return "\n".join(lines)


def row_titles(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return titles by name; a title that several entries have is followed by the name.

    Examples
    --------
    >>> row_titles([("beale", "Beale"), ("mine", "Bowl"), ("yours", "Bowl")])
    {'beale': 'Beale', 'mine': 'Bowl (mine)', 'yours': 'Bowl (yours)'}
    """
    entries = list(entries)
    count = Counter(title for _, title in entries)
    return {name: f"{title} ({name})" if count[title] > 1 else title for name, title in entries}


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
