"""Lanes: runs of many optimizers on many functions at many rates, all in step."""

from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

import torch

from optgallery.functions import TestFunction
from optgallery.optim.spec import OptimizerSpec
from optgallery.runs.batched import is_known, run_together
from optgallery.runs.trajectory import Trajectory

CellName: TypeAlias = tuple[str, str, float]
"""Names of an optimizer and of a function, and a learning rate."""


def run_lanes(
    specs: Sequence[OptimizerSpec],
    fns: Sequence[TestFunction],
    lrs: Sequence[float],
    *,
    steps: int = 200,
) -> dict[CellName, Trajectory]:
    """Run optimizers on every function at every learning rate, with the bits of single runs.

    An elementwise optimizer is one object with a parameter group for each learning rate, and in it
    one row for each function; a layerwise one has a parameter for each run. Of any other there is
    an object for each run. What all share is the evaluation of the functions.

    Parameters
    ----------
    specs : sequence of OptimizerSpec
        Who runs.
    fns : sequence of TestFunction
        Each from its own start.
    lrs : sequence of float
        Learning rates.
    steps : int
        Steps of every run.

    Returns
    -------
    dict
        Trajectories by the names of optimizer and function and the learning rate. Those that have
        to be taken one by one are missing: on functions that are no entries, and of optimizers that
        draw from torch's global generator or raise an exception.
    """
    known = [fn for fn in fns if is_known(fn)]
    starts = torch.tensor([fn.start for fn in known], dtype=torch.float64).reshape(-1, 2)
    specs = [spec for spec in specs if spec.takes("lr")]
    records = run_together(specs, known, starts, steps, lrs=lrs) if known else []
    return {
        (spec.name, fn.name, lr): Trajectory(
            optimizer=spec, test_fn=fn, hparams={"lr": lr}, lr=float(lr), steps=steps, **lane
        )
        for spec, record in zip(specs, records, strict=bool(known))
        if record is not None
        for (lr, fn), lane in zip(product(lrs, known), record, strict=True)
    }
