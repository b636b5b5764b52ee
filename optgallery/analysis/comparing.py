"""compare(): optimizers over many functions, starts and learning rates."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.computing import Request, check_memory, compute
from optgallery.analysis.outcomes import Course, Outcomes, outcomes_of
from optgallery.analysis.problems import STARTS, Problem, problems
from optgallery.arguments import check_whole
from optgallery.cache.store import Store
from optgallery.optim import OptimizerSpec
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.record import Record
from optgallery.runs.trajectories import Trajectories
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.sweep import Sweep, plan

Array = NDArray[np.float64]

RATES = (*(float(f"{m}e{k}") for k in range(-4, 2) for m in (1, 3)), 100.0)
"""The learning rates of a comparison: half decades from 0.0001 to 100."""

_RUN_SIZE = 600  # bytes of memory for the outcome of each run


def compare(
    optimizers: Any,
    functions: Any = None,
    lrs: Sequence[float] = RATES,
    *,
    starts: Any = STARTS,
    budget: int = 200,
    shift: bool = True,
    jobs: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    cluster: str | None = None,
) -> Comparison:
    """Compare optimizers over many functions, starts and learning rates.

    Every optimizer gets the same problems, the same rates and the same number of gradient
    evaluations; nothing is tuned. Functions are shifted so that no minimum lies at the origin,
    where steps proportional to the parameter's norm and weight decay have an advantage. Only the
    outcome of each run is kept: the evaluations to each of 51 targets, the last value, and how the
    run ended. Outcomes are stored, so that an interrupted comparison can be continued.

    Parameters
    ----------
    optimizers : name, spec or class, or a list of them; or a Sweep or some Trajectories
        What to compare. A `Sweep`, or a list with `Trajectories` of each optimizer at each rate
        from the same starts, is compared without further runs, and no other argument may be given.
    functions : name, TestFunction or (callable, domain), or a list of them, optional
        If not given, all of `FUNCTIONS` except the variants.
    lrs : sequence of float
        Learning rates, positive and distinct; half decades from 0.0001 to 100 if not given. An
        optimizer without a learning rate is run once on each problem, at its default settings; that
        outcome stands at every rate.
    starts : int, array of shape (n, 2), or mapping from names of functions to such arrays
        The number of starts on each function: its own, and further points of a fixed sequence that
        covers the domain. Or the starts themselves, in the coordinates of the original function.
    budget : int
        Gradient evaluations of every run. An optimizer that needs several for a step takes fewer
        steps.
    shift : bool
        Whether to shift the functions.
    jobs : int, optional
        Number of processes, as for `sweep`.
    store : Store or path, optional
        Where results are kept, as for `sweep`.
    cluster : str, optional
        Address of a Dask scheduler, as for `sweep`.

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError, ValueError
        If a name is unknown, an entry is repeated, a rate is not positive and finite, the budget is
        below 1, a start is outside the domain or at a point where the function is undefined, or the
        outcomes do not fit into memory.

    Warns
    -----
    RuntimeWarning
        If an optimizer raised an exception or ended its process: such runs are "failed" and are
        repeated the next time. Or if the store cannot be written.

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare(["adamw", "lion"], ["booth", "matyas"], [0.01, 0.1, 1.0], starts=2)
    >>> c
    <Comparison: 2 optimizers x 3 learning rates x 4 problems (2 functions, 2 starts each), \
200 evaluations>
    >>> c.best_rates()
    {'adamw': 1.0, 'lion': 0.1}
    """
    if (existing := _from_existing(optimizers)) is not None:
        if functions is not None or lrs is not RATES:
            raise TypeError(
                "runs that exist already are compared as they are: give no other argument"
            )
        return existing
    asked = plan(optimizers, functions, lrs, steps=1)
    budget = check_whole("budget", budget, 1)
    if jobs is not None:
        jobs = check_whole("jobs", jobs, 1)
    if isinstance(starts, int):  # before as many starts are chosen
        _check_size(len(asked.optimizers) * len(asked.lrs), len(asked.functions) * starts)
    chosen = problems(asked.functions, starts, shift=shift)
    _check_size(len(asked.optimizers) * len(asked.lrs), len(chosen))
    requests = []
    for spec in asked.optimizers:
        settings = _settings(spec, asked.lrs)
        for fn in asked.functions:
            own = tuple(problem for problem in chosen if problem.of is fn)
            requests.append(Request(spec, own, settings, budget))
    arrays = compute(
        requests, outcomes_of, what="comparing optimizers", jobs=jobs, store=store, cluster=cluster
    )
    rates, each = len(asked.lrs), len(asked.functions)
    rows = []
    for i in range(len(asked.optimizers)):
        own_arrays = zip(requests[i * each :][:each], arrays[i * each :][:each], strict=True)
        parts = [
            Outcomes.of([a], (len(request.settings), len(request.problems))).at_all_rates(rates)
            for request, a in own_arrays
        ]
        rows.append(_stacked(parts, lambda xs: np.concatenate(xs, axis=1)))
    return Comparison(asked.optimizers, asked.lrs, chosen, budget, _stacked(rows, np.stack))


def _settings(spec: OptimizerSpec, lrs: Sequence[float]) -> tuple[dict[str, Any], ...]:
    """Return the settings of an optimizer's runs: only its defaults if it has no learning rate."""
    return tuple(spec.at_rate(lr) for lr in lrs) if spec.own_axis is None else ({},)


