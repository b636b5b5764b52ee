"""Trajectories in the store: what their keys depend on, and their serialization."""

import json
import math
import pickle
from dataclasses import dataclass, fields, replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR

from optgallery import FUNCTIONS, OPTIMIZERS, Axis, OptimizerSpec, TestFunction, Trajectory, run
from optgallery.cache.fingerprint import digest
from optgallery.cache.store import Store
from optgallery.functions import noisy
from optgallery.functions.bowls import booth
from optgallery.functions.valleys import beale
from optgallery.optim.spec import Paper
from optgallery.runs.additions import Additions
from optgallery.runs.clipping import GradClip
from optgallery.sweeps import trajectory_cache
from optgallery.sweeps.trajectory_cache import (
    Result,
    TrajectoryCache,
    _formula,
    _runner,
    key,
    pack,
    unpack,
)

ADAMW, BEALE = OPTIMIZERS["adamw"], FUNCTIONS["beale"]
ARRAYS = ("points", "values", "gradients", "evaluations")


class CustomSpec(OptimizerSpec):
    """A subclass, which could construct its optimizer differently."""


@dataclass(frozen=True)
class Scaled:
    factor: float

    def __call__(self, x, y):
        return self.factor * beale(x, y)


SPEC_RELEVANT = {
    "cls": torch.optim.Adam,
    "defaults": {"betas": (0.8, 0.99)},
    "group": {"weight_decay": 0.1},
    "needs_closure": True,
    "differentiates_value": True,
    "create_graph": True,
    "stochastic": True,
    "parameter_shape": (1, 2),
    "counters": ("step",),
    "from_function": {"weight_decay": "minimum"},
}
SPEC_DESCRIPTIVE = {
    "name": "other",
    "title": "Other",
    "family": "other",
    "summary": "Other.",
    "paper": Paper("Other", "Another", 2000, "https://example.org"),
    "elementwise": not ADAMW.elementwise,
    "layerwise": not ADAMW.layerwise,
    "diagonal": not ADAMW.diagonal,
    "mappable": not ADAMW.mappable,
    "learning_rate_free": True,
    "evaluations_per_step": 7,
    "coincides_with": ("other",),
}
# what it says of a run is in the run's own value
SPEC_ALONG = {"axis"}
FN_RELEVANT = {
    "formula": booth,
    "start": (1.0, 1.5),
    "gradient_noise": noisy("beale", 0.1).gradient_noise,
    "dtype": torch.float32,
}
FN_DESCRIPTIVE = {
    "name": "other",
    "title": "Other",
    "domain": (-9, 9, -9, 9),
    "latex": "x",
    "minima": (),
    "minimum": None,
    "checks": (),
    "description": "Other.",
    "source": "Other",
    "tags": (),
    "scale": "linear",
    "variant_of": "sphere",
    "lower_outside": True,
    "made": noisy("beale", 0.1).made,
}


def key_of(spec=ADAMW, fn=BEALE, lr=0.1, steps=20):
    return key(spec, fn, lr, steps)


def assert_same_bits(one, other):
    for name in ARRAYS:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
        assert getattr(one, name).dtype == getattr(other, name).dtype
        assert getattr(one, name).shape == getattr(other, name).shape
    for field in fields(Trajectory):
        if field.name not in ARRAYS:
            assert getattr(one, field.name) == getattr(other, field.name), field.name


def test_every_field_of_an_entry_is_classified():
    known = SPEC_RELEVANT.keys() | SPEC_DESCRIPTIVE.keys() | SPEC_ALONG
    assert {f.name for f in fields(OptimizerSpec)} == known
    assert {f.name for f in fields(TestFunction)} == FN_RELEVANT.keys() | FN_DESCRIPTIVE.keys()


@pytest.mark.parametrize("name", SPEC_RELEVANT)
def test_keys_depend_on_fields_that_affect_the_steps(name):
    assert key_of(replace(ADAMW, **{name: SPEC_RELEVANT[name]})) != key_of()


@pytest.mark.parametrize("name", SPEC_DESCRIPTIVE)
def test_keys_do_not_depend_on_descriptive_fields_of_an_optimizer(name):
    other = replace(ADAMW, **{name: SPEC_DESCRIPTIVE[name]})
    assert other != ADAMW
    assert key_of(other) == key_of()


