"""Batches of runs compared with single runs: every optimizer on the grid.

Times are CPU times on one thread. The column "object" says whether one optimizer object computes
all runs, or each run has its own and only evaluations are shared. The latter is slower for line
searches, which the package therefore runs one by one. Each repetition measures a third of the
single runs, alternating functions and learning rates, and multiplies its time by three.
"""

from statistics import median
from time import process_time

import torch

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS, run
from optgallery.runs.batched import run_grid

REPEATS = 3
STEPS = 50
GRID = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
# runs along an axis of its own are not batched
SPECS = [spec for spec in OPTIMIZERS.values() if spec.own_axis is None]
SINGLE = [(fn, lr) for fn in GRID for lr in LEARNING_RATES]


def seconds(work):
    """Time one call."""
    started = process_time()
    work()
    return process_time() - started


def grid():
    """Print one line for each optimizer: medians and the ratio within this run."""
    print(f"{len(SINGLE)} runs of {STEPS} steps each; medians of {REPEATS}, in seconds")
    print(f"{'optimizer':22}{'object':>10}{'batches':>8}{'single':>8}{'ratio':>8}")
    for spec in SPECS:
        batches, single = [], []
        for part in range(REPEATS):
            share = SINGLE[part::REPEATS]
            batches.append(seconds(lambda s=spec: run_grid([s], GRID, LEARNING_RATES, steps=STEPS)))
            spent = seconds(
                lambda s=spec, share=share: [run(s, fn, lr=lr, steps=STEPS) for fn, lr in share]
            )
            single.append(spent * len(SINGLE) / len(share))
        ratio = median(s / f for s, f in zip(single, batches, strict=True))
        objects = "one" if spec.elementwise or spec.layerwise else "one a run"
        print(
            f"{spec.title:22}{objects:>10}{median(batches):8.2f}{median(single):8.2f}{ratio:7.1f}x",
            flush=True,
        )


def together():
    """Print how much time is saved by sharing evaluations between optimizers."""
    specs = [spec for spec in SPECS if spec.elementwise]
    each, all_ = [], []
    for _ in range(REPEATS):
        each.append(
            seconds(lambda: [run_grid([s], GRID, LEARNING_RATES, steps=STEPS) for s in specs])
        )
        all_.append(seconds(lambda: run_grid(specs, GRID, LEARNING_RATES, steps=STEPS)))
    ratio = median(e / a for e, a in zip(each, all_, strict=True))
    print(
        f"\n{len(specs)} elementwise optimizers batched, one by one {median(each):.2f}, "
        f"all at once {median(all_):.2f}: {ratio:.1f}x"
    )


def main():
    """Print the tables."""
    torch.set_num_threads(1)
    run("adam", steps=20)  # first calls load code
    grid()
    together()


if __name__ == "__main__":
    main()
