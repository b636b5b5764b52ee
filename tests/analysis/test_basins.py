"""basins(): labels, evaluations and shares, against single runs."""

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery import FUNCTIONS, TestFunction, basins
from optgallery.analysis import computing
from optgallery.analysis.basins import DIVERGED, NOT_ARRIVED, TOLERANCE


@pytest.fixture(scope="module")
def himmelblau():
    return basins("momentum", "himmelblau", lr=0.01, n=24)


def label_of(run, minima):
    """Return the label of a single run."""
    xmin, xmax, ymin, ymax = run.test_fn.domain
    if run.status != "completed":
        return DIVERGED
    for i, (x, y) in enumerate(minima.tolist()):
        dx, dy = abs(run.points[-1, 0] - x), abs(run.points[-1, 1] - y)
        if dx <= TOLERANCE * (xmax - xmin) and dy <= TOLERANCE * (ymax - ymin):
            return i
    return NOT_ARRIVED


def settled(run):
    """Return the evaluations after which a run stays near its last point."""
    xmin, xmax, ymin, ymax = run.test_fn.domain
    reach = TOLERANCE * np.array([xmax - xmin, ymax - ymin])
    far = [i for i, p in enumerate(run.points) if (np.abs(p - run.points[-1]) > reach).any()]
    return run.evaluations[far[-1] + 1] if far else 0


@pytest.mark.parametrize(
    ("optimizer", "fn", "lr"),
    [("momentum", "himmelblau", 0.01), ("adam", "rastrigin", 0.1), ("lion", "branin", 0.03)],
)
def test_a_hundred_and_seventy_random_pixels_equal_single_runs(optimizer, fn, lr):
    found = basins(optimizer, fn, lr=lr, n=24, budget=60)
    pixels = [divmod(i, 24) for i in np.random.default_rng(1).permutation(24 * 24)[:170].tolist()]
    for row, column in pixels:
        run = og.run(optimizer, fn, start=found.start(row, column), lr=lr, steps=60)
        assert found.labels[row, column] == label_of(run, found.minima)
        if run.status == "completed":
            assert found.evaluations[row, column] == settled(run)


@pytest.mark.parametrize(
    ("optimizer", "fn", "lr"),
    [("momentum", "himmelblau", 0.01), ("adam", "rastrigin", 0.1), ("lion", "branin", 0.03)],
)
def test_the_code_of_a_pixel_repeats_its_run(optimizer, fn, lr):
    found = basins(optimizer, fn, lr=lr, n=24, budget=100)
    pixels = np.random.default_rng(0).integers(0, 24, (9, 2)).tolist()
    starts = [found.start(row, column) for row, column in pixels]
    runs = og.run(optimizer, fn, start=starts, lr=lr, steps=100)  # the bits of single runs
    for (row, column), run in zip(pixels, runs, strict=True):
        assert found.labels[row, column] == label_of(run, found.minima)
        if run.status == "completed":
            assert found.evaluations[row, column] == settled(run)
        scope = {}
        exec(found.code(row, column).rsplit("\n", 1)[0], scope)
        np.testing.assert_array_equal(scope["trajectory"].points, run.points)
        np.testing.assert_array_equal(found.run(row, column).points, run.points)


def test_the_known_minima_come_first(himmelblau):
    np.testing.assert_array_equal(himmelblau.minima[:4], FUNCTIONS["himmelblau"].minima)
    assert himmelblau.known == 4


def test_shares_sum_to_one_and_count_the_labels(himmelblau):
    assert sum(himmelblau.shares.values()) == pytest.approx(1)
    assert himmelblau.shares["minimum (3, 2)"] == (himmelblau.labels == 0).mean()


def test_gradient_descent_ends_at_local_minima_of_rastrigin_that_are_stationary():
    found = basins("sgd", "rastrigin", lr=0.001, n=24)
    assert len(found.minima) > 80
    fn = FUNCTIONS["rastrigin"]
    for x, y in found.minima[found.known :].tolist():
        p = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(fn.formula(*p), p)
        assert gradient.abs().max() < 1e-6
        assert found.name(0) == "minimum (0, 0)"
    assert (found.labels >= 0).mean() > 0.95


def test_starts_are_centres_of_cells(himmelblau):
    assert himmelblau.start(0, 0) == (-5 + 10 / 48, -5 + 10 / 48)
    assert himmelblau.start(23, 0)[1] == pytest.approx(5 - 10 / 48)


def test_points_on_a_plateau_are_not_minima():
    found = basins("sgd", "easom", lr=0.001, n=12, budget=20)
    assert (found.labels == NOT_ARRIVED).mean() > 0.9


@pytest.mark.parametrize(("optimizer", "lr"), [("lion", 0.03), ("rmsprop", 0.1)])
def test_the_floor_of_a_valley_has_no_minima_beside_the_known_one(optimizer, lr):
    found = basins(optimizer, "rosenbrock", lr=lr, n=24)
    np.testing.assert_array_equal(found.minima, [[1.0, 1.0]])
    assert found.shares["not arrived"] > 0.9


def test_minima_are_found_if_none_are_known():
    fn = TestFunction(
        name="pair",
        title="Pair",
        formula=lambda x, y: (x**2 - 1) ** 2 + y**2,
        domain=(-2, 2, -2, 2),
        start=(0.5, 0.5),
    )
    found = basins("sgd", fn, lr=0.05, n=8)
    assert found.known == 0
    np.testing.assert_allclose(sorted(found.minima.tolist()), [[-1, 0], [1, 0]], atol=1e-6)
    left = np.array(found.minima)[found.labels][..., 0] < 0
    np.testing.assert_array_equal(left, np.broadcast_to(found.x < 0, (8, 8)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 1}, "n must be a whole number >= 2"),
        ({"budget": 0}, "budget must be"),
        ({"lr": -1.0}, "learning rate"),
    ],
)
def test_invalid_arguments_are_rejected(arguments, message):
    with pytest.raises(ValueError, match=message):
        basins("sgd", "booth", **{"lr": 0.1, "n": 4, **arguments})


def test_an_unknown_hyper_parameter_is_rejected():
    with pytest.raises(TypeError, match="momentun"):
        basins("sgd", "booth", lr=0.1, n=4, momentun=0.9)


def test_a_grid_too_large_for_the_memory_is_rejected_with_one_that_fits(monkeypatch):
    monkeypatch.setattr(computing, "available_memory", lambda: 2 * 900 * 10.5**2)
    with pytest.raises(ValueError, match=r"50 x 50 starts need .* take n <= 10$"):
        basins("sgd", "booth", lr=0.1, n=50)
    assert len(basins("sgd", "booth", lr=0.1, n=10).x) == 10
