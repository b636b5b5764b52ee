"""Rotated, scaled and shifted functions, and their descriptions."""

import itertools
import math
import pickle
import re

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions import logged, noisy, rotated, scaled, shifted

SMOOTH = [
    name
    for name, fn in og.FUNCTIONS.items()
    if fn.variant_of is None and "nonsmooth" not in fn.tags and not fn.lower_outside
]
TRANSFORMS = {
    "rotated": lambda fn: rotated(fn, 30),
    "a quarter": lambda fn: rotated(fn, -90),
    "scaled": lambda fn: scaled(fn, x=2, y=0.5, value=3),
    "shifted": lambda fn: shifted(fn, 1.25, -0.75),
}
every = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)


@every
@pytest.mark.parametrize("name", SMOOTH)
def test_minima_start_and_checks_are_transformed(transform, name):
    f, g = og.FUNCTIONS[name], transform(name)
    factor = g.minimum / f.minimum if f.minimum else 1
    size = max(1, abs(g.minimum))
    assert len(g.minima) == len(f.minima)
    xmin, xmax, ymin, ymax = g.domain
    for x, y in (*g.minima, g.start):
        assert xmin <= x <= xmax
        assert ymin <= y <= ymax
    for minimum in g.minima:
        assert g(*minimum) == pytest.approx(g.minimum, abs=1e-11 * size)
    if f.minimum:
        assert g(*g.start) == pytest.approx(factor * f(*f.start), rel=1e-9)
    for x, y, value in g.checks:
        assert g(x, y) == pytest.approx(value, rel=1e-9, abs=1e-9)


@every
@pytest.mark.parametrize("name", ["beale", "himmelblau", "ackley", "shubert"])
def test_nothing_in_the_new_domain_lies_below_the_minimum(transform, name):
    g = transform(name)
    assert g.grid(401)[2].min() >= g.minimum - 1e-12 * max(1, abs(g.minimum))


def test_value_is_that_of_the_point_rotated_back():
    f, g = og.FUNCTIONS["rosenbrock"], rotated("rosenbrock", 90)
    # about the middle (0, 1) of its domain: (x, y) was at (y - 1, 1 - x)
    for x, y in [(0.0, 1.0), (0.3, -0.4), (-1.0, 2.5)]:
        assert g(x, y) == f(y - 1, 1 - x)
    assert g.minima == ((0.0, 2.0),)
    assert g.domain == f.domain == (-2, 2, -1, 3)


def test_rotated_domain_is_the_bounding_rectangle():
    half = 5 * math.sqrt(2)
    assert rotated("sphere", 45).domain == pytest.approx((-half, half, -half, half))


def test_full_rotation_changes_nothing_and_rotations_add_up():
    f = og.FUNCTIONS["booth"]
    once, twice = rotated(f, 360), rotated(rotated(f, 30), 60)
    assert (once.domain, once.start, once.minima) == (f.domain, f.start, f.minima)
    assert twice(2, 5) == pytest.approx(rotated(f, 90)(2, 5))


def test_scaling_the_axes_and_the_value():
    g = scaled("sphere", x=10, value=3)
    assert g.domain == (-50, 50, -5, 5)
    assert g.start == (-40, 2.5)
    assert g(20, 1) == 3 * (4 + 1)
    assert scaled("goldstein_price", value=2).minimum == 6


def test_shifting():
    g = shifted("booth", 2, -1)
    assert g.minima == ((3.0, 2.0),)
    assert g.domain == (-8, 12, -11, 9)
    assert g(2, -1) == 74


def test_gradient_descent_is_rotation_invariant_and_adam_is_not():
    turn = rotated("rosenbrock", 30)
    back = {}
    for name in ("sgd", "adam"):
        straight = og.run(name, "rosenbrock", lr=0.001)
        turned = og.run(name, turn, lr=0.001)
        images = np.array([turn.formula.image(p) for p in straight.points.tolist()])
        back[name] = np.abs(images - turned.points).max()
    assert back["sgd"] < 1e-10
    assert back["adam"] > 0.01


