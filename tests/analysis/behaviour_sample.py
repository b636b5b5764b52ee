"""The cells of the grid whose behaviour was labelled by eye, and the sheets to label them from.

Run as a program, it draws the sheets: ``python tests/analysis/behaviour_sample.py FOLDER``, those
of rare classes with ``--rare``. With ``--agreement`` it compares the labels with what is computed.
Each cell has four pictures: the path over contour lines with the global minima as stars; the value
above the minimum and the norm of the gradient by step, on a logarithmic axis; the coordinates and
the distance to the last point by step, as shares of the domain; and the last 40 steps, enlarged.
"""

import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import optgallery as og
from optgallery.analysis.behaviour import CLASSES
from optgallery.sweeps.sweep import grid_functions

SEED = 20261130
STRATA = {
    "saddle": (24, lambda run: "saddle" in run.test_fn.tags and run.outcome.kind != "diverged"),
    "early": (10, lambda run: run.outcome.kind == "diverged" and run.stopped_at <= 20),
    "late": (14, lambda run: run.outcome.kind == "diverged" and run.stopped_at > 20),
    "climbed": (24, lambda run: run.outcome.kind == "climbed"),
    "solved": (64, lambda run: run.outcome.kind == "solved"),
    "unsolved": (64, lambda run: run.outcome.kind == "unsolved"),
}
"""How many cells are drawn of which runs; a cell is drawn once."""

RARE = {
    "escapes a saddle": 14,
    "cycles": 8,
    "overshoots": 8,
    "leaves and returns": 4,
    "oscillates": 6,
}
"""How many cells of which class are drawn to check the members of rare classes."""

LABELS = Path(__file__).with_name("behaviour_labels.json")

LAST = 40


def grid() -> og.Sweep:
    """Return all runs of the grid, from the store where they are in it."""
    return og.sweep(list(og.OPTIMIZERS), grid_functions(), jobs=1)


def draw(runs: og.Sweep) -> list[tuple[str, str, float]]:
    """Draw the cells; of each stratum the next one has the rarest optimizer, function and rate.

    Returns
    -------
    list of (optimizer, function, learning rate)
        The even positions are for making the classifier, the odd ones are held out.
    """
    rng = random.Random(SEED)
    seen: Counter[Any] = Counter()
    drawn: list[tuple[str, str, float]] = []
    for size, belongs in STRATA.values():
        left = [cell for cell, run in runs.items() if cell not in drawn and belongs(run)]
        rng.shuffle(left)
        for _ in range(size):
            cell = min(left, key=lambda cell: sum(seen[part] for part in cell))
            left.remove(cell)
            drawn.append(cell)
            seen.update(cell)
    rng.shuffle(drawn)
    return drawn


def draw_rare(runs: og.Sweep, seed: int = SEED + 2) -> list[tuple[str, str, float]]:
    """Draw further cells, most of classes that are rare among the 200, to check their members.

    They were labelled after the classes had been computed, but without sight of what was computed.
    After the first such sample, of 60 cells, the rules of overshooting and of saddle points were
    corrected; so a second one, held out, was drawn with another seed.
    """
    rng = random.Random(seed)
    known = json.loads(LABELS.read_text())
    before = {tuple(each["cell"]) for part in ("cells", "rare") for each in known[part]}
    classes = dict(zip(runs, og.behaviours(runs.values()), strict=True))
    drawn: list[tuple[str, str, float]] = []
    for name, size in RARE.items():
        left = [cell for cell in runs if name in classes[cell] and cell not in before]
        chosen = rng.sample(left, size)
        drawn += chosen
        before.update(chosen)
    rng.shuffle(drawn)
    return drawn


