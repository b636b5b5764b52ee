"""How far a comparison's results depend on the rate, and on the starts that were chosen."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optgallery.analysis.comparison import Comparison, rate_widths
from optgallery.analysis.outcomes import TAU

Array = NDArray[np.float64]


def robustness(comparison: Comparison) -> Array:
    """Return the share of problems that each optimizer solves at a log-uniform random rate.

    It is the mean over the rates, and says what to expect of an optimizer that is not tuned.

    Returns
    -------
    array of shape (optimizers,)

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare(["sgd", "rprop"], ["booth", "beale"], [0.001, 0.1, 10.0], starts=2)
    >>> robustness(c).round(2).tolist()
    [0.17, 1.0]
    """
    weights = rate_widths(comparison.lrs)
    found: Array = comparison.solved().share @ (weights / weights.sum())
    return found


def passed(comparison: Comparison) -> NDArray[np.bool_]:
    """Say which runs solved their problem on their way, and had left again at the end.

    The test of Moré and Wild asks whether a run came low enough, not whether it stayed there. Such
    runs are among those that `Comparison.solved` counts.

    Returns
    -------
    bool array of shape (optimizers, lrs, problems)

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare("sgd", ["himmelblau"], [0.01, 0.03], starts=1)
    >>> c.solved().values.tolist(), passed(c).tolist()
    ([[1.0, 1.0]], [[[False], [True]]])
    """
    # a run that stops where the test holds is not to be undone by the rounding of a difference
    low = comparison.remaining() <= TAU * (1 + 1e-9)
    left: NDArray[np.bool_] = comparison.outcomes.is_kind("solved") & ~low
    return left


def agreement(
    comparison: Comparison, statistic: Callable[[Comparison], Array] = robustness
) -> tuple[float, ...]:
    """Return how well disjoint halves of the starts agree in the order of the optimizers.

    Parameters
    ----------
    comparison : Comparison
        With equally many starts on each function, two or more.
    statistic : callable
        Returns a number for each optimizer.

    Returns
    -------
    tuple of float
        Spearman's rank correlation for each way of dividing the starts in halves; of an odd number,
        the last one is left out.

    Raises
    ------
    ValueError
        If there is only one start.
    """
    numbers = sorted({problem.number for problem in comparison.problems})
    half = len(numbers) // 2
    if not half:
        raise ValueError("one start cannot be divided in halves: compare with starts=2 or more")
    numbers = numbers[: 2 * half]
    # the first start is in the first half, so that no division is counted twice
    firsts = [(numbers[0], *rest) for rest in combinations(numbers[1:], half - 1)]
    return tuple(
        rank_correlation(
            statistic(comparison.select(starts=first)),
            statistic(comparison.select(starts=[n for n in numbers if n not in first])),
        )
        for first in firsts
    )


def rank_correlation(a: ArrayLike, b: ArrayLike) -> float:
    """Return Spearman's rank correlation of two samples, with equal ranks for equal values.

    References
    ----------
    Spearman (1904), The proof and measurement of association between two things, American Journal
    of Psychology 15(1), doi:10.2307/1412159.

    Examples
    --------
    >>> round(rank_correlation([1, 2, 3, 4], [10, 20, 40, 30]), 12)
    0.8
    """
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(values: ArrayLike) -> Array:
    """Return the mean rank of each value among all."""
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Array = (last - (counts - 1) / 2)[places]
    return ranks