def test_adam_is_invariant_to_scaling_values_and_sgd_is_not():
    steep = scaled("booth", value=1000)
    for name, same in (("adam", True), ("sgd", False)):
        one, other = (og.run(name, fn, lr=0.01, steps=50) for fn in ("booth", steep))
        assert np.allclose(one.points, other.points, atol=1e-6) == same


def test_rotating_a_function_with_lower_values_outside_makes_its_minimum_unknown():
    table = og.FUNCTIONS["holder_table"]
    turned, quarter = rotated(table, 45), rotated(table, 90)
    assert turned.minimum is None
    assert turned.minima == ()
    assert turned.grid(101)[2].min() < table.minimum
    assert quarter.minimum == table.minimum
    assert quarter.lower_outside


@every
def test_variant_has_name_and_title_and_can_be_pickled(transform):
    g = transform("beale")
    copy = pickle.loads(pickle.dumps(g))
    assert copy == g == transform("beale")
    assert hash(copy) == hash(g)
    assert g.variant_of == "beale"
    assert "Beale" in g.title
    assert g.name not in og.FUNCTIONS
    assert transform(g).variant_of == "beale"
    assert g.scale == "log"


def test_angles_have_names_of_their_own_and_can_be_swept_together():
    swept = og.sweep("adam", [rotated("beale", d) for d in (0, 22.5, 45)], [0.1], steps=3, jobs=1)
    assert [name for _, name, _ in swept] == [
        "rotated_beale_0",
        "rotated_beale_22.5",
        "rotated_beale_45",
    ]


def test_latex_shows_the_point_and_the_function():
    assert scaled("sphere", x=2, value=3).latex == (
        r"3\,g(u, v), \quad u = \frac{x}{2}, \quad v = \frac{y}{1}, \quad g(x, y) = x^2 + y^2"
    )
    assert shifted("sphere", 1, -2).latex.startswith(r"g(u, v), \quad u = (x - 1), \quad v = (y + ")
    assert r"u = x \cos 30^\circ + y \sin 30^\circ" in rotated("sphere", 30).latex
    twice = shifted(shifted("sphere", 1, 0), 0, 1).latex
    assert twice.startswith(r"h(p, q), \quad p = x, \quad q = (y - 1), \quad h(x, y) = g(u, v)")


@pytest.mark.parametrize(
    ("make", "call"),
    [
        (lambda: rotated("beale", 45), 'og.functions.rotated("beale", degrees=45)'),
        (lambda: scaled("beale", y=0.5), 'og.functions.scaled("beale", y=0.5)'),
        (
            lambda: logged(shifted("booth", 1, 2)),
            'og.functions.logged(og.functions.shifted("booth", dx=1, dy=2))',
        ),
    ],
)
def test_the_code_of_a_run_calls_the_wrapper(make, call):
    t = og.run("adamw", make(), steps=5, lr=0.1)
    namespace = {}
    line = next(line for line in t.code().splitlines() if line.startswith("trajectory"))
    assert line == f'trajectory = og.run("adamw", {call}, steps=5, lr=0.1)'
    exec(f"import optgallery as og\n{line}", namespace)
    np.testing.assert_array_equal(namespace["trajectory"].points, t.points)
    assert namespace["trajectory"].test_fn == t.test_fn


def test_a_pair_can_be_transformed_too():
    box = {"x0": 1, "y0": 2, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
    cone = rotated((torch.hypot, box), 90)
    assert cone.start == (-2, 1)
    assert cone.latex == ""
    code = og.run("adamw", cone, steps=1).code()
    assert "from torch import hypot" in code
    assert "og.functions.rotated((hypot, {'x0': 1.0" in code


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: rotated("beale", math.inf), "degrees must be a finite number, got inf"),
        (lambda: scaled("beale", x=0), "x must be a positive finite number, got 0"),
        (lambda: scaled("beale", value=-1), "value must be a positive finite number, got -1"),
        (lambda: scaled("beale", y=True), "y must be a positive finite number, got True"),
        (lambda: shifted("beale", 0, math.nan), "dy must be a finite number, got nan"),
        (lambda: rotated("beal", 1), "unknown test function 'beal'; did you mean 'beale'"),
    ],
)
def test_invalid_transformations_are_rejected(call, text):
    with pytest.raises((ValueError, KeyError), match=re.escape(text)):
        call()


