import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from textbook import START, descend, gradient_at, hessian_at, scipy_path, value_at

from optgallery import FUNCTIONS
from optgallery.optim import TrustRegion
from optgallery.optim.trust_region import minimize_in_ball

NAMES = ("sphere", "rosenbrock", "beale", "himmelblau", "booth", "six_hump_camel", "leon")


@pytest.mark.parametrize("name", NAMES)
def test_the_path_is_scipys_exact_one(name):
    """SciPy's trust-krylov, told to solve each model exactly, has the same rules for the radius."""
    formula = FUNCTIONS[name].formula
    theirs = scipy_path("trust-krylov", formula, START, 40, inexact=False, gtol=1e-5)
    ours = descend(TrustRegion, formula, steps=len(theirs) - 1)
    assert len(theirs) >= 3
    assert np.abs(ours - theirs).max() < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_the_book_line_by_line(name):
    """Algorithm 4.1, with the model minimized over angles by a search of one variable."""
    formula = FUNCTIONS[name].formula
    points = descend(lambda p: TrustRegion(p, radius=0.3, max_radius=2.0), formula, steps=25)
    x, radius = np.array(START), 0.3
    for at in points[1:]:
        g, H = gradient_at(formula)(x), hessian_at(formula)(x)
        if np.linalg.norm(g) < 1e-4:
            break
        p = best_in_disc(g, H, radius)
        model = -(g @ p + p @ H @ p / 2)
        rho = (value_at(formula)(x) - value_at(formula)(x + p)) / model
        on_boundary = np.linalg.norm(p) > radius * (1 - 1e-9)
        if rho < 0.25:
            radius /= 4
        elif rho > 0.75 and on_boundary:
            radius = min(2 * radius, 2.0)
        np.testing.assert_allclose(at, x + p if rho > 0.15 else x, atol=1e-6)
        x = at


def best_in_disc(g, H, radius):
    """Return the minimizer of the model in a disc: inside, or at the best angle."""
    if np.linalg.eigvalsh(H).min() > 0:
        inside = -np.linalg.solve(H, g)
        if np.linalg.norm(inside) <= radius:
            return inside

    def at(angle):
        return radius * np.array([np.cos(angle), np.sin(angle)])

    def model(angle):
        return g @ at(angle) + at(angle) @ H @ at(angle) / 2

    coarse = np.linspace(0, 2 * np.pi, 721)
    best = coarse[np.argmin([model(angle) for angle in coarse])]
    found = minimize_scalar(
        model, bounds=(best - 0.01, best + 0.01), method="bounded", options={"xatol": 1e-12}
    )
    return at(found.x)


@pytest.mark.parametrize("n", [1, 2, 5, 30])
@pytest.mark.parametrize("radius", [1e-3, 1.0, 1e3])
def test_a_minimizer_in_a_ball_meets_the_conditions_of_more_and_sorensen(n, radius):
    """(H + lambda I) p = -g, lambda >= 0, a semidefinite matrix, and lambda = 0 or |p| = radius."""
    generator = torch.Generator().manual_seed(n)
    for _ in range(20):
        g = torch.randn(n, generator=generator, dtype=torch.float64)
        H = torch.randn(n, n, generator=generator, dtype=torch.float64)
        H = (H + H.T) / 2
        p, on_boundary = minimize_in_ball(g, H, radius)
        multiplier = float(-(p @ (g + H @ p)) / (p @ p))
        scale = float(H.norm()) * float(p.norm()) + float(g.norm())
        assert float((H @ p + multiplier * p + g).norm()) <= 1e-9 * scale
        assert float(torch.linalg.eigvalsh(H)[0]) + multiplier >= -1e-9 * float(H.norm())
        if on_boundary:
            assert float(p.norm()) == pytest.approx(radius, rel=1e-9)
            assert multiplier >= -1e-9
        else:
            assert float(p.norm()) <= radius
            assert abs(multiplier) <= 1e-9 * float(H.norm())


def test_the_hard_case_goes_along_the_negative_curvature():
    """On the axis of a saddle, the gradient says nothing of the way down."""
    g = torch.tensor([1.0, 0.0], dtype=torch.float64)
    H = torch.diag(torch.tensor([2.0, -1.0], dtype=torch.float64))
    p, on_boundary = minimize_in_ball(g, H, 1.0)
    assert on_boundary
    np.testing.assert_allclose(p.abs(), [1 / 3, np.sqrt(8) / 3], rtol=1e-12)


def test_from_a_saddle_itself_it_goes_down():
    points = descend(TrustRegion, lambda x, y: x**2 - y**2 + y**4 / 4, (0.0, 0.0), steps=12)
    np.testing.assert_allclose(np.abs(points[-1]), [0, np.sqrt(2)], atol=1e-6)


def test_a_step_that_the_model_predicts_badly_is_not_taken_and_quarters_the_radius():
    """On the absolute value of x, made smooth: the parabola at 3 has its bottom far away."""
    x = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    optimizer = TrustRegion([x], radius=100.0)

    def closure():
        loss = torch.sqrt(x**2 + 1).sum()
        (x.grad,) = torch.autograd.grad(loss, [x], create_graph=True)
        return loss.detach()

    optimizer.step(closure)
    assert x.item() == 3.0
    assert optimizer.state[x]["radius"].item() == 25.0


def test_at_a_minimum_the_radius_does_not_shrink_away():
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = TrustRegion([x])
    formula = FUNCTIONS["six_hump_camel"].formula

    def closure():
        loss = formula(*x)
        (x.grad,) = torch.autograd.grad(loss, [x], create_graph=True)
        return loss.detach()

    for _ in range(300):
        optimizer.step(closure)
    assert optimizer.state[x]["radius"].item() > 1e-3
    assert np.abs(gradient_at(formula)(x.tolist())).max() < 1e-9
