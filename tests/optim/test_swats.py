"""SWATS against steps worked out by hand.

With betas (0, 0) the moments are the last gradient and its square, so Adam's step is
``p = -lr * sign(g)``; for a single coordinate gamma is ``lr / |g|`` and its mean is gamma itself.
"""

import copy
import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay

from optgallery.optim import SWATS

TINY = 1e-12  # an epsilon too small to affect Adam's denominator


def along(gradients, **hparams):
    gradients = np.array(gradients, dtype=float)
    built = []

    def build(params):
        built.append(SWATS(params, **hparams))
        return built[0]

    points = replay(build, gradients, start=[0.0] * gradients.shape[1])
    return points, built[0].param_groups[0]


def algorithm_1(w, gradients, *, alpha, beta1, beta2, epsilon):
    """The paper's algorithm in its letters; vectors are lists."""
    n = len(w)
    m, a, v, lam, phase, Lam = [0.0] * n, [0.0] * n, [0.0] * n, 0.0, "Adam", None
    for k, g in enumerate(gradients, start=1):
        if phase == "SGD":
            v = [beta1 * v[i] + g[i] for i in range(n)]
            w = [w[i] - (1 - beta1) * Lam * v[i] for i in range(n)]
            yield w, phase
            continue
        m = [beta1 * m[i] + (1 - beta1) * g[i] for i in range(n)]
        a = [beta2 * a[i] + (1 - beta2) * g[i] ** 2 for i in range(n)]
        rate = alpha * math.sqrt(1 - beta2**k) / (1 - beta1**k)
        p = [-rate * m[i] / (math.sqrt(a[i]) + epsilon) for i in range(n)]
        w = [w[i] + p[i] for i in range(n)]
        pTg = sum(p[i] * g[i] for i in range(n))
        if pTg != 0:
            gamma = sum(p[i] * p[i] for i in range(n)) / -pTg
            lam = beta2 * lam + (1 - beta2) * gamma
            if k > 1 and abs(lam / (1 - beta2**k) - gamma) < epsilon:
                phase, Lam = "SGD", lam / (1 - beta2**k)
        yield w, phase


def test_switches_after_the_second_step_and_descends_as_sgd():
    """On w^2/2 from 2 at lr 1/2: w = 2, 3/2, 1, then Lambda = (1/2) / (3/2) = 1/3."""
    w = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    optimizer = SWATS([w], lr=0.5, betas=(0.0, 0.0), eps=TINY)
    path, phases = [], []
    for _ in range(4):
        optimizer.zero_grad()
        (w**2 / 2).sum().backward()
        optimizer.step()
        path.append(w.item())
        phases.append(optimizer.param_groups[0]["phase"])
    assert path == pytest.approx([3 / 2, 1, 2 / 3, 4 / 9], rel=1e-11)
    assert phases == ["adam", "sgd", "sgd", "sgd"]
    assert optimizer.param_groups[0]["sgd_lr"] == pytest.approx(1 / 3, rel=1e-11)


def test_momentum_starts_at_0_after_the_switch():
    """A constant gradient of 1 makes every step of Adam, gamma and its mean equal to lr.

    Then v = 1, 3/2, 7/4 for beta1 = 1/2, and the steps are lr times 1/2, 3/4, 7/8.
    """
    points, group = along(np.ones((5, 1)), lr=0.1, betas=(0.5, 0.5), eps=TINY)
    steps = -np.diff(points[:, 0])
    np.testing.assert_allclose(steps, [0.1, 0.1, 0.05, 0.075, 0.0875], rtol=1e-10)
    assert group["sgd_lr"] == pytest.approx(0.1, rel=1e-10)


def test_stays_adam_while_the_rates_differ():
    """Gradients 1, 2 with betas (0, 1/2): gamma is lr, then lr * sqrt(3/4) / (3/2)."""
    points, group = along([[1.0], [2.0]], lr=0.1, betas=(0.0, 0.5), eps=TINY)
    second = 0.1 * math.sqrt(3 / 4) / 1.5
    assert points[2, 0] - points[1, 0] == pytest.approx(-2 * second, rel=1e-10)
    assert group["exp_avg_lr"] == pytest.approx(0.1 / 4 + second / 2, rel=1e-10)
    assert group["phase"] == "adam"


def test_the_first_step_never_switches():
    _, group = along(np.ones((1, 1)), lr=0.1)
    assert group["phase"] == "adam"
    _, group = along(np.ones((2, 1)), lr=0.1)
    assert group["phase"] == "sgd"


