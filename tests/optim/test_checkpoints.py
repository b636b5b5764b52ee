"""Optimizers resume exactly from checkpoints that are saved and loaded in torch's ways."""

import copy
import pickle

import pytest
import torch
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)
from training import OWN, convolutional, images, seeded, train

from optgallery import OPTIMIZERS
from optgallery.optim import SWATS, AggMo, Lookahead, PSGDKron, Shampoo, Sophia

each_own = pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)
INITIAL_ESTIMATES = {"d0": 0.01, "reps_rel": 0.01}
"""Initial estimates that are large enough for half precision."""
SEEDED = [spec for spec in OWN if spec.stochastic]


def build(spec, net, lr=None, **settings):
    """Build an optimizer with two groups that have different learning rates."""
    if lr is None:
        lr = 1.0 if spec.learning_rate_free else 0.01
    settings |= {
        name: value for name, value in INITIAL_ESTIMATES.items() if name in spec.cls.ranges
    }
    if spec.cls is Sophia:
        settings["update_period"] = 2  # so that it uses the restored generator
    params = list(net.parameters())
    groups = [{"params": params[:3]}, {"params": params[3:], "lr": lr / 2}]
    return spec.build(groups, lr=lr, **settings)


def half_way(spec, dtype=torch.float32):
    net = seeded(convolutional, dtype)
    optimizer = build(spec, net)
    train(spec, optimizer, net, images(), 4)
    return net, optimizer


def same_end(spec, net, optimizer, other_net, other):
    """Continue training with both, and return whether they take the same path."""
    before = [p.detach().clone() for p in net.parameters()]
    train(spec, optimizer, net, images(), 4)
    train(spec, other, other_net, images(), 4)
    after = list(net.parameters())
    assert not all(map(torch.equal, before, after)), "nothing moves"
    return all(map(torch.equal, after, other_net.parameters()))


@each_own
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"flatten_optimizer_state_dict": True},
        {"full_state_dict": True, "cpu_offload": True},
    ],
    ids=["default", "flat", "full"],
)
def test_a_distributed_checkpoint_continues_bit_for_bit(spec, dtype, options):
    net, optimizer = half_way(spec, dtype)
    options = StateDictOptions(**options)
    saved = copy.deepcopy(get_optimizer_state_dict(net, optimizer, options=options))
    resumed = copy.deepcopy(net)
    restored = build(spec, resumed, lr=0.5, seed=99)
    set_optimizer_state_dict(resumed, restored, saved, options=options)
    assert same_end(spec, net, optimizer, resumed, restored)


