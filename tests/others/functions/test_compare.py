"""Functions of other packages against ours, and what is committed of that."""

import json
import sys

import numpy as np
import pytest

from optgallery.functions import FUNCTIONS
from others.functions import compare as comparison
from others.functions import packages as listing
from others.functions.callers import CALLERS, of_array
from others.functions.compare import (
    AGREES,
    RESULTS,
    SINGLE,
    at,
    compare_package,
    difference,
    random_points,
    result_of,
)
from others.functions.departures import DEPARTURES, DIFFERS, OTHER, Departure
from others.functions.packages import FunctionPackage, function_packages
from others.functions.record import RECORD, record_of
from others.record import dumps

TEXT = RECORD.read_text(encoding="utf-8")
COMMITTED = json.loads(TEXT)
PACKAGES = function_packages()
LISTED = {(ours, p.name, theirs) for p in PACKAGES.values() for ours, theirs in p.pairs()}


@pytest.fixture
def scipy(monkeypatch):
    """SciPy's function of Rosenbrock, as one of the packages."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(CALLERS, "scipy", of_array)

    def package(ours, **how):
        return FunctionPackage(
            name="scipy", version="1", module="scipy.optimize", functions={ours: "rosen"}, **how
        )

    return package


def test_a_function_with_the_published_values_agrees(scipy):
    (entry,) = compare_package(scipy("rosenbrock"))
    assert entry["result"] == "agrees"
    assert entry["difference"] < 1e-15
    assert (entry["function"], entry["package"], entry["theirs"]) == (
        *("rosenbrock", "scipy", "rosen"),
    )


def test_a_function_with_other_values_differs(scipy):
    (entry,) = compare_package(scipy("leon"))
    assert entry["result"] == "differs"
    assert entry["difference"] > 0.1
    assert "why" not in entry


def test_a_departure_explains_values_that_it_has_itself(scipy, monkeypatch):
    rosenbrock = FUNCTIONS["rosenbrock"].formula
    right = Departure(kind=DIFFERS, why="squares", formula=rosenbrock, source="Nobody (2020)")
    monkeypatch.setitem(comparison.DEPARTURES, ("scipy", "rosen"), right)
    (entry,) = compare_package(scipy("leon"))
    assert entry["result"] == DIFFERS
    assert (entry["why"], entry["source"]) == ("squares", "Nobody (2020)")
    wrong = Departure(kind=DIFFERS, why="squares", formula=lambda x, y: 2 * rosenbrock(x, y))
    monkeypatch.setitem(comparison.DEPARTURES, ("scipy", "rosen"), wrong)
    (entry,) = compare_package(scipy("leon"))
    assert entry["result"] == "differs"


def test_a_function_of_other_coordinates_is_not_called(scipy, monkeypatch):
    of_ten = Departure(kind=OTHER, why="takes ten coordinates")
    monkeypatch.setitem(comparison.DEPARTURES, ("scipy", "rosen"), of_ten)
    monkeypatch.setitem(CALLERS, "scipy", lambda module, name: pytest.fail("called"))
    (entry,) = compare_package(scipy("leon"))
    assert entry["result"] == OTHER
    assert "difference" not in entry


def test_points_are_those_that_both_take(scipy):
    (entry,) = compare_package(scipy("rosenbrock", within={"rosenbrock": (0, 1, -9, 9)}))
    assert entry["why"] == "takes points of its own box alone"
    x, y = random_points(FUNCTIONS["rosenbrock"], (0, 1, -9, 9)).T
    domain = FUNCTIONS["rosenbrock"].domain
    assert 0 <= x.min() < x.max() <= 1
    assert domain.ymin <= y.min() < y.max() <= domain.ymax


def test_the_difference_is_relative_to_the_largest_published_value():
    assert difference(np.array([1.0, -8.0]), np.array([2.0, -10.0])) == 0.2


def test_what_a_difference_means_depends_on_its_size():
    assert result_of(AGREES / 2) == "agrees"
    assert result_of(SINGLE / 2) == "agrees in single precision"
    assert result_of(SINGLE * 2) == "differs"
    assert result_of(float("nan")) == "differs"


def test_a_name_may_stand_in_a_module_within():
    module, name = listing._found(json, "decoder.JSONDecoder")
    assert (module, name) == (json.decoder, "JSONDecoder")
    assert listing._found(json, "loads") == (json, "loads")


def test_what_is_listed_is_of_ours_and_can_be_called():
    assert {ours for ours, _, _ in LISTED} <= set(FUNCTIONS)
    installed = {name for name, package in PACKAGES.items() if not package.left_out}
    assert set(CALLERS) == installed
    assert all(package.functions for name, package in PACKAGES.items() if name in installed)


def test_every_departure_is_that_of_a_listed_function_and_departs():
    ours_of = {(package, theirs): ours for ours, package, theirs in LISTED}
    assert set(DEPARTURES) <= set(ours_of)
    for key, departure in DEPARTURES.items():
        if departure.formula is not None:
            fn = FUNCTIONS[ours_of[key]]
            points = random_points(fn)
            apart = difference(at(departure.formula, points), at(fn.formula, points))
            assert apart > AGREES, key


def test_what_is_committed_is_written_as_a_run_writes_it():
    assert dumps(record_of(COMMITTED["pairs"])) == TEXT


def test_every_listed_function_is_committed_once():
    found = [(e["function"], e["package"], e["theirs"]) for e in COMMITTED["pairs"]]
    assert len(found) == len(set(found))
    assert set(found) == LISTED


def test_what_is_committed_is_known_to_agree_or_why_not():
    for entry in COMMITTED["pairs"]:
        result = entry["result"]
        assert result in RESULTS
        assert result not in ("differs", "not run")
        departure = DEPARTURES.get((entry["package"], entry["theirs"]))
        if result == "agrees":
            assert departure is None
            assert entry["difference"] < AGREES
        elif result == "agrees in single precision":
            assert departure is None
            assert AGREES <= entry["difference"] < SINGLE
        else:
            assert result == departure.kind
            assert entry["why"] == departure.why
            assert entry.get("difference", 1) >= AGREES


def test_ours_have_the_values_of_most_packages():
    for name in {entry["function"] for entry in COMMITTED["pairs"]}:
        results = [e["result"] for e in COMMITTED["pairs"] if e["function"] == name]
        agree = sum(result.startswith("agrees") for result in results)
        others = results.count(DIFFERS)
        assert agree > others or set(results) == {OTHER}
