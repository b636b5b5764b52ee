import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay
from torch.optim.lr_scheduler import OneCycleLR

from optgallery.optim import AdamC


def algorithm(x, gradients, rates, *, beta1, beta2, epsilon, lam, largest):
    """The algorithm for one coordinate."""
    m = v = 0.0
    for t, (g, gamma) in enumerate(zip(gradients, rates, strict=True), start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        step = gamma * m_hat / (math.sqrt(v_hat) + epsilon)
        x = x - step - gamma**2 / largest * lam * x
        yield x


def scheduled(cls, rates, **settings):
    """Return a class whose steps have these rates."""

    class Scheduled(cls):
        def step(self):
            (group,) = self.param_groups
            group["lr"] = self.rates.pop(0)
            super().step()

    def build(params):
        optimizer = Scheduled(params, lr=max(rates), **settings)
        optimizer.rates = list(rates)
        return optimizer

    return build


RATES = [0.01 * (1 + t) for t in range(10)] + [0.1 - 0.002 * t for t in range(40)]
"""A warm-up to 0.1, and a linear decay."""


@pytest.mark.parametrize(
    ("betas", "epsilon", "lam"),
    [((0.9, 0.999), 1e-8, 0.01), ((0.5, 0.8), 0.3, 0.5), ((0.0, 0.0), 1e-8, 0.0)],
)
def test_agrees_with_the_paper_line_by_line(betas, epsilon, lam):
    gradients = random_gradients(50)
    build = scheduled(AdamC, RATES, betas=betas, eps=epsilon, weight_decay=lam)
    points = replay(build, gradients)
    letters = {"beta1": betas[0], "beta2": betas[1], "epsilon": epsilon, "lam": lam}
    for i in range(2):
        twin = algorithm(points[0, i], gradients[:, i].tolist(), RATES, largest=0.1, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def test_the_decay_falls_with_the_square_of_the_rate():
    """Rates 1/2, 1/4 and a decay of 1/2: 16 becomes 16 (1 - 1/4) = 12 and 12 (1 - 1/16)."""
    gradients = np.zeros((2, 1))
    points = replay(scheduled(AdamC, [0.5, 0.25], weight_decay=0.5), gradients, [16.0])
    assert points[:, 0].tolist() == [16, 12, 11.25]
    others = {"normalized": False, "weight_decay": 0.5}
    points = replay(scheduled(AdamC, [0.5, 0.25], **others), gradients, [16.0])
    assert points[:, 0].tolist() == [16, 12, 10.5]
    points = replay(lambda p: AdamC(p, lr=0.25, max_lr=0.5, weight_decay=0.5), gradients, [16.0])
    assert points[:, 0].tolist() == [16, 15, 14.0625]


def test_at_a_constant_rate_it_is_adamw_and_under_a_schedule_it_is_not():
    gradients = random_gradients(50)
    classes = (AdamC, torch.optim.AdamW)
    constant = [replay(lambda p, cls=cls: cls(p, lr=0.1), gradients) for cls in classes]
    np.testing.assert_allclose(*constant, rtol=1e-12)
    falling = [replay(scheduled(cls, RATES, weight_decay=0.1), gradients) for cls in classes]
    assert np.abs(falling[0] - falling[1]).max() > 0.01


def test_each_group_has_its_own_largest_rate():
    slow, fast = (torch.full((1,), 16.0, dtype=torch.float64) for _ in range(2))
    slow.requires_grad_()
    fast.requires_grad_()
    optimizer = AdamC([{"params": [slow], "lr": 0.25}, {"params": [fast], "lr": 0.5}])
    assert [group["max_lr"] for group in optimizer.param_groups] == [0.25, 0.5]


def test_a_rate_above_the_largest_becomes_the_largest():
    """OneCycleLR rises to a rate that the optimizer was not built with."""
    p = torch.ones(1, dtype=torch.float64, requires_grad=True)
    optimizer = AdamC([p], lr=0.001)
    schedule = OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
    for _ in range(9):
        p.grad = torch.ones_like(p)
        optimizer.step()
        schedule.step()
    assert optimizer.param_groups[0]["max_lr"] == pytest.approx(0.1)
    zero = AdamC([p], lr=0.0)
    zero.step()
    zero.param_groups[0]["lr"] = 0.5
    zero.step()
    assert p.isfinite().all()


@pytest.mark.parametrize("max_lr", [0.0, -1.0, float("nan")])
def test_a_largest_rate_must_be_positive(max_lr):
    p = torch.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match=r"^max_lr must be"):
        AdamC([p], max_lr=max_lr)
    with pytest.raises(ValueError, match=r"^max_lr must be"):
        AdamC([{"params": [p], "max_lr": max_lr}])
