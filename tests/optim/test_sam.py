import numpy as np
import pytest
import pytorch_optimizer
import torch
from replay import random_gradients, random_hessians, replay
from torch.optim import SGD, AdamW
from training import convolutional, images, loss_of, seeded

import optgallery as og
from optgallery.optim import ASAM, SAM


def algorithm_1(w, gradients, hessians, *, lr, momentum, scale):
    """The paper's algorithm over SGD with momentum; ``scale`` gives the diagonal of T."""
    velocity = np.zeros_like(w)
    for g, hessian in zip(gradients, hessians, strict=True):
        T = scale(w)
        rho, Tg = 0.2, T * g
        epsilon = rho * T * Tg / np.sqrt(np.sum(Tg**2))
        velocity = momentum * velocity + g + hessian @ epsilon
        w = w - lr * velocity
        yield w


@pytest.mark.parametrize(
    ("cls", "more", "scale"),
    [
        (SAM, {}, np.ones_like),
        (ASAM, {}, lambda w: np.abs(w) + 0.01),
        (ASAM, {"eta": 0.5}, lambda w: np.abs(w) + 0.5),
    ],
)
def test_agrees_with_the_paper_line_by_line(cls, more, scale):
    gradients, hessians = random_gradients(200, size=3), random_hessians(200, size=3)
    start = np.array([2.0, -1.7, 0.4])
    points = replay(
        lambda p: cls(p, SGD, lr=0.01, momentum=0.9, rho=0.2, **more),
        gradients,
        start,
        hessians,
        closure=True,
    )
    twin = algorithm_1(start, gradients, hessians, lr=0.01, momentum=0.9, scale=scale)
    np.testing.assert_allclose(points[1:], list(twin), rtol=1e-12, atol=1e-12)


def test_first_step_on_a_parabola():
    """From 1 on w^2 with rho 1/2: the gradient at 3/2 is 3, and 1 - 3/10 is 7/10."""
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = SAM([w], SGD, rho=0.5, lr=0.1)
    assert step(optimizer, w, torch.square) == 1
    assert w.item() == pytest.approx(0.7)


def test_first_step_of_asam_on_a_parabola():
    """With T = 2 + 1/2 the point is 2 + rho T: the gradient at 3 is 6 for rho 2/5."""
    w = torch.tensor([2.0], requires_grad=True)
    optimizer = ASAM([w], SGD, rho=0.4, eta=0.5, lr=0.1)
    step(optimizer, w, torch.square)
    assert w.item() == pytest.approx(1.4)


def step(optimizer, w, formula):
    def closure():
        optimizer.zero_grad()
        loss = formula(w).sum()
        loss.backward()
        return loss

    return optimizer.step(closure).item()


def test_the_norm_is_that_of_all_parameters():
    a, b = (torch.tensor([value], requires_grad=True) for value in (3.0, 4.0))
    optimizer = SAM([{"params": [a]}, {"params": [b], "lr": 0.0}], SGD, rho=5.0, lr=1.0)

    def closure():
        optimizer.zero_grad()
        loss = (a.square() + b.square()).sum() / 2
        loss.backward()
        return loss

    optimizer.step(closure)  # the gradient (3, 4) has norm 5, and is taken at (6, 8)
    assert (a.item(), b.item()) == pytest.approx((-3.0, 4.0))


def test_with_rho_0_it_is_the_inner_optimizer_at_twice_the_cost():
    bare = og.run("adamw", "beale", lr=0.1)
    sam = og.run("adamw", "beale", lr=0.1, modes=("sam", {"rho": 0.0}))
    np.testing.assert_array_equal(sam.points, bare.points)
    np.testing.assert_array_equal(sam.evaluations, 2 * bare.evaluations)


def test_asam_is_unchanged_by_a_scaling_that_leaves_the_loss():
    """Weights a, b with the product a b: scaling them by 4 and 1/4 scales the displacement so."""
    displaced = []
    for scale in (1.0, 4.0):
        a, b = torch.tensor([2.0 * scale]), torch.tensor([3.0 / scale])
        optimizer = ASAM([a.requires_grad_(), b.requires_grad_()], SGD, rho=0.1, eta=0.0, lr=0.0)
        seen = []

        def closure(a=a, b=b, optimizer=optimizer, seen=seen):
            optimizer.zero_grad()
            seen.append((a.item(), b.item()))
            loss = (a * b).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        displaced.append((seen[1][0] / scale, seen[1][1] * scale))
    assert displaced[0] == pytest.approx(displaced[1], rel=1e-6)
    assert displaced[0] != pytest.approx((2.0, 3.0), rel=1e-3)


@pytest.mark.parametrize("rho", [0.05, 0.5])
def test_pytorch_optimizer_rounds_the_norm_to_float32_and_agrees_otherwise(rho):
    gradients, hessians = random_gradients(200), random_hessians(200)

    def path(build):
        return replay(build, gradients, hessians=hessians, closure=True)

    settings = {"lr": 0.01, "momentum": 0.9, "rho": rho}
    ours = path(lambda p: ASAM(p, SGD, eta=0.0, **settings))
    theirs = path(lambda p: pytorch_optimizer.SAM(p, SGD, adaptive=True, **settings))
    difference = np.abs(ours - theirs).max() / np.abs(theirs - theirs[0]).max()
    assert 1e-10 < difference < 1e-6


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("cls", [SAM, ASAM])
def test_trains_a_network(cls, dtype):
    pictures, labels = images()
    net = seeded(convolutional, dtype)
    optimizer = cls(net.parameters(), AdamW, rho=0.05, lr=0.01)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(net, pictures, labels)
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(25)]
    assert losses[-1] < losses[0] / 2


def test_an_exception_of_the_closure_leaves_the_parameters():
    w = torch.tensor([2.0, 1.0], requires_grad=True)
    optimizer = SAM([w], SGD, lr=0.1)
    calls = []

    def closure():
        calls.append(w.detach().clone())
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        w.grad = torch.ones(2)
        return torch.tensor(1.0)

    with pytest.raises(RuntimeError, match="out of memory"):
        optimizer.step(closure)
    assert w.tolist() == [2.0, 1.0]
    assert calls[1].tolist() != [2.0, 1.0]
