"""What the page "Compare" claims in words, on the recorded runs; its numbers are printed."""

from pathlib import Path

import numpy as np
import pytest

from optgallery.analysis.experiment import read
from optgallery.sphinxext.pages.experiment_record import Findings, facts

DOCS = Path(__file__).parents[2] / "docs"
RATE_FREE = ("prodigy", "dadapt_adam", "dog")


@pytest.fixture(scope="module")
def found():
    return Findings(read(DOCS / "compare" / "outcomes"))


def at_rates(found, name, widest):
    """Return the share solved at each rate of the problems on wide functions, or of the others."""
    c = found.comparison.select(optimizers=[name])
    sides = [
        max(p.of.domain[1] - p.of.domain[0], p.of.domain[3] - p.of.domain[2]) for p in c.problems
    ]
    chosen = (np.array(sides) > 100) == widest
    return c.outcomes.is_kind("solved")[0][:, chosen].mean(-1)


def test_muon_solves_less_than_adamw_each_at_its_typical_rate(found):
    assert found.best("muon") < found.best("adamw")


@pytest.mark.parametrize("name", ["rprop", "lbfgs"])
def test_these_hardly_depend_on_the_rate(found, name):
    _, insensitive = found.censored
    assert found.comparison.names[found.row(name)] in insensitive
    assert found.row(name) in found.order[:2]


def test_lars_solves_more_than_most_at_its_typical_rate_and_does_not_stay(found):
    best = sorted((found.best(spec.name) for spec in found.comparison.optimizers), reverse=True)
    assert found.best("lars") >= best[4]
    rate = found.comparison.lrs.index(found.rates["lars"])
    assert found.left[found.row("lars"), rate] > 0.5 * found.best("lars")


def test_small_rates_do_not_cross_wide_domains_but_a_share_of_the_norm_does(found):
    small = [lr <= 0.1 for lr in found.comparison.lrs]
    assert at_rates(found, "adam", widest=True)[small].max() == 0
    assert at_rates(found, "adam", widest=False)[small].max() > 0.3
    assert at_rates(found, "lars", widest=True)[small].max() > 0.3


def test_methods_without_a_rate_are_not_ahead_at_rate_one(found):
    one = found.comparison.lrs.index(1.0)
    for name in RATE_FREE:
        assert found.solved[found.row(name), one] < found.best("adam")


def test_domains_are_as_wide_as_the_guide_says(found):
    told = facts(found)
    guide = (DOCS / "guide" / "comparing.rst").read_text(encoding="utf-8")
    assert f"Domains are {told['narrowest']} to {told['widest']} units wide" in guide
