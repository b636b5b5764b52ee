"""First hits, compared with loops over the iterates."""

import numpy as np
import pytest

from optgallery.analysis.first_hits import first_hits

TARGETS = np.array([30.0, 10.0, 3.0, 1.0, 0.1])
TAU = 0.1


def random_runs(n=300, k=40):
    """Return values that tend downwards, some of them at the minimum from the start."""
    generator = np.random.default_rng(5)
    values = np.exp(generator.normal(3 - 0.1 * np.arange(k), 1.0, (n, k))).round(2) - 2.0
    values[::50] = -2.0
    return values, np.cumsum(generator.integers(1, 4, (n, k)), axis=1)


def naive(values, evaluations, minimum, valid):
    """Return the hits, the cost and the lowest value of one run."""
    hits, solved, lowest = [-1] * len(TARGETS), -1, np.inf
    for i, (value, spent) in enumerate(zip(values, evaluations, strict=True)):
        if not valid[i]:
            continue
        lowest = min(lowest, value)
        for j, target in enumerate(TARGETS):
            if hits[j] < 0 and value - minimum <= target:
                hits[j] = spent
        at_minimum = i == 0 and values[0] - minimum <= 1e-15
        descended = values[0] - value >= (1 - TAU) * (values[0] - minimum)
        if solved < 0 and np.isfinite(values[0]) and (descended or at_minimum):
            solved = spent
    return hits, solved, lowest


@pytest.mark.parametrize("rows", [slice(None), slice(1)])
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_they_equal_those_of_a_loop(share, rows):
    values, evaluations = (array[rows] for array in random_runs())
    valid = np.random.default_rng(6).random(values.shape) <= share
    if share < 1:
        values[~valid & (np.arange(values.shape[1]) > 0)] = np.nan  # what does not count
    given = None if share == 1 else valid
    found = first_hits(values, evaluations, -2.0, TARGETS, tau=TAU, valid=given)
    for i in range(len(values)):
        hits, solved, lowest = naive(values[i], evaluations[i], -2.0, valid[i])
        assert found.targets[i].tolist() == hits
        assert (found.solved[i], found.lowest[i]) == (solved, lowest)


def test_several_targets_may_be_reached_in_one_step():
    found = first_hits(np.array([[50.0, 0.5]]), np.array([[1, 2]]), 0.0, TARGETS, tau=TAU)
    assert found.targets.tolist() == [[2, 2, 2, 2, -1]]


def test_nothing_is_reached_without_a_minimum():
    values, evaluations = random_runs(5)
    found = first_hits(values, evaluations, None, TARGETS, tau=TAU)
    assert (found.targets == -1).all()
    assert (found.solved == -1).all()
    np.testing.assert_array_equal(found.lowest, values.min(1))
