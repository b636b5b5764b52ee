"""Entries that installed packages offer by name, in groups of entry points.

A package names them in its ``pyproject.toml``::

    [project.entry-points."optgallery.optimizers"]
    myopt = "my_pkg.optim:MyOpt"

    [project.entry-points."optgallery.functions"]
    egg_box = "my_pkg.functions:EGG_BOX"

They are loaded when their name is asked for, and are not in the registries: what is installed does
not change what a list of all optimizers contains.
"""

from collections.abc import Callable
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from optgallery.registry import Named, Registry, UnknownNameError

Entry = TypeVar("Entry", bound=Named)


class PluginError(ValueError):
    """An installed package offers an entry that cannot be used; the message names the package."""


class Plugins(Generic[Entry]):
    """The entries of a group of entry points, beside those of a registry.

    Parameters
    ----------
    registry : Registry
        Its entries take precedence.
    group : str
        Name of the group of entry points.
    convert : callable
        ``convert(name, loaded)`` turns what an entry point refers to into an entry of this name.
    """

    def __init__(
        self, registry: Registry[Entry], group: str, convert: Callable[[str, Any], Entry]
    ) -> None:
        self.registry, self.group, self.convert = registry, group, convert
        self._loaded: dict[str, Entry] = {}

    @cached_property
    def _offered(self) -> dict[str, list[EntryPoint]]:
        offered: dict[str, list[EntryPoint]] = {}
        for point in entry_points(group=self.group):
            offered.setdefault(point.name, []).append(point)
        return offered

    @property
    def names(self) -> tuple[str, ...]:
        """The names that installed packages offer; nothing is loaded."""
        return tuple(name for name in sorted(self._offered) if name not in self.registry.names)

    def lookup(self, name: str) -> Entry:
        """Return the entry of the registry, or else of a package, with this name.

        Raises
        ------
        UnknownNameError
            If neither has one.
        PluginError
            If a package has one that cannot be used.
        """
        if name not in self.registry.names and (entry := self.find(name)) is not None:
            self.registry.note(name)
            return entry
        try:
            return self.registry[name]
        except UnknownNameError as error:
            near = get_close_matches(name.lower().replace("-", "_"), self.names, n=3)
            if not near:
                raise
            offered = " or ".join(map(repr, near))
            raise UnknownNameError(f"{error} Installed packages offer {offered}") from None

    def find(self, name: str) -> Entry | None:
        """Return the entry of a package with this name, without counting as looked up; or None.

        Raises
        ------
        PluginError
            If it cannot be used.
        """
        if name in self._loaded:
            return self._loaded[name]
        if not (points := self._offered.get(name, [])):
            return None
        what = f"the {self.registry.kind} {name!r}"
        packages = list(dict.fromkeys(map(_package, points)))
        if len(points) > 1:
            raise PluginError(
                f"{what} is offered by several packages, {' and '.join(packages)}: uninstall one, "
                "or pass the object itself instead of its name"
            )
        try:
            entry = self.convert(name, points[0].load())
        except Exception as error:  # the package's code may raise anything
            reason = f"{type(error).__name__}: {error}"
            raise PluginError(
                f"{what}, which the package {packages[0]} offers as {points[0].value!r}, cannot be "
                f"used: {reason}"
            ) from error
        self._loaded[name] = entry
        return entry


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "of an unknown name"