def sheets(runs: og.Sweep, cells: list[tuple[str, str, float]], folder: Path) -> None:
    """Draw ten cells on each sheet."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    for first in range(0, len(cells), 10):
        figure, axes = plt.subplots(5, 8, figsize=(19.6, 13.2), dpi=80)
        for i, cell in enumerate(cells[first : first + 10]):
            _draw_cell(axes[i // 2, 4 * (i % 2) : 4 * (i % 2) + 4], first + i, runs[cell])
        figure.tight_layout(pad=0.3)
        figure.savefig(folder / f"sheet{first:03d}.png")
        plt.close(figure)


def _draw_cell(axes: Any, number: int, run: og.Trajectory) -> None:
    path, values, coordinates, end = axes
    fn, points = run.test_fn, run.points
    x, y, z = fn.grid(120)
    xmin, xmax, ymin, ymax = fn.domain
    sides = np.array([xmax - xmin, ymax - ymin])
    base = fn.minimum or 0.0
    height = np.log(np.maximum(z - np.nanmin(z), 1e-3 * np.nanmedian(z - np.nanmin(z))))
    path.contour(x, y, height, 14, cmap="viridis", linewidths=0.5)
    path.plot(*points.T, ".-", color="red", linewidth=0.8, markersize=2.5)
    path.plot(*points[0], "o", color="blue", markersize=5)
    path.plot(*points[-1], "o", color="black", markersize=5)
    path.plot(*np.array(fn.minima or [(np.nan, np.nan)]).T, "*", color="magenta", markersize=7)
    path.set(xlim=(xmin, xmax), ylim=(ymin, ymax))
    path.set_title(f"#{number}  {len(run) - 1} steps", fontsize=10, fontweight="bold")
    with np.errstate(all="ignore"):
        values.semilogy(np.clip(run.values - base, 1e-16, 1e30), color="black")
        values.semilogy(np.clip(np.hypot(*run.gradients.T), 1e-16, 1e30), color="tab:orange")
    values.set_title("f - f* (black), gradient", fontsize=8)
    relative = np.clip((points - [xmin, ymin]) / sides, -1, 2)
    coordinates.plot(relative[:, 0], label="x")
    coordinates.plot(relative[:, 1], label="y")
    gap = np.clip(np.abs((points - points[-1]) / sides).max(1), 0, 1)
    coordinates.plot(gap, ":", color="black")
    coordinates.set_title("x, y; distance to end (dotted)", fontsize=8)
    last = points[-LAST - 1 :]
    near = [np.abs((points[-1] - m) / sides).max() for m in np.array(fn.minima).reshape(-1, 2)]
    end.plot(*last.T, ".-", color="red", linewidth=0.6, markersize=4)
    end.plot(*last[-1], "o", color="black", markersize=4)
    width = (np.ptp(last, axis=0) / sides).max()
    moved = np.abs((points - points[0]) / sides).max()
    end.set_title(
        f"width {100 * width:.2g}%  to min {100 * min(near, default=np.nan):.2g}%  "
        f"moved {100 * moved:.2g}%",
        fontsize=7,
    )
    for each in axes:
        each.tick_params(labelsize=5)


class Agreement(NamedTuple):
    """How well the computed classes agree with the labels of a sample."""

    cells: int
    whole: int
    """In how many cells all classes agree."""
    labelled: dict[str, int]
    """How many cells were given each class by eye."""
    differing: dict[str, int]
    """In how many cells each class differs."""

    def __str__(self) -> str:
        lines = [f"{self.whole} of {self.cells} cells agree in all classes"]
        for name, number in self.labelled.items():
            agree = self.cells - self.differing[name]
            lines.append(f"{name:20} {number:3} by eye, {agree} of {self.cells} agree")
        return "\n".join(lines)


def agreement(part: str) -> Agreement:
    """Compare a sample: "used", "held out", or one of rare classes, "rare" or "rare held out"."""
    known = json.loads(LABELS.read_text())
    if part.startswith("rare"):
        rows, names = known[part.replace(" ", "_")], [n.name for n in CLASSES if n.name in RARE]
    else:
        rows = [row for row in known["cells"] if row["held_out"] == (part == "held out")]
        names = [each.name for each in CLASSES]
    runs = [og.run(optimizer, fn, lr=lr) for optimizer, fn, lr in (row["cell"] for row in rows)]
    differing = [
        (set(row["classes"]) ^ set(found)).intersection(names)
        for row, found in zip(rows, og.behaviours(runs), strict=True)
    ]
    return Agreement(
        len(rows),
        sum(not each for each in differing),
        {name: sum(name in row["classes"] for row in rows) for name in names},
        {name: sum(name in each for each in differing) for name in names},
    )


if __name__ == "__main__":
    if "--agreement" in sys.argv:
        for part in ("used", "held out", "rare", "rare held out"):
            sys.stdout.write(f"{part}: {agreement(part)}\n\n")
        sys.exit()
    found = grid()
    drawn = draw_rare(found) if "--rare" in sys.argv else draw(found)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cells.txt").write_text("\n".join(f"{i} {cell}" for i, cell in enumerate(drawn)))
    sheets(found, drawn, folder)
