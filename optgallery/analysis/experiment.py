"""The comparison of all optimizers that the site shows, and its outcomes in files.

It takes too long for a build of the site. ``nox -s experiment`` writes the files: one for each
optimizer, and an index that says of which definitions they are the outcomes. The tests repeat a
sample of the runs, and fail where the definitions have changed.
"""

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from optgallery.analysis import definitions
from optgallery.analysis.comparing import RATES
from optgallery.analysis.comparison import Comparison
from optgallery.analysis.engine import take
from optgallery.analysis.outcomes import TARGETS, TAU, Arrays, Outcomes
from optgallery.analysis.problems import STARTS, Problem, problems
from optgallery.cache.atomic_write import write
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.runs.handed import is_refused
from optgallery.sweeps.sweep import grid_functions

BUDGET = 200
"""Gradient evaluations of every run."""

INDEX = "experiment.json"
"""The name of the index."""

_FORMAT = 1
_NEVER = 255  # stands for -1 among the hits, which are bytes
_TYPES = {"hits": np.uint8, "cost": np.int16, "spent": np.int16}


@dataclass(frozen=True, eq=False)
class Experiment:
    """Outcomes that were recorded, and whether they are still those of the definitions.

    Attributes
    ----------
    comparison : Comparison
        The optimizers that are recorded, in the order of the registry, at `RATES` on all functions
        of the grid.
    stale : tuple of str
        Those of them whose code or settings have changed since.
    lacking : tuple of str
        The optimizers of the registry that are not recorded.
    recorded_with : mapping
        The version of torch and the processor, by the name of the optimizer.
    """

    comparison: Comparison
    stale: tuple[str, ...]
    lacking: tuple[str, ...]
    recorded_with: Mapping[str, Mapping[str, str]]

    @property
    def specs(self) -> tuple[OptimizerSpec, ...]:
        """The optimizers that are recorded."""
        return tuple(OPTIMIZERS[spec.name] for spec in self.comparison.optimizers)

    def same_machine(self, optimizer: str) -> bool:
        """Whether this machine rounds as that on which the runs of an optimizer were taken."""
        return dict(self.recorded_with[optimizer]) == machine()

    def repeated(self, optimizer: str, runs: int, *, seed: int = 0) -> float:
        """Take some runs again, and return the share of them that have the recorded outcome.

        Parameters
        ----------
        optimizer : str
            Its name.
        runs : int
            How many, drawn at random.
        seed : int
        """
        c = self.comparison
        row = [spec.name for spec in self.specs].index(optimizer)
        spec, shape = self.specs[row], (len(c.lrs), len(c.problems))
        rng = np.random.default_rng([seed, row])
        drawn = rng.choice(shape[0] * shape[1], runs, replace=False)
        same = 0
        for rate, place in zip(*np.unravel_index(drawn, shape), strict=True):
            setting = spec.at_rate(c.lrs[rate])
            arrays, _ = take(spec, [c.problems[place]], [setting], c.budget)
            known = c.outcomes[row, rate, place]
            same += all(_same(array[0], getattr(known, name)) for name, array in arrays.items())
        return same / runs


def record(folder: Path, comparison: Comparison) -> None:
    """Write the outcomes of some optimizers, beside those of others that are there already.

    Raises
    ------
    ValueError
        If it is a comparison of other problems, rates or evaluations than the experiment's.
    OSError
        If a file cannot be written.
    """
    _check(comparison)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / INDEX
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    head = _head()
    entries = dict(known.get("optimizers", {}))
    if any(known.get(key) != value for key, value in head.items()):
        entries.clear()  # they are outcomes of something else
    for spec, outcomes in zip(comparison.optimizers, _rows(comparison.outcomes), strict=True):
        write(folder / f"{spec.name}.npz", _packed(outcomes))
        entries[spec.name] = {
            "definition": definitions.of_optimizer(OPTIMIZERS[spec.name]),
            **machine(),
        }
    entries = {name: entries[name] for name in OPTIMIZERS if name in entries}
    write(path, _lines({**head, "optimizers": entries}).encode())
    for file in folder.glob("*.npz"):
        if file.stem not in entries:
            file.unlink()


