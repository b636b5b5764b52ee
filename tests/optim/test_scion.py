import math

import numpy as np
import pytest
import torch
from replay import random_gradients, replay
from test_normuon import rounds

import optgallery as og
from optgallery.optim import Scion

SHAPES = [(1, 2), (2, 1), (2, 8), (3, 3)]


def lmo(d, rho, norm):
    """The paper's oracles for a matrix; the authors' 1e-8 keeps 0 from being divided by 0."""
    m, n = d.shape
    if norm == "spectral":
        return -rho * math.sqrt(m / n) * rounds(d)
    if norm == "sign":
        return -rho / n * np.sign(d)
    if norm == "column":
        lengths = np.linalg.norm(d, axis=0, keepdims=True)
        return -rho * d / (lengths / math.sqrt(m) + 1e-8)
    lengths = np.linalg.norm(d, axis=1, keepdims=True)
    return -rho * d / (math.sqrt(n) * lengths + 1e-8)


def scion(x, gradients, *, gamma, alpha, rho, norm, constrained):
    d = np.zeros_like(x)
    for g in gradients:
        d = alpha * g + (1 - alpha) * d
        x = ((1 - gamma) * x if constrained else x) + gamma * lmo(d, rho, norm)
        yield x


@pytest.mark.parametrize("norm", ["spectral", "sign", "column", "row"])
@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_agrees_with_the_paper_line_by_line(shape, norm, constrained):
    size = shape[0] * shape[1]
    gradients, start = random_gradients(40, size), np.linspace(1, 2, size)
    settings = {"norm": norm, "constrained": constrained, "radius": 3.0}
    points = replay(
        lambda p: Scion(p, lr=0.1, momentum=0.7, **settings), gradients, start, None, shape
    )
    letters = {"gamma": 0.1, "alpha": 0.3, "rho": 3.0}
    twin = scion(
        start.reshape(shape),
        gradients.reshape(-1, *shape),
        norm=norm,
        constrained=constrained,
        **letters,
    )
    np.testing.assert_allclose(points[1:], [x.ravel() for x in twin], rtol=1e-12, atol=1e-13)


def test_first_steps():
    """The gradient (3, 4) has length 5; a row of two elements is divided by the root of 2."""
    gradients = np.array([[3.0, 4.0]])
    for norm, length in (("spectral", 0.6964), ("row", 1.0)):
        points = replay(
            lambda p, norm=norm: Scion(p, lr=0.5, norm=norm), gradients, (0, 0), None, (1, 2)
        )
        expected = -0.5 * length / math.sqrt(2) * np.array([0.6, 0.8])
        np.testing.assert_allclose(points[1], expected, rtol=1e-4)
    signs = replay(lambda p: Scion(p, lr=0.5, norm="sign"), gradients, (0, 0), None, (1, 2))
    np.testing.assert_allclose(signs[1], [-0.25, -0.25])


@pytest.mark.parametrize(
    ("norm", "measure"),
    [
        ("spectral", lambda X: np.linalg.norm(X, 2) / math.sqrt(2 / 8)),
        ("sign", lambda X: 8 * np.abs(X).max()),
        ("column", lambda X: np.linalg.norm(X, axis=0).max() / math.sqrt(2)),
        ("row", lambda X: np.linalg.norm(X, axis=1).max() * math.sqrt(8)),
    ],
)
def test_a_constrained_path_stays_in_its_ball_and_enters_it_from_outside(norm, measure):
    gradients, shape, rho = random_gradients(200, 16), (2, 8), 2.0
    bound = rho * (1.25 if norm == "spectral" else 1 + 1e-9)  # of the Newton-Schulz rounds
    settings = {"lr": 0.1, "radius": rho, "norm": norm}
    for start in (np.zeros(16), np.full(16, 5.0)):
        points = replay(
            lambda p: Scion(p, constrained=True, **settings), gradients, start, None, shape
        )
        sizes = [measure(point.reshape(shape)) for point in points]
        inside = np.array(sizes) <= bound
        assert inside[-100:].all()
        assert (np.diff(inside.astype(int)) >= 0).all()  # it never leaves
    free = replay(lambda p: Scion(p, **settings), gradients + 1, np.zeros(16), None, shape)
    assert measure(free[-1].reshape(shape)) > bound


def test_constrained_is_unconstrained_with_a_weight_decay_of_1():
    gradients = random_gradients(30)
    one = replay(lambda p: Scion(p, lr=0.1, constrained=True), gradients, shape=(1, 2))
    other = replay(lambda p: Scion(p, lr=0.1, weight_decay=1.0), gradients, shape=(1, 2))
    np.testing.assert_array_equal(one, other)


def test_on_a_row_it_is_signum_in_the_norm_of_signs():
    signum = og.run("signum", "beale", lr=0.05, steps=100, momentum=0.9)
    scion = og.run("scion", "beale", lr=0.1, steps=100, norm="sign")
    np.testing.assert_allclose(scion.points, signum.points, rtol=1e-12)


def test_a_vector_is_divided_by_its_root_mean_square_and_a_kernel_by_its_size():
    vector = torch.zeros(4, requires_grad=True)
    vector.grad = torch.full((4,), 7.0)
    Scion([vector], lr=0.5, norm="sign").step()
    np.testing.assert_allclose(vector.detach(), -0.5, rtol=1e-6)

    filters = torch.zeros(2, 3, 2, 2, requires_grad=True)
    filters.grad = torch.randn(2, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    Scion([filters], lr=1.0).step()
    expected = -rounds(filters.grad.numpy().reshape(2, 12)) * math.sqrt(2 / 3) / 4
    np.testing.assert_allclose(filters.detach().reshape(2, 12), expected, atol=1e-5)


def test_an_unknown_norm_and_a_decay_beside_the_constraint_are_rejected():
    params = [torch.ones(1, 2, requires_grad=True)]
    names = '"spectral", "sign", "column", "row"'
    with pytest.raises(ValueError, match=f"^norm must be one of {names}, got 'nuclear'$"):
        Scion(params, norm="nuclear")
    with pytest.raises(ValueError, match=r"already decays its parameters by lr.*weight_decay=0\.1"):
        Scion(params, weight_decay=0.1, constrained=True)