@pytest.mark.parametrize(
    ("spec", "dtype"),
    [
        (spec, dtype)
        for spec in OWN
        for dtype in (torch.float32, torch.bfloat16, torch.float16)
        # torch's Adam, Lookahead's inner optimizer here, divides 0 by 0 in float16
        if dtype != torch.float16 or spec.cls is not Lookahead
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_a_state_dict_continues_bit_for_bit(spec, dtype):
    net, optimizer = half_way(spec, dtype)
    resumed = copy.deepcopy(net)
    restored = build(spec, resumed, lr=0.5, seed=99)
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert same_end(spec, net, optimizer, resumed, restored)


@each_own
@pytest.mark.parametrize("way", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copy_continues_bit_for_bit(spec, way):
    net, optimizer = half_way(spec)
    resumed, restored = way((net, optimizer))
    assert same_end(spec, net, optimizer, resumed, restored)


@each_own
def test_state_dict_hooks_run_in_torchs_order(spec):
    def record(optimizer):
        optimizer.register_state_dict_pre_hook(lambda _: seen.append("before packing"))
        optimizer.register_state_dict_post_hook(lambda _, packed: seen.append(len(packed["state"])))
        optimizer.register_load_state_dict_pre_hook(halve_the_rate)
        optimizer.register_load_state_dict_post_hook(
            lambda loaded: seen.append(loaded.param_groups[0]["lr"])
        )

    def halve_the_rate(_, state_dict):
        state_dict = copy.deepcopy(state_dict)
        for group in state_dict["param_groups"]:
            group["lr"] /= 2
        return state_dict

    seen = []
    net, optimizer = half_way(spec)
    record(optimizer)
    saved = optimizer.state_dict()
    assert seen == ["before packing", 6]
    optimizer.load_state_dict(saved)
    rate = build(spec, net).param_groups[0]["lr"]
    assert seen[2:] == [rate / 2]
    assert optimizer.param_groups[1]["lr"] == rate / 4
    assert len(optimizer._optimizer_state_dict_post_hooks) == 1
    assert len(optimizer._optimizer_load_state_dict_pre_hooks) == 1
    assert len(optimizer._optimizer_load_state_dict_post_hooks) == 1


@each_own
def test_a_post_hook_of_state_dict_sees_all_that_is_saved(spec):
    net, optimizer = half_way(spec)
    seen = []
    optimizer.register_state_dict_post_hook(lambda _, packed: seen.append(packed))
    saved = optimizer.state_dict()
    assert seen[0] is saved
    resumed = copy.deepcopy(net)
    restored = build(spec, resumed, seed=99)
    restored.load_state_dict(copy.deepcopy(seen[0]))
    assert same_end(spec, net, optimizer, resumed, restored)


@each_own
def test_step_hooks_are_called(spec):
    net, optimizer = half_way(spec)
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    optimizer.register_step_post_hook(lambda *_: seen.append("after"))
    train(spec, optimizer, net, images(), 2)
    assert seen == ["before", "after"] * 2


def spoil_groups(state_dict):
    state_dict["param_groups"].pop()


def spoil_generator(state_dict):
    for group in state_dict["param_groups"]:
        group["generator"] = "of no use"


def drop_generator(state_dict):
    for group in state_dict["param_groups"]:
        del group["generator"]


@pytest.mark.parametrize(
    ("spec", "spoil"),
    [
        *((spec, spoil_groups) for spec in OWN),
        *((spec, spoil) for spec in SEEDED for spoil in (spoil_generator, drop_generator)),
    ],
    ids=lambda value: getattr(value, "name", None) or value.__name__,
)
def test_a_state_that_cannot_be_loaded_changes_nothing(spec, spoil):
    net, optimizer = half_way(spec)
    twin_net, twin = copy.deepcopy((net, optimizer))
    other_net = seeded(convolutional)
    other = build(spec, other_net, lr=0.5, seed=99)
    train(spec, other, other_net, images(), 2)
    spoilt = copy.deepcopy(other.state_dict())
    spoil(spoilt)
    with pytest.raises(ValueError, match=r"parameter groups|cannot resume from a state without"):
        optimizer.load_state_dict(spoilt)
    assert same_end(spec, net, optimizer, twin_net, twin)


def test_lookahead_loads_states_of_earlier_versions():
    spec = OPTIMIZERS["lookahead"]
    net, optimizer = half_way(spec)
    saved = {
        "state": {
            name: {"step": optimizer.state[p]["step"], "slow": optimizer.state[p]["slow"]}
            for name, p in enumerate(net.parameters())
        },
        "param_groups": optimizer.optimizer.state_dict()["param_groups"],
        "optimizer": optimizer.optimizer.state_dict(),
        "k": 5,
        "alpha": 0.5,
    }
    resumed = copy.deepcopy(net)
    restored = build(spec, resumed, k=2, alpha=0.1)
    restored.load_state_dict(copy.deepcopy(saved))
    assert (restored.k, restored.alpha) == (5, 0.5)
    assert same_end(spec, net, optimizer, resumed, restored)


@pytest.mark.parametrize(
    ("cls", "name"),
    [(AggMo, "momentum_buffers"), (Shampoo, "preconditioners"), (PSGDKron, "factors")],
)
def test_lists_of_earlier_versions_are_loaded(cls, name):
    spec = next(spec for spec in OWN if spec.cls is cls)
    net, optimizer = half_way(spec)
    saved = copy.deepcopy(optimizer.state_dict())
    for values in saved["state"].values():
        for key in optimizer.listed:
            values[key] = list(values[key].values())
    assert name in optimizer.listed
    resumed = copy.deepcopy(net)
    restored = build(spec, resumed, seed=99)
    restored.load_state_dict(saved)
    assert same_end(spec, net, optimizer, resumed, restored)


def test_swats_loads_the_velocity_of_earlier_versions():
    def switched():
        w = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
        optimizer = SWATS([w], lr=0.1, eps=10.0)
        steps(w, optimizer)
        return w, optimizer

    def steps(w, optimizer):
        for _ in range(4):
            w.grad = 2 * w.detach()
            optimizer.step()

    w, optimizer = switched()
    assert optimizer.param_groups[0]["phase"] == "sgd"
    saved = copy.deepcopy(optimizer.state_dict())
    (values,) = saved["state"].values()
    values["momentum_buffer"] = values["exp_avg"]
    values["exp_avg"] = torch.ones(1, dtype=torch.float64)  # a remainder of Adam's first moment
    resumed = w.detach().clone().requires_grad_()
    restored = SWATS([resumed])
    restored.load_state_dict(saved)
    steps(w, optimizer)
    steps(resumed, restored)
    assert torch.equal(w, resumed)


@pytest.mark.parametrize("inner", [spec for spec in OWN if spec.cls is not Lookahead])
def test_lookahead_over_every_own_class_is_restored_from_a_distributed_checkpoint(inner):
    def over(net, **settings):
        return Lookahead(inner.cls(net.parameters(), **{**inner.defaults, **settings}), k=2)

    net = seeded(convolutional)
    optimizer = over(net, lr=0.01)
    train(inner, optimizer, net, images(), 3)
    saved = copy.deepcopy(get_optimizer_state_dict(net, optimizer))
    resumed = copy.deepcopy(net)
    restored = over(resumed, lr=0.5)
    set_optimizer_state_dict(resumed, restored, saved)
    assert same_end(inner, net, optimizer, resumed, restored)


@each_own
def test_a_state_in_half_precision_is_loaded_into_single_precision(spec):
    """As earlier versions wrote it."""
    net, optimizer = half_way(spec, torch.bfloat16)
    saved = copy.deepcopy(optimizer.state_dict())
    for values in saved["state"].values():
        for name, value in values.items():
            if isinstance(value, torch.Tensor):
                values[name] = value.bfloat16()
    optimizer.load_state_dict(saved)
    for p in net.parameters():
        for name, value in optimizer.state[p].items():
            if isinstance(value, torch.Tensor) and not name.startswith("optimizer."):
                assert value.dtype == torch.float32
    train(spec, optimizer, net, images(), 2)
    assert all(p.isfinite().all() for p in net.parameters())
