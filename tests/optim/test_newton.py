from itertools import pairwise

import numpy as np
import pytest
import torch
from textbook import START, descend, gradient_at, hessian_at
from torch.amp import GradScaler

from optgallery import FUNCTIONS
from optgallery.optim import Newton


@pytest.mark.parametrize("name", ["beale", "himmelblau", "six_hump_camel", "rosenbrock"])
@pytest.mark.parametrize("damping", [0.0, 0.5, 30.0])
def test_agrees_with_explicit_linear_algebra(name, damping):
    """By Cramer's rule, from each of our points, with the Hessian of torch.autograd.functional."""
    formula = FUNCTIONS[name].formula
    points = descend(lambda p: Newton(p, damping), formula, steps=30)
    for before, after in pairwise(points):
        (a, b), (_, d) = hessian_at(formula)(before) + damping * np.eye(2)
        g, h = gradient_at(formula)(before)
        step = -np.array([d * g - b * h, a * h - b * g]) / (a * d - b * b)
        np.testing.assert_allclose(after, before + step, rtol=1e-9, atol=1e-9)


def test_one_step_solves_a_quadratic():
    booth = FUNCTIONS["booth"]
    points = descend(Newton, booth.formula, booth.start, steps=1)
    np.testing.assert_allclose(points[1], booth.minima[0], atol=1e-12)


def test_first_steps_by_hand():
    """On x^4 / 4, slope x^3 and curvature 3 x^2: each step takes a third of x."""
    points = descend(Newton, lambda x, y: x**4 / 4 + y**2, (27.0, 1.0), steps=3)
    np.testing.assert_allclose(points[:, 0], [27, 18, 12, 8], rtol=1e-14)


def test_near_a_minimum_the_error_is_squared():
    points = descend(Newton, FUNCTIONS["himmelblau"].formula, (3.2, 2.2), steps=4)
    errors = np.linalg.norm(points - (3, 2), axis=1)
    assert (errors[1:4] < errors[:3] ** 2).all()


def test_it_goes_to_a_saddle_and_with_enough_damping_past_it():
    """On x^2 - y^2 + y^4 / 4, from (1, 0.1): the curvature along y is nearly -2."""

    def formula(x, y):
        return x**2 - y**2 + y**4 / 4

    undamped = descend(Newton, formula, (1.0, 0.1), steps=10)
    np.testing.assert_allclose(undamped[-1], [0, 0], atol=1e-12)
    damped = descend(lambda p: Newton(p, damping=3.0), formula, (1.0, 0.1), steps=60)
    np.testing.assert_allclose(damped[-1], [0, np.sqrt(2)], atol=1e-6)


def test_the_hessian_is_that_of_all_parameters_together():
    """The product of two parameters has only mixed derivatives: each alone would be singular."""
    a, b = (torch.full((1,), v, dtype=torch.float64, requires_grad=True) for v in (2.0, 3.0))
    optimizer = Newton([a, b])
    loss = (a * b).sum()
    a.grad, b.grad = torch.autograd.grad(loss, [a, b], create_graph=True)
    optimizer.step()
    assert [a.item(), b.item()] == [0, 0]


def test_it_fits_a_logistic_regression_in_a_few_steps():
    """Convex, 7 parameters in two tensors: the gradient vanishes to rounding in ten steps."""
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(60, 6, generator=generator, dtype=torch.float64)
    y = (X[:, 0] + torch.randn(60, generator=generator, dtype=torch.float64) > 0).double()
    w = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = Newton([w, b])
    for _ in range(10):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(X @ w.reshape(-1) + b, y)
        w.grad, b.grad = torch.autograd.grad(loss, [w, b], create_graph=True)
        optimizer.step()
    assert max(w.grad.abs().max().item(), b.grad.abs().item()) < 1e-12


def test_a_singular_hessian_is_an_error_and_ends_a_run():
    import optgallery as og

    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (x.grad,) = torch.autograd.grad((x[0] ** 2), [x], create_graph=True)
    with pytest.raises(torch.linalg.LinAlgError):
        Newton([x]).step()
    trajectory = og.run("newton", "abs_ravine")
    assert trajectory.status == "diverged"
    assert "singular" in trajectory.reason


def test_gradients_without_a_graph_have_no_curvature_and_a_warning_says_so():
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    x.grad = torch.full_like(x, 0.5)
    with pytest.warns(UserWarning, match=r"Newton takes their curvature as 0; .*create_graph=True"):
        Newton([x], damping=2.0).step()
    assert x.tolist() == [0.75, 0.75]


def scaled_path(scaler, damping):
    x = torch.tensor(START, requires_grad=True)
    optimizer = Newton([x], damping)
    for _ in range(5):
        loss = scaler.scale(FUNCTIONS["beale"].formula(*x))
        (x.grad,) = torch.autograd.grad(loss, [x], create_graph=True)
        scaler.step(optimizer)
        scaler.update()
    return x.detach()


def test_a_scaled_loss_takes_the_same_steps():
    for damping in (0.0, 1.0):
        scaled = scaled_path(GradScaler("cpu", init_scale=2.0**10), damping)
        assert torch.equal(scaled, scaled_path(GradScaler("cpu", enabled=False), damping))


def test_after_unscaling_the_scale_is_unknown():
    x = torch.tensor(START, requires_grad=True)
    optimizer, scaler = Newton([x]), GradScaler("cpu", init_scale=4.0)
    loss = scaler.scale(x.square().sum())
    (x.grad,) = torch.autograd.grad(loss, [x], create_graph=True)
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="cannot tell the scale of the loss"):
        scaler.step(optimizer)
