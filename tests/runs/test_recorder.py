"""What is left out of a record changes nothing else."""

from functools import partial

import numpy as np
import pytest
import torch

from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.analysis.basins import arrivals
from optgallery.analysis.engine import take
from optgallery.analysis.outcomes import outcomes_of, unread
from optgallery.analysis.problems import Problem, problems
from optgallery.runs.batched import run_batched


def starts_on(n):
    return torch.from_numpy(np.random.default_rng(5).uniform(-4.5, 4.5, (n, 2)))


@pytest.mark.parametrize("left_out", [("points", "gradients"), ("gradients",)])
@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("sgd", [1e-3, 0.3]),  # vectorized; most runs diverge at the second rate
        ("schedule_free_sgd", [0.01, 3.0]),  # averaging
        ("shampoo", [0.1, 1e200]),  # mapped
        ("swats", [0.1, 1e150]),  # with an object each
    ],
)
def test_a_record_without_points_has_the_same_values_and_ends(name, rates, left_out):
    arguments = ([OPTIMIZERS[name]], [FUNCTIONS["beale"]] * 45, starts_on(45), 30)
    settings = [{"lr": lr} for lr in rates]
    (full,) = run_batched(*arguments, settings=settings)
    (less,) = run_batched(*arguments, settings=settings, left_out=left_out)
    assert 0 < (full.stopped_at >= 0).sum() < len(full)
    for array in ("values", "evaluations", "lengths", "stopped_at", "reasons"):
        np.testing.assert_array_equal(getattr(less, array), getattr(full, array), err_msg=array)
    for array in ("points", "gradients"):
        expected = getattr(full, array)
        if array in left_out:
            expected = expected[:, :0]
        np.testing.assert_array_equal(getattr(less, array), expected)


def test_a_gradient_that_is_not_finite_ends_a_run_whose_value_is():
    starts = torch.tensor([[0.0, 0.0], [2.0, 1.0]], dtype=torch.float64)
    fn = FUNCTIONS["flower"]  # with an angle that is undefined at the origin
    for left_out in ((), ("points", "gradients")):
        (record,) = run_batched([OPTIMIZERS["sgd"]], [fn] * 2, starts, 3, left_out=left_out)
        assert np.isfinite(record.values[0, 0])
        alone = record.run(0)
        assert (alone["stopped_at"], alone["status"]) == (0, "diverged")
        assert alone["reason"].startswith("the gradient is undefined")


@pytest.mark.parametrize("reduce", [outcomes_of, arrivals])
def test_reductions_are_the_same_of_whole_records(reduce):
    fn = FUNCTIONS["himmelblau"]
    chosen = [Problem(fn, tuple(p), fn, i) for i, p in enumerate(starts_on(60).tolist())]
    assert unread(reduce, chosen)
    marked, _ = take(OPTIMIZERS["momentum"], chosen, [{"lr": 0.02}], 60, reduce)
    whole, _ = take(OPTIMIZERS["momentum"], chosen, [{"lr": 0.02}], 60, partial(reduce))
    for name, array in marked.items():
        np.testing.assert_array_equal(array, whole[name], err_msg=name)


def test_points_are_kept_where_lower_values_lie_outside_the_domain():
    outside = problems([FUNCTIONS["mccormick"]], 2)
    assert unread(outcomes_of, outside) == {"gradients"}
    assert unread(outcomes_of, problems([FUNCTIONS["beale"]], 2)) == {"points", "gradients"}
