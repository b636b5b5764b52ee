import numpy as np
import pytest
import torch
from replay import descend, random_gradients, replay

import optgallery as og
from optgallery import FUNCTIONS
from optgallery.functions.facts import fact
from optgallery.optim import HeavyBall


def polyaks_numbers(mu, L):
    alpha = 4 / (L**0.5 + mu**0.5) ** 2
    beta = ((L**0.5 - mu**0.5) / (L**0.5 + mu**0.5)) ** 2
    return alpha, beta


def equation_heavy_ball(x0, gradients, mu, L):
    """The paper's two-point rule for vectors that are lists."""
    alpha, beta = polyaks_numbers(mu, L)
    before, x = x0, x0
    for g in gradients:
        following = [
            xi - alpha * gi + beta * (xi - bi) for xi, gi, bi in zip(x, g, before, strict=True)
        ]
        before, x = x, following
        yield x


@pytest.mark.parametrize(("mu", "L"), [(0.5, 50.0), (2.0, 18.0), (3.0, 3.0)])
def test_agrees_with_the_paper_line_by_line(mu, L):
    gradients = random_gradients(200)
    points = replay(lambda p: HeavyBall(p, mu=mu, L=L), gradients)
    twin = list(equation_heavy_ball(points[0].tolist(), gradients.tolist(), mu, L))
    np.testing.assert_allclose(points[1:], twin, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["booth", "rotated_quadratic", "matyas", "himmelblau"])
def test_agrees_with_torchs_sgd_with_momentum(name):
    fn = FUNCTIONS[name]
    mu, L = (fact(f"{which}_curvature", fn, fn.start) for which in ("smallest", "largest"))
    alpha, beta = polyaks_numbers(mu, L)
    ours = descend(lambda p: HeavyBall(p, mu=mu, L=L), fn.formula, fn.start, 200)
    theirs = descend(
        lambda p: torch.optim.SGD(p, lr=alpha, momentum=beta), fn.formula, fn.start, 200
    )
    assert np.abs(ours - theirs).max() < 1e-9
    assert np.abs(og.run("heavy_ball", name).points - ours).max() < 1e-12


def test_first_steps_by_hand():
    """Curvatures 1 and 9: alpha = 4 / (3 + 1)^2 = 1/4 and beta = (2 / 4)^2 = 1/4."""
    points = replay(lambda p: HeavyBall(p, mu=1.0, L=9.0), np.array([[4.0, 0.0]] * 3), (8.0, 0.0))
    assert points[:, 0].tolist() == [8, 7, 5.75, 4.4375]


def test_equal_curvatures_are_gradient_descent_that_arrives_in_one_step():
    assert og.run("heavy_ball", "sphere", steps=1).values[-1] < 1e-29


def test_the_error_falls_by_the_root_of_beta_in_each_step():
    """On the rotated quadratic, curvatures 1/2 and 50: sqrt(beta) = 9/11, over many steps."""
    fn = FUNCTIONS["rotated_quadratic"]
    run = og.run("heavy_ball", fn, steps=120)
    errors = np.linalg.norm(run.points - fn.minima[0], axis=1)
    assert (errors[110] / errors[40]) ** (1 / 70) == pytest.approx(9 / 11, abs=0.02)


def test_other_numbers_have_a_higher_rate():
    fn = FUNCTIONS["rotated_quadratic"]
    best = np.log(og.run("heavy_ball", fn, steps=150).values[-1])
    for mu, L in [(0.2, 50.0), (1.5, 50.0), (0.5, 90.0)]:
        assert np.log(og.run("heavy_ball", fn, steps=150, mu=mu, L=L).values[-1]) > best + 1


def test_curvatures_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match=r"mu must be at most L, got mu=2.0 and L=1.0"):
        HeavyBall([torch.ones(2, requires_grad=True)], mu=2.0, L=1.0)


def test_a_function_without_curvature_at_its_minimum_is_refused():
    with pytest.raises(ValueError, match=r"Heavy ball takes mu .*Ackley has no continuous Hessian"):
        og.run("heavy_ball", "ackley")
    assert og.run("heavy_ball", "ackley", mu=1.0, L=100.0).status == "completed"
