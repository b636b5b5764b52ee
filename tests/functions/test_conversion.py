"""User functions of every kind are run and drawn, or rejected with the cause."""

import dataclasses
import functools
import pickle
import re
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import optgallery as og
from optgallery.functions import as_test_function, logged, noisy, rotated, scaled, shifted
from optgallery.render.surface import surface

BOX = {"x0": 0.75, "y0": -0.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}
X = torch.linspace(-1, 1, 20, dtype=torch.float64)
Y = 2 * X - 1
X32 = X.float()


def plain_path(formula, start, dtype=torch.float64, steps=10, lr=0.05):
    """Return the path of a plain loop over a function of two numbers."""
    p = torch.tensor(start, dtype=dtype, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=lr)
    points = [p.tolist()]
    for _ in range(steps):
        optimizer.zero_grad()
        formula(*p).sum().backward()
        optimizer.step()
        points.append(p.tolist())
    return points


def is_run_and_drawn(fn, formula, dtype=torch.float64):
    """Compare a run with a plain loop, and the grid with the values at single points."""
    start = (BOX["x0"], BOX["y0"])
    t = og.run("sgd", fn, steps=10, lr=0.05, dtype=dtype)
    assert t.points.tolist() == plain_path(formula, start, dtype)
    x, y, z = t.test_fn.grid((5, 4))
    own = t.test_fn.dtype
    alone = [
        [
            formula(*(torch.tensor(c, dtype=own) for c in (a, b))).item()
            for a, b in zip(*row, strict=True)
        ]
        for row in zip(x.tolist(), y.tolist(), strict=True)
    ]
    tolerance = 1e-12 if own == torch.float64 else 1e-5
    np.testing.assert_allclose(z, alone, rtol=tolerance, atol=tolerance)
    assert og.animate(t, size=100, frames=2).png().startswith(b"\x89PNG")
    return t.test_fn


