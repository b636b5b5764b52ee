"""Checks of formulas before they are run: which are rejected, and with which message."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import optgallery as og
from optgallery.functions import as_test_function
from optgallery.functions.adapters import Differentiating, OfVector, Pointwise, Reshaped
from optgallery.functions.checks import Subject, fit, works_in
from optgallery.functions.coordinates import Domain

BOX = {"x0": 0.75, "y0": -0.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}
X = torch.linspace(-1, 1, 20, dtype=torch.float64)
X32 = X.float()


def bowl(x, y):
    return x**2 + 3 * y**2


def subject(formula):
    return Subject(formula, "mine", (0.75, -0.5), Domain(-3, 3, -2, 2))


FORMS = {
    "as it is": (bowl, type(bowl)),
    "of a vector": (lambda p: (p**2 * torch.tensor([1.0, 3.0])).sum(-1), OfVector),
    "one point at a time": (lambda x, y: bowl(x, y) if x > 0 else bowl(x, 2 * y), Pointwise),
    "points in a list": (
        lambda x, y: torch.stack([x.reshape(-1), y.reshape(-1)], 1).square() @ X[:2],
        Reshaped,
    ),
    "derivatives of the sum": (
        lambda x, y: torch.autograd.grad(x**3 + y**3, x, create_graph=True)[0] + y,
        Differentiating,
    ),
}


@pytest.mark.parametrize("kind", FORMS)
def test_the_form_is_the_first_that_has_the_values_of_single_points(kind):
    formula, form = FORMS[kind]
    found, dtype = fit(subject(formula), torch.float64)
    assert type(found) is form
    assert dtype == torch.float64


def test_the_dtype_is_float64_unless_only_float32_works():
    def single(x, y):
        return (torch.stack([x, y], -1) @ X32[:2]).square()

    assert fit(subject(bowl), None)[1] == torch.float64
    assert fit(subject(single), None)[1] == torch.float32
    assert [works_in(subject(single), d) for d in (torch.float32, torch.float64)] == [True, False]


FLOAT32 = {
    "data in a product": lambda a, b: ((torch.stack([a, b], -1) @ X32.repeat(2, 1) - 1) ** 2).mean(
        -1
    ),
    "a form": lambda a, b: torch.einsum(
        "...i,ij,...j->...", v := torch.stack([a, b], -1), torch.tensor([[2, 0.5], [0.5, 1]]), v
    ),
    "a network": lambda x, y: NETWORK(torch.stack([x, y], -1)).squeeze(-1),
}
torch.manual_seed(0)
NETWORK = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))


@pytest.mark.parametrize("kind", FLOAT32)
def test_they_are_rejected_in_double_precision_with_advice(kind):
    with pytest.raises(
        ValueError, match=r"works in torch.float32, but not in torch.float64"
    ) as caught:
        og.run("sgd", (FLOAT32[kind], {**BOX, "name": "mine"}), lr=0.1)
    assert str(caught.value).startswith("mine(x, y)")
    assert "run it with dtype=torch.float32, or convert them with .double()" in str(caught.value)
    assert "`if`" not in str(caught.value)
    with pytest.raises(ValueError, match=r"run it with dtype=torch\.float32"):
        og.sweep("sgd", (FLOAT32[kind], BOX), [0.1], steps=3)


def test_float64_data_in_a_float32_run_is_rejected_with_the_dtype():
    def product(a, b):
        return (torch.stack([a, b], -1) @ X.repeat(2, 1)).pow(2).mean(-1)

    with pytest.raises(ValueError, match=r"works in torch.float64, but not in torch.float32"):
        og.run("sgd", (product, BOX), lr=0.1, dtype=torch.float32)


def test_start_outside_the_domain_is_rejected_with_advice():
    def beta(x, y):
        return y**2 - torch.distributions.Beta(2.0, 3.0).log_prob(x)

    with pytest.raises(
        ValueError, match=r"^beta\(x, y\) .* failed at its start \(2, 1\): "
    ) as caught:
        as_test_function((beta, {**BOX, "x0": 2, "y0": 1}))
    assert str(caught.value).endswith("; start it where it is defined")


DEPENDENT = {
    "its maximum": lambda x, y: bowl(x, y) / bowl(x, y).max(),
    "its mean": lambda x, y: bowl(x, y) - bowl(x, y).mean(),
    "a softmax": lambda x, y: torch.softmax(bowl(x, y).reshape(-1), 0).reshape(x.shape),
    "its norm": lambda x, y: bowl(x, y) / (1 + torch.linalg.vector_norm(x)),
}


@pytest.mark.parametrize("kind", DEPENDENT)
def test_function_that_depends_on_other_points_is_rejected(kind):
    text = r"must give each point its own value, .* alone and .* beside other points: it divides"
    with pytest.raises(ValueError, match=text):
        og.run("sgd", (DEPENDENT[kind], BOX), lr=0.1)


def test_module_with_batch_norm_is_rejected_unless_in_eval_mode():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
    with pytest.raises(
        ValueError, match=r"put a module that normalizes batches into eval\(\) mode$"
    ):
        as_test_function((network, BOX))
    fn = as_test_function((network.eval(), BOX))
    x = torch.tensor([[0.5, 1.0]], dtype=torch.float64)
    assert fn(0.5, 1.0) == pytest.approx(network(x).item(), rel=1e-14)


def test_rounding_differences_between_points_do_not_count_as_dependence():
    matrix = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    for dtype in (torch.float32, torch.float64):
        a = matrix.to(dtype)
        as_test_function(
            (lambda x, y, a=a: (torch.stack([x, y], -1) @ a.T).exp().mean(-1), BOX), dtype
        )


@pytest.mark.parametrize(
    ("module", "line"),
    [
        (nn.Linear(2, 1, bias=False), '{"weight": torch.stack([x, y]).reshape((1, 2))}'),
        (nn.Linear(1, 1), '{"weight": x.reshape((1, 1)), "bias": y.reshape((1,))}'),
    ],
    ids=["one parameter", "two parameters"],
)
def test_module_with_two_weights_and_an_argument_is_rejected_with_code_to_write(module, line):
    with pytest.raises(ValueError, match="Linear has two weights and takes one argument") as caught:
        og.run("sgd", (module, BOX), lr=0.1)
    assert f"lambda x, y: loss(torch.func.functional_call(Linear, {line}, data))" in str(
        caught.value
    )
    data = X32[:, None] if isinstance(module.bias, torch.Tensor) else torch.stack([X32, X32], 1)
    written = eval(
        f"lambda x, y: torch.func.functional_call(module, {line}, data).pow(2).mean()",
        {"torch": torch, "module": module, "data": data},
    )
    t = og.run("sgd", (written, BOX), lr=0.1, steps=5, dtype=torch.float32)
    assert t.values[-1] < t.values[0]


def test_module_with_more_than_two_weights_is_rejected():
    class Three(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.zeros(3))

        def forward(self):
            return self.w.sum()

    with pytest.raises(
        ValueError, match="must have two trained weights to be a function of them, got 3"
    ):
        as_test_function((Three(), BOX))


REFUSED = {
    "math beside torch": (
        lambda x, y: math.sin(x) + y,
        r"changes with x in a way that autograd cannot follow",
    ),
    "item": (
        lambda x, y: y.item() ** 2 + x,
        r"changes with y in a way that autograd cannot follow",
    ),
    "detach": (lambda x, y: (x + y).detach(), "its value has no gradient"),
    "NumPy": (lambda x, y: np.sin(x) + y, "write it with torch functions$"),
    "many values": (
        lambda x, y: x * X + y,
        r"returned a tensor of shape \(20,\); reduce it to one number",
    ),
    "another error": (lambda _x, _y: {}["k"], r"failed at its start \(0.75, -0.5\): KeyError: 'k'"),
    "a backward of its own": (
        lambda x, y: Backwards.apply(x) + y,
        "cannot be differentiated at its start: this way only",
    ),
}


class Backwards(torch.autograd.Function):
    """A function that is not differentiable."""

    @staticmethod
    def forward(_ctx, x):
        return x.clone()

    @staticmethod
    def backward(_ctx, _grad):
        raise RuntimeError("this way only")


@pytest.mark.parametrize("kind", REFUSED)
def test_function_that_cannot_run_is_rejected_with_the_cause(kind):
    function, text = REFUSED[kind]
    with pytest.raises(ValueError, match=text):
        as_test_function((function, BOX))


def test_branch_on_a_coordinate_does_not_count_as_a_lost_gradient():
    fn = as_test_function((lambda x, y: torch.where(x > 0.7, y**2, 2 * y**2), BOX))
    assert fn(1, 2) == 4.0
    assert fn(0, 2) == 8.0
