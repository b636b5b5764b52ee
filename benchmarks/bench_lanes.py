"""Runs taken together against single runs: every optimizer on the grid, and from many starts.

Times are those of the processor, on one thread. The lines of the grid name the optimizers that are
one object for all runs; of the others each run has its own, and only evaluations are shared. One
that searches along lines loses by that, and is run by itself wherever the package chooses. Of the
single runs each repetition takes another third, functions and rates in turn, and counts it three
times.
"""

import os
from functools import partial
from statistics import median
from time import process_time

import numpy as np
import torch

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS, run
from optgallery.lanes import run_lanes

REPEATS = 3
STEPS = 50
STARTS = 10_000
GRID = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
SINGLE = [(fn, lr) for fn in GRID for lr in LEARNING_RATES]


def seconds(work):
    """Time one call."""
    started = process_time()
    work()
    return process_time() - started


def grid():
    """Print one line for each optimizer: medians and the ratio within this run."""
    print(f"{len(SINGLE)} runs of {STEPS} steps each; medians of {REPEATS}, in seconds")
    print(f"{'optimizer':22}{'object':>10}{'lanes':>8}{'single':>8}{'ratio':>8}")
    for spec in OPTIMIZERS.values():
        lanes, single = [], []
        for part in range(REPEATS):
            share = SINGLE[part::REPEATS]
            lanes.append(seconds(lambda s=spec: run_lanes([s], GRID, LEARNING_RATES, steps=STEPS)))
            spent = seconds(
                lambda s=spec, share=share: [run(s, fn, lr=lr, steps=STEPS) for fn, lr in share]
            )
            single.append(spent * len(SINGLE) / len(share))
        ratio = median(s / f for s, f in zip(single, lanes, strict=True))
        objects = "one" if spec.elementwise or spec.layerwise else "one a run"
        print(
            f"{spec.title:22}{objects:>10}{median(lanes):8.2f}{median(single):8.2f}{ratio:7.1f}x",
            flush=True,
        )


def together():
    """Print what it saves that many optimizers share the evaluation of the functions."""
    specs = [spec for spec in OPTIMIZERS.values() if spec.elementwise]
    each, all_ = [], []
    for _ in range(REPEATS):
        each.append(
            seconds(lambda: [run_lanes([s], GRID, LEARNING_RATES, steps=STEPS) for s in specs])
        )
        all_.append(seconds(lambda: run_lanes(specs, GRID, LEARNING_RATES, steps=STEPS)))
    ratio = median(e / a for e, a in zip(each, all_, strict=True))
    print(
        f"\n{len(specs)} elementwise optimizers in lanes, one after the other {median(each):.2f}, "
        f"all at once {median(all_):.2f}: {ratio:.1f}x"
    )


def loop(spec, fn, start, lr):
    """Take 200 steps from many starts as one would without this package, and record nothing."""
    z = torch.tensor(start, requires_grad=True)
    optimizer = spec.build([z], lr=lr)
    for _ in range(200):
        optimizer.zero_grad()
        fn.formula(*z.unbind(1)).sum().backward()
        optimizer.step()


def parted_seconds(work):
    """Time one call, and how much of that was not the system's."""
    before = os.times()
    work()
    after = os.times()
    user = after.user - before.user
    return user + after.system - before.system, user


def starts():
    """Print how many trajectories of 200 recorded steps are made in a second, from many starts."""
    print(
        f"\n{STARTS} starts, 200 steps; medians of {5 * REPEATS}, in trajectories a second. Beside "
        "them:\nwithout the system's time, which goes into fresh memory; in a loop in torch that "
        "records nothing;\nand the ratio of these two"
    )
    print(f"{'':20}{'recorded':>10}{'user time':>11}{'bare loop':>11}{'ratio':>7}")
    for optimizer, lr in (("adamw", 0.01), ("sgd", 0.0001)):
        for name in ("beale", "rosenbrock"):
            spec, fn = OPTIMIZERS[optimizer], FUNCTIONS[name]
            xmin, xmax, ymin, ymax = fn.domain
            rng = np.random.default_rng(0)
            start = rng.uniform((xmin, ymin), (xmax, ymax), (STARTS, 2))
            work = partial(run, spec, fn, start=start, lr=lr)
            work()  # the first call finds out whether the formula takes long rows
            recorded, bare = [], []
            for _ in range(5 * REPEATS):
                recorded.append(parted_seconds(work))
                bare.append(seconds(partial(loop, spec, fn, start, lr)))
            n, user, b = (STARTS / median(spent) for spent in (*zip(*recorded, strict=True), bare))
            ratio = median(b / r for (_, r), b in zip(recorded, bare, strict=True))
            print(f"{spec.title:8}{fn.title:12}{n:10.0f}{user:11.0f}{b:11.0f}{ratio:7.2f}")


def main():
    """Print the tables."""
    torch.set_num_threads(1)
    run("adam", steps=20)  # first calls load code
    grid()
    together()
    starts()


if __name__ == "__main__":
    main()
