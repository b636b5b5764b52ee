"""torch.amp.GradScaler does not change the steps, of second-order methods either."""

import pytest
import torch
from torch.amp import GradScaler
from torch.optim import SGD
from training import OWN, differentiate, images, loss_of, perceptron, seeded

from optgallery.optim import AdaHessian, Lookahead, Sophia

each_own = pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)
CURVED = [spec for spec in OWN if spec.create_graph]
each_curved = pytest.mark.parametrize("spec", CURVED, ids=lambda spec: spec.name)


def path(spec, make, scaler, take_step, steps=12):
    """Train a perceptron with a scaled loss and return its weights."""
    net = seeded(perceptron)
    params = list(net.parameters())
    optimizer = make(params)
    for _ in range(steps):
        differentiate(spec, scaler.scale(loss_of(net, *images())), params)
        take_step(scaler, optimizer)
        scaler.update()
    return params


def scaled(init_scale=2.0**16, **settings):
    return GradScaler("cpu", init_scale=init_scale, **settings)


def unscaled():
    return GradScaler("cpu", enabled=False)


def plain(scaler, optimizer):
    scaler.step(optimizer)


def clipped(scaler, optimizer):
    scaler.unscale_(optimizer)
    params = [p for group in optimizer.param_groups for p in group["params"]]
    torch.nn.utils.clip_grad_norm_(params, 0.1)
    known = {"loss_scale": scaler.get_scale()} if takes_loss_scale(optimizer) else {}
    scaler.step(optimizer, **known)


def takes_loss_scale(optimizer):
    inner = getattr(optimizer, "optimizer", optimizer)
    return isinstance(inner, (AdaHessian, Sophia))


@each_own
@pytest.mark.parametrize("take_step", [plain, clipped])
def test_a_power_of_two_changes_no_bit(spec, take_step):
    def make(params):
        return spec.build(params, lr=0.01)

    expected = path(spec, make, unscaled(), take_step)
    assert all(map(torch.equal, path(spec, make, scaled(), take_step), expected))


@each_curved
def test_any_other_scale_changes_only_the_rounding(spec):
    def make(params):
        return spec.build(params, lr=0.01)

    expected = path(spec, make, unscaled(), plain)
    for p, q in zip(path(spec, make, scaled(1000.0), plain), expected, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-5)


@each_curved
@pytest.mark.parametrize("take_step", [plain, clipped])
def test_lookahead_passes_on_the_scale(spec, take_step):
    def make(params):
        return Lookahead(params, spec.cls, k=2, lr=0.01)

    expected = path(spec, make, unscaled(), take_step)
    assert all(map(torch.equal, path(spec, make, scaled(), take_step), expected))


@each_curved
def test_gradients_are_unscaled_after_the_step(spec):
    net = seeded(perceptron)
    params = list(net.parameters())
    optimizer, scaler = spec.build(params, lr=0.01), scaled()
    differentiate(spec, loss_of(net, *images()), params)
    expected = [p.grad.detach().clone() for p in params]
    differentiate(spec, scaler.scale(loss_of(net, *images())), params)
    scaler.step(optimizer)
    assert all(torch.equal(p.grad, grad) for p, grad in zip(params, expected, strict=True))


@each_own
def test_step_with_overflowing_gradients_is_skipped(spec):
    inner = {name: value for name, value in spec.defaults.items() if name != "alpha"}  # its own
    for make in (spec.build, lambda p: Lookahead(p, spec.cls, **inner)):
        if spec.cls is Lookahead and make is not spec.build:
            continue
        net = seeded(perceptron)
        params = list(net.parameters())
        start = [p.detach().clone() for p in params]
        optimizer, scaler = make(params), scaled()
        differentiate(spec, scaler.scale(loss_of(net, *images())), params)
        with torch.no_grad():
            params[0].grad[0, 0] = float("inf")
        scaler.step(optimizer)
        scaler.update()
        assert all(map(torch.equal, params, start))
        assert not optimizer.state
        assert scaler.get_scale() == 2.0**15
        assert not {"grad_scale", "found_inf"} & set(vars(optimizer))


@each_curved
@pytest.mark.parametrize("wrapped", [False, True])
def test_unscaling_first_without_the_scale_is_rejected_with_advice(spec, wrapped):
    net = seeded(perceptron)
    params = list(net.parameters())
    optimizer = Lookahead(params, spec.cls) if wrapped else spec.cls(params)
    scaler = scaled()
    differentiate(spec, scaler.scale(loss_of(net, *images())), params)
    scaler.unscale_(optimizer)
    start = [p.detach().clone() for p in params]
    text = r"call scaler.step\(optimizer, loss_scale=scaler.get_scale\(\)\)$"
    with pytest.raises(RuntimeError, match=text):
        scaler.step(optimizer)
    assert all(map(torch.equal, params, start))
    differentiate(spec, loss_of(net, *images()), params)
    optimizer.step()  # without a scaler, whose attributes must be gone
    assert not all(map(torch.equal, params, start))


def test_lookahead_leaves_unscaling_to_the_scaler_where_the_inner_optimizer_does():
    params = list(seeded(perceptron).parameters())
    assert not Lookahead(params, SGD, lr=0.1)._step_supports_amp_scaling
    assert Lookahead(params, AdaHessian)._step_supports_amp_scaling
