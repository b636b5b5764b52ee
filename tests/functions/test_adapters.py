"""Adapters give the function's own values, at one point and at many."""

import pickle

import pytest
import torch
from torch import nn

from optgallery.functions.adapters import (
    Differentiating,
    OfList,
    OfRows,
    OfVector,
    OfWeights,
    Pointwise,
    Reshaped,
    count_trained,
    user_function,
)

X = torch.tensor([[0.5, 1.0, -2.0], [3.0, 0.25, 1.5]], dtype=torch.float64)
Y = torch.tensor([[1.0, 2.0, 0.5], [-1.0, 4.0, 0.0]], dtype=torch.float64)


def of_vector(p):
    return p[..., 0] ** 2 - 3 * p[..., 1]


def of_one_vector(p):
    return p[0] ** 2 - 3 * p[1]


def of_rows(points):
    assert points.ndim == 2
    return points[:, :1] ** 2 - 3 * points[:, 1:]


def of_list(x, y):
    assert x.ndim == 1
    return x**2 - 3 * y


def of_numbers(x, y):
    return x**2 - 3 * y if x.item() > -9 else y


def in_a_row(x, y):
    return (x**2 - 3 * y).unsqueeze(-1)


def expected(x, y):
    return x**2 - 3 * y


FORMS = [
    OfVector(of_vector),
    Pointwise(OfVector(of_one_vector)),
    Reshaped(OfRows(of_rows)),
    Reshaped(OfList(of_list)),
    Pointwise(of_numbers),
    Reshaped(in_a_row),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: user_function(form).__name__)
def test_a_form_has_the_function_s_values_at_one_point_and_at_many(form):
    assert torch.equal(form(X, Y), expected(X, Y))
    assert torch.equal(form(X[0], Y[0]), expected(X[0], Y[0]))
    assert torch.equal(form(X[0, 0], Y[0, 0]), expected(X[0, 0], Y[0, 0]))
    assert torch.equal(form(X[:, :1], Y[0]), expected(X[:, :1], Y[0]))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: user_function(form).__name__)
def test_gradients_flow_through_a_form(form):
    x, y = X.clone().requires_grad_(), Y.clone().requires_grad_()
    gx, gy = torch.autograd.grad(form(x, y).sum(), (x, y))
    torch.testing.assert_close(gx, 2 * X)
    torch.testing.assert_close(gy, torch.full_like(Y, -3))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: user_function(form).__name__)
def test_a_form_equals_its_unpickled_copy(form):
    copy = pickle.loads(pickle.dumps(form))
    assert copy == form
    assert hash(copy) == hash(form)


def test_pointwise_evaluation_raises_the_function_s_exception():
    def positive(x, y):
        if x.item() < 0:
            raise ValueError("x is negative")
        return x + y

    with pytest.raises(ValueError, match=r"^x is negative$"):
        Pointwise(positive)(X, Y)


def test_pointwise_evaluation_builds_no_graph_without_gradients():
    with torch.no_grad():
        assert not Pointwise(of_numbers)(X.clone().requires_grad_(), Y).requires_grad


def test_derivatives_at_many_points_come_from_the_sum_of_the_values():
    def slope(x, y):
        (gx,) = torch.autograd.grad(outputs=x**3 * y, inputs=x, create_graph=True)
        return gx

    x, y = X.clone().requires_grad_(), Y.clone().requires_grad_()
    torch.testing.assert_close(Differentiating(slope)(x, y), 3 * X**2 * Y)
    alone = Differentiating(slope)(x[0, 0], y[0, 0])
    torch.testing.assert_close(alone, (3 * X**2 * Y)[0, 0])


def test_given_grad_outputs_are_kept():
    def weighted(x, y):
        v = torch.tensor([2.0, 3.0], dtype=torch.float64)
        z = torch.stack([x, y], -1)
        (g,) = torch.autograd.grad(z**2, z, v, create_graph=True)
        return g.sum(-1)

    x, y = X[0, 0].clone().requires_grad_(), Y[0, 0].clone().requires_grad_()
    assert Differentiating(weighted)(x, y) == 2 * (2 * X[0, 0] + 3 * Y[0, 0])


def test_module_is_a_function_of_its_weights_and_is_not_changed():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Parameter(torch.full((1, 1), 7.0))
            self.fixed = nn.Parameter(torch.tensor(10.0), requires_grad=False)
            self.second = nn.Parameter(torch.tensor(8.0))

        def forward(self):
            return self.fixed * self.first.squeeze() + self.second

    module = Two()
    form = Pointwise(OfWeights(module))
    assert count_trained(module) == 2
    assert form(torch.tensor(2.0), torch.tensor(3.0)) == 23.0
    assert form(X, Y).tolist() == (10 * X + Y).tolist()
    assert (module.first.item(), module.second.item()) == (7.0, 8.0)
    assert module.first.grad is None
