"""Tasks for other processes, which import this module instead of the tests."""

import os
import signal
from multiprocessing import parent_process
from pathlib import Path

from optgallery.parallel.distribution import map_unordered


def half(number: float) -> float:
    return number / 2


def refuse(number: int) -> int:
    if number == 3:
        raise ArithmeticError(f"{number} is too much")
    return number


def die_the_first_time(mark: Path, number: int) -> int:
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def always_die_at_one(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def where(_: int) -> tuple[int, bool]:
    return os.getpid(), parent_process() is not None


def nested(number: int) -> tuple[int, list[tuple[int, bool]]]:
    return os.getpid(), [found for _, found in map_unordered(where, [(i,) for i in range(number)])]
