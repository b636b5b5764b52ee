"""The loop of steps: which evaluations count, and how a run that cannot continue ends."""

from dataclasses import replace

import numpy as np
import pytest
import pytorch_optimizer
import torch
from torch.optim import SGD, Optimizer

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.functions import as_test_function

DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}


class EvaluatesTwice(Optimizer):
    """Step along the gradient at a point slightly uphill, as in sharpness-aware minimization."""

    def __init__(self, params, lr=0.01, rho=0.05):
        super().__init__(params, {"lr": lr, "rho": rho})

    def step(self, closure):
        value = closure()
        for group in self.param_groups:
            for p in group["params"]:
                before, uphill = p.detach().clone(), group["rho"] * p.grad / p.grad.norm()
                with torch.no_grad():
                    p.add_(uphill)
                closure()
                with torch.no_grad():
                    p.copy_(before - group["lr"] * p.grad)
        return value


def counted(formula):
    """Return a formula and a list to which every call at a single point is appended."""
    calls = []

    def count(x, y):
        if x.ndim == 0:
            calls.append((x.item(), y.item()))
        return formula(x, y)

    return count, calls


def test_a_stalled_line_search_counts_every_evaluation_but_computes_each_point_once():
    formula, calls = counted(FUNCTIONS["bukin_n6"].formula)
    x0, y0 = FUNCTIONS["bukin_n6"].start
    window = {"x0": x0, "y0": y0, "xmin": -15, "xmax": -5, "ymin": -3, "ymax": 3}
    trajectory = run("lbfgs", (formula, window), lr=1.0)

    z = torch.tensor([x0, y0], dtype=torch.float64, requires_grad=True)
    plain = OPTIMIZERS["lbfgs"].build([z], lr=1.0)
    points, evaluations = [z.tolist()], [0]

    def closure():
        evaluations.append(1)
        plain.zero_grad()
        value = FUNCTIONS["bukin_n6"].formula(*z)
        value.backward()
        return value

    for _ in range(200):
        plain.step(closure)
        points.append(z.tolist())
    assert trajectory.points.tolist() == points
    assert trajectory.evaluations[-1] == sum(evaluations)
    assert len(calls) < sum(evaluations) / 2


@pytest.mark.parametrize(
    ("optimizer", "evaluations"), [("adamw", 1), ("sgd", 1), (EvaluatesTwice, 2)]
)
def test_evaluations_are_counted_through_the_closure(optimizer, evaluations):
    trajectory = run(optimizer, "himmelblau", steps=10)
    assert trajectory.evaluations.tolist() == [evaluations * k for k in range(11)]


def test_external_sharpness_aware_minimization_evaluates_twice_a_step():
    trajectory = run(
        pytorch_optimizer.SAM, "himmelblau", steps=5, base_optimizer=SGD, rho=0.05, lr=0.001
    )
    assert trajectory.evaluations.tolist() == [0, 2, 4, 6, 8, 10]
    assert trajectory.values[-1] < trajectory.values[0]


def test_lbfgs_evaluates_many_times_in_one_step():
    spent = np.diff(run("lbfgs", "flower", start=(20, 20), steps=10).evaluations)
    assert spent.max() > 10
    assert spent.max() <= 26


@pytest.mark.parametrize("optimizer", ["adamw", "lbfgs", EvaluatesTwice])
def test_recording_needs_an_extra_evaluation_only_at_the_last_point(optimizer):
    formula, calls = counted(FUNCTIONS["himmelblau"].formula)
    fn = replace(FUNCTIONS["himmelblau"], formula=formula)
    as_test_function(fn)
    checks = len(calls)
    trajectory = run(optimizer, fn, steps=3)
    assert trajectory.status == "completed"
    assert len(calls) - 2 * checks == trajectory.evaluations[-1] + 1
    assert calls[-1] == tuple(trajectory.points[-1])


def test_an_averaging_optimizer_is_recorded_at_its_iterates():
    trajectory = run(pytorch_optimizer.ScheduleFreeAdamW, "himmelblau", steps=12, lr=0.1)
    x, y = trajectory.points.T
    np.testing.assert_array_equal(trajectory.values, FUNCTIONS["himmelblau"](x, y))
    assert trajectory.evaluations.tolist() == list(range(13))


def assert_diverged(trajectory, step, reason):
    """Assert that a run diverged so, and that only its last value and gradient are not finite."""
    assert trajectory.status == "diverged"
    assert trajectory.stopped_at == step
    assert trajectory.reason == reason
    assert str(trajectory.outcome) == f"diverged at step {step}: {reason}"
    assert len(trajectory) in (step, step + 1)
    assert np.isfinite(trajectory.points).all()
    assert np.isfinite(trajectory.values[:-1]).all()
    assert np.isfinite(trajectory.gradients[:-1]).all()
    assert len(trajectory.evaluations) == len(trajectory.values) == len(trajectory.points)


def test_an_overflow_of_the_value_is_a_divergence():
    trajectory = run("sgd", "beale", lr=1.0)
    assert_diverged(trajectory, trajectory.stopped_at, "the value became infinite")
    assert trajectory.values[-1] == np.inf
    assert trajectory.stopped_at < 10


def test_an_overflow_of_a_coordinate_is_a_divergence():
    trajectory = run("sgd", "sphere", lr=1e300, start=(-1e10, 0.0))
    assert_diverged(trajectory, 1, "a coordinate became infinite")
    assert len(trajectory) == 1


def test_a_nan_value_is_a_divergence():
    def root(x, y):
        return torch.sqrt(x) + 0 * y

    trajectory = run("sgd", (root, {**DOMAIN, "x0": 0.04}), lr=1.0, steps=50)
    assert_diverged(trajectory, 1, "the value became not a number")


