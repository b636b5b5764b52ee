import math

import numpy as np
import pytest
import schedulefree
import torch
from replay import random_gradients, replay

import optgallery as og
from optgallery.optim import ScheduleFreeAdamW, ScheduleFreeSGD

BOTH = pytest.mark.parametrize("cls", [ScheduleFreeSGD, ScheduleFreeAdamW])


def equations_3_to_5(x1, gradients, *, gamma, beta, lam, T):
    """The paper's three sequences for one coordinate; x of every step."""
    x, z, weights = x1, x1, 0.0
    for t, g in enumerate(gradients, start=1):
        y = (1 - beta) * z + beta * x
        gamma_t = gamma * min(1, t / T)
        z = z - gamma_t * (g + lam * y)
        weights += gamma_t**2
        c = gamma_t**2 / weights
        x = (1 - c) * x + c * z
        yield x


def algorithm_1(x1, gradients, *, gamma, beta1, beta2, epsilon, lam, T):
    """The paper's algorithm for one coordinate; x of every step."""
    x, z, v, weights = x1, x1, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        y = (1 - beta1) * z + beta1 * x
        v = beta2 * v + (1 - beta2) * g * g
        gamma_t = gamma * min(1, t / T)
        z = z - gamma_t * (g / (math.sqrt(v / (1 - beta2**t)) + epsilon) + lam * y)
        weights += gamma_t**2
        c = gamma_t**2 / weights
        x = (1 - c) * x + c * z
        yield x


@pytest.mark.parametrize(
    ("gamma", "beta", "lam", "T"),
    [(1.0, 0.9, 0.0, 1), (0.1, 0.5, 0.1, 20), (0.1, 0.0, 0.0, 1), (0.1, 1.0, 0.1, 1)],
)
def test_sgd_agrees_with_the_paper_line_by_line(gamma, beta, lam, T):
    gradients = random_gradients(50)
    points = replay(
        lambda p: ScheduleFreeSGD(p, lr=gamma, momentum=beta, weight_decay=lam, warmup_steps=T),
        gradients,
    )
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = equations_3_to_5(points[0, i], coordinate, gamma=gamma, beta=beta, lam=lam, T=T)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


@pytest.mark.parametrize(
    ("gamma", "betas", "epsilon", "lam", "T"),
    [
        (2.5e-3, (0.9, 0.999), 1e-8, 0.0, 1),
        (0.1, (0.5, 0.9), 1e-2, 0.1, 20),
        (0.1, (0.0, 0.0), 0.5, 0.0, 1),
    ],
)
def test_adamw_agrees_with_the_paper_line_by_line(gamma, betas, epsilon, lam, T):
    gradients = random_gradients(50)
    settings = {"betas": betas, "eps": epsilon, "weight_decay": lam, "warmup_steps": T}
    points = replay(lambda p: ScheduleFreeAdamW(p, lr=gamma, **settings), gradients)
    letters = {"gamma": gamma, "beta1": betas[0], "beta2": betas[1], "lam": lam, "T": T}
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = algorithm_1(points[0, i], coordinate, epsilon=epsilon, **letters)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_first_steps_of_sgd():
    """Gradients 1, 1 from 0 at lr 1, beta 1/2: z = -1, -2; x = -1, -3/2; y = 0, -1, -7/4."""
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = ScheduleFreeSGD([p], momentum=0.5)
    ys, xs = [], []
    for _ in range(2):
        p.grad = torch.ones_like(p)
        optimizer.step()
        ys.append(p.item())
        optimizer.eval()
        xs.append(p.item())
        optimizer.train()
    assert ys == [-1, -1.75]
    assert xs == [-1, -1.5]


@BOTH
def test_with_momentum_0_x_is_the_mean_of_sgd_iterates(cls):
    """At beta = 0 the gradients are those of z, and x_{t+1} is the mean of z_2, ..., z_{t+1}."""
    settings = {"momentum": 0.0} if cls is ScheduleFreeSGD else {"betas": (0.0, 0.9)}
    averages = og.run(cls, "himmelblau", lr=0.005, steps=60, **settings).points
    p = torch.tensor(averages[0], requires_grad=True)
    optimizer = cls([p], lr=0.005, **settings)
    z = []
    for _ in range(60):
        optimizer.zero_grad()
        og.FUNCTIONS["himmelblau"].formula(*p).backward()
        optimizer.step()
        z.append(p.tolist())  # y = z
    means = np.cumsum(z, axis=0) / np.arange(1, 61)[:, None]
    np.testing.assert_allclose(averages[1:], means, rtol=1e-10)


@BOTH
def test_switching_back_and_forth_changes_no_bit(cls):
    def path(switches):
        p = torch.tensor([2.0, 1.7], requires_grad=True)
        optimizer = cls([p], lr=0.01)
        for _ in range(10):
            p.grad = (p**3).detach()
            optimizer.step()
            for _ in range(switches):
                optimizer.eval()
                optimizer.eval()
                optimizer.train()
                optimizer.train()
        return p.tolist()

    assert path(0) == path(1) == path(3)


@BOTH
def test_a_step_after_eval_is_rejected(cls):
    p = torch.ones(2, requires_grad=True)
    optimizer = cls([p])
    optimizer.eval()
    p.grad = torch.ones(2)
    with pytest.raises(RuntimeError, match=rf"^{cls.__name__} cannot step after eval\(\)"):
        optimizer.step()
    assert p.tolist() == [1, 1]
    optimizer.train()
    optimizer.step()
    assert p.tolist() != [1, 1]


