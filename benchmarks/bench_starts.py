"""Runs per second from many starts of one optimizer on one function, 200 steps each.

Times are CPU times on one thread, medians of interleaved measurements. The bare loop is written in
torch without this package, and keeps nothing. "Recorded" is `run()`, which keeps points, values and
gradients; "outcomes" is what a comparison keeps, "basins" what a map of basins keeps. Ratios are
the time of the bare loop divided by theirs.

The second table shows how the time for outcomes grows with the number of starts and of learning
rates, with the largest distance from a straight line through the measurements.

The third table is of optimizers whose step is mapped over the runs by ``torch.vmap``, on Beale.
"Object each" has an object or a parameter for each run instead, on a tenth of the starts; "single"
is `run()` for one start after the other. The ratio is that of mapped runs to those with an object
each.
"""

from functools import partial
from statistics import median
from time import process_time

import numpy as np
import torch

from optgallery import FUNCTIONS, OPTIMIZERS, run
from optgallery.analysis.basins import arrivals
from optgallery.analysis.engine import take
from optgallery.analysis.outcomes import outcomes_of
from optgallery.analysis.problems import Problem
from optgallery.runs import batched

REPEATS = 11
STARTS = 10_000
GROWTH = [(5000, 1), (10_000, 1), (20_000, 1), (40_000, 1), (5000, 2), (5000, 4), (5000, 8)]
MAPPED_STARTS, MAPPED_REPEATS = 1000, 3
STEPS = 200
RATES = {"sgd": 1e-4, "adamw": 0.01}
MAPPED_RATE = 0.05


def starts_on(fn, n):
    """Draw starts in the function's domain."""
    xmin, xmax, ymin, ymax = fn.domain
    return np.random.default_rng(0).uniform((xmin, ymin), (xmax, ymax), (n, 2))


def loop(spec, fn, start, lr):
    """Take steps from many starts in plain torch, and record nothing."""
    z = torch.tensor(start, requires_grad=True)
    optimizer = spec.build([z], lr=lr)
    for _ in range(STEPS):
        optimizer.zero_grad()
        fn.formula(*z.unbind(1)).sum().backward()
        optimizer.step()


def seconds(work):
    """Return the CPU time of one call."""
    started = process_time()
    work()
    return process_time() - started


def interleaved(repeats, *work):
    """Return the times of each call: a row for each repetition."""
    return np.array([[seconds(each) for each in work] for _ in range(repeats)])


def many_starts():
    """Compare with the bare loop."""
    print("| optimizer | function | bare loop | recorded | outcomes | basins | ratios |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for optimizer, lr in RATES.items():
        for name in ("sphere", "rosenbrock", "beale"):
            spec, fn = OPTIMIZERS[optimizer], FUNCTIONS[name]
            start = starts_on(fn, STARTS)
            problems = [Problem(fn, tuple(p), fn, i) for i, p in enumerate(start.tolist())]
            kept = (
                partial(take, spec, problems, [{"lr": lr}], STEPS, r)
                for r in (outcomes_of, arrivals)
            )
            work = (
                partial(loop, spec, fn, start, lr),
                partial(run, spec, fn, start=start, lr=lr, steps=STEPS),
                *kept,
            )
            interleaved(1, *work)  # the first call traces the formula
            times = interleaved(REPEATS, *work)
            rates = " | ".join(f"{STARTS / t:,.0f}" for t in np.median(times, axis=0))
            ratios = ", ".join(f"{r:.2f}" for r in np.median(times[:, :1] / times[:, 1:], axis=0))
            print(f"| {spec.title} | {fn.title} | {rates} | {ratios} |", flush=True)


def growth():
    """Measure how the time for outcomes grows with the number of runs."""
    spec, fn = OPTIMIZERS["adamw"], FUNCTIONS["beale"]
    start = starts_on(fn, max(n for n, _ in GROWTH)).tolist()
    problems = [Problem(fn, tuple(p), fn, i) for i, p in enumerate(start)]
    rates = np.geomspace(1e-3, 0.1, max(m for _, m in GROWTH)).tolist()
    work = [
        partial(take, spec, problems[:n], [{"lr": lr} for lr in rates[:m]], STEPS)
        for n, m in GROWTH
    ]
    interleaved(1, *work)
    times = np.median(interleaved(REPEATS, *work), axis=0)
    print("\n| starts | rates | seconds | microseconds a run |")
    print("|---:|---:|---:|---:|")
    for (n, m), t in zip(GROWTH, times, strict=True):
        print(f"| {n:,} | {m} | {t:.3f} | {1e6 * t / (n * m):.1f} |")
    for what, chosen in (
        ("starts", [m == 1 for _, m in GROWTH]),
        ("rates", [n == 5000 for n, _ in GROWTH]),
    ):
        runs, spent = np.array([n * m for n, m in GROWTH])[chosen], times[chosen]
        line = np.polyval(np.polyfit(runs, spent, 1), runs)
        share = np.abs(spent - line).max() / spent.max()
        print(
            f"\nIn {what}, no time is further from a straight line than {share:.0%} of the largest."
        )


def mapped():
    """Compare mapped runs with runs that have an object each, and with single ones."""
    print("\n| optimizer | mapped | object each | single | ratio |")
    print("|---|---:|---:|---:|---:|")
    fn = FUNCTIONS["beale"]
    for spec in (spec for spec in OPTIMIZERS.values() if spec.mappable):
        start = starts_on(fn, MAPPED_STARTS)
        few, one = start[::10], [tuple(p) for p in start[::200].tolist()]

        def many(rows, fewest, spec=spec):
            before, batched.FEWEST_MAPPED = batched.FEWEST_MAPPED, fewest
            run(spec, fn, start=rows, lr=MAPPED_RATE, steps=STEPS)
            batched.FEWEST_MAPPED = before

        def singly(spec=spec, one=one):
            for point in one:
                run(spec, fn, start=point, lr=MAPPED_RATE, steps=STEPS)

        work = (partial(many, start, 0), partial(many, few, STARTS), singly)
        interleaved(1, singly)  # first calls load code
        times = interleaved(MAPPED_REPEATS, *work) / (len(start), len(few), len(one))
        rates = " | ".join(f"{1 / t:,.0f}" for t in np.median(times, axis=0))
        ratio = median(times[:, 1] / times[:, 0])
        print(f"| {spec.title} | {rates} | {ratio:.1f} |", flush=True)


def main():
    """Print the tables."""
    torch.set_num_threads(1)
    many_starts()
    growth()
    mapped()


if __name__ == "__main__":
    main()
