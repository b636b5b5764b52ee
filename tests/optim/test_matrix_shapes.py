"""Optimizers of matrices take the same steps as independent packages on matrices of any shape."""

import numpy as np
import pytest
from references import CASES, TOLERANCE, relative_difference
from replay import random_gradients, replay

STEPS = 60
SHAPES = ((1, 2), (2, 1), (2, 8), (8, 2), (3, 3), (4, 5))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[0]}x{shape[1]}")
@pytest.mark.parametrize(
    "case", [c for c in CASES if c.optimizer in ("scion", "normuon", "adamuon")], ids=str
)
def test_same_steps_along_fixed_gradients(case, shape):
    size = shape[0] * shape[1]
    gradients, start = random_gradients(STEPS, size), np.linspace(-1, 2, size).tolist()
    ours = replay(case.ours, gradients, start, None, shape)
    theirs = replay(case.theirs, gradients, start, None, shape)
    assert relative_difference(ours, theirs) < TOLERANCE