@pytest.mark.parametrize(("eps", "phase"), [(0.6, "sgd"), (0.4, "adam")])
def test_the_switch_compares_the_difference_with_eps(eps, phase):
    """The criterion is absolute: for a difference of 1/2, eps is set above and below it."""
    # betas (0, 1/2), lr chosen so that |lambda_hat - gamma| is exactly 1/2 but for eps in Adam
    gradients, betas = [[1.0], [3.0]], (0.0, 0.5)

    def difference(lr):
        a = [0.5, 0.25 + 4.5]
        gamma = [lr * math.sqrt(1 - 0.5**k) / (math.sqrt(a[k - 1]) + eps) for k in (1, 2)]
        lambda_hat = (0.25 * gamma[0] + 0.5 * gamma[1]) / 0.75
        return abs(lambda_hat - gamma[1])

    lr = 0.5 / difference(1.0)
    _, group = along(gradients, lr=lr, betas=betas, eps=eps)
    assert difference(lr) == pytest.approx(0.5)
    assert group["phase"] == phase


def test_a_group_is_one_vector():
    """For the gradient (3, 4) in two tensors: p = (-lr, -lr), so Lambda = 2 lr^2 / (7 lr)."""
    params = [torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    optimizer = SWATS(params, lr=0.7, betas=(0.0, 0.0), eps=TINY)
    for _ in range(3):
        for p, g in zip(params, (3.0, 4.0), strict=True):
            p.grad = torch.full_like(p, g)
        optimizer.step()
    assert optimizer.param_groups[0]["sgd_lr"] == pytest.approx(0.2, rel=1e-10)
    assert [p.item() for p in params] == pytest.approx([-1.4 - 0.6, -1.4 - 0.8], rel=1e-10)


def test_groups_switch_independently():
    constant, changing = (torch.zeros(1, requires_grad=True) for _ in range(2))
    optimizer = SWATS([{"params": [constant]}, {"params": [changing]}], lr=0.1)
    for k in range(5):
        constant.grad, changing.grad = torch.ones(1), torch.full((1,), 1.0 + k)
        optimizer.step()
    assert [group["phase"] for group in optimizer.param_groups] == ["sgd", "adam"]


def test_zero_gradient_does_not_change_the_averaged_rate():
    """p'g = 0 in the first step: lambda stays 0, and at k = 2 lambda_hat = (1/2) lr' / (3/4)."""
    _, group = along([[0.0], [1.0]], lr=0.1, betas=(0.0, 0.5), eps=TINY)
    # k = 2: a = 1/2, p = -lr * sqrt(3/4) / sqrt(1/2)
    assert group["exp_avg_lr"] == pytest.approx(0.5 * 0.1 * math.sqrt(1.5), rel=1e-10)
    assert group["phase"] == "adam"


@pytest.mark.parametrize("epsilon", [1e-9, 1e-3, 3e-2])
def test_agrees_with_the_paper_line_by_line(epsilon):
    gradients = random_gradients(60)
    points = replay(lambda p: SWATS(p, lr=0.1, eps=epsilon), gradients)
    letters = {"alpha": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": epsilon}
    twin = list(algorithm_1(list(points[0]), gradients.tolist(), **letters))
    np.testing.assert_allclose(points[1:], [w for w, _ in twin], rtol=1e-11)
    switched = "SGD" in [phase for _, phase in twin]
    assert switched == (epsilon > 1e-9), "both phases must be compared"


def test_a_schedule_scales_the_rate_after_the_switch():
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = SWATS([w], lr=0.1, betas=(0.0, 0.0), eps=TINY)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[3], gamma=0.1)
    path = [0.0]
    for _ in range(4):
        w.grad = torch.ones_like(w)
        optimizer.step()
        schedule.step()
        path.append(w.item())
    np.testing.assert_allclose(-np.diff(path), [0.1, 0.1, 0.1, 0.01], rtol=1e-10)


def test_a_state_dict_contains_the_phase():
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = SWATS([w], lr=0.1, betas=(0.5, 0.5), eps=TINY)
    for _ in range(4):
        w.grad = torch.ones_like(w)
        optimizer.step()
    resumed = w.detach().clone().requires_grad_()
    restored = SWATS([resumed], lr=0.7)
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for p, stepper in ((w, optimizer), (resumed, restored)):
        p.grad = torch.full_like(p, 3.0)
        stepper.step()
    assert restored.param_groups[0]["phase"] == "sgd"
    assert torch.equal(w, resumed)


def test_weight_decay_adds_to_the_gradient():
    """Decay 1/2 at w = 4 with no gradient is the gradient 2."""
    for decay, gradient in ((0.5, 0.0), (0.0, 2.0)):
        w = torch.tensor([4.0], requires_grad=True)
        w.grad = torch.tensor([gradient])
        optimizer = SWATS([w], weight_decay=decay)
        optimizer.step()
        assert optimizer.state[w]["exp_avg"].item() == pytest.approx(0.2)
