"""Batches: the runs of a sweep, divided into what one process takes at a time."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import groupby, product
from math import ceil
from typing import NamedTuple

from optgallery.archive import pack
from optgallery.functions import TestFunction
from optgallery.lanes import Cell, run_lanes
from optgallery.lockstep import gains, is_known
from optgallery.optim import OptimizerSpec
from optgallery.running import attempt

_MOST = 400_000  # iterates that a batch may record, some twenty megabytes


class Run(NamedTuple):
    """One run of a sweep, before it is taken."""

    spec: OptimizerSpec
    fn: TestFunction
    lr: float

    @property
    def cell(self) -> Cell:
        """Where its trajectory stands in the sweep."""
        return self.spec.name, self.fn.name, self.lr


class Batch(NamedTuple):
    """Runs that one process takes: every optimizer on every function at every rate."""

    specs: tuple[OptimizerSpec, ...]
    fns: tuple[TestFunction, ...]
    lrs: tuple[float, ...]

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order in which their results come."""
        return [Run(*run) for run in product(*self)]


def take(batch: Batch, steps: int) -> list[bytes]:
    """Take the runs of a batch, together as far as they allow it, and return their bytes."""
    lanes = {}
    if all(gains(spec) for spec in batch.specs):
        with suppress(Exception):  # a function's, which then is that of each of its runs
            lanes = run_lanes(*batch, steps=steps)
    return [
        pack(lanes[run.cell] if run.cell in lanes else attempt(*run[:2], steps=steps, lr=run.lr))
        for run in batch.runs
    ]


def divide(runs: Iterable[Run], steps: int) -> list[Batch]:
    """Divide runs into batches, those first whose time is known least.

    Optimizers stay together, since what they share is the evaluation of a function; functions are
    dealt out. There are at least two batches, where there are two functions, so that two processes
    have something to do.

    Parameters
    ----------
    runs : iterable of Run
        In the order optimizer, function, rate.
    steps : int
        Steps of every run.
    """
    alone: list[Batch] = []
    sharing: dict[tuple[str, tuple[float, ...]], tuple[TestFunction, list[OptimizerSpec]]] = {}
    for _, pair in groupby(runs, key=lambda run: run.cell[:2]):
        (spec, fn, _), *_ = same = list(pair)
        lrs = tuple(run.lr for run in same)
        if gains(spec) and is_known(fn):
            sharing.setdefault((fn.name, lrs), (fn, []))[1].append(spec)
        else:
            alone.append(Batch((spec,), (fn,), lrs))
    blocks: dict[tuple[tuple[str, ...], tuple[float, ...]], Batch] = {}
    for (_, lrs), (fn, specs) in sharing.items():
        names = tuple(spec.name for spec in specs)
        known = blocks.get((names, lrs), Batch(tuple(specs), (), lrs))
        blocks[names, lrs] = known._replace(fns=(*known.fns, fn))
    return alone + [part for block in blocks.values() for part in _deal(block, steps)]


def _deal(block: Batch, steps: int) -> Sequence[Batch]:
    """Deal the functions of a block out to as many batches as it needs."""
    parts = max(2, ceil(len(block.runs) * steps / _MOST))
    return [block._replace(fns=fns) for i in range(parts) if (fns := block.fns[i::parts])]
