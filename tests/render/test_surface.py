"""Tones: each function on its own colour scale, always finite."""

import dataclasses

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.render.surface import surface

ALL = list(og.FUNCTIONS.values())


def make(formula, **fields):
    return og.TestFunction(
        name="f", title="F", formula=formula, domain=(-1, 1, -1, 1), start=(0, 0), **fields
    )


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.name)
@pytest.mark.parametrize("n", [7, 101, (40, 30)], ids=str)
def test_tones_range_from_0_to_1(fn, n):
    drawn = surface(fn, n)
    assert drawn.x.shape == drawn.y.shape == drawn.z.shape == drawn.tone.shape
    assert np.isfinite(drawn.tone).all()
    assert drawn.tone.min() == 0
    assert drawn.tone.max() == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.name)
def test_tones_increase_with_the_values(fn):
    drawn = surface(fn, 60)
    order = np.argsort(drawn.z.ravel())
    assert (np.diff(drawn.tone.ravel()[order]) >= 0).all()


@pytest.mark.parametrize("fn", [fn for fn in ALL if fn.variant_of is None], ids=lambda fn: fn.name)
def test_no_colour_dominates_a_surface(fn):
    # at least 24 of 32 colours appear, and none covers more than a third of the domain, unless the
    # function has a plateau
    counts = np.bincount((surface(fn, 200).tone * 32).astype(int).clip(0, 31).ravel(), minlength=32)
    assert (counts > 0).sum() >= 24
    assert counts.max() <= counts.sum() / 3 or "plateau" in fn.tags


def test_a_linear_tone_is_the_height_over_its_range():
    drawn = surface(make(lambda x, y: 3 * x + y), 21)
    np.testing.assert_allclose(drawn.tone, (drawn.z + 4) / 8, atol=1e-15)


def test_a_logarithmic_tone_starts_at_the_height_of_the_lowest_hundredth():
    drawn = surface(make(lambda x, _: torch.exp(5 * x), scale="log", minimum=0.0), 101)
    q = np.quantile(drawn.z, 0.01)
    expected = np.log(drawn.z + q)
    expected = (expected - expected.min()) / np.ptp(expected)
    np.testing.assert_allclose(drawn.tone, expected, atol=1e-14)


def test_the_scale_depends_little_on_the_grid():
    for name in ("beale", "rosenbrock", "goldstein_price", "himmelblau"):
        fine, coarse = (surface(og.FUNCTIONS[name], n).tone for n in (401, 101))
        assert np.abs(fine[::4, ::4] - coarse).max() < 0.05


def test_a_plateau_at_the_minimum_is_still_drawn_logarithmically():
    drawn = surface(make(lambda x, _: torch.relu(x - 0.5) ** 4, scale="log", minimum=0.0), 101)
    assert drawn.tone[0, 0] == 0
    assert drawn.tone[0, -1] == 1
    assert 0.5 < drawn.tone[0, 88] < 1


def test_a_constant_function_has_one_tone():
    for scale in ("linear", "log"):
        tone = surface(make(lambda x, _: 0 * x + 7, scale=scale), 5).tone
        assert (tone == 0).all()


def test_nan_gets_the_highest_tone_and_minus_infinity_the_lowest():
    def holed(x, y):
        return torch.where(x < -0.5, torch.nan, torch.where(x > 0.5, -torch.inf, y))

    drawn = surface(make(holed), 5)
    assert (drawn.tone[:, 0] == 1).all()
    assert (drawn.tone[:, -1] == 0).all()
    np.testing.assert_array_equal(drawn.tone[:, 2], [0, 0.25, 0.5, 0.75, 1])


def test_a_function_without_a_finite_value_cannot_be_drawn():
    nowhere = make(lambda x, _: x * torch.nan)
    message = r"^f has no finite value on its domain: nothing can be drawn$"
    with pytest.raises(ValueError, match=message):
        surface(nowhere)


def test_a_function_is_drawn_on_its_own_domain():
    fn = dataclasses.replace(og.FUNCTIONS["sphere"], domain=(-1, 3, 2, 4), start=(0, 3))
    drawn = surface(fn, (5, 3))
    np.testing.assert_array_equal(drawn.x[0], [-1, 0, 1, 2, 3])
    np.testing.assert_array_equal(drawn.y[:, 0], [2, 3, 4])