def read(folder: Path) -> Experiment:
    """Read what is recorded.

    Raises
    ------
    ValueError
        If there is no index, if it is of other functions, rates or starts than the experiment's, or
        if a file is missing or broken.
    """
    advice = "`nox -s experiment` writes it"
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"the index of the experiment cannot be read: {error}; {advice}") from None
    head = _head()
    differing = [
        key for key in ("format", "budget", "lrs", "targets", "tau") if index.get(key) != head[key]
    ]
    if list(index.get("problems", ())) != list(head["problems"]):
        differing.append("functions")
    if differing:
        raise ValueError(f"the experiment was recorded with other {', '.join(differing)}; {advice}")
    recorded = {name: dict(e) for name, e in index["optimizers"].items() if name in OPTIMIZERS}
    try:
        parts = [_unpacked((folder / f"{name}.npz").read_bytes()) for name in recorded]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"a part of the experiment cannot be read: {error}; {advice}") from None
    outcomes = Outcomes(
        **{f.name: np.stack([getattr(part, f.name) for part in parts]) for f in fields(Outcomes)}
    )
    specs = tuple(OPTIMIZERS[name] for name in recorded)
    changed = index["problems"] != head["problems"]
    then = {name: entry.pop("definition") for name, entry in recorded.items()}
    now = {spec.name: definitions.of_optimizer(spec) for spec in specs}
    return Experiment(
        Comparison(specs, RATES, _problems(), BUDGET, outcomes),
        tuple(name for name in recorded if changed or then[name] != now[name]),
        tuple(name for name in OPTIMIZERS if name not in recorded),
        recorded,
    )


def machine() -> dict[str, str]:
    """Return what decides how numbers are rounded, besides the code."""
    capability = torch.backends.cpu.get_cpu_capability()
    return {
        "torch": torch.__version__.partition("+")[0],
        "processor": f"{platform.machine()} {platform.system()} {capability}",
    }


@cache
def _problems() -> tuple[Problem, ...]:
    return problems(grid_functions(), STARTS)


@cache
def _head() -> dict[str, Any]:
    """Return what is common to the outcomes of all optimizers."""
    by_function: dict[str, list[Problem]] = {}
    for problem in _problems():
        by_function.setdefault(problem.of.name, []).append(problem)
    return {
        "format": _FORMAT,
        "budget": BUDGET,
        "lrs": list(RATES),
        "targets": [float(f"{target:.6g}") for target in TARGETS],
        "tau": TAU,
        "problems": {n: definitions.of_problems(own) for n, own in by_function.items()},
    }


def _check(comparison: Comparison) -> None:
    names = [problem.name for problem in _problems()]
    if comparison.lrs != RATES or comparison.budget != BUDGET:
        raise ValueError(
            f"the experiment has {len(RATES)} rates and {BUDGET} evaluations, got {comparison!r}"
        )
    if [(p.name, p.start) for p in comparison.problems] != [(p.name, p.start) for p in _problems()]:
        raise ValueError(f"the experiment has {len(names)} problems, got those of {comparison!r}")
    refused = [  # an outcome, too: it needs to know more of the function than is known
        [is_refused(spec, problem.fn, problem.start, {}) for problem in comparison.problems]
        for spec in comparison.optimizers
        if isinstance(spec, OptimizerSpec)
    ]
    unexpected = comparison.outcomes.is_kind("failed") & ~np.array(refused)[:, None, :]
    if failed := unexpected.sum():
        raise ValueError(f"{failed} runs failed, which is no outcome of an optimizer: try again")


def _rows(outcomes: Outcomes) -> Iterable[Outcomes]:
    return (outcomes[i] for i in range(len(outcomes.kind)))


def _packed(outcomes: Outcomes) -> bytes:
    """Return the outcomes of one optimizer as a ``.npz`` file, always with the same bytes."""
    arrays: Arrays = {}
    for name, array in vars(outcomes).items():
        small = np.where(array < 0, _NEVER, array) if name == "hits" else array
        arrays[name] = small.astype(_TYPES.get(name, array.dtype))
    content = BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def _unpacked(content: bytes) -> Outcomes:
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        found = {f.name: arrays[f.name] for f in fields(Outcomes)}
    for name in _TYPES:
        found[name] = found[name].astype(np.int32)
    found["hits"][found["hits"] == _NEVER] = -1
    return Outcomes(**found)


def _same(new: Any, known: Any) -> bool:
    return np.array_equal(new, known, equal_nan=np.asarray(new).dtype.kind == "f")


def _lines(index: Mapping[str, Any]) -> str:
    """Write JSON with a line for each member of its mappings, so that `git diff` shows changes."""
    parts = []
    for key, value in index.items():
        text = json.dumps(value)
        if isinstance(value, dict):
            members = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()]
            text = "{\n" + ",\n".join(members) + "\n}"
        parts.append(f"{json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