class Line(nn.Module):
    """A module whose loss is a function of its two weights."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(()))

    def forward(self):
        return ((self.weight * X + self.bias - Y) ** 2).mean()


def line(a, b):
    return ((a * X + b - Y) ** 2).mean()


def on_two(x: torch.Tensor, y: torch.Tensor):
    return x**2 + 3 * y**2


def on_a_vector(p: torch.Tensor):
    return p[0] ** 2 + 3 * p[1] ** 2


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch.jit is deprecated, but still in use
    scripted, scripted_vector = torch.jit.script(on_two), torch.jit.script(on_a_vector)


def bowl(x, y):
    return x**2 + 3 * y**2


def newton(x, y):
    gx, gy = torch.autograd.grad(x**4 + x * y + y**2, (x, y), create_graph=True)
    return gx**2 + gy**2


def newton_values(x, y):
    return (4 * x**3 + y) ** 2 + (x + 2 * y) ** 2


RUN = {
    "a loss over data": (line, line),
    "a vector": (lambda p: p[0] ** 2 + 3 * p[1] ** 2, bowl),
    "a vector that is summed": (lambda p: (p**2 * torch.tensor([1.0, 3.0])).sum(), bowl),
    "a vector that broadcasts": (lambda p: (p**2 * torch.tensor([1.0, 3.0])).sum(-1), bowl),
    "a vector and an option": (lambda p, k=3.0: p[0] ** 2 + k * p[1] ** 2, bowl),
    "one value in a row": (lambda x, y: bowl(x, y).reshape(1), bowl),
    "one value in a last dimension": (lambda x, y: bowl(x, y)[..., None], bowl),
    "a list of points": (
        lambda x, y: torch.stack([x, y], 1).pow(2) @ torch.tensor([1.0, 3.0]).double(),
        bowl,
    ),
    "a branch": (lambda x, y: bowl(x, y) if x > 0 else bowl(x, 2 * y), None),
    "scripted": (scripted, bowl),
    "scripted, of a vector": (scripted_vector, bowl),
    "a module without arguments": (Line(), line),
    "autograd.grad": (newton, newton_values),
    "torch.func.grad": (
        lambda x, y: sum(
            g**2 for g in torch.func.grad(lambda a, b: (a**4 + a * b + b**2).sum(), (0, 1))(x, y)
        ),
        newton_values,
    ),
    "a compiled function": (torch.hypot, torch.hypot),
}


@pytest.mark.parametrize("kind", RUN)
def test_run_equals_a_plain_loop_and_can_be_drawn(kind):
    function, formula = RUN[kind]
    if formula is None:
        formula = function
    if "grad" in kind:  # the same polynomial, with another order of rounding
        t = og.run("sgd", (function, BOX), steps=10, lr=0.005)
        np.testing.assert_allclose(
            t.points, plain_path(formula, t.points[0], lr=0.005), rtol=1e-12, atol=1e-12
        )
        x, y, z = t.test_fn.grid(7)
        np.testing.assert_allclose(z, formula(x, y), rtol=1e-12, atol=1e-12)
        return
    is_run_and_drawn((function, BOX), formula)


@pytest.mark.parametrize(
    "setting", [torch.no_grad, torch.inference_mode], ids=["no_grad", "inference"]
)
def test_derivatives_inside_a_function_work_where_gradients_are_off(setting):
    fn = as_test_function((newton, BOX))
    expected = og.run("sgd", fn, steps=5, lr=0.005).points
    x = torch.tensor([0.5, 1.0], dtype=torch.float64)
    with setting():
        again = as_test_function((newton, BOX))
        np.testing.assert_array_equal(again.grid(9)[2], fn.grid(9)[2])
        assert again(0.5, 1.0) == newton_values(0.5, 1.0)
        found = again(x, 1.0)
        assert not found.requires_grad
        np.testing.assert_array_equal(og.run("sgd", again, steps=5, lr=0.005).points, expected)
    torch.testing.assert_close(found, newton_values(x, 1.0), rtol=1e-14, atol=0)
    torch.testing.assert_close(
        again(x, 1.0), found, rtol=0, atol=0
    )  # gradients enabled, x is not a leaf
    x.requires_grad_()
    (slope,) = torch.autograd.grad(again(x, 1.0).sum(), x)
    (expected,) = torch.autograd.grad(newton_values(x, 1.0).sum(), x)
    torch.testing.assert_close(slope, expected, rtol=1e-14, atol=0)


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
def test_data_in_single_precision_run_and_are_drawn_in_it(kind):
    formula = FLOAT32[kind]
    fn = is_run_and_drawn((formula, BOX), formula, torch.float32)
    assert fn.dtype == torch.float32
    assert fn(0.5, 0.25) == formula(*torch.tensor([0.5, 0.25])).item()
    assert type(fn(0.5, 0.25)) is float


def test_a_picture_and_a_wrapper_need_no_dtype():
    fn = rotated((FLOAT32["a form"], BOX), 90)
    assert fn.dtype == torch.float32
    assert og.run("sgd", fn, lr=0.05, steps=5, dtype=torch.float32).status == "completed"
    assert as_test_function((FLOAT32["a form"], BOX), dtype=None).dtype == torch.float32
    assert og.functions.logged(noisy((FLOAT32["a form"], BOX), 0.1)).dtype == torch.float32


def test_function_that_works_in_double_precision_is_drawn_in_it():
    fn = as_test_function((bowl, BOX), torch.float32)
    assert fn.dtype == torch.float64
    assert fn(0.1, 0.2) == 0.1**2 + 3 * 0.2**2


def test_only_the_domain_is_drawn():
    def beta(x, y):
        one, other = torch.distributions.Beta(2.0, 3.0), torch.distributions.Beta(4.0, 2.0)
        return -one.log_prob(x) - other.log_prob(y)

    box = {"x0": 0.3, "y0": 0.4, "xmin": -1, "xmax": 2, "ymin": -1, "ymax": 2}
    fn = as_test_function((beta, box))
    x, y, z = fn.grid(62)
    inside = (x > 0) & (x < 1) & (y > 0) & (y < 1)
    np.testing.assert_array_equal(np.isfinite(z), inside)
    np.testing.assert_allclose(z[inside], fn(x[inside], y[inside]), rtol=1e-12)
    drawn = surface(fn, 62)
    assert (drawn.tone[~inside] == 1).all()
    with pytest.raises(ValueError, match="within the support"):
        fn(-0.5, 0.5)


def ravine(k):
    def f(x, y):
        return x**2 + k * y**2

    return f


def sheared(x, y, k):
    return (x + k * y) ** 2 + y**2


@dataclasses.dataclass(frozen=True)
class Valley:
    k: float

    def __call__(self, x, y):
        return x**2 + self.k * y**2


FAMILIES = {
    "closures": ([ravine(k) for k in (1, 10, 0.1)], "ravine(k=10)", "ravine_k_10"),
    "partials": (
        [functools.partial(sheared, k=k) for k in (1, 10, 0.1)],
        "sheared(k=10)",
        "sheared_k_10",
    ),
    "callable objects": ([Valley(k) for k in (1.0, 10.0, 0.1)], "Valley(k=10)", "Valley_k_10"),
    "defaults": (
        [lambda x, y, k=k: x**2 + k * y**2 for k in (1, 10, 0.1)],
        "<module>(k=10)",
        None,
    ),
}


@pytest.mark.parametrize("kind", ["closures", "partials", "callable objects"])
def test_members_of_a_family_have_names_and_are_swept_together(kind, tmp_path):
    members, title, name = FAMILIES[kind]
    swept = og.sweep("sgd", [(f, BOX) for f in members], [0.01], steps=5, store=tmp_path / "store")
    assert len(swept) == len(swept.functions) == 3
    assert [fn.title for fn in swept.functions][1] == title
    assert [fn.name for fn in swept.functions][1] == name
    assert len(str(swept).splitlines()) == 4
    runs = [og.run("sgd", (f, BOX), lr=0.01, steps=5) for f in members]
    assert len({t.title for t in runs}) == 3
    for t in runs:
        np.testing.assert_array_equal(swept["sgd", t.test_fn.name, 0.01].points, t.points)


def test_lambdas_are_distinguished_by_their_defaults():
    names = {as_test_function((f, BOX)).name for f in FAMILIES["defaults"][0]}
    assert len(names) == 3


def test_name_and_title_may_be_given_in_the_domain():
    named = {**BOX, "name": "ridge", "title": "A ridge"}
    fn = as_test_function((lambda x, y: x**2 + y**2, named))
    assert (fn.name, fn.title) == ("ridge", "A ridge")
    assert as_test_function((bowl, {**BOX, "name": "ridge"})).title == "ridge"
    code = og.run("sgd", (bowl, named), lr=0.1, steps=3).code()
    assert "'name': 'ridge', 'title': 'A ridge'" in code


def test_two_functions_with_equal_names_are_rejected_with_advice():
    lambdas = [(lambda x, y: x**2 + y**2, BOX), (lambda x, y: torch.hypot(x, 2 * y), BOX)]
    with pytest.raises(
        ValueError, match="functions must be distinct, got 'lambda' more than once"
    ) as e:
        og.sweep("sgd", lambdas, [0.1], steps=3)
    assert '{"x0": ..., "name": "..."}' in str(e.value)
    named = [(f, {**domain, "name": n}) for (f, domain), n in zip(lambdas, "ab", strict=True)]
    assert [fn.name for fn in og.sweep("sgd", named, [0.1], steps=3).functions] == ["a", "b"]


def test_rows_with_equal_titles_show_their_names(tmp_path):
    named = [(bowl, {**BOX, "name": n, "title": "Bowl"}) for n in ("mine", "yours")]
    table = str(og.sweep("sgd", named, [0.1], steps=3, store=tmp_path / "store")).splitlines()
    assert [line.split("  ")[0] for line in table[1:]] == ["Bowl (mine)", "Bowl (yours)"]


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a\\b", "..", " a", "a\n"])
def test_name_that_cannot_be_part_of_a_path_is_rejected(name):
    with pytest.raises(ValueError, match="the name of a test function must not"):
        og.run("sgd", (bowl, {**BOX, "name": name}), lr=0.1)
    with pytest.raises(ValueError, match="the name of a test function must not"):
        dataclasses.replace(og.FUNCTIONS["beale"], name=name)


@pytest.mark.parametrize("wrap", [logged, lambda f: shifted(f, 1, 2), lambda f: scaled(f, x=2)])
def test_wrappers_take_functions_of_every_form(wrap):
    shifted_up = wrap((lambda p: (p**2).sum() + 1, BOX))
    plain = wrap((lambda x, y: x**2 + y**2 + 1, BOX))
    assert shifted_up(0.5, 1.5) == plain(0.5, 1.5)
    np.testing.assert_allclose(shifted_up.grid(11)[2], plain.grid(11)[2], rtol=1e-14)


def test_a_function_that_was_adapted_survives_pickling_and_is_not_adapted_again():
    fn = as_test_function((sum_of_squares, BOX))
    copy = pickle.loads(pickle.dumps(fn))
    assert copy == fn
    assert copy(1, 2) == 5.0
    assert as_test_function(fn) is fn
    code = og.run("sgd", fn, lr=0.1, steps=3).code()
    assert re.search(r"og\.run\(\"sgd\", \(sum_of_squares, ", code)


def sum_of_squares(p):
    return (p**2).sum()


def test_caller_s_warnings_and_settings_are_restored():
    threads = torch.get_num_threads()
    as_test_function((line, BOX)).grid(30)
    assert torch.get_num_threads() == threads
    assert torch.is_grad_enabled()
