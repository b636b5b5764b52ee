"""Roots and absolute values keep their published values where the gradient is undefined."""

import math

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions.roots import sqrt_flat_at_zero


def value_and_gradients(fn, x, y):
    p = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = fn.formula(*p)
    (first,) = torch.autograd.grad(value, p, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), p)
    return value.item(), first.tolist(), second.tolist()


def test_ackley_is_exactly_zero_at_its_minimum_with_a_zero_gradient():
    value, first, second = value_and_gradients(og.FUNCTIONS["ackley"], 0.0, 0.0)
    assert value == 0.0
    assert first == [0.0, 0.0]
    assert all(map(math.isfinite, second))


def test_ackley_s_slope_does_not_fade_towards_its_minimum():
    # f rises like 4 / sqrt(2) r: 20 * 0.2 times the root of a half
    _, (dx, dy), _ = value_and_gradients(og.FUNCTIONS["ackley"], 3e-7, 4e-7)
    assert math.hypot(dx, dy) == pytest.approx(4 / math.sqrt(2), rel=1e-4)


@pytest.mark.parametrize("x", [-14.0, -10.0, -5.0])
def test_gradient_on_bukin_s_crease_has_only_the_component_along_it(x):
    value, first, second = value_and_gradients(og.FUNCTIONS["bukin_n6"], x, x**2 / 100)
    assert value == pytest.approx(abs(x + 10) / 100, abs=1e-15)
    assert first == [math.copysign(0.01, x + 10) if x != -10 else 0.0, 0.0]
    assert second == [0.0, 0.0]


def test_bukin_grows_infinitely_steep_towards_its_crease():
    slopes = [value_and_gradients(og.FUNCTIONS["bukin_n6"], -10, 1 + h)[1][1] for h in (1e-4, 1e-8)]
    assert slopes == pytest.approx([50 / 1e-2, 50 / 1e-4], rel=1e-6)


def test_run_at_the_flower_s_centre_ends_with_an_undefined_gradient():
    t = og.run("sgd", "flower", start=(0, 0), lr=0.1)
    assert t.values[0] == 0.0
    assert t.status == "diverged"
    assert t.stopped_at == 0
    assert t.reason == "the gradient is undefined at (0, 0)"


def test_flower_has_no_stationary_point():
    # |grad f|^2 = 1 + 16 cos^2(4 t) / r^2
    flower = og.FUNCTIONS["flower"]
    for x, y in [(0.3, -0.2), (-2.0, 1.5), (1.0, 0.0), (-1e-3, 1e-3)]:
        _, (dx, dy), _ = value_and_gradients(flower, x, y)
        r, t = math.hypot(x, y), math.atan2(y, x)
        assert dx**2 + dy**2 == pytest.approx(1 + 16 * math.cos(4 * t) ** 2 / r**2, rel=1e-9)


def test_flower_s_infimum_is_approached_along_the_petals():
    petal = math.radians(67.5)
    for r in (1e-3, 1e-6, 1e-9):
        value = og.FUNCTIONS["flower"](r * math.cos(petal), r * math.sin(petal))
        assert value == pytest.approx(-1 + r, abs=1e-15)


@pytest.mark.parametrize("name", ["drop_wave", "salomon"])
def test_rings_round_a_point_are_flat_there(name):
    fn = og.FUNCTIONS[name]
    value, first, second = value_and_gradients(fn, 0.0, 0.0)
    assert value == fn.minimum
    assert first == [0.0, 0.0]
    assert all(map(math.isfinite, second))


def test_salomon_s_slope_does_not_fade_towards_its_minimum():
    _, (dx, dy), _ = value_and_gradients(og.FUNCTIONS["salomon"], 3e-7, 4e-7)
    assert math.hypot(dx, dy) == pytest.approx(0.1, rel=1e-3)


def test_schwefel_is_level_where_its_coordinates_vanish():
    value, first, second = value_and_gradients(og.FUNCTIONS["schwefel"], 0.0, 0.0)
    assert value == 837.9658
    assert first == [0.0, 0.0]
    assert all(map(math.isfinite, second))


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("holder_table", (0.0, 0.0)),
        ("holder_table", (0.0, 3.0)),
        ("cross_in_tray", (0.0, 0.0)),
        ("cross_in_tray", (0.0, 3.0)),
        ("eggholder", (447.0, 400.0)),  # x = y + 47
        ("abs_ravine", (0.0, 0.0)),
        ("nesterov_chebyshev", (0.5, -0.5)),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_gradient_on_a_crease_is_finite(name, point, dtype):
    p = torch.tensor(point, dtype=dtype, requires_grad=True)
    value = og.FUNCTIONS[name].formula(*p)
    (first,) = torch.autograd.grad(value, p)
    assert torch.isfinite(value)
    assert torch.isfinite(first).all()


def test_cross_in_tray_does_not_overflow_in_single_precision():
    p = torch.tensor([1.5, 1.0], dtype=torch.float32)  # e^99 would
    fn = og.FUNCTIONS["cross_in_tray"]
    assert fn(*p).item() == pytest.approx(fn(1.5, 1.0), rel=1e-6)


def test_published_minimum_of_eggholder_holds_only_in_its_domain():
    fn = og.FUNCTIONS["eggholder"]
    x, y = np.meshgrid(np.linspace(-512, 512, 1025), np.linspace(-512, 512, 1025))
    edge = fn(512.0, 404.2318058008512)
    assert edge == pytest.approx(-959.6406627208507, abs=1e-9)
    assert fn(x, y).min() >= edge
    assert fn.minimum < edge
    assert fn.minima[0][0] > 512


def test_the_root_has_a_zero_derivative_at_zero_and_its_own_elsewhere():
    s = torch.tensor([0.0, 4.0, 1e-300], dtype=torch.float64, requires_grad=True)
    root = sqrt_flat_at_zero(s)
    assert root.tolist() == [0.0, 2.0, 1e-150]
    (first,) = torch.autograd.grad(root.sum(), s, create_graph=True)
    assert first.tolist() == pytest.approx([0.0, 0.25, 5e149])


def test_the_root_of_a_negative_number_is_not_a_number():
    assert sqrt_flat_at_zero(torch.tensor(-1.0)).isnan()
