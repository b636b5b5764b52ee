import numpy as np
import pytest
import torch
from replay import random_gradients, random_hessians, replay

import optgallery as og
from optgallery.optim import Sophia


def algorithm_3(theta, gradients, diagonals, *, eta, beta1, beta2, epsilon, gamma, k, lam=0.0):
    """The paper's algorithm for one coordinate, with given estimates of the Hessian."""
    m, h = 0.0, 0.0
    estimates = iter(diagonals)
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        if k == 1 or t % k == 1:
            h = beta2 * h + (1 - beta2) * next(estimates)
        theta = theta - eta * lam * theta
        theta = theta - eta * max(-1.0, min(1.0, m / max(gamma * h, epsilon)))
        yield theta


@pytest.mark.parametrize(
    ("eta", "betas", "epsilon", "gamma", "k", "lam"),
    [
        (1e-4, (0.96, 0.99), 1e-12, 0.01, 10, 0.0),
        (0.1, (0.5, 0.9), 1e-12, 5.0, 3, 0.3),
        (0.1, (0.9, 0.0), 2.0, 1.0, 1, 0.0),
    ],
)
def test_agrees_with_the_paper_line_by_line(eta, betas, epsilon, gamma, k, lam):
    steps = 50
    gradients, hessians = random_gradients(steps), random_hessians(steps)
    letters = {"eps": epsilon, "gamma": gamma, "update_period": k, "weight_decay": lam}
    points = replay(
        lambda p: Sophia(p, lr=eta, betas=betas, seed=3, **letters), gradients, hessians=hessians
    )
    generator = torch.Generator().manual_seed(3)
    estimates = []
    for t in range(0, steps, k):
        u = torch.randn(2, generator=generator, dtype=torch.float64).numpy()
        estimates.append(u * (hessians[t] @ u))
    for i in range(2):
        twin = algorithm_3(
            points[0, i],
            gradients[:, i].tolist(),
            [float(estimate[i]) for estimate in estimates],
            eta=eta,
            beta1=betas[0],
            beta2=betas[1],
            epsilon=epsilon,
            gamma=gamma,
            k=k,
            lam=lam,
        )
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-12)


def step_on_x_squared(curvature, **hparams):
    """Take one step from 3 on curvature * x^2 / 2 and return it with the squared normal number."""
    x = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    optimizer = Sophia([x], betas=(0.0, 0.0), **hparams)
    (x.grad,) = torch.autograd.grad(curvature * x.square().sum() / 2, [x], create_graph=True)
    optimizer.step()
    u = torch.randn(1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return 3 - x.item(), u.item() ** 2


def test_unclipped_it_is_newtons_step_over_the_draw():
    """For one coordinate, the estimate is u^2 times the curvature, and the gradient 3 times it."""
    step, u_squared = step_on_x_squared(8.0, lr=0.1, gamma=100.0)
    assert step == pytest.approx(0.1 * 3 / (100 * u_squared), rel=1e-13)


@pytest.mark.parametrize(("curvature", "direction"), [(8.0, 1), (-8.0, -1)])
def test_clipped_it_is_a_step_of_lr_downhill_whatever_the_curvatures_sign(curvature, direction):
    step, _ = step_on_x_squared(curvature, lr=0.1)
    assert step == pytest.approx(0.1 * direction, rel=1e-13)


def test_linear_function_is_descended_by_steps_of_lr():
    x = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    optimizer = Sophia([x], lr=0.1)
    for _ in range(2):
        x.grad = torch.tensor([5.0, -0.001], dtype=torch.float64)
        if not optimizer.state:
            with pytest.warns(UserWarning, match="so Sophia takes their curvature as 0"):
                optimizer.step()
        else:
            optimizer.step()  # the next estimate is nine steps away
    np.testing.assert_allclose(x.detach().numpy(), [2.8, 4.2], rtol=1e-13)


def test_the_curvature_is_estimated_once_in_a_period():
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = Sophia([x], update_period=3)
    seen = []
    for t in range(1, 8):
        create_graph = t % 3 == 1
        (x.grad,) = torch.autograd.grad(x.cosh().sum(), [x], create_graph=create_graph)
        optimizer.step()
        seen.append(tuple(optimizer.state[x]["exp_hessian_diag"].tolist()))
    assert [seen.index(h) for h in seen] == [0, 0, 0, 3, 3, 3, 6]


def test_parameter_added_later_has_its_own_step_count():
    early, late = (torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimizer = Sophia([early, late], update_period=2)
    for t in range(3):
        (early.grad,) = torch.autograd.grad(early.cosh().sum(), [early], create_graph=True)
        if t == 1:
            before = optimizer.state[early]["exp_hessian_diag"].clone()
        if t >= 1:
            (late.grad,) = torch.autograd.grad(late.cosh().sum(), [late], create_graph=True)
        optimizer.step()
        if t == 1:
            assert torch.equal(optimizer.state[early]["exp_hessian_diag"], before)
            assert optimizer.state[late]["exp_hessian_diag"].item() > 0


@pytest.mark.parametrize("period", [0, -1, 2.0, True, "ten"])
def test_the_period_must_be_a_whole_number(period):
    with pytest.raises(ValueError, match=r"^update_period must be a whole number >= 1, got "):
        Sophia([torch.ones(2, requires_grad=True)], update_period=period)


def test_the_papers_gamma_clips_where_the_gallerys_does_not():
    """On Beale's function: at gamma 0.01 every coordinate of a step is lr long, at 1 few are."""

    def clipped(gamma):
        points = og.run("sophia", "beale", lr=0.01, gamma=gamma).points
        return np.isclose(np.abs(np.diff(points, axis=0)), 0.01, rtol=1e-9).mean()

    assert clipped(0.01) > 0.99
    assert clipped(1.0) < 0.2
