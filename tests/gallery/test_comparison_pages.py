"""What the pages of comparisons say, asserted on what their scripts compute."""

from math import log

import numpy as np
import pytest
from pages import page, runs

import optgallery as og


def test_the_race_adamw_before_rprop_which_ends_lower_and_lbfgs_in_few_steps():
    _, _, rprop, adamw, _, lbfgs = runs("cmp_1_race")
    assert adamw.evaluations_to_solve() < rprop.evaluations_to_solve()
    assert rprop.values[-1] < adamw.values[-1] / 1000
    assert lbfgs.outcome.kind == "solved"
    step = int((lbfgs.evaluations >= lbfgs.evaluations_to_solve()).argmax())
    assert 2 * step < lbfgs.evaluations_to_solve()


def test_lions_curve_is_narrow_and_rprops_is_flat_below_one():
    found = dict(
        zip(("sgd", "adamw", "lion", "rprop"), page("cmp_2_rates").variables["found"], strict=True)
    )
    assert found["lion"].width < found["adamw"].width
    below = np.array(found["rprop"].lrs) < 1
    assert len(found["rprop"].lrs) == 65
    assert found["rprop"].gaps[below].max() < 1e-6


def test_adamw_is_second_at_best_rates_and_last_at_one_rate():
    c = page("cmp_3_profile").variables["c"]
    names = list(c.names)
    best, alone = (c.data_profile(rate).shares[:, -1] for rate in ("best", 0.03))
    assert names[int(np.argsort(-best)[1])] == "AdamW"
    assert names[int(alone.argmin())] == "AdamW"


def test_momentum_makes_the_boundary_of_basins_fractal():
    sgd, momentum = page("cmp_4_basins").variables["maps"]
    assert sgd.boundary_entropy < log(2) < momentum.boundary_entropy
    assert len(sgd.test_fn.minima) == 4


def test_the_run_of_a_pixel_ends_where_its_map_says():
    variables = page("cmp_4_basins").variables
    momentum, run = variables["maps"][1], variables["run"]
    label = momentum.labels[48, 20]
    np.testing.assert_allclose(run.points[-1], momentum.minima[label], atol=0.1)


def test_the_edge_on_the_sphere_is_the_formula():
    sphere = page("cmp_5_fractal").variables["sphere"]
    enough = sphere.y > 0.02  # a momentum near 1 takes longer
    ratio = sphere.x[1] / sphere.x[0]
    for row in np.flatnonzero(enough):
        last = sphere.x[sphere.converged[row]].max()
        assert last / ratio <= 2 - sphere.y[row] <= last * ratio**2


def test_the_edge_on_himmelblau_is_ragged_in_the_enlarged_rectangle():
    zoom = page("cmp_5_fractal").variables["zoom"]
    changes = np.abs(np.diff(zoom.converged.astype(int), axis=1)).sum(1)
    assert np.median(changes) > 1  # a smooth edge is crossed once


def test_the_curvature_rises_and_crosses_the_threshold_at_the_larger_rate_only():
    below, above = (og.stability(run) for run in page("cmp_6_threshold").variables["runs"])
    assert below.crossing is None
    assert (np.diff(below.sharpness) > 0).all()
    assert above.crossing > 500
    across = np.abs(above.trajectory.points[:, 1] - above.trajectory.points[:, 0] ** 2)
    assert across[above.crossing : above.crossing + 200].max() < 0.05
    thrown = int(above.sharpness[above.crossing :].argmax()) + above.crossing
    assert thrown > above.crossing + 200
    assert above.sharpness[thrown:].min() < above.threshold


def test_with_momentum_it_happens_within_two_hundred_steps():
    calm, thrown = (og.stability(run) for run in page("cmp_6_threshold").variables["heavy"])
    assert calm.crossing is None
    assert thrown.crossing < 100
    assert thrown.sharpness[thrown.crossing :].min() < thrown.threshold / 2


@pytest.fixture(scope="module")
def transfers():
    found = page("cmp_7_transfer").variables["transfers"]
    return {each.optimizer.name: each for each in found}


def test_exponents_of_every_optimizer_are_measured(transfers):
    assert list(transfers) == list(og.OPTIMIZERS)
    exponents = {n: (t.values.exponent, t.coordinates.exponent) for n, t in transfers.items()}
    assert exponents["sgd"] == (-1, 2)
    assert exponents["adam"] == (0, 1)
    assert exponents["adahessian"] == exponents["lars"] == exponents["lamb"] == (0, 0)


def test_open_marks_are_of_decay_and_of_two_units_in_one_rate(transfers):
    for name in ("adamw", "radam", "adabound"):
        assert not transfers[name].coordinates.same
    for name in ("radam", "adabound"):
        assert not transfers[name].values.same
    assert transfers["adamw"].values.same
    assert og.rate_transfer("adamw", lr=0.003, jobs=1).coordinates.distance > 0.001


def test_methods_by_coordinate_do_not_turn_with_the_function(transfers):
    for name, each in transfers.items():
        if og.OPTIMIZERS[name].elementwise and name not in (
            "sgd",
            "momentum",
            "nesterov",
            "asgd",
            "qhm",
            "aggmo",
            "schedule_free_sgd",
        ):
            assert not each.invariant, name
    assert transfers["sgd"].invariant
