"""run() from many starts: every trajectory equals that of a single run."""

import pickle
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS, OPTIMIZERS, Trajectories, Trajectory, animate, plot_loss, run
from optgallery.runs.batched import run_batched

ELEMENTWISE = [spec for spec in OPTIMIZERS.values() if spec.elementwise]
OTHERS = [spec for spec in OPTIMIZERS.values() if not spec.elementwise]


def starts_on(name, n, reach=1.0):
    xmin, xmax, ymin, ymax = FUNCTIONS[name].domain
    return np.random.default_rng(3).uniform((xmin, ymin), (xmax, ymax), (n, 2)) * reach


def assert_same(one, other):
    for name in ("points", "values", "gradients", "evaluations"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in (
        *("status", "stopped_at", "reason", "lr", "steps", "hparams", "seed", "dtype"),
        *("coordinates", "summary"),
    ):
        assert getattr(one, name) == getattr(other, name), name
    assert one.outcome.kind == other.outcome.kind
    assert str(one.outcome) == str(other.outcome)
    assert one.evaluations_to_solve() == other.evaluations_to_solve()
    assert one.code() == other.code()


def assert_equal_single_runs(optimizer, fn, starts, rows=slice(None), **arguments):
    runs = run(optimizer, fn, start=starts, **arguments)
    assert isinstance(runs, Trajectories)
    assert len(runs) == len(starts)
    for i in range(len(runs))[rows]:
        assert_same(runs[i], run(optimizer, fn, start=tuple(starts[i]), **arguments))
    return runs


@pytest.fixture(scope="module")
def mixed():
    """Runs that diverge, solve beale or climb."""
    return run("sgd", "beale", start=starts_on("beale", 300), lr=0.01)


@pytest.mark.parametrize("spec", ELEMENTWISE, ids=lambda spec: spec.name)
@pytest.mark.parametrize("name", ["rosenbrock", "levi_n13"])
def test_an_elementwise_optimizer_from_many_starts_has_the_bits_of_single_runs(spec, name):
    starts = starts_on(name, 50, reach=3.0)
    assert_equal_single_runs(spec, name, starts, slice(None, None, 12), steps=30, lr=0.05)


@pytest.mark.parametrize("spec", OTHERS, ids=lambda spec: spec.name)
def test_any_other_optimizer_from_many_starts_has_the_bits_of_single_runs(spec):
    starts = starts_on("himmelblau", 4)
    assert_equal_single_runs(spec, "himmelblau", starts, steps=15, lr=0.1, seed=3)


def test_a_line_search_runs_from_many_starts_one_by_one(monkeypatch):
    """A line search makes its own evaluations; a batch took up to six times as long."""
    batched = Mock(side_effect=run_batched)
    monkeypatch.setattr("optgallery.runs.run.run_batched", batched)
    assert len(run("lbfgs", "beale", start=[(1, 1), (2, 1)], steps=3, lr=1.0)) == 2
    batched.assert_not_called()
    run("adamw", "beale", start=[(1, 1), (2, 1)], steps=3, lr=1.0)
    batched.assert_called_once()


def test_starts_that_diverge_do_not_affect_the_others():
    starts = starts_on("beale", 60)
    runs = assert_equal_single_runs("sgd", "beale", starts, steps=40, lr=0.01)
    assert 10 < runs.diverged.sum() < 50


def test_a_function_that_rounds_differently_in_long_rows_has_the_bits_of_single_runs():
    starts = starts_on("flower", 100)
    assert_equal_single_runs("adam", "flower", starts, slice(None, None, 9), steps=40)


@pytest.mark.parametrize(
    "arguments",
    [
        {"dtype": torch.float32},
        {"coordinates": "scalars"},
        {"amsgrad": True},
        {"betas": (0.5, 0.9)},
    ],
    ids=str,
)
def test_every_argument_has_the_same_effect_as_for_one_start(arguments):
    assert_equal_single_runs("adamw", "beale", starts_on("beale", 3), steps=10, lr=0.1, **arguments)


def test_a_custom_function_runs_from_many_starts():
    def tilted(x, y):
        return x**2 + 0.5 * x * y + y**2

    box = {"x0": 1.0, "y0": 1.0, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
    assert_equal_single_runs("adam", (tilted, box), [(1.0, 2.0), (-1.5, 0.5)], steps=10)


def test_starts_may_be_a_list_an_array_a_tensor_or_integers():
    rows = [(1, 2), (-3, 1)]
    given = [rows, np.array(rows), torch.tensor(rows), np.array(rows, np.float32)]
    points = [run("adam", "sphere", start=start, steps=3).points for start in given]
    assert all(np.array_equal(points[0], others) for others in points)
    assert isinstance(run("adam", "sphere", start=np.array([1.0, 2.0]), steps=3), Trajectory)
    assert len(run("adam", "sphere", start=[[1.0, 2.0]], steps=3)) == 1


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (np.zeros((3, 3)), r"one \(x, y\) or an array of shape \(n, 2\), got shape \(3, 3\)"),
        (np.zeros((0, 2)), r"array of shape \(n, 2\), got shape \(0, 2\)"),
        (np.zeros((2, 2, 2)), r"got shape \(2, 2, 2\)"),
        (np.array(3.0), r"start must be one \(x, y\) or an array .* got shape \(\)"),
        ([(1, 2), (3,)], r"start must be rows of two numbers \(x, y\), got \[\(1, 2\), \(3,\)\]"),
        (np.array([[0, 1], [2, np.nan]]), r"finite in torch.float64, got \(2.0, nan\) in row 1"),
        (np.ones((2, 2)) * 1j, "start must hold real numbers, got an array of complex128"),
        (np.array([["a", "b"]]), "start must hold real numbers, got an array of <U1"),
        (np.array([[True, False]]), "start must hold real numbers, got an array of bool"),
    ],
)
def test_an_error_names_an_invalid_start(start, message):
    with pytest.raises(ValueError, match=message):
        run("adam", "sphere", start=start, steps=3)


