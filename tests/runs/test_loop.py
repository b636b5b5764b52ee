"""The steps themselves: what an evaluation is, and how a run that cannot go on ends."""

from dataclasses import replace

import numpy as np
import pytest
import pytorch_optimizer
import torch
from torch.optim import SGD, Optimizer

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.functions import as_test_function

DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}


class TwoLooks(Optimizer):
    """Descend by the gradient found a little uphill, as sharpness-aware minimization does."""

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
    """Wrap a formula and return it with the list that grows by each call on a point."""
    calls = []

    def count(x, y):
        if x.ndim == 0:
            calls.append((x.item(), y.item()))
        return formula(x, y)

    return count, calls


def test_a_line_search_that_rests_is_charged_for_every_look_and_computes_each_once():
    formula, calls = counted(FUNCTIONS["bukin_n6"].formula)
    x0, y0 = FUNCTIONS["bukin_n6"].start
    window = {"x0": x0, "y0": y0, "xmin": -15, "xmax": -5, "ymin": -3, "ymax": 3}
    trajectory = run("lbfgs", (formula, window), lr=1.0)

    z = torch.tensor([x0, y0], dtype=torch.float64, requires_grad=True)
    plain = OPTIMIZERS["lbfgs"].build([z], lr=1.0)
    points, looks = [z.tolist()], [0]

    def closure():
        looks.append(1)
        plain.zero_grad()
        value = FUNCTIONS["bukin_n6"].formula(*z)
        value.backward()
        return value

    for _ in range(200):
        plain.step(closure)
        points.append(z.tolist())
    assert trajectory.points.tolist() == points
    assert trajectory.evaluations[-1] == sum(looks)
    assert len(calls) < sum(looks) / 2


@pytest.mark.parametrize(("optimizer", "looks"), [("adamw", 1), ("sgd", 1), (TwoLooks, 2)])
def test_evaluations_are_counted_through_the_closure(optimizer, looks):
    trajectory = run(optimizer, "himmelblau", steps=10)
    assert trajectory.evaluations.tolist() == [looks * k for k in range(11)]


def test_sharpness_aware_minimization_of_others_looks_twice():
    trajectory = run(
        pytorch_optimizer.SAM, "himmelblau", steps=5, base_optimizer=SGD, rho=0.05, lr=0.001
    )
    assert trajectory.evaluations.tolist() == [0, 2, 4, 6, 8, 10]
    assert trajectory.values[-1] < trajectory.values[0]


def test_lbfgs_evaluates_many_times_in_one_step():
    spent = np.diff(run("lbfgs", "flower", start=(20, 20), steps=10).evaluations)
    assert spent.max() > 10
    assert spent.max() <= 26


@pytest.mark.parametrize("optimizer", ["adamw", "lbfgs", TwoLooks])
def test_recording_costs_one_evaluation_at_the_last_point_and_none_before(optimizer):
    formula, calls = counted(FUNCTIONS["himmelblau"].formula)
    fn = replace(FUNCTIONS["himmelblau"], formula=formula)
    as_test_function(fn)
    checks = len(calls)
    trajectory = run(optimizer, fn, steps=3)
    assert trajectory.status == "completed"
    assert len(calls) - 2 * checks == trajectory.evaluations[-1] + 1
    assert calls[-1] == tuple(trajectory.points[-1])


def test_an_optimizer_that_starts_its_step_elsewhere_is_recorded_at_its_iterates():
    trajectory = run(pytorch_optimizer.ScheduleFreeAdamW, "himmelblau", steps=12, lr=0.1)
    x, y = trajectory.points.T
    np.testing.assert_array_equal(trajectory.values, FUNCTIONS["himmelblau"](x, y))
    assert trajectory.evaluations.tolist() == list(range(13))


def ended(trajectory, step, reason):
    """Assert how a run ended, and that nothing but its last value and gradient is infinite."""
    assert trajectory.status == "diverged"
    assert trajectory.stopped_at == step
    assert trajectory.reason == reason
    assert str(trajectory.outcome) == f"diverged at step {step}: {reason}"
    assert len(trajectory) in (step, step + 1)
    assert np.isfinite(trajectory.points).all()
    assert np.isfinite(trajectory.values[:-1]).all()
    assert np.isfinite(trajectory.gradients[:-1]).all()
    assert len(trajectory.evaluations) == len(trajectory.values) == len(trajectory.points)
    return True


def test_overflow_of_the_value_is_a_result():
    trajectory = run("sgd", "beale", lr=1.0)
    assert ended(trajectory, trajectory.stopped_at, "the value became infinite")
    assert trajectory.values[-1] == np.inf
    assert trajectory.stopped_at < 10


def test_overflow_of_a_coordinate_is_a_result():
    trajectory = run("sgd", "sphere", lr=1e300, start=(-1e10, 0.0))
    assert ended(trajectory, 1, "a coordinate became infinite")
    assert len(trajectory) == 1


def test_a_value_that_is_not_a_number_is_a_result():
    def root(x, y):
        return torch.sqrt(x) + 0 * y

    trajectory = run("sgd", (root, {**DOMAIN, "x0": 0.04}), lr=1.0, steps=50)
    assert ended(trajectory, 1, "the value became not a number")


def quartic(x, y):
    return x**4 - 16 * x**2 + 5 * x + y**4


