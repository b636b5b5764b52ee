"""Many runs at once, on many functions at many rates, with the bits that each would have alone."""

from collections.abc import Sequence
from itertools import product

import torch

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.lockstep import run_together
from optgallery.optim.spec import OptimizerSpec
from optgallery.trajectory import Trajectory, run


def run_lanes(
    spec: OptimizerSpec, fns: Sequence[TestFunction], lrs: Sequence[float], *, steps: int = 200
) -> dict[tuple[str, float], Trajectory]:
    """Run an optimizer on every function at every learning rate, all in step.

    An elementwise optimizer is one object with a parameter group for each learning rate, and in it
    one row for each function. Of any other there is an object for each run, and what they share is
    the evaluation of the functions. Runs that allow neither are taken one by one: on functions that
    are no entries, and of optimizers that differentiate the gradient or draw from torch's global
    generator.

    Parameters
    ----------
    spec : OptimizerSpec
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
        Trajectories by function name and learning rate, with the bits of single runs.
    """
    together = [fn for fn in fns if FUNCTIONS.get(fn.name) == fn]
    starts = torch.tensor([fn.start for fn in together], dtype=torch.float64).reshape(-1, 2)
    record = run_together(spec, together, starts, steps, lrs=lrs) if together else None
    lanes = product(lrs, together) if record else ()
    found = {
        (fn.name, lr): Trajectory(
            optimizer=spec, test_fn=fn, hparams={"lr": lr}, lr=float(lr), steps=steps, **lane
        )
        for (lr, fn), lane in zip(lanes, record or (), strict=True)
    }
    return {
        (fn.name, lr): found.get((fn.name, lr)) or run(spec, fn, steps=steps, lr=lr)
        for lr, fn in product(lrs, fns)
    }
