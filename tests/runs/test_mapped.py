"""One optimizer mapped over many runs: the bits of an object for each of them."""

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.functions.isolation import isolated
from optgallery.optim.construction import Constructor
from optgallery.runs import batched
from optgallery.runs.batch import MappedBatch, SteppedBatch, VectorizedBatch
from optgallery.runs.batched_objective import BatchedObjective
from optgallery.runs.mapped import MappedOptimizer

MAPPABLE = [spec for spec in OPTIMIZERS.values() if spec.mappable]
STEPS = 120


def starts_on(fn, n, reach=1.5):
    xmin, xmax, ymin, ymax = fn.domain
    starts = np.random.default_rng(3).uniform((xmin, ymin), (xmax, ymax), (n, 2)) * reach
    starts[0] = fn.minima[0] if fn.minima else starts[0]  # where gradients are 0
    return torch.from_numpy(starts)


def taken(kind, spec, fn, starts, settings, steps=STEPS, **extra):
    """Take all runs of a batch of one kind."""
    with isolated(0):
        batch = kind(
            lambda param, i: spec.build([param], hparams=settings[i]),
            BatchedObjective([fn] * len(starts), len(settings)),
            starts,
            steps,
            parameter_shape=spec.parameter_shape,
            **extra,
        )
        assert batched.step_together([batch], [fn] * len(starts), steps) == [batch]
    return batch.record()


def assert_same(one, other):
    for name in ("points", "values", "gradients", "lengths", "stopped_at", "reasons"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_array_equal(one.evaluations, other.evaluations)


@pytest.mark.parametrize("fn", ["beale", "rastrigin", "abs_ravine"])
@pytest.mark.parametrize("spec", MAPPABLE, ids=lambda spec: spec.name)
def test_mapped_runs_have_the_bits_of_runs_with_an_object_each(spec, fn):
    fn = FUNCTIONS[fn]
    n, few = 25, 5  # an object for each run takes long
    decay = {"weight_decay": 0.1} if Constructor.of(spec.cls).takes("weight_decay") else {}
    starts, settings = starts_on(fn, n), [{"lr": 0.03}, {"lr": 1.0, **decay}]
    mapped = taken(MappedBatch, spec, fn, starts, settings)
    stepped = taken(SteppedBatch, spec, fn, starts[:few], settings)
    assert_same(mapped.take([*range(few), *range(n, n + few)]), stepped)


@pytest.mark.parametrize("spec", MAPPABLE, ids=lambda spec: spec.name)
def test_run_maps_many_starts_and_gives_the_bits_of_single_runs(spec, monkeypatch):
    kinds = []
    original = MappedBatch.__init__

    def noted(self, *arguments, **keywords):
        kinds.append(type(self))
        original(self, *arguments, **keywords)

    monkeypatch.setattr(MappedBatch, "__init__", noted)
    starts = starts_on(FUNCTIONS["himmelblau"], 60).numpy()
    runs = run(spec, "himmelblau", start=starts, steps=40, lr=0.3)
    assert kinds == [MappedBatch]
    for i in (0, 17, 59):
        alone = run(spec, "himmelblau", start=tuple(starts[i]), steps=40, lr=0.3)
        np.testing.assert_array_equal(runs[i].points, alone.points)
        assert str(runs[i].outcome) == str(alone.outcome)


def test_runs_that_diverge_are_taken_out_and_leave_the_others_alone():
    fn, spec = FUNCTIONS["beale"], OPTIMIZERS["shampoo"]
    starts, settings = starts_on(fn, 60, reach=1e60), [{"lr": 1.0}]
    starts[::3] *= 1e-60
    mapped, stepped = (
        taken(kind, spec, fn, starts, settings, 30) for kind in (MappedBatch, SteppedBatch)
    )
    assert 10 < (mapped.stopped_at >= 0).sum() < 60
    assert_same(mapped, stepped)


class Branching(torch.optim.SGD):
    """Decide by a number of the run, which cannot be mapped."""

    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            if p.grad.sum() > 0:
                p.grad *= 0.5
        return super().step(closure)


def test_an_optimizer_that_branches_is_run_in_another_way():
    spec = OptimizerSpec(
        name="branching", title="Branching", cls=Branching, layerwise=True, mappable=True
    )
    starts = starts_on(FUNCTIONS["booth"], 50)
    with pytest.raises(RuntimeError, match="data-dependent control flow"):
        MappedOptimizer(spec.build([starts[0].requires_grad_()]), starts).step(starts)
    runs = run(spec, "booth", start=starts.detach(), steps=20, lr=0.01)
    for i in (1, 30):
        alone = run(spec, "booth", start=tuple(starts[i].tolist()), steps=20, lr=0.01)
        np.testing.assert_array_equal(runs[i].points, alone.points)


DIAGONAL = [spec for spec in OPTIMIZERS.values() if spec.diagonal]


@pytest.mark.parametrize("fn", ["beale", "abs_ravine", "flower"])
@pytest.mark.parametrize("spec", DIAGONAL, ids=lambda spec: spec.name)
def test_rows_of_one_object_draw_the_numbers_of_runs_with_an_object_each(spec, fn):
    fn = FUNCTIONS[fn]
    starts, settings = starts_on(fn, 9), [{"lr": 0.03}, {"lr": 1.0}]
    with isolated(0):
        runs = batched._Runs([fn] * 9, starts, STEPS, settings, 7, ())
        batches = [make(spec) for make in runs.kinds(spec)]
        assert [type(batch) for batch in batches] == [VectorizedBatch, SteppedBatch]
        for batch in batches:
            assert batched.step_together([batch], runs.fns, STEPS) == [batch]
    records = [batch.record() for batch in batches]
    assert_same(*records)
    x, y = starts[3].tolist()
    alone = run(spec, fn, start=(x, y), steps=STEPS, lr=0.03, seed=7)
    np.testing.assert_array_equal(records[0].run(3)["points"], alone.points)


@pytest.mark.parametrize("value", [True, 1, 1.0])
def test_a_flag_selects_the_same_algorithm_in_a_batch_also_if_it_is_a_number(value):
    starts = starts_on(FUNCTIONS["zakharov"], 45).numpy()
    runs = run("adamw", "zakharov", start=starts, steps=40, lr=0.1, fused=value)
    for i in (3, 30):
        alone = run("adamw", "zakharov", start=tuple(starts[i]), steps=40, lr=0.1, fused=value)
        np.testing.assert_array_equal(runs[i].points, alone.points)
