"""Entries that coincide on two coordinates: measured, and compared with their fields."""

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest

import optgallery as og
from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS
from optgallery.runs.batched import run_grid
from optgallery.sweeps.sweep import grid_functions

STEPS = 60
TOLERANCE = 1e-9  # relative to the distance from the start


def same(one, other):
    """Whether two runs visit the same points up to rounding."""
    if len(one) != len(other):
        return False
    travelled = np.abs(one.points - one.points[0]).max()
    return bool(np.abs(one.points - other.points).max() <= TOLERANCE * travelled)


@cache
def runs(spec, fn):
    return run_grid([spec], [fn], LEARNING_RATES, steps=STEPS)


@cache
def amplifies_rounding_errors(spec, fn, lr):
    """Whether changing the start by one unit in the last place changes the path: chaos."""
    x, y = fn.start
    shifted = replace(fn, start=(float(np.nextafter(x, np.inf)), y))
    original, changed = (og.run(spec, start, steps=STEPS, lr=lr) for start in (fn, shifted))
    return not same(original, changed)


def coincide(spec, other, fn):
    """Whether two entries take the same path on a function at every rate without chaos."""
    ours, theirs = runs(spec, fn), runs(other, fn)
    return all(
        same(one, other) or amplifies_rounding_errors(spec, fn, one.lr)
        for one, other in zip(ours.values(), theirs.values(), strict=True)
    )


def coincide_everywhere(spec, other):
    return all(coincide(spec, other, fn) for fn in grid_functions())


@pytest.fixture(scope="module")
def candidates():
    """Pairs that no short run distinguishes; no other pair can coincide everywhere.

    Those without a learning rate coincide with none at every rate.
    """
    short = {
        name: og.run(spec, "beale", steps=12, lr=0.01)
        for name, spec in OPTIMIZERS.items()
        if spec.own_axis is None
    }
    return [(a, b) for a, b in combinations(short, 2) if same(short[a], short[b])]


def test_entries_coincide_exactly_where_the_later_one_says_so(candidates):
    found = {(a, b) for a, b in candidates if coincide_everywhere(OPTIMIZERS[a], OPTIMIZERS[b])}
    said = {(a, b) for b, spec in OPTIMIZERS.items() for a in spec.coincides_with}
    assert said == found, "name the earlier entry in the later one's coincides_with"


def test_related_optimizers_coincide_on_some_paths_only(candidates):
    # until SWATS switches, and until Lion's two averages differ in sign
    for pair in (("adam", "swats"), ("lion", "signum")):
        assert pair in candidates
        assert not coincide_everywhere(*map(OPTIMIZERS.get, pair))
    assert coincide(OPTIMIZERS["adam"], OPTIMIZERS["swats"], FUNCTIONS["zakharov"])


def test_a_special_case_of_an_optimizer_is_found_to_coincide_with_it():
    contained = replace(OPTIMIZERS["qhadam"], defaults={"nus": (1.0, 1.0), "betas": (0.9, 0.999)})
    for function in ("rosenbrock", "beale", "schwefel", "levi_n13", "flower"):
        assert coincide(OPTIMIZERS["adam"], contained, FUNCTIONS[function])
    assert not coincide(OPTIMIZERS["adam"], OPTIMIZERS["qhadam"], FUNCTIONS["sphere"])


@pytest.mark.parametrize("spec", OPTIMIZERS.values(), ids=lambda spec: spec.name)
def test_evaluations_per_step_are_as_declared(spec):
    settings = spec.at(spec.values([0.01])[0])
    functions = ("sphere", "rosenbrock", "flower")[: 2 if spec.name == "heavy_ball" else 3]
    seen = {
        int(n)
        for function in functions
        for n in np.diff(og.run(spec, function, steps=20, hparams=settings).evaluations)
    }
    if spec.evaluations_per_step is None:
        assert len(seen) > 1
    else:
        assert seen == {spec.evaluations_per_step}