def test_noise_is_transformed_with_its_function():
    fn = noisy("beale", 0.5, df=3)
    dx, dy = fn.gradient_noise(4)
    assert shifted(fn, 1, 2).gradient_noise(4) == (dx, dy)
    assert scaled(fn, value=100).gradient_noise(4) == (100 * dx, 100 * dy)
    assert scaled(fn, x=2, y=0.25).gradient_noise(4) == (dx / 2, 4 * dy)
    assert rotated(fn, 90).gradient_noise(4) == (-dy, dx)
    turned = rotated(fn, 30).gradient_noise(4)
    assert np.hypot(*turned) == pytest.approx(np.hypot(dx, dy), rel=1e-15)
    deep = scaled(rotated(scaled(fn, x=2), 90), value=3)
    assert deep.gradient_noise(4) == pytest.approx((-3 * dy, 3 * dx / 2), rel=1e-15)


@pytest.mark.parametrize(
    "transform",
    [
        lambda fn: scaled(fn, x=4, value=16),
        lambda fn: rotated(fn, 30),
        lambda fn: shifted(fn, 1, 2),
        lambda fn: scaled(rotated(fn, 30), value=4),
    ],
)
def test_the_noisy_gradient_is_that_of_the_transformed_function(transform):
    # the same noise, so the step of gradient descent is the transformed step of the original
    fn = noisy("rosenbrock", 5.0)
    exact, rough = (transform(f) for f in (og.FUNCTIONS["rosenbrock"], fn))
    steps = []
    for plain, with_noise in ((og.FUNCTIONS["rosenbrock"], fn), (exact, rough)):
        quiet, loud = (og.run("sgd", f, lr=1e-4, steps=1).points[1] for f in (plain, with_noise))
        steps.append((loud - quiet) / -1e-4)
    h = 1e-3
    original, transformed = steps
    noise_at = [rough.start[0], rough.start[1]]
    # f changes by noise . p; the transformed function by the transformed noise . image(p)
    tilted = transform(
        og.TestFunction(
            name="tilted",
            title="T",
            formula=lambda x, y: original[0] * x + original[1] * y,
            domain=fn.domain,
            start=fn.start,
        )
    )
    slopes = [
        (tilted(noise_at[0] + h * dx, noise_at[1] + h * dy) - tilted(*noise_at)) / h
        for dx, dy in ((1, 0), (0, 1))
    ]
    assert transformed == pytest.approx(slopes, rel=1e-6)


def test_variants_that_differ_in_the_seventh_digit_have_two_names_and_titles():
    pairs = [
        (rotated("bukin_n6", 12.3456789), rotated("bukin_n6", 12.3456781)),
        (shifted("sphere", 1000001, 0), shifted("sphere", 1000002, 0)),
        (scaled("sphere", x=1.0000001), scaled("sphere", x=1.0000002)),
        (scaled("sphere", value=1 + 1e-9), scaled("sphere", value=1 + 2e-9)),
    ]
    for one, other in pairs:
        assert one.name != other.name
        assert one.title != other.title
    assert rotated("beale", 45).name == "rotated_beale_45"
    assert shifted("beale", -0.0, 1) == shifted("beale", 0.0, 1)


def test_order_of_wrappers_is_part_of_name_and_title():
    wrappers = [
        lambda fn: rotated(fn, 30),
        lambda fn: scaled(fn, value=2),
        lambda fn: shifted(fn, 1, 2),
        logged,
        lambda fn: noisy(fn, 0.5),
    ]
    variants = [
        first(second(third("rosenbrock")))
        for first, second, third in itertools.permutations(wrappers, 3)
    ]
    assert len(variants) == 60
    assert len({fn.name for fn in variants}) == len({fn.title for fn in variants}) == 60


def test_descriptions_name_what_was_wrapped():
    fn = scaled(noisy("beale", 0.5), value=100)
    assert fn.description.startswith("Noisy Beale (scale 0.5) in other units")
    assert "its values times 100" in fn.description