def test_a_start_must_be_finite_in_the_precision_of_the_run():
    starts = [(1.0, 1.0), (1e300, 0.0)]
    with pytest.raises(ValueError, match=r"finite in torch.float32, got \(1e\+300, 0.0\) in row 1"):
        run("adam", "sphere", start=starts, dtype=torch.float32, steps=3)


@pytest.mark.parametrize("optimizer", ["adam", "swats", "adahessian"])
def test_invalid_hyper_parameters_raise_the_same_error_as_for_one_start(optimizer):
    for start in ((1.0, 2.0), [(1.0, 2.0), (2.0, 1.0)]):
        with pytest.raises(TypeError, match="has no hyper-parameter 'leaning'"):
            run(optimizer, "sphere", start=start, leaning=1)
        with pytest.raises(ValueError, match=r"refuses lr=-1\.0"):
            run(optimizer, "sphere", start=start, lr=-1.0)


def test_arrays_are_nan_after_the_end_of_a_run(mixed):
    for i, trajectory in enumerate(mixed):
        end = len(trajectory)
        assert np.isnan(mixed.points[i, end:]).all()
        assert np.isnan(mixed.values[i, end:]).all()
        assert np.isnan(mixed.gradients[i, end:]).all()
        assert (mixed.evaluations[i, end:] == trajectory.evaluations[-1]).all()
        assert np.isfinite(mixed.points[i, :end]).all()


def test_counts_and_costs_are_those_of_the_trajectories(mixed):
    each = list(mixed)
    assert mixed.kinds.tolist() == [trajectory.outcome.kind for trajectory in each]
    assert sum(mixed.counts.values()) == len(mixed) == 300
    assert mixed.counts["diverged"] == mixed.diverged.sum() > 0
    assert mixed.counts["solved"] > 0
    for tau in (1e-3, 0.5):
        costs = [np.nan if (cost := t.evaluations_to_solve(tau)) is None else cost for t in each]
        np.testing.assert_array_equal(mixed.evaluations_to_solve(tau), costs)


def test_the_repr_counts_outcomes():
    runs = run("adamw", "sphere", start=[(1, 2), (-3, 0.5), (1e160, 1)], steps=200, lr=0.1)
    assert runs.title == "AdamW on Sphere, lr 0.1"
    assert repr(runs) == (
        "<Trajectories: AdamW on Sphere, lr 0.1, from 3 starts: 2 solved, 1 diverged>"
    )
    assert repr(runs[:1]) == "<Trajectories: AdamW on Sphere, lr 0.1, from 1 start: 1 solved>"
    assert repr(runs[:0]) == "<Trajectories: AdamW on Sphere, lr 0.1, from 0 starts>"


def test_runs_are_selected_by_index_slice_mask_or_indices(mixed):
    assert_same(mixed[-1], mixed[299])
    assert [len(t) for t in mixed[3:6]] == [len(mixed[i]) for i in (3, 4, 5)]
    assert mixed[mixed.diverged].counts["diverged"] == len(mixed[mixed.diverged])
    assert_same(mixed[np.array([7, 2])][1], mixed[2])
    with pytest.raises(IndexError, match="there are 300 trajectories, got index 300"):
        mixed[300]
    with pytest.raises(TypeError, match="a number, a slice, a mask or an array, got 'a'"):
        mixed["a"]


def test_arrays_are_read_only_also_after_pickling(mixed):
    copy = pickle.loads(pickle.dumps(mixed[:5]))
    np.testing.assert_array_equal(copy.points, mixed.points[:5])
    for runs in (mixed, mixed[:5], copy):
        for array in (runs.points, runs.values, runs.gradients, runs.evaluations):
            assert not array.flags.writeable
        assert not runs[0].points.flags.writeable


def test_a_few_trajectories_can_be_animated_but_not_many(mixed):
    animation = animate(mixed[:3], size=120)
    assert len(animation.trajectories) == 3
    with pytest.raises(ValueError, match="got 300"):
        animate(mixed)
    assert len(plot_loss(mixed[~mixed.diverged][:4]).lines) >= 4


def test_the_global_generator_is_restored():
    before = torch.get_rng_state()
    run("adahessian", "beale", start=[(1, 1), (2, 2)], steps=2)
    run("adam", "beale", start=[(1, 1), (2, 2)], steps=2)
    assert torch.equal(before, torch.get_rng_state())
