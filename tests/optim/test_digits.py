"""Every own optimizer trains a network: 64 pixels, 32 hidden units, 10 digits."""

import pytest
import torch
from torch import nn

from optgallery import OPTIMIZERS
from optgallery.runs.stepping import switch_mode

RATE = 1e-2
RATES = {  # exceptions to the default
    "adahessian": 0.15,
    "dadapt_adam": 0.3,  # times the estimated distance, which is too large here
    "qhm": 1.0,  # its buffer is an average of gradients, not their sum as in momentum
    "schedule_free_sgd": 1.0,
    "shampoo": 0.1,
    "simplified_ademamix": 1e-3,  # its buffer is a sum of gradients, not their average
}
EPOCHS = 15
OWN = [
    spec
    for spec in OPTIMIZERS.values()
    if spec.cls.__module__.startswith("optgallery.")
    # a closure needs the same function at each evaluation, not batches; a Hessian is too large
    and not spec.needs_closure
    and spec.own_axis is None
]


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits  # only here, since it loads slowly
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    parts = train_test_split(pixels / 16, labels, test_size=0.2, random_state=0, stratify=labels)
    return [torch.tensor(part, dtype=torch.float32 if part.ndim == 2 else None) for part in parts]


@pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)
def test_trains_a_network_to_nine_digits_in_ten(spec, digits):
    x_train, x_test, y_train, y_test = digits
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    params = list(net.parameters())
    rate = RATES.get(spec.name, 1.0 if spec.learning_rate_free else RATE)
    optimizer = spec.build(params, lr=rate)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x_train), generator=generator).split(64):
            loss = nn.functional.cross_entropy(net(x_train[batch]), y_train[batch])
            grads = torch.autograd.grad(loss, params, create_graph=spec.create_graph)
            for p, grad in zip(params, grads, strict=True):
                p.grad = grad
            optimizer.step()
    switch_mode(optimizer, "eval")
    with torch.no_grad():
        accuracy = (net(x_test).argmax(dim=1) == y_test).double().mean().item()
    assert accuracy >= 0.9
