"""Examine the classes of a package: against the plain loop, and for the table of all."""

import gc
import json
import os
import tempfile
import warnings
from pathlib import Path as File

import torch

from others.compare import compare
from others.departures import LOOPS
from others.describe import described
from others.loops import Loop
from others.packages import Package
from others.processes import in_own_process


def examine_package(package: Package, only: list[str], results: File) -> None:
    """Examine the classes of one package, and write a line of JSON for each as it is done.

    A line says how the class compares with a plain loop, what is special, and how runs ended.
    """
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with (
        results.open("a", encoding="utf-8", buffering=1) as lines,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.chdir(folder)  # some write logs where they are run
        classes = package.load()
        gc.freeze()  # or a collection in a fork copies all that was imported
        for path, cls in classes.items():
            if only and path not in only:
                continue
            loop = LOOPS.get(path, Loop())
            entry = {"class": path, **compare(cls, loop, in_own_process)._asdict()}
            if not loop.left_out:
                entry |= described(cls, loop, in_own_process)
            lines.write(json.dumps(entry) + "\n")
        os.chdir(results.parent)
