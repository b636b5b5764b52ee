"""Learning rates of 0, as tensors, and changed by schedules work as in torch."""

import pytest
import torch
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, OneCycleLR
from training import OWN, convolutional, differentiate, images, seeded, train

from optgallery.optim import AdaBound

each_own = pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)


def decay(spec):
    return {"weight_decay": 0.1} if "weight_decay" in spec.cls.ranges else {}


@each_own
@pytest.mark.parametrize("lr", [0.0, 0, torch.tensor(0.0)], ids=["float", "int", "tensor"])
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 2, 2), ()])
def test_lr_0_changes_nothing(spec, lr, shape):
    generator = torch.Generator().manual_seed(0)
    p = torch.randn(shape, generator=generator).requires_grad_()
    start = p.detach().clone()
    optimizer = spec.build([p], lr=lr, **decay(spec))
    for _ in range(4):
        differentiate(spec, 3 * p.cosh().sum() + p.sum() ** 2, [p])
        optimizer.step()
    assert torch.equal(p, start)
    if hasattr(optimizer, "eval"):
        optimizer.eval()
        assert torch.equal(p, start)


@each_own
def test_group_with_lr_0_moves_when_a_schedule_raises_it(spec):
    moved, held = (torch.linspace(-1, 1, 6).reshape(2, 3).requires_grad_() for _ in range(2))
    start = moved.detach().clone()
    optimizer = spec.build([{"params": [moved]}, {"params": [held], "lr": 0.0}], lr=0.1)

    def step():
        differentiate(spec, moved.cosh().sum() + held.cosh().sum(), [moved, held])
        optimizer.step()

    for _ in range(3):
        step()
    assert not torch.equal(moved, start)
    assert torch.equal(held, start)
    optimizer.param_groups[1]["lr"] = 0.1
    for _ in range(2):
        step()
    assert not torch.equal(held, start)
    assert held.isfinite().all()


@each_own
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_a_tensor_gives_the_same_path_as_its_number_and_is_not_changed(spec, shape):
    def path(lr):
        net = seeded(convolutional)
        optimizer = spec.build(net.parameters(), lr=lr, **decay(spec))
        train(spec, optimizer, net, images(), 4)
        return list(net.parameters())

    rate = torch.full(shape, 0.125)
    assert all(map(torch.equal, path(rate), path(0.125)))
    assert torch.equal(rate, torch.full(shape, 0.125))


@each_own
@pytest.mark.parametrize(
    "schedule",
    [
        lambda optimizer: ExponentialLR(optimizer, 0.5),
        lambda optimizer: LambdaLR(optimizer, lambda step: min(1.0, step / 3)),
    ],
    ids=["falling", "rising from 0"],
)
def test_a_schedule_that_writes_into_a_tensor_sets_the_rate(spec, schedule):
    def path(lr):
        net = seeded(convolutional)
        optimizer = spec.build(net.parameters(), lr=lr, **decay(spec))
        scheduler = schedule(optimizer)
        for _ in range(5):
            train(spec, optimizer, net, images(), 1)
            scheduler.step()
        return optimizer, list(net.parameters())

    by_number, expected = path(0.125)
    by_tensor, got = path(torch.tensor(0.125, dtype=torch.float64))
    assert isinstance(by_tensor.param_groups[0]["lr"], torch.Tensor)
    assert by_tensor.param_groups[0]["lr"].item() == by_number.param_groups[0]["lr"]
    assert all(map(torch.equal, got, expected))


def test_adabound_scales_its_final_rate_by_the_first_rate_above_0():
    def path(first, rates):
        x = torch.tensor([2.0, -3.0], dtype=torch.float64, requires_grad=True)
        optimizer = AdaBound([x], lr=first, final_lr=0.1, gamma=0.9)
        for rate in rates:
            x.grad = 2 * x.detach()
            optimizer.param_groups[0]["lr"] = rate
            optimizer.step()
        return optimizer.param_groups[0]["base_lr"], x.tolist()

    assert path(0.0, [0.0, 0.1, 0.05]) == path(0.1, [0.0, 0.1, 0.05])


@pytest.mark.parametrize("name", ["schedule_free_sgd", "schedule_free_adamw"])
def test_momentum_schedule_is_not_mistaken_for_a_written_value(name):
    """OneCycleLR changes the momentum, too; the average is still the paper's."""
    spec = next(spec for spec in OWN if spec.name == name)
    p = torch.tensor([2.0, -3.0], dtype=torch.float64, requires_grad=True)
    optimizer = spec.build([p], lr=0.1)
    schedule = OneCycleLR(optimizer, 0.1, total_steps=20, base_momentum=0.5, max_momentum=0.95)
    x, z, weights, v = p.detach().clone(), p.detach().clone(), 0.0, 0.0
    for t in range(1, 11):
        group = optimizer.param_groups[0]
        lr, g = group["lr"], 2 * p.detach()
        if "betas" in group:
            v = 0.999 * v + 0.001 * g**2
            direction = g / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
        else:
            direction = g
        p.grad = g
        optimizer.step()
        z = z - lr * direction
        weights += lr**2
        x = (1 - lr**2 / weights) * x + lr**2 / weights * z
        schedule.step()
    optimizer.eval()
    torch.testing.assert_close(p.detach(), x, rtol=1e-12, atol=1e-12)
