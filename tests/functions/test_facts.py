from dataclasses import replace

import pytest
import torch

from optgallery import FUNCTIONS, TestFunction
from optgallery.functions import rotated, scaled, shifted
from optgallery.functions.facts import FACTS, UnknownFactError, fact


def curvatures(fn, start=None):
    start = start or fn.start
    return [fact(f"{which}_curvature", fn, start) for which in ("smallest", "largest")]


def test_the_minimum_is_the_declared_one():
    camel = FUNCTIONS["six_hump_camel"]
    assert fact("minimum", camel, camel.start) == camel.minimum


def test_the_curvatures_of_a_quadratic_are_the_eigenvalues_of_its_matrix():
    """Booth is (x + 2y - 7)^2 + (2x + y - 5)^2: its Hessian is [[10, 8], [8, 10]]."""
    assert curvatures(FUNCTIONS["booth"]) == pytest.approx([2, 18], rel=1e-12)


def test_the_minimum_point_nearest_to_the_start_counts():
    """Himmelblau's Hessian at (3, 2) is [[74, 20], [20, 34]]; at the other minima it is another."""
    himmelblau = FUNCTIONS["himmelblau"]
    root = (20**2 + 20**2) ** 0.5
    assert curvatures(himmelblau, (2.9, 1.9)) == pytest.approx([54 - root, 54 + root], rel=1e-9)
    assert curvatures(himmelblau, (-2.7, 3.0)) != pytest.approx([54 - root, 54 + root], rel=0.01)


def test_a_root_of_zero_in_the_formula_does_not_hide_the_curvature():
    """Drop-wave is -(1 + cos 12r) / (2 + r^2 / 2): -1 + 36.25 r^2 + O(r^4), so 72.5 twice."""
    assert curvatures(FUNCTIONS["drop_wave"]) == pytest.approx([72.5, 72.5], rel=1e-6)


@pytest.mark.parametrize("wrapped", [lambda f: rotated(f, 30), lambda f: shifted(f, 0.3, -0.2)])
def test_rotated_and_shifted_functions_keep_their_facts(wrapped):
    booth = FUNCTIONS["booth"]
    moved = wrapped(booth)
    assert fact("minimum", moved, moved.start) == booth.minimum
    assert curvatures(moved) == pytest.approx(curvatures(booth), rel=1e-9)


def test_a_scaled_function_has_scaled_curvatures():
    twice = scaled("booth", value=3.0)
    assert curvatures(twice) == pytest.approx([6, 54], rel=1e-9)


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("flower", "Flower declares no point at which it has its minimum"),
        ("ackley", r"Ackley has no continuous Hessian at its minimum \(0, 0\)"),
        ("salomon", r"Salomon has no continuous Hessian at its minimum \(0, 0\)"),
        ("bukin_n6", r"Bukin N. 6 has no continuous Hessian at its minimum \(-10, 1\)"),
        ("abs_ravine", "is not positive definite: its eigenvalues are 0 and 0"),
    ],
)
def test_a_function_without_curvature_says_what_is_lacking(name, lacking):
    fn = FUNCTIONS[name]
    with pytest.raises(UnknownFactError, match=lacking):
        fact("largest_curvature", fn, fn.start)


def test_a_flat_minimum_has_no_positive_definite_hessian():
    flat = TestFunction(
        name="flat", title="Flat", formula=lambda x, y: x**4 + y**2, domain=(-2, 2, -2, 2),
        start=(1.0, 1.0), minima=((0.0, 0.0),), minimum=0.0,
    )  # fmt: skip
    with pytest.raises(UnknownFactError, match=r"eigenvalues are .* and 2$"):
        fact("smallest_curvature", flat, flat.start)


def test_a_linear_function_has_a_hessian_of_zeros():
    slope = TestFunction(
        name="slope", title="Slope", formula=lambda x, y: x + y, domain=(0, 2, 0, 2),
        start=(1.0, 1.0), minima=((0.0, 0.0),), minimum=0.0,
    )  # fmt: skip
    with pytest.raises(UnknownFactError, match=r"eigenvalues are 0 and 0$"):
        fact("smallest_curvature", slope, slope.start)


@pytest.mark.parametrize("minimum", [None, float("-inf")])
def test_a_minimum_that_is_unknown_or_infinite_is_no_fact(minimum):
    fn = replace(FUNCTIONS["booth"], minimum=minimum)
    with pytest.raises(UnknownFactError, match=r"^Booth declares no minimum$"):
        fact("minimum", fn, fn.start)


def test_an_unknown_fact_is_refused_with_the_names_of_all_facts():
    booth = FUNCTIONS["booth"]
    with pytest.raises(ValueError, match=r"no fact is called 'maximum'; there are .*minimum"):
        fact("maximum", booth, booth.start)


def test_every_fact_is_computed_under_the_callers_settings():
    booth = FUNCTIONS["booth"]
    with torch.no_grad():
        found = [fact(name, booth, booth.start) for name in FACTS]
    assert found == [fact(name, booth, booth.start) for name in FACTS]
