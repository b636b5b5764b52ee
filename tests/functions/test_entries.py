"""Facts that hold for every entry of FUNCTIONS; a new one is covered as soon as it is added."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch
from latex_reader import evaluate
from numpy.lib.stride_tricks import sliding_window_view
from scipy.optimize import minimize

import optgallery as og

RAW = [fn for fn in og.FUNCTIONS.values() if fn.variant_of is None]
ALL = list(og.FUNCTIONS.values())
DTYPES = [torch.float32, torch.float64]


def every(functions):
    return pytest.mark.parametrize("fn", functions, ids=[fn.name for fn in functions])


def random_points(fn, n=50):
    rng = np.random.default_rng(7)
    xmin, xmax, ymin, ymax = fn.domain
    return rng.uniform(xmin, xmax, n), rng.uniform(ymin, ymax, n)


def gradient(fn, x, y):
    p = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(fn(p[0], p[1]), p)[0].tolist()


def test_torchopt_s_twelve_functions_and_the_flower_are_included():
    twelve = (
        "ackley beale booth bukin_n6 easom goldstein_price himmelblau levi_n13 matyas rastrigin "
        "rosenbrock sphere"
    )
    assert {*twelve.split(), "flower"} <= {fn.name for fn in RAW}


@every(ALL)
def test_an_entry_is_complete(fn):
    assert fn.title
    assert fn.description.endswith(".")
    assert fn.source
    assert fn.tags
    assert fn.minimum is not None
    assert fn.name.isidentifier()
    assert fn.name == fn.name.lower()


@every(ALL)
def test_start_is_in_the_domain_and_not_stationary(fn):
    xmin, xmax, ymin, ymax = fn.domain
    assert xmin < fn.start[0] < xmax
    assert ymin < fn.start[1] < ymax
    assert fn(*fn.start) > fn.minimum
    slope = math.hypot(*gradient(fn, *fn.start))
    assert math.isfinite(slope)
    assert slope > 1e-3


@every(ALL)
def test_published_values_off_the_minimum(fn):
    assert len(fn.checks) >= 3
    for x, y, value in fn.checks:
        assert value > fn.minimum
        assert fn(x, y) == pytest.approx(value, rel=1e-13, abs=1e-15)


@every([fn for fn in RAW if "polynomial" in fn.tags])
def test_check_values_of_polynomials_are_the_exact_ones(fn):
    for x, y, value in fn.checks:
        exact = evaluate(fn.latex, Fraction(str(x)), Fraction(str(y)))
        assert isinstance(exact, Fraction)
        assert float(exact) == value


@every(ALL)
def test_the_formula_that_is_shown_is_the_one_that_runs(fn):
    for x, y in zip(*random_points(fn), strict=True):
        assert fn(x, y) == pytest.approx(evaluate(fn.latex, x, y), rel=1e-11, abs=1e-11)


@every([fn for fn in RAW if fn.minima])
def test_value_at_every_minimum_is_the_global_minimum(fn):
    for minimum in fn.minima:
        assert fn(*minimum) == pytest.approx(fn.minimum, rel=1e-14, abs=1e-14)


@every([fn for fn in RAW if fn.minima])
def test_the_gradient_at_every_minimum_is_zero(fn):
    for minimum in fn.minima:
        assert gradient(fn, *minimum) == pytest.approx([0, 0], abs=1e-12)


@every(ALL)
def test_nothing_on_a_fine_grid_lies_below_the_minimum(fn):
    z = fn.grid(1201)[2]
    assert not np.isnan(z).any()
    assert z.min() >= fn.minimum - 1e-14 * max(1, abs(fn.minimum))


@every([fn for fn in RAW if fn.minima])
def test_global_minimum_is_attained_only_at_the_listed_minima(fn):
    x, y, z = fn.grid(401)
    inner = sliding_window_view(z, (3, 3))
    dents = np.argwhere(inner.min(axis=(2, 3)) == z[1:-1, 1:-1]) + 1
    lowest = sorted(map(tuple, dents), key=lambda dent: z[dent])[:24]
    listed = np.array(fn.minima)
    found = set()

    def value(
        p,
    ):  # calling the entry restores random generators, and takes five times as long
        with torch.no_grad():
            return float(fn.formula(*torch.from_numpy(p)))

    for dent in lowest:
        polished = minimize(
            value,
            (x[dent], y[dent]),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-14},
        )
        if fn(*polished.x) - fn.minimum < 1e-12:
            distance = np.hypot(*(listed - polished.x).T)
            assert distance.min() < 1e-5
            found.add(int(distance.argmin()))
    assert found == set(range(len(listed))) or "nonsmooth" in fn.tags  # descent may stop at a kink


@every(ALL)
def test_autograd_agrees_with_finite_differences(fn):
    h = 1e-4
    stencil = np.array([-2, -1, 1, 2]) * h
    weights = np.array([1, -8, 8, -1]) / (12 * h)
    for x, y in zip(*random_points(fn), strict=True):
        dx, dy = gradient(fn, x, y)
        tolerance = 1e-6 * (1 + math.hypot(dx, dy))
        assert weights @ fn(x + stencil, np.full(4, y)) == pytest.approx(dx, abs=tolerance)
        assert weights @ fn(np.full(4, x), y + stencil) == pytest.approx(dy, abs=tolerance)


@every(ALL)
@pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])
def test_shapes_broadcast_and_dtype_is_kept(fn, dtype):
    x, y = (torch.as_tensor(c, dtype=dtype) for c in random_points(fn, 3))
    single = torch.stack([fn(a, b) for a, b in zip(x, y, strict=True)])
    assert fn(x, y).shape == (3,)
    assert fn(x[:, None], y).shape == (3, 3)
    assert fn(x.reshape(1, 3, 1), y[0]).shape == (1, 3, 1)
    assert fn(x, y).dtype == dtype
    assert torch.equal(fn(x[:, None], y).diagonal(), fn(x, y))
    torch.testing.assert_close(fn(x, y), single)
    x.requires_grad_()
    assert torch.autograd.grad(fn(x, y).sum(), x)[0].dtype == dtype


@every(ALL)
def test_float32_is_close_to_float64(fn):
    x, y = random_points(fn)
    single = fn(*(torch.as_tensor(c, dtype=torch.float32) for c in (x, y)))
    # rounding coordinates by a relative 6e-8 changes the value by the slope times that
    slopes = np.array([math.hypot(*gradient(fn, *p)) for p in zip(x, y, strict=True)])
    exact = fn(x, y)
    reach = np.hypot(x, y).clip(10)
    tolerance = 1e-5 * (1 + np.abs(exact)) + 1e-6 * reach * slopes
    assert np.all(np.abs(single.numpy() - exact) <= tolerance)


@every(ALL)
def test_an_entry_equals_its_unpickled_copy(fn):
    copy = pickle.loads(pickle.dumps(fn))
    assert copy == fn
    assert copy(1.5, 2.5) == fn(1.5, 2.5)


@every(RAW)
def test_second_derivatives_are_finite_where_runs_begin_and_end(fn):
    for point in (fn.start, *fn.minima):
        p = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        (first,) = torch.autograd.grad(fn(*p), p, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), p)
        assert torch.isfinite(second).all()


def test_seven_learning_rates_on_beale_give_seven_outcomes():
    runs = og.sweep(["sgd", "adamw"], "beale", jobs=1)
    sgd = [runs["sgd", "beale", lr] for lr in og.LEARNING_RATES]
    adamw = [runs["adamw", "beale", lr] for lr in og.LEARNING_RATES]
    assert [t.status for t in sgd] == ["completed"] * 4 + ["diverged"] * 3
    assert sgd[3].solved
    assert [t.solved for t in adamw] == [False] * 4 + [True, True, False]
    for t in adamw:
        way = np.hypot(*np.diff(t.points, axis=0).T).sum()
        assert way > 0.1
    ends = np.array([t.points[-1] for t in adamw])
    apart = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1))
    assert apart[np.triu_indices(7, 1)].min() > 0.005