def test_keys_along_an_own_axis_depend_on_the_hyperparameter_and_the_value_alone():
    along = replace(ADAMW, axis=Axis("eps", (1e-8, 0.1)))
    same = replace(ADAMW, axis=Axis("eps", (0.1, 0.2), title="epsilon"))
    other = replace(ADAMW, axis=Axis("weight_decay", (0.1, 0.2)))
    only = replace(ADAMW, axis=Axis())
    assert key_of(along) == key_of(same)
    keys = [key_of(along), key_of(along, lr=1e-8), key_of(other), key_of(), key_of(only, lr=None)]
    assert len(set(keys)) == len(keys)


def test_a_trajectory_along_an_own_axis_is_stored_and_found(tmp_path):
    for axis, setting, hparams in (
        (Axis("eps", (0.1,)), 0.1, {"eps": 0.1}),
        (Axis(), None, {}),
    ):
        spec, cache = replace(ADAMW, axis=axis), TrajectoryCache(Store(tmp_path), 20)
        alone = run(spec, BEALE, steps=20, **hparams)
        assert cache.lacks(spec, BEALE, setting)
        cache.keep(Result(alone), spec, BEALE, setting)
        assert_same_bits(cache.find(spec, BEALE, setting), alone)


@pytest.mark.parametrize("name", FN_RELEVANT)
def test_keys_depend_on_fields_that_affect_the_function_and_its_start(name):
    assert key_of(fn=replace(BEALE, **{name: FN_RELEVANT[name]})) != key_of()


@pytest.mark.parametrize("name", FN_DESCRIPTIVE)
def test_keys_do_not_depend_on_descriptive_fields_of_a_function(name):
    other = replace(BEALE, **{name: FN_DESCRIPTIVE[name]})
    assert other != BEALE
    assert key_of(fn=other) == key_of()


