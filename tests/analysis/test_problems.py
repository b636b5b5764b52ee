"""Problems of a comparison: shifts, starts, heights."""

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS, TestFunction
from optgallery.analysis.problems import (
    Problem,
    away_from_origin,
    height,
    problems,
    sequence,
    slope,
)
from optgallery.sweeps.sweep import grid_functions


@pytest.fixture(scope="module")
def everything():
    return problems(grid_functions())


def test_every_function_has_four_problems(everything):
    assert len(everything) == 4 * len(grid_functions())
    assert len({problem.name for problem in everything}) == len(everything)


def test_no_minimum_and_no_own_start_is_near_an_axis(everything):
    for problem in everything:
        xmin, xmax, ymin, ymax = problem.fn.domain
        sides = np.array([xmax - xmin, ymax - ymin])
        points = [*problem.fn.minima, problem.fn.start]
        # bukin_n6 has a minimum and a start so far apart that no pair of offsets does better
        assert (np.abs(np.array(points)) / sides).min() > 0.035, problem.name


def test_every_start_is_valid_and_in_the_domain(everything):
    for problem in everything:
        assert problem.fn.domain.contains(np.array(problem.start)), problem.name
        assert slope(problem.fn, problem.start).defined, problem.name
        assert not problem.first_gap < 0.009 * height(problem.fn), problem.name


def test_starts_are_fixed_numbers():
    found = [problem.start for problem in problems([FUNCTIONS["beale"]], 4)]
    assert found == [(3.83, -3.82), (1.1239, -5.9414), (5.7117, -4.6843), (3.5056, 0.4443)]


def test_fewer_starts_are_the_first_of_more_starts():
    few, many = (problems([FUNCTIONS["bird"]], n) for n in (3, 9))
    assert many[:3] == few


def test_the_sequence_covers_the_domain_better_than_random_points():
    fn = FUNCTIONS["sphere"]
    points = np.array([p for p, _ in zip(sequence(fn), range(256), strict=False)])
    random = np.random.default_rng(0).uniform(-5, 5, points.shape)

    def emptiest(rows):
        """The largest distance from any point of a grid to its nearest start."""
        x, y = np.meshgrid(np.linspace(-5, 5, 40), np.linspace(-5, 5, 40))
        grid = np.stack([x.ravel(), y.ravel()], axis=1)
        return np.linalg.norm(grid[:, None] - rows[None], axis=-1).min(1).max()

    assert emptiest(points) < 0.7 * emptiest(random)


def test_without_a_shift_the_function_and_its_start_are_as_published():
    fn = FUNCTIONS["himmelblau"]
    first = problems([fn], 2, shift=False)[0]
    assert (first.fn, first.start, first.of) == (fn, fn.start, fn)


def test_a_shifted_problem_has_the_value_of_the_function_at_its_start():
    for problem in problems([FUNCTIONS["beale"]], 3):
        dx, dy = (problem.fn.minima[0][i] - problem.of.minima[0][i] for i in (0, 1))
        value = problem.of(problem.start[0] - dx, problem.start[1] - dy)
        assert problem.first_gap == pytest.approx(value, rel=1e-12)


def test_starts_are_given_in_the_coordinates_of_the_function():
    fn = FUNCTIONS["booth"]
    moved = away_from_origin(fn)
    (first, second) = problems([fn], [(0.0, 0.0), (2.0, -4.0)])
    offset = np.array(moved.minima[0]) - fn.minima[0]
    np.testing.assert_allclose(first.start, offset, rtol=0, atol=1e-9)
    np.testing.assert_allclose(second.start, offset + np.array([2, -4]), rtol=0, atol=1e-9)
    assert problems([fn], {"booth": np.array([[0.0, 0.0]])})[0].start == first.start


def test_height_is_the_median_above_the_minimum():
    x, y = np.meshgrid(np.linspace(-5, 5, 101), np.linspace(-5, 5, 101))
    assert height(FUNCTIONS["sphere"]) == float(f"{np.median(x**2 + y**2):.3g}")


def test_the_largest_value_of_beale_is_450_times_its_height():
    fn = FUNCTIONS["beale"]
    assert fn.grid(101)[2].max() / height(fn) == pytest.approx(450, abs=5)


def test_height_of_a_function_without_a_known_minimum_is_nan():
    domain = (-1, 1, -1, 1)
    unknown = TestFunction(
        name="u", title="U", formula=lambda x, y: x * y, domain=domain, start=(0.5, 0.5)
    )
    assert np.isnan(height(unknown))
    assert np.isnan(height(FUNCTIONS["log_beale"]))
    assert np.isnan(Problem(unknown, (0.5, 0.5), unknown).first_gap)


def undefined_on_the_left(x, y):
    return torch.sqrt(x) + y**2


HALF = TestFunction(
    name="half",
    title="Half",
    formula=undefined_on_the_left,
    domain=(-1, 1, -1, 1),
    start=(0.5, 0.5),
    minimum=0.0,
)


def test_no_start_is_chosen_where_the_function_is_undefined():
    found = problems([HALF], 20, shift=False)
    assert all(problem.start[0] > 0 for problem in found)


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        (0, "starts must be a whole number >= 1, got 0"),
        (2.5, "starts must be a whole number >= 1 or an array of shape"),
        ([], "got \\[\\]"),
        ([(0.5, 0.5), (0.5, 0.5)], "distinct, got \\(0.5, 0.5\\) more than once"),
        ([(2.0, 0.5)], r"in the domain of Half, \(-1.0, 1.0, -1.0, 1.0\), got \(2.0, 0.5\)"),
        ([(-0.5, 0.5)], "no run can start on Half at .*: the function is undefined there"),
        ([(0.5, "a")], "start 0 must be two numbers"),
        ({"booth": [(1, 1)]}, "starts lack half; they are given for booth"),
        (1001, "only .* can be starts on Half; ask for at most"),
    ],
)
def test_invalid_starts_are_rejected(starts, message):
    with pytest.raises(ValueError, match=message):
        problems([HALF], starts)


def test_a_start_with_a_zero_gradient_is_rejected():
    with pytest.raises(ValueError, match="the gradient is zero there"):
        problems([FUNCTIONS["sphere"]], [(0.0, 0.0)])
