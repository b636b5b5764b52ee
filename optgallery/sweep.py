"""sweep(): every optimizer on every function at every learning rate."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import inf, isfinite
from typing import Any, TypeAlias

from optgallery.functions import FUNCTIONS, TestFunction, as_test_function
from optgallery.lanes import run_lanes
from optgallery.optim import OPTIMIZERS, OptimizerSpec, as_spec
from optgallery.registry import UnknownNameError
from optgallery.trajectory import Trajectory, check_steps, run

LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""The learning rates of the gallery, the same for every optimizer."""

Cell: TypeAlias = tuple[str, str, float]

_WORTH_A_PROCESS = 40  # runs; below that, starting workers costs more than it saves


@dataclass(frozen=True, eq=False)
class Sweep(Mapping[Cell, Trajectory]):
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
    _trajectories: Mapping[Cell, Trajectory] = field(repr=False)

    def __getitem__(self, cell: Cell) -> Trajectory:
        try:
            return self._trajectories[cell]
        except (KeyError, TypeError):
            raise UnknownNameError(
                f"{cell!r} is not in {self!r}; ask for {self._shape()}"
            ) from None

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._trajectories)

    def __len__(self) -> int:
        return len(self._trajectories)

    def __repr__(self) -> str:
        return (
            f"<Sweep: {len(self.optimizers)} optimizers x {len(self.functions)} functions "
            f"x {len(self.lrs)} learning rates, {self.steps} steps>"
        )

    def __str__(self) -> str:
        """Say what became of every run: a table for each optimizer, or for the only function."""
        if len(self.functions) == 1:
            fn = self.functions[0]
            rows = {spec.title: (spec.name, fn.name) for spec in self.optimizers}
            return self._table(fn.title, rows)
        return "\n\n".join(
            self._table(spec.title, {fn.title: (spec.name, fn.name) for fn in self.functions})
            for spec in self.optimizers
        )

    def _table(self, title: str, rows: Mapping[str, tuple[str, str]]) -> str:
        width = max(map(len, (title, *rows)))
        lines = [f"{title:{width}}" + "".join(f"{f'lr {lr:g}':>12}" for lr in self.lrs)]
        for name, pair in rows.items():
            cells = (note(self[*pair, lr]) for lr in self.lrs)
            lines.append(f"{name:{width}}" + "".join(f"{cell:>12}" for cell in cells))
        return "\n".join(lines)

    def best(self, optimizer: str, function: str) -> Trajectory:
        """Return the run at the learning rate that served best.

        That is the one that solved the function with the fewest gradient evaluations, or, where
        none did, the one that ended lowest, to three digits. Of equals, the smallest rate.

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
        runs = [self[optimizer, function, lr] for lr in self.lrs]

        def order(run: Trajectory) -> tuple[float, float, float]:
            if run.status == "diverged":
                return inf, inf, run.lr or 0.0
            cost = run.solved()
            return inf if cost is None else cost, float(f"{run.values[-1]:.3g}"), run.lr or 0.0

        return min(runs, key=order)

    def _shape(self) -> str:
        names = [spec.name for spec in self.optimizers], [fn.name for fn in self.functions]
        return f"one of {names[0]}, one of {names[1]} and one of {list(self.lrs)}"


def sweep(
    optimizers: Any = None,
    functions: Any = None,
    lrs: Sequence[float] = LEARNING_RATES,
    *,
    steps: int = 200,
    jobs: int | None = None,
) -> Sweep:
    """Run every optimizer on every function at every learning rate.

    Parameters
    ----------
    optimizers : name, spec or class, or a list of them, optional
        All of `OPTIMIZERS` if not given.
    functions : name, TestFunction or (callable, domain), or a list of them, optional
        All of `FUNCTIONS` but the variants, such as the logged ones, if not given.
    lrs : sequence of float
        Learning rates, positive, each once.
    steps : int
        Steps of every run.
    jobs : int, optional
        Processes to spread the runs over; as many as there are processors if not given, and none
        besides this one where the runs are few.

    Returns
    -------
    Sweep

    Raises
    ------
    TypeError, ValueError
        For unknown names, repeated entries and rates that are not positive and finite.

    Examples
    --------
    >>> import optgallery as og
    >>> s = og.sweep("adamw", ["sphere", "beale"], lrs=[0.01, 0.1], steps=10)
    >>> s["adamw", "beale", 0.1].points.shape
    (11, 2)
    """
    specs = tuple(as_spec(o) for o in _listed(OPTIMIZERS if optimizers is None else optimizers))
    if functions is None:
        functions = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
    fns = tuple(as_test_function(fn) for fn in _listed(functions))
    rates = _check_rates(lrs)
    check_steps(steps)
    _check_distinct("optimizers", [spec.name for spec in specs])
    _check_distinct("functions", [fn.name for fn in fns])
    if jobs is not None and (not isinstance(jobs, int) or jobs < 1):
        raise ValueError(f"jobs must be a whole number >= 1, got {jobs!r}")

    batches = [batch for spec in specs for batch in _batches(spec, fns)]
    if jobs is None and len(specs) * len(fns) * len(rates) < _WORTH_A_PROCESS:
        jobs = 1
    if jobs == 1:
        results = [_run_batch(*batch, rates, steps) for batch in batches]
    else:
        from joblib import Parallel, delayed

        results = Parallel(n_jobs=jobs or -1, inner_max_num_threads=1)(
            delayed(_run_batch)(*batch, rates, steps) for batch in batches
        )
    found = {
        (spec.name, *key): trajectory
        for (spec, _), result in zip(batches, results, strict=True)
        for key, trajectory in result.items()
    }
    trajectories = {
        # what came back from another process brought copies of the entries
        (spec.name, fn.name, lr): replace(found[spec.name, fn.name, lr], optimizer=spec, test_fn=fn)
        for spec, fn, lr in product(specs, fns, rates)
    }
    return Sweep(specs, fns, rates, steps, trajectories)


def note(trajectory: Trajectory) -> str:
    """Say in a few signs what became of a run: its cost, where it stopped, or its last value."""
    match trajectory.verdict:
        case "solved":
            return f"✓ {trajectory.solved()}"
        case "diverged":
            return f"✗ step {trajectory.stopped_at}"
        case "climbed":
            return f"↗ {trajectory.values[-1]:.3g}"
        case "unsolved":
            return f"f {trajectory.values[-1]:.3g}"


def _batches(
    spec: OptimizerSpec, fns: tuple[TestFunction, ...]
) -> list[tuple[OptimizerSpec, tuple[TestFunction, ...]]]:
    """Divide the functions into what one optimizer object can take at once, bit for bit."""
    together = tuple(fn for fn in fns if spec.elementwise and _known(fn))
    groups = [together] if together else []
    groups += [(fn,) for fn in fns if fn not in together]
    return [(spec, group) for group in groups]


def _known(fn: TestFunction) -> bool:
    """Whether the tests have seen that this function gives the same bits in a vector as alone."""
    return FUNCTIONS.get(fn.name) == fn and fn.gradient_noise is None


def _run_batch(
    spec: OptimizerSpec, fns: tuple[TestFunction, ...], rates: tuple[float, ...], steps: int
) -> dict[tuple[str, float], Trajectory]:
    if spec.elementwise and all(map(_known, fns)):
        try:
            return run_lanes(spec, fns, rates, steps=steps)
        except ArithmeticError:  # of one lane, which would take the others with it
            pass
    return {(fn.name, lr): run(spec, fn, steps=steps, lr=lr) for fn, lr in product(fns, rates)}


def _listed(given: Any) -> list[Any]:
    """Wrap a single name, entry or (callable, domain) pair in a list."""
    single = isinstance(given, (str, type, OptimizerSpec, TestFunction))
    pair = isinstance(given, tuple) and len(given) == 2 and callable(given[0])
    if single or (pair and not isinstance(given[0], (type, TestFunction))):
        return [given]
    if isinstance(given, Mapping):
        return list(given.values())
    if not isinstance(given, Iterable) or not (listed := list(given)):
        raise ValueError(f"expected a name, an entry or a list of them, got {given!r}")
    return listed


def _check_rates(lrs: Sequence[float]) -> tuple[float, ...]:
    if isinstance(lrs, str):
        raise ValueError(f"lrs must be a list of numbers, got {lrs!r}")
    try:
        rates = tuple(float(lr) for lr in lrs)
    except (TypeError, ValueError):
        raise ValueError(f"lrs must be a list of numbers, got {lrs!r}") from None
    if bad := [lr for lr in rates if not (isfinite(lr) and lr > 0)]:
        raise ValueError(f"learning rates must be positive and finite, got {bad[0]}")
    if not rates:
        raise ValueError("at least one learning rate is needed, got none")
    _check_distinct("learning rates", list(rates))
    return rates


def _check_distinct(what: str, names: list[Any]) -> None:
    if twice := [name for i, name in enumerate(names) if name in names[:i]]:
        raise ValueError(f"{what} must be distinct, got {twice[0]!r} more than once")
