"""Lanes against single runs, for each elementwise optimizer, on the whole grid."""

from statistics import median
from time import perf_counter

import torch

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS, run
from optgallery.lanes import run_lanes

REPEATS = 3
STEPS = 50
GRID = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]


def seconds(work):
    """Time one call."""
    started = perf_counter()
    work()
    return perf_counter() - started


def main():
    """Print one line for each optimizer: medians and the ratio within this run."""
    torch.set_num_threads(1)
    run("adam", steps=20)  # first calls load code
    runs = len(GRID) * len(LEARNING_RATES)
    print(f"{runs} runs of {STEPS} steps each; medians of {REPEATS}, in seconds")
    print(f"{'optimizer':20}{'lanes':>8}{'single':>8}{'ratio':>8}")
    for spec in OPTIMIZERS.values():
        if not spec.elementwise:
            continue
        lanes, single = [], []
        for _ in range(REPEATS):
            lanes.append(seconds(lambda s=spec: run_lanes(s, GRID, LEARNING_RATES, steps=STEPS)))
            single.append(
                seconds(
                    lambda s=spec: [
                        run(s, fn, lr=lr, steps=STEPS) for fn in GRID for lr in LEARNING_RATES
                    ]
                )
            )
        ratio = median(s / f for s, f in zip(single, lanes, strict=True))
        print(f"{spec.title:20}{median(lanes):8.2f}{median(single):8.2f}{ratio:7.1f}x", flush=True)


if __name__ == "__main__":
    main()
