"""Record the outcomes of the experiment that the page "Compare" shows.

Call it without arguments to record what is lacking or out of date, or with the names of optimizers.
With `--confirm` it takes a sample of the runs of those that are out of date again, and where all of
them have the same bits, it keeps the outcomes as those of the changed code.
"""

import argparse
import sys
import time
from pathlib import Path

from optgallery import OPTIMIZERS, compare
from optgallery.analysis.experiment import BUDGET, read, record
from optgallery.sweeps.sweep import grid_functions

FOLDER = Path(__file__).parent / "compare" / "outcomes"
SAMPLE = 52
"""Runs of an optimizer that are taken again to confirm its outcomes: 1 in 42."""


def main() -> int:
    """Record or confirm what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("optimizers", nargs="*", metavar="NAME", help="such as lion")
    parser.add_argument("--confirm", action="store_true", help="take only a sample again")
    given = parser.parse_args()
    if strangers := sorted(set(given.optimizers) - set(OPTIMIZERS)):
        parser.error(f"no optimizer is called {', '.join(strangers)}")
    try:
        known = read(FOLDER)
    except ValueError as error:
        known = None
        print(error)
    stale = known.stale if known else ()
    lacking = known.lacking if known else tuple(OPTIMIZERS)
    if given.confirm:
        if known is None:
            return 1
        confirmed = []
        for name in given.optimizers or stale:
            share = known.repeated(name, SAMPLE, seed=time.time_ns())
            print(f"{name}: {share:.0%} of {SAMPLE} runs have the recorded outcome", flush=True)
            if share == 1:
                confirmed.append(name)
        if confirmed:
            record(FOLDER, known.comparison.select(optimizers=confirmed))
        return int(len(confirmed) < len(given.optimizers or stale))
    names = given.optimizers or [name for name in OPTIMIZERS if name in {*stale, *lacking}]
    for name in names:
        started = time.perf_counter()
        record(FOLDER, compare(name, budget=BUDGET))
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    print(f"{len(names)} optimizers were recorded on {len(grid_functions())} functions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
