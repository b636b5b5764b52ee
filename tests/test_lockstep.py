"""Many points at once: which formulas round as they do at single points, and who may share."""

import numpy as np
import pytest
import pytorch_optimizer
import torch
from torch.optim import SGD, Optimizer

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.descent import Objective
from optgallery.lockstep import SHORT, evaluate, rounds_alike, run_together

START = torch.tensor([[2.0, 1.0], [-3.0, 0.5], [0.3, 0.3]], dtype=torch.float64)


def points_of(fn, n):
    """Draw points in the domain, some far outside of it and some on whole numbers."""
    xmin, xmax, ymin, ymax = fn.domain
    points = np.random.default_rng(7).uniform((xmin, ymin), (xmax, ymax), (n, 2))
    points[::10] *= 1000
    points[5::10] = points[5::10].round()
    return torch.from_numpy(points)


def assert_equal(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def in_rows(formula, points, size):
    sizes = [min(size, len(points) - i) for i in range(0, len(points), size)]
    return evaluate([(formula, n) for n in sizes], points)


@pytest.mark.parametrize("fn", FUNCTIONS.values(), ids=lambda fn: fn.name)
def test_a_short_row_has_the_bits_of_single_points(fn):
    points = points_of(fn, 20 * SHORT)
    objective = Objective(fn, [points[0].clone().requires_grad_()], create_graph=False)
    values, gradients = zip(*(objective.at(point) for point in points.tolist()), strict=True)
    assert_equal(in_rows(fn.formula, points, SHORT), map(np.array, (values, gradients)))


@pytest.mark.parametrize("fn", FUNCTIONS.values(), ids=lambda fn: fn.name)
def test_a_long_row_has_them_where_the_formula_rounds_alike(fn):
    points = points_of(fn, 5000)
    if rounds_alike(fn.formula):
        assert_equal(in_rows(fn.formula, points, 5000), in_rows(fn.formula, points, SHORT))
        assert_equal(in_rows(fn.formula, points, 1501), in_rows(fn.formula, points, SHORT))


@pytest.mark.parametrize("name", ["beale", "rosenbrock", "himmelblau", "ackley"])
def test_polynomials_waves_and_exponentials_round_alike(name):
    assert rounds_alike(FUNCTIONS[name].formula)


class Noisy(SGD):
    """Draw from torch's global generator."""

    def step(self, closure=None):
        value = super().step(closure)
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                p.add_(torch.randn_like(p), alpha=0.01)
        return value


def entry(cls, **capabilities):
    return OptimizerSpec(name=cls.__name__.lower(), title=cls.__name__, cls=cls, **capabilities)


@pytest.mark.parametrize(
    "spec",
    [OPTIMIZERS["adahessian"], entry(Noisy), entry(Noisy, elementwise=True)],
    ids=["second derivatives", "global generator", "global generator, elementwise"],
)
def test_what_has_to_run_alone_is_refused_and_leaves_the_generator_alone(spec):
    before = torch.get_rng_state()
    assert run_together(spec, [FUNCTIONS["beale"]] * 3, START, 3, lr=0.01) is None
    assert torch.equal(before, torch.get_rng_state())
    runs = run(spec, "beale", start=START, steps=3, lr=0.01, seed=5)
    for start, trajectory in zip(START.tolist(), runs, strict=True):
        alone = run(spec, "beale", start=start, steps=3, lr=0.01, seed=5)
        np.testing.assert_array_equal(trajectory.points, alone.points)


class Brittle(Optimizer):
    """Refuse to go on once the first coordinate is below 1."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(group["lr"] * p.grad)
                if (p[..., 0] < 1).any():
                    raise ZeroDivisionError("too near")


@pytest.mark.parametrize("elementwise", [True, False])
def test_an_update_that_fails_ends_its_own_run_alone(elementwise):
    spec = entry(Brittle, elementwise=elementwise)
    starts = [(1.5, 1.0), (1e9, 1.0), (1e6, 1.0)]
    runs = run(spec, "sphere", start=starts, steps=20)
    assert [t.stopped_at for t in runs] == [2, None, None]
    assert runs[0].reason == "the update failed: too near"
    for start, trajectory in zip(starts, runs, strict=True):
        alone = run(spec, "sphere", start=start, steps=20)
        assert trajectory.outcome == alone.outcome
        np.testing.assert_array_equal(trajectory.points, alone.points)


def test_a_class_that_needs_the_graph_is_told_so_from_many_starts_too():
    with pytest.raises(ValueError, match="differentiates the gradient once more"):
        run(pytorch_optimizer.AdaHessian, "beale", start=START, steps=3)


@pytest.mark.parametrize("elementwise", [True, False])
def test_an_averaging_optimizer_is_recorded_at_its_iterates(elementwise):
    spec = entry(pytorch_optimizer.ScheduleFreeAdamW, elementwise=elementwise)
    runs = run(spec, "himmelblau", start=START, steps=12, lr=0.1)
    for start, trajectory in zip(START.tolist(), runs, strict=True):
        alone = run(spec, "himmelblau", start=start, steps=12, lr=0.1)
        for name in ("points", "values", "gradients", "evaluations"):
            np.testing.assert_array_equal(getattr(trajectory, name), getattr(alone, name))
