"""Batches of runs: which optimizers can be batched, and how the others are run."""

import numpy as np
import pytest
import pytorch_optimizer
import torch
from torch.optim import SGD, Optimizer

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.runs.batched import run_batched

START = torch.tensor([[2.0, 1.0], [-3.0, 0.5], [0.3, 0.3]], dtype=torch.float64)


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


class FailsAtTheThird(SGD):
    """Raise an exception in the third step."""

    steps = 0

    def step(self, closure=None):
        self.steps += 1
        if self.steps == 3:
            raise RuntimeError("third step")
        return super().step(closure)


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize("cls", [Noisy, FailsAtTheThird])
def test_an_optimizer_that_cannot_be_batched_gives_none_and_does_not_affect_others(
    cls, elementwise
):
    before = torch.get_rng_state()
    specs = [OPTIMIZERS["adam"], entry(cls, elementwise=elementwise), OPTIMIZERS["psgd_kron"]]
    first, rejected, last = run_batched(
        specs, [FUNCTIONS["beale"]] * 3, START, 6, settings=[{"lr": 0.01}]
    )
    assert rejected is None
    assert torch.equal(before, torch.get_rng_state())
    for spec, record in ((specs[0], first), (specs[2], last)):
        for start, row in zip(START.tolist(), record, strict=True):
            alone = run(spec, "beale", start=start, steps=6, lr=0.01)
            np.testing.assert_array_equal(row["points"], alone.points)


def test_many_starts_of_an_optimizer_that_cannot_be_batched_are_run_one_by_one():
    spec = entry(Noisy)
    runs = run(spec, "beale", start=START, steps=3, lr=0.01, seed=5)
    for start, trajectory in zip(START.tolist(), runs, strict=True):
        alone = run(spec, "beale", start=start, steps=3, lr=0.01, seed=5)
        np.testing.assert_array_equal(trajectory.points, alone.points)


class FailsNearTheOrigin(Optimizer):
    """Raise an exception once the first coordinate is below 1."""

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
def test_an_update_that_fails_ends_only_its_own_run(elementwise):
    spec = entry(FailsNearTheOrigin, elementwise=elementwise)
    starts = [(1.5, 1.0), (1e9, 1.0), (1e6, 1.0)]
    runs = run(spec, "sphere", start=starts, steps=20)
    assert [t.stopped_at for t in runs] == [2, None, None]
    assert runs[0].reason == "the update failed: too near"
    for start, trajectory in zip(starts, runs, strict=True):
        alone = run(spec, "sphere", start=start, steps=20)
        assert str(trajectory.outcome) == str(alone.outcome)
        np.testing.assert_array_equal(trajectory.points, alone.points)


def test_a_class_that_needs_the_graph_raises_the_same_error_from_many_starts():
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


@pytest.mark.parametrize("fn", ["beale", "rosenbrock", "ackley", "flower"])
@pytest.mark.parametrize(("optimizer", "lr"), [("adamw", 0.05), ("sgd", 0.02), ("ademamix", 0.3)])
def test_runs_of_which_only_values_are_kept_have_the_bits_of_single_runs(optimizer, lr, fn):
    fn, spec, steps = FUNCTIONS[fn], OPTIMIZERS[optimizer], 200
    xmin, xmax, ymin, ymax = fn.domain
    starts = np.random.default_rng(8).uniform((xmin, ymin), (xmax, ymax), (60, 2))
    (record,) = run_batched(
        *([spec], [fn] * 60, torch.from_numpy(starts), steps),
        settings=[{"lr": lr}],
        left_out=("points", "gradients"),
    )
    for i in range(0, 60, 6):
        alone = run(spec, fn, start=tuple(starts[i]), steps=steps, lr=lr)
        end = record.lengths[i]
        assert record.values[i, :end].tobytes() == alone.values.tobytes()
        assert record.evaluations[i, :end].tolist() == alone.evaluations.tolist()


def test_a_batch_of_an_optimizer_that_draws_late_is_not_used():
    class DrawsInTheThirdStep(SGD):
        steps = 0

        def step(self, closure=None):
            self.steps += 1
            if self.steps == 3:
                torch.rand(())
            return super().step(closure)

    before = torch.get_rng_state()
    for elementwise in (True, False):
        spec = entry(DrawsInTheThirdStep, elementwise=elementwise)
        found = run_batched([spec], [FUNCTIONS["beale"]] * 3, START, 6, settings=[{"lr": 0.01}])
        assert found == [None]
        assert torch.equal(before, torch.get_rng_state())
