"""Optimizers that are known by their titles only."""

import pytest

from optgallery.runs.external import ExternalOptimizer


def test_white_space_in_a_title_is_normalized():
    assert ExternalOptimizer("  BFGS\n(SciPy) ").title == "BFGS (SciPy)"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("BFGS (SciPy)", "bfgs_scipy"),
        ("L-BFGS-B", "l_bfgs_b"),
        ("Größe", "größe"),
        ("?!", "external"),
    ],
)
def test_its_name_serves_in_a_file_name(title, name):
    assert ExternalOptimizer(title).name == name


def test_its_title_does_not_depend_on_hyper_parameters():
    assert ExternalOptimizer("BFGS").title_with({"c1": 1e-4}) == "BFGS"


@pytest.mark.parametrize(
    ("title", "error", "message"),
    [
        (3, TypeError, "label must be a string such as 'BFGS', got 3"),
        (" \t", ValueError, "label must not be empty"),
    ],
)
def test_what_is_no_title_is_refused(title, error, message):
    with pytest.raises(error, match=message):
        ExternalOptimizer(title)