@BOTH
def test_a_state_saved_in_eval_mode_continues_from_the_same_y(cls):
    p = torch.tensor([2.0, 1.7], dtype=torch.float64, requires_grad=True)
    optimizer = cls([p], lr=0.01)
    for _ in range(5):
        p.grad = (p**3).detach()
        optimizer.step()
    y = p.tolist()
    optimizer.eval()
    saved = p.detach().clone().requires_grad_()
    restored = cls([saved])
    restored.load_state_dict(optimizer.state_dict())
    restored.train()
    assert saved.tolist() == y


@BOTH
def test_a_group_added_later_is_in_the_mode_of_the_others(cls):
    optimizer = cls([torch.ones(2, requires_grad=True)])
    optimizer.eval()
    optimizer.add_param_group({"params": [torch.ones(2, requires_grad=True)]})
    assert [group["train_mode"] for group in optimizer.param_groups] == [False, False]


def test_lr_0_does_not_change_the_average():
    p = torch.ones(2, requires_grad=True)
    optimizer = ScheduleFreeSGD([p])
    optimizer.param_groups[0]["lr"] = 0.0
    p.grad = torch.ones(2)
    optimizer.step()
    assert p.tolist() == [1, 1]


@pytest.mark.parametrize("warmup_steps", [-1, 0.5, True])
def test_a_warmup_that_is_not_a_number_of_steps_is_rejected(warmup_steps):
    with pytest.raises(ValueError, match="warmup_steps must be a whole number >= 0, got"):
        ScheduleFreeSGD([torch.ones(2, requires_grad=True)], warmup_steps=warmup_steps)


def test_the_gallery_draws_the_average():
    trajectory = og.run("schedule_free_sgd", "sphere", start=(1.0, 1.0), steps=2, lr=0.25)
    # z = 1/2, x = 1/2; then y = 1/2, z = 1/4, x = 3/8
    np.testing.assert_allclose(trajectory.points[:, 0], [1, 0.5, 0.375], rtol=1e-14)


def written(p, i):
    """Write to the parameters between some of the steps, as training loops do."""
    with torch.no_grad():
        if i == 20:
            p.clamp_(-0.05, 0.3)
        elif i == 30:
            p.copy_(torch.tensor([7.0, -2.0, 0.5, 0.0]))


@pytest.mark.parametrize(
    ("cls", "authors"),
    [
        (ScheduleFreeSGD, schedulefree.SGDScheduleFree),
        (ScheduleFreeAdamW, schedulefree.AdamWScheduleFree),
    ],
)
@pytest.mark.parametrize("warmup_steps", [0, 25])
def test_values_written_to_parameters_are_kept_as_in_the_authors_package(
    cls, authors, warmup_steps
):
    targets = torch.tensor(random_gradients(60))
    paths = []
    for build, options in ((cls, {}), (authors, {"foreach": False})):
        p = torch.ones(4, dtype=torch.float64, requires_grad=True)
        settings = {"lr": 0.1, "weight_decay": 0.01, "warmup_steps": warmup_steps}
        optimizer = build([p], **settings, **options)
        optimizer.train()
        path = []
        for i, target in enumerate(targets):
            p.grad = p.detach() - target.repeat(2)
            optimizer.step()
            written(p, i)
            if i % 10 == 0:
                optimizer.eval()
                path.append(p.tolist())
                with torch.no_grad():
                    p[0] += float(i == 40)
                optimizer.train()
            path.append(p.tolist())
        paths.append(path)
    np.testing.assert_allclose(*paths, rtol=1e-10, atol=1e-10)


@BOTH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_next_step_starts_from_a_written_value(cls, dtype):
    p = torch.ones(2, dtype=dtype, requires_grad=True)
    optimizer = cls([p], lr=0.01)
    for _ in range(30):
        p.grad = p.detach().clone()
        optimizer.step()
    with torch.no_grad():
        p[0] = 5.0
    untouched = p[1].item()
    optimizer.param_groups[0]["lr"] = 1e-9
    p.grad = torch.ones_like(p)
    optimizer.step()
    assert p[0].item() == 5.0 or p[0].item() == pytest.approx(5.0, rel=1e-6)
    assert p[1].item() == pytest.approx(untouched, rel=1e-6)


def test_with_momentum_0_written_values_move_z():
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = ScheduleFreeSGD([p], lr=1.0, momentum=0.0)
    for value in (None, 8.0):
        if value is not None:
            with torch.no_grad():
                p.fill_(value)
        p.grad = torch.ones_like(p)
        optimizer.step()
    assert p.item() == 7.0  # y = z = 8 - 1
    optimizer.eval()
    assert p.item() == 3.0  # the mean of -1 and 7


def test_weights_reloaded_before_the_first_rate_above_0_are_the_start():
    p = torch.ones(1, dtype=torch.float64, requires_grad=True)
    optimizer = ScheduleFreeSGD([p], lr=0.0, momentum=0.5)
    p.grad = torch.ones_like(p)
    optimizer.step()
    with torch.no_grad():
        p.fill_(3.0)
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.step()
    assert p.item() == 2.0  # x = z = y = 3 - 1
