"""Sweeps over problems of matrices: kept in the store, the same in processes, never mixed."""

from dataclasses import replace

import numpy as np
import pytest

import optgallery as og
from optgallery.cache.store import Store
from optgallery.problems import associative_memory, decision_space, factorisation
from optgallery.sweeps import trajectory_cache
from optgallery.sweeps.trajectory_cache import key, pack, unpack

SGD = og.OPTIMIZERS["sgd"]


def same(a, b):
    arrays = zip(
        (*a.parameters, *a.gradients, a.values),
        (*b.parameters, *b.gradients, b.values),
        strict=True,
    )
    return all(np.array_equal(x, y) for x, y in arrays) and a.title == b.title


def test_a_sweep_is_computed_once_and_kept(tmp_path, monkeypatch):
    arguments = {"lrs": [0.1, 0.3], "steps": 10, "store": tmp_path, "jobs": 1}
    first = og.sweep(["sgd", "muon"], ["associative_memory", factorisation(k=3)], **arguments)
    assert repr(first) == ("<MatrixSweep: 2 optimizers x 2 problems x 2 learning rates, 10 steps>")
    monkeypatch.setattr("optgallery.sweeps.tasks._run_alone", lambda *_: pytest.fail("computed"))
    again = og.sweep(["sgd", "muon"], ["associative_memory", factorisation(k=3)], **arguments)
    assert list(first) == list(again)
    assert all(same(a, b) for a, b in zip(first.values(), again.values(), strict=True))
    alone = og.run("muon", factorisation(k=3), steps=10, lr=0.3)
    assert same(again["muon", "factorisation_k_3", 0.3], alone)


def test_processes_give_the_same_bits(tmp_path):
    arguments = {"lrs": [0.1, 0.3], "steps": 10}
    there = og.sweep("soap", "factorisation", store=tmp_path / "a", jobs=2, **arguments)
    here = og.sweep("soap", "factorisation", store=tmp_path / "b", jobs=1, **arguments)
    assert all(same(there[cell], here[cell]) for cell in here)


def test_the_key_covers_every_argument_of_a_problem_but_not_its_title():
    memory = associative_memory()
    keys = [
        key(SGD, problem, 0.1, 10)
        for problem in (
            memory,
            associative_memory(k=7),
            associative_memory(seed=1),
            associative_memory(batch_size=2),
            decision_space("beale"),
            decision_space("booth"),
            decision_space("booth", seed=1),
        )
    ]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert key(SGD, replace(memory, title="Another"), 0.1, 10) == keys[0]
    named = decision_space(replace(og.FUNCTIONS["beale"], title="Another"))
    assert key(SGD, replace(named, name="x"), 0.1, 10) == keys[4]


def test_packing_keeps_every_bit():
    trajectory = og.run(
        "adam", factorisation(k=3), lr=0.1, steps=5, schedule=lambda step: 0.5**step
    )
    additions = trajectory_cache.Additions.of(
        5, schedule=trajectory.schedule, grad_clip=None, prepare=None
    )
    content = pack(trajectory)
    again = unpack(content, trajectory.optimizer, trajectory.problem, 0.1, 5, additions=additions)
    assert same(again, trajectory)
    assert np.array_equal(again.lrs, trajectory.lrs)


def test_a_failed_run_is_reported_and_not_kept(tmp_path):
    class Fails(og.OPTIMIZERS["sgd"].cls):
        def step(self, closure=None):
            raise RuntimeError("no step")

    with pytest.warns(RuntimeWarning, match="1 of 1 runs failed"):
        swept = og.sweep(Fails, "factorisation", [0.1], steps=5, store=tmp_path, jobs=1)
    (run,) = swept.values()
    assert run.outcome.kind == "failed"
    assert len(run) == 1
    assert not list(Store(tmp_path).files())


def test_a_further_axis_and_a_table(tmp_path):
    swept = og.sweep(
        *("muon", "factorisation", [0.1]),
        across={"weight_decay": [0, 0.1]},
        steps=10,
        store=tmp_path,
    )
    assert swept["muon", "factorisation", 0.1, 0.1].hparams["weight_decay"] == 0.1
    assert swept.best("muon", "factorisation").lr == 0.1
    table = swept.to_dataframe()
    assert table["x"].isna().all()
    assert table["value"].notna().all()


@pytest.mark.parametrize(
    ("functions", "across", "message"),
    [
        (["beale", "factorisation"], None, "not over both: got 'beale' and 'factorisation'"),
        (["factorisation", "factorisation"], None, "must be distinct"),
        ("factorisation", {"noise": [0, 1]}, "factorisation is a problem of matrices"),
    ],
)
def test_what_does_not_fit_is_refused(functions, across, message):
    with pytest.raises(ValueError, match=message):
        og.sweep("sgd", functions, [0.1], across=across, steps=5)
