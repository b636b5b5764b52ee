"""How the runs of a sweep are divided among processes."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS
from optgallery.batches import Run, divide


@pytest.mark.parametrize("left_out", [0, 5])
def test_each_run_stands_in_one_batch(left_out):
    specs = [OPTIMIZERS[name] for name in ("sgd", "lbfgs", "lamb", "adahessian")]
    fns = [FUNCTIONS[name] for name in ("beale", "booth", "ackley")]
    fns.append(replace(fns[0], name="twin"))
    runs = [Run(*run) for run in product(specs, fns, LEARNING_RATES)][left_out:]
    found = Counter(run.cell for batch in divide(runs, 200) for run in batch.runs)
    assert found == Counter(run.cell for run in runs)


def test_a_batch_holds_all_optimizers_and_no_more_functions_than_memory_likes():
    runs = [Run(*run) for run in product(OPTIMIZERS.values(), FUNCTIONS.values(), LEARNING_RATES)]
    shared = [batch for batch in divide(runs, 200) if len(batch.specs) > 1]
    assert {batch.specs for batch in shared} == {
        tuple(spec for spec in OPTIMIZERS.values() if not spec.needs_closure)
    }
    assert max(len(batch.runs) for batch in shared) * 200 < 500_000
    few = [Run(OPTIMIZERS["adam"], fn, 0.1) for fn in FUNCTIONS.values()]
    assert len(divide(few, 200)) == 2
