"""Every own optimizer takes the same steps as independent packages."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from references import (
    CASES,
    FUNCTION_NAMES,
    HAND_DERIVED,
    MODULES,
    TOLERANCE,
    Case,
    compare,
    measure,
)

from optgallery import OPTIMIZERS

RECORD = Path(__file__).parents[2] / "docs" / "catalogue" / "proofs.json"

OWN = [spec for spec in OPTIMIZERS.values() if spec.cls.__module__.startswith("optgallery.")]


DESCENTS = [(case, function) for case in CASES for function in case.functions]


@pytest.fixture(scope="module")
def compared(request):
    """The cases of all tests that were selected, run together."""
    callspecs = (getattr(item, "callspec", None) for item in request.session.items)
    found = (spec.params.get("case") for spec in callspecs if spec)
    return compare({str(case): case for case in found if isinstance(case, Case)}.values())


@pytest.mark.parametrize(("case", "function"), DESCENTS, ids=str)
def test_same_steps_down_a_function(case, function, compared):
    assert compared[str(case)].differences()[function] < TOLERANCE


CHAOTIC = [(case, function) for case in CASES for function in case.chaotic]


@pytest.mark.parametrize(("case", "function"), CHAOTIC, ids=str)
def test_function_is_excluded_only_if_rounding_errors_exceed_the_tolerance(case, function):
    assert case.growth[function] > TOLERANCE


@pytest.mark.parametrize("case", CASES, ids=str)
def test_same_steps_along_fixed_gradients(case):
    assert case.on_replay() < TOLERANCE


def test_every_own_optimizer_has_a_reference_on_every_function():
    compared = {spec.name for spec in OWN} - set(HAND_DERIVED)
    for function in FUNCTION_NAMES:
        assert {case.optimizer for case, name in DESCENTS if name == function} == compared


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_references_is_about_the_optimizer_it_is_named_after(name):
    assert name in {spec.name for spec in OWN}
    cases = getattr(MODULES[name], "CASES", ())
    assert {case.optimizer for case in cases} == ({name} if cases else set())
    assert cases or HAND_DERIVED[name]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_reference_is_an_installed_package_and_differing_settings_are_explained(case):
    assert version(case.package)
    assert case.settings == case.hparams or case.why


def test_a_record_names_package_version_and_largest_difference():
    case = next(case for case in CASES if not case.functions)
    entry = json.loads(json.dumps(measure([case])[0]))
    assert entry["version"] == version(entry["package"])
    assert entry["compared_on"] == ["replay"]
    assert 0 <= entry["largest_relative_difference"] < TOLERANCE


def test_the_record_in_the_documentation_is_of_these_cases_and_of_these_versions():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    described = ("optimizer", "setting", "package", "version", "compared_on", "note")
    assert [tuple(map(entry.get, described)) for entry in record["compared"]] == [
        (
            *(case.optimizer, case.setting, case.package, version(case.package)),
            *(["replay", *case.functions], case.why),
        )
        for case in CASES
    ], "update it: python tests/optim/references > docs/catalogue/proofs.json"
    assert record["derived by hand"] == HAND_DERIVED
    assert all(0 <= e["largest_relative_difference"] < TOLERANCE for e in record["compared"])