def _check_size(settings: int, number: int) -> None:
    """Raise a ValueError if the outcomes on a number of problems do not fit into memory."""
    runs = settings * number
    check_memory(
        float(runs) * _RUN_SIZE,
        f"{runs:,} runs",
        lambda share: f"take at most {int(share * number):,} problems, got {number:,}",
    )


def _from_existing(given: Any) -> Comparison | None:
    """Return the comparison of a sweep or of trajectories; None for other arguments."""
    if isinstance(given, Sweep):
        if given.across is not None:
            raise ValueError(
                "compare() takes one run of each optimizer on each function at each rate; "
                f"{given!r} has several: compare a sweep without across="
            )
        for spec in given.optimizers:
            if spec.own_axis is not None and spec.own_axis.parameter is not None:
                raise ValueError(
                    f"compare() takes one run of {spec.title}, which has no learning rate, on each "
                    f"function, and the sweep has one for each value of {spec.own_axis.parameter}: "
                    "leave it out, or give compare() the optimizers instead of a sweep"
                )
        fns = given.functions
        chosen = tuple(Problem(fn, fn.start, fn) for fn in fns)
        runs = [
            [
                [given[spec.name, fn.name, lr if spec.own_axis is None else None] for fn in fns]
                for lr in given.lrs
            ]
            for spec in given.optimizers
        ]
        return _of_runs(given.optimizers, given.lrs, chosen, runs, given.steps)
    several = [given] if isinstance(given, Trajectories) else given
    if not isinstance(several, (list, tuple)) or not any(
        isinstance(each, Trajectories) for each in several
    ):
        return None
    if not all(isinstance(each, Trajectories) and len(each) for each in several):
        raise TypeError("Trajectories are compared with one another only, each of some starts")
    return _of_trajectories(several)


def _of_trajectories(several: Sequence[Trajectories]) -> Comparison:
    first = several[0]
    fn, starts, steps = first[0].test_fn, first.points[:, 0], first[0].steps
    cells: dict[tuple[str, Any], Trajectories] = {}
    for each in several:
        run = each[0]
        if run.test_fn != fn or run.steps != steps or not np.array_equal(each.points[:, 0], starts):
            raise ValueError(
                "Trajectories are compared from the same starts on one function, with equally "
                f"many steps; those of {run.title} differ from those of {first[0].title}"
            )
        if (run.optimizer.name, run.lr) in cells:
            raise ValueError(f"{run.title} is given more than once")
        cells[run.optimizer.name, run.lr] = each
    specs = {each[0].optimizer.name: each[0].optimizer for each in several}
    lrs = list(dict.fromkeys(lr for _, lr in cells))
    missing = [f"{name} at {lr}" for name in specs for lr in lrs if (name, lr) not in cells]
    if missing or not all(isinstance(lr, float) for lr in lrs):
        raise ValueError(
            "Trajectories are compared at rates that are numbers, the same for every optimizer; "
            f"there are {lrs}" + (f", and there is no {', no '.join(missing)}" if missing else "")
        )
    chosen = tuple(Problem(fn, (x, y), fn, i) for i, (x, y) in enumerate(starts.tolist()))
    runs = [[list(cells[name, lr]) for lr in lrs] for name in specs]
    return _of_runs(tuple(specs.values()), tuple(lrs), chosen, runs, steps)


def _of_runs(
    specs: tuple[OptimizerSpec | ExternalOptimizer, ...],
    lrs: tuple[float, ...],
    chosen: tuple[Problem, ...],
    runs: Sequence[Sequence[Sequence[Trajectory]]],
    steps: int,
) -> Comparison:
    flat = [run for rows in runs for row in rows for run in row]
    failed = np.array([run.status == "failed" for run in flat])
    # each step costs at least one evaluation, so every run uses up this budget
    course = Course(Record.gather(flat), chosen * (len(specs) * len(lrs)), steps, failed)
    shape = (len(specs), len(lrs), len(chosen))
    return Comparison(specs, lrs, chosen, steps, Outcomes.of([outcomes_of(course)], shape))


def _stacked(parts: Sequence[Outcomes], join: Callable[[list[Any]], Any]) -> Outcomes:
    names = vars(parts[0])
    return Outcomes(**{name: join([getattr(part, name) for part in parts]) for name in names})
