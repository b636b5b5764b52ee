import numpy as np
import pytest
import torch
from textbook import START, descend, gradient_at, one_search, scipy_path

from optgallery import FUNCTIONS
from optgallery.optim import BFGS

NAMES = ("sphere", "rosenbrock", "beale", "himmelblau", "booth", "dixon_price", "leon")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("c2", [0.9, 0.1])
def test_the_path_is_scipys_with_the_same_search(name, c2):
    """Until SciPy stops, at a gradient of 1e-9 or where rounding ends its search."""
    formula = FUNCTIONS[name].formula
    with one_search():
        theirs = scipy_path("BFGS", formula, START, 60, c2=c2)
        ours = descend(lambda p: BFGS(p, c2=c2), formula, steps=len(theirs) - 1)
    assert len(theirs) >= 2
    assert np.abs(ours - theirs).max() < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_the_direction_is_that_of_the_book_at_scipys_own_iterates(name):
    """The update with explicit products, at the points that MINPACK's search chose."""
    formula = FUNCTIONS[name].formula
    x = scipy_path("BFGS", formula, START, 20)
    g = [gradient_at(formula)(at) for at in x]
    H, identity = np.eye(2), np.eye(2)
    for k in range(len(x) - 2):
        p, s, y = -H @ g[k], x[k + 1] - x[k], g[k + 1] - g[k]
        assert abs(p[0] * s[1] - p[1] * s[0]) <= 1e-7 * np.linalg.norm(p) * np.linalg.norm(s)
        rho = 1 / (y @ s)
        H = (identity - rho * np.outer(s, y)) @ H @ (identity - rho * np.outer(y, s))
        H += rho * np.outer(s, s)
        if np.linalg.norm(s) < 1e-4:
            break


def test_the_matrix_maps_the_change_of_the_gradient_to_the_step():
    """The secant equation H y = s, by hand from two points."""
    formula = FUNCTIONS["rosenbrock"].formula
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = BFGS([x])

    def closure():
        optimizer.zero_grad()
        loss = formula(*x)
        loss.backward()
        return loss

    optimizer.step(closure)
    for _ in range(5):
        before = x.detach().clone()
        optimizer.step(closure)
        s = (x.detach() - before).numpy()
        y = gradient_at(formula)(x.tolist()) - gradient_at(formula)(before.tolist())
        H = optimizer.state[x]["inverse_hessian"].numpy()
        np.testing.assert_allclose(H @ y, s, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(H, H.T, atol=1e-12)
        assert np.linalg.eigvalsh(H).min() > 0


def test_on_a_quadratic_the_matrix_becomes_the_inverse_hessian():
    """Of Booth, [[10, 8], [8, 10]] with the inverse [[10, -8], [-8, 10]] / 36."""
    booth = FUNCTIONS["booth"]
    x = torch.tensor(booth.start, dtype=torch.float64, requires_grad=True)
    optimizer = BFGS([x], c2=0.01)

    def closure():
        optimizer.zero_grad()
        loss = booth.formula(*x)
        loss.backward()
        return loss

    closure()
    while x.grad.norm() > 1e-6:
        optimizer.step(closure)
    H = optimizer.state[x]["inverse_hessian"]
    np.testing.assert_allclose(H, np.array([[10, -8], [-8, 10]]) / 36, rtol=1e-2)


def test_parameters_of_any_shape_are_one_vector():
    """A matrix and two numbers, on a quadratic that couples them."""
    generator = torch.Generator().manual_seed(0)
    A = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    A = A @ A.T + torch.eye(6, dtype=torch.float64)

    def path(shapes):
        start = torch.arange(1.0, 7.0, dtype=torch.float64)
        parts = start.split([int(np.prod(shape)) for shape in shapes])
        params = [
            part.reshape(shape).clone().requires_grad_()
            for part, shape in zip(parts, shapes, strict=True)
        ]
        optimizer = BFGS(params)

        def closure():
            optimizer.zero_grad()
            w = torch.cat([p.reshape(-1) for p in params])
            loss = w @ A @ w
            loss.backward()
            return loss

        for _ in range(12):
            optimizer.step(closure)
        return torch.cat([p.detach().reshape(-1) for p in params])

    assert torch.equal(path([(6,)]), path([(2, 2), (2,)]))
    assert path([(2, 2), (2,)]).abs().max() < 1e-6


def test_at_a_minimum_the_point_stays():
    points = descend(BFGS, FUNCTIONS["himmelblau"].formula, steps=80)
    assert (points[-1] == points[-20]).all()
    assert np.abs(points[-1] - (3, 2)).max() < 1e-7


def test_conditions_that_exclude_each_other_are_refused():
    with pytest.raises(ValueError, match=r"c1 must be less than c2, got c1=0.5 and c2=0.1"):
        BFGS([torch.ones(2, requires_grad=True)], c1=0.5, c2=0.1)


def test_a_second_group_is_refused():
    a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    with pytest.raises(ValueError, match="does not support parameter groups"):
        BFGS([{"params": [a]}, {"params": [b]}])