def test_a_polynomial_that_overflows_is_infinite_though_its_terms_cancel():
    trajectory = run("sgd", (quartic, DOMAIN), lr=1e160, steps=5)
    assert quartic(torch.tensor(1e160, dtype=torch.float64), torch.tensor(1.0)).isnan()
    assert ended(trajectory, 1, "the value became infinite")
    assert trajectory.values[-1] == np.inf


def test_an_undefined_gradient_is_a_result_that_names_the_point():
    trajectory = run("adamw", "flower", start=(0.0, 0.0), steps=20)
    assert ended(trajectory, 0, "the gradient is undefined at (0, 0)")
    assert trajectory.values.tolist() == [0.0]


def test_an_undefined_gradient_on_the_way_is_a_result():
    def cone(x, y):
        return torch.sqrt(x**2 + y**2)

    trajectory = run("sgd", (cone, {**DOMAIN, "x0": 3.0, "y0": 0.0}), lr=1.0, steps=20)
    assert ended(trajectory, 3, "the gradient is undefined at (0, 0)")
    assert trajectory.points.tolist() == [[3, 0], [2, 0], [1, 0], [0, 0]]


@pytest.mark.parametrize("optimizer", ["adamw", "lbfgs", TwoLooks])
def test_the_logarithm_at_a_minimum_is_a_result(optimizer):
    trajectory = run(optimizer, "log_beale", start=(3.0, 0.5))
    assert ended(trajectory, 0, "the value became minus infinite")
    assert trajectory.values.tolist() == [-np.inf]
    assert trajectory.evaluations.tolist() == [0]


class Brittle(SGD):
    """Compute a factor in Python's numbers, which overflow by an exception."""

    def step(self, closure):
        closure()
        (p,) = self.param_groups[0]["params"]
        factor = 10.0 ** (p.grad.abs().max().item())
        with torch.no_grad():
            p.add_(p.grad, alpha=factor)


def test_overflow_inside_an_update_is_a_result():
    trajectory = run(Brittle, "sphere", start=(0.5, 0.0), lr=0.1, steps=20)
    reason = trajectory.reason
    assert reason.startswith("the update failed: ")
    assert ended(trajectory, trajectory.stopped_at, reason)
    assert len(trajectory) == trajectory.stopped_at


class Decomposing(SGD):
    """Factorize a matrix that is not positive definite."""

    def step(self, closure):
        closure()
        torch.linalg.cholesky(-torch.eye(2))


def test_a_factorization_that_fails_is_a_result():
    trajectory = run(Decomposing, "sphere", start=(0.5, 0.0), lr=0.1, steps=20)
    assert trajectory.stopped_at == 1
    assert "cholesky" in trajectory.reason


def test_a_function_that_autograd_cannot_follow_is_refused():
    fn = replace(FUNCTIONS["sphere"], formula=lambda x, y: (x**2 + y**2).detach())
    with pytest.raises(
        ValueError, match="must depend on x and y in a way that autograd can follow"
    ):
        run("adamw", fn)


class Unclosed(SGD):
    """Take no closure, as the optimizers of a first lesson do."""

    def step(self):
        super().step()


def test_an_optimizer_whose_step_takes_no_closure_runs_as_well():
    trajectory = run(Unclosed, "himmelblau", steps=10, lr=0.01)
    plain = run("sgd", "himmelblau", steps=10, lr=0.01)
    np.testing.assert_array_equal(trajectory.points, plain.points)
    np.testing.assert_array_equal(trajectory.evaluations, plain.evaluations)


class Mistaken(SGD):
    """Have a bug."""

    def step(self, closure):
        closure()
        raise RuntimeError("mistaken")


def test_a_bug_of_an_optimizer_is_not_a_result():
    with pytest.raises(RuntimeError, match="mistaken"):
        run(Mistaken, "sphere", lr=0.1)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_line_search_at_rest_need_not_be_asked_again(function):
    spec = OPTIMIZERS["lbfgs"]
    for lr in (0.01, 1.0):
        short, long = (
            run(one, function, lr=lr, steps=60) for one in (spec, replace(spec, counters=None))
        )
        for name in ("points", "values", "gradients", "evaluations"):
            np.testing.assert_array_equal(getattr(short, name), getattr(long, name))


class Sleeper(SGD):
    """Rest for a while and then go on, which its state knows and no counter."""

    def step(self, closure):
        (p,) = self.param_groups[0]["params"]
        state = self.state[p]
        state["left"] = state.get("left", torch.tensor(9.0)) - 1
        closure()
        if state["left"] < 0:
            p.data.sub_(0.1 * p.grad)


def test_a_pause_is_no_rest():
    spec = OptimizerSpec(name="sleeper", title="Sleeper", cls=Sleeper, counters=())
    points = run(spec, "sphere", steps=15).points
    assert (points[9] == points[0]).all()
    assert (points[15] != points[0]).all()


@pytest.mark.parametrize("lr", [1e3, 1e100])
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "lbfgs", "rprop"])
def test_no_learning_rate_raises(optimizer, function, lr):
    trajectory = run(optimizer, function, steps=25, lr=lr)
    if trajectory.status == "diverged":
        assert ended(trajectory, trajectory.stopped_at, trajectory.reason)
    else:
        assert len(trajectory) == 26
        assert np.isfinite(trajectory.values).all()
