"""Trajectories per second from ten thousand starts of one optimizer on one function.

Each has 200 steps on one thread; points, values and gradients are recorded. The bare loop is
written in torch without this package, and records nothing. "User time" excludes system time, most
of which is spent on allocating memory; the ratio is the bare loop's time divided by the user time.
Medians of 15 alternating measurements.
"""

import resource
from functools import partial
from statistics import median

import numpy as np
import torch

from optgallery import FUNCTIONS, OPTIMIZERS, run

REPEATS = 15
STARTS = 10_000
STEPS = 200
RATES = {"sgd": 1e-4, "adamw": 0.01}


def loop(spec, fn, start, lr):
    """Take steps from many starts in plain torch, and record nothing."""
    z = torch.tensor(start, requires_grad=True)
    optimizer = spec.build([z], lr=lr)
    for _ in range(STEPS):
        optimizer.zero_grad()
        fn.formula(*z.unbind(1)).sum().backward()
        optimizer.step()


def seconds(work):
    """Return the user and system CPU time of one call."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime


def main():
    """Print the table."""
    torch.set_num_threads(1)
    print("| optimizer | function | recorded | user time | bare loop | ratio |")
    print("|---|---|---:|---:|---:|---:|")
    for optimizer, lr in RATES.items():
        for name in ("sphere", "rosenbrock", "beale"):
            spec, fn = OPTIMIZERS[optimizer], FUNCTIONS[name]
            xmin, xmax, ymin, ymax = fn.domain
            rng = np.random.default_rng(0)
            start = rng.uniform((xmin, ymin), (xmax, ymax), (STARTS, 2))
            recorded = partial(run, spec, fn, start=start, lr=lr, steps=STEPS)
            bare = partial(loop, spec, fn, start, lr)
            recorded()  # the first call determines whether the formula supports long rows
            pairs = [(seconds(recorded), seconds(bare)) for _ in range(REPEATS)]
            times = [(sum(here), here[0], sum(there)) for here, there in pairs]
            here, user, there = (STARTS / median(spent) for spent in zip(*times, strict=True))
            ratio = median(there / user for _, user, there in times)
            counts = f"{here:,.0f} | {user:,.0f} | {there:,.0f} | {ratio:.2f}"
            print(f"| {spec.title} | {fn.title} | {counts} |", flush=True)


if __name__ == "__main__":
    main()
