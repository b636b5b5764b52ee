"""sensitivity(): the end of a run by learning rate, and summary statistics."""

from math import inf

import numpy as np
import pytest
import torch
from quadratics import edge

import optgallery as og
from optgallery import OptimizerSpec, TestFunction, sensitivity
from optgallery.analysis.sensitivity import MANY_RATES


@pytest.fixture(scope="module")
def sgd():
    return sensitivity("sgd", "booth")


def test_there_are_eight_rates_in_each_decade_from_1e_minus_5_to_1000():
    assert (len(MANY_RATES), MANY_RATES[0], MANY_RATES[-1]) == (65, 1e-5, 1000)
    np.testing.assert_allclose(np.diff(np.log10(MANY_RATES)), 1 / 8, atol=0.005)


def test_each_end_equals_that_of_its_run(sgd):
    for i in range(0, 65, 7):
        lr = sgd.lrs[i]
        trajectory = og.run("sgd", "booth", lr=lr)
        assert sgd.kinds[i] == trajectory.outcome.kind
        if trajectory.status == "completed":
            assert sgd.gaps[i] == max(trajectory.values[-1], 0)
        else:
            assert sgd.gaps[i] == inf
        assert sgd.code(lr) == trajectory.code().replace(
            'og.run("sgd", "booth",', 'og.run("sgd", "booth", steps=200,'
        ) or f"lr={lr}" in sgd.code(lr)
        np.testing.assert_array_equal(sgd.run(lr).points, trajectory.points)


def test_the_numbers_are_means_over_log_uniform_rates(sgd):
    ends = np.array([min(gap, sgd.ceiling) for gap in sgd.gaps.tolist()])
    exponents = np.log10(sgd.lrs)
    cells = np.gradient(exponents)
    mean = (ends * cells).sum() / cells.sum()
    assert sgd.shortfall == pytest.approx(mean / sgd.ceiling, abs=1e-12)
    assert sgd.sensitivity == pytest.approx((mean - ends.min()) / sgd.ceiling, abs=1e-12)
    solving = [k == "solved" for k in sgd.kinds]
    assert sgd.width == pytest.approx(cells[solving].sum(), abs=1e-12)


def test_rprop_depends_less_on_its_rate_than_sgd(sgd):
    assert sensitivity("rprop", "booth").sensitivity < 0.1 < sgd.sensitivity


def test_an_optimizer_that_makes_no_progress_has_shortfall_one():
    class Frozen(torch.optim.SGD):
        def step(self, closure=None):
            return None

    found = sensitivity(Frozen, "booth", [0.1, 1.0, 10.0])
    assert (found.shortfall, found.sensitivity, found.width) == (1.0, 0.0, 0.0)
    assert found.edge == (10.0, inf)


@pytest.mark.parametrize(
    ("kind", "beta"),
    [("sgd", 0.0), ("momentum", 0.5), ("momentum", 0.9), ("nesterov", 0.5), ("nesterov", 0.9)],
)
def test_the_edge_of_divergence_on_a_quadratic_matches_the_closed_form(kind, beta):
    settings = {"momentum": beta, "nesterov": True} if kind == "nesterov" else {"momentum": beta}
    spec = OptimizerSpec(
        name=kind, title=kind, cls=torch.optim.SGD, defaults=settings, elementwise=True
    )
    exact = edge(kind, beta, 2.0)  # the sphere's curvature
    rates = exact * np.geomspace(0.9, 1.1, 41)  # half a per cent each
    stable, unstable = sensitivity(spec, "sphere", rates, budget=2000).edge
    assert stable <= exact * 1.0051
    assert unstable >= exact * 0.9949
    assert unstable / stable < 1.0051


def test_without_a_minimum_there_is_an_edge_but_no_gaps():
    fn = TestFunction(
        name="up",
        title="Up",
        formula=lambda x, y: x**2 + y**2 + 1,
        domain=(-2, 2, -2, 2),
        start=(1, 1),
    )
    found = sensitivity("sgd", fn, [0.1, 0.9, 1.2])
    assert found.edge == (0.9, 1.2)
    assert "edge of divergence" in str(found)
    for name in ("gaps", "sensitivity", "shortfall", "width", "ceiling", "best"):
        with pytest.raises(ValueError, match="needs the minimum of Up"):
            getattr(found, name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lrs": []}, "at least one learning rate"),
        ({"budget": 0}, "budget must be"),
        ({"start": (50, 0)}, "starts must lie in the domain"),
        ({"start": "here"}, "start must be two numbers"),
    ],
)
def test_invalid_arguments_are_rejected(arguments, message):
    with pytest.raises(ValueError, match=message):
        sensitivity("sgd", "booth", **arguments)


def test_an_unknown_rate_is_rejected_with_the_nearest_one(sgd):
    with pytest.raises(ValueError, match=r"the nearest is 0\.1$"):
        sgd.code(0.1001)
