"""Small networks and their training loop, for the tests that train."""

import torch
from torch import nn

from optgallery import OPTIMIZERS

OWN = [
    spec
    for spec in OPTIMIZERS.values()
    if spec.cls.__module__.startswith("optgallery.")
    and not spec.needs_closure
    and spec.own_axis is None
]
"""Those written here that train networks: at a learning rate, without a closure."""


def images():
    """Return 32 images of 6 by 6 pixels in three classes, by which of two corners are bright."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(32, 1, 6, 6, generator=generator)
    bright = (x[:, 0, :3, :3].mean((1, 2)) > 0).long() + (x[:, 0, 3:, 3:].mean((1, 2)) > 0).long()
    return x, bright


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 10), nn.ReLU(), nn.Linear(10, 3))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3)
    )


def seeded(build, dtype=torch.float32):
    """Build a network whose weights are the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build().to(dtype)


def loss_of(net, x, labels):
    dtype = next(net.parameters()).dtype
    return nn.functional.cross_entropy(net(x.to(dtype)).float(), labels)


def differentiate(spec, loss, params):
    """Give every parameter its gradient; not backward(), which would leave reference cycles."""
    grads = torch.autograd.grad(loss, params, create_graph=spec.create_graph)
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad


def train(spec, optimizer, net, data, steps):
    """Take steps on all of the data, and return the loss before the first of them."""
    params = list(net.parameters())
    before = None
    for _ in range(steps):
        loss = loss_of(net, *data)
        before = loss.item() if before is None else before
        differentiate(spec, loss, params)
        optimizer.step()
    for p in params:
        p.grad = None  # one that carries a graph can be neither copied nor pickled
    return before
