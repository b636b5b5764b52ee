"""Every own optimizer trains a perceptron and a convolutional network, also in bfloat16."""

import inspect

import pytest
import torch
from training import OWN, convolutional, differentiate, images, loss_of, perceptron, seeded, train

from optgallery.runs.stepping import switch_mode

STEPS = 50  # twice as many without a learning rate: DoG and its like begin with tiny steps
RATES = {
    "adaptive": (0.1, 0.01, 0.001),
    "averaging": (1.0, 0.1, 0.01),
    "learning-rate-free": (1.0, 0.3, 0.1),
    "matrix": (0.1, 0.01, 0.001),
    "momentum": (1.0, 0.1, 0.01),
    "norm-scaled": (0.01, 0.1, 0.001),
    "second-order": (0.1, 0.01, 0.001),
    "sign": (0.01, 0.001, 0.0001),
    "wrapper": (0.1, 0.01, 0.001),
}
"""Three learning rates for each family, tried in this order until one trains."""

UNTRAINED_IN_BFLOAT16: dict[str, str] = {}
"""Entries that need not train in bfloat16, with the part of their docstring that says why."""

each_own = pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)


def share_left(spec, rate, build, dtype):
    """Train a network, and return the last loss as a share of the first."""
    data = images()
    net = seeded(build, dtype)
    optimizer = spec.build(net.parameters(), lr=rate)
    steps = 2 * STEPS if spec.learning_rate_free else STEPS
    before = train(spec, optimizer, net, data, steps)
    switch_mode(optimizer, "eval")
    with torch.no_grad():
        return loss_of(net, *data).item() / before


def trains(spec, build, dtype):
    return any(share_left(spec, rate, build, dtype) < 0.9 for rate in RATES[spec.family])


@each_own
@pytest.mark.parametrize("build", [perceptron, convolutional], ids=lambda build: build.__name__)
def test_trains_in_single_precision(spec, build):
    assert trains(spec, build, torch.float32)


@each_own
@pytest.mark.parametrize("build", [perceptron, convolutional], ids=lambda build: build.__name__)
def test_trains_in_bfloat16(spec, build):
    if spec.name in UNTRAINED_IN_BFLOAT16:
        assert UNTRAINED_IN_BFLOAT16[spec.name] in inspect.getdoc(spec.cls)
    else:
        assert trains(spec, build, torch.bfloat16)


def test_at_most_four_entries_may_fail_to_train_in_bfloat16():
    assert len(UNTRAINED_IN_BFLOAT16) <= 4
    assert set(UNTRAINED_IN_BFLOAT16) <= {spec.name for spec in OWN}


@each_own
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_dead_unit_and_a_dead_input_leave_their_weights_finite(spec, dtype):
    """The gradients of the first layer have a zero row and a zero column."""
    x, labels = images()
    x[:, 0, 0, 0] = 0.0
    net = seeded(perceptron, dtype)
    with torch.no_grad():
        net[1].bias[3] = -100.0
    start = net[1].weight[3, 0].item()
    params = list(net.parameters())
    optimizer = spec.build(params, lr=RATES[spec.family][1])
    for _ in range(5):
        differentiate(spec, loss_of(net, x, labels), params)
        assert not params[0].grad[3].any()
        assert not params[0].grad[:, 0].any()
        optimizer.step()
    assert all(p.isfinite().all() for p in params)
    if spec.family != "matrix":  # these mix rows
        settings = optimizer.param_groups[0]
        expected = start * (1 - settings["lr"] * settings.get("weight_decay", 0.0)) ** 5
        assert net[1].weight[3, 0].item() == pytest.approx(expected, rel=2e-2)


@each_own
@pytest.mark.parametrize("shape", [(0,), (0, 5), (3, 0), (2, 0, 3)])
def test_empty_parameter_affects_no_other(spec, shape):
    def path(*empty):
        p = torch.linspace(-1, 1, 6).reshape(3, 2).requires_grad_()
        optimizer = spec.build([*empty, p], lr=0.01)
        for _ in range(12):
            loss = p.cosh().sum() + p.sum() ** 2 + sum(e.square().sum() for e in empty)
            differentiate(spec, loss, [*empty, p])
            optimizer.step()
        return optimizer, p.detach().clone()

    empty = torch.empty(shape, requires_grad=True)
    optimizer, beside = path(empty)
    assert torch.equal(beside, path()[1])
    assert empty.shape == shape
    for value in optimizer.state[empty].values():
        assert not isinstance(value, torch.Tensor) or value.isfinite().all()
