"""Every entry of PROBLEMS: its derivative, its minimum, its shapes, its name."""

import pickle

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.problems import (
    decision_space,
    factorisation,
    kronecker_quadratic,
    unbalanced_regression,
)

ENTRIES = list(og.PROBLEMS.values())
by_name = pytest.mark.parametrize("problem", ENTRIES, ids=lambda p: p.name)


def random_parameters(problem, seed=0):
    rng = np.random.default_rng(seed)
    return [torch.tensor(rng.standard_normal(shape)) for shape in problem.shapes]


def test_there_are_five_entries():
    assert list(og.PROBLEMS) == [
        "associative_memory",
        "factorisation",
        "kronecker_quadratic",
        "unbalanced_regression",
        "decision_space",
    ]
    assert not set(og.PROBLEMS) & set(og.FUNCTIONS)  # run() finds either by its name


@by_name
def test_the_loss_has_the_gradient_that_differences_give(problem):
    params = [p.requires_grad_() for p in random_parameters(problem)]
    assert torch.autograd.gradcheck(problem.loss, params)


@by_name
def test_shapes_of_outputs_targets_and_weights_agree(problem):
    outputs = problem.outputs(*random_parameters(problem))
    assert outputs.shape[1:] == (2,)
    assert problem.targets is None or problem.targets.shape == outputs.shape
    assert problem.weights is None or problem.weights.shape == outputs.shape[:1]
    xmin, xmax, ymin, ymax = problem.domain
    if problem.targets is not None:
        x, y = problem.targets.T
        assert ((xmin < x) & (x < xmax) & (ymin < y) & (y < ymax)).all()


@by_name
def test_a_problem_pickles_and_says_what_it_is(problem):
    assert pickle.loads(pickle.dumps(problem)) == problem
    assert problem.latex
    assert problem.description.endswith(".")
    assert problem.source


@by_name
def test_lbfgs_reaches_the_stated_minimum(problem):
    trajectory = og.run("lbfgs", problem, lr=1.0, steps=40)
    assert trajectory.values[-1] == pytest.approx(problem.minimum, abs=1e-9)
    if problem.targets is not None:
        assert trajectory.distances[-1].max() < 1e-3


def test_a_rank_that_is_too_low_leaves_the_smallest_singular_value():
    problem = factorisation(rank=1, condition=4.0)
    assert problem.minimum == pytest.approx(4 / 16 / 2)  # M's are 2 and 2 / 4
    trajectory = og.run("lbfgs", problem, lr=1.0, steps=40)
    assert trajectory.values[-1] == pytest.approx(problem.minimum, rel=1e-9)


def test_factorisation_learns_one_singular_value_after_the_other():
    trajectory = og.run("sgd", "factorisation", lr=0.05, steps=400)
    first, second = (trajectory.singular_values > [[1.8, 0.7]]).argmax(axis=0)
    assert 0 < 1.5 * first < second
    assert trajectory.singular_values[first, 1] < 0.1


def test_the_hessian_of_the_quadratic_is_a_kronecker_product():
    problem = kronecker_quadratic(k=3)
    (w,) = random_parameters(problem)
    hessian = torch.autograd.functional.hessian(problem.loss, w).reshape(6, 6).numpy()
    np.testing.assert_allclose(hessian, np.kron(problem.rows, problem.columns), atol=1e-14)
    assert np.linalg.cond(problem.columns) == pytest.approx(100)
    assert np.linalg.cond(problem.rows) == pytest.approx(10)


def test_regression_is_half_the_mean_squared_error():
    problem = unbalanced_regression(k=3, samples=5)
    (w,) = random_parameters(problem)
    errors = problem.features @ w.numpy().T - problem.features @ problem.targets
    assert problem.loss(w).item() == pytest.approx((errors**2).sum() / 10)


def test_sgd_in_decision_space_takes_the_path_of_the_function():
    in_plane = og.run("sgd", "beale", lr=0.01, steps=100)
    in_space = og.run("sgd", decision_space("beale", k=3), lr=0.01, steps=100)
    np.testing.assert_allclose(in_space.paths[:, 0], in_plane.points, rtol=1e-9)


def test_every_gradient_in_decision_space_has_rank_one():
    trajectory = og.run("adam", "decision_space", lr=0.1, steps=20)
    ranks = np.linalg.matrix_rank(trajectory.gradients[0])
    assert set(ranks.tolist()) == {1}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: factorisation(rank=0), "rank must be a whole number >= 1, got 0"),
        (lambda: factorisation(start_size=0), "start_size must be a number > 0, got 0"),
        (lambda: factorisation(condition=0.5), "condition must be a number >= 1, got 0.5"),
        (lambda: kronecker_quadratic(k=0), "k must be a whole number >= 1, got 0"),
        (lambda: unbalanced_regression(samples=4), "samples must be a whole number >= 8, got 4"),
        (lambda: decision_space("beale", k=0), "k must be a whole number >= 1, got 0"),
        (lambda: decision_space("beele"), "did you mean 'beale'"),
        (lambda: decision_space(og.functions.noisy("beale", 0.1)), "without gradient noise"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_names_and_titles_state_arguments_that_are_not_the_defaults():
    problem = decision_space("beale", k=3)
    assert (problem.name, problem.title) == ("decision_space_beale_k_3", "Beale at W u (k=3)")
    assert factorisation(rank=3).title == "Factorisation (rank=3)"