def test_keys_depend_on_the_settings_of_the_run():
    keys = [
        key_of(),
        key_of(lr=0.1 + 2**-56),
        key_of(lr=1.0),
        key_of(steps=21),
        key_of(OPTIMIZERS["adam"]),
        key_of(fn=FUNCTIONS["booth"]),
        key_of(fn=FUNCTIONS["log_beale"]),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of(lr=1) == key_of(lr=np.float64(1.0)) == key_of(lr=1.0)
    assert key_of(steps=np.int64(20)) == key_of()


def test_keys_depend_on_the_class_of_the_entry():
    own = CustomSpec(**{f.name: getattr(ADAMW, f.name) for f in fields(ADAMW)})
    assert key_of(own) not in (None, key_of())


def test_keys_depend_on_the_fields_of_a_formula():
    keys = {key_of(fn=replace(BEALE, formula=Scaled(factor))) for factor in (2.0, 3.0)}
    assert len(keys) == 2
    assert None not in keys


def test_all_entries_have_different_keys():
    grid = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
    keys = [key_of(spec, BEALE) for spec in OPTIMIZERS.values()]
    keys += [key_of(OPTIMIZERS["sgd"], fn) for fn in grid if fn.name != "beale"]
    assert None not in keys
    assert len(set(keys)) == len(keys)


class Mine(torch.optim.SGD):
    pass


def test_runs_that_cannot_be_identified_have_no_key_and_are_not_stored(tmp_path):
    class Local(torch.optim.SGD):
        pass

    local = OptimizerSpec(name="local", title="Local", cls=Local)
    unidentifiable = replace(BEALE, formula=lambda x, y: beale(x, y))  # noqa: PLW0108
    store = Store(tmp_path)
    cache = TrajectoryCache(store, 3)
    for spec, fn in [(local, BEALE), (ADAMW, unidentifiable)]:
        assert key_of(spec, fn) is None
        trajectory = run(spec, fn, steps=3, lr=0.1)
        stored = cache.keep(Result(trajectory), spec, fn, 0.1)
        assert_same_bits(stored, trajectory)
        assert cache.find(spec, fn, 0.1) is None
    assert not list(store.files())
    identifiable = OptimizerSpec(name="mine", title="Mine", cls=Mine)
    cache.keep(Result(run(identifiable, BEALE, steps=3, lr=0.1)), identifiable, BEALE, 0.1)
    assert len(list(store.files())) == 1


def test_a_result_is_packed_only_by_pickling():
    trajectory = run(ADAMW, BEALE, steps=20, lr=0.1)
    original = Result(trajectory)
    assert original.trajectory(ADAMW, BEALE, 0.1, 20) is trajectory
    unpickled = pickle.loads(pickle.dumps(original))
    assert unpickled.content() == original.content() == pack(trajectory)
    unpacked = unpickled.trajectory(ADAMW, BEALE, 0.1, 20)
    assert unpacked is not trajectory
    assert_same_bits(unpacked, trajectory)


def test_a_stored_trajectory_is_found_only_under_its_key(tmp_path):
    cache = TrajectoryCache(Store(tmp_path), 20)
    assert cache.find(ADAMW, BEALE, 0.1) is None
    trajectory = run(ADAMW, BEALE, steps=20, lr=0.1)
    cache.keep(Result(trajectory), ADAMW, BEALE, 0.1)
    assert cache.store.get(key_of()) == pack(trajectory)
    for found in (cache, TrajectoryCache(Store(tmp_path), 20)):
        assert_same_bits(found.find(ADAMW, BEALE, 0.1), trajectory)
    assert cache.find(ADAMW, BEALE, 0.2) is None
    assert TrajectoryCache(Store(tmp_path), 21).find(ADAMW, BEALE, 0.1) is None
    renamed = replace(ADAMW, name="mine", title="Mine")
    assert cache.find(renamed, BEALE, 0.1).title == "Mine on Beale, lr 0.1"


@pytest.mark.parametrize(
    ("optimizer", "function", "lr", "status"),
    [
        ("adamw", "beale", 0.1, "completed"),
        ("lbfgs", "rosenbrock", 1.0, "completed"),
        ("sgd", "beale", 30.0, "diverged"),
        ("sgd", "himmelblau", 1.0, "diverged"),
        ("sgd", "log_sphere", 0.1, "diverged"),
    ],
)
def test_a_trajectory_is_unpacked_bit_for_bit(optimizer, function, lr, status):
    if function == "log_sphere":
        from optgallery.functions import logged

        fn = replace(logged(FUNCTIONS["sphere"]), start=(0.0, 0.0))
    else:
        fn = FUNCTIONS[function]
    trajectory = run(optimizer, fn, steps=40, lr=lr)
    assert trajectory.status == status
    content = pack(trajectory)
    unpacked = unpack(content, trajectory.optimizer, fn, lr, 40)
    assert_same_bits(unpacked, trajectory)
    assert pack(unpacked) == content
    assert str(unpacked.outcome) == str(trajectory.outcome)
    assert not any(getattr(unpacked, name).flags.writeable for name in ARRAYS)


@pytest.mark.parametrize("last", [math.nan, math.inf, -math.inf, -0.0, 5e-324])
@pytest.mark.parametrize("lr", [None, 0.1, math.inf])
def test_special_numbers_and_a_missing_rate_are_unpacked(last, lr):
    trajectory = replace(
        run("sgd", "beale", steps=2, lr=0.01),
        values=np.array([1.0, 2.0, last]),
        gradients=np.array([[0.0, 1.0], [2.0, 3.0], [last, -0.0]]),
        hparams={"lr": 0.1},
        lr=lr,
        status="failed",
        stopped_at=3,
        reason='Größe "x" is ☃\n\ud800',
    )
    unpacked = unpack(pack(trajectory), OPTIMIZERS["sgd"], BEALE, 0.1, 2)
    assert_same_bits(unpacked, trajectory)
    assert np.signbit(unpacked.gradients[2, 1])


def test_the_bytes_do_not_depend_on_the_memory_layout():
    trajectory = run("adamw", "beale", steps=5, lr=0.1)
    reordered = replace(
        trajectory,
        points=np.asfortranarray(trajectory.points),
        gradients=np.repeat(trajectory.gradients, 2, axis=0)[::2],
    )
    assert pack(reordered) == pack(trajectory)


def halving(step):
    return 0.5**step


def watched(optimizer):
    """Do nothing to an optimizer."""


ADDITIONS = [
    Additions(schedule=halving),
    Additions(schedule=StepLR),
    Additions(schedule=partial(CosineAnnealingLR, T_max=20)),
    Additions(schedule=partial(CosineAnnealingLR, T_max=21)),
    Additions(grad_clip=GradClip("norm", 1.0)),
    Additions(grad_clip=GradClip("norm", 2.0)),
    Additions(grad_clip=GradClip("value", 1.0)),
    Additions(prepare=watched),
    Additions(schedule=halving, grad_clip=GradClip("norm", 1.0)),
    Additions(schedule=halving, grad_clip=GradClip("norm", 1.0), prepare=watched),
]


def test_keys_depend_on_the_additions_to_the_plain_loop():
    keys = [key_of(), *(key(ADAMW, BEALE, 0.1, 20, added) for added in ADDITIONS)]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert key(ADAMW, BEALE, 0.1, 20, Additions(schedule=lambda step: 1.0)) is None
    assert key(ADAMW, BEALE, 0.1, 20, Additions(prepare=lambda optimizer: None)) is None


def test_keys_and_bytes_without_additions_are_the_same_as_in_earlier_versions():
    """So the store of a site that was built by an earlier version can still be used."""
    parts = trajectory_cache._runner(ADAMW), trajectory_cache._formula(BEALE)
    assert key_of() == digest(2, *parts, 0.1, 20)
    trajectory = run(ADAMW, BEALE, steps=20, lr=0.1)
    line, _, body = pack(trajectory).partition(b"\n")
    assert [*json.loads(line)] == ["rows", "lr", "status", "stopped_at", "reason", "rounded"]
    arrays = (np.ascontiguousarray(getattr(trajectory, name)) for name in ARRAYS)
    assert body == b"".join(array.tobytes() for array in arrays)


@pytest.mark.parametrize("added", ADDITIONS, ids=range(len(ADDITIONS)))
@pytest.mark.parametrize(("lr", "status"), [(0.01, "completed"), (30.0, "diverged")])
def test_a_run_with_additions_is_unpacked_bit_for_bit(added, lr, status):
    trajectory = run(
        *("sgd", "beale"),
        steps=20,
        lr=lr,
        schedule=partial(StepLR, step_size=9) if added.schedule is StepLR else added.schedule,
        grad_clip=added.grad_clip,
        prepare=added.prepare,
    )
    added = replace(added, schedule=trajectory.schedule)
    assert trajectory.status == ("completed" if added.grad_clip else status)
    unpacked = unpack(pack(trajectory), OPTIMIZERS["sgd"], BEALE, lr, 20, additions=added)
    recorded = replace(trajectory, recorded_lrs=None), replace(unpacked, recorded_lrs=None)
    assert_same_bits(*recorded)
    assert (unpacked.title, unpacked.code()) == (trajectory.title, trajectory.code())
    assert unpacked.lrs.tolist() == trajectory.lrs.tolist()
    assert len(unpacked.lrs) == len(unpacked) - 1
    assert not unpacked.lrs.flags.writeable


def test_a_further_hyper_parameter_is_covered_and_without_one_a_key_is_as_before():
    plain = digest(2, _runner(ADAMW), _formula(BEALE), 0.1, 20)
    assert key_of() == plain
    hparams = [("weight_decay", 0.1), ("weight_decay", 0.2), ("eps", 0.1), ("betas", (0.5, 0.9))]
    keys = [key(ADAMW, BEALE, 0.1, 20, hparam=hparam) for hparam in hparams]
    clipped = key(ADAMW, BEALE, 0.1, 20, ADDITIONS[4], hparam=hparams[0])
    assert len({plain, clipped, *keys}) == 6


def test_a_stored_run_has_its_hyper_parameter_again(tmp_path):
    cache, hparam = TrajectoryCache(Store(tmp_path), 20), ("weight_decay", 0.5)
    assert cache.find(ADAMW, BEALE, 0.1, hparam) is None
    alone = run("adamw", "beale", steps=20, lr=0.1, weight_decay=0.5)
    cache.keep(Result(alone), ADAMW, BEALE, 0.1, hparam)
    assert cache.lacks(ADAMW, BEALE, 0.1)
    assert cache.lacks(ADAMW, BEALE, 0.1, ("weight_decay", 0.25))
    found = cache.find(ADAMW, BEALE, 0.1, hparam)
    assert found is not None
    assert_same_bits(found, alone)
