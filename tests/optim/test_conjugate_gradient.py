import numpy as np
import pytest
import torch
from textbook import START, descend, gradient_at, one_search, scipy_path

from optgallery import FUNCTIONS
from optgallery.optim import ConjugateGradient

NAMES = ("sphere", "rosenbrock", "beale", "himmelblau", "booth", "dixon_price")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("c2", [0.4, 0.1])
def test_the_path_is_scipys_with_the_same_search(name, c2):
    """Until SciPy stops, at a gradient of 1e-9 or where rounding ends its search."""
    formula = FUNCTIONS[name].formula
    with one_search():
        theirs = scipy_path("CG", formula, START, 40, c2=c2)
        ours = descend(lambda p: ConjugateGradient(p, c2=c2), formula, steps=len(theirs) - 1)
    assert len(theirs) >= 2
    assert np.abs(ours - theirs).max() < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_the_direction_is_that_of_polak_and_ribiere_at_scipys_own_iterates(name):
    formula = FUNCTIONS[name].formula
    x = scipy_path("CG", formula, START, 20)
    g = [gradient_at(formula)(at) for at in x]
    p = -g[0]
    for k in range(len(x) - 1):
        s = x[k + 1] - x[k]
        if np.linalg.norm(s) < 1e-4:
            break
        assert abs(p[0] * s[1] - p[1] * s[0]) <= 1e-7 * np.linalg.norm(p) * np.linalg.norm(s)
        beta = max(0.0, g[k + 1] @ (g[k + 1] - g[k]) / (g[k] @ g[k]))
        p = -g[k + 1] + beta * p


def test_on_a_quadratic_directions_are_conjugate_and_two_steps_nearly_arrive():
    """With a narrow search; Booth's matrix is [[10, 8], [8, 10]]."""
    booth = FUNCTIONS["booth"]
    points = descend(lambda p: ConjugateGradient(p, c2=1e-3), booth.formula, booth.start, steps=2)
    first, second = np.diff(points, axis=0)
    A = np.array([[10, 8], [8, 10]])
    cosine = first @ A @ second / np.sqrt((first @ A @ first) * (second @ A @ second))
    assert abs(cosine) < 1e-2
    assert np.abs(points[2] - booth.minima[0]).max() < 1e-2


def test_without_the_condition_of_descent_the_direction_is_the_gradients():
    """A direction that goes up, as after a change of the function, is given up."""
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = ConjugateGradient([x])

    def closure(sign):
        optimizer.zero_grad()
        loss = sign * x.square().sum() + x.square().square().sum() / 50
        loss.backward()
        return loss

    optimizer.step(lambda: closure(-1.0))
    before, direction = x.detach().clone(), optimizer.state[x]["direction"]
    closure(1.0)
    g = x.grad.clone()
    direction.copy_(g)
    optimizer.step(lambda: closure(1.0))
    s = x.detach() - before
    assert abs(s[0] * g[1] - s[1] * g[0]) < 1e-12
    assert torch.dot(s, g) < 0


def test_at_a_minimum_the_point_stays():
    points = descend(ConjugateGradient, FUNCTIONS["himmelblau"].formula, steps=120)
    assert (points[-1] == points[-20]).all()
    assert np.abs(points[-1] - (3, 2)).max() < 1e-6
