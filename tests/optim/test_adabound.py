import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import AdaBound


def algorithm_2(x, gradients, *, alpha, beta1, beta2, eta_star, gamma, epsilon):
    """The paper's algorithm for one coordinate, with the authors' bias correction."""
    m, v = 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        eta_l = eta_star * (1 - 1 / (gamma * t + 1))
        eta_u = eta_star * (1 + 1 / (gamma * t))
        alpha_t = alpha * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        eta = max(eta_l, min(alpha_t / (math.sqrt(v) + epsilon), eta_u))
        x = x - eta * m
        yield x


@pytest.mark.parametrize(
    ("alpha", "betas", "eta_star", "gamma", "epsilon"),
    [
        (1e-3, (0.9, 0.999), 0.1, 1e-3, 1e-8),
        (0.1, (0.5, 0.9), 0.01, 0.5, 1e-2),
        (0.1, (0.0, 0.0), 1.0, 0.9, 0.5),
    ],
)
def test_agrees_with_the_paper_line_by_line(alpha, betas, eta_star, gamma, epsilon):
    gradients = random_gradients(50)
    points = replay(
        lambda p: AdaBound(p, lr=alpha, betas=betas, final_lr=eta_star, gamma=gamma, eps=epsilon),
        gradients,
    )
    letters = {"alpha": alpha, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = algorithm_2(points[0, i], coordinate, eta_star=eta_star, gamma=gamma, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-13)


def step_sizes(lr_factor_after=None, **hparams):
    """Return the learning rate of each step, from a constant gradient of 1 without momentum."""
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = AdaBound([p], betas=(0.0, 0.0), **hparams)
    path = [0.0]
    for t in range(40):
        if lr_factor_after is not None and t == lr_factor_after[0]:
            optimizer.param_groups[0]["lr"] *= lr_factor_after[1]
        p.grad = torch.ones_like(p)
        optimizer.step()
        path.append(p.item())
    return -np.diff(path)


def test_ends_at_the_final_rate():
    """The lower bound at t = 40 and gamma = 0.9 is final_lr * (1 - 1/37)."""
    assert step_sizes(lr=1e-6, final_lr=0.1, gamma=0.9)[-1] == pytest.approx(0.1 * (1 - 1 / 37))


def test_the_upper_bound_limits_a_long_step():
    """At t = 2 and gamma = 1/2 the upper bound is twice final_lr."""
    assert step_sizes(lr=100.0, final_lr=0.1, gamma=0.5)[1] == pytest.approx(0.2)


def test_a_schedule_scales_the_final_rate_of_its_group():
    plain = step_sizes(lr=1e-6, final_lr=0.1, gamma=0.9)
    scheduled = step_sizes(lr=1e-6, final_lr=0.1, gamma=0.9, lr_factor_after=(20, 0.1))
    np.testing.assert_allclose(scheduled[:20], plain[:20], rtol=1e-12)
    np.testing.assert_allclose(scheduled[20:], 0.1 * plain[20:], rtol=1e-10)


def test_every_group_stores_its_initial_rate():
    a, b = (torch.ones(1, requires_grad=True) for _ in range(2))
    optimizer = AdaBound([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
    for group in optimizer.param_groups:
        group["lr"] /= 10
    assert [group["base_lr"] for group in optimizer.param_groups] == [0.1, 0.5]


def test_a_state_dict_contains_the_initial_rate():
    p = torch.ones(1, requires_grad=True)
    optimizer = AdaBound([p], lr=0.1)
    optimizer.param_groups[0]["lr"] = 0.01
    restored = AdaBound([p], lr=0.5)
    restored.load_state_dict(optimizer.state_dict())
    assert restored.param_groups[0]["base_lr"] == 0.1


@pytest.mark.parametrize(
    ("hparam", "value", "text"),
    [
        ("gamma", 0.0, r"gamma must be in \(0, 1\), got 0.0"),
        ("gamma", 1.0, r"gamma must be in \(0, 1\), got 1.0"),
        ("final_lr", 0.0, r"final_lr must be > 0, got 0.0"),
    ],
)
def test_bounds_that_do_not_converge_are_rejected(hparam, value, text):
    with pytest.raises(ValueError, match=text):
        AdaBound([torch.ones(1, requires_grad=True)], **{hparam: value})
