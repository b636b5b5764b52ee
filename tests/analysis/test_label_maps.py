"""Entropies and exponents of maps, against independent implementations."""

from collections import Counter
from math import log

import numpy as np
import pytest

from optgallery.analysis.label_maps import (
    basin_entropy,
    boundary_entropy,
    box_entropies,
    uncertain_share,
    uncertainty_exponent,
)


@pytest.fixture(scope="module")
def labels():
    rng = np.random.default_rng(0)
    coarse = rng.integers(-2, 4, (13, 11))
    whole = np.kron(coarse, np.ones((7, 8), int))[:90, :83]
    noise = rng.random(whole.shape) < 0.05
    return np.where(noise, rng.integers(0, 9, whole.shape), whole)


def naive_entropies(labels, side):
    """Count labels box by box."""
    found = []
    for top in range(0, labels.shape[0] - side + 1, side):
        for left in range(0, labels.shape[1] - side + 1, side):
            counts = Counter(labels[top : top + side, left : left + side].ravel().tolist())
            shares = [n / side**2 for n in counts.values()]
            found.append((len(counts), -sum(p * log(p) for p in shares)))
    return found


@pytest.mark.parametrize("side", [2, 5, 8])
def test_entropies_equal_those_of_a_loop_over_boxes(labels, side):
    naive = naive_entropies(labels, side)
    assert box_entropies(labels, side).ravel() == pytest.approx([s for _, s in naive], abs=1e-12)
    assert basin_entropy(labels, side) == pytest.approx(np.mean([s for _, s in naive]), abs=1e-12)
    mixed = [s for colors, s in naive if colors > 1]
    assert boundary_entropy(labels, side) == pytest.approx(np.mean(mixed), abs=1e-12)


def test_uncertain_starts_are_those_with_another_label_nearby(labels):
    rows, columns = labels.shape
    for e in (1, 3):
        flags = [
            any(
                labels[i, j] != labels[i + di, j + dj]
                for di, dj in ((e, 0), (-e, 0), (0, e), (0, -e))
            )
            for i in range(e, rows - e)
            for j in range(e, columns - e)
        ]
        assert uncertain_share(labels, e) == pytest.approx(np.mean(flags), abs=1e-12)


def circle(n, a=0.3, b=-0.1, radius=0.6):
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    return (np.hypot(x - a, y - b) < radius).astype(int)


def mean_entropy_of_lines(steps=400):
    """Return the mean entropy of a unit square cut by straight lines of all directions."""
    entropy = width = 0.0
    for angle in (np.arange(steps) + 0.5) * np.pi / 2 / steps:
        a, b = np.cos(angle), np.sin(angle)
        d = (np.arange(2000) + 0.5) / 2000 * (a + b)
        corners = [np.maximum(d - k, 0) ** 2 for k in (0, a, b, a + b)]
        p = (corners[0] - corners[1] - corners[2] + corners[3]) / (2 * a * b)
        entropy -= (p * np.log(p) + (1 - p) * np.log(1 - p)).mean() * (a + b)
        width += a + b
    return entropy / width


def test_a_smooth_boundary_has_the_entropy_of_straight_lines():
    assert mean_entropy_of_lines() == pytest.approx(0.400, abs=5e-4)
    rng = np.random.default_rng(0)
    found = [
        boundary_entropy(circle(1500, *rng.uniform(-0.3, 0.3, 2), rng.uniform(0.4, 0.69)), 50)
        for _ in range(40)
    ]
    assert np.mean(found) == pytest.approx(0.400, abs=0.015)


def test_a_smooth_boundary_has_the_exponent_one():
    assert uncertainty_exponent(circle(2000)) == pytest.approx(1, abs=0.06)


def newton(n):
    """Return the basins of Newton's iteration for z^3 = 1, whose boundary is fractal."""
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, n), np.linspace(-1.5, 1.5, n))
    z = x + 1j * y
    roots = np.exp(2j * np.pi * np.arange(3) / 3)
    for _ in range(60):
        z = z - (z**3 - 1) / (3 * z**2 + 1e-30)
    return np.abs(z[..., None] - roots).argmin(-1)


def test_the_basins_of_newtons_iteration_have_a_fractal_boundary():
    found = newton(1000)
    assert 0.3 < uncertainty_exponent(found) < 0.85
    assert boundary_entropy(found, 5) > boundary_entropy(circle(1000), 5)


def test_a_map_of_one_label_has_no_boundary():
    one = np.zeros((20, 20), int)
    assert basin_entropy(one) == 0
    assert np.isnan(boundary_entropy(one))
    assert np.isnan(uncertainty_exponent(one))


@pytest.mark.parametrize("side", [1, 21, 2.5])
def test_a_side_that_does_not_fit_is_rejected(side):
    with pytest.raises(ValueError, match="side must be a whole number from 2 to 20"):
        box_entropies(np.zeros((20, 30), int), side)
