"""SeededOptimizer: a private random generator that is saved with the optimizer."""

import copy
import json
import pickle
from typing import ClassVar

import pytest
import torch

from optgallery.optim import AdaHessian, PSGDKron, Sophia
from optgallery.optim.seeded import SeededOptimizer


class RandomWalk(SeededOptimizer):
    """Add normal numbers to the parameters."""

    ranges: ClassVar = {}

    def __init__(self, params, lr=1.0, seed=0):
        super().__init__(params, {"lr": lr}, seed)

    @torch.no_grad()
    def step(self, closure=None):
        self._evaluate(closure)
        for _, _, p, _ in self._updates():
            p.add_(torch.randn(p.shape, generator=self._generator))


def walker(seed=0, groups=1):
    params = [torch.zeros(2, requires_grad=True) for _ in range(groups)]
    for p in params:
        p.grad = torch.zeros(2)
    return params, RandomWalk([{"params": [p]} for p in params], seed=seed)


def walk(pair, steps=3):
    params, optimizer = pair
    for _ in range(steps):
        optimizer.step()
    return [p.tolist() for p in params]


def resumed(state_dict, groups=1):
    params, optimizer = walker(seed=99, groups=groups)
    optimizer.load_state_dict(state_dict)
    return params, optimizer


def next_draw(optimizer):
    return torch.randn(4, generator=optimizer._generator).tolist()


def test_the_seed_determines_the_draws():
    assert walk(walker(seed=1)) == walk(walker(seed=1))
    assert walk(walker(seed=1)) != walk(walker(seed=2))


def test_the_global_generator_has_no_influence_and_is_not_used():
    torch.manual_seed(5)
    expected, state = walk(walker()), torch.get_rng_state()
    assert torch.equal(state, torch.manual_seed(5).get_state())
    torch.manual_seed(6)
    assert walk(walker()) == expected


@pytest.mark.parametrize("seed", [0, -1, 2**63])
def test_any_whole_number_is_a_seed(seed):
    assert len(walk(walker(seed=seed))) == 1


@pytest.mark.parametrize("cls", [AdaHessian, PSGDKron, Sophia, RandomWalk])
@pytest.mark.parametrize("seed", [1.5, 0.5, "a", True, None])
def test_a_seed_that_is_not_a_whole_number_is_rejected(cls, seed):
    with pytest.raises(ValueError, match=f"^seed must be a whole number, got {seed!r}"):
        cls([torch.ones(2, requires_grad=True)], seed=seed)


def test_every_group_of_a_state_dict_has_the_state_as_text():
    _, optimizer = pair = walker(groups=2)
    walk(pair)
    encoded = [group["generator"] for group in optimizer.state_dict()["param_groups"]]
    assert encoded[0] == encoded[1] == json.loads(json.dumps(encoded[0]))
    state = torch.frombuffer(bytearray.fromhex(encoded[0]), dtype=torch.uint8)
    assert torch.equal(state, optimizer._generator.get_state())


def test_the_groups_of_the_optimizer_itself_have_no_generator_state():
    """So there is one place for it, and groups remain equal while the optimizer draws."""
    _, optimizer = walker(groups=2)
    saved = optimizer.state_dict()
    optimizer.load_state_dict(saved)
    assert [group["generator"] for group in optimizer.param_groups] == [None, None]
    assert all(isinstance(group["generator"], str) for group in saved["param_groups"])


def test_one_group_with_the_state_is_enough():
    pair = walker(groups=2)
    walk(pair)
    saved = copy.deepcopy(pair[1].state_dict())
    saved["param_groups"][0]["generator"] = None
    del saved["param_groups"][0]["generator"]
    assert next_draw(resumed(saved, groups=2)[1]) == next_draw(pair[1])


def test_a_state_of_earlier_versions_is_loaded_from_beside_the_groups():
    pair = walker()
    walk(pair)
    saved = copy.deepcopy(pair[1].state_dict())
    del saved["param_groups"][0]["generator"]
    saved["generator"] = pair[1]._generator.get_state()
    assert next_draw(resumed(saved)[1]) == next_draw(pair[1])


@pytest.mark.parametrize("encoded", [None, "", "zz", "00ff", 3])
def test_a_state_dict_without_a_valid_generator_state_is_rejected_and_changes_nothing(encoded):
    pair = walker()
    walk(pair)
    saved = copy.deepcopy(pair[1].state_dict())
    saved["param_groups"][0] |= {"generator": encoded, "lr": 7.0}
    params, optimizer = walker(seed=4)
    twin = copy.deepcopy(optimizer)
    with pytest.raises(ValueError, match=r"^RandomWalk cannot resume from a state without that of"):
        optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["lr"] == 1.0
    assert next_draw(optimizer) == next_draw(twin)
    assert params[0].tolist() == [0, 0]


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_a_copy_continues_with_the_same_draws(clone):
    pair = walker()
    walk(pair)
    copied = clone(pair)
    copied[0][0].grad = torch.zeros(2)
    assert walk(copied) == walk(pair)


def test_curvature_estimates_resume_with_the_same_draws():
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = Sophia([x], lr=0.1, gamma=1.0, update_period=2, seed=5)

    def steps(n, p, stepper):
        for _ in range(n):
            (p.grad,) = torch.autograd.grad(p.cosh().sum(), [p], create_graph=True)
            stepper.step()
        return p.detach().clone()

    steps(3, x, optimizer)
    copied = x.detach().clone().requires_grad_()
    restored = Sophia([copied], seed=99)
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert torch.equal(steps(4, x, optimizer), steps(4, copied, restored))
