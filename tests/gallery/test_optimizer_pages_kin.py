"""Claims on the pages of optimizers close to Adam, of 2024 and later, and of NAdamW."""

import numpy as np
import pytest
from pages import cell, runs, slopes, solves


def test_nadamw_passes_the_small_basin_and_overshoots_less_than_adamw():
    adamw, nadam, nadamw = runs("opt_nadamw")
    assert nadam.points[-1] == pytest.approx((1.7476, -0.8738), abs=1e-2)
    assert slopes(nadam)[-1] < 0.01
    past = [t.points[:, 0].min() for t in (adamw, nadamw)]
    assert past[1] / past[0] == pytest.approx(0.4, abs=0.05)


def test_nadamw_needs_less_than_adamw_where_adamw_overshoots():
    for function in ("griewank", "himmelblau"):
        costs = [cell(name, function, 1).evaluations_to_solve() for name in ("nadamw", "adamw")]
        assert costs[0] < costs[1] / 2
    for function in ("ackley", "drop_wave"):
        assert solves("adamw", function, 0.3)
        assert np.ptp(cell("nadamw", function, 0.3).points[-20:], axis=0).max() < 0.1
