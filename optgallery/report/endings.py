"""Whether a run that reaches the minimum is still there at its end, and the rate that follows."""

from collections.abc import Iterable
from math import inf

import numpy as np

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.outcomes import TAU
from optgallery.render.surface import Array
from optgallery.runs.outcome import LEGEND
from optgallery.runs.trajectory import Trajectory

LEFT = "og-left"
"""The CSS class of a run that reaches the minimum and ends elsewhere."""

MEANINGS: tuple[tuple[str, str, str], ...] = (
    *LEGEND[:1],
    (
        LEFT,
        "✓ n, then f",
        "came as near, but did not stay: f is its highest value in the last tenth of the run",
    ),
    *LEGEND[1:],
)
"""CSS class, mark and meaning of every ending, for a legend."""

_ZERO = 1e-12  # of the value at the start, if that is above 1: below it, a value is written as 0


def holds_at_end(run: Trajectory) -> bool:
    """Whether the convergence test by which a run is solved holds until its end.

    It has to hold at every iterate of the last tenth of the run, since one that jumps to and fro
    across a valley passes the minimum now and then; or from its first success on, if that is later.

    Parameters
    ----------
    run : Trajectory

    Returns
    -------
    bool
        False if the run was not solved at all.

    Examples
    --------
    >>> import optgallery as og
    >>> holds_at_end(og.run("sgd", "booth", steps=60, lr=0.1))
    True
    """
    minimum = run.test_fn.minimum
    if run.outcome.kind != "solved" or minimum is None:
        return False
    if run.test_fn.lower_outside and not ends_inside(run):
        return False
    first, last = float(run.values[0]), highest_at_end(run)
    rounding = float(np.finfo(np.float64).eps) * max(1.0, abs(minimum))
    return last - minimum <= max(TAU * (first - minimum), rounding)


def highest_at_end(run: Trajectory) -> float:
    """Return the highest value in the last tenth of a run, but not before it was solved first."""
    begin = len(run) - max(2, len(run) // 10)
    if (cost := run.outcome.cost) is not None:
        begin = max(begin, int(np.searchsorted(run.evaluations, cost)))
    return float(run.values[begin:].max())


def leaves(run: Trajectory) -> bool:
    """Whether a run reaches the minimum, but is not there until its end."""
    return run.outcome.kind == "solved" and not holds_at_end(run)


def ends_inside(run: Trajectory) -> bool:
    """Whether the last iterate lies in the domain of the function."""
    return bool(run.test_fn.domain.contains(run.points[-1:])[0])


def best_ending(runs: Iterable[Trajectory]) -> Trajectory:
    """Return the best of some runs by its end, which `Sweep.best` does not look at.

    Parameters
    ----------
    runs : iterable of Trajectory

    Returns
    -------
    Trajectory
        Of the runs that are at the minimum at their end, the one that reached it with the fewest
        gradient evaluations; if there is none, the one with the lowest value of `highest_at_end`,
        compared to three digits. Of equal runs, the first.
    """

    def rank(run: Trajectory) -> tuple[float, float]:
        if run.status != "completed":
            return inf, inf
        cost = run.outcome.cost if holds_at_end(run) else None
        return inf if cost is None else cost, float(f"{highest_at_end(run):.3g}")

    return min(runs, key=rank)


def mark(run: Trajectory) -> str:
    """Return the ending as a cell shows it: ``"✓ 51"``, ``"✓ 51, then 10.2"``, ``"f 0"``."""
    outcome = run.outcome
    if outcome.kind in ("diverged", "failed") or holds_at_end(run):
        return outcome.mark
    sign = f"{outcome.mark}, then f" if outcome.kind == "solved" else outcome.symbol
    value = highest_at_end(run) if leaves(run) else float(run.values[-1])
    return f"{sign} {value_words(value, run)}{'' if ends_inside(run) else ', outside'}"


def words(run: Trajectory) -> str:
    """Return what the outcome in words does not say of the end; empty if it says all."""
    if run.outcome.kind in ("diverged", "failed"):
        return ""
    value = value_words(highest_at_end(run), run)
    parts = [f"but did not stay there, and rose to f = {value} in the end"] if leaves(run) else []
    if not ends_inside(run):
        parts.append("ended outside of the domain")
    return ", ".join(parts)


def value_words(value: float, run: Trajectory) -> str:
    """Return a value of a run; 0 if it is next to nothing beside the value at the start."""
    if abs(value) <= _ZERO * max(1.0, abs(float(run.values[0]))):
        return "0"
    return f"{value:.3g}"


def held(comparison: Comparison) -> Array:
    """Return the share of problems at whose minimum each optimizer ends, at each rate.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    array of shape (optimizers, lrs)
        At most the share of `Comparison.solved`, which counts a run that leaves again, too. A
        comparison keeps the last value of each run alone, and that decides.
    """
    shares: Array = (comparison.remaining() <= TAU).mean(2)
    return shares


def recommended_rates(comparison: Comparison) -> dict[str, float]:
    """Return the rate at which each optimizer ends at the minimum of most problems, by its name.

    If several rates are tied, it is the one at which least of the way remains on average; then the
    lowest one.
    """
    shares, remaining = held(comparison), comparison.remaining().mean(2)
    return {
        spec.name: min(
            zip(-shares[i], remaining[i], comparison.lrs, strict=True),
        )[2]
        for i, spec in enumerate(comparison.optimizers)
    }
