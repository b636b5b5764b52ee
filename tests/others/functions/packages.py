"""The packages: where each is installed, and what functions of ours are called there."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from others.functions.callers import CALLERS, Evaluate
from others.packages import Installed

LIST = Path(__file__).with_name("packages.toml")


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionPackage(Installed):
    """A package with its test functions.

    Parameters
    ----------
    module : str
        Where the functions are found.
    functions : mapping
        The name, or the names, that they have there, by the names of ours.
    within : mapping
        The boxes (xmin, xmax, ymin, ymax) outside which functions of the package take no points, by
        the names of ours.
    left_out : str
        Why it is not installed, if it is not.
    """

    module: str = ""
    functions: dict[str, str | list[str]] = field(default_factory=dict)
    within: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    left_out: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """Return the name of ours, and the name there, of every function."""
        return [
            (ours, name)
            for ours, theirs in self.functions.items()
            for name in ([theirs] if isinstance(theirs, str) else theirs)
        ]

    def load(self) -> Iterator[tuple[str, str, Callable[[], Evaluate]]]:
        """Import the module, and yield both names of each function, and what makes it ready."""
        module = self.modules([self.module])[self.module]
        caller = CALLERS[self.name]
        for ours, theirs in self.pairs():
            yield ours, theirs, partial(caller, *_found(module, theirs))


def _found(module: Any, path: str) -> tuple[Any, str]:
    """Return the module in which a function is, and its name there."""
    inside, _, name = path.rpartition(".")
    return (attrgetter(inside)(module) if inside else module), name


def function_packages() -> dict[str, FunctionPackage]:
    """Read the list."""
    entries = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return {name: FunctionPackage(name=name, **entry) for name, entry in entries.items()}
