"""The optimizers and functions that pages know by name: registered, installed, and the project's.

Those that ``conf.py`` lists are not added to the registries: entries of the registries may share
evaluations in batches, which tests have verified for these only.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import torch

from optgallery.functions import FUNCTIONS, TestFunction, as_test_function, conversion
from optgallery.optim import OPTIMIZERS, OptimizerSpec, as_spec, spec
from optgallery.plugins import PluginError, Plugins
from optgallery.registry import Entry, Named, Registry, UnknownNameError

_PLUGINS: dict[str, Plugins[Any]] = {
    OPTIMIZERS.kind: spec.PLUGINS,
    FUNCTIONS.kind: conversion.PLUGINS,
}
_own: dict[str, dict[str, Any]] = {}


class BrokenReferenceError(ValueError):
    """A reference such as ``my_pkg:MyOpt`` does not lead to an entry."""


def set_own(registry: Registry[Entry], entries: Iterable[Entry]) -> None:
    """Make entries of the project known by name, in place of those of an earlier build.

    Raises
    ------
    ValueError
        If two have the same name, or one has the name of another entry.
    """
    own: dict[str, Named] = {}
    for entry in entries:
        if own.get(entry.name, entry) != entry or (registry.peek(entry.name) not in (None, entry)):
            raise ValueError(
                f"there are two {registry.kind}s with the name {entry.name!r}: give yours another "
                f"name, {_RENAMING[registry.kind]}"
            )
        own[entry.name] = entry
    _own[registry.kind] = own


def find(registry: Registry[Entry], name: str) -> Entry | None:
    """Return the entry of this name or of this reference; None if there is none, or it is broken.

    It does not count as looked up.
    """
    try:
        return _find(registry, name)
    except (BrokenReferenceError, PluginError):
        return None


def lookup(registry: Registry[Entry], name: str) -> Entry:
    """Return the entry of this name, or of a reference such as ``my_pkg:MyOpt``.

    Raises
    ------
    ValueError
        If there is none, or it is broken.
    """
    entry = _find(registry, name)
    if entry is None:
        try:
            return registry[name]
        except UnknownNameError as error:
            names = ", ".join(map(repr, (*_own.get(registry.kind, ()), *_plugins(registry).names)))
            raise UnknownNameError(
                f"{error}; this project has {names}" if names else str(error)
            ) from None
    registry.note(name)
    return entry


def entries(registry: Registry[Entry], names: Sequence[str]) -> list[Entry]:
    """Return the entries of several names; raises as `lookup` does."""
    return [lookup(registry, name) for name in names]


def load(registry: Registry[Entry], reference: str) -> Entry:
    """Return the entry that a reference leads to: an importable class, function or entry.

    Raises
    ------
    BrokenReferenceError
        If it cannot be imported, or is none.
    """
    module, _, path = reference.partition(":")
    try:
        found: Any = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except Exception as error:  # the module's code may raise anything
        advice = ""
        if isinstance(error, ModuleNotFoundError) and error.name == module.partition(".")[0]:
            advice = "; install it, or add the absolute path of its folder to sys.path in conf.py"
        raise BrokenReferenceError(
            f"{reference!r} cannot be imported: {type(error).__name__}: {error}{advice}"
        ) from error
    return convert(registry, found, reference)


def convert(registry: Registry[Entry], given: Any, described: str = "") -> Entry:
    """Convert a class, a function or an entry to an entry; raises as `load` does."""
    if isinstance(given, str):
        raise BrokenReferenceError(
            f"{described} is text, {given!r}, instead of {_WANTED[registry.kind]}"
        )
    make: Any = as_spec if registry.kind == OPTIMIZERS.kind else as_test_function
    try:
        entry: Entry = make(given)
    except Exception as error:  # a function of the user may raise anything
        if registry.kind == FUNCTIONS.kind and is_formula(given):
            raise BrokenReferenceError(
                f"{described or given.__name__} is a function without its domain: list a pair of "
                'both, such as BOWL = bowl, {"x0": 2, "y0": 1, "xmin": -3, "xmax": 3, "ymin": -3, '
                '"ymax": 3}'
            ) from error
        raise BrokenReferenceError(
            f"{described or repr(given)} is not {_WANTED[registry.kind]}: {error}"
        ) from error
    return entry


def is_formula(given: Any) -> bool:
    """Whether a function takes two coordinates and returns a value.

    Examples
    --------
    >>> is_formula(torch.hypot), is_formula(torch.optim.SGD)
    (True, False)
    """
    if not callable(given) or isinstance(given, type):
        return False
    try:
        return isinstance(given(torch.tensor(1.0), torch.tensor(1.0)), torch.Tensor)
    except Exception:  # the user's code may raise anything
        return False


def _find(registry: Registry[Entry], name: str) -> Entry | None:
    if ":" in name:
        return load(registry, name)
    own = _own.get(registry.kind, {}).get(name)
    return own or registry.peek(name) or _plugins(registry).find(name)


def _plugins(registry: Registry[Entry]) -> Plugins[Entry]:
    return _PLUGINS[registry.kind]


_WANTED = {
    OPTIMIZERS.kind: "an optimizer class, a function that builds an optimizer, or an OptimizerSpec",
    FUNCTIONS.kind: "a TestFunction or a pair (callable, domain)",
}
_RENAMING = {
    OPTIMIZERS.kind: f"{OptimizerSpec.__name__}(name=..., title=..., cls=...)",
    FUNCTIONS.kind: f"dataclasses.replace({TestFunction.__name__}, name=...)",
}
