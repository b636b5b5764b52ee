"""Runs on matrices: the plain loop's bits, code, files, and what is derived from the iterates."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LinearLR

import optgallery as og
from optgallery.problems import associative_memory, decision_space, factorisation

KINDS = {
    "sgd": {"lr": 0.3, "momentum": 0.9},
    "adam": {"lr": 0.1},
    "muon": {"lr": 0.1, "weight_decay": 0.0},
    "soap": {"lr": 0.1},
    "lbfgs": {"lr": 0.5},
}


def same(a, b):
    """Whether two trajectories have the same bits."""
    arrays = zip(
        (*a.parameters, *a.gradients, a.values, a.evaluations),
        (*b.parameters, *b.gradients, b.values, b.evaluations),
        strict=True,
    )
    return all(np.array_equal(x, y) for x, y in arrays)


def repeated(trajectory):
    """Run the code of a trajectory, without its animation."""
    lines = [line for line in trajectory.code().splitlines() if "animate" not in line]
    names = {}
    exec("\n".join(lines), names)
    return names["trajectory"]


@pytest.mark.parametrize("name", KINDS)
def test_a_run_has_the_bits_of_the_plain_loop(name):
    problem = factorisation()
    trajectory = og.run(name, problem, steps=15, **KINDS[name])
    torch.manual_seed(0)
    params = [torch.nn.Parameter(torch.tensor(p)) for p in problem.start]
    optimizer = og.OPTIMIZERS[name].build(params, **KINDS[name])

    def closure():
        optimizer.zero_grad()
        loss = problem.loss(*params)
        loss.backward()
        return loss

    for step in range(16):
        for recorded, p in zip(trajectory.parameters, params, strict=True):
            assert np.array_equal(recorded[step], p.detach().numpy())
        closure()
        if name == "lbfgs":
            optimizer.step(closure)
        else:
            optimizer.step()


@pytest.mark.parametrize(
    ("problem", "settings"),
    [
        ("associative_memory", {"lr": 0.1}),
        (associative_memory(k=3, batch_size=2, seed=5), {"lr": 0.1, "seed": 3}),
        (decision_space("beale", k=3), {"lr": 0.01, "grad_clip": 1.0}),
        (factorisation(k=2), {"lr": 0.1, "start": [np.ones((2, 2)), np.eye(2)]}),
        (associative_memory(k=2), {"lr": 0.1, "start": np.eye(2), "dtype": torch.float32}),
    ],
    ids=["entry", "batches", "function", "start", "float32"],
)
def test_code_and_files_repeat_a_run_bit_for_bit(problem, settings, tmp_path):
    trajectory = og.run("adam", problem, steps=8, **settings)
    assert same(repeated(trajectory), trajectory)
    loaded = og.MatrixTrajectory.load(trajectory.save(tmp_path / "run.npz"))
    assert same(loaded, trajectory)
    assert loaded.problem == trajectory.problem
    assert loaded.optimizer == trajectory.optimizer
    assert np.array_equal(loaded.lrs, trajectory.lrs)


def test_a_schedule_sets_the_rates_and_is_in_the_code():
    schedule = partial(LinearLR, total_iters=5)
    trajectory = og.run("adam", factorisation(k=2), steps=8, lr=0.1, schedule=schedule)
    assert trajectory.lrs[0] == pytest.approx(0.1 / 3)
    assert trajectory.lrs[-1] == pytest.approx(0.1)
    again = repeated(trajectory)
    assert same(again, trajectory)
    assert np.array_equal(again.lrs, trajectory.lrs)


def test_files_of_points_and_of_matrices_are_told_apart(tmp_path):
    of_points = og.run("adam", "beale", steps=3).save(tmp_path / "points.npz")
    of_matrices = og.run("adam", "factorisation", steps=3).save(tmp_path / "matrices.npz")
    with pytest.raises(ValueError, match=r"MatrixTrajectory\.load\(\) reads it"):
        og.Trajectory.load(of_matrices)
    with pytest.raises(ValueError, match=r"but one trajectory: Trajectory\.load\(\) reads it"):
        og.MatrixTrajectory.load(of_points)


def test_a_damaged_file_is_refused(tmp_path):
    path = og.run("adam", "factorisation", steps=3).save(tmp_path / "run.npz")
    with np.load(path) as content:
        arrays = {**content, "parameters_1": content["parameters_1"][:, 1:]}
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=r"parameters_1 has shape \(4, 7, 2\) instead of"):
        og.MatrixTrajectory.load(path)


def test_arrays_have_a_row_for_each_iterate_and_are_read_only():
    trajectory = og.run("adam", "factorisation", steps=7)
    assert [p.shape for p in trajectory.parameters] == [(8, 2, 2), (8, 8, 2)]
    assert [g.shape for g in trajectory.gradients] == [(8, 2, 2), (8, 8, 2)]
    assert trajectory.paths.shape == (8, 8, 2)
    assert trajectory.singular_values.shape == (8, 2)
    assert trajectory.update_singular_values.shape == (7, 2)
    for array in (*trajectory.parameters, trajectory.paths, trajectory.singular_values):
        assert not array.flags.writeable


def test_singular_values_are_those_of_the_product_and_of_its_changes():
    trajectory = og.run("sgd", "factorisation", lr=0.1, steps=3)
    u, v = trajectory.parameters
    product = u @ v.transpose(0, 2, 1)
    for row in range(3):
        found = np.linalg.svd(product[row], compute_uv=False)
        np.testing.assert_allclose(trajectory.singular_values[row], found, rtol=1e-9, atol=1e-15)
        change = np.linalg.svd(product[row + 1] - product[row], compute_uv=False)
        np.testing.assert_allclose(
            trajectory.update_singular_values[row], change, rtol=1e-9, atol=1e-15
        )


def test_all_singular_values_of_muons_updates_are_about_the_same():
    trajectory = og.run("muon", "associative_memory", lr=0.1, steps=30, weight_decay=0)
    ratio = trajectory.update_singular_values[:, 0] / trajectory.update_singular_values[:, 1]
    sgd = og.run("sgd", "associative_memory", lr=0.1, steps=30).update_singular_values
    assert ratio.max() < 1.8  # five iterations of Newton and Schulz are not exact
    assert sgd[0, 0] / sgd[0, 1] > 2


def test_steps_until_is_the_first_step_from_which_a_path_stays_near():
    trajectory = og.run("sgd", "associative_memory", lr=3.0)
    near = trajectory.distances <= 0.05 * trajectory.distances[0]
    for i, step in enumerate(trajectory.steps_until()):
        assert near[step:, i].all()
        assert not near[step - 1, i]
    assert (og.run("sgd", "associative_memory", lr=1e-3, steps=5).steps_until() == -1).all()
    with pytest.raises(ValueError, match="fraction must lie between 0 and 1, got 1"):
        trajectory.steps_until(1)


def test_divergence_is_a_result():
    trajectory = og.run("sgd", "factorisation", lr=100.0)
    assert trajectory.outcome.kind == "diverged"
    assert np.isfinite(trajectory.paths).all()
    assert trajectory.singular_values.shape == (len(trajectory), 2)
    assert og.animate(trajectory, size=120).png()[:4] == b"\x89PNG"


def test_a_run_is_solved_and_counts_evaluations_as_on_a_function():
    trajectory = og.run("sgd", "associative_memory", lr=3.0)
    assert trajectory.solved
    cost = trajectory.evaluations_to_solve(1e-3)
    drop = trajectory.values[0] - trajectory.values
    assert drop[cost] >= 0.999 * trajectory.values[0] > drop[cost - 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": np.ones((2, 3))}, r"start must be a matrix of shape \(2, 8\)"),
        ({"start": 1.0}, r"start must be a matrix of shape \(2, 8\) .* got 1\.0"),
        ({"start": np.full((2, 8), np.nan)}, "start must be finite"),
        ({"coordinates": "scalars"}, "matrices as its parameters, got coordinates='scalars'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        og.run("sgd", "associative_memory", lr=0.1, **arguments)


def test_a_problem_hands_over_its_minimum_and_nothing_else():
    trajectory = og.run("polyak_step", "associative_memory", steps=5)
    assert same(trajectory, og.run("polyak_step", "associative_memory", steps=5, f_star=0.0))
    assert "f_star=0.0" in trajectory.code()
    with pytest.raises(
        ValueError, match=r"Associative memory declares no smallest curvature; pass"
    ):
        og.run("heavy_ball", "associative_memory")