def quartic(x, y):
    return x**4 - 16 * x**2 + 5 * x + y**4


def test_a_polynomial_that_overflows_is_infinite_although_its_terms_cancel():
    trajectory = run("sgd", (quartic, DOMAIN), lr=1e160, steps=5)
    assert quartic(torch.tensor(1e160, dtype=torch.float64), torch.tensor(1.0)).isnan()
    assert_diverged(trajectory, 1, "the value became infinite")
    assert trajectory.values[-1] == np.inf


def test_an_undefined_gradient_at_the_start_is_a_divergence_that_names_the_point():
    trajectory = run("adamw", "flower", start=(0.0, 0.0), steps=20)
    assert_diverged(trajectory, 0, "the gradient is undefined at (0, 0)")
    assert trajectory.values.tolist() == [0.0]


def test_an_undefined_gradient_at_a_later_iterate_is_a_divergence():
    def cone(x, y):
        return torch.sqrt(x**2 + y**2)

    trajectory = run("sgd", (cone, {**DOMAIN, "x0": 3.0, "y0": 0.0}), lr=1.0, steps=20)
    assert_diverged(trajectory, 3, "the gradient is undefined at (0, 0)")
    assert trajectory.points.tolist() == [[3, 0], [2, 0], [1, 0], [0, 0]]


@pytest.mark.parametrize("optimizer", ["adamw", "lbfgs", EvaluatesTwice])
def test_the_logarithm_at_a_minimum_of_zero_is_a_divergence(optimizer):
    trajectory = run(optimizer, "log_beale", start=(3.0, 0.5))
    assert_diverged(trajectory, 0, "the value became minus infinite")
    assert trajectory.values.tolist() == [-np.inf]
    assert trajectory.evaluations.tolist() == [0]


class Overflows(SGD):
    """Compute a factor with Python floats, whose powers raise an OverflowError."""

    def step(self, closure):
        closure()
        (p,) = self.param_groups[0]["params"]
        factor = 10.0 ** (p.grad.abs().max().item())
        with torch.no_grad():
            p.add_(p.grad, alpha=factor)


def test_an_overflow_in_an_update_is_a_divergence():
    trajectory = run(Overflows, "sphere", start=(0.5, 0.0), lr=0.1, steps=20)
    reason = trajectory.reason
    assert reason.startswith("the update failed: ")
    assert_diverged(trajectory, trajectory.stopped_at, reason)
    assert len(trajectory) == trajectory.stopped_at


class FailsToFactorize(SGD):
    """Factorize a matrix that is not positive definite."""

    def step(self, closure):
        closure()
        torch.linalg.cholesky(-torch.eye(2))


def test_a_factorization_that_fails_is_a_divergence():
    trajectory = run(FailsToFactorize, "sphere", start=(0.5, 0.0), lr=0.1, steps=20)
    assert trajectory.stopped_at == 1
    assert "cholesky" in trajectory.reason


def test_a_function_that_autograd_cannot_follow_is_rejected():
    fn = replace(FUNCTIONS["sphere"], formula=lambda x, y: (x**2 + y**2).detach())
    with pytest.raises(
        ValueError, match="must depend on x and y in a way that autograd can follow"
    ):
        run("adamw", fn)


class WithoutClosure(SGD):
    """Have a ``step`` without a parameter for the closure."""

    def step(self):
        super().step()


def test_a_step_without_a_closure_parameter_is_supported():
    trajectory = run(WithoutClosure, "himmelblau", steps=10, lr=0.01)
    plain = run("sgd", "himmelblau", steps=10, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, plain.points)
    np.testing.assert_array_equal(trajectory.evaluations, plain.evaluations)


class Fails(SGD):
    """Raise an exception that is not numerical."""

    def step(self, closure):
        closure()
        raise RuntimeError("failed")


def test_other_exceptions_of_an_optimizer_are_raised():
    with pytest.raises(RuntimeError, match="failed"):
        run(Fails, "sphere", lr=0.1)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_skipping_the_steps_of_a_stalled_line_search_changes_no_bit(function):
    spec = OPTIMIZERS["lbfgs"]
    for lr in (0.01, 1.0):
        short, long = (
            run(one, function, lr=lr, steps=60) for one in (spec, replace(spec, counters=None))
        )
        for name in ("points", "values", "gradients", "evaluations"):
            np.testing.assert_array_equal(getattr(short, name), getattr(long, name))


class Pauses(SGD):
    """Take no steps at first, as determined by an entry of its state that is not a counter."""

    def step(self, closure):
        (p,) = self.param_groups[0]["params"]
        state = self.state[p]
        state["left"] = state.get("left", torch.tensor(9.0)) - 1
        closure()
        if state["left"] < 0:
            p.data.sub_(0.1 * p.grad)


def test_an_optimizer_that_only_pauses_is_not_at_a_fixed_point():
    spec = OptimizerSpec(name="pauses", title="Pauses", cls=Pauses, counters=())
    points = run(spec, "sphere", steps=15).points
    assert (points[9] == points[0]).all()
    assert (points[15] != points[0]).all()


@pytest.mark.parametrize("lr", [1e3, 1e100])
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "lbfgs", "rprop"])
def test_a_huge_learning_rate_raises_no_exception(optimizer, function, lr):
    trajectory = run(optimizer, function, steps=25, lr=lr)
    if trajectory.status == "diverged":
        assert_diverged(trajectory, trajectory.stopped_at, trajectory.reason)
    else:
        assert len(trajectory) == 26
        assert np.isfinite(trajectory.values).all()
