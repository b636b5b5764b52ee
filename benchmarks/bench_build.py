"""Builds of the whole site: cold, warm and after one edit; growth with the grid; two processes.

    python benchmarks/bench_build.py [--quick] [--builds-only]

The package, the gallery and the documentation are copied to a temporary folder, where they are
built with their own store; the checkout is not changed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

import optgallery as og
from optgallery.sweeps.sweep import grid_functions, plan

ROOT = Path(__file__).parent.parent
PARTS = ("optgallery", "gallery", "docs", "CHANGELOG.md", "CONTRIBUTING.md", "README.md")
GALLERIES = ("functions", "optimizers", "schedules", "stories")
WRITTEN = ("_build", *GALLERIES, "generated", "backreferences")
EDITED = "optgallery/optim/yogi.py"


@dataclass(frozen=True)
class Build:
    """Time, memory and output of one build."""

    seconds: float
    peak: int
    output: str

    def count(self, pattern: str) -> int:
        """Return the number in the build's output that matches a pattern."""
        found = re.search(pattern, self.output)
        return int(found[1]) if found else 0


class Copy:
    """A copy of the project with its own store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                written = WRITTEN if part == "docs" else ()
                ignored = shutil.ignore_patterns("__pycache__", *written)
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy2(source, folder / part)
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "OPTGALLERY_STORE": str(folder / "store"),
            "OMP_NUM_THREADS": "1",
        }

    def build(self) -> Build:
        """Build the site in a separate process, with warnings as errors."""
        started = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "-n",
            f"--jobs={(os.cpu_count() or 1) + 1}",
            "-d",
            "docs/_build/doctrees",
            "docs",
            "docs/_build/html",
        ]
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            sys.exit(f"the build failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        peak = int(re.findall(r"peak of all processes: (\d+)", done.stderr)[-1])
        return Build(seconds, peak, done.stdout)

    def files(self, pattern: str) -> Iterator[Path]:
        """Yield the files of the site."""
        return (p for p in (self.folder / "docs" / "_build" / "html").rglob(pattern) if p.is_file())


# sums the memory of a process and its descendants, twice a second
WATCHED = """
import subprocess, sys, threading, time
import psutil
process = psutil.Popen(sys.argv[1:])
peak = 0
while process.poll() is None:
    total = 0
    for member in (process, *process.children(recursive=True)):
        try:
            total += member.memory_full_info().pss
        except psutil.Error:
            pass
    peak = max(peak, total)
    time.sleep(0.5)
print(f"peak of all processes: {peak}", file=sys.stderr)
sys.exit(process.returncode)
"""


def builds(folder: Path) -> Iterator[str]:
    """Build cold, again, and after an edit; yield a line of a table for each."""
    copy = Copy(folder)
    cells = len(plan().runs)
    yield "| build | seconds | peak memory | scripts run | matrices rebuilt | cells rendered |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name in ("from nothing", "nothing changed", "one optimizer edited"):
        if name == "one optimizer edited":
            source = copy.folder / EDITED
            source.write_text(source.read_text().replace("eps: float = 1e-3", "eps: float = 2e-3"))
        before = sum(1 for _ in (folder / "store").rglob("*"))
        built = copy.build()
        new = sum(1 for _ in (folder / "store").rglob("*")) - before
        scripts = built.count(r"(\d+) of \d+ scripts are to be run")
        renewed = built.count(r"the matrices of (\d+) others are rebuilt")
        drawn = built.count(r"(\d+) cells of the grid were computed")
        counts = f"{scripts} | {renewed} | {drawn}"
        yield f"| {name} | {built.seconds:.0f} | {built.peak / 1e6:.0f} MB | {counts} |"
        assert new >= drawn
    gifs = [path for path in copy.files("*.gif") if path.relative_to(folder).parts[3] == "cells"]
    tiles = [path for path in gifs if path.parent.name != "thumbnails"]
    size = sum(path.stat().st_size for path in copy.files("*"))
    store = sum(path.stat().st_size for path in (folder / "store").rglob("*") if path.is_file())
    yield ""
    yield (
        f"{len(tiles)} tiles in the site, of {len(og.OPTIMIZERS)} optimizers x "
        f"{len(grid_functions())} functions at their rates = {cells}; "
        f"the site has {size / 1e6:.0f} MB, the store {store / 1e6:.0f} MB."
    )
    assert len(tiles) == cells


GROWTH = """
import sys, time, torch
import optgallery as og
from optgallery.sphinxext.incremental.pictures import draw_tiles
from optgallery.cache.store import default_store
from optgallery.sweeps.sweep import grid_functions
torch.set_num_threads(1)
share, jobs = float(sys.argv[1]), int(sys.argv[2])
every = round(1 / share)
started = time.perf_counter()
swept = og.sweep(list(og.OPTIMIZERS), grid_functions()[::every], jobs=jobs)
draw_tiles(list(swept.values()), default_store(), jobs=jobs)
print(len(swept), time.perf_counter() - started)
"""


def compute(share: float, jobs: int) -> tuple[int, float]:
    """Compute a part of the grid from nothing; return the number of cells and the seconds.

    All optimizers are included, since some are a hundred times as expensive as others.
    """
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", GROWTH, str(share), str(jobs)],
            env={**os.environ, "OPTGALLERY_STORE": folder, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
    cells, seconds = done.stdout.split()
    return int(cells), float(seconds)


def growth(shares: tuple[float, ...]) -> Iterator[str]:
    """Compute parts of the grid; yield a line for each, and the deviation from linear growth.

    The line is fitted by least squares.
    """
    yield "| functions | cells | seconds | milliseconds a cell |"
    yield "|---|---:|---:|---:|"
    rows = []
    for share in shares:
        cells, seconds = compute(share, jobs=2)
        rows.append((cells, seconds))
        yield f"| 1/{round(1 / share)} | {cells} | {seconds:.0f} | {1e3 * seconds / cells:.1f} |"
    if len(rows) > 2:
        yield ""
        yield linear_fit(rows)


def linear_fit(rows: list[tuple[int, float]]) -> str:
    """Return the slope, the intercept and the largest deviation of a linear fit."""
    cells, seconds = np.array(rows).T
    each, rest = np.polyfit(cells, seconds, 1)
    off = np.abs(rest + each * cells - seconds).max() / seconds.max()
    line = f"{rest:.0f} s and {1e3 * each:.1f} ms a cell"
    return f"On a straight line: {line}, and no share further from it than {off:.1%} of the whole."


def processes(share: float, repeats: int) -> Iterator[str]:
    """Compute a part of the grid with one process and with two; yield the ratio of times."""
    pairs = [(compute(share, 1)[1], compute(share, 2)[1]) for _ in range(repeats)]
    one, two = (median(times) for times in zip(*pairs, strict=True))
    ratio = median(a / b for a, b in pairs)
    yield f"One process {one:.0f} s, two processes {two:.0f} s: {ratio:.2f} times as fast."


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="an eighth of the grid, no builds")
    parser.add_argument("--builds-only", action="store_true", help="no shares of the grid")
    given = parser.parse_args()
    if not given.quick:
        with tempfile.TemporaryDirectory() as folder:
            for line in builds(Path(folder)):
                print(line, flush=True)
        print()
    if not given.builds_only:
        for line in growth((1 / 8,) if given.quick else (1 / 4, 1 / 2, 1.0)):
            print(line, flush=True)
        print()
        for line in processes(1 / 8, 1 if given.quick else 3):
            print(line, flush=True)


if __name__ == "__main__":
    main()
