"""The non-smooth functions: creases, kinks, and points without a gradient."""

import math

import numpy as np
import pytest
import torch
from derivatives import derivatives_at, entries_of, gradient, random_points

import optgallery as og
from optgallery import FUNCTIONS
from optgallery.functions import nonsmooth


@pytest.mark.parametrize("fn", entries_of(nonsmooth), ids=lambda fn: fn.name)
def test_an_entry_is_tagged_nonsmooth(fn):
    assert "nonsmooth" in fn.tags


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
def test_the_gradient_on_a_crease_is_finite(name, point, dtype):
    p = torch.tensor(point, dtype=dtype, requires_grad=True)
    value = FUNCTIONS[name].formula(*p)
    (first,) = torch.autograd.grad(value, p)
    assert torch.isfinite(value)
    assert torch.isfinite(first).all()


def test_the_slopes_of_the_absolute_ravine_are_constant():
    for x, y in random_points("abs_ravine"):
        assert gradient("abs_ravine", x, y).tolist() == [np.sign(x), 10 * np.sign(y)]


def test_the_crease_of_nesterov_chebyshev_is_a_parabola_with_a_decreasing_slope():
    x = np.linspace(-1.2, 1, 23)
    np.testing.assert_allclose(FUNCTIONS["nesterov_chebyshev"](x, 2 * x**2 - 1), (x - 1) ** 2 / 4)
    np.testing.assert_allclose(
        FUNCTIONS["nesterov_chebyshev"](x, 2 * x**2 - 1.5), (x - 1) ** 2 / 4 + 0.5
    )


@pytest.mark.parametrize("x", [-14.0, -10.0, -5.0])
def test_the_gradient_on_bukins_crease_has_only_the_component_along_it(x):
    value, first, second = derivatives_at("bukin_n6", x, x**2 / 100)
    assert value == pytest.approx(abs(x + 10) / 100, abs=1e-15)
    assert first == [math.copysign(0.01, x + 10) if x != -10 else 0.0, 0.0]
    assert second == [0.0, 0.0]


def test_bukin_becomes_infinitely_steep_towards_its_crease():
    slopes = [gradient("bukin_n6", -10.0, 1 + h)[1] for h in (1e-4, 1e-8)]
    assert slopes == pytest.approx([50 / 1e-2, 50 / 1e-4], rel=1e-6)


@pytest.mark.parametrize("name", ["holder_table", "cross_in_tray"])
def test_tables_are_even_in_each_coordinate_and_so_are_their_four_minima(name):
    fn = FUNCTIONS[name]
    x, y = random_points(name).T
    for a, b in ((-x, y), (x, -y), (-x, -y)):
        np.testing.assert_array_equal(fn(a, b), fn(x, y))
    assert len(fn.minima) == 4
    assert len({(abs(x), abs(y)) for x, y in fn.minima}) == 1


def test_cross_in_tray_does_not_overflow_in_single_precision():
    p = torch.tensor([1.5, 1.0], dtype=torch.float32)  # e^99 would
    fn = FUNCTIONS["cross_in_tray"]
    assert fn(*p).item() == pytest.approx(fn(1.5, 1.0), rel=1e-6)


def test_the_flower_is_the_same_after_a_quarter_of_a_rotation():
    x, y = random_points("flower").T
    np.testing.assert_allclose(FUNCTIONS["flower"](-y, x), FUNCTIONS["flower"](x, y), atol=1e-12)


def test_a_run_at_the_flowers_centre_ends_with_an_undefined_gradient():
    t = og.run("sgd", "flower", start=(0, 0), lr=0.1)
    assert t.values[0] == 0.0
    assert t.status == "diverged"
    assert t.stopped_at == 0
    assert t.reason == "the gradient is undefined at (0, 0)"


def test_the_flower_has_no_stationary_point():
    """|grad f|^2 = 1 + 16 cos^2(4 t) / r^2."""
    for x, y in [(0.3, -0.2), (-2.0, 1.5), (1.0, 0.0), (-1e-3, 1e-3)]:
        dx, dy = gradient("flower", x, y)
        r, t = math.hypot(x, y), math.atan2(y, x)
        assert dx**2 + dy**2 == pytest.approx(1 + 16 * math.cos(4 * t) ** 2 / r**2, rel=1e-9)


def test_the_flowers_infimum_is_approached_along_the_petals():
    petal = math.radians(67.5)
    for r in (1e-3, 1e-6, 1e-9):
        value = FUNCTIONS["flower"](r * math.cos(petal), r * math.sin(petal))
        assert value == pytest.approx(-1 + r, abs=1e-15)
