"""The outcomes that are kept of runs."""

import numpy as np
import pytest

from optgallery import FUNCTIONS, OPTIMIZERS, run
from optgallery.analysis.engine import outcomes, single, take
from optgallery.analysis.outcomes import (
    TARGETS,
    Course,
    outcomes_of,
    packed,
    unpacked,
)
from optgallery.analysis.problems import Problem, height, problems
from optgallery.runs.outcome import KINDS
from optgallery.runs.record import Record


def reduced(trajectory, budget):
    problem = Problem(trajectory.test_fn, tuple(trajectory.points[0]), trajectory.test_fn)
    failed = np.array([trajectory.status == "failed"])
    found = outcomes_of(Course(Record.gather([trajectory]), [problem], budget, failed))
    return {name: array[0] for name, array in found.items()}


def naive_hits(trajectory, budget):
    """Return when each target is first reached, in a loop over the iterates."""
    fn, found = trajectory.test_fn, {}
    gaps = [target * height(fn) for target in TARGETS]
    for point, value, spent in zip(
        trajectory.points, trajectory.values, trajectory.evaluations, strict=True
    ):
        if spent > budget or not np.isfinite(value):
            break
        if fn.lower_outside and not fn.domain.contains(point):
            continue
        for j, gap in enumerate(gaps):
            if value - fn.minimum <= gap:
                found.setdefault(j, int(spent))
    return [found.get(j, -1) for j in range(len(TARGETS))]


def test_there_are_51_targets_from_100_to_1e_minus_8():
    assert len(TARGETS) == 51
    assert (TARGETS[0], TARGETS[10], TARGETS[-1]) == (100, 1, 1e-8)


@pytest.mark.parametrize("budget", [20, 200])
@pytest.mark.parametrize("fn", ["beale", "booth", "mccormick", "schwefel", "flower"])
@pytest.mark.parametrize(("optimizer", "lr"), [("sgd", 0.01), ("adamw", 0.3), ("lbfgs", 1.0)])
def test_hits_equal_those_of_a_loop_over_the_iterates(optimizer, lr, fn, budget):
    trajectory = run(optimizer, fn, lr=lr, steps=60 if optimizer == "lbfgs" else 200)
    found = reduced(trajectory, budget)
    assert found["hits"].tolist() == naive_hits(trajectory, budget)


def test_the_budget_is_inclusive():
    trajectory = run("sgd", "booth", lr=0.1)
    cost = trajectory.evaluations_to_solve()
    assert reduced(trajectory, cost)["cost"] == cost
    assert reduced(trajectory, cost - 1)["cost"] == -1


def test_steps_not_completed_within_the_budget_do_not_count():
    trajectory = run("lbfgs", "beale", steps=20)
    assert trajectory.evaluations[1] == 21
    found = reduced(trajectory, 20)
    assert (found["last"], found["spent"]) == (trajectory.values[0], 0)
    assert reduced(trajectory, 21)["last"] == trajectory.values[1]


def test_divergence_after_the_budget_does_not_count():
    trajectory = run("sgd", "sphere", lr=2.0, steps=2000)
    end = trajectory.stopped_at
    assert KINDS[reduced(trajectory, 2000)["kind"]] == "diverged"
    assert KINDS[reduced(trajectory, end)["kind"]] == "diverged"
    assert KINDS[reduced(trajectory, end - 1)["kind"]] == "climbed"


def test_outcomes_equal_those_of_trajectories():
    for lr in (1e-3, 0.1, 0.6, 1.5):
        for fn in ("sphere", "beale", "rosenbrock"):
            trajectory = run("sgd", fn, lr=lr)
            found = reduced(trajectory, 200)
            assert KINDS[found["kind"]] == trajectory.outcome.kind
            assert found["cost"] == (trajectory.evaluations_to_solve() or -1)


def test_points_outside_do_not_count_if_lower_values_lie_there():
    fn = FUNCTIONS["mccormick"]
    trajectory = run("sgd", fn, start=(-1.4, -2.9), lr=0.3)
    assert not fn.domain.contains(trajectory.points[-1])
    found = reduced(trajectory, 200)
    within = fn.domain.contains(trajectory.points)
    assert found["best"] == trajectory.values[within].min()
    assert not found["inside"]


def test_arrays_survive_serialization():
    arrays, _ = take(OPTIMIZERS["sgd"], problems([FUNCTIONS["booth"]], 2), [{"lr": 0.1}], 20)
    back = unpacked(packed(arrays))
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype
    assert packed(arrays) == packed(back)


def test_values_are_kept_if_the_minimum_is_unknown():
    fn = FUNCTIONS["log_beale"]
    found = reduced(run("adamw", fn, lr=0.1), 200)
    assert (found["cost"], set(found["hits"].tolist())) == (-1, {-1})
    assert found["best"] <= found["last"]


def test_a_batch_gives_the_outcomes_of_single_runs():
    chosen = problems([FUNCTIONS[name] for name in ("beale", "flower", "shubert", "easom")], 3)
    lrs = (0.001, 0.1, 3.0)
    for name in ("adamw", "lion", "lars", "psgd_kron"):
        spec = OPTIMIZERS[name]
        together = outcomes(spec, chosen, lrs, 40)
        for i, lr in enumerate(lrs):
            for j, problem in enumerate(chosen):
                alone = reduced(single(spec, problem, {"lr": lr}, 40), 40)
                for field, value in alone.items():
                    np.testing.assert_array_equal(getattr(together[i, j], field), value)
