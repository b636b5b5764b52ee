"""Associative memory: the loss by hand, mini-batches, and which pairs optimizers learn first."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.problems import associative_memory

OPTIMIZERS = [
    *map(og.OPTIMIZERS.get, ("sgd", "lion", "adam")),
    *(replace(og.OPTIMIZERS[name], defaults={"weight_decay": 0.0}) for name in ("soap", "muon")),
]
STEPS, RATES, SEEDS = 120, np.geomspace(1e-3, 10, 17).tolist(), 3


def falling(step):
    return 1 - step / STEPS


def steps_to_learn(trajectory):
    """Return the steps until each pair is within a tenth; very many for one that never is."""
    steps = trajectory.steps_until(0.1)
    return np.where(steps < 0, 10**6, steps)


@pytest.fixture(scope="module")
def ratios(tmp_path_factory):
    """The ratios of steps, rarest pair to most common, at each optimizer's best rate, by seed."""
    problems = [associative_memory(seed=seed) for seed in range(SEEDS)]
    store = tmp_path_factory.mktemp("store")
    swept = og.sweep(
        OPTIMIZERS, problems, RATES, steps=STEPS, schedule=falling, store=store, jobs=1
    )
    found = {}
    for spec in OPTIMIZERS:
        best = [
            min((steps_to_learn(swept[spec.name, p.name, lr]) for lr in RATES), key=np.max)
            for p in problems
        ]
        assert max(map(np.max, best)) <= STEPS  # at its best rate, each has learnt all pairs
        found[spec.name] = [float(steps[-1] / steps[0]) for steps in best]
    return found


def test_how_much_later_the_rarest_pair_is_learnt_tells_optimizers_apart(ratios):
    """At a falling rate: SGD > Lion > Adam and SOAP > Muon, on average over three seeds."""
    mean = {name: float(np.mean(each)) for name, each in ratios.items()}
    for name, each in ratios.items():
        print(f"{name:5} {mean[name]:5.2f}  {np.round(each, 2)}")  # noqa: T201  (seen with -s)
    assert mean["sgd"] > mean["lion"] > max(mean["adam"], mean["soap"])
    assert min(mean["adam"], mean["soap"]) > mean["muon"]
    assert mean["muon"] < 1 < min(mean["adam"], mean["soap"])  # Muon learns the rarest pair first


def test_sgd_learns_every_pair_at_a_speed_proportional_to_its_frequency():
    memory = associative_memory()
    trajectory = og.run("sgd", memory, lr=0.5, steps=50)
    contraction = 1 - 0.5 * memory.weights
    expected = contraction ** np.arange(51)[:, None]
    np.testing.assert_allclose(trajectory.distances, expected, atol=1e-13)


def test_the_loss_at_zero_is_one_half():
    memory = associative_memory(k=5, a=1.0)
    assert memory.loss(torch.zeros(2, 5, dtype=torch.float64)).item() == pytest.approx(0.5)


def test_the_loss_is_the_formula_written_with_loops():
    memory = associative_memory(k=3, a=2.0, seed=4)
    w = np.random.default_rng(0).standard_normal((2, 3))
    share = np.array([1, 1 / 4, 1 / 9]) / (1 + 1 / 4 + 1 / 9)
    by_hand = sum(
        p * ((w @ key - value) ** 2).sum() / 2
        for p, key, value in zip(share, memory.keys, memory.targets, strict=True)
    )
    assert memory.loss(torch.tensor(w)).item() == pytest.approx(by_hand, rel=1e-14)
    np.testing.assert_allclose(memory.keys @ memory.keys.T, np.eye(3), atol=1e-14)


def test_mini_batches_are_right_on_average_and_the_same_in_every_run():
    memory = associative_memory(k=4, batch_size=3)
    w = torch.zeros(2, 4, dtype=torch.float64, requires_grad=True)

    def gradient(batch):
        return torch.autograd.grad(memory.loss(w, batch=batch), w)[0]

    mean = torch.stack([gradient(number) for number in range(1, 4001)]).mean(dim=0)
    assert (mean - gradient(None)).abs().max() < 0.02
    assert not torch.equal(gradient(1), gradient(2))
    assert torch.equal(gradient(1), gradient(1))


def test_with_mini_batches_the_recorded_loss_is_over_all_pairs():
    memory = associative_memory(batch_size=2)
    trajectory = og.run("sgd", memory, lr=1.0, steps=5)
    for w, value, gradient in zip(
        trajectory.parameters[0], trajectory.values, trajectory.gradients[0], strict=True
    ):
        point = torch.tensor(w, requires_grad=True)
        loss = memory.loss(point)
        loss.backward()
        assert loss.item() == value
        assert np.array_equal(point.grad.numpy(), gradient)
    step = trajectory.parameters[0][1] - trajectory.parameters[0][0]
    assert not np.allclose(step, -trajectory.gradients[0][0])  # it was that of the mini-batch


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "k must be a whole number >= 1, got 0"),
        ({"a": -1}, "a must be a number >= 0, got -1"),
        ({"a": float("nan")}, "a must be a number >= 0, got nan"),
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        associative_memory(**arguments)
