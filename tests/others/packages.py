"""The packages: where each is installed, how it is imported, and which classes it has."""

import importlib
import importlib.util
import sys
import tomllib
import types
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIST = Path(__file__).with_name("packages.toml")
FOLDER = Path(__file__).parents[2] / "build" / "others"
"""Each requirement has a folder of its own here, so that packages cannot disturb one another."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Installed:
    """A package at one version, in a folder of its own.

    Parameters
    ----------
    name, version : str
        As the package index has them.
    needs : list of str
        Requirements, with versions, that its import needs beside torch, NumPy and SciPy.
    bare : list of str
        Packages whose ``__init__`` is not run, because it imports much more than is asked for.
    before, after : str
        Statements to run before the first module is imported, and after the last.
    installer : str
        The pip that can still read its metadata, if today's refuses them.
    any_python : bool
        Install it although its metadata ask for a newer Python: it runs in this one.
    """

    name: str
    version: str
    needs: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    installer: str = ""
    any_python: bool = False

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"

    def modules(self, names: Iterable[str]) -> dict[str, types.ModuleType]:
        """Import modules by name."""
        folders = [str(FOLDER / requirement) for requirement in (self.requirement, *self.needs)]
        sys.path[:0] = [folder for folder in folders if folder not in sys.path]
        importlib.invalidate_caches()
        namespace: dict[str, Any] = {}
        exec(self.before, namespace)
        for name in self.bare:
            leave_init_out(name)
        modules = {name: importlib.import_module(name) for name in names}
        exec(self.after, namespace)
        return modules


@dataclass(frozen=True, kw_only=True, eq=False)
class Package(Installed):
    """A package with its optimizer classes.

    Parameters
    ----------
    classes : mapping of module to class names
        In which module each class is found.
    """

    classes: dict[str, list[str]]

    def paths(self) -> list[str]:
        """Return ``module.Class`` of every class, in the order of the list."""
        return [f"{module}.{name}" for module, names in self.classes.items() for name in names]

    def load(self) -> dict[str, type]:
        """Import all modules and return the classes by ``module.Class``."""
        modules = self.modules(self.classes)
        return {
            f"{name}.{cls}": getattr(modules[name], cls)
            for name, classes in self.classes.items()
            for cls in classes
        }


def packages() -> dict[str, Package]:
    """Read the list."""
    entries = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return {name: Package(name=name, **entry) for name, entry in entries.items()}


def leave_init_out(name: str) -> None:
    """Make a package importable without running its ``__init__``."""
    if name not in sys.modules:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.submodule_search_locations is None:
            raise ModuleNotFoundError(f"there is no package {name!r} in {sys.path[0]}")
        module = types.ModuleType(name)
        module.__path__ = list(spec.submodule_search_locations)
        sys.modules[name] = module
